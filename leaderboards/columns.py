"""Results to columns: what was measured on the same data stands side by side, packed by letters.

A column is a benchmark at one version and data hash. Each of its rows is a string with one letter a
sample (policies) or a pair (reward models), over problems that all rows of the column share.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import chain
from operator import attrgetter

from lcbrb.protocols.rows import SampleRow
from lcbrb.rewards.metrics.length_gap import gap_of
from lcbrb.runs.results import Result, ResultKind
from lcbrb.types import Outcome, PreferencePair, Status, VerdictOrigin
from lcbrb.visible import visible
from leaderboards.models import ModelFile

_RELEASE = re.compile(r"([^@?]+)(?:@[^?]*)?(\?.*)?")
_LONGEST_NAME = 200
_LONGEST_SETTING = 24  # of which a run is named
_TOLD = 2  # settings in such a name
_KNOWN = "pwrstmonch"
_SPARE = "abdefgijkquvxyz"  # for statuses that are newer than this file
LETTERS = dict(zip(Status, _KNOWN + _SPARE, strict=False))
_LETTER_OF = {id(status): letter for status, letter in LETTERS.items()}  # an enum's hash is slow
OUTCOMES = {Outcome.WIN: "W", Outcome.TIE: "T", Outcome.LOSS: "L"}
ABSENT = "."
_PROBLEM = attrgetter("problem_id")


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """One pair of a column: its problem's place, and what slices it (None: not known)."""

    id: str
    problem: int
    category: str | None = None
    gap: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One result in a column.

    `verdicts` has `width` letters a problem, or one a pair; `base` and `plus` likewise, empty where
    the benchmark does not tell them apart. A lower-case w, t or l is a truncated pair's outcome.
    `recorded`: verdicts are the word of the file that the samples came from.
    """

    name: str
    result: Result
    width: int
    verdicts: str
    base: str = ""
    plus: str = ""
    recorded: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A benchmark, its problems (and pairs, for reward models), and the rows measured on it."""

    label: str
    sha256: str
    kind: ResultKind
    problems: tuple[str, ...]
    released: tuple[dt.date | None, ...]
    difficulty: tuple[str | None, ...]
    pairs: tuple[Pair, ...]
    rows: tuple[Row, ...]


def base_name(benchmark: str) -> str:
    """``humaneval+@v0.1.9`` without its release; a window (``?since=…``) stays part of the name."""
    match = _RELEASE.fullmatch(benchmark)
    return benchmark if match is None else match[1] + (match[2] or "")


def subject_name(subject: str) -> str:
    """A subject's name on one line, of bounded length, with what is hidden in it."""
    line = visible(" ".join(subject.split())) or "(no name)"
    return line if len(line) <= _LONGEST_NAME else line[: _LONGEST_NAME - 1] + "…"


def columns(results: Sequence[Result], models: ModelFile) -> list[Column]:
    """Results by benchmark, in the order of the benchmarks' names, policies before reward models.

    Whole runs whose data hash differs come into columns of their own, even where the version says
    the same. A run over a drawn part (`--limit`) has a hash of its own and joins the column that
    holds its problems.
    """
    groups: dict[tuple[ResultKind, str, str], list[Result]] = defaultdict(list)
    for result in results:
        name, version = base_name(result.record.benchmark), result.record.benchmark_version
        groups[result.kind, name, version].append(result)
    made = []
    order = list(ResultKind)
    for (kind, name, version), group in sorted(
        groups.items(), key=lambda item: (order.index(item[0][0]), item[0][1:])
    ):
        parts = _by_data(group)
        for sha256, part in parts.items():
            label = visible(f"{name} {version}".strip())
            label += f" (data {sha256[:8]})" if len(parts) > 1 else ""
            made.append(_column(label, sha256, kind, part, models))
    return _with_unique_labels(made)


def _by_data(group: Sequence[Result]) -> dict[str, list[Result]]:
    whole: dict[str, list[Result]] = defaultdict(list)
    drawn = []
    for result in group:
        if result.record.config.get("limit") is None:
            whole[result.record.dataset_sha256].append(result)
        else:
            drawn.append(result)
    if not whole:
        return {drawn[0].record.dataset_sha256: drawn}
    problems = {sha256: set().union(*map(problem_ids, part)) for sha256, part in whole.items()}
    for result in drawn:
        own = problem_ids(result)
        best = max(problems, key=lambda sha256: len(problems[sha256] & own))
        whole[best].append(result)
    return dict(sorted(whole.items()))


def problem_ids(result: Result) -> set[str]:
    """The problems that a result has rows of."""
    return set(map(_PROBLEM, chain(result.sample_rows, result.scored_pairs)))


def _column(
    label: str, sha256: str, kind: ResultKind, results: Sequence[Result], models: ModelFile
) -> Column:
    problems = sorted({id_ for result in results for id_ in problem_ids(result)}, key=_natural)
    place = {id_: index for index, id_ in enumerate(problems)}
    facts = _facts(results)
    pairs = _pairs(results, place)
    pair_place = {pair.id: index for index, pair in enumerate(pairs)}
    names = _names(results, models)
    return Column(
        label=label,
        sha256=sha256,
        kind=kind,
        problems=tuple(problems),
        released=tuple(facts.get(id_, (None, None))[0] for id_ in problems),
        difficulty=tuple(facts.get(id_, (None, None))[1] for id_ in problems),
        pairs=tuple(pairs),
        rows=tuple(
            _scored_row(row_name, result, pair_place)
            if result.scored_pairs
            else _sample_row(row_name, result, place)
            for row_name, result in zip(names, results, strict=True)
        ),
    )


