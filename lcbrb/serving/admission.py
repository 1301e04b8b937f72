"""Who may ask, and how much: a token, this machine's own names, bounds of size and time.

Without a token the server is for programs on this machine. Pages in a browser there could send
requests too; they can't do so without telling their origin, or by another name than this machine's.
"""

from __future__ import annotations

import asyncio
import re
import secrets

from starlette.datastructures import Headers
from starlette.requests import ClientDisconnect, Request

from lcbrb.serving.settings import ServeSettings

_HERE = re.compile(r"(127\.0\.0\.\d{1,3}|localhost|\[::1\])(:\d{1,5})?", re.ASCII | re.IGNORECASE)
_BEARER = "bearer "
_MIB = 1 << 20


class RefusedError(Exception):
    """A request that is not answered; `code` is HTTP's."""

    def __init__(self, code: int, why: str) -> None:
        super().__init__(why)
        self.code = code


def check_asker(headers: Headers, token: str) -> None:
    """Let in who has the token; without one, what runs on this machine.

    Raises:
        RefusedError: 401 or 403.
    """
    if token:
        given = headers.get("authorization", "")
        secret = given[len(_BEARER) :] if given.lower().startswith(_BEARER) else ""
        if not secrets.compare_digest(secret.encode("utf-8", "replace"), token.encode()):
            raise RefusedError(401, "a bearer token is required: Authorization: Bearer …")
        return
    hosts = headers.getlist("host")
    if len(hosts) != 1 or not _HERE.fullmatch(hosts[0]):
        raise RefusedError(403, "this server answers only at 127.0.0.1 and localhost")
    if headers.getlist("origin"):
        raise RefusedError(403, "this server does not answer pages in a browser")


async def body_of(request: Request, settings: ServeSettings) -> bytes:
    """The body, if it is JSON, comes in time and is no larger than may be.

    Raises:
        RefusedError: 400, 408, 413 or 415.
    """
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json":
        raise RefusedError(415, "expected content-type application/json")
    most = settings.body_mib * _MIB
    length = request.headers.get("content-length", "")
    if length.isdecimal() and int(length[:20]) > most:
        raise RefusedError(413, f"the body is larger than {settings.body_mib} MiB")
    body = bytearray()
    try:
        async with asyncio.timeout(settings.body_s):
            async for part in request.stream():
                body += part
                if len(body) > most:
                    raise RefusedError(413, f"the body is larger than {settings.body_mib} MiB")
    except TimeoutError:
        raise RefusedError(408, f"the body did not arrive within {settings.body_s:g} s") from None
    except ClientDisconnect:
        raise RefusedError(400, "the connection ended before the body did") from None
    return bytes(body)
