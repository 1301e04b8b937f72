"""What pairs are held against: a benchmark, other pairs, any file, or the hashes of a model."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from lcbrb.errors import UsageError
from lcbrb.models.trained_on import read_trained_on
from lcbrb.pairs.audit.text_overlap import Document
from lcbrb.rows import Row, parse_rows
from lcbrb.types import JsonValue, PreferencePair, Problem, TrainedProblem

_NAMES = ("id", "task_id", "problem_id", "question_id", "idx", "name")


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """What pairs are held against: documents or, of a trained model, hashes of statements."""

    source: str
    documents: Sequence[Document] = ()
    trained: Sequence[TrainedProblem] = ()


def of_problems(source: str, problems: Iterable[Problem]) -> Reference:
    """The statements of a benchmark."""
    documents = [Document(id=problem.id, text=problem.prompt) for problem in problems]
    return Reference(source=source, documents=documents)


def of_pairs(source: str, pairs: Iterable[PreferencePair]) -> Reference:
    """The prompts and both sides of pairs, each text once."""
    texts = {
        text: pair.problem_id
        for pair in pairs
        for text in (pair.prompt, pair.chosen, pair.rejected)
    }
    return Reference(
        source=source, documents=[Document(id=name, text=text) for text, name in texts.items()]
    )


def of_folder(source: str, folder: Path) -> Reference:
    """The problems that a model was trained on, as the folder tells.

    Raises:
        UsageError: it tells nothing.
        BadInputError: what it tells is broken.
    """
    lines = read_trained_on(folder)
    if not lines:
        raise UsageError(
            f"{folder} contains no trained_on.jsonl: name a model that lcbrb trained, a "
            "benchmark, or a file of texts"
        )
    return Reference(source=source, trained=lines)


def of_file(source: str, path: Path) -> Reference:
    """Every text of a JSONL, JSON or Parquet file's rows, with the row's id.

    Raises:
        BadInputError, DataUnavailableError: it can't be read.
    """
    documents: list[Document] = []

    def parse(row: Row) -> Iterator[Document]:
        named = next((row[name] for name in _NAMES if isinstance(row.get(name), str | int)), None)
        name = str(named) if named is not None else f"row {len(documents) + 1}"
        parts = [text for key, value in row.items() if key not in _NAMES for text in _texts(value)]
        yield from (Document(id=name, text=text) for text in parts)

    for document in parse_rows(path, "a row of texts", parse):
        documents.append(document)  # noqa: PERF402 - a row's name counts those before it
    return Reference(source=source, documents=documents)


def _texts(value: JsonValue) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for part in value:
            yield from _texts(part)
    elif isinstance(value, dict):
        for part in value.values():
            yield from _texts(part)
