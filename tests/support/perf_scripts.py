"""The scripts in `perf/` as modules."""

import importlib.util
import sys
from pathlib import Path

PERF = Path(__file__).resolve().parents[2] / "perf"


def load(name):
    """A script by its name, loaded afresh."""
    spec = importlib.util.spec_from_file_location(f"perf_{name}", PERF / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module
