"""The audit as a whole: a set of pairs in, its figures and what they come to out."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Callable, Sequence
from itertools import combinations

from lcbrb.codec import sha256_records
from lcbrb.errors import UsageError
from lcbrb.pairs.audit.checks import checks
from lcbrb.pairs.audit.documents import Reference
from lcbrb.pairs.audit.embeddings import Encoder, embedding_overlap
from lcbrb.pairs.audit.label_evidence import label_evidence
from lcbrb.pairs.audit.report import Detectable, PairAudit, TextOverlap
from lcbrb.pairs.audit.shortcuts import Ranked, shortcuts
from lcbrb.pairs.audit.spreads import dates, features, lengths
from lcbrb.pairs.audit.text_overlap import gram_overlap, statement_overlap
from lcbrb.pairs.audit.thresholds import Thresholds
from lcbrb.protocols.progress import SILENT, Progress
from lcbrb.protocols.reward import PairSet
from lcbrb.stats import design_effect, minimum_detectable_difference
from lcbrb.types import PreferencePair
from lcbrb.version import __version__

STEPS = 9  # shortcuts that a progress bar counts
_RANKERS = ("length", "format", "words")  # between which the design effect is measured
_FEWEST_CLUSTERS = 2
_MOST_GROUPS = 40


def audit(  # noqa: PLR0913 - a set, and what it is held against
    pair_set: PairSet,
    limits: Thresholds,
    references: Sequence[Reference] = (),
    encoder: Encoder | None = None,
    *,
    programs: Sequence[PreferencePair] = (),
    progress: Progress = SILENT,
) -> PairAudit:
    """Measure what a set of pairs gives away.

    Raises:
        UsageError: there are no pairs, or a text can't be written as UTF-8.
    """
    pairs = pair_set.pairs
    if not pairs:
        raise UsageError(f"{pair_set.name}: there are no pairs to audit")
    digest = sha256_records(pairs)
    with progress.bar(f"shortcuts of {pair_set.name}", STEPS, "shortcuts") as advance:
        ranked = shortcuts(pairs, kind_of, programs, advance)
    overlaps = _overlaps(pairs, limits, references, encoder, progress)
    shown = tuple(ranker.shortcut for ranker in ranked)
    labels, released = label_evidence(pairs), dates(pairs, limits.cutoffs)
    detectable = _detectable(pairs, ranked, limits)
    cutoffs = {name: str(date) for name, date in limits.cutoffs.items()}
    return PairAudit(
        name=pair_set.name,
        version=pair_set.version,
        pairs_sha256=digest,
        pairs=len(pairs),
        problems=len({pair.problem_id for pair in pairs}),
        groups=_groups(pairs),
        lengths=lengths(pairs),
        features=features(pairs),
        shortcuts=shown,
        labels=labels,
        dates=released,
        overlaps=tuple(overlaps),
        detectable=detectable,
        checks=checks(shown, labels, released, overlaps, detectable, limits),
        settings=dataclasses.asdict(limits) | {"cutoffs": cutoffs},
        lcbrb=__version__,
        notes=pair_set.notes,
    )


def kind_of(pair: PreferencePair) -> str:
    """The kind of a pair, apart by which accuracies are told: the factory's, else its relation."""
    return pair.kind.value if pair.kind else pair.relation.value.replace("_", " ")


def _overlaps(
    pairs: Sequence[PreferencePair],
    limits: Thresholds,
    references: Sequence[Reference],
    encoder: Encoder | None,
    progress: Progress,
) -> list[TextOverlap]:
    overlaps = []
    with progress.bar("overlaps", len(references), "sets") as advance:
        for reference in references:
            overlaps += _overlaps_with(pairs, limits, reference, encoder)
            advance(1)
    return overlaps


def _overlaps_with(
    pairs: Sequence[PreferencePair],
    limits: Thresholds,
    reference: Reference,
    encoder: Encoder | None,
) -> list[TextOverlap]:
    source, documents = reference.source, reference.documents
    if reference.trained:
        return [statement_overlap(pairs, source, reference.trained)]
    overlaps = [gram_overlap(pairs, source, documents, gram=limits.gram, shared=limits.shared)]
    if encoder is not None and documents:
        near = embedding_overlap(
            pairs, f"{source}, by meaning", documents, encoder=encoder, cosine=limits.cosine
        )
        overlaps.append(near)
    return overlaps


def _detectable(
    pairs: Sequence[PreferencePair], ranked: Sequence[Ranked], limits: Thresholds
) -> Detectable:
    """From how alike the pairs of a problem are, between every two of a few rankers."""
    problems = [pair.problem_id for pair in pairs]
    clusters, effect = len(set(problems)), 1.0
    if clusters >= _FEWEST_CLUSTERS:
        points = [
            ranker.points_N
            for ranker in ranked
            if ranker.shortcut.name in _RANKERS and ranker.points_N is not None
        ]
        effects = [design_effect(a - b, problems) for a, b in combinations(points, 2)]
        effect = max([1.0, *effects])
    return Detectable(
        difference=minimum_detectable_difference(
            len(pairs),
            clusters,
            discordance=limits.discordance,
            effect=effect,
            alpha=limits.alpha,
            power=limits.power,
        ),
        effect=effect,
        independent_pairs=len(pairs) / effect,
        discordance=limits.discordance,
        alpha=limits.alpha,
        power=limits.power,
    )


def _groups(pairs: Sequence[PreferencePair]) -> dict[str, dict[str, int]]:
    """How many pairs there are of each kind of each kind; what no pair tells is left out."""
    readers: dict[str, Callable[[PreferencePair], str | None]] = {
        "kind": lambda pair: pair.kind.value if pair.kind else None,
        "cells": lambda pair: pair.cell,
        "relation": lambda pair: pair.relation.value,
        "category": lambda pair: pair.category,
        "difficulty": lambda pair: pair.difficulty,
        "source": lambda pair: pair.provenance.source,
        "judge": lambda pair: pair.provenance.judge,
        "flags": _flags,
        "sampler of the chosen side": lambda pair: (
            pair.chosen_side.sampler if pair.chosen_side else None
        ),
    }
    counted = {name: Counter(map(read, pairs)) for name, read in readers.items()}
    return {
        name: {str(value): count for value, count in counts.most_common(_MOST_GROUPS) if value}
        for name, counts in counted.items()
        if set(counts) != {None}
    }


def _flags(pair: PreferencePair) -> str | None:
    """What the pair and its sides are marked with, each mark once."""
    sides = [side.flags for side in (pair.chosen_side, pair.rejected_side) if side is not None]
    marks = {mark.value for marks in (pair.flags, *sides) for mark in marks}
    return ", ".join(sorted(marks)) or None
