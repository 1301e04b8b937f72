"""Problems that were trained on: `bench` and `eval` say so, refuse, or leave them out."""

import json

import pytest
import tiny
from fakes import write_lines

import lcbrb as library
from evaluators import benchmark
from lcbrb.models.trained_on import read_trained_on, write_trained_on
from lcbrb.models.weights import TRAINED_ON
from lcbrb.rewards import reward_model
from lcbrb.runs.results import read_folder


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("LCBRB_CACHE", str(tmp_path / "cache"))


@pytest.fixture
def problems(tmp_path):
    return tiny.write_problems(tmp_path, 4)


@pytest.fixture
def policy(tmp_path, problems):
    """A run's folder whose model was trained on two of four problems, and on one more."""
    folder = tiny.save_language_model(tmp_path / "run" / "model", chat=True)
    known = benchmark(str(problems)).load()[:2]
    write_trained_on(folder, [*known, tiny.problem("other")])
    return folder.parent


@pytest.fixture
def bench(lcbrb, tmp_path, problems):
    def run(policy, *more):
        options = ("-c", "max_tokens=4", "--json", *more)
        return lcbrb("bench", "--policy", f"hf:{policy}", "--benchmark", problems, *options)

    return run


def test_bench_says_what_was_trained_on(bench, policy, lcbrb, tmp_path):
    ended = bench(policy, "--out", tmp_path / "out")
    assert ended.code == 0, ended.err
    (record,) = json.loads(ended.out)["records"]
    assert record["counts"]["trained_on"] == 2
    assert record["counts"]["problems"] == 4
    (note,) = [note for note in record["notes"] if "trained on" in note]
    assert f"hf:{policy} was trained on 2 of these 4 problems (q1, q2)" in note
    assert record["partial"] is False
    shown = lcbrb("bench", "--policy", f"hf:{policy}", "--benchmark", tmp_path / "problems.jsonl",
                  "-c", "max_tokens=4", "--out", tmp_path / "out")  # fmt: skip
    assert "was trained on 2 of these 4 problems" in " ".join(shown.out.split())
    board = lcbrb("leaderboard", tmp_path / "out", "-o", tmp_path / "board.html")
    assert "trained on 2 of the problems" in " ".join((board.out + board.err).split())
    gated = lcbrb("gate", tmp_path / "out", tmp_path / "out")
    assert "the candidate was trained on 2 of the problems" in " ".join(gated.out.split())


def test_bench_leaves_them_out_and_counts_them(bench, policy):
    ended = bench(policy, "--overlap", "leave-out")
    assert ended.code == 0, ended.err
    (record,) = json.loads(ended.out)["records"]
    counts = record["counts"]
    assert (counts["problems"], counts["trained_on_left_out"]) == (2, 2)
    assert "trained_on" not in counts
    assert (record["partial"], record["coverage"]) == (True, 0.5)
    assert record["estimates"][0]["n"] == 2
    assert any("2 of these 4 problems (q1, q2): they are left out" in n for n in record["notes"])


def test_bench_refuses_before_anything_is_sampled(bench, policy, tmp_path):
    ended = bench(policy, "--overlap", "refuse", "--out", tmp_path / "out")
    assert ended.code == 2
    assert "trained on 2 of these 4 problems (q1, q2)" in ended.err
    assert not (tmp_path / "out").exists()


def test_a_draw_is_made_before_problems_are_left_out(bench, policy, problems):
    drawn = bench(policy, "--limit", 3, "--seed", 1)
    left = bench(policy, "--limit", 3, "--seed", 1, "--overlap", "leave-out")
    counts = [json.loads(one.out)["records"][0]["counts"] for one in (drawn, left)]
    assert counts[0]["problems"] - counts[0]["trained_on"] == counts[1]["problems"] > 0


def test_nothing_is_said_where_nothing_is_known_or_shared(bench, policy, tmp_path):
    ended = bench(tiny.save_language_model(tmp_path / "plain", chat=True), "--overlap", "refuse")
    assert ended.code == 0, ended.err
    (record,) = json.loads(ended.out)["records"]
    assert not any("trained" in told for told in [*record["notes"], *record["counts"]])


def test_a_model_trained_on_all_of_them_has_no_score_left(bench, policy, problems):
    write_trained_on(policy / "model", benchmark(str(problems)).load())
    ended = bench(policy, "--overlap", "leave-out")
    assert ended.code == 2
    assert "none is left" in ended.err


