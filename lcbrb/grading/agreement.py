"""Our verdicts beside those that a file carries: how often they agree, and where they don't."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from lcbrb.grading.check_kinds import kind_of
from lcbrb.types import Completion, Problem, Status, Verdict, VerdictOrigin


@dataclass(frozen=True, slots=True, kw_only=True)
class Disagreement:
    """One completion on which the two differ, and on which kind of tests."""

    completion: Completion
    verdict: Verdict
    kind: str
    recorded_passed: bool
    ours: Status


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """Counts of (recorded passed, we passed) by kind of test, and every difference.

    `counts` keys are ``"stdin: recorded pass, ours pass"`` and the like; where a file grades base
    and plus tests, those are the kinds. Of an answer it is the lenient reading that is compared,
    since other graders read so. Completions without a recorded verdict, with a recorded one
    only, or with a failure of ours are not in it.
    """

    counts: dict[str, int]
    disagreements: Sequence[Disagreement]

    @property
    def compared(self) -> int:
        """How many verdicts were compared: two of a completion with base and plus tests."""
        return sum(self.counts.values())


def agreement(
    completions: Sequence[Completion], verdicts: Sequence[Verdict], problems: Sequence[Problem]
) -> Agreement:
    """Compare where both sides graded."""
    labels = {problem.id: kind_of(problem.check).label(problem.check) for problem in problems}
    counts: Counter[str] = Counter()
    differences = []
    for completion, verdict in zip(completions, verdicts, strict=True):
        if verdict.origin is not VerdictOrigin.EXECUTED:
            continue
        for kind, recorded, ours in _verdicts(completion, verdict, labels):
            if ours is Status.HARNESS_ERROR:
                continue
            passed = ours is Status.PASSED
            counts[f"{kind}: recorded {_word(recorded)}, ours {_word(passed)}"] += 1
            if recorded != passed:
                difference = Disagreement(
                    completion=completion,
                    verdict=verdict,
                    kind=kind,
                    recorded_passed=recorded,
                    ours=ours,
                )
                differences.append(difference)
    return Agreement(counts=dict(sorted(counts.items())), disagreements=differences)


def _verdicts(
    completion: Completion, verdict: Verdict, labels: dict[str, str]
) -> Iterator[tuple[str, bool, Status]]:
    """Kind of tests, whether the recorded verdict is a pass, and ours."""
    recorded = completion.recorded
    if recorded is None:
        return
    if recorded.base_passed is not None:
        yield "base", recorded.base_passed, verdict.base_status or verdict.status
        if recorded.plus_passed is not None:
            yield "plus", recorded.plus_passed, verdict.plus_status or verdict.status
    elif recorded.passed is not None and verdict.lenient_status is not None:
        yield "lenient reading", recorded.passed, verdict.lenient_status
    elif recorded.passed is not None:
        yield labels[completion.problem_id], recorded.passed, verdict.status


def _word(passed: bool) -> str:  # noqa: FBT001 - it turns a bool into a word
    return "pass" if passed else "fail"
