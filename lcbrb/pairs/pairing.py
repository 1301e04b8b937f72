"""Superior with inferior: one sampler a pair, few pairs a problem, the same for the same seed.

Within a problem the candidates are all (superior, inferior) couples. They are taken one by one,
always a couple whose two completions were used least so far, and among equals the one with the
least seeded hash, until the problem has its share. So no problem dominates, no completion does
within its problem, and the order of the input changes nothing.
"""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from lcbrb.codec import sha256_text
from lcbrb.pair_identity import make_pair
from lcbrb.pairs.labels import Label, Labelled, LabelRule, soundness
from lcbrb.types import PreferencePair, Problem, Provenance, Relation, Side

#: `category` of a pair: whether the judges' word on both sides goes with the tests
SOUNDNESS_AGREES = "tests+soundness"
TESTS_ONLY = "tests only"

_Couple = tuple[Labelled, Labelled]  # superior, inferior


@dataclass(frozen=True, slots=True, kw_only=True)
class PairingRule:
    """How pairs are made. `per_problem` caps a problem's pairs; 0 means no cap."""

    label_by: LabelRule = LabelRule.TESTS
    across_samplers: bool = False
    per_problem: int = 4
    seed: int = 0


def pair_up(
    problem: Problem, labelled: Sequence[Labelled], rule: PairingRule, version: str
) -> list[PreferencePair]:
    """The pairs of one problem.

    Args:
        problem: the problem that all completions answer.
        labelled: its completions; those that are neither superior nor inferior are passed over.
        rule: how to pair.
        version: the problem source's version, for the provenance.
    """
    chosen = _balanced(_couples(labelled, rule), rule)
    return [_pair(problem, good, bad, rule, version) for good, bad in chosen]


def _couples(labelled: Iterable[Labelled], rule: PairingRule) -> list[_Couple]:
    """Who may be paired with whom: one couple of each two texts, whoever wrote them.

    Where several couples have the same two texts, one of a single sampler is preferred. The order
    of the input changes nothing.
    """
    ordered = sorted(labelled, key=_place)
    texts = {id(one): _folded(one) for one in ordered}
    couples = [
        (good, bad)
        for good in ordered
        if good.label is Label.SUPERIOR
        for bad in ordered
        if bad.label is Label.INFERIOR
        if rule.across_samplers or _one_sampler(good, bad)
    ]
    first: dict[tuple[str, str], _Couple] = {}
    for good, bad in sorted(couples, key=lambda couple: not _one_sampler(*couple)):
        if texts[id(good)] != texts[id(bad)]:
            first.setdefault((texts[id(good)], texts[id(bad)]), (good, bad))
    return list(first.values())


def _one_sampler(good: Labelled, bad: Labelled) -> bool:
    return good.completion.policy_id == bad.completion.policy_id


def _place(one: Labelled) -> tuple[str, int, str]:
    return one.completion.policy_id, one.completion.sample_index, one.completion.text


def _folded(one: Labelled) -> str:
    return " ".join((one.completion.reasoning or "").split())


def _balanced(couples: Iterable[_Couple], rule: PairingRule) -> list[_Couple]:
    waiting = sorted(couples, key=lambda couple: _hash(couple, rule.seed))
    if rule.per_problem == 0:
        return waiting
    used: Counter[int] = Counter()
    taken: list[_Couple] = []
    while waiting and len(taken) < rule.per_problem:
        couple = min(waiting, key=lambda couple: used[id(couple[0])] + used[id(couple[1])])
        waiting.remove(couple)
        taken.append(couple)
        used.update(id(side) for side in couple)
    return taken


def _hash(couple: _Couple, seed: int) -> bytes:
    good, bad = couple
    key = f"{seed}\0{_place(good)}\0{_place(bad)}"
    return hashlib.sha256(key.encode()).digest()


def _pair(
    problem: Problem, good: Labelled, bad: Labelled, rule: PairingRule, version: str
) -> PreferencePair:
    return make_pair(
        problem_id=problem.id,
        prompt=problem.prompt,
        chosen=good.completion.reasoning or "",
        rejected=bad.completion.reasoning or "",
        relation=Relation.PASS_OVER_FAIL,
        chosen_side=_side(good),
        rejected_side=_side(bad),
        difficulty=problem.difficulty,
        category=_category(good, bad),
        released=problem.released,
        provenance=Provenance(
            source=problem.source,
            version=version,
            rule=rule.label_by.value,
            seed=rule.seed,
            across_samplers=not _one_sampler(good, bad),
        ),
    )


def _category(good: Labelled, bad: Labelled) -> str | None:
    opinions = soundness(good.completion.judgements), soundness(bad.completion.judgements)
    if None in opinions:
        return None
    return SOUNDNESS_AGREES if opinions == (True, False) else TESTS_ONLY


def _side(one: Labelled) -> Side:
    completion = one.completion
    return Side(
        sampler=completion.policy_id,
        sample_index=completion.sample_index,
        sha256=sha256_text(completion.text),
        file=completion.recorded.file if completion.recorded else None,
        row=completion.recorded.row if completion.recorded else None,
        verdict=one.verdict.reproducible(),
        judgements=completion.judgements,
    )


def by_problem(labelled: Iterable[Labelled]) -> dict[str, list[Labelled]]:
    """Labelled completions, grouped by the id of their problem."""
    groups: defaultdict[str, list[Labelled]] = defaultdict(list)
    for one in labelled:
        groups[one.completion.problem_id].append(one)
    return dict(groups)
