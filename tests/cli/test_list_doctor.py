"""`lcbrb list` names everything there is; `lcbrb doctor` says what works here."""

import json
import sys

import pytest

from lcbrb import __version__
from lcbrb.api.catalogue import REGISTRIES
from lcbrb.protocols.sandbox import Execution
from lcbrb.rewards import REWARD_MODELS
from lcbrb.sandbox import levels
from lcbrb.sandbox.plain_sandbox import PlainSandbox
from lcbrb.sources import PAIR_SOURCES
from lcbrb.sources.hub import DATA_VARIABLE
from lcbrb.sources.pairs import tracelift
from lcbrb.types import Status


@pytest.fixture
def found(lcbrb):
    """What doctor finds, as JSON."""

    def run():
        ended = lcbrb("doctor", "--json")
        assert (ended.code, ended.err) == (0, "")
        return json.loads(ended.out)

    return run


# ---------------------------------------------------------------------------------------- list


def test_list_shows_every_name_with_its_line(lcbrb):
    ended = lcbrb("list")
    assert (ended.code, ended.err) == (0, "")
    lines = ended.out.splitlines()
    for group, registry in REGISTRIES.items():
        start = lines.index(group) + 1
        shown = lines[start : start + len(registry.table)]
        for name, entry in registry.table.items():
            assert any(line.split() == [name, *entry.about.split()] for line in shown)


def test_list_shows_plug_ins_as_such(lcbrb, plugin):
    models = json.loads(lcbrb("list", "--json").out)["reward models"]
    assert models["nan"] == "from a plug-in"
    assert models["length"] == REWARD_MODELS.table["length"].about


# -------------------------------------------------------------------------------------- doctor


def test_doctor_runs_a_program_and_says_what_is_here(found):
    groups = found()
    assert set(groups) >= {"machine", "sandbox", "extras", "models", "devices", "data"}
    assert set(groups["reward models"]) >= set(REWARD_MODELS.table)
    assert groups["machine"]["lcbrb"] == __version__
    assert list(groups["sandbox"]) == ["A", "B", "C", "D"]
    assert groups["sandbox"]["D"].startswith("live")


def test_doctor_says_where_data_would_come_from(found, monkeypatch):
    monkeypatch.delenv(DATA_VARIABLE, raising=False)
    data = found()["data"]
    assert data["trm-preference"] == "from the network"
    assert data["tracelift"] == "from a file that you name"


def test_a_source_is_said_to_have_a_home_where_it_has_one():
    assert PAIR_SOURCES.table["tracelift"].has_home is bool(tracelift.SOURCE.homes)


def test_doctor_says_the_same_in_words(lcbrb, found):
    ended = lcbrb("doctor")
    assert (ended.code, ended.err) == (0, "")
    lines = [line.split() for line in ended.out.splitlines()]
    for group, entries in found().items():
        assert group.split() in lines
        for name, state in entries.items():
            assert [*name.split(), *state.split()] in lines


def test_doctor_names_what_an_extra_lacks(found, monkeypatch):
    for name in ("torch", "gguf"):
        monkeypatch.setitem(sys.modules, name, None)
    groups = found()
    assert groups["extras"]["hf"] == "not installed (missing: torch, gguf)"
    assert groups["reward models"]["dpo"] == "needs pip install 'lcbrb[hf]'"
    expected = "ready with api=items; else needs pip install 'lcbrb[hf]'"
    assert groups["reward models"]["remote"] == expected
    assert groups["reward models"]["length"] == groups["reward models"]["ensemble"] == "ready"
    assert groups["policies"]["hf"] == groups["reward models"]["dpo"]
    assert groups["benchmarks"]["mini"] == groups["policies"]["replay"] == "ready"
    assert groups["models"]["smollm2"] == "not installed"
    assert groups["devices"] == {"cpu": "torch is not installed"}


def test_doctor_knows_every_extra_of_a_table(found, monkeypatch):
    monkeypatch.setitem(sys.modules, "lm_eval", None)
    groups = found()
    assert {
        "hf",
        "train",
        "vllm",
        "ray",
        "lm-eval",
        "evalplus",
        "inspect",
        "review",
        "serve",
    } == set(groups["extras"])
    assert groups["extras"]["lm-eval"] == "not installed (missing: lm_eval)"
    assert groups["benchmarks"]["lm-eval"] == "needs pip install 'lcbrb[lm-eval]'"


def test_doctor_says_that_the_runner_is_broken(found, monkeypatch):
    broken = Execution(status=Status.HARNESS_ERROR, detail="no processes left")
    monkeypatch.setattr(PlainSandbox, "run", lambda *given: iter([broken]))
    monkeypatch.setattr(levels, "_probes", {})
    assert found()["sandbox"]["D"] == "not live: no processes left"


def test_doctor_says_which_isolation_is_live_and_what_it_stops(found, monkeypatch):
    probes = {
        "A": levels.Probe(level="A", problem="no namespaces"),
        "B": levels.Probe(level="B", layers=("one", "two"), stopped=("fly", "swim")),
        "C": levels.Probe(level="C", layers=("one",)),
        "D": levels.Probe(level="D"),
    }
    monkeypatch.setattr("lcbrb.api.diagnose.probe", probes.__getitem__)
    shown = found()["sandbox"]
    assert shown["A"] == "not live: no namespaces"
    assert shown["B"] == "live: one, two; a program can't fly, swim"
    assert shown["C"].startswith("live: one; no security boundary; it could read the tests")
    assert shown["C"].endswith("--require-isolation C")


def test_doctor_counts_local_data(found, monkeypatch, tmp_path):
    monkeypatch.delenv(DATA_VARIABLE, raising=False)
    assert found()["data"]["rm-bench"] == "from the network"
    (tmp_path / "preference" / "rm-bench").mkdir(parents=True)
    (tmp_path / "preference" / "rm-bench" / "chat.json").write_text("[]")
    monkeypatch.setenv(DATA_VARIABLE, str(tmp_path))
    data = found()["data"]
    assert data[DATA_VARIABLE] == str(tmp_path)
    assert data["rm-bench"] == "1 local files"
    assert data["prmbench"] == data["aime24"] == "from the network"
    assert found()["benchmarks"]["aime24"] == "ready, with data from the network"
    assert {
        name for table in REGISTRIES.values() for name, one in table.table.items() if one.data
    } == (set(data) - {DATA_VARIABLE})


def test_doctor_refuses_a_data_folder_that_is_none(lcbrb, monkeypatch, tmp_path):
    monkeypatch.setenv(DATA_VARIABLE, str(tmp_path / "gone"))
    ended = lcbrb("doctor")
    assert (ended.code, ended.out) == (3, "")
    assert ended.err.startswith(f"lcbrb: {DATA_VARIABLE} is set to ")
    assert ended.err.count("\n") == 1
