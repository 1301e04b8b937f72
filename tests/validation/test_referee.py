"""The referee: what two sides say of the same programs, and a peer that hangs or dies."""

import dataclasses
import importlib.util
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from fakes import InTurn
from sessions import LocalSandbox

from lcbrb.errors import MissingExtraError, SetupError, UsageError
from lcbrb.grading.problem_set import ProblemSet
from lcbrb.sandbox.inside import wire
from lcbrb.types import FunctionCheck, Oracle, Problem, Status
from lcbrb.validation import peer as peers
from lcbrb.validation.gold import check_golds
from lcbrb.validation.peer import EvalPlus, Opinion, PeerProcess, Tests, check_peer
from lcbrb.validation.referee import Outcome, refer

GOLD = "def f(x):\n    return x + 1\n"
YES, NO, NOTHING = (
    Opinion(passed=True, detail="pass"),
    Opinion(passed=False, detail="fail after 0 tests"),
    Opinion(passed=None, detail="gone"),
)


def problem(name="HumanEval/0", plus=(7,), **fields):
    base, plus = (tuple(wire.encode([x]) for x in xs) for xs in ((1, 2), plus))
    check = FunctionCheck(
        entry_point="f", reference=GOLD, base_inputs=base, plus_inputs=plus, **fields
    )
    return Problem(id=name, source="humaneval+", prompt="?", check=check)


def checked(*problems):
    bench = ProblemSet(name="humaneval+", version="1", problems=problems)
    return list(check_golds(bench, problems, LocalSandbox(), InTurn()))


class FakePeer:
    """Says of programs what it is told to, in order; each entry is one call's."""

    name, version = "evalplus", "0.3.1"

    def __init__(self, *calls):
        self.calls = list(calls)
        self.asked = []

    def grade(self, problem, programs):
        self.asked.append((problem.id, list(programs)))
        return [dict(zip(Tests, pair, strict=False)) for pair in self.calls.pop(0)]

    def close(self):
        pass


def referred(*calls, of=None):
    one = of or problem()
    peer = FakePeer(*calls)
    return refer(peer, [one], checked(one), InTurn()), peer


def outcomes(referral):
    return [(one.copy, one.tests, one.outcome) for one in referral.compared]


# ------------------------------------------------------------------------------- comparing


def test_the_peer_gets_the_gold_and_the_broken_copies_that_were_tried():
    referral, peer = referred([(YES, YES), (NO, NO)])
    ((name, programs),) = peer.asked
    assert name == "HumanEval/0"
    assert programs[0] == GOLD
    assert programs[1:] == ["def f(x):\n    return x + 2"]
    assert referral.programs == 2
    assert outcomes(referral) == [
        (0, Tests.BASE, Outcome.BOTH),
        (0, Tests.PLUS, Outcome.BOTH),
        (1, Tests.BASE, Outcome.NEITHER),
        (1, Tests.PLUS, Outcome.NEITHER),
    ]
    assert referral.named == []
    assert referral.unexplained == 0


def test_base_and_plus_are_counted_apart_and_every_outcome():
    again = [(YES, NO), (YES, NOTHING)]
    referral, _ = referred(again, again)
    assert {one: n for one, n in referral.counts(Tests.BASE).items() if n} == {
        Outcome.BOTH: 1,
        Outcome.ONLY_THEIRS: 1,
    }
    assert {one: n for one, n in referral.counts(Tests.PLUS).items() if n} == {
        Outcome.ONLY_OURS: 1,
        Outcome.NO_VERDICT: 1,
    }
    assert [(one.copy, one.outcome) for one in referral.named] == [
        (0, Outcome.ONLY_OURS),
        (1, Outcome.ONLY_THEIRS),
        (1, Outcome.NO_VERDICT),
    ]
    assert referral.unexplained == 2


