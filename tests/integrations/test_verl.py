"""verl's call as its source has it (0.5 to 0.9): by keyword, from a file, one reply or a batch."""

import asyncio
import importlib.util
from functools import partial

import numpy as np
import pytest
from loops import awaited

from evaluators import benchmark
from lcbrb.errors import IncompleteRunError, UnknownNameError, UsageError
from lcbrb.integrations import kept, verl
from lcbrb.parquet import read_parquet
from lcbrb.replies.think_answer import in_think_answer

DIGITS = {"benchmark": "python:word_policy:digits"}
BROKEN = {"benchmark": "python:word_policy:broken_digits"}
GOOD = {**DIGITS, "reward_model": "python:word_policy:likes_good"}


@pytest.fixture(scope="module", autouse=True)
def nothing_is_left():
    yield
    kept.close_all()


def loaded(name, **reward_kwargs):
    """A function as verl loads it: from the file, under no name that ``sys.modules`` knows."""
    spec = importlib.util.spec_from_file_location("custom_module", verl.__file__)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return partial(getattr(module, name), **reward_kwargs)


def rows_of(*replies, source="lcbrb/mini"):
    """(problem, reply) pairs as verl's reward managers hold them."""
    return [
        {
            "data_source": source,
            "solution_str": reply,
            "ground_truth": problem,
            "extra_info": {"index": at, "num_turns": None, "rollout_reward_scores": {}},
        }
        for at, (problem, reply) in enumerate(replies)
    ]


async def by_naive_manager(function, rows):
    """`NaiveRewardManager.run_single` of each row: synchronous functions in the loop's threads."""
    loop = asyncio.get_running_loop()
    return await asyncio.gather(
        *(loop.run_in_executor(None, partial(function, **row)) for row in rows)
    )


def by_batch_manager(function, rows):
    """`BatchRewardManager.verify`: plurals, some of them arrays of objects."""
    return function(
        data_sources=np.array([row["data_source"] for row in rows], dtype=object),
        solution_strs=[row["solution_str"] for row in rows],
        ground_truths=[row["ground_truth"] for row in rows],
        extra_infos=np.array([row["extra_info"] for row in rows], dtype=object),
    )


def test_a_right_and_a_wrong_program_by_both_managers():
    bench = benchmark("mini")
    first, second = bench.load()[:2]
    rows = rows_of(
        (first.id, f"So:\n```python\n{bench.gold(first)}\n```"),
        (second.id, "So:\n```python\nprint('?')\n```"),
        (second.id, f"So:\n```python\n{bench.gold(second)}\n```"),
        (first.id, "I don't know."),
    )
    expected = [
        {"score": 1.0, "acc": 1.0, "status": "passed", "unjudged": 0.0},
        {"score": 0.0, "acc": 0.0, "status": "wrong_answer", "unjudged": 0.0},
        {"score": 1.0, "acc": 1.0, "status": "passed", "unjudged": 0.0},
        {"score": 0.0, "acc": 0.0, "status": "no_answer", "unjudged": 0.0},
    ]
    assert awaited(by_naive_manager(loaded("compute_score"), rows)) == expected
    assert by_batch_manager(loaded("compute_scores"), rows) == expected


def test_a_failure_of_ours_ends_the_call_unless_a_reward_is_set_for_it():
    rows = rows_of(("d00", "\\boxed{1}"), ("d10", "\\boxed{1}"))
    with pytest.raises(IncompleteRunError, match="d00 has no reward because the runner failed"):
        by_batch_manager(loaded("compute_scores", **BROKEN), rows)
    scores = by_batch_manager(loaded("compute_scores", unjudged=0.25, **BROKEN), rows)
    assert [score["score"] for score in scores] == [0.25, 1.0]
    assert scores[0]["status"] == "harness_error"
    assert [score["unjudged"] for score in scores] == [1.0, 0.0]


