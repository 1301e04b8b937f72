"""`lcbrb.build_pairs`: completions, recorded or sampled, to preference pairs of reasoning."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from evaluators import benchmark as open_benchmark
from lcbrb.engine.executors import Executors, executors_for
from lcbrb.errors import IncompleteRunError, UnansweredError, UsageError
from lcbrb.grading.grader import Grader
from lcbrb.grading.isolation import marks, sandbox_to_grade
from lcbrb.grading.remote import grader_on
from lcbrb.pairs.build import Built, pair_recorded, pair_sampled, write_pairs
from lcbrb.pairs.cost import PairCost
from lcbrb.pairs.labels import why_none
from lcbrb.pairs.manifest import run_folder
from lcbrb.pairs.orders import Options, Order, ToSample, read_order
from lcbrb.pairs.sampling import Workshop
from lcbrb.pairs.yields import yield_estimates
from lcbrb.policies.openai.batch import Batch
from lcbrb.protocols.progress import SILENT, Progress
from lcbrb.runs.folder import Run, open_run
from lcbrb.runs.record import benchmark_data, new_record
from lcbrb.types import Metric, PairManifest, PreferencePair, RunKind, RunRecord
from lcbrb.types.short_repr import ShortRepr


@dataclass(frozen=True, slots=True, kw_only=True)
class BuiltPairs(ShortRepr):
    """The result of a build: `manifest` accounts for every completion.

    `manifest` is None, and nothing was written beside the run folder, where requests wait for a
    batch: `waiting` of them, in the file `requests` if one was asked for.
    """

    path: Path
    built: Built
    manifest: PairManifest | None
    cost: PairCost
    notes: tuple[str, ...] = ()
    waiting: int = 0
    requests: Path | None = None

    @property
    def pairs(self) -> Sequence[PreferencePair]:
        """The pairs, in the order of their problems."""
        return self.built.pairs

    def raise_if_incomplete(self) -> None:
        """Raise an error if results are missing through a failure, or if there are no pairs.

        Raises:
            LcbrbError: what ended sampling or judging before its end.
            IncompleteRunError: samples, verdicts or judgements are missing, or there are no pairs.
        """
        built = self.built
        if self.waiting:
            if self.requests is None:
                raise IncompleteRunError(
                    f"{self.waiting} requests have no result yet: write them with --emit-batch, "
                    "have them answered, and read the results with --collect"
                )
            return
        for failure in built.failures:
            if not isinstance(failure, UnansweredError):
                raise failure
        if built.unjudged:
            shortfall = (
                f"{built.unjudged} completions have no judgement, and are left out of all pairs"
            )
            raise IncompleteRunError(f"{shortfall}: {built.failures[0]}")
        if built.harness_errors:
            raise IncompleteRunError(
                f"{built.harness_errors} completions have no verdict because the runner failed, "
                "and are left out of all pairs. Run the same command again to grade them"
            )
        if built.missing:
            why = next((note for note in built.notes if "are missing" in note), "no reason told")
            shortfall = f"{built.missing} samples are missing and left out of all pairs ({why})"
            raise IncompleteRunError(f"{shortfall}. Run the same command again to request them")
        if self.manifest is not None and not self.pairs:
            raise IncompleteRunError(f"no pairs: {why_none(built.labels)}")


def build_pairs(
    problems: str,
    policies: str | Sequence[str],
    out: Path | str,
    *,
    n: int | None = None,
    judge: str = "none",
    kinds: str | Sequence[str] = "lcb-rb",
    verdicts: str = "executed",
    across_samplers: bool = False,
    per_problem: int = 4,
    limit: int | None = None,
    seed: int = 0,
    config: Mapping[str, Any] | None = None,
    emit_batch: Path | str | None = None,
    collect: Sequence[Path | str] = (),
    executor: str = "local",
    isolation: str | None = None,
    progress: Progress = SILENT,
) -> BuiltPairs:
    """Make preference pairs from completions: sample or read them, grade, judge, and pair them.

    Next to `out`, a manifest (``….manifest.json``) and a run folder (``….run``) with completions,
    verdicts and judgements are written; calling it again resumes a stopped build. The same input
    and seed give identical files.

    Args:
        problems: a benchmark's name or a file of problems, as in `lcbrb.bench`.
        policies: specs, all of recorded completions (``replay:PATH``) or all to be sampled
            (``openai:MODEL@URL``, ``hf:…``, ``vllm:…``).
        out: the file of pairs, JSONL.
        n: most samples per problem, for each policy; default 50.
        judge: who says whether a reasoning is sound: an LLM judge (``openai:MODEL@URL?votes=3``),
            ``recorded`` (the judgements in the files of completions), or ``none`` (tests alone
            decide).
        kinds: of pairs: ``lcb-rb``, ``outcome-matched``, or both.
        verdicts: ``executed``, or ``recorded`` to trust the verdicts in the files where there are
            any.
        across_samplers: also pair completions of different policies.
        per_problem: most pairs per problem and kind; 0 means all.
        limit: use only this many problems, drawn at random.
        seed: for the draw and for sampling; also decides which pairs are made of a problem.
        config: settings of `lcbrb.pairs.config.FactoryConfig` by name.
        emit_batch: write the requests that have no result yet to this file, instead of sending
            them.
        collect: files with results of such requests.
        executor: ``local``, or ``ray`` for the cluster of RAY_ADDRESS.
        isolation: the lowest level of isolation (see `lcbrb doctor`) at which programs may run;
            None: a level at which they can't read the tests (A or B).
        progress: receives the progress of the work.

    Returns:
        The pairs. If something is missing, the pairs of the rest
        (`BuiltPairs.raise_if_incomplete`).

    Raises:
        LcbrbError: an option or a file can't be used, or the policy or judge can't answer at all.
    """
    output = Path(out).expanduser()
    if output.is_dir():
        raise UsageError(f"--output {output} is a folder: name a file in it")
    options = Options(
        problems=problems,
        policies=_several(policies),
        n=n,
        judge=judge,
        kinds=_several(kinds),
        verdicts=verdicts,
        across_samplers=across_samplers,
        per_problem=per_problem,
        limit=limit,
        seed=seed,
        config=config,
    )
    executors = executors_for(executor, progress.say)
    requests = Path(emit_batch).expanduser() if emit_batch is not None else None
    with Batch.open(requests, [Path(path).expanduser() for path in collect]) as batch:
        order = read_order(options, open_benchmark, executors, batch)
        if isinstance(order.work, ToSample) or order.judge:
            for sentence in order.cost.sentences:
                progress.say(sentence)
        bench = order.part.benchmark
        sandbox = sandbox_to_grade(bench if order.runs_programs else None, isolation)
        grader = grader_on(executors, problems, bench, sandbox, order.source)
        return _build(order, output, grader, batch, progress)


def plan_pairs(
    problems: str,
    policies: str | Sequence[str],
    *,
    n: int | None = None,
    judge: str = "none",
    limit: int | None = None,
    seed: int = 0,
    config: Mapping[str, Any] | None = None,
) -> PairCost:
    """Compute the most that a build can cost: samples, tokens, programs and replies of the judge.

    Nothing is loaded, sent or run.

    Args:
        problems: a benchmark's name or a file of problems.
        policies: as in `build_pairs`.
        n: most samples per problem, for each policy.
        judge: as in `build_pairs`.
        limit: use only this many problems, drawn at random.
        seed: for the draw.
        config: settings of `lcbrb.pairs.config.FactoryConfig` by name.

    Raises:
        LcbrbError: an option or a file can't be used.
    """
    options = Options(
        problems=problems,
        policies=_several(policies),
        n=n,
        judge=judge,
        limit=limit,
        seed=seed,
        config=config,
    )
    return read_order(options, open_benchmark, Executors()).cost


def _several(given: str | Sequence[str]) -> tuple[str, ...]:
    return (given,) if isinstance(given, str) else tuple(given)


def _build(
    order: Order, output: Path, grader: Grader, batch: Batch, progress: Progress
) -> BuiltPairs:
    with open_run(run_folder(output), _record(order, output, grader)) as run:
        built = _paired(order, grader, run, batch, progress)
        requests = batch.finish()
        notes = (*built.notes, *batch.notes)
        judged = built.judge.estimates if built.judge else {}
        done = dataclasses.replace(
            run.record,
            estimates={
                **{Metric.of("pass@1", sampler=k): rate for k, rate in built.pass_rates.items()},
                **yield_estimates(built.yields),
                **judged,
            },
            counts={**built.statuses, "pairs": len(built.pairs)},
            notes=(*run.record.notes, *notes),
            wall_s=run.wall_s,
            complete=built.complete and not batch.waiting,
        )
        manifest = None if batch.waiting else write_pairs(output, built, done)
        run.finish(done)
    return BuiltPairs(
        path=output,
        built=built,
        manifest=manifest,
        cost=order.cost,
        notes=done.notes,
        waiting=batch.waiting,
        requests=requests,
    )


def _paired(order: Order, grader: Grader, run: Run, batch: Batch, progress: Progress) -> Built:
    workshop = Workshop(
        problems=order.problems,
        grader=grader,
        judge=order.judge,
        run=run,
        progress=progress,
        in_batches=batch.is_used,
    )
    if isinstance(order.work, ToSample):
        return pair_sampled(order.work.lives, workshop, order.terms, order.work.stop)
    return pair_recorded(order.work.completions, workshop, order.terms)


def _record(order: Order, output: Path, grader: Grader) -> RunRecord:
    bench, problems, work = order.part.benchmark, order.problems, order.work
    config = order.config()
    level = grader.sandbox.level
    if order.runs_programs and (marked := marks(bench, level)):  # else the level changes nothing
        config |= {"isolation": level, **marked}
    if isinstance(work, ToSample):
        answered, notes = len(problems), []
    else:
        notes = work.notes
        answered = len({completion.problem_id for completion in work.completions})
    return new_record(
        RunKind.PAIRS,
        output.stem,
        benchmark_data(bench, problems, answered, notes),
        config=config,
        seed=order.options.seed,
    )
