"""A board: what a page needs to know, put together and written."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from lcbrb.errors import BadInputError, UsageError
from lcbrb.models.overlap import trained_on_count
from lcbrb.protocols.sandbox import IN_PROCESS
from lcbrb.rewards.metrics.length_gap import GAPS
from lcbrb.runs.folder import now
from lcbrb.runs.record import JUDGED_BY, judge_of, tests_in_reach
from lcbrb.runs.results import HEADLINES, Result, ResultKind, read_results
from lcbrb.stats.groups import ALPHA, DECISION
from lcbrb.types import Estimate, JsonValue, RunKind, Status
from lcbrb.types.short_repr import ShortRepr
from lcbrb.version import __version__
from leaderboards.columns import LETTERS, Column, Row, columns, subject_name
from leaderboards.models import NO_FILE, ModelFile, ModelInfo, model_info, read_models
from leaderboards.page import render
from leaderboards.scoring import RANKED_COVERAGE, Standing, standings
from leaderboards.texts import StatementsOf, Texts, pack_texts

_SHOWN_SETTINGS = (
    "limit",
    "isolation",
    "n",
    "temperature",
    "top_p",
    "max_tokens",
    "verdicts",
    JUDGED_BY,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What a user says about a board.

    `texts_mib` is the room for texts in the page; `statements` gives a benchmark's statements by
    problem (`evaluators.statements_of`), where they are to be among these.
    """

    title: str = "Leaderboard"
    texts_mib: float = 2.0
    models: Path | None = None
    statements: StatementsOf | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Board(ShortRepr):
    """A page that was built, what is on it, and what the user should know of it."""

    html: str
    models: int
    benchmarks: int
    texts: Texts
    notes: tuple[str, ...]


def build_board(runs: Path | str | Sequence[Path | str], options: Options | None = None) -> Board:
    """Read run folders and make the page.

    Args:
        runs: a run folder, or a folder of them; or several of these.
        options: title, budget, facts about models.

    Raises:
        UsageError: options are none.
        LcbrbError: a path holds no run, a file can't be read, or an option can't be used.
    """
    options = options or Options()
    if not isinstance(options, Options):
        raise UsageError("give the options of a board as leaderboards.Options(title=…)")
    if not 0.0 <= options.texts_mib < float("inf"):
        raise UsageError(f"--texts-mb must be 0 or more, not {options.texts_mib}")
    file = read_models(options.models) if options.models else NO_FILE
    broken: list[BadInputError] = []
    given = [runs] if isinstance(runs, Path | str) else list(runs)
    paths = [Path(path).expanduser() for path in given]
    results = _once(_measured(read_results(paths, broken.append)))
    all_columns = columns(results, file)
    unused = file.unused(subject_name(result.subject) for result in results)
    notes = [f"a run was left out because it can't be read: {error}" for error in broken]
    notes += [f"{options.models}: no run of {name!r}" for name in unused]
    scored = [(column, standings(column)) for column in all_columns]
    notes += [
        f"{standing.row.name} on {column.label}: {doubt['text']}"
        for column, rows in scored
        for standing in rows
        for doubt in _doubts(column, standing)
    ]
    texts = pack_texts(all_columns, options.texts_mib, options.statements)
    notes += texts.notes
    infos = _models(all_columns, file)
    meta = _meta(options.title, scored, infos, texts)
    return Board(
        html=render(options.title, meta, _data(all_columns), texts.chunks, scored),
        models=len(infos),
        benchmarks=len(all_columns),
        texts=texts,
        notes=tuple(dict.fromkeys(notes)),
    )


def _measured(results: Sequence[Result]) -> list[Result]:
    """Without trainings, whose evaluation is a run of its own in the same folder.

    Raises:
        UsageError: there is nothing else.
    """
    measured = [result for result in results if result.record.kind != RunKind.TRAINING]
    if not measured:
        raise UsageError(
            "there are only trainings without held-out pairs, which have no figures to show"
        )
    return measured


def _once(results: Sequence[Result]) -> list[Result]:
    """A run that is met twice, as in a copied folder, counts once."""
    kept: dict[tuple[str, str, str], Result] = {}
    for result in results:
        kept.setdefault((result.record.run_id, result.record.benchmark, result.subject), result)
    return list(kept.values())


def _models(shown: Sequence[Column], file: ModelFile) -> dict[str, ModelInfo]:
    """What is known of each row's model; several runs of a model share its facts, not its name."""
    runs: dict[str, list[Result]] = defaultdict(list)
    for column in shown:
        for row in column.rows:
            runs[row.name].append(row.result)
    return {
        name: model_info(
            file.name(subject_name(results[0].subject)),
            file,
            [result.record.config for result in results],
        )
        for name, results in runs.items()
    }


