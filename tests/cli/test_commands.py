"""What all commands have in common: options that stand once, names, brevity, words meanwhile."""

import json
import logging
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import tiny
import typer
from fakes import write_lines

from lcbrb import codec
from lcbrb.cli import interrupts, progress
from lcbrb.cli.main import app
from lcbrb.cli.terminal import Name, Table, console, say_warnings
from lcbrb.errors import IncompleteRunError
from lcbrb.protocols.progress import METER
from lcbrb.registry import take_name
from lcbrb.runs import folder
from lcbrb.servers.retries import Failures, Pacer, Retry
from lcbrb.types import RunRecord

SPEC = "hf:./models/reward-model-of-step-100?truncation=keep-head&max_length=4096"


@pytest.fixture
def pairs(tmp_path):
    return tiny.write_pairs(tmp_path / "pairs.jsonl", count=8)


# ------------------------------------------------------------------------------------- options


@pytest.mark.parametrize(
    ("command", "said"),
    [
        (
            ["eval", "-m", "length", "--pairs", "mini", "--pairs", "x"],
            "--pairs is given several times",
        ),
        (
            ["bench", "--policy", "x", "--benchmark", "a", "--benchmark", "b"],
            "separate several by commas",
        ),
        (["pairs", "build", "-o", "a", "--output", "b"], "--output is given several times"),
        (["train", "sft", "--seed", "1", "--seed", "2"], "--seed is given several times"),
        (["eval", "-m", "length", "--pairs", "x", "--seed", "1_0"], "--seed: '1_0' is not a plain"),
        (["leaderboard", "x", "--texts-mb=1_0"], "--texts-mb: '1_0' is not a plain"),
    ],
)
def test_an_option_of_one_value_that_stands_twice_and_an_odd_number_are_refused(
    lcbrb, command, said
):
    ended = lcbrb(*command)
    assert ended.code == 2
    assert said in ended.err
    assert ended.err.count("\n") == 1


def test_options_of_several_values_flags_and_a_call_for_help_may_repeat(lcbrb, pairs):
    models = "-m", "length", "-m", "random"
    assert lcbrb("eval", *models, "--pairs", pairs, "--json", "--json").code == 0
    assert lcbrb("eval", "--pairs", "a", "--help").code == 0


# ---------------------------------------------------------------------------- several sets, names


def test_several_sets_have_a_report_each_and_a_mean(lcbrb, tmp_path):
    one = tiny.write_pairs(tmp_path / "one.jsonl", count=8)
    other = tiny.write_pairs(tmp_path / "other.jsonl", count=40)
    both = "eval", "-m", "length", "-m", "random", "--pairs", f"{one}, {other}"
    ended = lcbrb(*both, "--out", tmp_path / "out", "--brief")
    assert ended.code == 0, ended.err
    assert "mean of 2 sets" in ended.out
    assert "audit" not in ended.out
    records = [
        codec.read_record(RunRecord, tmp_path / "out" / name / "length" / "record.json")
        for name in ("one.jsonl", "other.jsonl")
    ]
    values = [next(iter(record.estimates.values())).value for record in records]
    document = json.loads(lcbrb(*both, "--json").out)
    assert [part["name"] for part in document["sets"]] == ["one.jsonl", "other.jsonl"]
    assert document["means"]["length"]["value"] == pytest.approx(sum(values) / 2)
    assert document["means"]["length"]["n"] == 48
    twice = lcbrb("eval", "-m", "length", "--pairs", f"{one},{one}")
    assert (twice.code, "two sets of pairs have the name one.jsonl" in twice.err) == (2, True)


def test_a_model_may_be_named_and_its_record_keeps_the_spec(lcbrb, pairs, tmp_path):
    model = "random?seed=7&name=chance"
    ended = lcbrb("eval", "-m", model, "-m", "length", "--pairs", pairs, "--out", tmp_path / "out")
    assert ended.code == 0, ended.err
    assert "chance" in ended.out
    assert "random?seed" not in ended.out
    record = codec.read_record(RunRecord, tmp_path / "out" / "chance" / "record.json")
    assert (record.subject, record.config["spec"]) == ("chance", "random?seed=7")
    plain = lcbrb("eval", "-m", "random?seed=7", "--pairs", pairs, "--json")
    named = lcbrb("eval", "-m", model, "--pairs", pairs, "--json")
    values = [json.loads(one.out)["records"][0]["counts"] for one in (plain, named)]
    assert values[0] == values[1]
    assert lcbrb("eval", "-m", "length?name=", "--pairs", pairs).code == 2
    assert lcbrb("eval", "-m", "length", "-m", "random?name=length", "--pairs", pairs).code == 2


