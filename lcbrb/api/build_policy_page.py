"""`lcbrb.build_policy_page`: trainings of policies as one offline page."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from lcbrb.training.pgrpo.page import render_policy_page
from lcbrb.training.pgrpo.recorded import read_policy_runs


def build_policy_page(runs: Path | str | Sequence[Path | str]) -> str:
    """Put the curves of trainings of policies over one another, with replies and settings.

    Args:
        runs: folders of `lcbrb.train_policy`, or folders that hold such; finished or not.

    Returns:
        The page, which asks no other machine for anything.

    Raises:
        DataUnavailableError: there is no such folder.
        UsageError: no training of a policy lies there.
        BadInputError: a file of a run can't be read; file and line are named.
    """
    given = [runs] if isinstance(runs, Path | str) else list(runs)
    return render_policy_page(read_policy_runs([Path(path).expanduser() for path in given]))
