"""Our verdicts beside those that a file carries: how often they agree, and where they don't."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from lcbrb.types import CodeCheck, Completion, Problem, Status, Verdict, VerdictOrigin


@dataclass(frozen=True, slots=True, kw_only=True)
class Disagreement:
    """One completion on which the two differ."""

    completion: Completion
    verdict: Verdict
    kind: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """Counts of (recorded passed, we passed) by kind of test, and every difference.

    `counts` keys are ``"stdin: recorded pass, ours pass"`` and the like; completions without a
    recorded verdict, with a recorded one only, or with a failure of ours are not in it.
    """

    counts: dict[str, int]
    disagreements: Sequence[Disagreement]

    @property
    def compared(self) -> int:
        """How many completions have both verdicts."""
        return sum(self.counts.values())


def agreement(
    completions: Sequence[Completion], verdicts: Sequence[Verdict], problems: Sequence[Problem]
) -> Agreement:
    """Compare where both sides judged."""
    kinds = {problem.id: kind_of(problem) for problem in problems}
    counts: Counter[str] = Counter()
    differences = []
    for completion, verdict in zip(completions, verdicts, strict=True):
        recorded = completion.recorded
        executed = verdict.origin is VerdictOrigin.EXECUTED
        if recorded is None or recorded.passed is None or not executed:
            continue
        if verdict.status is Status.HARNESS_ERROR:
            continue
        kind = kinds[completion.problem_id]
        passed = verdict.status is Status.PASSED
        counts[f"{kind}: recorded {_word(recorded.passed)}, ours {_word(passed)}"] += 1
        if recorded.passed != passed:
            differences.append(Disagreement(completion=completion, verdict=verdict, kind=kind))
    return Agreement(counts=dict(sorted(counts.items())), disagreements=differences)


def kind_of(problem: Problem) -> str:
    """How a problem's programs are run, in a word."""
    check = problem.check
    if not isinstance(check, CodeCheck):
        return "answer"
    return "functional" if check.entry_point else "stdin"


def _word(passed: bool) -> str:  # noqa: FBT001 - it turns a bool into a word
    return "pass" if passed else "fail"
