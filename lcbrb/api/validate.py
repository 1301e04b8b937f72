"""`lcbrb.validate`: can a benchmark's verdicts be trusted here?"""

from __future__ import annotations

from dataclasses import dataclass

from evaluators import benchmark as open_benchmark
from lcbrb.engine.local import LocalExecutor
from lcbrb.errors import IncompleteRunError
from lcbrb.grading.isolation import interpreter_for, sandbox_to_grade
from lcbrb.harness.run import Part
from lcbrb.protocols.benchmark import Benchmark
from lcbrb.protocols.progress import SILENT, Progress
from lcbrb.types.short_repr import ShortRepr
from lcbrb.validation.gold import Checked, Outcome, check_golds, golds
from lcbrb.validation.peer import EvalPlus, Peer, check_peer
from lcbrb.validation.referee import Outcome as PeerOutcome, Referral, refer
from lcbrb.validation.unit_test_peer import BigCodeBench


@dataclass(frozen=True, slots=True, kw_only=True)
class Validation(ShortRepr):
    """The result of every gold solution of a benchmark, and of broken copies of it.

    `level` is the level of isolation at which programs ran; `referral` has another tool's verdicts.
    """

    benchmark: str
    version: str
    level: str
    checked: tuple[Checked, ...]
    referral: Referral | None = None

    @property
    def good(self) -> bool:
        """Whether no gold solution fails and the other tool's differences are explained."""
        fails = any(checked.outcome is Outcome.FAILS for checked in self.checked)
        return not fails and not (self.referral and self.referral.unexplained)

    def raise_if_incomplete(self) -> None:
        """Raise an error if verdicts are missing because the runner or the other tool failed.

        Raises:
            IncompleteRunError: some are.
        """
        if lost := sum(checked.outcome is Outcome.NO_VERDICT for checked in self.checked):
            raise IncompleteRunError(
                f"{lost} gold solutions have no verdict because the runner failed"
            )
        if self.referral is None or not self.good:
            return
        missing = [
            comparison
            for comparison in self.referral.compared
            if comparison.outcome is PeerOutcome.NO_VERDICT
        ]
        if missing:
            raise IncompleteRunError(
                f"{len(missing)} verdicts to compare with {self.referral.peer}'s are missing: "
                "one of the two tools gave none"
            )


def _peer(name: str, bench: Benchmark) -> Peer:
    if name == EvalPlus.name:
        return EvalPlus()
    interpreter = interpreter_for(bench)
    assert interpreter is not None  # noqa: S101 - `check_peer` has seen to it
    return BigCodeBench(interpreter)


def validate(
    benchmark: str,
    *,
    against: str | None = None,
    limit: int | None = None,
    seed: int = 0,
    isolation: str | None = None,
    progress: Progress = SILENT,
) -> Validation:
    """Check that every gold solution of a benchmark passes and that a broken copy of it fails.

    Args:
        benchmark: as in `lcbrb.bench`.
        against: another installed tool that grades the same programs (``evalplus``,
            ``bigcodebench``). It runs them without isolation.
        limit: use only this many problems, drawn at random.
        seed: for the draw.
        isolation: the lowest level of isolation (see `lcbrb doctor`) at which programs may run;
            None: a level at which they can't read the tests (A or B).
        progress: receives the progress of the work.

    Raises:
        LcbrbError: the benchmark can't be used, or has no golds; no such peer here.
    """
    bench = open_benchmark(benchmark)
    if against is not None:
        check_peer(against, bench.name)
    problems = Part(benchmark=bench, limit=limit, seed=seed).problems()
    count = len(golds(bench, problems))
    sandbox = sandbox_to_grade(bench, isolation)
    checked = []
    with progress.bar(bench.name, count, "golds") as advance:
        for gold in check_golds(bench, problems, sandbox, LocalExecutor()):
            checked.append(gold)
            advance(1)
    order = {problem.id: place for place, problem in enumerate(problems)}
    checked.sort(key=lambda gold: order[gold.problem_id])
    referral = None
    if against is not None:
        peer = _peer(against, bench)
        try:
            with progress.bar(f"{peer.name} {peer.version}", len(checked), "problems") as advance:
                referral = refer(peer, problems, checked, LocalExecutor(), lambda: advance(1))
        finally:
            peer.close()
    return Validation(
        benchmark=bench.name,
        version=bench.version,
        level=sandbox.level,
        checked=tuple(checked),
        referral=referral,
    )
