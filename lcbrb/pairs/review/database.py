"""A SQLite file of ours: told from others', used by one thread at a time, whole after a kill."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import RLock
from typing import Any

from lcbrb.errors import SetupError, UsageError

_APPLICATION = 0x4C435256  # "LCRV": by this a file is told to be ours
_VERSION = 1
_WAIT_S = 10  # for another process that writes


class Database:
    """The file, and its tables, which are made where it is new.

    Args:
        path: the file; made, with the folders above it, where it is not there.
        tables: statements that make the tables, each ended by a semicolon.

    Raises:
        UsageError: the file is something else, or of a newer lcbrb.
        SetupError: it can't be read or written.
    """

    def __init__(self, path: Path, tables: str) -> None:
        self.path, self._lock = path, RLock()
        if path.is_dir():
            raise UsageError(f"{path} is a folder: name a file to keep the review in")
        with self._saying():
            path.parent.mkdir(parents=True, exist_ok=True)
            self._base = sqlite3.connect(
                path, isolation_level=None, check_same_thread=False, timeout=_WAIT_S
            )
        try:
            with self.transaction():
                self._check(tables)
        except BaseException:
            self.close()
            raise

    def _check(self, tables: str) -> None:
        self.new = not self.rows("select count(*) from sqlite_master")[0][0]
        if self.new:
            for statement in filter(str.strip, tables.split(";")):
                self._base.execute(statement)
            self._base.execute(f"pragma application_id = {_APPLICATION}")
            self._base.execute(f"pragma user_version = {_VERSION}")
        elif self.rows("pragma application_id")[0][0] != _APPLICATION:
            raise self._not_ours()
        elif self.rows("pragma user_version")[0][0] > _VERSION:
            raise UsageError(f"{self.path} was written by a newer lcbrb: upgrade lcbrb")

    def _not_ours(self) -> UsageError:
        return UsageError(f"{self.path} is not a review kept by lcbrb: name another file")

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._base.close()

    def rows(self, question: str, *values: object) -> list[tuple[Any, ...]]:
        """What a question gives."""
        with self._saying():
            return self._base.execute(question, values).fetchall()

    def write(self, statement: str, *values: object) -> None:
        """Carry a statement out; inside `transaction`."""
        with self._saying():
            self._base.execute(statement, values)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Everything inside is on the disk at its end, or nothing is."""
        with self._saying():
            self._base.execute("begin immediate")
            try:
                yield
                self._base.execute("commit")
            except BaseException:
                if self._base.in_transaction:  # a full disk has ended it already
                    self._base.execute("rollback")
                raise

    @contextmanager
    def _saying(self) -> Iterator[None]:
        """One thread at a time; what SQLite has to complain of becomes an error of ours."""
        with self._lock:
            try:
                yield
            except sqlite3.Error as error:
                if getattr(error, "sqlite_errorname", "") == "SQLITE_NOTADB":
                    raise self._not_ours() from error
                raise SetupError(f"the review in {self.path} can't be used: {error}") from error
