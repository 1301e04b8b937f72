"""Result files of other tools, small ones, for tests of `lcbrb import`."""

import json
from pathlib import Path

#: written by lm-eval 0.4.13 itself, of the tasks in `harness_tasks` and a model of constant replies:
#: ``group`` is the group ``both``, ``two`` its tasks asked alone with ``--limit 3``
LM_EVAL = Path(__file__).parent.parent / "imports" / "lm_eval-0.4.13"
#: written by inspect_ai 0.3.285 itself, of sums and a model of given replies: in the ``.json`` two
#: epochs, two scorers and a sample that ended in an error (its events and tracebacks are left out)
INSPECT = LM_EVAL.with_name("inspect_ai-0.3.285")
DATE = "2024-08-08 17:18"
HASH = "fe585eb4df8c88d844eeb463ea4d0302"  # of HumanEval+ v0.1.10


def solution(base="pass", plus="pass", text="def f():\n    return 1\n", **more):
    """A graded solution as EvalPlus 0.3.1 writes it."""
    return {
        "solution": text,
        "base_status": base,
        "plus_status": plus,
        "base_fail_tests": [] if base == "pass" else [[1]],
        "plus_fail_tests": [] if plus == "pass" else [[2]],
        **more,
    }


def evalplus_document(tasks, **more):
    """A result file: `tasks` maps a task to its graded solutions."""
    return {"date": DATE, "hash": HASH, "eval": tasks, **more}


def evalplus_file(path, tasks, **more):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(evalplus_document(tasks, **more)), encoding="utf-8")
    return path


def humaneval(signs):
    """Tasks of HumanEval with one solution each: ``+`` passes, ``-`` fails both, ``b`` plus only."""
    made = {"+": solution(), "-": solution("fail", "fail"), "b": solution("pass", "fail")}
    return {f"HumanEval/{place}": [made[sign]] for place, sign in enumerate(signs)}
