"""Pairs from files and from hub data sets of any shape that names its columns."""

import gzip
import json
from types import SimpleNamespace

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from fakes import StandIn, write_lines
from tiny import pair

from lcbrb.codec import encode
from lcbrb.errors import BadInputError, DataUnavailableError, UnknownNameError, UsageError
from lcbrb.registry import parse_spec
from lcbrb.sources.pairs.pair_files import hub_pairs, read_pair_file
from lcbrb.types import Provenance, Relation

ROW = {"prompt": "Q", "chosen": "good", "rejected": "bad"}


def read(path, options=""):
    return read_pair_file(path, parse_spec(f"{path}{options}"))


def one(tmp_path, options="", **row):
    (found,) = read(write_lines(tmp_path / "p.jsonl", [row]), options).pairs
    return found


def said(role, content):
    return {"role": role, "content": content}


# ---------------------------------------------------------------------------------- layouts


def test_a_row_of_texts_becomes_a_pair(tmp_path):
    found = one(tmp_path, **ROW)
    assert (found.prompt, found.chosen, found.rejected) == ("Q", "good", "bad")
    assert (found.relation, found.rejected_prompt) == (Relation.GIVEN, None)
    assert found.provenance == Provenance(source="p.jsonl")


def test_columns_may_have_other_names(tmp_path):
    row = {"question": "Q", "yes": "good", "no": "bad", "task": 7, "kind": "k", "id": "row 1"}
    options = "?prompt=question&chosen=yes&rejected=no&problem=task&category=kind"
    found = one(tmp_path, options, **row)
    assert (found.prompt, found.chosen, found.rejected) == ("Q", "good", "bad")
    assert (found.problem_id, found.category) == ("7", "k")


def test_responses_may_be_messages_with_the_prompt_in_front(tmp_path):
    lead = [said("system", "Be brief."), said("user", "Q")]
    found = one(
        tmp_path,
        chosen=[*lead, said("assistant", "good")],
        rejected=[*lead, said("assistant", "bad")],
    )
    assert (found.prompt, found.chosen, found.rejected) == ("Be brief.\n\nQ", "good", "bad")
    assert found.rejected_prompt is None


def test_messages_that_answer_two_prompts_keep_both(tmp_path):
    found = one(
        tmp_path,
        chosen=[said("user", "Q"), said("assistant", "good")],
        rejected=[said("user", "R"), said("assistant", "bad")],
    )
    assert (found.prompt, found.rejected_prompt) == ("Q", "R")


def test_a_bare_text_beside_messages_answers_their_prompt(tmp_path):
    found = one(tmp_path, chosen=[said("user", "Q"), said("assistant", "good")], rejected="bad")
    assert (found.prompt, found.rejected_prompt) == ("Q", None)


def test_a_prompt_of_its_own_goes_before_that_in_the_messages(tmp_path):
    messages = [said("user", "Q again"), said("assistant", "good")]
    assert one(tmp_path, prompt="Q", chosen=messages, rejected="bad").prompt == "Q"


def test_the_prompt_may_be_messages(tmp_path):
    found = one(tmp_path, **{**ROW, "prompt": [said("system", "S"), said("user", "Q")]})
    assert found.prompt == "S\n\nQ"


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        ({"problem_id": "p", "id": "i"}, "p"),
        ({"id": "i"}, "i"),
        ({"id": 0}, "0"),
        ({"problem_id": None, "id": 5}, "5"),
    ],
)
def test_the_problem_is_told_by_the_usual_columns(tmp_path, row, problem):
    assert one(tmp_path, **ROW, **row).problem_id == problem


def test_without_an_id_the_same_prompt_is_the_same_problem(tmp_path):
    rows = [ROW, {**ROW, "prompt": " Q\n", "chosen": "fine"}, {**ROW, "prompt": "R"}]
    ids = [p.problem_id for p in read(write_lines(tmp_path / "p.jsonl", rows)).pairs]
    assert ids[0] == ids[1] != ids[2]