@pytest.mark.parametrize(
    ("text", "spec", "name"),
    [
        ("hf:A", "hf:A", ""),
        ("hf:A?name=x", "hf:A", "x"),
        ("hf:A?dtype=float32&name=a b&device=cpu", "hf:A?dtype=float32&device=cpu", "a b"),
        ("ensemble:(A?x=1)|(B)?name=n&combine=min", "ensemble:(A?x=1)|(B)?combine=min", "n"),
        ("file?rename=1", "file?rename=1", ""),
    ],
)
def test_a_name_is_taken_out_of_a_spec(text, spec, name):
    assert take_name(text) == (spec, name)


def test_brief_shows_scores_and_notes_alone(lcbrb, pairs):
    models = "-m", "length", "-m", "random"
    whole = lcbrb("eval", *models, "--pairs", pairs).out
    brief = lcbrb("eval", *models, "--pairs", pairs, "--brief").out
    assert "accuracy by slice" in whole
    assert "paired comparisons" in whole
    assert len(brief.splitlines()) < 14
    assert brief.splitlines()[:5] == whole.splitlines()[:5]


# -------------------------------------------------------------------------------------- tables


def test_names_break_behind_their_parts():
    assert Name(SPEC).lines(34) == [
        "hf:./models/reward-model-of-step-",
        "100?truncation=keep-head&",
        "max_length=4096",
    ]
    assert Name("").lines(10) == [""]
    assert "".join(Name(SPEC).lines(10)) == SPEC


def test_a_table_holds_names_whole_words_at_a_time(capsys):
    table = Table()
    table.add_column("reward model", overflow="fold", max_width=34)
    table.add_row(SPEC)
    console().print(table)
    assert "│ 100?truncation=keep-head&          │" in capsys.readouterr().out


# ----------------------------------------------------------------------------------- meanwhile


def test_work_without_a_terminal_says_how_far_it_is(capsys, monkeypatch):
    monkeypatch.setattr(progress, "_FIRST_S", 0.01)
    monkeypatch.setattr(progress, "_EVERY_S", 0.01)
    with progress.BARS.bar("length", 40, "pairs") as advance:
        time.sleep(0.05)
        advance(10)
        time.sleep(0.05)
    lines = capsys.readouterr().err.splitlines()
    assert re.fullmatch(r"length: 0/40 pairs after 0 s", lines[0])
    assert re.fullmatch(r"length: 10/40 pairs \(\S+/s\), \d+ s left", lines[-1])


def test_quick_work_says_nothing(capsys):
    with progress.BARS.bar("length", 40, "pairs") as advance:
        advance(40)
    assert capsys.readouterr().err == ""


def test_quiet_says_nothing_of_progress_and_keeps_results_and_errors(lcbrb, monkeypatch):
    for name in ("_FIRST_S", "_EVERY_S"):
        monkeypatch.setattr(progress, name, 0.001)
    command = ("eval", "--reward-model", "length", "--pairs", "mini", "--limit", "20", "--json")
    loud, quiet = lcbrb(*command), lcbrb(*command, "--quiet")
    assert re.search(r"length: \d+/20 pairs", loud.err)
    assert quiet.err == ""
    assert (quiet.code, json.loads(quiet.out).keys()) == (0, json.loads(loud.out).keys())
    missing = lcbrb("eval", "-q", "-m", "length", "--pairs", "nowhere.jsonl")
    assert missing.code
    assert "nowhere.jsonl" in missing.err


def test_long_commands_are_quiet_in_the_same_words():
    told = dict(_quiet_options(typer.main.get_command(app)))
    assert told.keys() == LONG
    assert len({option.help for option in told.values()}) == 1


