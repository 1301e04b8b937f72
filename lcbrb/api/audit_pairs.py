"""`lcbrb.audit_pairs`, `audit_pair_sets`: what preference pairs give away, against limits."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from pathlib import Path

from evaluators import BENCHMARKS, benchmark
from lcbrb.errors import UnknownNameError, UsageError
from lcbrb.pairs.audit.auditing import audit
from lcbrb.pairs.audit.documents import Reference, of_file, of_folder, of_pairs, of_problems
from lcbrb.pairs.audit.embeddings import Encoder
from lcbrb.pairs.audit.page import render_audit
from lcbrb.pairs.audit.programs import program_pairs
from lcbrb.pairs.audit.report import PairAudit
from lcbrb.pairs.audit.thresholds import Thresholds, load_thresholds, with_cutoffs
from lcbrb.protocols.progress import SILENT, Progress
from lcbrb.protocols.reward import PairSet
from lcbrb.registry import parse_spec
from lcbrb.sources import PAIR_SOURCES
from lcbrb.sources.pairs.by_name import as_pair_sets, draw, open_pairs
from lcbrb.sources.pairs.published import PAIRS
from lcbrb.types import PreferencePair


def audit_pairs(
    pairs: str | PairSet | Sequence[PreferencePair],
    *,
    thresholds: Thresholds | Path | str | None = None,
    against: Sequence[str] = (),
    cutoffs: Mapping[str, dt.date] | None = None,
    encoder: str | None = None,
    limit: int | None = None,
    seed: int = 0,
    progress: Progress = SILENT,
) -> PairAudit:
    """Measure what pairs give away: length, format, words, code, verdicts, labels, dates, copies.

    The accuracy of shortcuts is cross-validated by problem; intervals are clustered by problem.

    Args:
        pairs: as in `load_pairs`, or pairs.
        thresholds: the limits of the checks, or a TOML file of them; default limits if not given.
        against: benchmarks, pairs, files of texts or models that lcbrb trained, to look for
            overlaps with.
        cutoffs: training cut-off dates by name, of models or data sets.
        encoder: ``hf:…`` of a transformers encoder, to look for overlap in meaning as well.
        limit: use only about this many pairs, drawn at random by whole problems.
        seed: for the draw.
        progress: receives the progress of the work.

    Returns:
        The figures, and a check for each figure with a limit (`PairAudit.failed`).

    Raises:
        LcbrbError: pairs, limits or references can't be read.
    """
    (audited,) = audit_pair_sets(
        [pairs],
        thresholds=thresholds,
        against=against,
        cutoffs=cutoffs,
        encoder=encoder,
        limit=limit,
        seed=seed,
        progress=progress,
    )
    return audited


def audit_pair_sets(
    sets: Sequence[str | PairSet | Sequence[PreferencePair]],
    *,
    thresholds: Thresholds | Path | str | None = None,
    against: Sequence[str] = (),
    cutoffs: Mapping[str, dt.date] | None = None,
    encoder: str | None = None,
    limit: int | None = None,
    seed: int = 0,
    progress: Progress = SILENT,
) -> tuple[PairAudit, ...]:
    """Audit several sets of pairs with the same limits and references (see `side_by_side`).

    Args:
        sets: each as in `audit_pairs`; their names must differ.
        thresholds: as in `audit_pairs`, as are all others.
        against: of every set.
        cutoffs: of every set.
        encoder: loaded once.
        limit: of each set.
        seed: for the draws.
        progress: receives the progress of the work.

    Raises:
        LcbrbError: pairs, limits or references can't be read; nothing was audited then.
    """
    opened = as_pair_sets(sets)
    limits = thresholds if isinstance(thresholds, Thresholds) else load_thresholds(thresholds)
    limits = with_cutoffs(limits, cutoffs or {})
    references = [_reference(name) for name in against]
    if encoder and not references:
        raise UsageError(
            "an encoder is for finding overlap: name the other set with --against (in Python: "
            "against)"
        )
    loaded = Encoder(encoder) if encoder else None
    audits = []
    for given, whole in zip(sets, opened, strict=True):
        pair_set = _drawn(whole, limit, seed)
        file = Path(given).expanduser() if isinstance(given, str) else None
        programs = program_pairs(pair_set.pairs, file) if file else []
        audits.append(
            audit(pair_set, limits, references, loaded, programs=programs, progress=progress)
        )
    return tuple(audits)


def _drawn(whole: PairSet, limit: int | None, seed: int) -> PairSet:
    """The pairs that are audited, with a note where these are not all."""
    drawn = draw(whole.pairs, limit, seed)
    notes = whole.notes
    if len(drawn) < len(whole.pairs):
        notes = (*notes, f"{len(drawn)} of {len(whole.pairs)} pairs were drawn (seed {seed})")
    return PairSet(name=whole.name, version=whole.version, pairs=drawn, notes=notes)


def build_audit_page(audited: PairAudit) -> str:
    """An audit as one offline page: plots, and every number in a table.

    Args:
        audited: the result of `audit_pairs`.

    Returns:
        HTML that loads nothing from the network.

    Raises:
        UsageError: a name in it can't be written as UTF-8.
    """
    return render_audit(audited)


def _reference(name: str) -> Reference:
    """What a name stands for: a model's folder, a benchmark, pairs, or a file of texts."""
    path = Path(name).expanduser()
    if path.is_dir() and not (path / PAIRS).is_file():
        return of_folder(path.resolve().name, path)
    kind = parse_spec(name).kind
    if kind.partition("@")[0] in BENCHMARKS:
        return of_problems(name, benchmark(name).load())
    if kind not in PAIR_SOURCES and path.is_file():
        return of_file(path.name, path)
    try:
        return of_pairs(name, open_pairs(name).pairs)
    except UnknownNameError:
        known = [*BENCHMARKS.names(), *PAIR_SOURCES.names()]
        raise UnknownNameError("benchmark, set of pairs or file", name, known) from None
