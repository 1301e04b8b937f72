"""Completions in, recorded or sampled; graded, judged and paired, with an account of every one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from typing import ClassVar

from lcbrb.errors import LcbrbError
from lcbrb.grading.agreement import Agreement, agreement
from lcbrb.harness.estimates import pass_rates
from lcbrb.harness.sampling import Live
from lcbrb.pairs.balancing import balanced
from lcbrb.pairs.config import Facet
from lcbrb.pairs.evidence import Evidence
from lcbrb.pairs.judging import JudgeAccount, ask_judge, judge_account
from lcbrb.pairs.labels import TextRule
from lcbrb.pairs.manifest import write_pair_file
from lcbrb.pairs.near_sets import NearTexts
from lcbrb.pairs.pairing import PairingRule, pair_up
from lcbrb.pairs.sampling import StopRule, Workshop, sample_until_enough
from lcbrb.pairs.yields import Yield, yield_counts, yields
from lcbrb.runs.folder import COMPLETIONS
from lcbrb.types import Completion, Estimate, PairManifest, PreferencePair, RunRecord, Status
from lcbrb.types.short_repr import ShortRepr


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """Which pairs are kept: balanced by some facets, so many of each kind at most (0: all)."""

    facets: tuple[Facet, ...] = ()
    most: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class PairingTerms:
    """By what completions become pairs."""

    rule: PairingRule
    texts: TextRule = field(default_factory=TextRule)
    near: NearTexts | None = None
    selection: Selection = field(default_factory=Selection)


@dataclass(frozen=True, slots=True, kw_only=True)
class Built(ShortRepr):
    """What a build gave, with an account of every completion.

    `labels` and `cells` count completions, `balanced_out` pairs that were left out for balance.
    `missing` and `unjudged` count samples and judgements that were not given, and `failures` are
    what ended sampling or judging before its end.
    """

    SHOWN: ClassVar[tuple[str, ...]] = ("pairs", "statuses", "labels", "notes")

    pairs: Sequence[PreferencePair]
    statuses: dict[str, int]
    labels: dict[str, int]
    cells: dict[str, int]
    agreement: Agreement
    pass_rates: dict[str, Estimate]
    harness_errors: int
    yields: Sequence[Yield]
    judge: JudgeAccount | None = None
    balanced_out: int = 0
    missing: int = 0
    unjudged: int = 0
    failures: tuple[LcbrbError, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def complete(self) -> bool:
        """Whether every sample, verdict and judgement that was wanted is there."""
        return not (self.harness_errors or self.missing or self.unjudged or self.failures)


def pair_recorded(
    completions: Sequence[Completion], workshop: Workshop, terms: PairingTerms
) -> Built:
    """Grade, judge and pair completions that are there.

    The workshop's run keeps completions, verdicts and judgements: a stopped build goes on where it
    was.
    """
    run, problems = workshop.run, workshop.problems
    run.keep(completions, COMPLETIONS)
    evidence = Evidence(rule=terms.rule, texts=terms.texts, near=terms.near)
    evidence.recall(run)
    evidence.add(completions)
    with workshop.progress.bar("grading", len(completions), "completions") as advance:
        evidence.verdicts = workshop.grader.stream(
            completions, problems, run, lambda: advance(1), evidence.verdicts
        )
    if workshop.judge is not None:
        ask_judge(workshop.judge, evidence, problems, run, workshop.progress)
    return _built(workshop, terms, evidence, {})


def pair_sampled(
    lives: Sequence[Live], workshop: Workshop, terms: PairingTerms, rule: StopRule
) -> Built:
    """Sample policies until problems have enough of both kinds, and pair what they gave.

    The policies are sampled one after the other; the rule says when a problem is done.
    """
    evidence = Evidence(rule=terms.rule, texts=terms.texts, near=terms.near)
    evidence.recall(workshop.run)
    stops: dict[tuple[str, str], str] = {}
    for live in lives:
        stopped = sample_until_enough(workshop, live, rule, evidence)
        stops |= {(name, live.policy.id): stop.value for name, stop in stopped.items()}
        if workshop.stopped_by(evidence.failures):
            break
    return _built(workshop, terms, evidence, stops)


def _built(
    workshop: Workshop,
    terms: PairingTerms,
    evidence: Evidence,
    stops: Mapping[tuple[str, str], str],
) -> Built:
    problems = workshop.problems
    groups = {problem.id: evidence.labelled(problem.id) for problem in problems}
    version = workshop.grader.benchmark.version
    pairs = [
        p for problem in problems for p in pair_up(problem, groups[problem.id], terms.rule, version)
    ]
    kept = {pair.id for pair in _selected(pairs, terms)}
    every = list(chain.from_iterable(groups.values()))
    keys = [key for problem in problems for key in evidence.keys(problem.id)]
    completions = [evidence.completions[key] for key in keys]
    verdicts = [evidence.verdicts[key] for key in keys]
    statuses = Counter(verdict.status.value for verdict in verdicts)
    taken = [pair for pair in pairs if pair.id in kept]
    judge = judge_account(evidence) if workshop.judge is not None else None
    return Built(
        pairs=taken,
        statuses=dict(sorted(statuses.items())),
        labels=dict(sorted(Counter(item.label.value for item in every).items())),
        cells=dict(sorted(Counter(item.cell.value for item in every if item.cell).items())),
        agreement=agreement(completions, verdicts, problems),
        pass_rates=pass_rates(completions, verdicts),
        harness_errors=statuses[Status.HARNESS_ERROR.value],
        yields=yields(problems, groups, taken, stops, terms.rule),
        judge=judge,
        balanced_out=len(pairs) - len(taken),
        missing=evidence.missing,
        unjudged=len(evidence.unjudged),
        failures=tuple(evidence.failures),
        notes=tuple(dict.fromkeys([*evidence.notes, *(judge.notes if judge else ())])),
    )


def _selected(pairs: Sequence[PreferencePair], terms: PairingTerms) -> list[PreferencePair]:
    """The pairs that balance keeps, kind by kind."""
    selection, rule = terms.selection, terms.rule
    return [
        pair
        for kind in rule.kinds
        for pair in balanced(
            [pair for pair in pairs if pair.kind is kind],
            selection.facets,
            selection.most,
            rule.seed,
        )
    ]


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
            "balanced_out": built.balanced_out,
            **{f"status_{k}": v for k, v in built.statuses.items()},
            **{f"label_{k}": v for k, v in built.labels.items()},
            **{f"cell_{k}": v for k, v in built.cells.items()},
            **yield_counts(built.yields),
            **(built.judge.counts if built.judge else {}),
        },
        agreement=built.agreement.counts,
        pass_rates=built.pass_rates,
    )
