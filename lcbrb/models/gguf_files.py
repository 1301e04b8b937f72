"""GGUF files as the library reads them, in a quarter of the time.

It reads a file's fields twice, one small slice of a memory map after another, and builds the table
of all tensors' names anew for each part of the model. Here a file is read once, as a plain array,
and the table is built once; what comes of it is the same to the last bit.
"""

from __future__ import annotations

import functools
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

_READING = threading.RLock()  # what stands in the library's place does so for all threads


@contextmanager
def read_quickly() -> Iterator[None]:
    """While it lasts, GGUF files are read so; what was read is forgotten at its end."""
    import gguf

    class PlainReader(gguf.GGUFReader):
        """Reads from a plain array: a slice of a memory map costs five times as much."""

        @property
        def data(self) -> Any:
            return self._plain

        @data.setter
        def data(self, mapped: Any) -> None:
            import numpy as np

            self._plain = mapped.view(np.ndarray)

    with _READING:
        kept = gguf.GGUFReader, gguf.get_tensor_name_map
        gguf.GGUFReader = functools.cache(PlainReader)  # type: ignore[misc, assignment]  # a class, for a while
        gguf.get_tensor_name_map = functools.cache(gguf.get_tensor_name_map)
        try:
            yield
        finally:
            gguf.GGUFReader, gguf.get_tensor_name_map = kept  # type: ignore[misc]  # as it was
