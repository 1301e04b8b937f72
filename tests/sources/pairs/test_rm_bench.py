"""RM-Bench: three by three responses a prompt, and how hard each couple is."""

import dataclasses
import json
from collections import Counter

import pytest
from fakes import DATA, reads_data, serving

from lcbrb.errors import BadInputError, DataUnavailableError, UnknownNameError, UsageError
from lcbrb.registry import parse_spec
from lcbrb.sources.hub import GitHubFile
from lcbrb.sources.pairs import rm_bench
from lcbrb.sources.pairs.rm_bench import SOURCE, load_pairs

ROW = {"id": 5, "prompt": "Q", "chosen": ["c0", "c1", "c2"], "rejected": ["r0", "r1", "r2"]}


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    """An LCBRB_DATA with room for RM-Bench's files."""
    monkeypatch.setenv("LCBRB_DATA", str(tmp_path))
    folder = tmp_path / "preference" / "rm-bench"
    folder.mkdir(parents=True)
    return folder


def write(folder, name, *rows):
    (folder / name).write_text(json.dumps(rows))


def load(text="rm-bench"):
    return load_pairs(parse_spec(text))


def test_every_chosen_meets_every_rejected(folder):
    write(folder, "chat_filtered.json", ROW)
    found = {(pair.chosen, pair.rejected): pair.difficulty for pair in load().pairs}
    assert found == {
        ("c0", "r0"): "normal", ("c0", "r1"): "hard", ("c0", "r2"): "hard",
        ("c1", "r0"): "easy", ("c1", "r1"): "normal", ("c1", "r2"): "hard",
        ("c2", "r0"): "easy", ("c2", "r1"): "easy", ("c2", "r2"): "normal",
    }  # fmt: skip


def test_all_nine_pairs_are_of_one_problem(folder):
    write(folder, "code_filtered.json", ROW)
    pairs = load().pairs
    assert {pair.problem_id for pair in pairs} == {"rm-bench/code/5"}
    assert len({pair.id for pair in pairs}) == 9


@pytest.mark.parametrize(
    ("name", "row", "domain"),
    [
        ("safety-refuse_filtered.json", ROW, "safety"),
        ("math_filtered.json", ROW, "math"),
        ("total_dataset.json", {**ROW, "domain": "safety-response"}, "safety"),
        ("total_dataset.json", {**ROW, "domain": "code"}, "code"),
        ("total_dataset.json", ROW, "other"),
    ],
)
def test_the_domain_is_told_by_the_row_or_else_the_file(folder, name, row, domain):
    write(folder, name, row)
    assert {pair.category for pair in load().pairs} == {domain}


def test_one_domain_can_be_asked_for(folder):
    write(folder, "code_filtered.json", ROW)
    write(folder, "chat_filtered.json", ROW, {**ROW, "id": 6})
    assert len(load("rm-bench:chat").pairs) == 18
    assert len(load("rm-bench:code").pairs) == 9


def test_an_unknown_domain_gives_the_known_ones():
    with pytest.raises(UnknownNameError, match="did you mean code"):
        load("rm-bench:cod")


def test_options_are_refused():
    with pytest.raises(UsageError, match="takes no options"):
        load("rm-bench?domain=code")


@pytest.mark.parametrize(
    "row", [7, {}, {**ROW, "chosen": None}, {**ROW, "prompt": 7}, {**ROW, "chosen": [7]}]
)
def test_a_row_that_is_none_is_named(folder, row):
    write(folder, "chat_filtered.json", ROW, row)
    with pytest.raises(BadInputError, match=r"chat_filtered\.json, row 2: not an RM-Bench row"):
        load()


def test_a_file_that_is_no_json_is_named(folder):
    (folder / "chat_filtered.json").write_text("{")
    with pytest.raises(BadInputError, match=r"chat_filtered\.json: not valid JSON"):
        load()


def test_without_local_files_the_one_at_github_is_read(monkeypatch, tmp_path):
    monkeypatch.delenv("LCBRB_DATA")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    page = f"/THU-KEG/RM-Bench/{SOURCE.homes[0].revision}/data/total_dataset.json"
    content = json.dumps([{**ROW, "domain": "math"}]).encode()
    with serving({page: content}) as (_, host):
        here = dataclasses.replace(SOURCE.homes[0], host=host)
        monkeypatch.setattr(rm_bench, "SOURCE", dataclasses.replace(SOURCE, homes=(here,)))
        found = load()
    assert (len(found.pairs), found.version) == (9, SOURCE.revision)


def test_a_server_out_of_reach_is_unavailable_data(monkeypatch, tmp_path):
    monkeypatch.delenv("LCBRB_DATA")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    with serving({}) as (_, host):
        gone = GitHubFile(repo="o/r", name="x", revision="0", host=host)
    monkeypatch.setattr(rm_bench, "SOURCE", dataclasses.replace(SOURCE, homes=(gone,)))
    with pytest.raises(DataUnavailableError):
        load()


@reads_data
def test_the_real_files_give_nine_pairs_a_row(monkeypatch):
    monkeypatch.setenv("LCBRB_DATA", DATA)
    counts = Counter(pair.category for pair in load().pairs)
    assert counts == {"safety": 441 * 9, "code": 228 * 9, "chat": 129 * 9}
    code = load("rm-bench:code").pairs
    assert Counter(pair.difficulty for pair in code) == dict.fromkeys(
        ("easy", "normal", "hard"), 684
    )
    assert len({pair.problem_id for pair in code}) == 228
