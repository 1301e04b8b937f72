"""A file of pairs, and the manifest beside it that says how they were made."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from itertools import chain
from pathlib import Path

from lcbrb import codec
from lcbrb.runs.folder import now
from lcbrb.types import Estimate, PairManifest, PreferencePair, RunRecord


def write_pair_file(  # noqa: PLR0913 - each is a part of the account
    output: Path,
    pairs: Sequence[PreferencePair],
    record: RunRecord,
    *,
    counts: Mapping[str, int],
    agreement: Mapping[str, int] | None = None,
    pass_rates: Mapping[str, Estimate] | None = None,
) -> PairManifest:
    """Write pairs and, beside them, their manifest; each whole or not at all.

    `counts` are what else there is to count beside difficulties, categories, kinds, cells and
    flags; `agreement` is of our verdicts with recorded ones, `pass_rates` are of samplers.
    """
    codec.write_records(output, pairs)
    manifest = PairManifest(
        pairs_file=output.name,
        pairs_sha256=codec.sha256_file(output),
        pairs=len(pairs),
        problems=len({pair.problem_id for pair in pairs}),
        counts={
            **{f"difficulty_{k}": v for k, v in _tally(p.difficulty for p in pairs)},
            **{f"category_{k}": v for k, v in _tally(p.category for p in pairs)},
            **{f"kind_{k}": v for k, v in _tally(p.kind for p in pairs)},
            **{f"pairs_{k}": v for k, v in _tally(p.cell for p in pairs)},
            **{f"flag_{k}": v for k, v in _tally(chain.from_iterable(map(_flags, pairs)))},
            **counts,
        },
        agreement=dict(agreement or {}),
        pass_rates=dict(pass_rates or {}),
        source=record.benchmark,
        source_version=record.benchmark_version,
        source_sha256=record.dataset_sha256,
        config=record.config,
        environment=record.environment,
        notes=record.notes,
        created_at=now(),
    )
    codec.write_text(manifest_path(output), codec.encode_pretty(manifest))
    return manifest


def manifest_path(output: Path) -> Path:
    """Where a pairs file's manifest lies."""
    return output.with_name(output.name.removesuffix(".jsonl") + ".manifest.json")


def run_folder(output: Path) -> Path:
    """Where the run that makes a pairs file is kept."""
    return output.with_name(output.name.removesuffix(".jsonl") + ".run")


def _flags(pair: PreferencePair) -> list[str]:
    """What a pair and its sides are flagged with; a side's flag once for each side."""
    sides = [side for side in (pair.chosen_side, pair.rejected_side) if side is not None]
    return [*pair.flags, *(flag for side in sides for flag in side.flags)]


def _tally(values: Iterable[str | None]) -> list[tuple[str, int]]:
    return sorted(Counter(value for value in values if value is not None).items())
