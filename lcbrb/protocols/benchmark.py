"""A benchmark has problems, and says what it means to solve one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, runtime_checkable

from lcbrb.protocols.sandbox import Sandbox
from lcbrb.types import Completion, Problem, Prompt, Verdict


class Benchmark(Protocol):
    """Problems, and what it means to solve one."""

    @property
    def name(self) -> str: ...  # noqa: D102 - told by the class
    @property
    def version(self) -> str: ...  # noqa: D102 - told by the class
    @property
    def metric(self) -> str: ...  # noqa: D102 - told by the class

    def load(self) -> Sequence[Problem]:
        """The problems, in the benchmark's own order."""
        ...

    def prompt(self, problem: Problem) -> Prompt:
        """How the problem is put to a policy; the same words for the same template."""
        ...

    def verify(self, problem: Problem, completion: Completion, sandbox: Sandbox) -> Verdict:
        """Grade one completion."""
        ...


@runtime_checkable
class ComparesAnswers(Protocol):
    """A benchmark whose problems have one answer each, so that samples can vote."""

    def same_answer(self, answer: str, other: str) -> bool:
        """Whether two replies give the same answer, right or wrong."""
        ...
