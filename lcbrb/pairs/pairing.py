"""Which two completions of a problem make a pair: few a problem, the same for the same seed.

A kind of pair says which completions are opposed: for `lcb-rb` the superior and the inferior ones,
for `outcome-matched` those with sound and with flawed reasoning among those that pass, and among
those that fail. Within a problem the candidates are all couples of opposed completions. They are
taken one by one, always a couple whose two completions were used least so far, and among equals the
one with the least seeded hash (or the nearest lengths), until the problem has its share. So no
problem dominates, no completion does within its problem, and the order of the input changes
nothing.
"""

from __future__ import annotations

import hashlib
import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from lcbrb.codec import sha256_text
from lcbrb.pair_identity import make_pair
from lcbrb.pairs.labels import Label, Labelled, LabelRule, place
from lcbrb.pairs.texts import holds_code, jaccard, leaks_verdict, shingles
from lcbrb.types import (
    Cell,
    PairFlag,
    PairKind,
    PreferencePair,
    Problem,
    Provenance,
    Relation,
    Side,
    TextFlag,
)

#: whose word on the reasoning counts: nobody's, so tests alone decide; or what the files say
NO_JUDGE, RECORDED = "none", "recorded"

_RELATIONS = {
    PairKind.LCB_RB: Relation.PASS_OVER_FAIL,
    PairKind.OUTCOME_MATCHED: Relation.SOUND_OVER_FLAWED,
}
_MATCHED = ((Cell.PASS_SOUND, Cell.PASS_FLAWED), (Cell.FAIL_SOUND, Cell.FAIL_FLAWED))
_NEAR = 0.8  # Jaccard similarity from which the two sides of a pair are nearly one text

_Couple = tuple[Labelled, Labelled]  # better, worse


@dataclass(frozen=True, slots=True, kw_only=True)
class PairingRule:
    """How pairs are made.

    `judge` is whose word on the reasoning counts: a judge's id, `RECORDED` or `NO_JUDGE`, as pairs
    say it. `per_problem` caps a problem's
    pairs of each kind; 0 means no cap. `nearest` prefers couples of nearly equal length, and
    `length_ratio` leaves out those of which one side is more than so many times as long (in
    characters); 0 means no cap.
    """

    label_by: LabelRule = LabelRule.TESTS
    judge: str = NO_JUDGE
    kinds: tuple[PairKind, ...] = (PairKind.LCB_RB,)
    across_samplers: bool = False
    per_problem: int = 4
    nearest: bool = False
    length_ratio: float = 0.0
    seed: int = 0

    @property
    def judge_asked(self) -> str | None:
        """The id of the judge whose word alone counts; None: that of all, or of nobody."""
        return None if self.judge in {NO_JUDGE, RECORDED} else self.judge


def pair_up(
    problem: Problem, labelled: Sequence[Labelled], rule: PairingRule, version: str
) -> list[PreferencePair]:
    """The pairs of one problem, kind by kind.

    Completions that can be no side are passed over; `version` is the problem source's, for the
    provenance.
    """
    return [
        _pair(problem, couple, kind, rule, version)
        for kind in rule.kinds
        for couple in _balanced(_couples(labelled, kind, rule), rule)
    ]


def opposed(
    labelled: Iterable[Labelled], kind: PairKind
) -> list[tuple[list[Labelled], list[Labelled]]]:
    """The better and the worse completions of one problem, in every way in which a kind has them.

    Every better one may be paired with every worse one beside it.
    """
    labelled = list(labelled)
    if kind is PairKind.LCB_RB:
        superior, inferior = (
            [item for item in labelled if item.label is side]
            for side in (Label.SUPERIOR, Label.INFERIOR)
        )
        return [(superior, inferior)]
    usable = [item for item in labelled if item.label is not Label.ANOTHER_PROGRAM]

    def of(cell: Cell) -> list[Labelled]:
        return [item for item in usable if item.cell is cell]

    return [(of(sound), of(flawed)) for sound, flawed in _MATCHED]


