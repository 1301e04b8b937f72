"""RewardBench 2: right responses against wrong ones, and the subset that is scored apart."""

import pytest
from fakes import parquet_hub

from lcbrb.errors import BadInputError, UnknownNameError, UsageError
from lcbrb.registry import parse_spec
from lcbrb.sources.pairs import reward_bench2
from lcbrb.sources.pairs.reward_bench2 import load_pairs


def row(number="0", subset="Math", chosen=("c",), rejected=("r0", "r1", "r2"), **fields):
    """A row in the test split's layout."""
    return {
        "id": number,
        "prompt": f"Q {subset} {number}",
        "chosen": list(chosen),
        "rejected": list(rejected),
        "num_correct": len(chosen or ()),
        "num_incorrect": len(rejected or ()),
        "total_completions": len(chosen or ()) + len(rejected or ()),
        "models": ["m"],
        "subset": subset,
        "additional_metadata": {"category": None},
        **fields,
    }


@pytest.fixture(autouse=True)
def hub(monkeypatch, tmp_path):
    return parquet_hub(monkeypatch, tmp_path / "test.parquet")


def load(text="reward-bench-2"):
    return load_pairs(parse_spec(text))


def test_the_right_response_meets_every_wrong_one(hub):
    hub.rows(row("17", "Precise IF"))
    found = load()
    assert [(p.chosen, p.rejected) for p in found.pairs] == [("c", "r0"), ("c", "r1"), ("c", "r2")]
    assert {p.problem_id for p in found.pairs} == {"reward-bench-2/precise-if/17"}
    assert {p.category for p in found.pairs} == {"precise-if"}
    assert hub.calls[0]["revision"] == reward_bench2.SOURCE.homes[0].revision
    assert hub.calls[0]["filename"] == "data/test-00000-of-00001.parquet"


def test_equal_ids_of_two_subsets_are_two_problems(hub):
    hub.rows(row("1", "Math"), row("1", "Safety"))
    assert len({p.problem_id for p in load().pairs}) == 2


def test_ties_are_left_to_their_own_name_and_that_is_said(hub):
    hub.rows(row("1"), row("tied:4", "Ties", chosen=("a", "b"), rejected=("x", "y", "z")))
    found = load()
    assert {p.category for p in found.pairs} == {"math"}
    assert found.notes == ("subset ties is scored separately: reward-bench-2:ties",)
    assert load("reward-bench-2:ties").notes == ()


def test_a_tied_question_and_its_reference_form_are_one_problem(hub):
    hub.rows(
        row("tied:4", "Ties", chosen=("a", "b"), rejected=("x",)),
        row("ref:4", "Ties", chosen=("a",), rejected=("x", "y")),
        row("ref:5", "Ties", chosen=("a",), rejected=("x",)),
    )
    pairs = load("reward-bench-2:ties").pairs
    assert [(p.chosen, p.rejected, p.difficulty) for p in pairs] == [
        ("a", "x", "tied"),
        ("b", "x", "tied"),
        ("a", "x", "ref"),
        ("a", "y", "ref"),
        ("a", "x", "ref"),
    ]
    assert len({p.problem_id for p in pairs}) == 2


def test_one_subset_can_be_asked_for(hub):
    hub.rows(row("1", "Math"), row("2", "Focus"))
    assert [p.category for p in load("reward-bench-2:focus").pairs] == ["focus"] * 3


@pytest.mark.parametrize(
    "fields",
    [{"chosen": []}, {"rejected": None}, {"subset": None}, {"subset": "Ties"}, {"prompt": None}],
)
def test_a_row_that_is_none_is_named(hub, fields):
    hub.rows(row("1"), {**row("2"), **fields})
    with pytest.raises(BadInputError, match="row 2: not a RewardBench 2 row"):
        load()


def test_what_is_not_there_is_said(hub):
    with pytest.raises(UnknownNameError, match="did you mean safety"):
        load("reward-bench-2:saftey")
    with pytest.raises(UsageError, match="takes no options"):
        load("reward-bench-2?subset=math")
