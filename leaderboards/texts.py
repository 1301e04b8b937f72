"""The texts behind the verdicts, for a page's drill-down, within a budget and failures first.

Texts go into chunks that the page inflates when a reader asks for them. Every row with completions
(and every column of pairs whose texts were kept) gives a chunk in turn until the budget is spent,
so that no model takes another's room.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from lcbrb.errors import LcbrbError
from lcbrb.pages.packing import deflated
from lcbrb.runs.folder import COMPLETIONS
from lcbrb.runs.results import ResultKind, read_rows
from lcbrb.types import Completion, JsonValue, PreferencePair, SampleKey, SampleVerdict, Status
from leaderboards.columns import Column, Row

_MIB = 1024 * 1024
_CHUNK_ITEMS = 25
_HEAD, _TAIL = 2_600, 1_400  # characters of a longer text
_LAST = {Status.PASSED: 3, Status.HARNESS_ERROR: 2, Status.NO_ANSWER: 1, Status.TRUNCATED: 1}

Key = tuple[int, int]
#: a benchmark's statements by problem; raises `LcbrbError` where they can't be had
StatementsOf = Callable[[str], Mapping[str, str]]


@dataclass(slots=True)
class Texts:
    """Chunks of deflated texts, and whose they are.

    `rows` maps (column, row) to places in `chunks`, `pairs` and `statements` a column to them.
    `shown` of `total` samples and pairs have a text that found room. `notes` say which statements
    could not be had.
    """

    chunks: list[str] = field(default_factory=list)
    rows: dict[Key, list[int]] = field(default_factory=dict)
    pairs: dict[int, list[int]] = field(default_factory=dict)
    statements: dict[int, list[int]] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    shown: int = 0
    total: int = 0


@dataclass(slots=True)
class _Queue:
    """What one row or column has still to show, as places of `items` in the order of showing."""

    items: Sequence[JsonValue]
    chunks: list[int]
    counts: bool = True  # as samples and pairs do, and statements do not
    start: int = 0


def pack_texts(
    shown: Sequence[Column], budget_mib: float, statements_of: StatementsOf | None = None
) -> Texts:
    """Texts of as many samples and pairs as the budget holds.

    Args:
        shown: the columns of the board.
        budget_mib: of the page's own size; 0 leaves all texts out and reads none.
        statements_of: gives a benchmark's statements by problem, where they are wanted.

    Raises:
        BadInputError: a run's completions can't be read.
    """
    texts = Texts()
    if budget_mib <= 0:
        return texts
    queues = []
    for number, column in enumerate(shown):
        if column.kind is ResultKind.REWARD_MODEL:
            texts.pairs[number] = []
            queues.append(_Queue(_pair_items(column), texts.pairs[number]))
        else:
            for place, items in _sample_items(column):
                texts.rows[number, place] = []
                queues.append(_Queue(items, texts.rows[number, place]))
            if statements_of is not None and column.kind is ResultKind.POLICY:
                texts.statements[number] = []
                statements = _statements(column, statements_of, texts.notes)
                queues.append(_Queue(statements, texts.statements[number], counts=False))
    texts.total = sum(len(queue.items) for queue in queues if queue.counts)
    _take_turns(texts, queues, int(budget_mib * _MIB))
    return texts


def _take_turns(texts: Texts, queues: Sequence[_Queue], budget: int) -> None:
    waiting = [queue for queue in queues if queue.items]
    while waiting:
        going_on = []
        for queue in waiting:
            items = queue.items[queue.start : queue.start + _CHUNK_ITEMS]
            chunk = deflated(items)
            if len(chunk) > budget:
                continue
            budget -= len(chunk)
            queue.chunks.append(len(texts.chunks))
            texts.chunks.append(chunk)
            texts.shown += sum(map(_has_text, items)) if queue.counts else 0
            queue.start += len(items)
            if queue.start < len(queue.items):
                going_on.append(queue)
        waiting = going_on


def _has_text(item: JsonValue) -> bool:
    """Whether the run kept what there is to read; a pair comes with its own texts."""
    return isinstance(item, dict) and ("chosen" in item or item["text"] is not None)


def _statements(column: Column, statements_of: StatementsOf, notes: list[str]) -> list[JsonValue]:
    """The statements of a column's problems, as far as the benchmark's data are at hand."""
    benchmark = column.rows[0].result.record.benchmark
    try:
        statements = statements_of(benchmark)
    except LcbrbError as error:
        notes.append(f"the problem statements of {column.label} are not on the page: {error}")
        return []
    return [
        {"at": place, "text": excerpt(statements[id_])}
        for place, id_ in enumerate(column.problems)
        if id_ in statements
    ]


# ---------------------------------------------------------------------------------- samples


def _sample_items(column: Column) -> Iterator[tuple[int, list[JsonValue]]]:
    """Each row's samples, failures first."""
    places = {id_: place for place, id_ in enumerate(column.problems)}
    folders: dict[Path, list[int]] = defaultdict(list)
    for number, row in enumerate(column.rows):
        folders[row.result.folder].append(number)
    for folder, numbers in folders.items():
        completions = {
            completion.key: completion for completion in read_rows(Completion, folder, COMPLETIONS)
        }
        for number in numbers:
            yield number, _ordered_samples(column.rows[number], places, completions)


