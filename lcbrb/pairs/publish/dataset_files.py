"""The files of a published set, written into an empty folder."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from lcbrb import codec
from lcbrb.pair_columns import VERSION, columns, to_columns
from lcbrb.pairs.publish.about import AUDIT, BENCHMARK, CARD, CROISSANT, PARQUET, SPLIT, About
from lcbrb.pairs.publish.croissant import croissant
from lcbrb.pairs.publish.dataset_card import dataset_card, quoted
from lcbrb.sources.pairs.published import PAIRS, SUMS
from lcbrb.types import PreferencePair

_BATCH = 500  # rows that are written together


def write_dataset(folder: Path, pairs: Sequence[PreferencePair], about: About) -> Mapping[str, str]:
    """Write every file.

    Returns:
        The sha256 of each file, by its name in the folder.

    Raises:
        UsageError: a pair can't be written (half of a surrogate pair).
        OSError: the disk is full, or may not be written to.
    """
    codec.write_records(folder / PAIRS, pairs)
    _write_parquet(folder / PARQUET, pairs)
    if about.audit is not None:
        codec.write_text(folder / AUDIT, codec.encode_pretty(about.audit))
    paths = {name: folder / name for name in _DATA}
    data = {name: (codec.sha256_file(p), p.stat().st_size) for name, p in paths.items()}
    codec.write_text(folder / CROISSANT, croissant(about, data))
    codec.write_text(folder / BENCHMARK, _benchmark_yaml(about))
    codec.write_text(folder / CARD, dataset_card(about))
    names = [CARD, CROISSANT, PARQUET, BENCHMARK, PAIRS, *([AUDIT] if about.audit else [])]
    sums = {name: codec.sha256_file(folder / name) for name in sorted(names)}
    listed = "".join(f"{digest}  {name}\n" for name, digest in sums.items())
    codec.write_text(folder / SUMS, listed)
    return {**sums, SUMS: codec.sha256_file(folder / SUMS)}


_DATA = (PARQUET, PAIRS)


def _benchmark_yaml(about: About) -> str:
    """eval.yaml: what a hub reads to take a data set for a benchmark.

    Source: huggingface.co/docs/hub/eval-results, as of 2026: `name`, `description`, `tasks` with
    `id`, `config` and `split`. `evaluation_framework` is left out: the hub knows a list of
    frameworks (huggingface.js, packages/tasks/src/eval.ts) that lcbrb is not on, and checks the
    file when it is pushed. Being listed as a benchmark is asked of the hub's staff, once the file
    is there.
    """
    task = re.sub(r"[^a-z0-9]+", "_", about.title.lower()).strip("_") or "pairs"
    return "\n".join(
        [
            "# Scored with: lcbrb eval --pairs (pairwise accuracy, a tie is half a win)",
            f"name: {quoted(about.title)}",
            f"description: {quoted(about.description)}",
            "tasks:",
            f"  - id: {quoted(task)}",
            "    config: default",
            f"    split: {SPLIT}",
            "",
        ]
    )


def _write_parquet(path: Path, pairs: Sequence[PreferencePair]) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    schema = pa.schema(
        [(name, pa.int64() if name == VERSION else pa.string()) for name in columns()]
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    with pq.ParquetWriter(path, schema, compression="zstd") as writer:
        for begin in range(0, len(pairs), _BATCH):
            rows = [to_columns(pair) for pair in pairs[begin : begin + _BATCH]]
            writer.write_table(pa.Table.from_pylist(rows, schema=schema))
