"""A policy's training as a run folder: what it keeps, how it goes on, and what it refuses."""

import json

import pytest
from word_policy import Digits, LikesGood, saved_policy, words

import lcbrb
from lcbrb import models
from lcbrb.errors import SetupError, UsageError
from lcbrb.models.trained_on import read_trained_on
from lcbrb.policies import open_policy
from lcbrb.rewards import reward_model
from lcbrb.training.loaded_policy import load_policy
from lcbrb.training.pgrpo.asking import asked
from lcbrb.training.pgrpo.tasks import tasks_of
from lcbrb.types import Metric, RunKind

pytestmark = pytest.mark.filterwarnings("ignore")  # of the libraries below

SMALL = {
    "prompts": 4,
    "group_size": 4,
    "micro_batch": 8,
    "steps": 4,
    "learning_rate": 0.002,
    "max_tokens": 12,
    "template": "{problem}",
    "eval_every": 2,
    "save_every": 2,
    "held_out": 0.2,
}


@pytest.fixture(scope="module")
def base(tmp_path_factory):
    return saved_policy(tmp_path_factory.mktemp("policy"))


def train(base, out, **named):
    config = SMALL | named.pop("config", {})
    given = {"reward_model": LikesGood(), **named}
    problems = given.pop("problems", None) or Digits()
    return lcbrb.train_policy(problems, base, out, config=config, **given)


def rows(run, name):
    """Without times, which no two runs share."""
    found = [json.loads(line) for line in (run / name).read_text().splitlines()]
    for row in found:
        figures = row.get("figures", {})
        for figure in [figure for figure in figures if figure.endswith("_s")]:
            del figures[figure]
    return found


def test_a_run_is_written_down_and_its_policy_can_be_benched(base, tmp_path):
    trained = train(base, tmp_path / "run")
    record = trained.record
    assert (record.kind, record.complete, record.counts["problems"]) == (RunKind.TRAINING, True, 8)
    assert record.subject == f"policy on {base}"
    before, after = (record.estimates[Metric.of("pass@1", held_out=w)] for w in ("before", "after"))
    assert before.n == after.n == 2
    assert record.config["reward_model"]["id"] == "likes-good"
    assert record.config["isolation"]
    assert [row["step"] for row in rows(trained.path, "metrics.jsonl")] == [0, 1, 2, 3, 4]
    assert len([r for r in rows(trained.path, "rollouts.jsonl") if not r["held_out"]]) == 32
    assert not list(trained.path.glob("checkpoint-*"))
    assert "arm `pgrpo`" in (trained.model / "README.md").read_text()
    held_out = {
        row["problem_id"] for row in rows(trained.path, "rollouts.jsonl") if row["held_out"]
    }
    seen = {problem.id for problem in read_trained_on(trained.model)}
    assert len(seen) == 8
    assert not seen & held_out

    report = lcbrb.bench(
        f"hf:{trained.path}",
        "python:word_policy:digits",
        out=tmp_path / "bench",
        config={"template": "{problem}", "max_tokens": 12},
    )
    assert "trained on" in " ".join((*report.notes, *report.results[0].record.notes))

    again = train(base, tmp_path / "run")  # nothing is done twice
    assert again.record == record
    assert again.steps == trained.steps


def test_bench_asks_in_the_tokens_of_training(base):
    tasks = tasks_of([Digits()], "think-answer")
    weights = models.locate(base)
    rows = asked(load_policy(weights, "float32", "cpu"), tasks)
    from lcbrb.policies.rendering import form_for, render
    from lcbrb.types import Sampling

    policy = open_policy(f"hf:{base}")
    form = form_for(policy.tokenizer, None)
    benched = render(policy.tokenizer, [task.prompt for task in tasks], Sampling(), form, {})
    assert [one.rendered.ids for one in rows] == [one.ids for one in benched]


def test_a_full_disk_costs_no_more_than_the_steps_since_the_checkpoint(base, tmp_path, monkeypatch):
    whole = train(base, tmp_path / "whole")
    from lcbrb.training.pgrpo_train import PosteriorTrainer

    own = PosteriorTrainer.training_step

    def full(self, *given, **named):
        if self.state.global_step == 3:
            raise OSError(28, "No space left on device")
        return own(self, *given, **named)

    with monkeypatch.context() as patch:
        patch.setattr(PosteriorTrainer, "training_step", full)
        with pytest.raises(SetupError, match=r"No space left on device.*to continue from"):
            train(base, tmp_path / "cut")
    record = json.loads((tmp_path / "cut" / "record.json").read_text())
    assert not record["complete"]
    assert "No space left" in record["notes"][-1]
    rest = train(base, tmp_path / "cut")
    for name in ("metrics.jsonl", "rollouts.jsonl"):
        assert rows(rest.path, name) == rows(whole.path, name)
    assert rest.record.estimates == whole.record.estimates


def test_lora_is_saved_as_an_adapter_that_names_its_base(base, tmp_path):
    trained = train(base, tmp_path / "run", config={"lora_rank": 4, "steps": 2})
    adapter = json.loads((trained.model / "adapter_config.json").read_text())
    assert adapter["base_model_name_or_path"] == base
    policy = open_policy(f"hf:{trained.path}")
    policy.load()
    with pytest.raises(UsageError, match="is an adapter"):
        train(str(trained.model), tmp_path / "on", config={"lora_rank": 4})


def test_outcome_alone_needs_no_reward_model(base, tmp_path):
    trained = train(
        base, tmp_path / "run", reward_model=None, config={"arm": "outcome", "steps": 2}
    )
    assert {row["thinking"] for row in rows(trained.path, "rollouts.jsonl")} == {None}
    assert trained.record.config["reward_model"] is None


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"reward_model": None}, "name a reward model"),
        ({"reward_model": reward_model("length")}, r"scores from 0.0 to inf: a thinking reward"),
        ({"reward_model": "judge:scripted"}, "scripted"),
        ({"held_out": Digits()}, "in both the training and the held-out set"),
        ({"problems": Digits(3)}, "fewer than the 4 prompts"),
        ({"config": {"group_size": 1}}, "group_size"),
        ({"config": {"no_such": 1}}, "no_such"),
        ({"config": {"template": "Solve it."}}, "template"),
        ({"config": {"report_to": "no-such-place"}}, "no-such-place"),
    ],
)
def test_what_can_t_be_trained_is_said_in_a_sentence(base, tmp_path, given, words):
    with pytest.raises((UsageError, SetupError), match=words):
        train(base, tmp_path / "run", **given)
    assert not (tmp_path / "run" / "model").exists()


def test_another_training_is_not_mixed_in(base, tmp_path):
    train(base, tmp_path / "run", config={"steps": 2})
    with pytest.raises(UsageError, match="contains another run"):
        train(base, tmp_path / "run", config={"steps": 2, "thinking_weight": 0.5})


def test_words_are_what_the_policy_writes():
    assert words().decode(words()("<think> good </think>")["input_ids"]) == "<think> good </think>"
