"""What a study still costs, told before anything runs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from lcbrb.training.study.folder import StudyFolder
from lcbrb.training.study.grid import Cell, Preset, cells

_HOUR_S = 3600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """Work left, and what a piece of it takes.

    `measured` says whether the times are of this study's own cells, or the preset's guess.
    """

    cells: int
    cells_left: int
    warm_ups_left: int
    cell_s: float
    warm_up_s: float
    processes: int
    measured: bool

    @property
    def hours(self) -> float:
        """Until all is done, with so many processes on as many cores."""
        work_s = self.cells_left * self.cell_s + self.warm_ups_left * self.warm_up_s
        return work_s / self.processes / _HOUR_S

    def told(self, hours: float | None) -> str:
        """The budget in a few sentences, beside the hours that the user gives."""
        source = "measured here" if self.measured else "as measured elsewhere"
        text = (
            f"{self.cells_left} of {self.cells} trainings are left, {self.cell_s / 60:.1f} minutes "
            f"each, and {self.warm_ups_left} warm-ups, {self.warm_up_s / 60:.1f} minutes each "
            f"({source}): {self.hours:.1f} hours with {self.processes} "
            f"process{'es' if self.processes > 1 else ''}."
        )
        if hours is None:
            return text
        if hours >= self.hours:
            return f"{text} {hours:g} hours are given, which should be enough."
        return (
            f"{text} {hours:g} hours are given: run the same command again for what is left by "
            "then."
        )


def budget(folder: StudyFolder, preset: Preset, seeds: int, processes: int) -> Budget:
    """What is left in a study's folder."""
    done, warm = folder.results(), folder.warm_results()
    wanted = list(cells(preset.settings, seeds))
    left = left_of(folder, wanted)
    cold = {cell.seed for cell in left} - {result.seed for result in warm}
    return Budget(
        cells=len(wanted),
        cells_left=len(left),
        warm_ups_left=len(cold),
        cell_s=_mean([result.wall_s for result in done], preset.cell_s),
        warm_up_s=_mean([result.wall_s for result in warm], preset.warm_up_s),
        processes=processes,
        measured=bool(done),
    )


def left_of(folder: StudyFolder, wanted: Sequence[Cell]) -> list[Cell]:
    """The cells that are not done."""
    return [cell for cell in wanted if not folder.cell_file(cell).exists()]


def _mean(values: Sequence[float], otherwise: float) -> float:
    return sum(values) / len(values) if values else otherwise
