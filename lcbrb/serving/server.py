"""Listening, until somebody ends it; what is under way by then is answered."""

from __future__ import annotations

import asyncio
import signal
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from lcbrb.errors import SetupError
from lcbrb.serving.app import serving_app
from lcbrb.serving.desk import Desk
from lcbrb.serving.settings import ServeSettings

_HEADERS_S = 20.0  # for a request's first lines
_LAST_S = 30  # for what is under way at the end
_WAITING = 1024  # connections that are not yet taken


class _Impatient(H11Protocol):
    """Closes a connection on which no request comes: who holds many of them holds up nobody."""

    def connection_made(self, transport: Any) -> None:
        """Begin to wait for a request."""
        super().connection_made(transport)
        self._watch()

    def on_response_complete(self) -> None:
        """Begin to wait for the next one."""
        super().on_response_complete()
        self._watch()

    def _watch(self) -> None:
        self.loop.call_later(_HEADERS_S, self._close_if_same, self.cycle)

    def _close_if_same(self, cycle: Any) -> None:
        if self.cycle is cycle and not self.transport.is_closing():
            self.transport.close()


class _Server(uvicorn.Server):
    """Ends by a signal as by a normal end, so that what it works with is closed; twice: at once."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Listen to signals while the server runs, where this is the main thread."""
        loop = asyncio.get_running_loop()
        listened = []
        with suppress(RuntimeError, ValueError):
            for number in (signal.SIGINT, signal.SIGTERM):
                loop.add_signal_handler(number, self._end)
                listened.append(number)
        yield
        for number in listened:
            loop.remove_signal_handler(number)

    def _end(self) -> None:
        self.force_exit = self.should_exit
        self.should_exit = True


def listening_socket(host: str, port: int) -> socket.socket:
    """A socket at an address; port 0 is a free one.

    Raises:
        SetupError: it can't be had.
    """
    try:
        family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        made = socket.socket(family, socket.SOCK_STREAM)
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        made.bind(address)
        made.listen(_WAITING)
    except OSError as error:
        raise SetupError(
            f"port {port} of {host} can't be used ({error.strerror}): name another --port or --host"
        ) from error
    return made


def serve_until_ended(
    desk: Desk,
    settings: ServeSettings,
    token: str,
    listener: socket.socket,
    ready: Callable[[str], object],
) -> None:
    """Answer until SIGINT or SIGTERM, then what is under way, for half a minute at most.

    `ready` is told the address once the server listens; the desk is closed by the caller.
    """
    config = uvicorn.Config(
        serving_app(desk, settings, token),
        http=_Impatient,
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        limit_concurrency=settings.connections,
        timeout_keep_alive=75,
        timeout_graceful_shutdown=_LAST_S,
        h11_max_incomplete_event_size=64 * 1024,
    )
    host, port = listener.getsockname()[:2]
    ready(f"http://{f'[{host}]' if ':' in host else host}:{port}")
    asyncio.run(_Server(config).serve([listener]))