def test_a_failure_of_ours_is_no_verdict():
    broken = problem(oracle=Oracle.EQUAL)
    one = checked(broken)[0]
    lost = dataclasses.replace(one.verdict, base_status=Status.HARNESS_ERROR)
    one = dataclasses.replace(one, graded=((GOLD, lost),))
    found = refer(FakePeer([(YES, YES)]), [broken], [one], InTurn())
    assert [row.outcome for row in found.compared] == [Outcome.NO_VERDICT, Outcome.BOTH]


def test_without_plus_tests_only_base_is_compared():
    referral, _ = referred([(YES,), (NO,)], of=problem(plus=()))
    assert {one.tests for one in referral.compared} == {Tests.BASE}


def test_what_only_we_pass_is_put_to_the_peer_again():
    referral, peer = referred([(NO, YES), (NO, NO)], [(YES, YES), (NO, NO)])
    assert len(peer.asked) == 2
    assert referral.unexplained == 0
    assert referral.compared[0].outcome is Outcome.BOTH


def test_what_only_the_peer_passes_is_not_asked_again():
    referral, peer = referred([(YES, YES), (YES, NO)])
    assert len(peer.asked) == 1
    assert referral.unexplained == 1


def test_a_known_fault_is_explained_and_not_asked_again():
    referral, peer = referred([(NO, NO), (NO, NO)], of=problem("HumanEval/32"))
    assert len(peer.asked) == 1
    assert len(referral.named) == 2
    assert all("so no program passes" in one.explanation for one in referral.named)
    assert referral.unexplained == 0


@pytest.mark.parametrize(
    ("version", "name", "of_both"),
    [("0.3.2", "HumanEval/32", NO), ("0.3.1", "HumanEval/33", NO), ("0.3.1", "HumanEval/32", YES)],
)
def test_an_explanation_holds_for_its_version_problem_and_side(version, name, of_both):
    one = problem(name)
    peer = FakePeer(*[[(of_both, of_both)] * 2] * 2)
    peer.version = version
    referral = refer(peer, [one], checked(one), InTurn())
    assert [row.explanation for row in referral.named] == ["", ""]
    assert referral.unexplained == 2


# ----------------------------------------------------------------------- who can be asked


@pytest.mark.parametrize("name", ["humaneval+", "humaneval+@v0.1.9", "mbpp+@v0.2.0"])
def test_evalplus_judges_its_own_benchmarks(name, monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: object())
    check_peer("evalplus", name)


@pytest.mark.parametrize(
    ("peer", "name"), [("evalplus", "humaneval"), ("evalplus", "mini"), ("lm-eval", "humaneval+")]
)
def test_another_peer_or_benchmark_is_a_mistake_that_says_what_there_is(peer, name):
    with pytest.raises(UsageError, match=r"'evalplus' for humaneval\+ and mbpp\+"):
        check_peer(peer, name)


def test_a_missing_extra_says_what_to_install(monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)
    with pytest.raises(MissingExtraError, match=r"lcbrb\[evalplus\]"):
        check_peer("evalplus", "humaneval+")


# ----------------------------------------------------------------------- the peer's process

ECHO = """
import json, os, sys, time
print(json.dumps({"version": "9"}), flush=True)
for line in sys.stdin:
    row = json.loads(line)
    if "program" not in row:
        print(json.dumps({"ready": True}), flush=True)
        continue
    if row["program"] == "die": os._exit(3)
    if row["program"] == "hang":
        if os.fork() == 0: time.sleep(99)
        time.sleep(99)
    status = "pass" if row["program"] == "good" else "fail"
    print(json.dumps({"base": [status, 1], "plus": [status, 0]}), flush=True)
"""


@pytest.fixture
def peer(tmp_path, monkeypatch):
    """A peer module that is found as an installed one is."""

    def start(source=ECHO):
        (tmp_path / "lcbrb_fake_peer.py").write_text(source)
        monkeypatch.syspath_prepend(tmp_path)
        started.append(EvalPlus("lcbrb_fake_peer"))
        return started[-1]

    started = []
    yield start
    for one in started:
        one.close()


