"""The routes: POST /grade, /score and /run_code, GET /health and /metrics."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager, suppress
from typing import Any, TypeVar

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from lcbrb import codec
from lcbrb.errors import IncompleteRunError, LcbrbError, UnknownNameError, UsageError
from lcbrb.protocols.reward import Item
from lcbrb.serving import run_code
from lcbrb.serving.admission import RefusedError, body_of, check_asker
from lcbrb.serving.desk import BusyError, Desk
from lcbrb.serving.metrics import Metrics
from lcbrb.serving.requests import GradeRequest, RunCodeRequest, ScoreRequest, read
from lcbrb.serving.settings import ServeSettings
from lcbrb.types import Status, Verdict
from lcbrb.version import __version__

_ENDING = "the server is shutting down"
_HEADERS = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}

T = TypeVar("T")
Handler = Callable[[Request], Awaitable[Response]]


class _GoneError(Exception):
    """Nobody waits for the answer any more."""


def serving_app(desk: Desk, settings: ServeSettings, token: str = "") -> Starlette:
    """The server's routes as an ASGI application.

    Without a token askers must be on this machine.
    """
    routes = _Routes(desk, settings, token)
    return Starlette(
        routes=[
            Route("/grade", routes.answered(routes.grade), methods=["POST"]),
            Route("/score", routes.answered(routes.score), methods=["POST"]),
            Route("/run_code", routes.answered(routes.run), methods=["POST"]),
            Route("/metrics", routes.answered(routes.metrics), methods=["GET"]),
            Route("/health", routes.answered(routes.health, everybody=True), methods=["GET"]),
        ]
    )


class _Routes:
    def __init__(self, desk: Desk, settings: ServeSettings, token: str) -> None:
        self._desk, self._settings, self._token = desk, settings, token
        self._metrics = Metrics(lambda: desk.room.taken)

    def answered(self, handler: Handler, *, everybody: bool = False) -> Handler:
        """A handler whose errors are answers, and whose answers are counted."""

        async def answer(request: Request) -> Response:
            began = time.monotonic()
            try:
                if not everybody:
                    check_asker(request.headers, self._token)
                response = await handler(request)
            except (RefusedError, LcbrbError) as error:
                response = _error(error)
            except _GoneError:
                response = Response(status_code=499)
            path = request.url.path
            self._metrics.requests.labels(path, response.status_code).inc()
            self._metrics.seconds.labels(path).observe(time.monotonic() - began)
            response.headers.update(_HEADERS)
            return response

        return answer

    async def grade(self, request: Request) -> Response:
        asked = read(GradeRequest, await body_of(request, self._settings))
        with self._room(len(asked.items)):
            verdicts = await _results(self._desk.grade(asked), request)
        name = asked.benchmark or next(iter(self._desk.graders), "")
        for item, verdict in zip(asked.items, verdicts, strict=True):
            source = "given" if item.tests else name
            self._metrics.verdicts.labels(source, verdict.status.value).inc()
        return JSONResponse({"verdicts": [_verdict(verdict) for verdict in verdicts]})

    async def score(self, request: Request) -> Response:
        asked = read(ScoreRequest, await body_of(request, self._settings))
        items = [Item(prompt=item.prompt, response=item.response) for item in asked.items]
        with self._room(len(items)):
            (scores,) = await _results([self._desk.score(items)], request)
        self._metrics.scores.inc(len(scores))
        return JSONResponse({"scores": scores})

    async def run(self, request: Request) -> Response:
        asked = read(RunCodeRequest, await body_of(request, self._settings))
        try:
            limits = run_code.limits_of(asked)
        except UsageError as error:
            return JSONResponse(run_code.refused(str(error)))
        with self._room(1):
            future = self._desk.run(asked.code, asked.stdin or "", limits)
            (execution,) = await _results([future], request)
        status = execution.status or Status.PASSED
        self._metrics.verdicts.labels("run_code", status.value).inc()
        return JSONResponse(run_code.answer(execution))

    async def metrics(self, _: Request) -> Response:
        return Response(self._metrics.text(), media_type="text/plain; version=0.0.4")

    async def health(self, _: Request) -> Response:
        body: dict[str, Any] = {
            "status": "ok",
            "version": __version__,
            "benchmarks": {
                name: {
                    "version": grader.benchmark.version,
                    "isolation": grader.sandbox.level if grader.benchmark.runs_programs else None,
                }
                for name, grader in self._desk.graders.items()
            },
            "isolation": self._desk.sandbox.level,
            "reward_model": self._desk.scorer.model.id if self._desk.scorer else None,
            "waiting": self._desk.room.taken,
        }
        return JSONResponse(body)

    @contextmanager
    def _room(self, count: int) -> Iterator[None]:
        if count == 0:
            raise UsageError("items: expected at least one")
        if count > self._settings.batch:
            raise RefusedError(
                413,
                f"items: {count} in one request, but at most {self._settings.batch} are "
                "allowed: send them in parts",
            )
        with self._desk.room.of(count):
            yield


def _verdict(verdict: Verdict) -> dict[str, Any]:
    """As a run folder has it; `passed` is null where the failure is ours."""
    document = codec.to_dict(verdict)
    document.pop("schema_version")
    ours = verdict.status is Status.HARNESS_ERROR
    return {"passed": None if ours else verdict.status is Status.PASSED, **document}


async def _results(futures: Sequence[Future[T]], request: Request) -> list[T]:
    """All results; what has not begun is given up once nobody waits for it.

    Raises:
        IncompleteRunError: the work was given up meanwhile.
        Exception: whatever the first failed work raised, at once.
    """
    ended, gone = _ended(futures), asyncio.ensure_future(_gone(request))
    try:
        await asyncio.wait([ended, gone], return_when=asyncio.FIRST_COMPLETED)
        if not ended.done():
            raise _GoneError
        for future in futures:
            if future.cancelled():
                raise IncompleteRunError(_ENDING)
            if future.done() and (error := future.exception()) is not None:
                raise error
        return [future.result() for future in futures]
    except asyncio.CancelledError:  # by uvicorn, which waits no longer for what is under way
        raise IncompleteRunError(_ENDING) from None
    finally:
        gone.cancel()
        for future in futures:
            future.cancel()


async def _gone(request: Request) -> None:
    """Wait until the asker has left; its body has been read."""
    while (await request.receive())["type"] != "http.disconnect":
        pass


def _ended(futures: Sequence[Future[T]]) -> asyncio.Future[None]:
    """Done once all work of a request is, or some of it failed: the loop is woken once for all.

    To wake it for each program would cost it as much again as all else that it does.
    """
    loop, lock, left = asyncio.get_running_loop(), threading.Lock(), len(futures)
    ended = loop.create_future()

    def end() -> None:
        if not ended.done():
            ended.set_result(None)

    def count(future: Future[T]) -> None:
        nonlocal left
        with lock:
            left -= 1
            last = not left
        if last or future.cancelled() or future.exception() is not None:
            with suppress(RuntimeError):  # the loop has ended meanwhile, and nobody waits
                loop.call_soon_threadsafe(end)

    for future in futures:
        future.add_done_callback(count)
    return ended


def _error(error: RefusedError | LcbrbError) -> Response:
    headers = {}
    if isinstance(error, BusyError):
        code, headers = 429, {"Retry-After": str(error.after_s)}
    elif isinstance(error, RefusedError):
        code = error.code
        headers = {"WWW-Authenticate": "Bearer"} if code == 401 else {}  # noqa: PLR2004 - HTTP's
    elif isinstance(error, UnknownNameError):
        code = 404
    elif isinstance(error, UsageError):
        code = 422
    else:
        code = 503
    return JSONResponse({"error": str(error)}, status_code=code, headers=headers)
