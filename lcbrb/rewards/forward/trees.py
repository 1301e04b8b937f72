"""Token sequences as prefix trees: what several of them begin with is kept, and computed, once.

Sequences are taken in lexicographic order, and each adds to a row only the tokens that it does not
share with the one before it. That order walks the tree depth first, so each token's descendants
follow it without a gap: token ``q`` attends to token ``k`` just where ``k <= q < ends[k]``. A
token's position is its depth. No tensors here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

Ids = NDArray[np.int64]

STRAIN = 0.1  # of a token


@dataclass(frozen=True, slots=True, eq=False)
class Span:
    """The tokens that one sequence adds to a row: places `first` to `last` (excluded).

    `path` holds the places of the whole sequence that they end, in order: its last
    ``last - first`` entries are the span itself. `contiguous` says that the path is one piece.
    """

    first: int
    last: int
    path: Ids
    contiguous: bool


@dataclass(frozen=True, slots=True, eq=False)
class Row:
    """Sequences packed into one row of T tokens.

    `tokens`, `positions` and `ends` have the shape (T,). `paths` holds for each sequence, in the
    order given, the places of its tokens in the row. `spans` are in the order of the row.
    """

    tokens: Ids
    positions: Ids
    ends: Ids
    spans: tuple[Span, ...]
    paths: tuple[Ids, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Sorted:
    """Sequences in lexicographic order.

    `order` holds indices into what was given, `lengths` and `shared` (how many tokens it has in
    common with the one before; the first: none) stand in that order.
    """

    order: tuple[int, ...]
    lengths: tuple[int, ...]
    shared: tuple[int, ...]


def arrange(sequences: Sequence[Sequence[int]]) -> Sorted:
    """Put sequences in order, and count what neighbours share."""
    arrays = [np.asarray(sequence, dtype=np.int64) for sequence in sequences]
    # big-endian bytes of non-negative integers sort as the integers do
    order = sorted(range(len(arrays)), key=lambda i: (arrays[i].astype(">i8").tobytes(), i))
    shared = [common(arrays[before], arrays[after]) for before, after in pairwise(order)]
    return Sorted(
        order=tuple(order),
        lengths=tuple(len(arrays[i]) for i in order),
        shared=(0, *shared)[: len(order)],
    )


def common(ids: Ids, other: Ids) -> int:
    """How many tokens two sequences begin with alike."""
    length = min(len(ids), len(other))
    differ = np.flatnonzero(ids[:length] != other[:length])
    return int(differ[0]) if len(differ) else length


def pack(sequences: Sequence[Sequence[int]]) -> Row:
    """Pack sequences into one row in which every distinct prefix has one place.

    They are token ids, none negative.
    """
    arranged = arrange(sequences)
    paths: list[Ids] = [np.empty(0, dtype=np.int64)] * len(sequences)
    pieces: list[Ids] = []
    spans: list[Span] = []
    path, filled = np.empty(0, dtype=np.int64), 0
    for index, length, shared in zip(
        arranged.order, arranged.lengths, arranged.shared, strict=True
    ):
        last = filled + length - shared
        path = np.concatenate([path[:shared], np.arange(filled, last)])
        paths[index] = path
        if last > filled:
            pieces.append(np.asarray(sequences[index], dtype=np.int64)[shared:])
            contiguous = int(path[-1] - path[0]) == len(path) - 1
            spans.append(Span(first=filled, last=last, path=path, contiguous=contiguous))
        filled = last
    tokens = np.concatenate(pieces) if pieces else np.empty(0, dtype=np.int64)
    positions, ends = np.empty_like(tokens), np.empty_like(tokens)
    for span in spans:  # a later span takes the end of what it stands on further
        positions[span.path] = np.arange(len(span.path))
        ends[span.path] = span.last
    return Row(
        tokens=tokens, positions=positions, ends=ends, spans=tuple(spans), paths=tuple(paths)
    )


def split(
    arranged: Sorted, budget: int, overhead: int, comfort: int | None = None
) -> list[list[int]]:
    """Cut sorted sequences into batches, so that as little as possible is computed twice.

    A cut between neighbours costs what they share, once more, and `overhead`. A batch has at most
    `budget` tokens after sharing, unless one sequence alone has more.

    Args:
        arranged: the sequences.
        budget: tokens.
        overhead: tokens; how much a batch costs beside its tokens.
        comfort: tokens; past so many in a batch each costs `STRAIN` more (a CPU's caches are full).

    Returns:
        Lists of indices into what was given to `arrange`; the cheapest cut, found by going through
        all (dynamic programming), batches in order.
    """
    count = len(arranged.order)
    best = [0.0] + [float("inf")] * count  # the least cost of the first so many
    cut = [0] * (count + 1)
    for end in range(1, count + 1):
        added = 0  # by all but the first sequence of the batch [start, end)
        for start in range(end - 1, -1, -1):
            if start < end - 1:
                added += arranged.lengths[start + 1] - arranged.shared[start + 1]
            if added > budget:
                break
            tokens = added + arranged.lengths[start]
            if tokens > budget and start < end - 1:
                continue
            cost = best[start] + arranged.shared[start] + overhead
            if comfort is not None:
                cost += STRAIN * max(0, tokens - comfort)
            if cost < best[end]:
                best[end], cut[end] = cost, start
    parts: list[list[int]] = []
    end = count
    while end:
        parts.append(list(arranged.order[cut[end] : end]))
        end = cut[end]
    return parts[::-1]
