"""What an audit of pairs says. Data only; the codec writes it, the page shows it."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar

from lcbrb.types import Estimate
from lcbrb.types.base import JsonValue, Record
from lcbrb.types.short_repr import ShortRepr


class CheckOutcome(StrEnum):
    """What a check comes to."""

    PASS = "PASS"  # noqa: S105 - no password
    FAIL = "FAIL"
    INCONCLUSIVE = "INCONCLUSIVE"  # the interval holds the limit
    UNMEASURED = "UNMEASURED"  # the pairs say nothing of it, or nobody asked


@dataclass(frozen=True, slots=True, kw_only=True)
class Spread(Record):
    """Five numbers of a distribution: least, quartiles, most."""

    least: float
    lower: float
    median: float
    upper: float
    most: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Bin(Record):
    """A bar of a histogram: how many values lie in [low, high)."""

    low: float
    high: float
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Lengths(Record):
    """How long both sides are. `log_ratio` is of log2(chosen / rejected) in characters."""

    chosen_characters: Spread
    rejected_characters: Spread
    chosen_words: Spread
    rejected_words: Spread
    chosen_longer: int
    rejected_longer: int
    equal: int
    log_ratio: tuple[Bin, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Feature(Record):
    """A piece of formatting: the share of each side's texts that have it, and how many on average.

    `more_on_chosen` and `more_on_rejected` count pairs.
    """

    name: str
    chosen_share: float
    rejected_share: float
    chosen_mean: float
    rejected_mean: float
    more_on_chosen: int
    more_on_rejected: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Weight(Record):
    """A feature that a shortcut goes by; above 0 it speaks for the chosen side."""

    feature: str
    weight: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Shortcut(Record):
    """What a ranker that reads a part of the texts reaches.

    `accuracy` is None where it can't be measured, and `why` says why. `fitted`: weights were fitted
    to the pairs of other problems (cross-validation); else a rule decides. `by_kind` has the
    accuracy by kind of pair, where there are several.
    """

    name: str
    reads: str
    fitted: bool
    accuracy: Estimate | None
    why: str = ""
    by_kind: dict[str, Estimate]
    telling: tuple[Weight, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelEvidence(Record):
    """What speaks against the labels.

    `doubted` is the share of pairs with evidence against their label: the word of people who
    reviewed the pair or else of judges, a pair that contradicts it, or two identical sides.
    `judged_pairs` are those of which people or judges said anything, `reviewed_pairs` those that
    people reviewed. `opinions` counts judged sides by what tests and judges say; `agreement` is the
    share of two opinions on one side that are the same, and `opinion_error` how often one is wrong
    if they err independently. `against_tests` is the share of judged sides on which judge and tests
    disagree. `tests` is how many tests the chosen sides' programs passed. The last four are counted
    as `lcbrb.rewards.metrics.doubtful_pairs` does.
    """

    doubted: Estimate
    judged_pairs: int
    reviewed_pairs: int
    judges: tuple[str, ...]
    opinions: dict[str, int]
    agreement: Estimate | None
    opinion_error: float | None
    against_tests: Estimate | None
    tests: Spread | None
    contradicting_pairs: int
    repeated_pairs: int
    identical_pairs: int
    empty_pairs: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Cutoff(Record):
    """Pairs before and from a model's stated cut-off on; `share_before` is of the dated ones."""

    name: str
    date: dt.date
    before: int
    after: int
    share_before: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Dates(Record):
    """When the problems were released, as far as the pairs tell; `months` counts pairs."""

    dated: int
    undated: int
    earliest: dt.date | None
    latest: dt.date | None
    months: dict[str, int]
    cutoffs: tuple[Cutoff, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Near(Record):
    """A text of the pairs and the document that it is nearest to."""

    problem_id: str
    part: str
    document: str
    score: float


@dataclass(frozen=True, slots=True, kw_only=True)
class TextOverlap(Record):
    """Pairs that have text in common with a benchmark or a training set, nearest first."""

    source: str
    method: str
    documents: int
    pairs: int
    problems: int
    share: float
    nearest: tuple[Near, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Detectable(Record):
    """What a set of this size can tell: see `lcbrb.stats.minimum_detectable_difference`.

    `difference` is None where no difference can be told. `effect` is the largest design effect
    between two shortcuts, `independent_pairs` the number of independent pairs that weigh as much.
    """

    difference: float | None
    effect: float
    independent_pairs: float
    discordance: float
    alpha: float
    power: float


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditCheck(Record):
    """A figure against its limit."""

    name: str
    outcome: CheckOutcome
    figure: str
    limit: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PairAudit(ShortRepr, Record):
    """The audit of a set of pairs.

    `pairs_sha256` is of the pairs in their order. `groups` counts them by relation, category,
    difficulty and what else they say of themselves. `settings` are the limits that were applied.
    """

    SHOWN: ClassVar[tuple[str, ...]] = ("name", "pairs", "problems", "checks", "notes")

    name: str
    version: str
    pairs_sha256: str
    pairs: int
    problems: int
    groups: dict[str, dict[str, int]]
    lengths: Lengths
    features: tuple[Feature, ...]
    shortcuts: tuple[Shortcut, ...]
    labels: LabelEvidence
    dates: Dates
    overlaps: tuple[TextOverlap, ...]
    detectable: Detectable
    checks: tuple[AuditCheck, ...]
    settings: dict[str, JsonValue]
    lcbrb: str
    notes: tuple[str, ...] = ()

    @property
    def failed(self) -> bool:
        """Whether a check failed."""
        return any(check.outcome is CheckOutcome.FAIL for check in self.checks)
