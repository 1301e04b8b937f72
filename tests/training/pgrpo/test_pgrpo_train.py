"""P-GRPO on TRL: that what trains is our formula, and each thing TRL would do otherwise."""

import json
import math

import numpy as np
import pytest
import word_policy
from word_policy import Digits, LikesGood

from lcbrb.errors import BadScoreError, UsageError
from lcbrb.training.pgrpo.assessing import assessor_for
from lcbrb.training.pgrpo.fit import fit
from lcbrb.training.pgrpo.journal import Journal
from lcbrb.training.pgrpo.rollouts import recorded_batches
from lcbrb.training.pgrpo.settings import PolicySettings
from lcbrb.training.pgrpo.tasks import parted, tasks_of
from lcbrb.training.pgrpo_reward import Arm, advantages
from lcbrb.types import Status

pytestmark = pytest.mark.filterwarnings("ignore")  # of the libraries below

SMALL = {
    "prompts": 4,
    "group_size": 4,
    "micro_batch": 8,
    "steps": 4,
    "learning_rate": 0.01,
    "max_tokens": 12,
    "template": "{problem}",
    "eval_every": 0,
    "save_every": 0,
    "held_out": 0.2,
}


def train(folder, bench=None, model=None, seed=0, **settings):
    """A few steps; what was written down, and the weights at the end."""
    bench = bench or Digits()
    found = PolicySettings(**{**SMALL, **settings})
    parts = parted(tasks_of([bench], found.template), None, found.held_out, 200, seed)
    rows, steps = [], []
    journal = Journal(folder, rows, steps)
    policy = word_policy.word_policy()
    with assessor_for([bench], model or LikesGood()) as assessor:
        trained, _ = fit(policy, parts, assessor, found, seed=seed, journal=journal)
    return rows, steps, trained


def first_batch(steps):
    return next(step.figures for step in steps if step.step == 1)


def signature(model):
    return {name: value.clone() for name, value in model.state_dict().items()}


def differ(one, other):
    return any((value != other[name]).any() for name, value in one.items())


def test_what_is_written_down_is_what_the_formula_says(tmp_path):
    rows, steps, _ = train(tmp_path)
    paid = [row for row in rows if not row.held_out]
    assert len(paid) == 2 * 16  # four steps are two batches
    batches = recorded_batches(paid)
    expected = np.concatenate(
        [advantages(b.signals, PolicySettings().formula).ravel() for b in batches]
    )
    np.testing.assert_allclose([row.advantage for row in paid], expected, atol=1e-6)
    assert [step.step for step in steps] == [0, 1, 2, 3, 4]
    assert "gate_rate" in steps[1].figures
    assert "gate_rate" not in steps[2].figures  # the second update of a batch


def test_the_policy_learns_what_it_is_paid_for(tmp_path):
    how = {"steps": 40, "group_size": 8, "prompts": 8, "micro_batch": 16, "held_out_samples": 8}
    _, steps, _ = train(tmp_path, Digits(25), learning_rate=2e-3, **how)
    first, last = steps[0].held_out, steps[-1].held_out
    assert first.n == last.n == 5 * 8
    assert last.value > first.value + 0.3


# ----------------------------------------------------------------- contracts with the trainer


def trls_advantages(monkeypatch):
    """What the trainer's loss is given, batch by batch, before it is shuffled."""
    import trl

    given = []
    own = trl.GRPOTrainer._generate_and_score_completions

    def watched(self, inputs):
        output = own(self, inputs)
        given.append(output["advantages"].tolist())
        return output

    monkeypatch.setattr(trl.GRPOTrainer, "_generate_and_score_completions", watched)
    return given


@pytest.mark.parametrize("arm", list(Arm))
def test_the_loss_is_given_our_advantages(tmp_path, monkeypatch, arm):
    given = trls_advantages(monkeypatch)
    rows, _, _ = train(tmp_path, arm=arm, steps=2)
    paid = [row.advantage for row in rows if not row.held_out]
    np.testing.assert_allclose(given[0], paid, atol=1e-6)
    assert any(paid)


