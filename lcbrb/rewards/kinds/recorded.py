"""`recorded:`: scores that were computed elsewhere and written into a file.

``recorded:PATH``, with the names of columns where they are not the usual ones:
``recorded:PATH?prompt=question&response=answer&score=reward``. A row holds a text and its score, or
a list of texts and a list of scores (each a number, or a list of one). Graders write their verdicts
under ``score``, too, as 0 and 1: a column of that name with no other number is taken only where the
user names it. ``low`` and ``high`` say between which bounds the scores lie, ``logits=true`` that a
difference of two of them is a logit; neither is guessed. Scores are found by prompt
and response, white space folded; where the file has no prompts, by response alone. Where one text
has several scores (engines that depend on the batch give them), their mean counts, and the record
says how many texts that are.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path

from lcbrb.codec import sha256_file, sha256_text
from lcbrb.config import build
from lcbrb.errors import BadInputError, DataUnavailableError, UsageError
from lcbrb.pair_identity import mend_text
from lcbrb.protocols.reward import Item
from lcbrb.registry import Spec
from lcbrb.rewards.base import RewardModel
from lcbrb.rows import Row, parse_rows
from lcbrb.types import JsonValue

_PROMPTS = ("prompt", "question", "problem", "query")
_RESPONSES = ("response", "responses", "completion", "output", "generation", "answer", "code")
_SCORES = ("reward", "rewards", "rm_score", "rm_scores", "pred_score", "score", "scores")
_AMBIGUOUS = ("score", "scores")  # rewards, or a grader's verdicts as 0 and 1
_SHOWN = 60

_Key = tuple[str | None, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What ``recorded:PATH?…`` takes.

    `prompt`, `response` and `score` are the names under which a row holds its parts; the usual ones
    where they are not given. `low` and `high` bound the scores. `logits`: a difference of two
    scores is a logit, as with scores of a scalar head.
    """

    prompt: str = ""
    response: str = ""
    score: str = ""
    low: float = -math.inf
    high: float = math.inf
    logits: bool = False


def from_spec(spec: Spec) -> Recorded:
    """``recorded:PATH?prompt=…&response=…&score=…&low=…&high=…&logits=…``.

    Raises:
        UsageError: no path, unknown options, bounds that are no range, or logits with bounds.
        DataUnavailableError: no such file.
    """
    if not spec.target:
        raise UsageError("recorded needs a file: recorded:PATH")
    path = Path(spec.target).expanduser()
    if not path.exists() or path.is_dir():
        raise DataUnavailableError(f"{path}: no such file of scores")
    options = build(Options, spec.options, "recorded")
    if not options.low < options.high:
        raise UsageError(
            f"recorded scores from {options.low:g} to {options.high:g} is not a range: "
            "?low=…&high=…"
        )
    if options.logits and (math.isfinite(options.low) or math.isfinite(options.high)):
        raise UsageError("logits have no bounds: recorded takes ?logits=true or ?low=…&high=…")
    return Recorded(id=spec.text, path=path, options=options)


