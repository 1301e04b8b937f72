"""`lcbrb.build_policy_page`: trainings of policies as one offline page."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from lcbrb.training.pgrpo.page import render_policy_page
from lcbrb.training.pgrpo.recorded import read_policy_runs


def build_policy_page(runs: Path | str | Sequence[Path | str]) -> str:
    """Make a page that compares the curves of several trainings of policies.

    Args:
        runs: run folders of `lcbrb.train_policy`, finished or not, or folders that contain them.

    Returns:
        The page as HTML, which loads nothing from the network.

    Raises:
        DataUnavailableError: there is no such folder.
        UsageError: there is no training of a policy.
        BadInputError: a file of a run can't be read; file and line are named.
    """
    given = [runs] if isinstance(runs, Path | str) else list(runs)
    return render_policy_page(read_policy_runs([Path(path).expanduser() for path in given]))