@pytest.mark.parametrize("kept", [1, None], ids=["lines are lost", "a line is torn"])
def test_a_broken_file_ends_both_commands(bench, lcbrb, policy, kept, tmp_path):
    path = policy / "model" / TRAINED_ON
    text = path.read_text()
    path.write_text("".join(text.splitlines(keepends=True)[:kept])[: -20 if kept is None else None])
    ended = bench(policy)
    assert ended.code == 2
    assert str(path) in ended.err
    ended = lcbrb(
        "eval", "-m", f"likelihood:{policy}", "--pairs", tiny.write_pairs(tmp_path / "p.jsonl")
    )
    assert ended.code == 2
    assert str(path) in ended.err


def test_an_unknown_rule_is_named(bench, policy, lcbrb):
    for ended in (
        bench(policy, "--overlap", "hide"),
        lcbrb("eval", "-m", "length", "--overlap", "hide"),
    ):
        assert ended.code == 2
        assert "declare, refuse, leave-out" in ended.err


# --------------------------------------------------------------------------------- reward models


@pytest.fixture
def trained(tmp_path):
    """A head trained on pairs of six problems, of which some were held out."""
    base = tiny.save_classifier(tmp_path / "bert", "bert")
    pairs = tiny.write_pairs(tmp_path / "train.jsonl", 12)
    config = {"trunk": "frozen", "epochs": 1, "held_out": 0.3}
    done = library.train_reward_model(str(pairs), str(base), tmp_path / "rm", config=config)
    held_out = {pair.problem_id for pair in done.held_out.scored}
    return done, held_out


def test_a_trained_reward_model_names_what_it_was_trained_on(trained):
    done, held_out = trained
    names = [line.id for line in read_trained_on(done.model)]
    assert len(names) == len(set(names)) == done.record.counts["pairs"] / 2
    assert sorted({*names, *held_out}) == [f"p{i}" for i in range(6)]
    assert not set(names) & held_out
    assert [line.id for line in reward_model(str(done.path)).trained_on] == names


def rows(count):
    return [
        {"problem_id": f"other-{i}", "prompt": f"question {i} ?" if i > 7 else f" QUESTION\n{i}?",
         "chosen": "good", "rejected": f"not {i}"}
        for i in range(count)
    ]  # fmt: skip


def test_eval_says_leaves_out_or_refuses_for_all_models_alike(trained, lcbrb, tmp_path):
    done, _ = trained
    known = len(read_trained_on(done.model))
    path = write_lines(tmp_path / "judged.jsonl", rows(10))

    def evaluated(*more):
        return lcbrb("eval", "-m", done.path, "-m", "length", "--pairs", path, "--json", *more)

    declared = json.loads(evaluated().out)["records"]
    assert [one["counts"].get("trained_on") for one in declared] == [known, None]
    assert [sum("trained on" in note for note in one["notes"]) for one in declared] == [1, 0]
    left = json.loads(evaluated("--overlap", "leave-out", "--out", tmp_path / "out").out)["records"]
    assert [one["counts"]["pairs"] for one in left] == [10 - known] * 2
    assert [one["counts"]["trained_on_left_out"] for one in left] == [known] * 2
    assert all(f"trained on {known} of these 10" in " ".join(one["notes"]) for one in left)
    assert all(one["partial"] for one in left)
    for folder in (tmp_path / "out").iterdir():
        assert len(read_folder(folder)) == 1
    ended = evaluated("--overlap", "refuse")
    assert ended.code == 2
    assert f"trained on {known} of these 10 problems" in ended.err


def test_the_reward_models_that_others_are_made_of_count(trained, tmp_path):
    done, _ = trained
    other = tiny.save_classifier(tmp_path / "plain", "bert", seed=3)
    names = {line.id for line in read_trained_on(done.model)}
    both = reward_model(f"ensemble:hf:{other}|hf:{done.model}?combine=mean")
    assert {line.id for line in both.trained_on} == names
    assert not reward_model("length").trained_on


def test_samples_that_are_chosen_among_count_too(trained, lcbrb, tmp_path):
    done, _ = trained
    lines = [
        {"question": f"Question {i}?", "response": [f"{i}: x", f"{i}"], "score": [True, False]}
        for i in range(8)
    ]
    path = write_lines(tmp_path / "samples.jsonl", lines)
    known = len(read_trained_on(done.model))
    run = library.best_of([str(done.path)], path, overlap="leave-out").results[0]
    assert run.record.counts["trained_on_left_out"] == known
    assert run.record.counts["samples"] == 2 * (8 - known)
    run = library.best_of([str(done.path)], path).results[0]
    assert run.record.counts["trained_on"] == known
