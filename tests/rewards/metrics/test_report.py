"""Several models side by side: order, groups, and a document of plain values."""

import json

import pytest
import tiny
from estimates import by_name

from lcbrb.protocols.reward import PairSet
from lcbrb.rewards import reward_model
from lcbrb.rewards.evaluation import evaluate
from lcbrb.rewards.metrics.accuracy import Group, compare, groups
from lcbrb.rewards.metrics.report import report, to_json
from lcbrb.rewards.selection import Selection
from lcbrb.types import Outcome

PAIRS = [tiny.pair(f"p{i}", "x" * (9 + i), "x" * (i if i % 4 else i + 20)) for i in range(24)]
SET = PairSet(name="some", version="v", pairs=PAIRS)


@pytest.fixture
def found(tmp_path):
    models = [reward_model(spec) for spec in ("random", "length", "format")]
    runs = [evaluate(model, SET, Selection(total=24), tmp_path) for model in models]
    return report(SET, Selection(total=24), runs)


def test_models_stand_best_first_with_their_groups(found):
    assert found.ranked[0].record.subject == "length"
    assert [one.subject for one in found.groups] == [one.record.subject for one in found.ranked]
    assert found.groups[0].rank == 1


def test_the_record_keeps_the_audits_shares(found):
    for one in found.ranked:
        kept = {key for key in by_name(one.record.estimates) if key.startswith("audit/")}
        alone = {"audit/length alone", "audit/format alone"}
        assert kept == set(by_name(one.audit.estimates)) | alone
        assert "audit/prefers longer" in kept
        for name, baseline in found.baselines.items():
            assert by_name(one.record.estimates)[f"audit/{name} alone"] == baseline.accuracy


def test_the_document_is_plain_json(found):
    document = to_json(found)
    assert json.loads(json.dumps(document, allow_nan=False)) == document
    assert set(document) == {"comparisons", "decision", "groups", "audit"}
    assert set(document["audit"]["baselines"]) == {"length", "format"}
    fit = document["audit"]["models"]["random"]["length"]
    assert set(fit) == {"equal", "longer", "shorter", "slope", "gap", "extrapolated"}
    assert set(fit["equal"]) >= {"value", "low", "high", "n", "clusters", "method"}
    assert document["audit"]["models"]["length"]["length"] is None


def test_no_model_is_an_empty_report():
    assert to_json(report(SET, Selection(total=24), []))["groups"] == []


def outcomes(wins, n=40):
    return [
        tiny.scored(tiny.pair(f"p{i}"), Outcome.WIN if i < wins else Outcome.LOSS) for i in range(n)
    ]


def test_models_that_can_not_be_told_apart_share_rank_and_letter():
    scored = {"good": outcomes(38), "fair": outcomes(36), "bad": outcomes(10)}
    assert groups(list(scored), compare(scored)) == [
        Group("good", 1, "a"),
        Group("fair", 1, "a"),
        Group("bad", 3, "b"),
    ]


def test_one_problem_tells_nobody_apart():
    one = [tiny.scored(tiny.pair("p", chosen=str(i)), Outcome.WIN) for i in range(30)]
    other = [tiny.scored(tiny.pair("p", chosen=str(i)), Outcome.LOSS) for i in range(30)]
    scored = {"good": one, "bad": other}
    assert [one.rank for one in groups(["good", "bad"], compare(scored))] == [1, 1]