def test_trl_itself_has_the_same_advantages_for_the_papers_rewards(tmp_path, monkeypatch):
    from datasets import Dataset
    from trl import GRPOConfig, GRPOTrainer

    given = trls_advantages(monkeypatch)
    rewards = [2.9, 2.1, 1.0, 0.0, 3.0, 3.0, 3.0, 3.0]
    policy = word_policy.word_policy()
    GRPOTrainer(
        model=policy.model,
        reward_funcs=lambda completions, **_: rewards[: len(completions)],
        args=GRPOConfig(
            output_dir=str(tmp_path),
            per_device_train_batch_size=8,
            num_generations=4,
            max_completion_length=8,
            max_steps=1,
            use_cpu=True,
            bf16=False,
            report_to="none",
            save_strategy="no",
        ),
        train_dataset=Dataset.from_list([{"prompt": "? 0 0"}] * 2),
        processing_class=policy.tokenizer,
    ).train()
    from lcbrb.training.pgrpo_reward import normalised

    np.testing.assert_allclose(
        np.reshape(given[0], (2, 4)), normalised(np.reshape(rewards, (2, 4))), atol=1e-5
    )


def test_with_two_updates_a_batch_ratios_are_clipped_and_with_one_never(tmp_path):
    _, two, _ = train(tmp_path / "two", steps=8, learning_rate=0.05)
    _, one, _ = train(tmp_path / "one", steps=8, learning_rate=0.05, updates=1)
    assert max(step.figures.get("clip_ratio", 0) for step in two) > 0
    assert max(step.figures.get("clip_ratio", 0) for step in one) == 0


class Broken(LikesGood):
    """Gives a score that is no number."""

    def score(self, items):
        return [math.nan for _ in items]


def test_a_score_that_is_no_number_ends_the_training(tmp_path):
    with pytest.raises(BadScoreError, match="likes-good scored"):
        train(tmp_path, model=Broken())


def test_where_grading_fails_that_reply_alone_has_no_advantage(tmp_path, monkeypatch):
    given = trls_advantages(monkeypatch)
    rows, steps, _ = train(tmp_path, Digits(4, broken=["d00"]), held_out=0.0, steps=2)
    lost = [row for row in rows if row.problem_id == "d00" and row.status is Status.HARNESS_ERROR]
    assert lost
    assert {(row.outcome, row.reward, row.advantage) for row in lost} == {(None, None, None)}
    others = [row for row in rows if row.problem_id != "d00"]
    assert all(row.advantage is not None for row in others)
    assert first_batch(steps)["unscored"] == len(lost)
    places = [place for place, row in enumerate(rows) if row in lost]
    assert {given[0][place] for place in places} == {0.0}


def test_a_cut_reply_has_failed_whatever_it_says(tmp_path):
    rows, _, _ = train(tmp_path, max_tokens=7, temperature=1.5, steps=4)  # hardly room for the end
    paid = [row for row in rows if row.truncated and not row.held_out]
    assert paid
    assert {(row.status, row.outcome, row.well_formed) for row in paid} == {
        (Status.TRUNCATED, False, False)
    }
    assert {row.reward for row in paid} == {0.0}


def test_a_first_batch_in_which_no_reply_ends_is_no_use(tmp_path):
    with pytest.raises(UsageError, match="all 16 replies of the first batch were cut at max_tok"):
        train(tmp_path, max_tokens=6)


def test_masking_cut_replies_is_a_setting_of_the_trainers():
    from lcbrb.training.pgrpo.arguments import grpo_arguments

    for masked in (True, False):
        settings = PolicySettings(mask_truncated=masked, device="cpu")
        assert grpo_arguments(settings, 0, "out").mask_truncated_completions is masked


def test_what_the_papers_sources_say_is_what_trl_is_told():
    from lcbrb.training.pgrpo.arguments import grpo_arguments

    args = grpo_arguments(PolicySettings(device="cpu"), 3, "out")
    assert (args.beta, args.loss_type, args.epsilon, args.epsilon_high) == (0, "dapo", 0.2, 0.28)
    assert args.steps_per_generation == 2 * args.gradient_accumulation_steps
    assert args.generation_batch_size == 16 * 8
    assert (args.scale_rewards, args.seed, args.learning_rate) == ("none", 3, 1e-6)


# ------------------------------------------------------------------------------------ resume


def rows_of(rows):
    return [json.loads(json.dumps([r.step, r.problem_id, r.text, r.advantage])) for r in rows]


class StoppedError(Exception):
    """Somebody pulled the plug."""