@pytest.mark.parametrize("column", ["category", "subset"])
def test_category_and_difficulty_are_taken_where_they_are(tmp_path, column):
    found = one(tmp_path, **ROW, **{column: "chat"}, difficulty=3)
    assert (found.category, found.difficulty) == ("chat", "3")


def test_halves_of_surrogate_pairs_are_mended(tmp_path):
    found = one(
        tmp_path, prompt="Q\ud800", chosen="\udc00", rejected="b", id="\ud801", subset="\ud802"
    )
    assert encode(found)
    assert found.prompt == "Q\ufffd"


def test_our_own_pairs_come_back_as_they_were(tmp_path):
    pairs = [pair("a", category="c"), pair("b", rejected_prompt="other")]
    path = write_lines(tmp_path / "p.jsonl", [encode(p) for p in pairs])
    assert read(path).pairs == pairs


def test_pairs_of_a_synthetic_source_are_noted(tmp_path):
    pairs = [pair("a", provenance=Provenance(source="mini (synthetic)")), pair("b")]
    found = read(write_lines(tmp_path / "p.jsonl", [encode(p) for p in pairs]))
    assert found.notes == ("pairs are from mini (synthetic)",)


def test_the_version_follows_the_content(tmp_path):
    versions = [
        read(write_lines(tmp_path / name, rows)).version
        for name, rows in (("a.jsonl", [ROW]), ("b.jsonl", [ROW]), ("c.jsonl", [ROW, ROW]))
    ]
    assert versions[0] == versions[1] != versions[2]


# ------------------------------------------------------------------------------ file formats


def test_a_json_list_is_read(tmp_path):
    path = tmp_path / "p.json"
    path.write_text(json.dumps([ROW, {**ROW, "chosen": "fine"}]))
    assert [p.chosen for p in read(path).pairs] == ["good", "fine"]


@pytest.mark.parametrize("name", ["p.jsonl.gz", "p.json.gz"])
def test_gzipped_files_are_read(tmp_path, name):
    path = tmp_path / name
    text = json.dumps(ROW) if "jsonl" in name else json.dumps([ROW])
    path.write_bytes(gzip.compress(text.encode()))
    assert [p.chosen for p in read(path).pairs] == ["good"]


def test_a_parquet_file_is_read(tmp_path):
    path = tmp_path / "p.parquet"
    rows = [{**ROW, "chosen": [said("user", "Q"), said("assistant", "good")]}]
    pq.write_table(pa.Table.from_pylist(rows), path)
    assert [(p.prompt, p.chosen) for p in read(path).pairs] == [("Q", "good")]


def test_a_broken_parquet_file_is_said_so(tmp_path):
    path = tmp_path / "p.parquet"
    path.write_bytes(b"PAR1 no more")
    with pytest.raises(BadInputError, match="not a Parquet file"):
        read(path)


@pytest.mark.parametrize("text", ["{}", "7", "null"])
def test_json_that_is_no_list_is_said_so(tmp_path, text):
    path = tmp_path / "p.json"
    path.write_text(text)
    with pytest.raises(BadInputError, match="expected a list"):
        read(path)


@pytest.mark.parametrize(
    ("row", "what"),
    [
        ("{", "not valid JSON"),
        ("[1]", "expected an object, found list"),
        ({"prompt": "Q", "chosen": "good"}, r"no column 'rejected' \(found: chosen, prompt\)"),
        ({"chosen": "good", "rejected": "bad"}, r"no column 'prompt' \(found: chosen, rejected\)"),
        ({}, r"no column 'chosen' \(found: nothing\)"),
        ({**ROW, "chosen": None}, "'chosen' is neither a text nor a list of messages"),
        ({**ROW, "chosen": []}, "'chosen' is neither"),
        ({**ROW, "rejected": [{"role": "user"}]}, "'rejected' is neither"),
        ({**ROW, "prompt": 7}, "'prompt' is neither"),
        ({**ROW, "schema_version": 1}, "not a valid PreferencePair"),
    ],
)
def test_a_row_that_is_no_pair_names_its_line_and_what_is_there(tmp_path, row, what):
    path = write_lines(tmp_path / "p.jsonl", [ROW, "", row])
    with pytest.raises(BadInputError, match=what) as caught:
        read(path)
    assert caught.value.line == 3


