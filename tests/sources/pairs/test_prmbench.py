"""PRMBench: an original reasoning over a degraded one, by kind of degradation."""

from collections import Counter

import pytest
from fakes import DATA, StandIn, reads_data, write_lines

from lcbrb.errors import BadInputError, UnknownNameError, UsageError
from lcbrb.registry import parse_spec
from lcbrb.sources.pairs import prmbench
from lcbrb.sources.pairs.prmbench import load_pairs
from lcbrb.types import Relation


def row(name="q", kind="circular", **fields):
    return {
        "idx": name,
        "original_question": "Q",
        "modified_question": "Q",
        "original_process": ["one", "two"],
        "modified_process": ["one", "too"],
        "classification": kind,
        **fields,
    }


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    """An empty LCBRB_DATA."""
    monkeypatch.setenv("LCBRB_DATA", str(tmp_path))
    return tmp_path / "preference" / "prmbench"


@pytest.fixture
def some(folder):
    """Two kinds in two files, a pair with two questions and one with equal sides."""
    other = row("c", "missing_condition", modified_question="R")
    same = row("d", modified_process=["one", "two"])
    write_lines(folder / "a.jsonl", [row("a"), row("b", "deception")])
    write_lines(folder / "b.jsonl", [other, same])


def load(text="prmbench"):
    return load_pairs(parse_spec(text))


def test_a_row_becomes_a_pair(folder):
    write_lines(folder / "a.jsonl", [row()])
    (pair,) = load().pairs
    assert (pair.problem_id, pair.prompt, pair.category) == ("prmbench/q", "Q", "circular")
    assert (pair.chosen, pair.rejected) == ("one\ntwo", "one\ntoo")
    assert (pair.relation, pair.rejected_prompt) == (Relation.INITIAL_OVER_DEGRADED, None)


def test_pairs_with_two_questions_or_equal_sides_are_left_out_and_counted(some):
    found = load()
    assert [pair.problem_id for pair in found.pairs] == ["prmbench/a", "prmbench/b"]
    assert found.notes == (
        "1 pairs with two different questions left out",
        "1 pairs with identical sides left out",
    )


def test_pairs_with_two_questions_can_be_asked_for(some):
    found = load("prmbench?different_prompts=true")
    assert [(p.problem_id, p.rejected_prompt) for p in found.pairs] == [
        ("prmbench/a", None),
        ("prmbench/b", None),
        ("prmbench/c", "R"),
    ]
    assert found.notes == ("1 pairs with identical sides left out",)


def test_equal_processes_for_two_questions_are_no_identical_sides(folder):
    write_lines(folder / "a.jsonl", [row(modified_question="R", modified_process=["one", "two"])])
    assert len(load("prmbench?different_prompts=true").pairs) == 1


def test_questions_that_differ_in_white_space_alone_are_the_same(folder):
    write_lines(folder / "a.jsonl", [row(modified_question=" Q\n")])
    assert load().pairs[0].rejected_prompt is None


def test_one_kind_can_be_asked_for_and_the_notes_are_about_it(some):
    found = load("prmbench:deception")
    assert [pair.problem_id for pair in found.pairs] == ["prmbench/b"]
    assert found.notes == ()


def test_an_unknown_kind_gives_the_nearest(some):
    with pytest.raises(UnknownNameError, match="did you mean deception"):
        load("prmbench:deceptoin")


def test_an_option_that_fits_nothing_is_refused(some):
    with pytest.raises(UnknownNameError, match="option of prmbench"):
        load("prmbench?prompts=all")
    with pytest.raises(UsageError, match="different_prompts"):
        load("prmbench?different_prompts=perhaps")


@pytest.mark.parametrize(
    "bad", ["[]", "7", "{}", row(original_process=None), row(modified_question=7)]
)
def test_a_row_that_is_none_names_file_and_line(folder, bad):
    path = write_lines(folder / "a.jsonl", [row(), bad])
    with pytest.raises(BadInputError, match="not a PRMBench row") as caught:
        load()
    assert (caught.value.path, caught.value.line) == (str(path), 2)


def test_without_local_files_the_hub_is_asked_at_the_pinned_commit(monkeypatch, tmp_path):
    import huggingface_hub

    path = write_lines(tmp_path / "hub.jsonl", [row()])
    client = StandIn(huggingface_hub.hf_hub_download, str(path))
    monkeypatch.setattr(huggingface_hub, "hf_hub_download", client)
    monkeypatch.delenv("LCBRB_DATA")
    found = load()
    assert (len(found.pairs), found.version) == (1, prmbench.SOURCE.revision)
    assert client.calls == [
        {
            "repo_id": "hitsmy/PRMBench_Preview",
            "filename": "prmbench_preview.jsonl",
            "repo_type": "dataset",
            "revision": prmbench.SOURCE.homes[0].revision,
        }
    ]


@pytest.mark.slow
@reads_data
def test_the_real_files_are_accounted_for_row_by_row(monkeypatch):
    monkeypatch.setenv("LCBRB_DATA", DATA)
    usual, full = load(), load("prmbench?different_prompts=true")
    assert usual.notes == (
        "466 pairs with two different questions left out",
        "7 pairs with identical sides left out",
    )
    assert len(usual.pairs) + 466 + 7 == len(full.pairs) + 7 == 6051
    assert len({pair.problem_id for pair in full.pairs}) == 758
    kinds = Counter(pair.category for pair in full.pairs if pair.rejected_prompt is not None)
    assert kinds["missing_condition"] == max(kinds.values()) == 274


@reads_data
def test_real_kinds_are_the_papers(monkeypatch):
    monkeypatch.setenv("LCBRB_DATA", DATA)
    assert {pair.category for pair in load().pairs} == {
        "circular", "confidence", "counterfactual", "deception", "domain_inconsistency",
        "missing_condition", "redundency", "step_contradiction",
    }  # fmt: skip
