"""Who may talk to the review's page: this machine, with the link, from the page itself.

Other sites in the same browser can send requests to this machine. They can't name it as their host
(so a rebound name is told by the Host header), they can't hide their own origin from a request that
changes something, and they don't have the cookie that the link's token is exchanged for.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_HERE = re.compile(r"(127\.0\.0\.1|localhost)(:\d{1,5})?", re.ASCII | re.IGNORECASE)
_READING = frozenset({"GET", "HEAD"})
_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src data:; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",  # `no-referrer` would hide the origin of our own forms
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}


def refusal(method: str, hosts: Sequence[str], origins: Sequence[str]) -> str | None:
    """Why a request is refused, or None."""
    if len(hosts) != 1 or not _HERE.fullmatch(hosts[0]):
        return (
            "this page answers only at 127.0.0.1 and localhost: use the link that the command "
            "printed"
        )
    if len(origins) > 1 or any(
        origin.lower() != f"http://{hosts[0]}".lower() for origin in origins
    ):
        return "this request comes from another page"
    if method not in _READING and not origins:
        return "this request does not say which page it comes from"
    return None


class OnlyFromHere:
    """Refuses what is not from this machine and this page, and marks all answers with policies."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request; there are no web sockets here."""
        if scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})
            return
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def marked(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in _HEADERS.items():
                    headers[name] = value
            await send(message)

        headers = Headers(scope=scope)
        why = refusal(scope["method"], headers.getlist("host"), headers.getlist("origin"))
        if why is not None:
            await PlainTextResponse(f"Refused: {why}.\n", 403)(scope, receive, marked)
            return
        await self._app(scope, receive, marked)


@dataclass(slots=True)
class Session:
    """A browser that has come by the link: who sits there, and since when a pair is open (s)."""

    annotator: str = ""
    opened_s: dict[str, float] = field(default_factory=dict)


class Sessions:
    """The token of the link, and the browsers that have shown it. A restart makes a new token."""

    def __init__(self) -> None:
        self.token = secrets.token_urlsafe(32)
        self._of_key: dict[str, Session] = {}

    def enter(self, token: str) -> str | None:
        """The key of a new session, if the token is right."""
        given, ours = token.encode("utf-8", "replace"), self.token.encode()
        if not secrets.compare_digest(given, ours):
            return None
        key = secrets.token_urlsafe(32)
        self._of_key[key] = Session()
        return key

    def find(self, key: str | None) -> Session | None:
        """The session of a cookie's key."""
        return self._of_key.get(key or "")
