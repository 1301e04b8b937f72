"""The reviewed benchmark: the pairs that people confirmed, and a manifest that says so."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from lcbrb import codec
from lcbrb.errors import IncompleteRunError
from lcbrb.pairs.manifest import write_pair_file
from lcbrb.pairs.review.findings import Finding, Said
from lcbrb.pairs.review.store import ReviewStore
from lcbrb.pairs.review.summary import ReviewSummary, rounded_up, summarise
from lcbrb.protocols.reward import PairSet
from lcbrb.runs.record import Data, new_record
from lcbrb.types import PairManifest, PreferencePair, RunKind


@dataclass(frozen=True, slots=True, kw_only=True)
class AcceptedReview:
    """Pairs that a review left, written to `path`; `summary` says what the others were."""

    path: Path
    pairs: Sequence[PreferencePair]
    manifest: PairManifest
    summary: ReviewSummary


def write_accepted(pair_set: PairSet, store: ReviewStore, output: Path) -> AcceptedReview:
    """Write the pairs that were confirmed, and those that were not drawn, without the others.

    Raises:
        IncompleteRunError: pairs of the sample are not settled; nothing is written.
    """
    summary = summarise(store, pair_set.pairs)
    if summary.unsettled:
        disputed = summary.findings[Finding.DISPUTED]
        raise IncompleteRunError(
            f"{summary.unsettled} of the {summary.sample} pairs under review are not settled "
            f"({disputed} need an adjudication): continue the review, then accept it; all "
            "preferences so far are kept"
        )
    said = store.said()
    kept = [reviewed for pair in pair_set.pairs if (reviewed := _reviewed(pair, said)) is not None]
    data = Data(
        name=pair_set.name,
        version=pair_set.version,
        sha256=codec.sha256_records(pair_set.pairs),
        count=len(kept),
        total=len(pair_set.pairs),
        notes=(*pair_set.notes, *_notes(summary, len(kept))),
    )
    config = {"review": {"sample": summary.sample, "annotators": summary.wanted}}
    record = new_record(RunKind.PAIRS, output.stem, data, config=config, seed=summary.seed)
    counts = {f"review_{name}": count for name, count in summary.findings.items()}
    counts["review_not_drawn"] = summary.total - summary.sample
    manifest = write_pair_file(output, kept, record, counts=counts)
    return AcceptedReview(path=output, pairs=kept, manifest=manifest, summary=summary)


def _reviewed(pair: PreferencePair, said: dict[str, Said]) -> PreferencePair | None:
    """The pair with its review; None where its label was not confirmed."""
    each = said.get(pair.id)
    if each is None:
        return pair
    # everything is settled here, so one blind word, or an adjudication, decides
    confirmed = each.finding(1) is Finding.CONFIRMED
    return dataclasses.replace(pair, review=each.review()) if confirmed else None


def _notes(summary: ReviewSummary, kept: int) -> list[str]:
    certificate = summary.certificate
    names = {1: "one person", 2: "two people"}
    people = names.get(summary.wanted, f"{summary.wanted} people")
    notes = [f"reviewed by {people} for each pair, blind to model and verdict"]
    if summary.alpha is not None:
        notes[0] += f"; Krippendorff's alpha {summary.alpha.value:.2f}"
    notes.append(f"before the review: {certificate.sentence}")
    if kept and summary.sample < summary.total:
        left = (certificate.in_set.high or 0.0) * summary.total - certificate.errors
        notes.append(
            f"labels that were not confirmed are left out, so at most {rounded_up(left / kept)} of "
            f"the {kept} labels here are wrong ({100 * certificate.in_set.level:g}%)"
        )
    return notes
