"""lcbrb: does this reward model know good reasoning from bad?

::

    pairs = lcbrb.load_pairs("rm-bench:code")
    report = lcbrb.evaluate(["length", "hf:ORG/NAME"], pairs)
    run = lcbrb.bench("hf:ORG/NAME", "humaneval+", n=8, out="runs/x")
    verdicts = lcbrb.grade("humaneval+", {"HumanEval/0": program})
    built = lcbrb.build_pairs("livecodebench@v6", "replay:samples/*.jsonl", "pairs.jsonl")
    result = lcbrb.gate("runs/base", "runs/candidate")

Importing this loads nothing heavy: a function is loaded when it is first asked for.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from lcbrb.api.bench import BenchReport, bench
    from lcbrb.api.evaluate import BestOfReport, EvalReport, best_of, evaluate, load_pairs
    from lcbrb.api.gate import calibrate_gate, gate
    from lcbrb.api.grade import grade
    from lcbrb.api.pairs import BuiltPairs, build_pairs
    from lcbrb.api.read import RunFrames, read_runs
    from lcbrb.api.validate import Validation, validate

__version__ = "0.1.0"

#: what `lcbrb` offers, and the module that holds it
_FACE = {
    "load_pairs": "lcbrb.api.evaluate",
    "evaluate": "lcbrb.api.evaluate",
    "best_of": "lcbrb.api.evaluate",
    "bench": "lcbrb.api.bench",
    "grade": "lcbrb.api.grade",
    "validate": "lcbrb.api.validate",
    "build_pairs": "lcbrb.api.pairs",
    "read_runs": "lcbrb.api.read",
    "gate": "lcbrb.api.gate",
    "calibrate_gate": "lcbrb.api.gate",
    "EvalReport": "lcbrb.api.evaluate",
    "BestOfReport": "lcbrb.api.evaluate",
    "BenchReport": "lcbrb.api.bench",
    "Validation": "lcbrb.api.validate",
    "BuiltPairs": "lcbrb.api.pairs",
    "RunFrames": "lcbrb.api.read",
}

__all__ = [
    "BenchReport",
    "BestOfReport",
    "BuiltPairs",
    "EvalReport",
    "RunFrames",
    "Validation",
    "__version__",
    "bench",
    "best_of",
    "build_pairs",
    "calibrate_gate",
    "evaluate",
    "gate",
    "grade",
    "load_pairs",
    "read_runs",
    "validate",
]


def __getattr__(name: str) -> Any:
    if name not in _FACE:
        raise AttributeError(f"module 'lcbrb' has no attribute '{name}'")
    found = getattr(importlib.import_module(_FACE[name]), name)
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
