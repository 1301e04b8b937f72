"""BigCodeBench and BigCodeBench-Hard: functions that use many libraries, graded by unit tests.

Metric: pass@1, calibrated as upstream does (v0.2: the prompt's code and ``pass`` go before every
solution). Programs run in the environment ``bigcodebench`` (`lcbrb env create bigcodebench`).

Names: ``bigcodebench``, ``bigcodebench:instruct``, ``bigcodebench-hard``. Options:
``calibrated=false``; ``tasks=all`` keeps tasks whose golds are known to fail in this environment,
which are left out otherwise, and named; ``python=3.11`` takes the environment for that Python.

Where this differs from the official checker, on purpose: docs/bigcodebench.md.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from lcbrb.config import build
from lcbrb.environments import store
from lcbrb.environments.definition import definition
from lcbrb.errors import SetupError, UnknownNameError
from lcbrb.grading.problem_set import ProblemSet
from lcbrb.prompts.code import completing_module, writing_module
from lcbrb.protocols.sandbox import Workplace
from lcbrb.registry import Spec
from lcbrb.sources.problems import bigcodebench as source
from lcbrb.sources.problems.gold_table import excluded
from lcbrb.types import JsonValue

ENVIRONMENT = "bigcodebench"
#: what most tasks import: a program's process is a fork of one that has them
WORKPLACE = Workplace(
    preload=tuple(
        "unittest unittest.mock subprocess socket tempfile shutil csv logging pathlib "
        "urllib.request numpy numpy.testing numpy.random pandas matplotlib.pyplot "
        "scipy.stats scipy.optimize "
        "sklearn.linear_model sklearn.model_selection sklearn.preprocessing sklearn.cluster "
        "sklearn.decomposition sklearn.metrics sklearn.feature_extraction.text seaborn requests "
        "bs4 pytz dateutil.parser".split()
    ),
    processes=True,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Options:
    calibrated: bool = True
    tasks: str = "sound"
    python: str | None = None


def full(spec: Spec) -> ProblemSet:
    """All 1,140 tasks, but those that can't be solved in this environment."""
    return _problems(spec, hard=False)


def hard(spec: Spec) -> ProblemSet:
    """The 148 tasks of BigCodeBench-Hard."""
    return _problems(spec, hard=True)


def _problems(spec: Spec, *, hard: bool) -> ProblemSet:
    options = build(_Options, spec.options, spec.kind)
    if spec.target not in {"", "complete", "instruct"}:
        raise UnknownNameError(f"form of {spec.kind}", spec.target, ["complete", "instruct"])
    if options.tasks not in {"sound", "all"}:
        raise UnknownNameError("choice of tasks", options.tasks, ["sound", "all"])
    instruct = spec.target == "instruct"
    version, tasks = source.load_tasks(spec, instruct=instruct, calibrate=options.calibrated)
    if hard:
        tasks = [task for task in tasks if task.problem.id in source.hard_ids()]
    settings: dict[str, JsonValue] = {
        "form": "instruct" if instruct else "complete",
        "calibrated": options.calibrated,
    }
    if options.calibrated:
        settings["calibration"] = f"{{code_prompt}}{source.CALIBRATION}{{solution}}"
    notes: tuple[str, ...] = ()
    environment = _environment(options.python)
    if environment is not None and environment.record is not None:
        settings["environment"] = environment.record.label
        if options.tasks == "sound":
            left_out = excluded(definition(ENVIRONMENT), environment, version)
            there = {task.problem.id for task in tasks}
            settings["excluded"] = [name for name in left_out if name in there]
            notes = left_out.notes(there)
            tasks = [task for task in tasks if task.problem.id not in left_out]
    code = {task.problem.id: task.code_prompt for task in tasks}
    asking = partial(writing_module, code=code) if instruct else completing_module
    return ProblemSet(
        name=spec.text,
        version=version,
        problems=[task.problem for task in tasks],
        asking=asking,
        notes=notes,
        environment=f"{ENVIRONMENT}@{options.python}" if options.python else ENVIRONMENT,
        workplace=WORKPLACE,
        settings=settings,
    )


def _environment(python: str | None) -> store.Environment | None:
    """The environment here; None where there is none, which grading will say."""
    try:
        return store.find(definition(ENVIRONMENT), python)
    except SetupError:
        return None