def _facts(results: Iterable[Result]) -> dict[str, tuple[dt.date | None, str | None]]:
    """Date and difficulty of each problem, from the first row that tells one."""
    facts: dict[str, tuple[dt.date | None, str | None]] = {}
    known = set()
    for result in results:
        rows: Iterable[SampleRow | PreferencePair] = chain(result.sample_rows, result.pairs)
        for row in rows:
            if row.problem_id not in known:
                released, difficulty = facts.get(row.problem_id, (None, None))
                both = released or row.released, difficulty or row.difficulty
                facts[row.problem_id] = both
                if all(both):
                    known.add(row.problem_id)
    return facts


def _pairs(results: Sequence[Result], place: dict[str, int]) -> list[Pair]:
    by_id = {pair.id: pair for result in results for pair in result.pairs}
    owners = {
        scored_pair.pair_id: scored_pair.problem_id
        for result in results
        for scored_pair in result.scored_pairs
    }
    pairs = []
    for id_, problem_id in owners.items():
        pair = by_id.get(id_)
        pairs.append(
            Pair(
                id=id_,
                problem=place[problem_id],
                category=None if pair is None else pair.category,
                gap=None if pair is None else gap_of(pair),
            )
        )
    return sorted(pairs, key=lambda pair: pair.problem)


def _names(results: Sequence[Result], models: ModelFile) -> list[str]:
    """Names on the board: of several runs of a model the newest has the plain name.

    The others are named by what differs from it: their seed, settings or revision, else their day.
    """
    plain = [models.name(subject_name(result.subject)) for result in results]
    newest: dict[str, Result] = {}
    for name, result in zip(plain, results, strict=True):
        kept = newest.setdefault(name, result)
        if result.record.started_at > kept.record.started_at:
            newest[name] = result
    seen: Counter[str] = Counter()
    names = []
    for name, result in zip(plain, results, strict=True):
        if result.record.started_at != newest[name].record.started_at:
            name = f"{name} ({_differing(result, newest[name])})"  # noqa: PLW2901
        seen[name] += 1
        names.append(name if seen[name] == 1 else f"{name} ({seen[name]})")
    return names


def _differing(result: Result, other: Result) -> str:
    """What tells a run from another of the same model, in a few words."""
    own, others = _told_by(result), _told_by(other)
    words = [f"{name} {value}" for name, value in own.items() if value != others.get(name)]
    text = ", ".join(words[:_TOLD])
    return visible(text) or f"run of {result.record.started_at:%Y-%m-%d %H:%M}"


def _told_by(result: Result) -> dict[str, str]:
    """Seed, settings and revision of a run, as far as they are short enough to name it."""
    record = result.record
    sampling = record.config.get("sampling")
    settings = record.config | (sampling if isinstance(sampling, dict) else {})
    settings["seed"] = record.seed
    settings["revision"] = (record.revision or "")[:8]
    short = {name: str(value) for name, value in settings.items() if _is_plain(value)}
    return {name: short[name] for name in sorted(short, key=lambda name: (name != "seed", name))}


def _is_plain(value: object) -> bool:
    return isinstance(value, bool | int | float) or (
        isinstance(value, str) and 0 < len(value) <= _LONGEST_SETTING
    )


def _sample_row(name: str, result: Result, place: dict[str, int]) -> Row:
    rows = sorted(result.sample_rows, key=attrgetter("sample_index"))
    places = [place[row.problem_id] for row in rows]
    width = max(Counter(places).values(), default=0)
    statuses = [row.status for row in rows]
    verdicts = [row.verdict for row in rows]

    def letters(of: Iterable[Status]) -> str:
        by_problem = [""] * len(place)
        for index, status in zip(places, map(id, of), strict=True):
            by_problem[index] += _LETTER_OF[status]
        return "".join(letters.ljust(width, ABSENT) for letters in by_problem)

    def part(name: str) -> str:  # no answer at all fails both kinds of tests
        return letters(
            part or whole
            for part, whole in zip(map(attrgetter(name), verdicts), statuses, strict=True)
        )

    parts = any(map(attrgetter("base_status"), verdicts))
    return Row(
        name=name,
        result=result,
        width=width,
        verdicts=letters(statuses),
        base=part("base_status") if parts else "",
        plus=part("plus_status") if parts else "",
        recorded=VerdictOrigin.RECORDED in map(attrgetter("origin"), verdicts),
    )


def _scored_row(name: str, result: Result, place: dict[str, int]) -> Row:
    letters = [ABSENT] * len(place)
    for scored_pair in result.scored_pairs:
        letter = OUTCOMES[scored_pair.outcome]
        letters[place[scored_pair.pair_id]] = letter.lower() if scored_pair.truncated else letter
    return Row(name=name, result=result, width=1, verdicts="".join(letters))


def _natural(text: str) -> list[tuple[int, int, str]]:
    """A key that sorts ``HumanEval/9`` before ``HumanEval/10``."""
    return [
        (0, int(part), "") if part.isdecimal() and part.isascii() else (1, 0, part)
        for part in re.split(r"([0-9]{1,18})", text)
        if part
    ]


def _with_unique_labels(made: Sequence[Column]) -> list[Column]:
    counts = Counter(column.label for column in made)
    return [
        dataclasses.replace(column, label=f"{column.label} · {column.kind}")
        if counts[column.label] > 1
        else column
        for column in made
    ]
