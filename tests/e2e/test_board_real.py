"""A board of what the commands make, of the embedded benchmark and of real files, in a browser."""

import os

import pytest
from fakes import hurry_mini, reads_data

from lcbrb.cli.main import main


def run(*arguments):
    assert main([str(argument) for argument in arguments]) == 0


@pytest.fixture(scope="module")
def made(tmp_path_factory, browser):
    """Run folders of every command, on the embedded benchmark."""
    folder = tmp_path_factory.mktemp("made")
    with pytest.MonkeyPatch.context() as patch:
        hurry_mini(patch)
        run("eval", "--pairs", "mini", "-m", "random", "-m", "length", "--out", folder / "mini")
        run(
            "bench",
            "--benchmark",
            "mini",
            "--policy",
            "replay:mini",
            "--limit",
            5,
            "--out",
            folder / "b",
        )
    return folder


def shown(opened, page, choice):
    one = opened()
    one.board = page
    one.go(choice)
    return one


def test_the_embedded_benchmark_makes_a_board(opened, made, tmp_path):
    run("leaderboard", made, "-o", tmp_path / "board.html")
    one = shown(opened, tmp_path / "board.html", "")
    assert one.column("Model") == ["synthetic-a", "synthetic-b"]
    assert sorted(one.column("Model", "scores-1")) == ["length", "random"]
    tab = one.go("model=length&on=mini+1+%C2%B7+reward+model")
    tab.locator("#problems summary").first.click()
    tab.locator("#problems pre").first.wait_for()
    assert "Chosen: score" in tab.inner_text("#problems")


@reads_data
def test_livecodebench_s_judged_models_make_a_board(opened, made, tmp_path):
    data = os.environ["LCBRB_DATA"]
    policy = f"replay:{data}/judged/livecodebench"
    pairs = tmp_path / "lcb" / "pairs.jsonl"
    run("pairs", "build", "--problems", "livecodebench", "--policy", policy, "--verdicts", "recorded",
        "--across-samplers", "-o", pairs)  # fmt: skip
    run("eval", "--pairs", "llmbar", "-m", "random", "-m", "length", "--out", tmp_path / "llmbar")
    models = tmp_path / "models.toml"
    models.write_text('[models."o1-mini"]\nreleased = 2024-09-12\ncutoff = 2023-10-31\n')
    page = tmp_path / "board.html"
    run("leaderboard", made, pairs.parent, tmp_path / "llmbar", "-o", page, "--models", models)
    one = shown(opened, page, "benchmark=livecodebench+v5-local")
    assert one.column("Model")[0].startswith("o1-mini")
    assert one.column("Rank")[0] == "1"
    assert set(one.column("Problems")) == {"879"}
    assert "cut-off 2023-10-31" in one.tab.inner_text("#board")
    later = shown(opened, page, "benchmark=livecodebench+v5-local&from=2024-01")
    assert "cut-off" not in later.tab.inner_text("#board")
    assert float(later.column("pass@1")[0][:-1]) < float(one.column("pass@1")[0][:-1])
