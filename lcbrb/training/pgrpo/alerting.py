"""An alarm handed on to the service that a training reports to."""

from __future__ import annotations

import importlib

from lcbrb.training.pgrpo.alarm import Raised


def alert(raised: Raised, report_to: str) -> bool:
    """Tell trackio of an alarm, where the training reports to it.

    A training goes on without: a library that is missing, or that knows of no run, is not told.

    Args:
        raised: the alarm.
        report_to: as in `PolicySettings`.

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
