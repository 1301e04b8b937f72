"""JudgeBench: the label says which answer is right; its files are at GitHub."""

import json
from functools import partial

import pytest
from fakes import serving, write_lines

from lcbrb.errors import BadInputError, UnknownNameError, UsageError
from lcbrb.registry import parse_spec
from lcbrb.sources.hub import github_files
from lcbrb.sources.pairs import judge_bench
from lcbrb.sources.pairs.judge_bench import SOURCE, load_pairs

GPT, CLAUDE = "gpt-4o-2024-05-13", "claude-3-5-sonnet-20240620"


def row(name="1", label="A>B", source="mmlu-pro-law", model=GPT, **fields):
    return {
        "pair_id": f"pair-{name}",
        "original_id": "10646",
        "source": source,
        "question": f"Q {name}",
        "response_model": model,
        "response_A": "first",
        "response_B": "second",
        "label": label,
        **fields,
    }


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    """An empty LCBRB_DATA."""
    monkeypatch.setenv("LCBRB_DATA", str(tmp_path))
    return tmp_path / "preference" / "judge-bench"


def load(text="judge-bench"):
    return load_pairs(parse_spec(text))


@pytest.mark.parametrize(
    ("label", "sides"), [("A>B", ("first", "second")), ("B>A", ("second", "first"))]
)
def test_the_label_says_which_answer_is_chosen(folder, label, sides):
    write_lines(folder / "a.jsonl", [row(label=label)])
    (pair,) = load().pairs
    assert (pair.chosen, pair.rejected, pair.prompt) == (*sides, "Q 1")
    assert pair.chosen_side.sampler == pair.rejected_side.sampler == GPT


@pytest.mark.parametrize(
    ("source", "kind"),
    [
        ("mmlu-pro-computer science", "knowledge"),
        ("livebench-reasoning", "reasoning"),
        ("livebench-math", "math"),
        ("livecodebench", "coding"),
        ("new-set", "new-set"),
    ],
)
def test_the_source_tells_the_kind_of_question(folder, source, kind):
    write_lines(folder / "a.jsonl", [row(source=source)])
    assert [pair.category for pair in load().pairs] == [kind]


def test_splits_are_told_by_who_answered(folder):
    write_lines(folder / "a.jsonl", [row("1"), row("2", model=CLAUDE)])
    assert [p.prompt for p in load("judge-bench:gpt").pairs] == ["Q 1"]
    assert [p.prompt for p in load("judge-bench:claude").pairs] == ["Q 2"]


def test_one_question_answered_by_both_models_is_one_problem(folder):
    write_lines(folder / "a.jsonl", [row("1"), row("1", model=CLAUDE), row("2")])
    ids = [pair.problem_id for pair in load().pairs]
    assert ids[0] == ids[1] != ids[2]


@pytest.mark.parametrize(
    "fields",
    [{"label": "A=B"}, {"label": 1}, {"response_A": None}, {"question": 7}, {"source": None}],
)
def test_a_row_that_is_none_is_named(folder, fields):
    write_lines(folder / "a.jsonl", [row(), row(**fields)])
    with pytest.raises(BadInputError, match=r"a\.jsonl, line 2: not a JudgeBench row"):
        load()


def test_what_is_not_there_is_said():
    with pytest.raises(UnknownNameError, match="did you mean claude"):
        load("judge-bench:claud")
    with pytest.raises(UsageError, match="takes no options"):
        load("judge-bench?split=gpt")


def test_without_local_files_both_splits_come_from_github(monkeypatch, tmp_path):
    monkeypatch.delenv("LCBRB_DATA")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    pages = {
        f"/ScalerLab/JudgeBench/{SOURCE.homes[0].revision}/data/dataset=judgebench,response_model={model}.jsonl": (
            json.dumps(row(model, model=model)).encode()
        )
        for model in (GPT, CLAUDE)
    }
    with serving(pages) as (site, host):
        monkeypatch.setattr(judge_bench, "github_files", partial(github_files, host=host))
        found = load()
        assert [p.chosen_side.sampler for p in load("judge-bench:claude").pairs] == [CLAUDE]
    assert (len(found.pairs), found.version, len(site.asked)) == (2, SOURCE.revision, 2)
