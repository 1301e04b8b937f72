"""Every layout of run folders and tables with every part of it replaced: it can be used, or the error is ours.

A reader that lets an object pass where a text belongs shows it by an error of Python's, here or,
worse, hours later. So what a reader gives must be writable as a record, too.
"""

import json
import shutil

import pytest
from boards import policy_run
from gate_runs import bench_run, pair_run
from wrong_kinds import as_toml, refused_or_used

import lcbrb
from lcbrb.cli.settings import read_settings
from lcbrb.config import build
from lcbrb.gates.config import load_config
from lcbrb.harness.config import BenchConfig
from lcbrb.judges.templates import Mode, load_template
from leaderboards import Options, build_board
from leaderboards.models import read_models

PROGRAM = "def twice(x):\n    return 2 * x\n"
REPLY = f"Double it.\n```python\n{PROGRAM}```"


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """A run of a policy with texts, and one of a reward model."""
    folder = tmp_path_factory.mktemp("runs")
    policy_run(folder / "policy", {"m": {"p1": "pw", "p2": "pt"}}, texts=REPLY)
    pair_run(folder / "rm", {"p1": "+-", "p2": "=+"})
    bench_run(folder / "bench", "+-+-")
    return folder


def used(folder):
    """A run folder by all that read one."""
    board = build_board([folder], Options(title="t", texts_mib=1.0))
    assert board.html
    lcbrb.read_runs([folder])
    lcbrb.gate(folder, folder)
    return ()


@pytest.mark.parametrize(
    ("run", "name"),
    [
        ("policy", "record.json"),
        ("policy", "samples.jsonl"),
        ("policy", "completions.jsonl"),
        ("rm", "scores.jsonl"),
    ],
)
def test_run_folders(runs, tmp_path, run, name):
    folder = tmp_path / "run"
    shutil.copytree(runs / run, folder)
    first, *rest = (folder / name).read_text().splitlines()
    document = json.loads((folder / name).read_text() if name == "record.json" else first)
    used(folder)

    def write(changed):
        lines = [json.dumps(changed), *([] if name == "record.json" else rest)]
        (folder / name).write_text("".join(line + "\n" for line in lines))
        return folder

    assert refused_or_used(write, used, document) == []


GATE = {
    "alpha": 0.05,
    "power": 0.8,
    "tolerance": 0.02,
    "missing": "fail",
    "allow": ["sampling"],
    "benchmark": {"humaneval+": {"tolerance": 0.03}, "b": [{"metric": "pass@5"}]},
}
QUARANTINE = {
    "problem": [
        {"benchmark": "code", "problem": "p1", "until": "2100-01-31", "reason": "broken"},
    ]
}
MODELS = {"models": {"m": {"size_b": 7, "released": "2024-01-31", "aliases": ["n"]}}}
TEMPLATE = {"name": "n", "user": "{prompt} {first} {second}", "system": "s", "tie": "tie"}
SETTINGS = {"temperature": 0.5, "max_tokens": 7, "stop": ["x"], "system_prompt": "s"}


def quarantined(runs):
    def read(path):
        gate = path.with_name("gate.toml")
        gate.write_text(f'quarantine = "{path.name}"\n')
        lcbrb.gate(runs / "bench", runs / "bench", config=gate)
        return ()

    return read


def nothing_of(read):
    """What is read, and no records of it."""

    def readings(path):
        read(path)
        return ()

    return readings


@pytest.mark.parametrize(
    ("document", "read"),
    [
        (GATE, nothing_of(load_config)),
        (QUARANTINE, None),
        (MODELS, nothing_of(read_models)),
        (TEMPLATE, nothing_of(lambda path: load_template(str(path), Mode.PAIRWISE))),
        (
            SETTINGS,
            nothing_of(lambda path: build(BenchConfig, read_settings([str(path)]), "bench")),
        ),
    ],
    ids=["gate", "quarantine", "models", "template", "settings"],
)
def test_tables(runs, tmp_path, document, read):
    read = read or quarantined(runs)

    def write(changed):
        text = as_toml(changed)
        if text is None:
            return None
        (tmp_path / "t.toml").write_text(text)
        return tmp_path / "t.toml"

    read(write(document))
    assert refused_or_used(write, read, document) == []