LONG = {
    *("bench", "eval", "validate", "env create", "env verify"),
    *("pairs audit", "pairs build", "pairs od"),
    *("train pgrpo", "train reward-model", "train sft", "train study"),
}


def _quiet_options(command, name=""):
    for option in command.params:
        if "--quiet" in option.opts:
            yield name, option
    for below, sub in getattr(command, "commands", {}).items():
        yield from _quiet_options(sub, f"{name} {below}".strip())


def test_tokens_are_counted_before_a_sample_ends(capsys):
    with progress.BARS.sampling("mbpp", 3):
        METER.add(1000)
    assert re.search(r"sampled 0/3 \(0.00/s, [1-9]\d* tok/s\)", capsys.readouterr().err)


def test_failures_of_a_server_are_said_as_they_happen_but_not_each(caplog):
    pacer = Pacer(server="http://h/v1", patience_s=0.0)
    pacer.stopped.wait = lambda _: False
    pacer.patience_s = 1e9
    with caplog.at_level(logging.WARNING, "lcbrb"):
        for _ in range(3):
            assert pacer.failed(Failures(), Retry("HTTP 500: out of memory"))
    (said,) = caplog.messages
    assert said.startswith("http://h/v1: HTTP 500: out of memory; asked again until")


@pytest.mark.parametrize(
    ("silent", "said"), [(True, "has been silent for"), (False, "has answered only with errors")]
)
def test_a_server_that_answers_with_errors_is_not_called_silent(silent, said):
    pacer = Pacer(server="http://h/v1", patience_s=-1.0)
    with pytest.raises(IncompleteRunError, match=said):
        pacer.failed(Failures(), Retry("HTTP 500", silent=silent))


def test_what_the_library_warns_of_is_a_line_on_stderr(capsys):
    log = logging.getLogger("lcbrb")
    before, propagated = list(log.handlers), log.propagate
    try:
        say_warnings()
        logging.getLogger("lcbrb.servers.retries").warning("\x1b[31m %s", "now")
    finally:
        log.handlers, log.propagate = before, propagated
    assert capsys.readouterr().err == "lcbrb: \\x1b[31m now\n"


# ----------------------------------------------------------------------------------- interrupts

SLOW = """
import time

def score(prompt, response):
    if "9" in prompt:
        for _ in range(10**9):
            try: time.sleep(0.2)
            except KeyboardInterrupt: pass  # work that does not notice
    return 1.0
"""


def test_an_interrupt_ends_soon_and_says_that_the_same_command_goes_on(tmp_path):
    (tmp_path / "slow.py").write_text(SLOW)
    rows = [{"prompt": str(i), "chosen": "a", "rejected": "b"} for i in range(10)]
    write_lines(tmp_path / "p.jsonl", rows)
    command = "eval", "-m", f"python:{tmp_path}/slow.py:score", "--pairs", "p.jsonl", "--out", "out"
    process = subprocess.Popen(
        [sys.executable, "-m", "lcbrb", *command],
        cwd=tmp_path,
        stderr=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        text=True,
        env={**os.environ, "PYTHONPATH": str(Path(folder.__file__).parents[2])},
    )
    deadline = time.monotonic() + 60
    while not list(tmp_path.glob("out/*/record.json")) and time.monotonic() < deadline:
        time.sleep(0.05)
    time.sleep(0.3)
    began = time.monotonic()
    process.send_signal(signal.SIGINT)
    try:
        _, err = process.communicate(timeout=30)
    finally:
        process.kill()
    assert process.returncode == 130
    assert time.monotonic() - began < 10  # 2 s on an idle machine
    assert re.search(
        r"interrupted; out/\S+ keeps what was done: run the same command again to continue", err
    )


def test_without_a_run_folder_an_interrupt_says_so(capsys, monkeypatch, tmp_path):
    monkeypatch.setattr(folder, "_UNDER_WAY", [tmp_path / "temporary" / "run"])
    monkeypatch.setattr(folder, "_TEMPORARY", {tmp_path / "temporary"})
    interrupts.tell()
    assert "nothing was kept" in capsys.readouterr().err
    monkeypatch.setattr(folder, "_UNDER_WAY", [tmp_path / "run"])
    interrupts.tell()
    assert f"{tmp_path / 'run'} keeps what was done" in capsys.readouterr().err
