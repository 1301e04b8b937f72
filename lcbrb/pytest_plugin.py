"""The `lcbrb_gate` fixture: a gate as a test (docs/gate.md).

pytest loads this module in every session of an environment that lcbrb is installed in, so it
imports nothing of lcbrb before the fixture is asked for.

::

    def test_no_regression(lcbrb_gate):
        lcbrb_gate("runs/baseline", "runs/candidate", config="gate.toml")
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from lcbrb.gates import GateReport


@pytest.fixture
def lcbrb_gate() -> Callable[..., GateReport]:
    """A function of baseline and candidate that fails the test where the gate does not pass.

    Its options are `config` (a gate.toml) and `strict`; it gives back the report.
    """
    import lcbrb
    from lcbrb.gates import exit_code
    from lcbrb.gates.check_text import finding, headline, too_small

    def gate(
        baseline: str | PathLike[str],
        candidate: str | PathLike[str],
        *,
        config: str | PathLike[str] | None = None,
        strict: bool = False,
    ) -> GateReport:
        settings = None if config is None else Path(config)
        report = lcbrb.gate(Path(baseline), Path(candidate), config=settings)
        if exit_code(report, strict=strict):
            lines = [headline(report), *map(finding, report.checks)]
            pytest.fail("\n".join(lines), pytrace=False)
        for warning in too_small(report):
            warnings.warn(warning, stacklevel=2)
        return report

    return gate
