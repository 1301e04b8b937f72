"""`lcbrb.serve`: grading and scoring for programs on other machines."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from evaluators import benchmark as open_benchmark
from lcbrb.config import build
from lcbrb.engine.executors import Executors, executors_for
from lcbrb.errors import UsageError
from lcbrb.grading.grader import Grader
from lcbrb.grading.isolation import sandbox_to_grade
from lcbrb.grading.remote import grader_on
from lcbrb.registry import EXTRAS, require
from lcbrb.rewards import reward_model as open_reward_model
from lcbrb.rewards.base import RewardModel
from lcbrb.rewards.scoring import scores_texts
from lcbrb.sandbox.levels import sandbox_for

TOKEN = "LCBRB_SERVE_TOKEN"  # noqa: S105 - the name of a variable


def serve(
    benchmarks: str | Sequence[str] = (),
    reward_model: str | RewardModel | None = None,
    *,
    host: str = "127.0.0.1",
    port: int = 8008,
    isolation: str | None = None,
    executor: str = "local",
    config: Mapping[str, Any] | None = None,
    ready: Callable[[str], object] = print,
) -> None:
    """Grade programs and score texts for other programs over HTTP, until SIGINT or SIGTERM.

    If ``LCBRB_SERVE_TOKEN`` holds a secret, clients must send it as a bearer token; without it the
    server listens only at this machine's own address. See docs/serve.md.

    Args:
        benchmarks: benchmarks whose problems clients may refer to by id; requests that bring their
            own tests need none.
        reward_model: scores texts; None: nothing is scored.
        host: the address to listen at.
        port: 0 for a free one.
        isolation: the lowest level of isolation (see `lcbrb doctor`) at which programs may run.
        executor: ``local``, or ``ray?…`` for programs of the benchmarks.
        config: `lcbrb.serving.settings.ServeSettings` by name.
        ready: called with the address once the server listens.

    Raises:
        UsageError: an option can't be used, or other machines could ask without a token.
        MissingExtraError: the extra ``serve`` is not installed.
        SetupError: no sandbox, or the port can't be had.
        LcbrbError: a benchmark or the reward model can't be used.
    """
    require(EXTRAS["serve"], "lcbrb serve")
    from lcbrb.serving.desk import Desk
    from lcbrb.serving.server import listening_socket, serve_until_ended
    from lcbrb.serving.settings import ServeSettings, check_address

    settings, token = build(ServeSettings, config or {}, "serve"), os.environ.get(TOKEN, "")
    check_address(host, token)
    names = [benchmarks] if isinstance(benchmarks, str) else list(benchmarks)
    if len(set(names)) < len(names):
        raise UsageError("a benchmark is named twice")
    model = open_reward_model(reward_model) if isinstance(reward_model, str) else reward_model
    scoring = None if model is None else scores_texts(model, ", so /score can't be answered")
    with listening_socket(host, port) as listener:
        desk = Desk(
            _graders(names, executors_for(executor), isolation),
            sandbox_for(isolation),
            scoring,
            queue=settings.queue,
            text_batch=settings.text_batch,
        )
        try:
            if scoring is not None:
                scoring.load()
            serve_until_ended(desk, settings, token, listener, ready)
        finally:
            desk.close()


def _graders(
    names: Sequence[str], executors: Executors, isolation: str | None
) -> dict[str, Grader]:
    graders = {}
    for name in names:
        opened = open_benchmark(name)
        opened.check_gradable()
        graders[name] = grader_on(executors, name, opened, sandbox_to_grade(opened, isolation))
    return graders
