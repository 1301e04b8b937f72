"""How far a review is, how far its people agree, and what it certifies."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from statistics import median

from lcbrb.pairs.review.findings import UNSETTLED, Choice, Finding, Said
from lcbrb.pairs.review.order import first_side
from lcbrb.pairs.review.store import ReviewStore
from lcbrb.stats import cluster_mean, cohens_kappa, error_rate_bound, krippendorff_alpha, wilson
from lcbrb.types import Estimate, PreferencePair, Record
from lcbrb.types.short_repr import ShortRepr

_NAMES = {Choice.CHOSEN: "A", Choice.REJECTED: "B", Choice.EQUAL: "equal"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Annotator(Record):
    """One person's part. `left` is how many pairs still wait for this person.

    `first_preferred` is the share of sides that stood first among those preferred; half, but for
    chance, of somebody whom places don't sway.
    """

    name: str
    compared: int
    after_asking: int
    left: int
    choices: dict[str, int]
    first_preferred: Estimate | None
    median_seconds: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement(Record):
    """Two people on the pairs that both compared blind; who could not tell is left out.

    `same` is the share on which they said the same. `kappa` compares that with chance, the sides
    called A and B by a draw: by their labels nearly all would be called the same.
    """

    a: str
    b: str
    same: Estimate
    kappa: Estimate | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Certificate(Record):
    """How many labels of the whole set are wrong at most.

    An error is a pair of the sample whose label people did not confirm: `wrong`, `no_difference`,
    `undecided`, and `unsettled`, which is counted as wrong until it is settled. `in_set` is of the
    set that the sample was drawn from; `of_process` of whatever made the pairs, as if it had made
    each of them by itself.
    """

    sample: int
    total: int
    errors: int
    wrong: int
    no_difference: int
    undecided: int
    unsettled: int
    in_set: Estimate
    of_process: Estimate

    @property
    def sentence(self) -> str:
        """What may be quoted."""
        if self.unsettled == self.sample:
            return f"no certificate yet: none of the {self.sample} pairs under review is settled"
        looked = "all" if self.sample == self.total else f"a random sample of {self.sample} of"
        labels = "label was" if self.errors == 1 else "labels were"
        text = (
            f"in {looked} {self.total} pairs {self.errors} {labels} not confirmed: at most "
            f"{rounded_up(self.in_set.high or 0.0)} of the labels are wrong"
        )
        if self.sample < self.total:
            text += f" ({100 * self.in_set.level:g}%, one-sided, exact)"
        if self.unsettled:
            text += f"; {self.unsettled} pairs are not settled yet and count as wrong"
        return text


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewSummary(ShortRepr, Record):
    """A review in numbers. `findings` counts the sampled pairs by what became of their labels."""

    total: int
    sample: int
    wanted: int
    seed: int
    findings: dict[str, int]
    annotators: tuple[Annotator, ...]
    agreement: tuple[Agreement, ...]
    alpha: Estimate | None
    asked: int
    certificate: Certificate

    @property
    def unsettled(self) -> int:
        """How many pairs of the sample are open or disputed."""
        return sum(self.findings.get(name, 0) for name in UNSETTLED)


def rounded_up(share: float) -> str:
    """A share in percent with one decimal, never less than it is (but for the last digits)."""
    return f"{math.ceil(round(1000 * share, 6)) / 10:.1f}%"


def summarise(store: ReviewStore, pairs: Sequence[PreferencePair]) -> ReviewSummary:
    """A review's numbers as it stands."""
    said = store.said()
    problem_of = {pair.id: pair.problem_id for pair in pairs}
    findings = Counter(of_pair.finding(store.wanted) for of_pair in said.values())
    people = sorted(
        {preference.annotator for each in said.values() for preference in each.preferences}
    )
    words = [_words(name, said, store.seed) for name in people]
    ratings = [[mine.get(pair_id) for mine in words] for pair_id in said]
    return ReviewSummary(
        total=store.total,
        sample=len(store.sample),
        wanted=store.wanted,
        seed=store.seed,
        findings={name.value: findings[name] for name in Finding},
        annotators=tuple(_annotator(name, said, store.wanted) for name in people),
        agreement=tuple(_agreements(people, said, store.seed, problem_of)),
        alpha=krippendorff_alpha(ratings, [problem_of[pair_id] for pair_id in said]),
        asked=store.questions(),
        certificate=_certificate(findings, store.total),
    )


def waits_for(said: Said, annotator: str, wanted: int) -> bool:
    """Whether a pair waits for this person's preference."""
    return said.by(annotator) is None and said.adjudication is None and len(said.blind) < wanted


def _annotator(name: str, said: Mapping[str, Said], wanted: int) -> Annotator:
    stated = [preference for each in said.values() if (preference := each.by(name)) is not None]
    blind = [preference for preference in stated if preference.blind]
    sides = [
        preference.choice is preference.first
        for preference in blind
        if preference.first is not None and preference.choice in {Choice.CHOSEN, Choice.REJECTED}
    ]
    seconds = [preference.seconds for preference in stated if preference.seconds is not None]
    choices = Counter(preference.choice.value for preference in blind)
    return Annotator(
        name=name,
        compared=len(stated),
        after_asking=len(stated) - len(blind),
        left=sum(waits_for(each, name, wanted) for each in said.values()),
        choices={choice.value: choices[choice.value] for choice in Choice},
        first_preferred=wilson(sum(sides), len(sides)) if sides else None,
        median_seconds=round(median(seconds), 1) if seconds else None,
    )


def _agreements(
    people: Sequence[str], said: Mapping[str, Said], seed: int, problem_of: Mapping[str, str]
) -> Iterator[Agreement]:
    words = {name: _words(name, said, seed) for name in people}
    for a, b in combinations(people, 2):
        both = [pair_id for pair_id in words[a] if pair_id in words[b]]
        if not both:
            continue
        ours, theirs = ([words[name][pair_id] for pair_id in both] for name in (a, b))
        clusters = [problem_of[pair_id] for pair_id in both]
        same = [float(x == y) for x, y in zip(ours, theirs, strict=True)]
        kappa = cohens_kappa(ours, theirs, clusters)
        yield Agreement(a=a, b=b, same=cluster_mean(same, clusters), kappa=kappa)


def _words(name: str, said: Mapping[str, Said], seed: int) -> dict[str, str]:
    """What a person said blind of each pair, its sides called A and B by a draw."""
    words = {}
    for pair_id, each in said.items():
        preference = each.by(name)
        if preference is not None and preference.blind and preference.choice is not Choice.UNSURE:
            turned = first_side(seed, "", pair_id) is Choice.REJECTED
            words[pair_id] = _NAMES[preference.choice.mirrored if turned else preference.choice]
    return words


def _certificate(findings: Mapping[Finding, int], total: int) -> Certificate:
    sample = sum(findings.values())
    unsettled = sum(findings[name] for name in UNSETTLED)
    errors = sample - findings[Finding.CONFIRMED]
    return Certificate(
        sample=sample,
        total=total,
        errors=errors,
        wrong=findings[Finding.WRONG],
        no_difference=findings[Finding.NO_DIFFERENCE],
        undecided=findings[Finding.UNDECIDED],
        unsettled=unsettled,
        in_set=error_rate_bound(errors, sample, population=total),
        of_process=error_rate_bound(errors, sample),
    )
