"""Who is told of a training's steps, and of an alarm among them."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterable

from lcbrb.training.pgrpo.alarm import Alarm, Raised
from lcbrb.training.pgrpo.settings import PolicySettings
from lcbrb.types import PolicyStep


def alert(raised: Raised, report_to: str) -> bool:
    """Tell trackio of an alarm, where the training reports to it.

    A training goes on without: a library that is missing, or that knows of no run, is not told.

    Returns:
        Whether it was told.
    """
    if not {"trackio", "all"} & set(report_to.split(",")):
        return False
    try:
        trackio = importlib.import_module("trackio")
        trackio.alert(title="Reward hacking", text=raised.sentence, level=trackio.AlertLevel.WARN)
    except (ImportError, AttributeError, RuntimeError):
        return False
    return True


def on_each_step(
    settings: PolicySettings,
    earlier: Iterable[PolicyStep],
    log: Callable[[str], object],
    advance: Callable[[int], object],
) -> Callable[[PolicyStep], None]:
    """What is to be called with each step of a training: it moves the bar and watches for hacking.

    Nobody is told again of `earlier` steps. `advance` is told how many optimizer steps a step is:
    none at the start, then one.
    """
    alarm = Alarm()
    for step in earlier:
        alarm.told(step)

    def on_step(step: PolicyStep) -> None:
        advance(int(step.step > 0))
        raised = alarm.told(step)
        if raised is not None and settings.formula.reads_thinking:
            log(raised.sentence)
            alert(raised, settings.report_to)

    return on_step