def test_p_grpo_s_reward_of_a_reply_and_of_a_batch():
    good, bad = in_think_answer("good", "1"), in_think_answer("bad", "1")
    rows = rows_of(("d00", good), ("d10", bad), ("d00", in_think_answer("good", "0")))
    expected = [pytest.approx(2.9), pytest.approx(2.1), pytest.approx(1.0)]
    one = awaited(by_naive_manager(loaded("pgrpo_score", **GOOD), rows))
    all_of_them = by_batch_manager(loaded("pgrpo_scores", **GOOD), rows)
    for scores in (one, all_of_them):
        assert [score["score"] for score in scores] == expected
        assert [score["acc"] for score in scores] == [1.0, 1.0, 0.0]
        assert [score["thinking"] for score in scores] == pytest.approx([0.9, 0.1, 0.9])
    # a group whose scores spread little is not paid for reasoning: only a batch shows a group
    group = rows_of(("d00", good), ("d00", bad))
    assert [
        score["score"]
        for score in by_batch_manager(loaded("pgrpo_scores", min_spread=0.9, **GOOD), group)
    ] == [2.0, 2.0]
    for settings in ({"arm": "placebo"}, {"min_spread": 0.1}):
        with pytest.raises(UsageError, match="pgrpo_scores"):
            loaded("pgrpo_score", **GOOD, **settings)(**group[0])


def test_what_a_row_may_name(tmp_path):
    score = loaded("compute_score")

    def asked(source, problem="d00"):
        (row,) = rows_of((problem, "\\boxed{1}"), source=source)
        return score(**row)

    (tmp_path / "evil.py").write_text("raise SystemExit('ran')")
    for source in (f"lcbrb/python:{tmp_path}/evil.py:B", "lcbrb/lm-eval:gsm8k", "lcbrb/nothing"):
        with pytest.raises(UsageError, match="unknown packaged benchmark"):
            asked(source)
    with pytest.raises(UsageError, match="is not a benchmark of lcbrb"):
        asked("openai/gsm8k")
    with pytest.raises(UnknownNameError, match="problem of mini"):
        asked("lcbrb/mini")
    # what verl hands to functions while a reward model of its own runs
    given = {"reward_router_address": "127.0.0.1:1", "reward_model_tokenizer": object()}
    row = rows_of(("d00", "\\boxed{1}"))[0]
    assert loaded("compute_score", **DIGITS)(**row, **given)["score"] == 1.0


@pytest.mark.parametrize(
    ("name", "settings", "words"),
    [
        ("compute_score", {"isolaton": "A"}, "'isolaton': did you mean isolation"),
        ("compute_score", {"reward_model": "length"}, "known: benchmark, isolation, unjudged"),
        ("compute_score", {"unjudged": "x"}, "unjudged is the reward .* a number, not 'x'"),
        ("pgrpo_score", {"reward_modell": "length"}, "did you mean reward_model"),
        ("pgrpo_score", {"arm": "outcome", "unjudged": float("nan")}, "a number, not nan"),
    ],
)
def test_settings_that_mean_nothing_are_refused_before_a_reply_is_graded(name, settings, words):
    (row,) = rows_of(("d00", "\\boxed{1}"), source="lcbrb/nothing")  # opens no benchmark
    with pytest.raises(UsageError, match=words):
        loaded(name, **settings)(**row)


def test_rows_hold_what_verl_reads_and_no_tests(tmp_path):
    path = verl.write_verl_rows("mini", tmp_path / "train.parquet", template="think-answer")
    rows = [row for _, row in read_parquet(path)]
    problems = benchmark("mini").load()
    assert [row["reward_model"] for row in rows] == [
        {"style": "rule", "ground_truth": problem.id} for problem in problems
    ]
    first = rows[0]
    assert first["data_source"] == "lcbrb/mini"
    assert first["ability"] == "code"
    assert first["extra_info"]["index"] == 0
    assert first["extra_info"]["split"] == "train"
    assert [message["role"] for message in first["prompt"]] == ["user"]
    assert problems[0].prompt.strip() in first["prompt"][-1]["content"]
    assert "<think>" in first["prompt"][-1]["content"]
    assert set(first) == {"data_source", "prompt", "ability", "reward_model", "extra_info"}
    assert verl.verl_rows("python:word_policy:digits")[0]["ability"] == "math"
    with pytest.raises(UsageError, match="exists already"):
        verl.write_verl_rows("mini", path)
    verl.write_verl_rows("mini", path, force=True)