def _doubts(column: Column, standing: Standing) -> list[dict[str, str]]:
    """What a reader of a row's score must know: a word for a badge, and a sentence."""
    doubts = []
    record = standing.row.result.record
    judge = judge_of(record)
    failures = standing.row.verdicts.count(LETTERS[Status.HARNESS_ERROR])
    if failures:
        what = "have no verdict because the runner failed: run its command again"
        if judge:
            what = f"have no verdict of {judge}"
        doubts.append(("no verdict", f"{failures} of its samples {what}"))
    if not record.complete and not record.counts.get(Status.HARNESS_ERROR.value):
        doubts.append(("unfinished", "the run is not finished"))
    if judge:
        doubts.append(("recorded", f"verdicts and figures come from {judge}, not verified here"))
    elif standing.row.recorded:
        doubts.append(("recorded", "verdicts come from the recorded file"))
    if level := tests_in_reach(record):
        doubts.append(
            ("tests in reach", f"its programs could have read the tests: isolation {level}")
        )
    if shared := trained_on_count(record):
        what = "of the problems in its score, which it may remember"
        doubts.append(("trained on", f"it was trained on {shared} {what}"))
    if record.config.get("integrity") == IN_PROCESS:
        doubts.append(
            ("in process", "tests ran in the programs' own processes, where results can be forged")
        )
    if (
        standing.contradicted
        and standing.recorded
        and standing.estimate
        and column.kind is not ResultKind.FIGURES
    ):
        said, counted = (f"{100 * of.value:.1f}%" for of in (standing.recorded, standing.estimate))
        doubts.append(
            ("check", f"the record says {said} but its rows {counted}; the rows are used")
        )
    return [{"badge": badge, "text": text} for badge, text in doubts]


# ------------------------------------------------------------------------------ for the page


def _meta(
    title: str,
    scored_columns: Sequence[tuple[Column, Sequence[Standing]]],
    infos: dict[str, ModelInfo],
    texts: Texts,
) -> dict[str, JsonValue]:
    methods: dict[str, int] = {}
    names = list(infos)
    return {
        "title": title,
        "made_at": now().isoformat(timespec="seconds"),
        "lcbrb": __version__,
        "alpha": ALPHA,
        "decision": DECISION,
        "ranked_coverage": RANKED_COVERAGE,
        "letters": {letter: status.value for status, letter in LETTERS.items()},
        "harness": LETTERS[Status.HARNESS_ERROR],
        "gaps": list(GAPS),
        "models": [_model(name, infos[name]) for name in names],
        "columns": [
            _column(column, rows, names, methods, texts, number)
            for number, (column, rows) in enumerate(scored_columns)
        ],
        "methods": list(methods),  # filled above
        "texts": {"shown": texts.shown, "total": texts.total},
    }


def _model(name: str, info: ModelInfo) -> JsonValue:
    return {
        "name": name,
        "size_b": info.size_b,
        "size_from": info.size_from,
        "released": _day(info.released),
        "cutoff": _day(info.cutoff),
    }


def _column(  # noqa: PLR0913, PLR0917 - a column, and what numbers its models, methods and texts
    column: Column,
    scored: Sequence[Standing],
    names: Sequence[str],
    methods: dict[str, int],
    texts: Texts,
    number: int,
) -> JsonValue:
    doubts = {standing.row.name: _doubts(column, standing) for standing in scored}
    return {
        "label": column.label,
        "sha256": column.sha256,
        "kind": column.kind.value,
        "headline": str(HEADLINES[column.kind]) if column.kind in HEADLINES else None,
        "chunks": texts.pairs.get(number, []),
        "statements": texts.statements.get(number, []),
        "rows": [
            {
                "model": names.index(row.name),
                "width": row.width,
                "estimates": {
                    str(metric): _estimate(estimate, methods)
                    for metric, estimate in row.result.record.estimates.items()
                },
                "record": _record(row),
                "doubts": doubts[row.name],
                "chunks": texts.rows.get((number, place), []),
            }
            for place, row in enumerate(column.rows)
        ],
    }


def _estimate(estimate: Estimate, methods: dict[str, int]) -> JsonValue:
    method = methods.setdefault(estimate.method, len(methods))
    return [estimate.value, estimate.low, estimate.high, estimate.n, estimate.clusters, method]


def _record(row: Row) -> JsonValue:
    """What the record says of the run; paths of the machine it ran on stay there."""
    record = row.result.record
    settings = {
        key: record.config[key] for key in _SHOWN_SETTINGS if record.config.get(key) is not None
    }
    return {
        "revision": record.revision,
        "started_at": record.started_at.isoformat(timespec="minutes"),
        "wall_s": record.wall_s,
        "seed": record.seed,
        "complete": record.complete,
        "coverage": record.coverage,
        "counts": record.counts,
        "settings": {key: str(value) for key, value in settings.items()},
        "environment": record.environment,
        "notes": list(record.notes),
    }


def _data(shown: Sequence[Column]) -> JsonValue:
    return [
        {
            "problems": list(column.problems),
            "released": [_day(day) for day in column.released] if any(column.released) else [],
            "difficulty": list(column.difficulty) if any(column.difficulty) else [],
            "pairs": {
                "problem": [pair.problem for pair in column.pairs],
                "category": [pair.category for pair in column.pairs],
                "gap": [pair.gap for pair in column.pairs],
            },
            "letters": [[row.verdicts, row.base, row.plus] for row in column.rows],
        }
        for column in shown
    ]


def _day(day: dt.date | None) -> str:
    return "" if day is None else day.isoformat()