#: in a half-used batch, after one, in one in the middle of the second epoch, past an epoch's end
@pytest.mark.parametrize(
    "at", [pytest.param(5, marks=pytest.mark.long), pytest.param(6, marks=pytest.mark.long), 7, 9]
)
def test_a_resume_continues_the_same_curves(tmp_path, monkeypatch, at):
    how = {"steps": 12, "save_every": 2, "eval_every": 4, "held_out_samples": 2}
    bench = Digits(10)  # eight to train on: an epoch is two batches, four steps
    whole, steps, trained = train(tmp_path / "whole", bench, **how)

    from lcbrb.training.pgrpo_train import PosteriorTrainer

    own = PosteriorTrainer.training_step

    def pulled(self, *given, **named):
        if self.state.global_step == at:
            raise StoppedError
        return own(self, *given, **named)

    with monkeypatch.context() as patch:
        patch.setattr(PosteriorTrainer, "training_step", pulled)
        with pytest.raises(StoppedError):
            train(tmp_path / "cut", bench, **how)
    rest, later, again = train(tmp_path / "cut", bench, **how)
    begun = later[0].step
    assert begun == at // 2 * 2 + 1
    assert (
        rows_of(rest) == rows_of([row for row in whole if row.step >= begun - 1 or 0])[-len(rest) :]
    )
    for one, other in zip(later, steps[-len(later) :], strict=True):
        assert (one.step, one.loss, one.grad_norm) == (other.step, other.loss, other.grad_norm)
        assert one.held_out == other.held_out
    assert not differ(signature(trained), signature(again))


def test_a_training_whose_last_step_was_kept_is_not_trained_further(tmp_path):
    rows, _, first = train(tmp_path, steps=2)
    assert rows
    again, steps, second = train(tmp_path, steps=2)
    assert (again, steps) == ([], [])
    assert not differ(signature(first), signature(second))


def test_evaluating_more_often_changes_nothing_that_is_trained(tmp_path):
    rarely, _, one = train(tmp_path / "a", steps=4)
    often, _, other = train(tmp_path / "b", steps=4, eval_every=2, held_out_samples=3)
    assert rows_of(r for r in rarely if not r.held_out) == rows_of(
        r for r in often if not r.held_out
    )
    assert not differ(signature(one), signature(other))


def test_parts_are_sampled_one_after_the_other_and_all_are_paid(tmp_path):
    rows, _, _ = train(tmp_path, parts=2, steps=2)
    assert len([row for row in rows if not row.held_out]) == 16


# --------------------------------------------------------------------------- flat groups


class AlwaysTheSame(LikesGood):
    """No spread from the reasoning."""

    def score(self, items):
        return [0.5 for _ in items]


def test_groups_without_spread_are_sampled_again_and_no_more_often_than_asked(tmp_path):
    again, plain = Digits(4), Digits(4)
    how = {"held_out": 0.0, "group_size": 2, "micro_batch": 4, "steps": 2}
    first, steps, _ = train(tmp_path / "a", plain, AlwaysTheSame(), **how)
    second, more, _ = train(tmp_path / "b", again, AlwaysTheSame(), resample=3, **how)
    flat, left = (first_batch(one)["without_gradient"] for one in (steps, more))
    assert flat > left
    assert len(first) == len(second) == 8
    assert plain.graded < again.graded <= plain.graded * 4


# ------------------------------------------------------------------------------- refusals


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"prompts": 40}, "fewer than the 40 prompts"),
        ({"micro_batch": 3}, "can't be taken"),
        ({"steps": 3}, "not a multiple of updates"),
        ({"parts": 3}, "not a multiple of parts"),
        ({"trl": {"beta": 0.1}}, "set by lcbrb"),
        ({"trl": {"betta": 0.1}}, "betta"),
        ({"trl": {"save_only_model": True}}, "set by lcbrb"),
        ({"max_tokens": 80}, "more than the model's 64"),
        ({"dtype": "bfloat16"}, "lost in rounding"),
        ({"alarm": True}, "alarm=true"),
        ({"alarm": True, "eval_every": 2}, "needs 4 evaluations"),
    ],
)
def test_settings_that_do_not_go_together(tmp_path, settings, words):
    with pytest.raises(UsageError, match=words):
        train(tmp_path, **settings)


def test_figures_and_evaluations_go_where_trl_reports(tmp_path):
    from transformers import TrainerCallback
    from trl import GRPOTrainer

    logged = []

    class Reporter(TrainerCallback):
        def on_log(self, args, state, control, logs=None, **_):
            logged.append((state.global_step, dict(logs)))

    own = GRPOTrainer.__init__

    def watched(self, *given, **named):
        own(self, *given, **named, callbacks=[Reporter()])

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(GRPOTrainer, "__init__", watched)
        _, steps, _ = train(tmp_path, steps=4, eval_every=2)
    told = dict(logged[:5])
    assert told[0]["held_out_pass_at_1"] == pytest.approx(steps[0].held_out.value)
    assert told[1]["gate_rate"] == pytest.approx(steps[1].figures["gate_rate"])
    assert told[4]["held_out_pass_at_1"] == pytest.approx(steps[4].held_out.value)
    assert "held_out_pass_at_1" not in told[3]
    assert not [name for name in told[1] if name.startswith("rewards/")]
