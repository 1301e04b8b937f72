"""TraceLift's groups: every positive over every negative, and a layout that is checked."""

import pytest
from fakes import write_lines

from lcbrb.errors import BadInputError, DataUnavailableError, UsageError
from lcbrb.sources.pairs.by_name import open_pairs
from lcbrb.types import Relation


def rubric(level=4, total=1.0, **more):
    names = "task_understanding plan_quality step_coherence action_support non_leakage".split()
    return {**dict.fromkeys(names, level), "total": total, **more}


def positive(text="Add them.", **more):
    return {"reasoning": text, "rubric": rubric(), **more}


def negative(text="Subtract them.", kind="wrong_operation", **more):
    return {
        "reasoning": text,
        "negative_kind": kind,
        "rubric": rubric(1, 0.25),
        **more,
    }


def group(name="g1", **fields):
    return {
        "problem_id": name,
        "source": "math",
        "task_type": "arithmetic",
        "problem": "What is one and two?",
        "reference_solution": "3",
        "positive_pool": [positive(), positive("Count on from one.")],
        "negative_bank": [negative(), negative("It is 3.", "answer_only")],
        **fields,
    }


@pytest.fixture(autouse=True)
def _no_data(monkeypatch):
    monkeypatch.delenv("LCBRB_DATA", raising=False)


def test_every_positive_meets_every_negative(tmp_path):
    path = write_lines(tmp_path / "groups.jsonl", [group(), group("g2", source="code")])
    found = open_pairs(f"tracelift:{path}")
    assert len(found.pairs) == 8
    assert [(pair.chosen, pair.rejected, pair.category) for pair in found.pairs[:4]] == [
        ("Add them.", "Subtract them.", "wrong_operation"),
        ("Add them.", "It is 3.", "answer_only"),
        ("Count on from one.", "Subtract them.", "wrong_operation"),
        ("Count on from one.", "It is 3.", "answer_only"),
    ]
    problems = {pair.problem_id: pair.difficulty for pair in found.pairs}
    assert problems == {"tracelift/math/g1": "math", "tracelift/code/g2": "code"}
    first = found.pairs[0]
    assert (first.prompt, first.relation) == ("What is one and two?", Relation.GIVEN)
    assert first.provenance.rule == "positive 0 x negative 0, rubric total 1 over 0.25"


def test_a_json_list_and_a_folder_of_data_do_as_well(tmp_path, monkeypatch):
    path = tmp_path / "preference" / "tracelift" / "groups.json"
    write_lines(path, ["[", group(), "]"])
    monkeypatch.setenv("LCBRB_DATA", str(tmp_path))
    assert len(open_pairs("tracelift").pairs) == len(open_pairs(f"tracelift:{path}").pairs) == 4


def test_groups_without_rubrics_are_read(tmp_path):
    bare = group(
        positive_pool=[{"reasoning": "a"}],
        negative_bank=[{"reasoning": "b", "negative_kind": "k"}],
    )
    (pair,) = open_pairs(f"tracelift:{write_lines(tmp_path / 'g.jsonl', [bare])}").pairs
    assert pair.provenance.rule == "positive 0 x negative 0"


def test_equal_sides_are_left_out_and_counted(tmp_path):
    same = group(positive_pool=[positive("It is 3.")])
    found = open_pairs(f"tracelift:{write_lines(tmp_path / 'g.jsonl', [same])}")
    assert [pair.rejected for pair in found.pairs] == ["Subtract them."]
    assert found.notes == ("1 pairs with identical sides left out",)


BAD = [
    ({"source": "poetry"}, "field 'source' is 'poetry', expected one of 'code', 'math'"),
    ({"problem": 7}, "field 'problem' is not a text"),
    ({"problem_id": None}, "field 'problem_id' is not a text"),
    ({"positive_pool": []}, "'positive_pool' is not a list of reasonings, or an empty one"),
    ({"negative_bank": {}}, "'negative_bank' is not a list"),
    ({"negative_bank": ["x"]}, r"negative_bank\[0\] is not an object"),
    (
        {"negative_bank": [negative(), positive()]},
        r"negative_bank\[1\] has no field 'negative_kind",
    ),
    (
        {"positive_pool": [{"reasoning": None}]},
        r"positive_pool\[0\]: field 'reasoning' is not a text",
    ),
    (
        {"positive_pool": [positive(rubric=[])]},
        r"positive_pool\[0\]: field 'rubric' is not an object",
    ),
    (
        {"positive_pool": [positive(rubric=rubric(5))]},
        "'task_understanding' is 5, expected a whole",
    ),
    ({"positive_pool": [positive(rubric=rubric(2.5))]}, "is 2.5, expected a whole number"),
    (
        {"positive_pool": [positive(rubric=rubric(True))]},
        "'task_understanding' is not a finite number",
    ),
    ({"positive_pool": [positive(rubric=rubric(total=1.5))]}, "'total' is 1.5, expected a number"),
    ({"positive_pool": [positive(rubric={"total": 1})]}, "has no field 'task_understanding'"),
]


@pytest.mark.parametrize(("wrong", "said"), BAD)
def test_a_row_that_is_no_group_names_file_line_and_field(tmp_path, wrong, said):
    path = write_lines(tmp_path / "g.jsonl", [group(), group(**wrong)])
    with pytest.raises(BadInputError, match=f"not a TraceLift group: .*{said}") as caught:
        open_pairs(f"tracelift:{path}")
    assert (caught.value.path, caught.value.line) == (str(path), 2)


@pytest.mark.parametrize("name", ["positive_pool", "negative_bank", "problem", "source"])
def test_a_missing_field_is_named(tmp_path, name):
    row = group()
    del row[name]
    with pytest.raises(BadInputError, match=f"no field '{name}'"):
        open_pairs(f"tracelift:{write_lines(tmp_path / 'g.jsonl', [row])}")


def test_without_a_file_it_says_how_to_give_one():
    with pytest.raises(
        DataUnavailableError, match=r"name the file \(tracelift:FILE\), or set LCBRB_DATA"
    ):
        open_pairs("tracelift")


def test_a_file_that_is_not_there_and_options_are_refused(tmp_path):
    with pytest.raises(DataUnavailableError, match=r"none\.jsonl"):
        open_pairs(f"tracelift:{tmp_path}/none.jsonl")
    with pytest.raises(UsageError, match="takes no options"):
        open_pairs(f"tracelift:{tmp_path}/none.jsonl?kind=x")
