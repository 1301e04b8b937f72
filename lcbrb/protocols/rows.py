"""Rows of run folders, as those see them who read a field or two of each."""

from __future__ import annotations

import datetime as dt
from typing import Protocol

from lcbrb.types import Status, VerdictOrigin


class VerdictRow(Protocol):
    """A `Verdict`, or a row's verdict that was quicker to read."""

    @property
    def base_status(self) -> Status | None:
        """On the benchmark's own tests alone, where they are told apart."""

    @property
    def plus_status(self) -> Status | None:
        """On the added tests."""

    @property
    def origin(self) -> VerdictOrigin:
        """Who says so."""


class SampleRow(Protocol):
    """A `SampleVerdict`, or a row with its fields that was quicker to read (`lcbrb.quick_rows`)."""

    @property
    def problem_id(self) -> str:
        """The problem's id."""

    @property
    def policy_id(self) -> str:
        """The policy's id."""

    @property
    def sample_index(self) -> int:
        """The sample's number, from 0."""

    @property
    def status(self) -> Status:
        """What became of it."""

    @property
    def verdict(self) -> VerdictRow:
        """The whole verdict."""

    @property
    def released(self) -> dt.date | None:
        """The day of the problem's release, where it is known."""

    @property
    def difficulty(self) -> str | None:
        """The problem's difficulty, where it is known."""
