"""What a notebook writes: pairs scored, policies benched, programs graded, runs read and gated."""

import importlib
import os
import sys
from contextlib import ExitStack

import pytest
from fakes import reads_data

import lcbrb
from evaluators import benchmark
from lcbrb.errors import UsageError
from lcbrb.policies import POLICIES
from lcbrb.protocols import Item
from lcbrb.registry import parse_spec
from lcbrb.rewards import reward_model
from lcbrb.rewards.scoring import score_items
from lcbrb.types import Status


def test_reward_models_are_evaluated_on_pairs_of_any_origin(tmp_path):
    pairs = lcbrb.load_pairs("mini", limit=20)
    report = lcbrb.evaluate(["length", "random"], pairs, out=tmp_path)
    assert [result.record.subject for result in report.results] == ["length", "random"]
    assert report.failures == ()
    report.raise_if_incomplete()
    (length,) = lcbrb.evaluate("length", pairs.pairs).results
    assert length.record.estimates == report.results[0].record.estimates
    frames = lcbrb.read_runs(tmp_path)
    assert set(frames.records["subject"]) == {"length", "random"}
    assert len(frames.scores) == 2 * len(pairs.pairs)
    assert frames.samples.empty
    assert {"value", "low", "high", "n", "method"} <= set(frames.estimates.columns)
    whole = frames.estimates[frames.estimates["slices"].map(len) == 0]
    assert set(whole["metric"]) >= {"accuracy"}


@pytest.mark.slow
@pytest.mark.usefixtures("hurried_mini")
def test_a_policy_is_benched_read_chosen_among_and_gated(tmp_path):
    report = lcbrb.bench("replay:mini", "mini", limit=4, out=tmp_path / "base")
    report.raise_if_incomplete()
    assert len(report.results) > 1  # of several samplers
    assert set(report.comparisons()) == {"mini"}
    frames = lcbrb.read_runs(tmp_path / "base")
    assert len(frames.samples) == sum(len(one.verdicts) for one in report.results)
    chosen = lcbrb.best_of([], tmp_path / "base")
    assert [one.record.subject for one in chosen.results] == ["random", "length"]
    result = lcbrb.gate(tmp_path / "base", tmp_path / "base")
    assert result.verdict == "PASS"


_MINE = """
class Mine:
    id, bounds = "mine", (0.0, 1.0)

    def score(self, items):
        return [SCORE for item in items]
"""


def test_an_object_whose_class_has_changed_does_not_go_on_in_its_folder(tmp_path, monkeypatch):
    def evaluated(score):
        (tmp_path / "mine.py").write_text(_MINE.replace("SCORE", score), encoding="utf-8")
        monkeypatch.delitem(sys.modules, "mine", raising=False)
        importlib.invalidate_caches()
        mine = importlib.import_module("mine").Mine()
        return lcbrb.evaluate(mine, "mini", limit=6, out=tmp_path / "runs")

    monkeypatch.syspath_prepend(tmp_path)
    (first,) = evaluated("0.5").results
    assert first.record.revision.startswith("code:")
    again = evaluated("0.25")
    assert not again.results
    assert "different revision" in str(again.failures[0].error)


def test_a_bare_function_is_told_how_it_is_named():
    with pytest.raises(UsageError, match=r"python:FILE\.py:NAME"):
        lcbrb.evaluate([lambda prompt, response: 1.0], "mini")


@pytest.mark.parametrize("programs", [["pass"], {"x": None}, {"x": [1]}, {"x": ["pass", b"pass"]}])
def test_what_is_no_program_is_refused_and_no_failure_of_ours(programs):
    if isinstance(programs, dict):
        programs = {benchmark("mini").load()[0].id: programs["x"]}
    with pytest.raises(UsageError, match=r"program"):
        lcbrb.grade("mini", programs)


def test_programs_and_replies_are_graded():
    (problem, *_) = benchmark("mini").load()
    verdicts = lcbrb.grade("mini", {problem.id: ["print('no')", "while", "```python\npass\n```"]})
    statuses = [verdict.status for verdict in verdicts[problem.id]]
    assert statuses[1:] == [Status.SYNTAX_ERROR, Status.SYNTAX_ERROR]
    assert statuses[0] is not Status.PASSED
    (reply,) = lcbrb.grade("mini", {problem.id: "```python\npass\n```"}, replies=True)[problem.id]
    assert reply.status is not Status.SYNTAX_ERROR  # the program in it was found


@reads_data
def test_a_gold_passes_and_a_wrong_program_does_not():

    (first, *_) = benchmark("humaneval").load()
    found = lcbrb.grade("humaneval", {first.id: [first.check.reference, "def f(): pass"]})
    assert [one.status is Status.PASSED for one in found[first.id]] == [True, False]


def test_grading_and_scoring_work_beside_hundreds_of_open_descriptors():
    """As in a trainer, which holds files, sockets and shared memory."""
    problem = next(one for one in benchmark("mini").load())
    reply = next(
        one.text
        for one in POLICIES.load("replay")(parse_spec("replay:mini"))
        .replay(benchmark("mini").load())
        .completions
        if one.problem_id == problem.id and one.recorded.passed
    )
    with ExitStack() as stack:
        for _ in range(400):
            stack.enter_context(open(os.devnull))  # noqa: PTH123 - a descriptor, no path
        found = lcbrb.grade("mini", {problem.id: [reply, "```python\nprint()\n```"]}, replies=True)
        good, bad = found[problem.id]
        assert good.status is Status.PASSED
        assert bad.status in {Status.WRONG_ANSWER, Status.RUNTIME_ERROR}
        items = [Item(prompt="p", response="x" * n) for n in (3, 1, 2)]
        assert score_items(reward_model("length"), items) == [3.0, 1.0, 2.0]
