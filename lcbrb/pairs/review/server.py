"""The review's server: on this machine's own address alone, in a thread."""

from __future__ import annotations

import socket
from threading import Thread
from time import sleep
from typing import Self

import uvicorn

from lcbrb.errors import SetupError
from lcbrb.pairs.review.access import Sessions
from lcbrb.pairs.review.app import review_app
from lcbrb.pairs.review.store import ReviewStore
from lcbrb.protocols.reward import PairSet

HOST = "127.0.0.1"
_WAITING = 64  # connections that are not yet taken
_POLL_S = 0.2


class ReviewServer:
    """Serves a review while its ``with`` statement lasts; `url` is the link for people.

    The store is opened with the ids of the pairs; port 0 is a free one.

    Raises:
        SetupError: the port can't be had.
    """

    def __init__(self, pair_set: PairSet, store: ReviewStore, port: int = 0) -> None:
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            self._socket.bind((HOST, port))
            self._socket.listen(_WAITING)
        except OSError as error:
            self._socket.close()
            raise SetupError(
                f"port {port} of {HOST} can't be used ({error.strerror}): name another --port"
            ) from error
        self.port = int(self._socket.getsockname()[1])
        sessions = Sessions()
        self.address = f"http://{HOST}:{self.port}"
        self.url = f"{self.address}/enter?token={sessions.token}"
        app = review_app(pair_set, store, sessions, f"lcbrb_review_{self.port}")
        config = uvicorn.Config(
            app,
            log_config=None,
            access_log=False,
            server_header=False,
            lifespan="off",
            ws="none",
            proxy_headers=False,
            timeout_graceful_shutdown=2,
        )
        self._server = uvicorn.Server(config)
        self._thread = Thread(target=self._server.run, args=([self._socket],), daemon=True)

    def __enter__(self) -> Self:
        """Start serving."""
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Answer what has been asked, and stop."""
        self._server.should_exit = True
        self._thread.join()
        self._socket.close()

    def wait(self) -> None:
        """Wait until the server ends; Ctrl-C ends the waiting."""
        try:
            while self._thread.is_alive():
                sleep(_POLL_S)  # not `join`: once interrupted it takes the thread for ended
        except KeyboardInterrupt:
            return
