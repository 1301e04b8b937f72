"""What people copy has to run: every program of examples/ is run here."""

import runpy
from pathlib import Path

import pytest

import lcbrb

EXAMPLES = Path(__file__).parents[1] / "examples"


def run(name, *arguments):
    return runpy.run_path(str(EXAMPLES / f"{name}.py"))["main"](*arguments)


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("score_a_reward_model", ["few_doubts: 50.0%", "of 116 pairs"]),
        ("grade_programs", ["gold solution: passed", "never ends: time_limit"]),
        ("own_benchmark", ["leap-years 1: valid"]),
        ("own_policy", ["program: wrong_answer", "how-many: passed"]),
        ("own_reward_model", ["accuracy: 47.4% (n 116)", "audit/prefers longer"]),
        ("best_of_n", ["best_of@3", "oracle@3: 97.1%"]),
        ("reward_in_a_trainer", ["right: 2.", "wrong: 1.000"]),
    ],
)
@pytest.mark.usefixtures("hurried_mini")
def test_an_example_runs(name, shown, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    run(name)
    told = capsys.readouterr().out
    for words in shown:
        assert words in told


def test_the_examples_that_read_runs(tmp_path, capsys):
    for name in ("length", "format"):
        lcbrb.evaluate(name, "mini", out=tmp_path / name)
    assert run("gate_in_ci", str(tmp_path / "length"), str(tmp_path / "format")) == 0
    assert "mini accuracy: INCONCLUSIVE" in capsys.readouterr().out
    run("runs_into_pandas", str(tmp_path), str(tmp_path / "accuracy.svg"))
    assert len(capsys.readouterr().out.splitlines()) == 3, "a head and two runs"
    assert "<svg" in (tmp_path / "accuracy.svg").read_text()


def test_every_example_is_run_here():
    names = {path.stem for path in EXAMPLES.glob("*.py")}
    text = Path(__file__).read_text()
    assert not [name for name in names if f'"{name}"' not in text]