def _ordered_samples(
    row: Row, places: dict[str, int], completions: dict[SampleKey, Completion]
) -> list[JsonValue]:
    seen: dict[str, int] = defaultdict(int)
    ordered = []
    for sample in sorted(row.result.samples, key=lambda sample: sample.sample_index):
        position = seen[sample.problem_id]
        seen[sample.problem_id] += 1
        key = _LAST.get(sample.status, 0), position, places[sample.problem_id]
        ordered.append((key, sample))
    ordered.sort(key=lambda item: item[0])
    return [
        _sample_item(key[2], key[1], sample, completions.get(sample.key)) for key, sample in ordered
    ]


def _sample_item(
    place: int, position: int, sample: SampleVerdict, completion: Completion | None
) -> JsonValue:
    verdict = sample.verdict
    return {
        "at": [place, position],
        "detail": excerpt(verdict.detail),
        "tests": [verdict.tests_passed, verdict.tests_total],
        "cpu_s": verdict.cpu_s,
        "origin": verdict.origin.value,
        "text": excerpt(completion.text) if completion else None,
    }


# ------------------------------------------------------------------------------------ pairs


def _pair_items(column: Column) -> list[JsonValue]:
    """The column's pairs, those that most reward models got wrong first."""
    by_id: dict[str, PreferencePair] = {
        pair.id: pair for row in column.rows for pair in row.result.pairs
    }
    scores = [
        {
            scored_pair.pair_id: [scored_pair.chosen_score, scored_pair.rejected_score]
            for scored_pair in row.result.scored_pairs
        }
        for row in column.rows
    ]
    order = sorted(
        range(len(column.pairs)),
        key=lambda place: (-sum(row.verdicts[place] in "lLtT" for row in column.rows), place),
    )
    return [
        _pair_item(place, pair, [by_pair.get(pair.id) for by_pair in scores])
        for place in order
        if (pair := by_id.get(column.pairs[place].id)) is not None
    ]


def _pair_item(place: int, pair: PreferencePair, scores: list[list[float] | None]) -> JsonValue:
    other = pair.rejected_prompt
    return {
        "at": place,
        "prompt": excerpt(pair.prompt),
        "rejected_prompt": None if other is None else excerpt(other),
        "chosen": excerpt(pair.chosen),
        "rejected": excerpt(pair.rejected),
        "relation": pair.relation.value,
        "scores": scores,
    }


def excerpt(text: str) -> str:
    """The text, or where it is long its head and tail and how much lies between."""
    if len(text) <= _HEAD + _TAIL:
        return text
    cut = len(text) - _HEAD - _TAIL
    return f"{text[:_HEAD]}\n\n[… {cut:,} characters left out …]\n\n{text[-_TAIL:]}"
