"""`lcbrb validate --against PEER`: what is shown, and how it ends."""

import importlib.util
import json

import pytest
from fakes import write_lines

from lcbrb.api import validate as validating
from lcbrb.validation.peer import Opinion, Tests

ROWS = [
    {
        "task_id": f"HumanEval/{number}",
        "prompt": f'def f{number}(x):\n    """Plus {number}."""\n',
        "canonical_solution": f"    return x + {number}\n",
        "entry_point": f"f{number}",
        "base_input": [[1]],
        "plus_input": [[5], [-3]],
        "atol": 0,
    }
    for number in (1, 32)
]
AGREES = ("pass", "fail")


@pytest.fixture
def says(tmp_path, monkeypatch):
    """A peer in EvalPlus' place: for each problem, its words for the gold and the broken copy."""
    write_lines(tmp_path / "evalplus" / "HumanEvalPlus-v0.1.10.jsonl", ROWS)
    monkeypatch.setenv("LCBRB_DATA", str(tmp_path))
    monkeypatch.setattr(importlib.util, "find_spec", lambda *_: object())
    closed = []

    def peer_with(words):
        class Peer:
            name, version = "evalplus", "0.3.1"

            def grade(self, problem, programs):
                found = words.get(problem.id, AGREES)
                assert len(programs) == len(found)
                passed = {"pass": True, "fail": False, "gone": None}
                return [
                    dict.fromkeys(Tests, Opinion(passed=passed[w], detail=f"{w} there"))
                    for w in found
                ]

            def close(self):
                closed.append(self)

        monkeypatch.setattr(validating, "EvalPlus", Peer)

    yield peer_with
    assert len(closed) == 1


AGAINST = ("validate", "humaneval+", "--against", "evalplus")


def test_agreement_ends_well_and_is_counted(lcbrb, says):
    says({})
    ended = lcbrb(*AGAINST, "--json")
    assert ended.code == 0, ended.err
    found = json.loads(ended.out)["against"]
    assert (found["peer"], found["version"], found["programs"]) == ("evalplus", "0.3.1", 4)
    counts = {"both": 2, "neither": 2, "only_ours": 0, "only_theirs": 0, "no_verdict": 0}
    assert found["counts"] == {"base": counts, "plus": counts}
    assert found["named"] == []


def test_an_unexplained_difference_ends_with_one_and_is_shown_with_both_details(lcbrb, says):
    says({"HumanEval/1": ("pass", "pass")})
    ended = lcbrb(*AGAINST)
    assert ended.code == 1
    line = next(one for one in ended.out.splitlines() if one.startswith("HumanEval/1 "))
    assert "broken copy 1, base: theirs pass there, ours wrong_answer [base test 0: retur" in line
    assert "0 differences are explained, 2 are not" in ended.out


def test_an_explained_difference_ends_well_and_says_why(lcbrb, says):
    says({"HumanEval/32": ("fail", "fail")})
    ended = lcbrb(*AGAINST)
    assert ended.code == 0, ended.err
    assert "HumanEval/32 gold, base: theirs fail there, ours passed (explained: " in ended.out
    assert "2 differences are explained, 0 are not" in ended.out


def test_verdicts_that_are_missing_are_no_agreement(lcbrb, says):
    says({"HumanEval/1": ("gone", "fail")})
    ended = lcbrb(*AGAINST)
    assert ended.code == 4
    assert "2 verdicts to compare with evalplus's are missing" in ended.err


@pytest.mark.parametrize(
    ("name", "peer"), [("humaneval", "evalplus"), ("humaneval+", "lm-eval"), ("mini", "evalplus")]
)
def test_another_peer_is_a_mistake_that_names_what_there_is(lcbrb, says_nothing, name, peer):
    ended = lcbrb("validate", name, "--against", peer)
    assert ended.code == 2
    assert f"{name} has no tool '{peer}' to compare with" in ended.err
    assert "'evalplus' for humaneval+ and mbpp+" in ended.err


def test_without_the_extra_it_says_what_to_install(lcbrb, says_nothing, monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda *_: None)
    ended = lcbrb(*AGAINST)
    assert ended.code == 3
    assert "pip install 'lcbrb[evalplus]'" in ended.err


@pytest.fixture
def says_nothing(tmp_path, monkeypatch):
    write_lines(tmp_path / "evalplus" / "HumanEvalPlus-v0.1.10.jsonl", ROWS)
    write_lines(
        tmp_path / "humaneval" / "HumanEval.jsonl", [{**ROWS[0], "test": "def check(f): 0"}]
    )
    monkeypatch.setenv("LCBRB_DATA", str(tmp_path))
