"""The referee beside us: an installed peer grades the very programs that validation graded.

The peer's own checker, as it is, gets the gold solutions and the broken copies of `gold`, and every
verdict of its that is not ours is named. A peer is a record of what it says, not the truth: where
it is known to be wrong, `KNOWN_FAULTS` says why and for which version, and that is no finding
against us.

The peer runs programs as it always does, which may be without any isolation.
"""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from lcbrb.protocols.executor import Executor
from lcbrb.types import Problem, Status
from lcbrb.validation.gold import Checked
from lcbrb.validation.peer import Opinion, Peer, Tests

#: why EvalPlus' verdict is wrong, by its version, the problem, and whether that verdict is a pass
KNOWN_FAULTS = {
    ("0.3.1", "HumanEval/32", False): (
        "0.3.1 skips past marking a test of this problem as passed, so no program passes "
        "(repaired after it, in commit 6eb1e19)"
    ),
}


class Outcome(StrEnum):
    """Two verdicts on one program, side by side."""

    BOTH = "both pass"
    NEITHER = "both fail"
    ONLY_OURS = "only ours passes"
    ONLY_THEIRS = "only theirs passes"
    NO_VERDICT = "no verdict of one side"


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """One program on base or plus tests. Copy 0 is the gold, the others are the broken ones.

    `explanation` says why the peer is known to be wrong here.
    """

    problem_id: str
    copy: int
    tests: Tests
    ours: Status
    our_detail: str
    theirs: Opinion
    explanation: str = ""

    @property
    def outcome(self) -> Outcome:
        """Who passes it."""
        if self.theirs.passed is None or self.ours is Status.HARNESS_ERROR:
            return Outcome.NO_VERDICT
        if self.ours is Status.PASSED:
            return Outcome.BOTH if self.theirs.passed else Outcome.ONLY_OURS
        return Outcome.ONLY_THEIRS if self.theirs.passed else Outcome.NEITHER

    @property
    def differs(self) -> bool:
        """Whether one passes what the other fails."""
        return self.outcome in (Outcome.ONLY_OURS, Outcome.ONLY_THEIRS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Referral:
    """All verdicts beside the peer's."""

    peer: str
    version: str
    compared: Sequence[Compared]

    @property
    def programs(self) -> int:
        """How many programs both were given."""
        return len({(row.problem_id, row.copy) for row in self.compared})

    @property
    def named(self) -> list[Compared]:
        """Every difference, explained or not, and every verdict that is missing."""
        return [row for row in self.compared if row.differs or row.outcome is Outcome.NO_VERDICT]

    @property
    def unexplained(self) -> int:
        """Differences that somebody has to look into."""
        return sum(row.differs and not row.explanation for row in self.compared)

    def counts(self, tests: Tests) -> dict[Outcome, int]:
        """How often each outcome is, of one kind of tests."""
        counted = Counter(row.outcome for row in self.compared if row.tests is tests)
        return {outcome: counted[outcome] for outcome in Outcome}


# ------------------------------------------------------------------------------ comparing


def refer(
    peer: Peer,
    problems: Sequence[Problem],
    checked: Sequence[Checked],
    executor: Executor,
    on_problem: Callable[[], object] = lambda: None,
) -> Referral:
    """Have the peer grade what validation graded.

    A peer's limits may be on wall time, so a busy machine can fail a right program there: what only
    we pass is put to it again, when nothing else is run.
    """
    by_id = {problem.id: problem for problem in problems}

    def one(item: Checked) -> list[Compared]:
        return list(_compared(peer, by_id[item.problem_id], item))

    by_problem: dict[str, list[Compared]] = {}
    for item, rows in executor.map(one, checked):
        by_problem[item.problem_id] = rows
        on_problem()
    for item in checked:
        rows = by_problem[item.problem_id]
        if any(row.outcome is Outcome.ONLY_OURS and not row.explanation for row in rows):
            by_problem[item.problem_id] = one(item)
    compared = [row for item in checked for row in by_problem[item.problem_id]]
    return Referral(peer=peer.name, version=peer.version, compared=compared)


def _compared(peer: Peer, problem: Problem, checked: Checked) -> Iterator[Compared]:
    opinions = peer.grade(problem, [source for source, _ in checked.graded])
    for copy, ((_, verdict), opinion) in enumerate(zip(checked.graded, opinions, strict=True)):
        statuses = {Tests.BASE: verdict.base_status, Tests.PLUS: verdict.plus_status}
        for tests, theirs in opinion.items():
            row = Compared(
                problem_id=problem.id,
                copy=copy,
                tests=tests,
                ours=statuses[tests] or verdict.status,
                our_detail=verdict.detail,
                theirs=theirs,
            )
            if row.differs:
                passes = row.outcome is Outcome.ONLY_THEIRS
                why = KNOWN_FAULTS.get((peer.version, problem.id, passes), "")
                row = dataclasses.replace(row, explanation=why)
            yield row
