"""`lcbrb serve`: grading and scoring over HTTP."""

from __future__ import annotations

from typing import Annotated

import typer

from lcbrb.cli.options import Executor, Isolation, config_option


def serve(
    benchmark: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME|PATH",
            help="Benchmark whose problems clients may refer to by id; repeat for several. "
            "Requests that bring their own tests need none.",
        ),
    ] = None,
    reward_model: Annotated[
        str | None,
        typer.Option(
            "--reward-model", "-m", metavar="SPEC", help="Reward model behind POST /score."
        ),
    ] = None,
    host: Annotated[
        str,
        typer.Option(
            metavar="ADDRESS",
            help="Address to listen at. Any other than this machine's own needs a secret in "
            "LCBRB_SERVE_TOKEN, which clients send as a bearer token.",
        ),
    ] = "127.0.0.1",
    port: Annotated[
        int, typer.Option(min=0, max=65535, help="Port to listen at; 0 picks a free one.")
    ] = 8008,
    config: Annotated[
        list[str] | None,
        config_option(
            "Limits: queue (4096 programs and texts), batch (1024 of them per request), "
            "body_mib (64), body_s (60), connections (1024), text_batch (64)."
        ),
    ] = None,
    executor: Executor = "local",
    require_isolation: Isolation = None,
) -> None:
    """Grade programs and score texts for other programs over HTTP, until you press Ctrl-C.

    Endpoints: POST /grade, POST /score, POST /run_code (SandboxFusion's format), GET /health, GET
    /metrics. When the queue is full it answers 429 with Retry-After. Needs the extra `serve`.
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
        ready=lambda address: say(f"listening at {address}; press Ctrl-C to stop"),
    )
