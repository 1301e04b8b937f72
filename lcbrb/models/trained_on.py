"""Which problems a model was trained on: ``trained_on.jsonl`` in its folder, and who reads it.

A line holds hashes and no text. Two statements are the same when they differ in white space, case
and compatible characters (NFKC) only. A statement that was put into other words around it, a prompt
template, is found by its sentences: each of them is hashed too, and a statement of five words or
more of which every sentence stands in one problem that was trained on counts as that problem. What
was reworded is not found.

A model's folder names what all of its training saw: a trainer takes the lines of its base over, and
an adapter is read with the base that it names.
"""

from __future__ import annotations

import dataclasses
import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path

from lcbrb.codec import read_records, sha256_text, write_records
from lcbrb.errors import BadInputError
from lcbrb.models.weights import TRAINED, TRAINED_ON, Weights
from lcbrb.types import Problem, TrainedProblem

_SHORT = 16  # hexadecimal digits of a sentence's hash
_FEWEST_WORDS = 5  # of a statement that is looked for among sentences
_FENCE = re.compile(r"^\s*(```|~~~)[^\n]*$", re.MULTILINE)
_END = re.compile(r"(?<=[.!?:;])\s+|\n\s*\n")
_EDGE = " \t\r\n\"'`*#>_"  # quotes and marks around a sentence


def trained_problem(problem_id: str, source: str, statement: str) -> TrainedProblem:
    """The line of a problem; `write_trained_on` knows how many there are."""
    return TrainedProblem(
        id=problem_id,
        source=source,
        sha256=statement_hash(statement),
        sentences=tuple(dict.fromkeys(map(_short, _sentences(statement)))),
        total=0,
    )


def statement_hash(statement: str) -> str:
    """Hex sha256 of a statement, whatever its white space, case and compatible characters."""
    return sha256_text(_folded(statement))


def write_trained_on(
    folder: Path, problems: Iterable[Problem | TrainedProblem], *, base: Weights | None = None
) -> None:
    """Write ``trained_on.jsonl`` into a model's folder: one line for each problem.

    Args:
        folder: the model's, which exists.
        problems: what it was trained on, at least one.
        base: the model that training began with; what that was trained on is in the file too.

    Raises:
        BadInputError: the base's own file is broken.
    """
    lines = [
        problem
        if isinstance(problem, TrainedProblem)
        else trained_problem(problem.id, problem.source, problem.prompt)
        for problem in problems
    ]
    known = [*(trained_on(base) if base is not None else ()), *lines]
    apart: dict[tuple[str, str], TrainedProblem] = {}
    for line in known:  # without a text, an id tells problems apart
        apart.setdefault((line.sha256, "" if line.sentences else line.id), line)
    kept = list(apart.values())
    write_records(
        folder / TRAINED_ON, [dataclasses.replace(line, total=len(kept)) for line in kept]
    )


def read_trained_on(folder: Path) -> list[TrainedProblem]:
    """What the file in a model's folder (or in ``model/`` of a run) names; empty without a file.

    Raises:
        BadInputError: it is no such file, or it lost or gained lines.
    """
    path = folder / TRAINED_ON
    if not path.exists() and (folder / TRAINED / TRAINED_ON).exists():
        path = folder / TRAINED / TRAINED_ON
    if not path.exists() and not path.is_symlink():
        return []
    lines = read_records(TrainedProblem, path)
    wanted = lines[0].total if lines else 1
    if len(lines) != wanted or any(line.total != wanted for line in lines):
        raise BadInputError(
            f"holds {len(lines)} of {wanted if lines else 'at least 1'} problems: it was cut off "
            "or changed, so what the model was trained on is unknown; copy the model again",
            path=path,
        )
    return lines


def trained_on(weights: Weights) -> list[TrainedProblem]:
    """What a model was trained on, an adapter's base with it, as far as files here tell.

    Raises:
        BadInputError: as `read_trained_on`.
    """
    folder = Path(weights.path)
    own = read_trained_on(folder) if folder.is_dir() else []
    return [*(trained_on(weights.base) if weights.base is not None else ()), *own]


class TrainedOn:
    """Problems that were trained on, to be asked whether a statement is among them."""

    def __init__(self, lines: Sequence[TrainedProblem]) -> None:
        self._whole = {line.sha256 for line in lines}
        self._by_sentence: defaultdict[str, set[int]] = defaultdict(set)
        for place, line in enumerate(lines):
            for sentence in line.sentences:
                self._by_sentence[sentence].add(place)

    def __contains__(self, statement: str) -> bool:
        """Whether the statement, or a prompt around it, was trained on; never for an empty one."""
        folded = _folded(statement)
        if not folded or sha256_text(folded) in self._whole:
            return bool(folded)
        sentences = _sentences(statement)
        if sum(len(sentence.split()) for sentence in sentences) < _FEWEST_WORDS:
            return False
        places = [self._by_sentence.get(_short(sentence), set()) for sentence in sentences]
        return bool(set.intersection(*places))


def _folded(text: str) -> str:
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    return " ".join(folded.split())


def _sentences(text: str) -> list[str]:
    """The sentences, folded, without the marks around them and without the lines of code fences."""
    parts = (_folded(part).strip(_EDGE) for part in _END.split(_FENCE.sub("\n\n", text)))
    return [part for part in parts if part]


def _short(sentence: str) -> str:
    return sha256_text(sentence)[:_SHORT]
