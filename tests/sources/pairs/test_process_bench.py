"""ProcessBench: sound over flawed solutions of one problem, whole or until the first mistake."""

import json
from collections import Counter

import pytest
from fakes import DATA, StandIn, reads_data

from lcbrb.errors import BadInputError, UnknownNameError, UsageError
from lcbrb.registry import parse_spec
from lcbrb.sources.pairs import process_bench
from lcbrb.sources.pairs.process_bench import load_pairs
from lcbrb.types import Relation


def row(name="0", label=-1, steps=None, **fields):
    return {
        "id": f"gsm8k-{name}",
        "generator": f"model {name}",
        "problem": "Q",
        "steps": list(steps or ("one", "two", f"end of {name}")),
        "final_answer_correct": label < 0 if isinstance(label, int) else True,
        "label": label,
        **fields,
    }


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    """An LCBRB_DATA with room for ProcessBench."""
    monkeypatch.setenv("LCBRB_DATA", str(tmp_path))
    folder = tmp_path / "preference" / "processbench"
    folder.mkdir(parents=True)
    return folder


def write(folder, part, *rows):
    (folder / f"{part}.json").write_text(json.dumps(rows))


def load(text="process-bench"):
    return load_pairs(parse_spec(text))


def test_every_sound_solution_meets_every_flawed_one_of_its_problem(folder):
    write(
        folder,
        "gsm8k",
        row("a", steps=("good",)),
        row("b", steps=("better",)),
        row("c", 0, steps=("bad",)),
        row("d", 1, steps=("bad", "worse")),
        row("e", 0, problem="R"),
    )
    found = load()
    assert {(pair.chosen, pair.rejected) for pair in found.pairs} == {
        ("good", "bad"),
        ("good", "bad\n\nworse"),
        ("better", "bad"),
        ("better", "bad\n\nworse"),
    }
    assert len({pair.problem_id for pair in found.pairs}) == 1
    assert found.notes[0] == "1 of 5 solutions have no counterpart for the same problem"


def test_a_pair_says_whose_solutions_it_holds(folder):
    write(folder, "math", row("a"), row("b", 2))
    (pair,) = load().pairs
    assert (pair.category, pair.relation) == ("math", Relation.HUMAN)
    assert (pair.chosen_side.sampler, pair.rejected_side.sampler) == ("model a", "model b")
    assert pair.provenance.across_samplers
    assert pair.provenance.rule == "gsm8k-a over gsm8k-b, until end"


@pytest.mark.parametrize(("right", "difficulty"), [(True, "hard"), (False, "normal")])
def test_a_right_answer_after_a_wrong_step_is_hard(folder, right, difficulty):
    write(folder, "math", row("a"), row("b", 1, final_answer_correct=right))
    assert [pair.difficulty for pair in load().pairs] == [difficulty]


def test_both_sides_can_be_cut_after_the_first_mistake(folder):
    long, short = row("a", steps=("1", "2", "3")), row("c", steps=("short",))
    write(folder, "math", long, row("b", 1), short)
    found = load("process-bench?until=first-error").pairs
    assert [(pair.chosen, pair.rejected) for pair in found] == [
        ("1\n\n2", "one\n\ntwo"),
        ("short", "one\n\ntwo"),
    ]


def test_sides_that_are_equal_once_cut_are_left_out_and_counted(folder):
    write(folder, "math", row("a"), row("b", 1))
    found = load("process-bench?until=first-error")
    assert found.pairs == []
    assert found.notes[1] == "1 pairs with identical sides left out"
    assert len(load().pairs) == 1


def test_equal_problems_of_two_parts_are_not_mixed(folder):
    write(folder, "math", row("a"))
    write(folder, "gsm8k", row("b", 0))
    assert load().pairs == []


def test_one_part_can_be_asked_for_and_missing_parts_are_said(folder):
    write(folder, "math", row("a"), row("b", 0))
    write(folder, "gsm8k", row("a"), row("b", 0))
    assert [pair.category for pair in load("process-bench:math").pairs] == ["math"]
    assert "only gsm8k, math lies here" in load().notes[1]


@pytest.mark.parametrize(
    "bad",
    [
        7,
        {},
        row(label="1"),
        row(label=True),
        row(label=3),
        row(label=-2),
        row(steps=(1,)),
        row(problem=None),
        row(final_answer_correct=None),
    ],
)
def test_a_row_that_is_none_is_named(folder, bad):
    write(folder, "math", row(), bad)
    with pytest.raises(BadInputError, match=r"math\.json, row 2: not a ProcessBench row"):
        load()


def test_what_is_not_there_is_said():
    with pytest.raises(UnknownNameError, match="did you mean math"):
        load("process-bench:maths")
    with pytest.raises(UnknownNameError, match="did you mean until"):
        load("process-bench?untill=end")
    with pytest.raises(UsageError, match="until"):
        load("process-bench?until=now")


def test_without_local_files_each_part_comes_from_the_hub(monkeypatch, tmp_path):
    import huggingface_hub

    def give(repo_id, filename, **_):
        path = tmp_path / filename
        path.write_text(json.dumps([row("a"), row("b", 0)]))
        return str(path)

    client = StandIn(huggingface_hub.hf_hub_download, give)
    monkeypatch.setattr(huggingface_hub, "hf_hub_download", client)
    monkeypatch.delenv("LCBRB_DATA")
    found = load()
    assert [call["filename"] for call in client.calls] == [
        "gsm8k.json",
        "math.json",
        "olympiadbench.json",
        "omnimath.json",
    ]
    assert {call["revision"] for call in client.calls} == {process_bench.SOURCE.homes[0].revision}
    assert (len(found.pairs), found.version) == (4, process_bench.SOURCE.revision)


@reads_data
def test_the_real_files_give_58_pairs_whose_length_tells_nothing(monkeypatch):
    monkeypatch.setenv("LCBRB_DATA", DATA)
    found = load().pairs
    assert Counter(pair.category for pair in found) == {"gsm8k": 24, "math": 34}
    assert len({pair.problem_id for pair in found}) == 57
    assert sum(len(pair.chosen) > len(pair.rejected) for pair in found) == 26
