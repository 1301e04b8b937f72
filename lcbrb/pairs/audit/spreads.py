"""How long texts are, how they are set, and when problems were released: plain counting."""

from __future__ import annotations

import datetime as dt
import math
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import cache

import numpy as np

from lcbrb.pairs.audit.report import Bin, Cutoff, Dates, Feature, Lengths, Spread
from lcbrb.pairs.audit.text_features import word_count
from lcbrb.rewards.kinds.baselines import FEATURES, formatting
from lcbrb.types import PreferencePair

_EDGES = [x / 4.0 for x in range(-12, 13)]  # of log2 ratios: from an eighth to eight times


def spread(values: Sequence[float]) -> Spread | None:
    """The five numbers; None without values."""
    return _spread(values) if values else None


def _spread(values: Sequence[float]) -> Spread:
    five = np.quantile(np.asarray(values, dtype=np.float64), [0.0, 0.25, 0.5, 0.75, 1.0])
    least, lower, median, upper, most = map(float, five)
    return Spread(least=least, lower=lower, median=median, upper=upper, most=most)


def lengths(pairs: Sequence[PreferencePair]) -> Lengths:
    """How long both sides are."""
    chosen = [len(pair.chosen) for pair in pairs]
    rejected = [len(pair.rejected) for pair in pairs]
    return Lengths(
        chosen_characters=_spread(chosen),
        rejected_characters=_spread(rejected),
        chosen_words=_spread([word_count(pair.chosen) for pair in pairs]),
        rejected_words=_spread([word_count(pair.rejected) for pair in pairs]),
        chosen_longer=sum(c > r for c, r in zip(chosen, rejected, strict=True)),
        rejected_longer=sum(c < r for c, r in zip(chosen, rejected, strict=True)),
        equal=sum(c == r for c, r in zip(chosen, rejected, strict=True)),
        log_ratio=_bins(
            [math.log2((1 + c) / (1 + r)) for c, r in zip(chosen, rejected, strict=True)]
        ),
    )


def features(pairs: Sequence[PreferencePair]) -> tuple[Feature, ...]:
    """How both sides are set."""
    read = cache(formatting)  # a text may stand in many pairs
    chosen = [read(pair.chosen) for pair in pairs]
    rejected = [read(pair.rejected) for pair in pairs]
    rows = []
    for name in FEATURES:
        ours = np.array([row[name] for row in chosen])
        theirs = np.array([row[name] for row in rejected])
        rows.append(
            Feature(
                name=name,
                chosen_share=float((ours > 0).mean()),
                rejected_share=float((theirs > 0).mean()),
                chosen_mean=float(ours.mean()),
                rejected_mean=float(theirs.mean()),
                more_on_chosen=int((ours > theirs).sum()),
                more_on_rejected=int((ours < theirs).sum()),
            )
        )
    return tuple(rows)


def dates(pairs: Sequence[PreferencePair], cutoffs: Mapping[str, dt.date]) -> Dates:
    """When the problems were released, against stated cut-offs."""
    known = sorted(pair.released for pair in pairs if pair.released is not None)
    return Dates(
        dated=len(known),
        undated=len(pairs) - len(known),
        earliest=known[0] if known else None,
        latest=known[-1] if known else None,
        months=dict(Counter(f"{day:%Y-%m}" for day in known)),
        cutoffs=tuple(_cutoff(name, date, known) for name, date in sorted(cutoffs.items())),
    )


def _cutoff(name: str, date: dt.date, known: Sequence[dt.date]) -> Cutoff:
    before = sum(day < date for day in known)
    share = before / len(known) if known else None
    return Cutoff(
        name=name, date=date, before=before, after=len(known) - before, share_before=share
    )


def _bins(ratios: Sequence[float]) -> tuple[Bin, ...]:
    """Equal bars between the edges; what lies beyond counts in the outermost ones."""
    inside = np.clip(ratios, _EDGES[0], np.nextafter(_EDGES[-1], 0.0))
    counts, _ = np.histogram(inside, _EDGES)
    return tuple(
        Bin(low=low, high=high, count=int(count))
        for low, high, count in zip(_EDGES, _EDGES[1:], counts, strict=False)
    )
