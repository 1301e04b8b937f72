"""What importing `lcbrb.stats` brings with it."""

from __future__ import annotations

import subprocess
import sys


def test_importing_stats_stays_light() -> None:
    heavy = "{'scipy', 'pandas', 'statsmodels', 'torch', 'pydantic'}"
    code = f"import sys, lcbrb.stats; print({heavy} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
