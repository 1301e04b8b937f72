"""The study as a whole: its cells, one after another, in one process or several, until time is up.

TRL takes half a minute to import and a sandbox has warm processes, so a process runs many cells.
Processes share nothing but the folder: each takes the first cell that is neither done nor under
way.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from lcbrb import codec
from lcbrb.errors import IncompleteRunError, LcbrbError, UsageError
from lcbrb.grading.isolation import sandbox_to_grade
from lcbrb.registry import require
from lcbrb.rewards import reward_model
from lcbrb.rewards.scoring import scores_texts
from lcbrb.runs.folder import under_way
from lcbrb.training.study.budget import Budget, budget, left_of
from lcbrb.training.study.cell import Ground, run_cell
from lcbrb.training.study.evaluation import Grading
from lcbrb.training.study.folder import PAGE, StudyFolder
from lcbrb.training.study.grid import Cell, Preset, cells
from lcbrb.training.study.page import Done, render_study
from lcbrb.training.study.process import in_processes, prepare_process
from lcbrb.training.study.results import FailedCell
from lcbrb.training.study.task import Part, benchmark
from lcbrb.training.study.warm_policy import WarmPolicy, check_bounds, find, make

_WAIT_S = 2.0  # between looks at what other processes have left

Say = Callable[[str], object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What to run, where and for how long.

    Attributes:
        out: the study's folder.
        preset: settings, and what a cell takes.
        seeds: how many.
        until: a time (`time.time`) after which no cell begins that is not likely to end by then;
            None: until all is done.
        processes: on as many cores, each with one thread.
        isolation: the least level at which programs may run; None: as `lcbrb grade` has it.
    """

    out: Path
    preset: Preset
    seeds: int
    until: float | None = None
    processes: int = 1
    isolation: str | None = None

    @property
    def folder(self) -> StudyFolder:
        """The study's."""
        return StudyFolder(path=self.out, settings=self.preset.settings)

    def open(self) -> None:
        """Make the folder, or see that it holds this study; fewer seeds than planned are a part."""
        self.folder.open(max(self.seeds, self.preset.seeds))

    def budget(self) -> Budget:
        """What is left, and what it costs."""
        return budget(self.folder, self.preset, self.seeds, self.processes)


def run_study(plan: Plan, say: Say = lambda _: None) -> Budget:
    """Run what is left of a study for as long as there is time, and write its page.

    Returns:
        What is left then.

    Raises:
        UsageError: the folder holds another study.
        MissingExtraError: TRL is not installed.
        SetupError: no sandbox, or nothing can be written.
        IncompleteRunError: a training failed, or a process ended by an error, or a warm policy is
            none to train from; what was done is kept, and the page is written.
    """
    require(("trl",), "lcbrb train study")
    folder = plan.folder
    plan.open()
    for cell in cells(plan.preset.settings, plan.seeds):
        folder.failed_file(cell).unlink(missing_ok=True)  # it is tried again
    try:
        with under_way(folder.path):
            if plan.budget().cells_left:
                if plan.processes == 1:
                    work(plan, say)
                else:
                    in_processes(plan.processes, _work, plan)
    finally:
        write_page(folder)
    if failed := folder.failures():
        raise IncompleteRunError(
            f"{len(failed)} trainings failed; the first is seed {failed[0].seed}, "
            f"{failed[0].condition}: {failed[0].message}. All others are kept; run the same "
            "command again to retry these"
        )
    return plan.budget()


def write_page(folder: StudyFolder) -> Path:
    """The page of what is done so far."""
    page = folder.path / PAGE
    done = Done(
        cells=folder.results(),
        warm=folder.warm_results(),
        failed=folder.failures(),
        planned=folder.planned(),
    )
    codec.write_text(page, render_study(folder.settings, done))
    return page


def _work(plan: Plan) -> None:
    """In a process of its own."""
    try:
        work(plan, _to_stderr)
    except LcbrbError as error:
        _to_stderr(str(error))
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        sys.exit(130)


def _to_stderr(message: str) -> None:
    sys.stderr.write(f"[{os.getpid()}] {message}\n")
    sys.stderr.flush()