def supply(labelled: Sequence[Labelled], kind: PairKind) -> int:
    """How many completions the scarcer side of a kind of pair has, in the way that gives most."""
    return max(min(len(better), len(worse)) for better, worse in opposed(labelled, kind))


def can_pair(labelled: Sequence[Labelled], rule: PairingRule) -> bool:
    """Whether a problem has completions on both sides of a pair, of one sampler unless mixed."""
    groups: defaultdict[str, list[Labelled]] = defaultdict(list)
    for item in labelled:
        groups["" if rule.across_samplers else item.completion.policy_id].append(item)
    return any(supply(group, kind) for group in groups.values() for kind in rule.kinds)


def _couples(labelled: Iterable[Labelled], kind: PairKind, rule: PairingRule) -> list[_Couple]:
    """Who may be paired with whom: one couple of each two texts, whoever wrote them.

    Where several couples have the same two texts, one of a single sampler is preferred. The order
    of the input changes nothing.
    """
    ordered = sorted(labelled, key=place)
    texts = {id(item): " ".join((item.completion.reasoning or "").split()) for item in ordered}
    couples = [
        (good, bad)
        for better, worse in opposed(ordered, kind)
        for good in better
        for bad in worse
        if rule.across_samplers or _one_sampler(good, bad)
        if not rule.length_ratio or _gap((good, bad)) <= math.log(rule.length_ratio)
    ]
    first: dict[tuple[str, str], _Couple] = {}
    for good, bad in sorted(couples, key=lambda couple: not _one_sampler(*couple)):
        if texts[id(good)] != texts[id(bad)]:
            first.setdefault((texts[id(good)], texts[id(bad)]), (good, bad))
    return list(first.values())


def _gap(couple: _Couple) -> float:
    """How far apart two lengths are: the logarithm of their ratio, 0 for equal ones."""
    good, bad = (len(item.completion.reasoning or "") or 1 for item in couple)
    return abs(math.log(good / bad))


def _one_sampler(good: Labelled, bad: Labelled) -> bool:
    return good.completion.policy_id == bad.completion.policy_id


def _balanced(couples: Iterable[_Couple], rule: PairingRule) -> list[_Couple]:
    waiting = sorted(couples, key=lambda couple: _hash(couple, rule.seed))
    if rule.nearest:
        waiting.sort(key=_gap)
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
    key = f"{seed}\0{place(good)}\0{place(bad)}"
    return hashlib.sha256(key.encode()).digest()


def _pair(
    problem: Problem, couple: _Couple, kind: PairKind, rule: PairingRule, version: str
) -> PreferencePair:
    good, bad = couple
    chosen, rejected = good.completion.reasoning or "", bad.completion.reasoning or ""
    near = jaccard(shingles(chosen), shingles(rejected)) >= _NEAR
    return make_pair(
        problem_id=problem.id,
        prompt=problem.prompt,
        chosen=chosen,
        rejected=rejected,
        relation=_RELATIONS[kind],
        chosen_side=_side(good),
        rejected_side=_side(bad),
        difficulty=problem.difficulty,
        released=problem.released,
        kind=kind,
        flags=(PairFlag.NEAR_DUPLICATE,) if near else (),
        provenance=Provenance(
            source=problem.source,
            version=version,
            rule=rule.label_by.value,
            seed=rule.seed,
            across_samplers=not _one_sampler(good, bad),
            judge=rule.judge,
        ),
    )


def _side(item: Labelled) -> Side:
    completion = item.completion
    text = completion.reasoning or ""
    looks = {TextFlag.LEAKS_VERDICT: leaks_verdict(text), TextFlag.HOLDS_CODE: holds_code(text)}
    return Side(
        sampler=completion.policy_id,
        sample_index=completion.sample_index,
        sha256=sha256_text(completion.text),
        file=completion.recorded.file if completion.recorded else None,
        row=completion.recorded.row if completion.recorded else None,
        verdict=item.verdict.reproducible(),
        judgements=completion.judgements,
        cell=item.cell,
        flags=(*item.flags, *(flag for flag, seen in looks.items() if seen)),
    )
