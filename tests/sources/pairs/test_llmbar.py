"""LLMBar: from its own files, and as the part of RewardBench that it is."""

import json
from collections import Counter

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from fakes import DATA, StandIn, reads_data

from lcbrb.errors import BadInputError, UnknownNameError, UsageError
from lcbrb.registry import parse_spec
from lcbrb.sources.pairs import llmbar
from lcbrb.sources.pairs.llmbar import load_pairs
from lcbrb.types import Relation

ROW = {"input": "Q", "output_1": "first", "output_2": "second", "label": 1}
NATURAL = "LLMBar_Natural_dataset.json"


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    """An LCBRB_DATA with room for LLMBar's files."""
    monkeypatch.setenv("LCBRB_DATA", str(tmp_path))
    folder = tmp_path / "preference" / "llmbar"
    folder.mkdir(parents=True)
    return folder


def write(folder, name, *rows):
    (folder / name).write_text(json.dumps(rows))


def load(text="llmbar"):
    return load_pairs(parse_spec(text))


@pytest.mark.parametrize(("label", "sides"), [(1, ("first", "second")), (2, ("second", "first"))])
def test_the_label_says_which_output_is_the_better_one(folder, label, sides):
    write(folder, NATURAL, {**ROW, "label": label})
    (pair,) = load().pairs
    assert (pair.chosen, pair.rejected) == sides
    assert (pair.prompt, pair.category, pair.relation) == ("Q", "natural", Relation.HUMAN)


def test_outputs_for_one_instruction_are_one_problem(folder):
    write(folder, NATURAL, ROW, {**ROW, "output_1": "other"}, {**ROW, "input": "R"})
    ids = [pair.problem_id for pair in load().pairs]
    assert ids[0] == ids[1] != ids[2]


def test_each_file_is_a_set_and_others_are_passed_over(folder):
    for part in (
        "Adversarial_GPTInst",
        "Adversarial_GPTOut",
        "Adversarial_Manual",
        "Adversarial_Neighbor",
        "Natural",
        "Unheard_Of",
    ):
        write(folder, f"LLMBar_{part}_dataset.json", ROW)
    write(folder, "Processed_MT-Bench_dataset.json", ROW)
    assert sorted(pair.category for pair in load().pairs) == [
        "gptinst",
        "gptout",
        "manual",
        "natural",
        "neighbor",
    ]
    assert [pair.category for pair in load("llmbar:manual").pairs] == ["manual"]


def test_an_unknown_set_gives_the_nearest():
    with pytest.raises(UnknownNameError, match="did you mean natural"):
        load("llmbar:natrual")


def test_options_are_refused():
    with pytest.raises(UsageError, match="takes no options"):
        load("llmbar?set=natural")


@pytest.mark.parametrize(
    "row",
    [
        7,
        {},
        {**ROW, "label": 0},
        {**ROW, "label": [1]},
        {**ROW, "input": None},
        {**ROW, "output_2": 5},
    ],
)
def test_a_row_that_is_none_is_named(folder, row):
    write(folder, NATURAL, ROW, row)
    with pytest.raises(BadInputError, match=rf"{NATURAL}, row 2: not an LLMBar row"):
        load()


def test_a_file_that_is_no_list_is_named(folder):
    (folder / NATURAL).write_text("7")
    with pytest.raises(BadInputError, match="expected a list"):
        load()


def test_halves_of_surrogate_pairs_are_mended(folder):
    write(folder, NATURAL, {**ROW, "input": "Q\ud800"})
    assert load().pairs[0].prompt == "Q\ufffd"


# ------------------------------------------------------------------- as a part of RewardBench


@pytest.fixture
def hub(monkeypatch, tmp_path):
    """The hub's client; `rows` writes the file that it gives."""
    import huggingface_hub

    path = tmp_path / "rewardbench.parquet"
    client = StandIn(huggingface_hub.hf_hub_download, str(path))
    client.rows = lambda *rows: pq.write_table(pa.Table.from_pylist(list(rows)), path)
    monkeypatch.setattr(huggingface_hub, "hf_hub_download", client)
    monkeypatch.delenv("LCBRB_DATA")
    return client


def reward_bench_row(subset, **fields):
    return {"prompt": "Q", "chosen": "good", "rejected": "bad", "subset": subset, "id": 1, **fields}


def test_remotely_the_pairs_are_rewardbenchs(hub):
    hub.rows(
        reward_bench_row("alpacaeval-easy"),
        reward_bench_row("llmbar-natural"),
        reward_bench_row("llmbar-adver-GPTOut", chosen="better"),
    )
    found = load()
    assert [(p.category, p.chosen, p.rejected) for p in found.pairs] == [
        ("natural", "good", "bad"),
        ("gptout", "better", "bad"),
    ]
    assert found.version == llmbar.SOURCE.revision
    assert hub.calls == [
        {
            "repo_id": "allenai/reward-bench",
            "filename": "data/filtered-00000-of-00001.parquet",
            "repo_type": "dataset",
            "revision": llmbar.SOURCE.homes[0].revision,
        }
    ]


def test_one_set_can_be_asked_for_remotely_too(hub):
    hub.rows(reward_bench_row("llmbar-natural"), reward_bench_row("llmbar-adver-manual"))
    assert [pair.category for pair in load("llmbar:manual").pairs] == ["manual"]


def test_a_pair_is_the_same_pair_from_either_place(hub, folder, monkeypatch, tmp_path):
    hub.rows(reward_bench_row("llmbar-natural", chosen="first", rejected="second"))
    (remote,) = load().pairs
    write(folder, NATURAL, ROW)
    monkeypatch.setenv("LCBRB_DATA", str(tmp_path))
    assert load().pairs == [remote]


def test_a_remote_row_that_is_none_is_named(hub):
    hub.rows(reward_bench_row("llmbar-natural"), reward_bench_row("llmbar-natural", chosen=None))
    with pytest.raises(
        BadInputError, match="row 2: not an LLMBar row: field 'chosen' is not a text"
    ):
        load()


@reads_data
def test_the_real_files_hold_the_papers_419_pairs(monkeypatch):
    monkeypatch.setenv("LCBRB_DATA", DATA)
    counts = Counter(pair.category for pair in load().pairs)
    assert counts == {"natural": 100, "neighbor": 134, "gptinst": 92, "gptout": 47, "manual": 46}
    assert sum(counts.values()) == 419
