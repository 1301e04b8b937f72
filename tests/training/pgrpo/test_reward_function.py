"""Our rewards in somebody else's trainer."""

import dataclasses
import math
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from word_policy import Digits, LikesGood, word_policy

import lcbrb
from lcbrb.errors import BadScoreError, UnknownNameError, UsageError

GOOD = "<think> good </think> <answer> 1 </answer>"
BAD = "<think> bad </think> <answer> 1 </answer>"
WRONG = "<think> good </think> <answer> 0 </answer>"


@pytest.mark.parametrize(
    ("arm", "expected"),
    [
        ("pgrpo", [2.9, 2.1, 1.0, 0.0]),
        ("ungated", [2.9, 2.1, 1.9, 0.0]),
        ("outcome", [2.0, 2.0, 1.0, 0.0]),
        ("trm", [0.98, 0.82, 0.0, 0.0]),
    ],
)
def test_replies_are_paid_as_the_arm_says(arm, expected):
    model = None if arm == "outcome" else LikesGood()
    with lcbrb.rewards_for_trl(Digits(), model, arm=arm) as paid:
        found = paid(completions=[GOOD, BAD, WRONG, "1"], problem_id=["d00"] * 4)
    assert found == pytest.approx(expected)
    assert paid.__name__ == f"lcbrb_{arm}"


def test_conversations_are_read_and_a_problem_s_replies_are_one_group_wherever_they_stand():
    chat = [[{"role": "assistant", "content": text}] for text in (GOOD, GOOD, BAD, BAD)]
    names = ["d00", "d10", "d00", "d10"]
    with lcbrb.rewards_for_trl(Digits(), LikesGood(), min_spread=0.9) as paid:
        # both groups are all correct, with a spread of 0.57 each: no thinking term
        assert paid(completions=chat, problem_id=names) == pytest.approx([2.0] * 4)


def test_calls_from_several_threads_wait_for_one_another():
    class Alone(LikesGood):
        inside = most = 0

        def score(self, items):
            self.inside += 1
            self.most = max(self.most, self.inside)
            time.sleep(0.02)
            self.inside -= 1
            return super().score(items)

    model = Alone()
    with lcbrb.rewards_for_trl(Digits(), model) as paid, ThreadPoolExecutor(4) as threads:
        texts = [GOOD, BAD] * 4
        judged = list(threads.map(lambda text: paid.judged([text], ["d00"]), texts))
    assert model.most == 1
    assert [found.parts.think for ((_, found),) in judged] == ["good", "bad"] * 4
    assert [reward for ((reward, _),) in judged] == pytest.approx([2.9, 2.1] * 4)


def test_what_the_template_opens_and_what_a_server_gives_apart_is_part_of_the_reply():
    rest = GOOD.removeprefix("<think>")
    with (
        lcbrb.rewards_for_trl(Digits(), LikesGood()) as paid,
        pytest.warns(UserWarning, match="no reply in this batch"),
    ):
        assert paid(completions=[rest], problem_id=["d00"]) == [1.0]
    with lcbrb.rewards_for_trl(Digits(), LikesGood(), opened="<think>") as paid:
        assert paid(completions=[rest], problem_id=["d00"]) == [2.9]
    apart = {"role": "assistant", "reasoning_content": "good", "content": "<answer>1</answer>"}
    with lcbrb.rewards_for_trl(Digits(), LikesGood()) as paid:
        assert paid(completions=[[apart]], problem_id=["d00"]) == [2.9]


def test_content_in_parts_is_the_text_of_its_parts_and_nothing_else_is_paid_in_silence():
    half = len(GOOD) // 2
    parts = [{"type": "text", "text": text} for text in (GOOD[:half], GOOD[half:])]
    with lcbrb.rewards_for_trl(Digits(), LikesGood()) as paid:
        assert paid(completions=[[{"content": parts}]], problem_id=["d00"]) == [2.9]
        for wrong in (None, [], {"content": GOOD}, [{"role": "assistant"}], [{"content": [{}]}]):
            with pytest.raises(
                UsageError, match="a completion must be a text, or a list of messages"
            ):
                paid(completions=[GOOD, wrong], problem_id=["d00", "d00"])


def test_what_we_failed_to_judge_has_none_and_a_score_that_is_no_number_raises():
    with lcbrb.rewards_for_trl(Digits(broken=["d00"]), LikesGood()) as paid:
        assert paid(completions=[GOOD, GOOD], problem_id=["d00", "d10"]) == [None, 2.9]

    class Broken(LikesGood):
        def score(self, items):
            return [math.nan for _ in items]

    with (
        lcbrb.rewards_for_trl(Digits(), Broken()) as paid,
        pytest.raises(BadScoreError),
    ):
        paid(completions=[GOOD], problem_id=["d00"])


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({}, "name a reward model"),
        ({"arm": "papo"}, "formula for advantages"),
        ({"reward_model": LikesGood(), "arm": "pgrp"}, "did you mean"),
        ({"reward_model": "length"}, "a thinking reward must be in"),
    ],
)
def test_what_can_t_be_paid_is_refused(given, words):
    with pytest.raises(UsageError, match=words):
        lcbrb.rewards_for_trl(Digits(), **given)


def test_problems_with_one_statement_are_all_known():
    bench = Digits(2)
    one, other = bench.problems
    bench.problems = [one, dataclasses.replace(other, prompt=one.prompt)]
    with lcbrb.rewards_for_trl(bench, arm="outcome") as paid:
        assert paid(completions=[GOOD] * 2, problem_id=[one.id, other.id]) == [2.0, 2.0]


def test_a_function_that_was_closed_says_so():
    with lcbrb.rewards_for_trl(Digits(), arm="outcome") as paid:
        pass
    with pytest.raises(UsageError, match="this reward function was closed"):
        paid(completions=[GOOD], problem_id=["d00"])


@pytest.mark.parametrize("names", ["d", ["d00", "d00"]])
def test_ids_that_are_not_one_for_each_reply_are_refused(names):
    with (
        lcbrb.rewards_for_trl(Digits(), arm="outcome") as paid,
        pytest.raises(UsageError, match="one id for each"),
    ):
        paid(completions=[GOOD], problem_id=names)


def test_another_problem_is_named():
    with (
        lcbrb.rewards_for_trl(Digits(), arm="outcome") as paid,
        pytest.raises(UnknownNameError, match="q9"),
    ):
        paid(completions=[GOOD], problem_id=["q9"])


@pytest.mark.filterwarnings("ignore")
def test_trl_trains_with_it(tmp_path):
    from datasets import Dataset
    from trl import GRPOConfig, GRPOTrainer

    bench, policy = Digits(), word_policy()
    rows = [{"prompt": one.prompt, "problem_id": one.id} for one in bench.problems]
    with lcbrb.rewards_for_trl(bench, LikesGood()) as paid:
        trainer = GRPOTrainer(
            model=policy.model,
            reward_funcs=paid,
            args=GRPOConfig(
                output_dir=str(tmp_path),
                per_device_train_batch_size=8,
                num_generations=4,
                max_completion_length=12,
                max_steps=2,
                logging_steps=1,
                use_cpu=True,
                bf16=False,
                report_to="none",
                save_strategy="no",
            ),
            train_dataset=Dataset.from_list(rows),
            processing_class=policy.tokenizer,
        )
        trainer.train()
    logged = [row["rewards/lcbrb_pgrpo/mean"] for row in trainer.state.log_history[:2]]
    assert all(0 < mean < 3 for mean in logged)
