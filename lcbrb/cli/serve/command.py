"""`lcbrb serve`: grading and scoring over HTTP."""

from __future__ import annotations

from typing import Annotated

import typer

from lcbrb.cli.options import Executor, Isolation


def serve(
    benchmark: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME|PATH",
            help="Whose problems clients may name; several allowed. Programs with tests of their "
            "own need none.",
        ),
    ] = None,
    reward_model: Annotated[
        str | None,
        typer.Option("--reward-model", "-m", metavar="SPEC", help="What POST /score scores by."),
    ] = None,
    host: Annotated[
        str,
        typer.Option(
            metavar="ADDRESS",
            help="Where to listen; anything but this machine's own address takes a secret in "
            "LCBRB_SERVE_TOKEN, which clients send as a bearer token.",
        ),
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="0 for a free one.")] = 8008,
    config: Annotated[
        list[str] | None,
        typer.Option(
            "--config",
            "-c",
            metavar="FILE|NAME=VALUE",
            help="Bounds: queue (4096 programs and texts), batch (1024 of them in a request), "
            "body_mib (64), body_s (60), connections (1024), text_batch (64).",
        ),
    ] = None,
    executor: Executor = "local",
    require_isolation: Isolation = None,
) -> None:
    """Grade programs and score texts that other programs send, over HTTP, until Ctrl-C.

    POST /grade and /score, /run_code in SandboxFusion's shape, GET /health and /metrics; 429 with
    Retry-After where there is too much to do. Needs the extra `serve`.
    """
    import lcbrb
    from lcbrb.cli.settings import read_settings
    from lcbrb.cli.terminal import say

    lcbrb.serve(
        benchmark or (),
        reward_model,
        host=host,
        port=port,
        isolation=require_isolation,
        executor=executor,
        config=read_settings(config or ()),
        ready=lambda address: say(f"listening at {address}; Ctrl-C ends it"),
    )