def work(plan: Plan, say: Say) -> None:
    """Make the warm policies, then take cells until none is left, or the time is up.

    A training begins when all policies are there and can be trained from, so that a warm-up may
    still be changed.
    """
    prepare_process()
    settings, folder = plan.preset.settings, plan.folder
    wanted, spec = list(cells(settings, plan.seeds)), settings.reward_model
    held_out = benchmark(settings.task, Part.HELD_OUT, settings.problems)
    sandbox = sandbox_to_grade(held_out, plan.isolation)
    try:
        ground = Ground(
            settings=settings,
            grading=Grading(benchmark=held_out, sandbox=sandbox),
            held_out=held_out.problems,
            given=scores_texts(reward_model(spec), ", as a thinking score") if spec else None,
        )
        if not _all_warmed({cell.seed for cell in left_of(folder, wanted)}, plan, ground, say):
            return
        while left := _to_try(folder, wanted):
            if not _in_time(plan, plan.budget().cell_s, say):
                return
            if not any(_tried(cell, plan, ground, say) for cell in left):
                time.sleep(_WAIT_S)
    finally:
        sandbox.close()


def _in_time(plan: Plan, takes_s: float, say: Say) -> bool:
    """Whether what begins now is likely to end in time."""
    if plan.until is None or time.time() + takes_s <= plan.until:
        return True
    say("the time limit (--hours) is reached")
    return False


def _all_warmed(seeds: set[int], plan: Plan, ground: Ground, say: Say) -> bool:
    """Make the seeds' warm policies, or wait for those that another process makes.

    False where there is no time to.
    """
    left = sorted(seeds)
    while left:
        others = []
        for seed in left:
            kept = find(plan.folder.warm_folder(seed), plan.preset.settings)
            if kept is None and not _in_time(plan, plan.budget().warm_up_s, say):
                return False
            if _warm(seed, plan, ground, say) is None:
                others.append(seed)
        if others:
            time.sleep(_WAIT_S)
        left = others
    return True


def _to_try(folder: StudyFolder, wanted: Sequence[Cell]) -> list[Cell]:
    """The cells that have no result and did not fail."""
    return [cell for cell in left_of(folder, wanted) if not folder.failed_file(cell).exists()]


def _tried(cell: Cell, plan: Plan, ground: Ground, say: Say) -> bool:
    """Run a cell, unless another process has it or makes its warm policy."""
    folder = plan.folder
    with folder.claim(cell.name) as ours:
        if not ours or cell not in _to_try(folder, [cell]):
            return False
        warm = _warm(cell.seed, plan, ground, say)
        if warm is None:
            return False
        say(f"{cell.name}: training")
        try:
            result = run_cell(cell, ground, warm)
        except IncompleteRunError as error:
            failed = FailedCell(condition=cell.condition.name, seed=cell.seed, message=str(error))
            folder.keep(failed, folder.failed_file(cell))
            say(f"{cell.name}: failed, {error}")
            return True
        folder.keep(result, folder.cell_file(cell))
        say(
            f"{cell.name}: pass@1 {result.measured.pass_at_1:.3f}, greedy "
            f"{result.measured.greedy_pass:.3f}, {result.wall_s:.0f} s"
        )
        return True


def _warm(seed: int, plan: Plan, ground: Ground, say: Say) -> WarmPolicy | None:
    """The seed's warm policy, made if need be; None while another process makes it.

    Raises:
        UsageError: it is not the one that was measured before.
        IncompleteRunError: it is outside the bounds that all trainings must begin in.
    """
    folder, settings = plan.folder, plan.preset.settings
    with folder.claim(f"warm-{seed}") as ours:
        warm = find(folder.warm_folder(seed), settings)
        if warm is None:
            if not ours:
                return None
            say(f"seed {seed}: warming up")
            place = folder.warm_folder(seed)
            warm = make(place, settings, seed, ground.grading, ground.held_out, say)
        _check_same(folder, warm)
        if ours and not folder.warm_file(seed).exists():
            folder.keep(warm.result, folder.warm_file(seed))
        check_bounds(warm.result, settings)
        return warm


def _check_same(folder: StudyFolder, warm: WarmPolicy) -> None:
    """Refuse to go on with a seed whose policy was made again and is another one.

    Raises:
        UsageError: it is.
    """
    seed = warm.result.seed
    before = [result for result in folder.warm_results() if result.seed == seed]
    if before and before[0].measured.right != warm.result.measured.right:
        raise UsageError(
            f"the warm policy of seed {seed} was lost, and came out differently when it was "
            "trained again (another machine or library version): remove "
            f"{folder.warm_file(seed).parent} to train this seed again"
        )