def test_a_peer_is_asked_over_its_process(peer):
    found = peer()
    assert found.version == "9"
    said = found.grade(problem(), ["good", "bad"])
    assert said[0] == {Tests.BASE: YES, Tests.PLUS: YES}
    assert said[1][Tests.BASE] == Opinion(passed=False, detail="fail after 1 tests")
    assert found.grade(problem(plus=()), ["good"]) == [{Tests.BASE: YES}]


def test_a_peer_that_dies_or_hangs_loses_one_program_only(peer, monkeypatch):
    monkeypatch.setattr(peers, "_PROGRAM_S", 0.5)
    said = peer().grade(problem(), ["good", "die", "good", "hang", "good"])
    assert [one[Tests.BASE].passed for one in said] == [True, None, True, None, True]
    assert said[1][Tests.BASE].detail == "its process ended"
    assert said[3][Tests.BASE].detail == "no answer in 0.5 s"


def test_a_reference_that_fails_there_is_no_verdict(peer):
    source = ECHO.replace('{"ready": True}', '{"error": "ZeroDivisionError: x"}')
    (said,) = peer(source).grade(problem(), ["good"])
    assert said[Tests.PLUS] == Opinion(
        passed=None, detail="its reference fails: ZeroDivisionError: x"
    )


@pytest.mark.parametrize(
    ("source", "what"),
    [
        ('print(\'{"error": "No module named x"}\')', "No module named x"),
        ("import nothing_of_this_name", "did not start: its process ended"),
    ],
)
def test_a_peer_that_does_not_start_is_the_machines_fault(peer, source, what):
    with pytest.raises(SetupError, match=what):
        peer(source)


def test_ending_a_process_takes_its_children_and_its_folder(tmp_path, monkeypatch):
    source = """
import json, os, tempfile, time
folder = tempfile.mkdtemp()
child = os.fork()
if child == 0: time.sleep(99)
print(json.dumps({"child": child, "folder": folder}), flush=True)
time.sleep(99)
"""
    (tmp_path / "lcbrb_fake_peer.py").write_text(source)
    monkeypatch.syspath_prepend(tmp_path)
    process = PeerProcess("lcbrb_fake_peer")
    assert Path(process.hello["folder"]).is_dir()
    process.end()
    assert not Path(process.hello["folder"]).exists()
    child = process.hello["child"]
    for _ in range(500):
        if not running(child):
            break
        time.sleep(0.01)
    assert not running(child)


def running(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


# ------------------------------------------------------------------------------ EvalPlus

needs_evalplus = pytest.mark.skipif(
    importlib.util.find_spec("evalplus") is None, reason="evalplus is not installed"
)


@needs_evalplus
def test_evalplus_itself_judges_golds_and_broken_copies(monkeypatch):
    monkeypatch.setenv("EVALPLUS_TIMEOUT_PER_TASK", "5")  # would be a TypeError in 0.3.1
    peer = EvalPlus()
    try:
        good, slow = problem(), "def f(x):\n    while True: pass\n"
        said = peer.grade(good, [GOLD, "def f(x):\n    return x + (x != 7)\n", slow, "def f(:\n"])
        referral = refer(peer, [good], checked(good), InTurn())
    finally:
        peer.close()
    assert said[0] == {Tests.BASE: YES, Tests.PLUS: YES}
    assert said[1] == {Tests.BASE: YES, Tests.PLUS: NO}
    assert said[2] == said[3] == {Tests.BASE: NO, Tests.PLUS: NO}
    assert referral.version == peer.version
    assert referral.counts(Tests.PLUS)[Outcome.BOTH] == 1
    assert referral.named == []


@needs_evalplus
def test_nothing_of_evalplus_that_loads_data_is_imported():
    script = (
        "import sys, evalplus.eval, evalplus.gen.util\n"
        "print([m for m in sys.modules if m.startswith(('evalplus.data', 'datasets', 'wget'))])"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=os.sep
    )
    assert done.stdout.strip() == "[]"
