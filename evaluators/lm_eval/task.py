"""`lm-eval:TASK`: a task of lm-evaluation-harness, asked through our policies (extra `lm-eval`).

``lm-eval:gsm8k``, ``lm-eval:my_task?include=DIR&fewshot=5``. The harness makes the prompts, reads
the replies and computes its metrics; see ``docs/lm-eval.md``. Written against version 0.4.13.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar

from pydantic import NonNegativeInt

from lcbrb.config import build
from lcbrb.errors import DataUnavailableError, LcbrbError, UnknownNameError, UsageError, first_line
from lcbrb.imports.lm_eval_rows import problem_of, version_of
from lcbrb.protocols.benchmark import Benchmark
from lcbrb.registry import Spec, require
from lcbrb.types import Problem

EXTRA = ("lm_eval",)


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What ``lm-eval:TASK?…`` takes.

    `include` is a folder of task files; then only those are indexed, which is quicker. `fewshot` is
    the number of worked examples, where the task does not fix it at none.
    """

    include: str | None = None
    fewshot: NonNegativeInt | None = None


def task(spec: Spec) -> HarnessTask:
    """The task, or group of tasks, that a spec names; its data is loaded.

    Raises:
        MissingExtraError: lm-eval is not installed.
        UnknownNameError: no such task.
        UsageError: an option that does not fit, or a task that can't be asked.
        DataUnavailableError: its data is not to be had.
    """
    options = build(Options, spec.options, spec.kind)
    if not spec.target:
        raise UsageError("lm-eval needs a task: lm-eval:TASK, or lm-eval:TASK?include=DIR")
    require(EXTRA, spec.text)
    if not sys.stderr.isatty():
        os.environ.setdefault("TQDM_DISABLE", "1")  # its bars are for people
    import lm_eval
    from lm_eval.tasks import TaskManager

    if options.include is not None and not Path(options.include).is_dir():
        raise DataUnavailableError(f"{options.include}: no such folder of tasks")
    manager = TaskManager(include_path=options.include, include_defaults=options.include is None)
    if spec.target not in manager.all_tasks:
        raise UnknownNameError("task of lm-eval", spec.target, manager.all_tasks)
    try:
        loaded = manager.load([spec.target])
        shots = f"?fewshot={options.fewshot}" if options.fewshot else ""
        harness_task = HarnessTask(
            name=f"lm-eval:{spec.target}{shots}",  # wherever the task's file lies
            version=version_of(
                [part.VERSION for part in loaded["tasks"].values()], lm_eval.__version__
            ),
            target=spec.target,
            harness=lm_eval.__version__,
            manager=manager,
            tasks=loaded["tasks"],
            options=options,
        )
        harness_task.load()
    except LcbrbError:
        raise
    except Exception as error:  # other people's task: its loading may raise anything
        raise DataUnavailableError(
            f"the task {spec.target} of lm-eval did not load ({type(error).__name__}: "
            f"{first_line(error)}): its data comes from the hub, unless the task names local "
            "files"
        ) from error
    return harness_task


@dataclass(frozen=True, kw_only=True)
class HarnessTask(Benchmark):
    """A benchmark whose problems are a task's documents; the harness asks and grades it."""

    own_run: ClassVar[str] = "evaluators.lm_eval.run:bench_task"

    name: str
    version: str
    target: str  # the task's or group's own name
    harness: str  # the version of lm-eval
    manager: Any = field(repr=False)
    tasks: Mapping[str, Any] = field(repr=False)  # by name; several where it is a group
    options: Options = Options()
    metric: str = "lm-eval's own"

    @cached_property
    def _problems(self) -> tuple[Problem, ...]:
        return tuple(
            problem_of(name, at, document, part.doc_to_target(document))
            for name, part in self.tasks.items()
            for at, document in enumerate(part.eval_docs)
        )

    def load(self) -> Sequence[Problem]:
        """A problem for each document: its fields as JSON, and its target."""
        return self._problems
