"""The main job's first half: completions in, graded preference pairs and a manifest out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from lcbrb.grading.agreement import Agreement, agreement
from lcbrb.grading.grader import Grader
from lcbrb.harness.estimates import pass_rates
from lcbrb.pairs.labels import Labelled, label
from lcbrb.pairs.manifest import write_pair_file
from lcbrb.pairs.pairing import PairingRule, by_problem, pair_up
from lcbrb.runs.folder import COMPLETIONS, Run
from lcbrb.types import (
    Completion,
    Estimate,
    PairManifest,
    PreferencePair,
    RunRecord,
    Status,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Built:
    """What a build gave, with an account of every completion."""

    pairs: Sequence[PreferencePair]
    statuses: dict[str, int]
    labels: dict[str, int]
    agreement: Agreement
    pass_rates: dict[str, Estimate]
    harness_errors: int


def label_and_pair(
    completions: Sequence[Completion],
    grader: Grader,
    rule: PairingRule,
    run: Run,
    on_verdict: Callable[[], object] = lambda: None,
) -> Built:
    """Grade, label and pair.

    Args:
        completions: what to pair; each answers a problem of the grader's benchmark.
        grader: gives the verdicts.
        rule: labels and pairs.
        run: keeps completions and verdicts, so that a stopped build goes on where it was.
        on_verdict: called once a completion, for a progress bar.
    """
    problems = grader.benchmark.load()
    run.keep(completions, COMPLETIONS)
    verdicts = grader.grade(completions, problems, run, on_verdict)
    labelled = [
        Labelled(completion=one, verdict=verdict, label=label(one, verdict, rule.label_by))
        for one, verdict in zip(completions, verdicts, strict=True)
    ]
    groups = by_problem(labelled)
    version = grader.benchmark.version
    pairs = [
        pair
        for problem in problems
        for pair in pair_up(problem, groups.get(problem.id, []), rule, version)
    ]
    statuses = Counter(verdict.status.value for verdict in verdicts)
    return Built(
        pairs=pairs,
        statuses=dict(sorted(statuses.items())),
        labels=dict(sorted(Counter(one.label.value for one in labelled).items())),
        agreement=agreement(completions, verdicts, problems),
        pass_rates=pass_rates(completions, verdicts),
        harness_errors=statuses[Status.HARNESS_ERROR.value],
    )


def write_pairs(output: Path, built: Built, record: RunRecord) -> PairManifest:
    """Write the pairs and, beside them, the manifest; see `write_pair_file`."""
    across = sum(pair.provenance.across_samplers for pair in built.pairs)
    return write_pair_file(
        output,
        built.pairs,
        record,
        counts={
            "same_sampler": len(built.pairs) - across,
            "across_samplers": across,
            **{f"status_{k}": v for k, v in built.statuses.items()},
            **{f"label_{k}": v for k, v in built.labels.items()},
        },
        agreement=built.agreement.counts,
        pass_rates=built.pass_rates,
    )
