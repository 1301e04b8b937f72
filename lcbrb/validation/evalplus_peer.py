"""EvalPlus' own checker: ``python -m lcbrb.validation.evalplus_peer`` (see `peers`).

One JSON row a line on standard input, one answer a line on standard output. A row is a task
(`dataset`, and the fields of a `FunctionCheck`) or a `program` to grade on the task before it. Only
``evalplus.eval`` and ``evalplus.gen.util`` are imported: what else EvalPlus has loads data from the
network.

Nothing here is isolated. The reference runs in this process and a program in a fork of it, as
EvalPlus does both.
"""

from __future__ import annotations

import json
import multiprocessing
import os
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any, TextIO

from lcbrb.sandbox.inside import wire

Row = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Tests:
    """Base or plus tests, with what the reference answers and the seconds that it takes."""

    inputs: list[Any]
    expected: list[Any]
    times_s: list[float]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Task:
    row: Row
    kinds: dict[str, _Tests]


def main() -> None:
    """Answer rows until standard input ends."""
    multiprocessing.set_start_method("fork")  # what EvalPlus takes for granted
    rows = os.fdopen(os.dup(0), encoding="utf-8")
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    nothing = os.open(os.devnull, os.O_RDWR)
    for number in (0, 1, 2):  # programs read and print
        os.dup2(nothing, number)
    try:
        import evalplus.eval
        import evalplus.gen.util  # noqa: F401 - told now whether it can be
    except ImportError as error:
        _say(answers, {"error": str(error)})
        return
    _say(answers, {"version": version("evalplus")})
    task: _Task | None = None
    for line in rows:
        row = json.loads(line)
        if "program" in row:
            assert task is not None  # noqa: S101 - the referee sends a task first
            _say(answers, _graded(task, row["program"]))
            continue
        try:
            task = _task(row)
            _say(answers, {"ready": True})
        except Exception as error:  # noqa: BLE001 - whatever a reference raises
            _say(answers, {"error": f"{type(error).__name__}: {error}"})


def _say(answers: TextIO, answer: Row) -> None:
    answers.write(json.dumps(answer) + "\n")
    answers.flush()


def _task(row: Row) -> _Task:
    return _Task(
        row=row, kinds={kind: _tests(row, row[f"{kind}_inputs"]) for kind in ("base", "plus")}
    )


def _tests(row: Row, texts: Sequence[str]) -> _Tests:
    from evalplus.eval._special_oracle import MBPP_OUTPUT_NOT_NONE_TASKS
    from evalplus.gen.util import trusted_exec

    inputs = [wire.decode(text) for text in texts]
    expected, times_s = trusted_exec(
        row["reference"],
        inputs,
        row["entry_point"],
        record_time=True,
        output_not_none=row["entry_point"] in MBPP_OUTPUT_NOT_NONE_TASKS,
    )
    return _Tests(inputs=inputs, expected=expected, times_s=times_s)


def _graded(task: _Task, program: str) -> dict[str, tuple[str, int]]:
    """For base and plus: EvalPlus' status, and how many tests it marked as passed."""
    from evalplus.eval import untrusted_check

    answer = {}
    for kind, tests in task.kinds.items():
        status, details = untrusted_check(
            task.row["dataset"],
            program,
            tests.inputs,
            task.row["entry_point"],
            expected=tests.expected,
            atol=task.row["atol"],
            ref_time=tests.times_s,
            fast_check=True,
        )
        answer[kind] = (status, sum(map(bool, details)))
    return answer


if __name__ == "__main__":
    main()
