"""A server's address and key, and what the failures of a request mean."""

from __future__ import annotations

import functools
import json
import os
import re
import ssl
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass

import httpx
from pydantic import PositiveFloat, PositiveInt

from lcbrb.errors import SetupError, UsageError
from lcbrb.json_text import parse_json_with_infinities
from lcbrb.registry import Spec
from lcbrb.servers.bodies import ACCEPTED, Bounds, beginning, message_of, pieces
from lcbrb.servers.retries import Retry, retry_after
from lcbrb.types import JsonValue

_CONNECT_S = 20.0
_SHOWN = 300
_PASSING = frozenset({408, 409, 425, 429})
_DENIED = frozenset({401, 403})


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerOptions:
    """What every spec of a server takes.

    `concurrency` is the most requests at a time, `rpm` the most a minute. `timeout_s` is how long a
    server may be silent within an answer, `patience_s` how long it may answer nothing before the
    run stops. `key_env` names the variable that holds the key. `revision` tells one set of weights
    from another under the same name.
    """

    concurrency: PositiveInt = 16
    rpm: PositiveFloat | None = None
    timeout_s: PositiveFloat = 300.0
    patience_s: PositiveFloat = 600.0
    key_env: str = "OPENAI_API_KEY"
    revision: str = ""

    @property
    def key(self) -> str:
        """From the environment; it goes into the header of requests and nowhere else."""
        return os.environ.get(self.key_env, "")


class Refused(Exception):  # noqa: N818 - said to the user only where nothing else works
    """The server will not answer this request, however often it is sent."""


def named_server(spec: Spec, options: ServerOptions, otherwise: str = "") -> tuple[str, httpx.URL]:
    """The model and the address of ``KIND:MODEL@URL``.

    `otherwise` is the address where the spec has none; empty if it must have one.

    Raises:
        UsageError: no model, or no usable address.
        SetupError: the options name a variable for the key, and it is not set.
    """
    if "key_env" in spec.options and not options.key:
        raise SetupError(
            f"{spec.text}: key_env names the environment variable {options.key_env}, "
            "which is not set"
        )
    match = re.fullmatch(r"(?P<model>.+?)(?:@(?P<url>https?://.+))?", spec.target)
    if not match:
        raise UsageError(f"{spec.kind} needs a model: {spec.kind}:MODEL@URL")
    if not match["url"] and "@" in match["model"][1:]:  # never on to another server, with the key
        raise UsageError(
            f"{spec.text}: what follows @ must be an address that starts with http:// or https://"
        )
    address = match["url"] or otherwise
    if not address:
        raise UsageError(f"{spec.text} needs an address: {spec.kind}:MODEL@URL")
    try:
        url = httpx.URL(address.rstrip("/"))
    except httpx.InvalidURL as error:
        raise UsageError(f"{spec.text}: not a usable address ({error})") from error
    if url.userinfo or url.query:
        raise UsageError(
            f"{url.host}: keys don't belong in an address; put the key in the environment "
            f"variable {options.key_env}"
        )
    return match["model"], url


@functools.cache
def _trusted() -> ssl.SSLContext:
    """The certificates that are trusted; reading them takes as long as many requests."""
    return httpx.create_ssl_context()


class Connection:
    """Sends requests for a model to a server; many threads may use it.

    Raises:
        SetupError: by any request, where the server denies access or does not have the model.
    """

    def __init__(self, model: str, base_url: str, options: ServerOptions) -> None:
        self.model, self.base_url = model, base_url
        self._key, self._key_env = options.key, options.key_env
        key = {"Authorization": f"Bearer {self._key}"} if self._key else {}
        self.http = httpx.Client(
            verify=_trusted(),
            headers={"Accept-Encoding": ACCEPTED, **key},
            timeout=httpx.Timeout(options.timeout_s, connect=_CONNECT_S, pool=None),
            limits=httpx.Limits(max_connections=None, max_keepalive_connections=None),
        )

    def listed(self) -> Sequence[Mapping[str, JsonValue]]:
        """The models that the server lists; empty where it lists none that can be read.

        Raises:
            SetupError: nothing answers there, or access is denied.
        """
        try:
            with self.http.stream("GET", f"{self.base_url}/models", timeout=_CONNECT_S) as response:
                if response.status_code in _DENIED:
                    raise self._denied()
                listed = beginning(response) if response.is_success else b""
            entries = json.loads(listed)["data"]
            return [entry for entry in entries if isinstance(entry.get("id"), str)]
        except httpx.HTTPError as error:
            why = str(error) or type(error).__name__
            raise SetupError(f"no server answers at {self.base_url} ({why})") from error
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError, Retry):
            return []

    def post(self, address: str, body: JsonValue, bounds: Bounds) -> JsonValue:
        """What a page answers to one request, as JSON; NaN in it is NaN.

        Raises:
            Retry: nothing came, but may yet.
            Refused: nothing will.
            SetupError: no access, or no such page or model.
        """
        try:
            with self.http.stream("POST", address, json=body) as response:
                if not response.is_success:
                    raise self.failure(response)
                text = b"".join(pieces(response, bounds)).decode()
            return parse_json_with_infinities(text)
        except httpx.RequestError as error:
            raise Retry(str(error) or type(error).__name__, silent=True) from error
        except (UsageError, UnicodeDecodeError) as error:
            raise Retry(f"an invalid response ({error})") from error

    def failure(self, response: httpx.Response) -> Exception:
        """What an answer other than success means: `Retry`, `Refused`, or an error to raise."""
        status = response.status_code
        if response.has_redirect_location:
            return SetupError(
                f"{self.base_url} redirects requests to {response.headers['location'][:_SHOWN]}: "
                "if that is the right server, put its address after @"
            )
        text = self._said(response)
        if status in _DENIED:
            return self._denied()
        if status == httpx.codes.NOT_FOUND:
            return SetupError(
                f"{self.base_url} has no model '{self.model}' or no such page: {text}"
            )
        if status in _PASSING or status >= httpx.codes.INTERNAL_SERVER_ERROR:
            return Retry(f"HTTP {status}: {text}", retry_after(response.headers))
        return Refused(f"HTTP {status}: {text}")

    def _said(self, response: httpx.Response) -> str:
        """What an error says, short, and without the key that some servers repeat."""
        text = beginning(response).decode(errors="replace")
        with suppress(ValueError, RecursionError):  # a proxy's page, say
            text = message_of(json.loads(text))
        text = " ".join(text.split())
        return (text.replace(self._key, "***") if self._key else text)[:_SHOWN]

    def _denied(self) -> SetupError:
        how = "refuses the key in" if self._key else "needs a key; put it in"
        return SetupError(f"{self.base_url} {how} the environment variable {self._key_env}")
