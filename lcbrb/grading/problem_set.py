"""A benchmark that is a set of problems, each graded by its check."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from lcbrb.grading.check_kinds import CheckKind, new_kind
from lcbrb.protocols.benchmark import Benchmark, Release
from lcbrb.protocols.sandbox import Sandbox, Workplace
from lcbrb.registry import Spec
from lcbrb.types import Completion, JsonValue, Problem, Prompt, Verdict


@dataclass(frozen=True, kw_only=True)
class ProblemSet(Benchmark):
    """A benchmark made of problems, which grades each by its check.

    Args:
        name: the benchmark's name as the user wrote it, for the record.
        version: of the problems.
        problems: in the order of the release.
        asking: makes the prompts, if they differ from those of the kind of check.
        grading: grades the checks, all of one kind, if its default settings don't fit.
        golds: known solutions by problem id, if the checks contain none.
        notes: what was left out of them, for the record of a run.
        environment: the name of the environment in which programs run, if not this one.
        workplace: the modules imported for programs in advance, and what they may do.
        settings: further settings for the record of a run.
    """

    name: str
    version: str
    problems: Sequence[Problem]
    asking: Callable[[Problem], Prompt] | None = None
    grading: CheckKind[Any] | None = None
    golds: Mapping[str, str] = field(default_factory=dict, repr=False)
    notes: Sequence[str] = ()
    environment: str | None = None
    workplace: Workplace = Benchmark.workplace
    settings: Mapping[str, JsonValue] = field(default_factory=dict)
    _kinds: dict[str, CheckKind[Any]] = field(default_factory=dict, init=False, repr=False)

    @classmethod
    def of(cls, spec: Spec, release: Release, **more: Any) -> ProblemSet:
        """A release, under the name that it was asked for by; `more` are other arguments."""
        return cls(
            name=spec.text,
            version=release.version,
            problems=release.problems,
            notes=release.notes,
            **more,
        )

    def load(self) -> Sequence[Problem]:
        """The problems."""
        return self.problems

    def prompt(self, problem: Problem) -> Prompt:
        """As `asking` says, or the kind of its check."""
        if self.asking is not None:
            return self.asking(problem)
        return self._kind(problem).prompt(problem, problem.check) or super().prompt(problem)

    def verify(self, problem: Problem, completion: Completion, sandbox: Sandbox) -> Verdict:
        """Grade one completion as the problem's check says."""
        return self._kind(problem).verify(problem, completion, sandbox)

    def gold(self, problem: Problem) -> str | None:
        """The problem's gold solution, where it has one."""
        return self.golds.get(problem.id) or self._kind(problem).gold(problem.check)

    @property
    def runs_programs(self) -> bool:
        """Whether any problem's check does."""
        return any(self._kind(problem).runs_programs for problem in self.problems)

    @property
    def in_process(self) -> bool:
        """Whether any problem's tests run in the program's process."""
        return any(self._kind(problem).in_process for problem in self.problems)

    @property
    def votes(self) -> bool:
        """Whether the problems have one answer each."""
        return bool(self.problems) and self._kind(self.problems[0]).votes

    def same_answer(self, answer: str, other: str) -> bool:
        """Whether two solutions are the same answer, right or wrong."""
        return self._kind(self.problems[0]).same_answer(answer, other)

    def grouped(self, answers: Sequence[str]) -> Sequence[int]:
        """Which solutions are the same answer."""
        groups = self._kind(self.problems[0]).grouped(answers)
        return super().grouped(answers) if groups is None else groups

    def _kind(self, problem: Problem) -> CheckKind[Any]:
        """What is done with a problem's check, kept: it learns of its problems."""
        if self.grading is not None:
            return self.grading
        path = type(problem.check).KIND
        if path not in self._kinds:
            self._kinds.setdefault(path, new_kind(path))
        return self._kinds[path]
