"""Data for a page, small and inert: JSON that no HTML parser can leave, and deflated base64."""

from __future__ import annotations

import base64
import json
import zlib

from lcbrb.types import JsonValue

_LEVEL = 6  # 9 takes three times as long, for a hundredth less
# "<" would let "</script" or "<!--" act; the two separators end lines in old script engines
_ESCAPES = {
    "<": "\\u003c",
    ">": "\\u003e",
    "&": "\\u0026",
    "\u2028": "\\u2028",
    "\u2029": "\\u2029",
}
_TABLE = str.maketrans(_ESCAPES)


def island(value: JsonValue) -> str:
    """JSON for the inside of a script element; parsing it gives the value back, whatever it holds.

    Lone surrogates, which UTF-8 can't say, are replaced.
    """
    return _compact(value).translate(_TABLE)


def deflated(value: JsonValue) -> str:
    """JSON, deflated (zlib) and in base64: letters that mean nothing to an HTML parser."""
    packed = zlib.compress(_compact(value).encode("utf-8"), _LEVEL)
    return base64.b64encode(packed).decode("ascii")


def printable(text: str) -> str:
    """The text without what UTF-8 can't say."""
    return text.encode("utf-8", "replace").decode("utf-8")


def _compact(value: JsonValue) -> str:
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return printable(text)
