"""`lcbrb.create_environment` and its kin: interpreters with a benchmark's own libraries."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from evaluators import benchmark as open_benchmark
from lcbrb.codec import write_text
from lcbrb.engine.local import LocalExecutor
from lcbrb.environments import store
from lcbrb.environments.create import Wanted, create
from lcbrb.environments.definition import Definition, definition, packaged
from lcbrb.environments.store import Environment
from lcbrb.errors import UsageError
from lcbrb.grading.grader import Grader
from lcbrb.grading.isolation import interpreter_for, sandbox_to_grade
from lcbrb.harness.run import Part, bench_recorded
from lcbrb.protocols.policy import Replayed
from lcbrb.protocols.progress import SILENT, Progress
from lcbrb.runs.folder import kept_in
from lcbrb.sources.problems.gold_table import known_causes
from lcbrb.validation.gold import GOLD
from lcbrb.validation.gold_passes import GoldPasses, gold_completions, measured, table_of


def create_environment(
    name: str,
    *,
    python: str | None = None,
    options: Sequence[str] = (),
    data: Mapping[str, Path | str] | None = None,
    progress: Progress = SILENT,
) -> Environment:
    """Make the environment in which a benchmark's programs run, or finish one that was interrupted.

    Args:
        name: of the environment (``bigcodebench``), or a folder with a definition of your own.
        python: a version (``3.10``) or an executable; None: the best that is found here.
        options: what to add (``tensorflow``).
        data: folders to copy into it, by the definition's names for them (``nltk_data``).
        progress: receives the progress of the work.

    Raises:
        UsageError: no such environment or option, or there is no lock for such a Python.
        SetupError: no Python, no room on the disk, no package index, or what is installed is not
            as it should be; nothing half-made is taken for whole.
    """
    folders = {key: Path(path).expanduser() for key, path in (data or {}).items()}
    wanted = Wanted(
        definition=definition(name), python=python, options=tuple(options), data=folders
    )
    return create(wanted, progress)


def verify_environment(
    name: str,
    *,
    python: str | None = None,
    passes: int = 1,
    limit: int | None = None,
    seed: int = 0,
    out: Path | str | None = None,
    table: Path | str | None = None,
    isolation: str | None = None,
    progress: Progress = SILENT,
) -> GoldPasses:
    """Run all gold solutions of a benchmark in its environment, and compare with the gold table.

    Args:
        name: of the environment, or the folder of its definition.
        python: its version (``3.10``); None: the best that is here.
        passes: how many times to run all gold solutions; one that passes only in some runs is
            flaky.
        limit: run only this many gold solutions, drawn at random.
        seed: for the draw.
        out: folder for the results, in which a stopped run can be resumed; None: nothing is kept.
        table: a file (TOML) for the gold table that these passes make; causes that are known stay.
        isolation: the lowest level of isolation at which programs may run; None: the usual one.
        progress: receives the progress of the work.

    Raises:
        UsageError: the environment belongs to no benchmark that has golds, or to one whose
            programs run elsewhere; `out` holds another run; a table of some golds only.
        SetupError: the environment is not there, or not whole.
    """
    if table is not None and limit is not None:
        raise UsageError("a gold table needs all gold solutions: leave --limit out")
    of = definition(name)
    here = store.find(of, python)
    if not of.settings.benchmark:
        raise UsageError(
            f"{name} belongs to no benchmark, so there are no gold solutions to run in it"
        )
    bench = open_benchmark(of.settings.benchmark.replace("{python}", here.python))
    if interpreter_for(bench) != store.interpreter_of(of, here):
        raise UsageError(f"{bench.name} does not use the environment {name}")
    part = Part(benchmark=bench, subject=GOLD, policies=(GOLD,), limit=limit, seed=seed)
    replayed = Replayed(completions=gold_completions(bench, part.problems(), passes), unknown={})
    sandbox = sandbox_to_grade(bench, isolation)
    grader = Grader(benchmark=bench, sandbox=sandbox, executor=LocalExecutor())
    try:
        with (
            kept_in(out) as folder,
            progress.bar(bench.name, len(replayed.completions), "golds") as advance,
        ):
            result = bench_recorded(part, replayed, grader, folder, lambda: advance(1))
    finally:
        sandbox.close()
    graded = zip(result.completions, result.verdicts, strict=True)
    findings = measured(of, here, bench.version, graded)
    if table is not None:
        made = table_of(findings, known_causes(of, here.python), here)
        write_text(Path(table).expanduser(), made.toml())
    return findings


def list_environments() -> list[Environment]:
    """Every environment here, whole or not.

    Raises:
        OSError: their folder can't be read.
    """
    return list(store.environments())


def known_environments() -> list[Definition]:
    """The environments that can be made by name.

    Raises:
        BadInputError: a definition can't be used.
    """
    return [definition(name) for name in packaged()]


def remove_environment(name: str, *, python: str | None = None) -> list[Path]:
    """Remove an environment, whole or not; the folders that are gone.

    Args:
        name: of the environment.
        python: its version (``3.10``); None: all that there are.

    Raises:
        UnknownNameError: there is none.
    """
    return store.remove(name, python)
