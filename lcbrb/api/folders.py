"""Where run folders are kept: where the user says, else in a folder that is removed at the end."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def kept_in(out: Path | str | None) -> Iterator[Path]:
    """The folder `out`, or a temporary one where it is None."""
    if out is not None:
        yield Path(out).expanduser()
        return
    with tempfile.TemporaryDirectory(prefix="lcbrb-") as folder:
        yield Path(folder)
