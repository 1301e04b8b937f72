"""What a run of a model cost, counted where it is spent: tokens, and things to tell the user.

Whoever wants to know opens `tallying`; whoever runs a model adds to what is open. So an ensemble's
members, or a policy and its reference, are counted together.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field

#: the batches of the usual tools: so many pairs at a time, in file order
NAIVE_BATCH = 8
_COUNTED = "tokens_"
_OTHERS = ("out_of_memory", "steps", "steps_cut")
_SCORING = "scoring: "  # begins a record's notes that came with the counts


@dataclass(slots=True, eq=False)
class Tally:
    """Tokens, and notes.

    `tokens`: ``tokens_real`` (of all sequences), ``tokens_shared`` (what sequences given together
    begin with alike counted once), ``tokens_computed`` (what went through the model: prefixes that
    fell into two batches and padding included), and ``out_of_memory`` (batches that did not fit).
    """

    tokens: Counter[str] = field(default_factory=Counter)
    notes: dict[str, None] = field(default_factory=dict)


_OPEN: ContextVar[tuple[Tally, ...]] = ContextVar("open_tallies", default=())


@contextmanager
def tallying() -> Iterator[Tally]:
    """Count what is spent within."""
    tally = Tally()
    token = _OPEN.set((*_OPEN.get(), tally))
    try:
        yield tally
    finally:
        _OPEN.reset(token)


def count(note: str = "", /, **counts: int) -> None:
    """Add to every open tally, by the names that it tells of."""
    for tally in _OPEN.get():
        tally.tokens.update(counts)
        if note:
            tally.notes[note] = None


def over_starts(earlier: Mapping[str, int], now: Mapping[str, int]) -> dict[str, int]:
    """What all starts of a run have cost, for its record: tokens, batches that did not fit, steps.

    Args:
        earlier: the counts of the record that the last start left; others are not taken over.
        now: what this start has cost.
    """
    before = {
        name: n for name, n in earlier.items() if name.startswith(_COUNTED) or name in _OTHERS
    }
    return {name: before.get(name, 0) + now.get(name, 0) for name in {**before, **now}}


def notes_over_starts(earlier: Iterable[str], now: Iterable[str]) -> tuple[str, ...]:
    """What all starts of a run have to tell of their passes, each note once.

    Args:
        earlier: the notes of the record that the last start left; others are not taken over.
        now: the notes of this start's tally.
    """
    before = [note for note in earlier if note.startswith(_SCORING)]
    return tuple(dict.fromkeys([*before, *(f"{_SCORING}{note}" for note in now)]))


def naive_tokens(sides: Sequence[tuple[int, int]]) -> int:
    """Padded tokens of two passes, chosen and rejected, in batches in file order.

    Args:
        sides: tokens of the chosen and of the rejected side of each pair.
    """
    total = 0
    for at in range(0, len(sides), NAIVE_BATCH):
        batch = sides[at : at + NAIVE_BATCH]
        total += len(batch) * (max(a for a, _ in batch) + max(b for _, b in batch))
    return total


def sentence(counts: Mapping[str, int]) -> str:
    """The account of a run's tokens in words; empty for a model without any."""
    if not counts.get("tokens_real"):
        return ""
    real, shared, computed = (counts[f"tokens_{name}"] for name in ("real", "shared", "computed"))
    text = f"{real:,} tokens, {shared:,} after sharing, {computed:,} computed"
    naive = counts.get("tokens_naive")
    if not naive:
        return text
    return f"{text}; padded passes in file order take {naive:,} ({naive / computed:.1f}x)"