@pytest.mark.parametrize("option", ["problem", "category"])
def test_a_named_column_that_is_not_there_is_an_error_not_a_guess(tmp_path, option):
    path = write_lines(tmp_path / "p.jsonl", [{**ROW, "id": "i"}])
    with pytest.raises(BadInputError, match="no column 'taks'"):
        read(path, f"?{option}=taks")


def test_an_unknown_option_gives_the_nearest(tmp_path):
    path = write_lines(tmp_path / "p.jsonl", [ROW])
    with pytest.raises(UnknownNameError, match="did you mean chosen"):
        read(path, "?choosen=x")


# ------------------------------------------------------------------------------------ the hub


@pytest.fixture
def hub(monkeypatch):
    """The hub's clients, with one data set of two splits."""
    import datasets
    import huggingface_hub

    hub = SimpleNamespace(
        info=StandIn(
            huggingface_hub.HfApi.dataset_info, lambda *_, **__: SimpleNamespace(sha="c0ffee")
        ),
        splits=StandIn(datasets.get_dataset_split_names, ["train", "test"]),
        load=StandIn(datasets.load_dataset, [ROW, {**ROW, "chosen": "fine"}]),
    )

    def dataset_info(self, *args, **kwargs):  # a function in a class is a method, an object is not
        return hub.info(self, *args, **kwargs)

    monkeypatch.setattr(huggingface_hub.HfApi, "dataset_info", dataset_info)
    monkeypatch.setattr(datasets, "get_dataset_split_names", hub.splits)
    monkeypatch.setattr(datasets, "load_dataset", hub.load)
    return hub


def from_hub(text):
    spec = parse_spec(text)
    return hub_pairs(spec.kind, spec)


def test_a_hub_data_set_is_read_at_the_commit_of_today(hub):
    found = from_hub("org/pairs")
    assert [p.chosen for p in found.pairs] == ["good", "fine"]
    assert (found.name, found.version) == ("org/pairs", "c0ffee/train")
    assert found.pairs[0].provenance.source == "org/pairs"
    assert hub.info.calls[0]["revision"] is None
    assert hub.load.calls == [{"path": "org/pairs", "revision": "c0ffee", "split": "train"}]


def test_a_hub_data_set_is_read_at_the_revision_and_split_asked_for(hub):
    found = from_hub("org/pairs@v1?split=test&chosen=chosen")
    assert hub.info.calls[0]["repo_id"] == "org/pairs"
    assert hub.info.calls[0]["revision"] == "v1"
    assert hub.load.calls[0]["split"] == "test"
    assert found.version == "c0ffee/test"
    assert hub.splits.calls == []


class ForeignError(Exception):
    """An error of a library that ours have nothing in common with."""


@pytest.mark.parametrize("part", ["info", "splits", "load"])
@pytest.mark.parametrize("error", [ForeignError("no route\nmore"), OSError("no route")])
def test_whatever_the_hubs_clients_raise_is_unavailable_data(hub, part, error):
    getattr(hub, part).outcome = error
    with pytest.raises(DataUnavailableError, match=r"no file org/pairs, .*: no route$"):
        from_hub("org/pairs")


def test_a_row_of_the_hub_that_is_no_pair_is_named(hub):
    hub.load.outcome = [ROW, {"prompt": "Q"}]
    with pytest.raises(
        UsageError, match="org/pairs, split train, row 1: not a pair: no column 'chosen'"
    ):
        from_hub("org/pairs")