@dataclass(frozen=True, kw_only=True)
class Recorded(RewardModel):
    """A reward model by its recorded scores."""

    id: str
    path: Path
    options: Options

    @property
    def bounds(self) -> tuple[float, float]:
        """What the user says; nothing is read off the scores at hand."""
        return self.options.low, self.options.high

    @property
    def logits(self) -> bool:
        """Whether the user says that a difference of scores is a logit."""
        return self.options.logits

    @cached_property
    def revision(self) -> str:
        """The beginning of the file's hash."""
        return sha256_file(self.path)[:12]

    @property
    def identity(self) -> dict[str, JsonValue]:
        """The file, and how many of its texts have several scores."""
        several = sum(len(set(scores)) > 1 for scores in self._scores.values())
        return {
            "sha256": sha256_file(self.path),
            "texts": len(self._scores),
            "texts_with_several_scores": several,
        }

    def score(self, items: Sequence[Item]) -> list[float]:
        """The recorded score of each item.

        Raises:
            BadInputError: the file is none of scores, or one is beyond the bounds.
            UsageError: an item is not in it, or the scores may be a grader's verdicts.
        """
        scores = [self._find(item) for item in items]
        missing = [item for item, score in zip(items, scores, strict=True) if score is None]
        if missing:
            start = " ".join(missing[0].response.split())[:_SHOWN]
            raise UsageError(
                f"{self.path} has no score for {len(missing)} of {len(items)} texts (the first "
                f"begins '{start}'): do they belong to another file, or are they in other "
                "columns?"
            )
        return [score for score in scores if score is not None]

    def _find(self, item: Item) -> float | None:
        response = _digest(item.response)
        for key in ((_digest(item.prompt), response), (None, response)):
            if scores := self._scores.get(key):
                return math.fsum(scores) / len(scores)
        return None

    @cached_property
    def _scores(self) -> dict[_Key, list[float]]:
        scores: dict[_Key, list[float]] = defaultdict(list)
        marks: dict[str, bool] = {}  # by column, whether it holds 0 and 1 alone
        parse = partial(_entries, columns=self.options)
        for key, column, score in parse_rows(self.path, "a row of scores", parse):
            scores[key].append(score)
            marks[column] = marks.get(column, True) and score in {0.0, 1.0}
        if not scores:
            raise BadInputError("it holds no scores", path=self.path)
        for column in _AMBIGUOUS:
            if marks.get(column) and not self.options.score:
                raise UsageError(
                    f"{self.path}: '{column}' contains only 0 and 1, like a grader's verdicts: "
                    f"if these are scores of a reward model, write ?score={column}; otherwise "
                    "name the column with the scores"
                )
        return dict(scores)


def _entries(row: Row, columns: Options) -> Iterator[tuple[_Key, str, float]]:
    """Of each text in a row: what finds it, the column of its score, the score."""
    prompt = _column(row, columns.prompt, _PROMPTS)
    response = _column(row, columns.response, _RESPONSES)
    score = _column(row, columns.score, _SCORES)
    if response is None or score is None:
        what, usual = ("a response", _RESPONSES) if response is None else ("a score", _SCORES)
        raise UsageError(
            f"no column with {what} (known: {', '.join(usual)}; found: "
            f"{', '.join(sorted(row))}): name it with ?response=… or ?score=…"
        )
    texts, scores = row[response], row[score]
    if isinstance(texts, str):
        texts, scores = [texts], [scores]
    if not isinstance(texts, list) or not isinstance(scores, list) or len(texts) != len(scores):
        raise UsageError(f"'{response}' and '{score}' are not lists of the same length")
    start = None if prompt is None else _digest(_text(row[prompt], prompt))
    for text, given in zip(texts, scores, strict=True):
        value = _number(given, score)
        if not columns.low <= value <= columns.high:
            bounds = f"{columns.low:g} and {columns.high:g}"
            raise UsageError(f"'{score}' holds {value:g}, which is not between {bounds}")
        yield (start, _digest(_text(text, response))), score, value


def _column(row: dict[str, JsonValue], named: str, usual: Sequence[str]) -> str | None:
    if named and named not in row:
        there = ", ".join(sorted(map(str, row)))
        raise UsageError(f"no column '{named}' (there: {there})")
    if named:
        return named
    if usual is _SCORES:
        return next((name for name in usual if name in row and not _verdicts(row[name])), None)
    return next((name for name in usual if name in row), None)


def _verdicts(value: JsonValue) -> bool:
    """Whether a column holds true and false, as graders write into ``score``."""
    first = value[0] if isinstance(value, list) and value else value
    return isinstance(first, bool)


def _text(value: JsonValue, column: str) -> str:
    if not isinstance(value, str):
        raise UsageError(f"'{column}' is not a text")
    return value


def _number(value: JsonValue, column: str) -> float:
    if isinstance(value, list) and len(value) == 1:
        value = value[0]
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise UsageError(f"'{column}' holds {str(value)[:_SHOWN]!r}, which is not a finite number")
    return float(value)


def _digest(text: str) -> str:
    """Of a text with its white space folded."""
    return sha256_text(" ".join(mend_text(text).split()))
