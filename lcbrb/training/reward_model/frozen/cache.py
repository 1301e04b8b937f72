"""Hidden states on disk, by content: what was computed once for some tokens is read from then on.

``$LCBRB_CACHE``, else the user's cache folder, holds one folder for each model and precision::

    hidden_states/<hash>/about.json   whose they are, for people
    hidden_states/<hash>/*.states     rows of one length; every process writes a file of its own

A row is the sha256 of the tokens, a checksum, and D float32 numbers. Processes do not wait for one
another; a row that a kill has torn, or whose checksum is wrong, is computed again.
"""

from __future__ import annotations

import hashlib
import json
import secrets
import zlib
from collections.abc import Iterator, Mapping, Sequence
from io import FileIO
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from lcbrb import codec
from lcbrb.codec import read_text
from lcbrb.errors import SetupError, UsageError
from lcbrb.json_text import parse_json
from lcbrb.rewards.forward.batching import Tokens
from lcbrb.types import JsonValue

_KEY, _SUM = 32, 4  # bytes
_SHORT = 24  # hexadecimal digits of a folder's name

Vector = npt.NDArray[np.float32]


def key_of(tokens: Tokens) -> bytes:
    """A name for token ids and their types that no other sequence has."""
    digest = hashlib.sha256(np.asarray(tokens.ids, dtype="<i8").tobytes())
    digest.update(b"/" + np.asarray(tokens.marks, dtype="<i8").tobytes())
    return digest.digest()


class HiddenStates:
    """The hidden states of one model in one precision; `close` it in the end."""

    def __init__(self, root: Path, about: Mapping[str, JsonValue], width: int) -> None:
        """Open the folder of a model.

        Raises:
            UsageError: the folder holds the states of another model.
        """
        facts: dict[str, Any] = {**about, "width": width}
        text = json.dumps(facts, sort_keys=True, indent=2) + "\n"
        self._folder = root / "hidden_states" / codec.sha256_text(text)[:_SHORT]
        self._width, self._text = width, text
        self._file: FileIO | None = None
        path = self._folder / "about.json"
        if path.exists() and parse_json(read_text(path)) != facts:
            raise UsageError(f"{self._folder} contains hidden states of another model: remove it")

    @property
    def row_bytes(self) -> int:
        """What one hidden state takes on disk."""
        return _KEY + _SUM + 4 * self._width

    def read(self, wanted: Sequence[bytes]) -> dict[bytes, Vector]:
        """Those of the wanted states that are there."""
        left, by_key = set(wanted), dict[bytes, Vector]()
        for path in sorted(self._folder.glob("*.states")) if left else ():
            for key, state in self._rows(path):
                if key in left:
                    left.discard(key)
                    by_key[key] = state
        return by_key

    def add(self, key: bytes, state: Vector) -> None:
        """Keep one; it is with the kernel when this returns.

        Raises:
            SetupError: it can't be written.
        """
        data = np.ascontiguousarray(state, dtype="<f4").tobytes()
        row = memoryview(key + zlib.crc32(key + data).to_bytes(_SUM, "big") + data)
        try:
            if self._file is None:
                self._folder.mkdir(parents=True, exist_ok=True)
                codec.write_text(self._folder / "about.json", self._text)
                name = f"{secrets.token_hex(8)}.states"
                self._file = (self._folder / name).open("xb", buffering=0)
            while row:
                row = row[self._file.write(row) :]
        except OSError as error:
            raise SetupError(
                f"can't cache hidden states in {self._folder}: {error.strerror}; those already "
                "cached will be used in the next run. Make room, or name another folder with "
                "LCBRB_CACHE"
            ) from error

    def _rows(self, path: Path) -> Iterator[tuple[bytes, Vector]]:
        size = self.row_bytes
        with path.open("rb") as file:
            while len(row := file.read(size)) == size:
                key, checksum, data = row[:_KEY], row[_KEY : _KEY + _SUM], row[_KEY + _SUM :]
                if zlib.crc32(key + data).to_bytes(_SUM, "big") == checksum:
                    yield key, np.frombuffer(data, dtype="<f4").astype(np.float32)

    def close(self) -> None:
        """Close what was written."""
        if self._file is not None:
            self._file.close()
            self._file = None
