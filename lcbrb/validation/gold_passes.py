"""Golds run several times in an environment: which pass, which fail, which do either.

What comes of it is held against the environment's gold table, or made into one.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from lcbrb.environments.definition import Definition, lock_id
from lcbrb.environments.store import Environment
from lcbrb.errors import IncompleteRunError
from lcbrb.protocols.benchmark import Benchmark
from lcbrb.sources.problems.gold_table import Gold, GoldTable, excluded, gold_table, is_met
from lcbrb.types import Completion, Problem, Status, Verdict
from lcbrb.validation.gold import completion_of, golds

FLAKY, NOT_MEASURED, NOT_LOOKED_INTO = "flaky", "not measured", "not looked into"
_WHY = 160


class Finding(StrEnum):
    """What became of a gold over all passes."""

    PASSES = "passes every time"
    FAILS = "fails every time"
    FLAKY = "passes in some runs and fails in others"
    NO_VERDICT = "no verdict: the runner failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasuredGold:
    """A gold and its verdicts, one for each pass; `expected` is what the table says of it.

    `expected` is None where there is no table, or the table does not know.
    """

    problem_id: str
    verdicts: tuple[Verdict, ...]
    expected: Finding | None = None

    @property
    def finding(self) -> Finding:
        """What became of it; a pass without a verdict leaves it open, unless others differ.

        One that can't be run at all is as the table says, where that says that it fails: it needs
        what is not there.
        """
        passed = {verdict.status is Status.PASSED for verdict in self._told}
        if passed == {True, False}:
            return Finding.FLAKY
        if not passed and self.expected is Finding.FAILS:
            return Finding.FAILS
        if not self.judged:
            return Finding.NO_VERDICT
        return Finding.PASSES if passed == {True} else Finding.FAILS

    @property
    def judged(self) -> bool:
        """Whether it came to a verdict in every pass."""
        return len(self._told) == len(self.verdicts)

    @property
    def surprises(self) -> bool:
        """Whether it is otherwise than the table says; a flaky one may do either."""
        known = {None, Finding.FLAKY, self.finding}
        return self.finding is not Finding.NO_VERDICT and self.expected not in known

    @property
    def worse(self) -> bool:
        """Whether it does not always pass, though the table says so, or there is no table."""
        bad = self.finding in {Finding.FAILS, Finding.FLAKY}
        return bad and self.expected in {None, Finding.PASSES}

    @property
    def detail(self) -> str:
        """Status and words of the first verdict that is no pass; empty where there is none."""
        failed = [verdict for verdict in self.verdicts if verdict.status is not Status.PASSED]
        return f"({failed[0].status}) {' '.join(failed[0].detail.split())}" if failed else ""

    @property
    def _told(self) -> list[Verdict]:
        return [v for v in self.verdicts if v.status is not Status.HARNESS_ERROR]


@dataclass(frozen=True, slots=True, kw_only=True)
class GoldPasses:
    """Every gold of a release over some passes in an environment.

    `table` is the one that ships, None where golds were not measured there; `doubt` says why it may
    not be about these data or these libraries.
    """

    environment: str
    python: str
    lock: str
    version: str
    passes: int
    golds: tuple[MeasuredGold, ...]
    table: GoldTable | None = None
    doubt: str = ""

    @property
    def good(self) -> bool:
        """Whether every gold passes that the table does not say to fail."""
        return not any(gold.worse for gold in self.golds)

    def count(self, finding: Finding) -> int:
        """How many golds it is true of."""
        return sum(gold.finding is finding for gold in self.golds)

    def raise_if_incomplete(self) -> None:
        """Say how many golds have no verdict by our own failure.

        Raises:
            IncompleteRunError: some have none.
        """
        if lost := self.count(Finding.NO_VERDICT):
            raise IncompleteRunError(
                f"{lost} gold solutions have no verdict because the runner failed"
            )


def gold_completions(
    bench: Benchmark, problems: Sequence[Problem], passes: int
) -> list[Completion]:
    """All golds, then all of them again, and so on: passes are as far apart as can be.

    Raises:
        UsageError: no problem has one.
    """
    known = golds(bench, problems)
    return [
        completion_of(problem, known[problem.id], number)
        for number in range(passes)
        for problem in problems
        if problem.id in known
    ]


def measured(
    of: Definition,
    here: Environment,
    version: str,
    graded: Iterable[tuple[Completion, Verdict]],
) -> GoldPasses:
    """What verdicts on golds say, beside the table."""
    verdicts: dict[str, list[Verdict]] = {}
    for completion, verdict in graded:
        verdicts.setdefault(completion.problem_id, []).append(verdict)
    table, left_out = gold_table(of, here.python), excluded(of, here, version)

    def expected(name: str) -> Finding | None:
        gold = left_out.golds.get(name)
        if table is None or (gold is not None and gold.cause == NOT_MEASURED):
            return None
        if gold is None:
            return Finding.PASSES
        return Finding.FLAKY if gold.cause == FLAKY else Finding.FAILS

    return GoldPasses(
        environment=here.record.label if here.record else here.name,
        python=here.python,
        lock=lock_id(of.pins(here.python)),
        version=version,
        passes=max((len(own) for own in verdicts.values()), default=0),
        golds=tuple(
            MeasuredGold(
                problem_id=name,
                verdicts=tuple(own),
                expected=expected(name),
            )
            for name, own in verdicts.items()
        ),
        table=table,
        doubt=left_out.doubt if table else "",
    )


def table_of(passes: GoldPasses, known: Mapping[str, Gold], here: Environment) -> GoldTable:
    """The table that these passes make.

    Args:
        passes: over all golds.
        known: causes that were looked into: of the table before, or under another Python.
        here: the environment; a task that passes with what it has and others may lack stays.
    """
    tasks: dict[str, Gold] = {}
    for gold in passes.golds:
        before = known.get(gold.problem_id)
        met = before is not None and is_met(before.needs, here)
        if gold.finding is not Finding.PASSES:
            tasks[gold.problem_id] = _failing(gold, None if met else before)
        elif before is not None and met:
            tasks[gold.problem_id] = before
    return GoldTable(
        release=passes.version.rpartition("-")[0] or passes.version,
        python=passes.python,
        lock=passes.lock,
        measured=dt.datetime.now(dt.UTC).date().isoformat(),
        golds=sum(gold.judged for gold in passes.golds),
        passed=passes.count(Finding.PASSES),
        passes=passes.passes,
        tasks=tasks,
    )


#: the causes of which a table knows nothing but what was found
_FOUND = {
    Finding.FLAKY: FLAKY,
    Finding.NO_VERDICT: NOT_MEASURED,
    Finding.FAILS: NOT_LOOKED_INTO,
}


def _failing(gold: MeasuredGold, before: Gold | None) -> Gold:
    """Its cause: the one that is known, where it explains what was found."""
    cause = _FOUND[gold.finding]
    if before is not None:
        looked_into = before.cause not in _FOUND.values()
        if before.cause == cause or (looked_into and gold.finding is not Finding.FLAKY):
            return before
    return Gold(cause=cause, why=gold.detail[:_WHY])
