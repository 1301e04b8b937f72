"""Fine-tuning: prompts as `bench` asks them, the loss on replies alone, resumes, what is written."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import tiny
from fakes import write_lines

import lcbrb
from evaluators import benchmark
from lcbrb.errors import IncompleteRunError, SetupError, UsageError
from lcbrb.harness.sampling import prompts_for
from lcbrb.models.chat_template import chat_text
from lcbrb.models.trained_on import read_trained_on
from lcbrb.policies import open_policy
from lcbrb.policies.rendering import Rendered, form_for
from lcbrb.prompts.think_answer import THINK_ANSWER
from lcbrb.protocols.policy import Ask
from lcbrb.training.order import epoch_order
from lcbrb.training.sft.sources import open_examples
from lcbrb.training.sft.tokens import Asking, tokenise
from lcbrb.types import Message, Prompt, PromptForm, Sampling

pytestmark = pytest.mark.filterwarnings("ignore")  # of the libraries below
POSITIONS = 2048
CONFIG = {"epochs": 2, "batch_size": 4, "micro_batch": 2, "learning_rate": 0.01, "held_out": 0.25}
REPLIES = ["one", "to", "three!", "four, I think", "5", "a six", "seven", "it is eight"]


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("LCBRB_CACHE", str(tmp_path / "cache"))


@pytest.fixture(scope="module")
def bases(tmp_path_factory):
    root = tmp_path_factory.mktemp("bases")
    sizes = {"max_position_embeddings": POSITIONS, "initializer_range": 0.1}
    return {
        form: tiny.save_language_model(root / form, chat=form == "chat", **sizes)
        for form in ("chat", "raw")
    }


def rows(path, replies=REPLIES):
    return write_lines(
        path, [{"prompt": f"Count {i}: ", "completion": reply} for i, reply in enumerate(replies)]
    )


@pytest.fixture
def train(bases, tmp_path):
    data = rows(tmp_path / "rows.jsonl")

    def run(form="chat", out="run", data=data, **config):
        settings = {**CONFIG, **config}
        return lcbrb.train_sft(f"hf:{bases[form]}", str(data), tmp_path / out, config=settings)

    return run


# ----------------------------------------------------------------------------------------- tokens


def asking(folder, form=None, **more):
    policy = open_policy(f"hf:{folder}")
    words = policy.tokenizer
    given = {"ends": {words.eos_token_id}, "switches": {}, **more}
    return Asking(tokenizer=words, form=form_for(words, form), **given)


@pytest.mark.parametrize("form", ["chat", "raw"])
def test_bench_asks_with_the_token_ids_that_were_trained_on(bases, tmp_path, monkeypatch, form):
    problems = tiny.write_problems(tmp_path, 2)
    recorded = tiny.write_completions(tmp_path, 2)
    examples = open_examples([f"{recorded}?benchmark={problems}"], benchmark).examples
    tokens = tokenise(asking(bases[form]), examples, POSITIONS, "examples").rows
    seen = {}
    policy = open_policy(f"hf:{bases[form]}")
    monkeypatch.setattr(
        type(policy),
        "draw",
        lambda _, requests, __: iter(
            seen.update({r.ask.key: r.rendered.ids for r in requests}) or ()
        ),
    )
    whole = benchmark(str(problems))
    prompts = prompts_for(whole, whole.load(), THINK_ANSWER)
    asks = [Ask(key=p.id, prompt=a) for p, a in zip(whole.load(), prompts, strict=True)]
    list(policy.sample(asks, Sampling(max_tokens=4)))
    assert len(tokens) == 4
    for one in tokens:
        assert one.prompt == seen[one.example.problem_id]
        text = policy.tokenizer.decode(one.reply)
        assert text == one.example.reply + tiny.EOS


def test_a_reply_ends_as_the_chat_template_ends_it_where_the_policy_stops(bases):
    words = tiny.tokenizer(chat=True)
    one = asking(bases["chat"])
    assert one.end() == [words.eos_token_id]
    words.chat_template = tiny.CHAT.replace("{{ eos_token }}", "|{{ eos_token }}\n")
    other = Asking(tokenizer=words, form=PromptForm.CHAT, ends={words.eos_token_id}, switches={})
    assert words.decode(other.end()) == "|" + tiny.EOS
    none = Asking(tokenizer=words, form=PromptForm.CHAT, ends={1}, switches={})
    assert none.end() == [words.eos_token_id]
    words.chat_template = tiny.CHAT.replace("message['content']", "message['content'] | upper")
    changed = Asking(tokenizer=words, form=PromptForm.CHAT, ends={words.bos_token_id}, switches={})
    assert changed.end() == [words.eos_token_id]
    words.eos_token = None
    with pytest.raises(UsageError, match="end-of-text"):
        Asking(tokenizer=words, form=PromptForm.RAW, ends=set(), switches={}).end()


def test_what_the_prompt_has_opened_is_not_said_again(bases, tmp_path):
    (example, *_) = open_examples(
        [
            str(
                write_lines(
                    tmp_path / "t.jsonl", [{"prompt": "a?", "completion": "<think>\nb\n</think> c"}]
                )
            )
        ],
        benchmark,
    ).examples
    one = asking(bases["chat"])
    opened = Rendered(ids=[1], form=PromptForm.CHAT, lead="<think>\n")
    assert one.tokenizer.decode(one.reply(example, opened)) == "b\n</think> c"
    plain = open_examples([str(rows(tmp_path / "rows.jsonl"))], benchmark).examples[0]
    with pytest.raises(UsageError, match="starts every reply with <think>"):
        one.reply(plain, opened)


def test_the_system_prompt_is_that_of_bench(bases):
    prompt = Prompt(messages=(Message(role="user", content="Hi"),), template="t@1")
    one = asking(bases["chat"], system_prompt="Be brief.")

    class Given:
        pass

    example = Given()
    example.prompt = prompt
    (rendered,) = one.rendered([example])
    chat = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Hi"}]
    text = chat_text(one.tokenizer, chat, add_generation_prompt=True)
    assert one.tokenizer.decode(rendered.ids) == text


# ------------------------------------------------------------------------------------------- loss


def base_of(folder):
    from transformers import AutoModelForCausalLM, AutoTokenizer

    return AutoModelForCausalLM.from_pretrained(folder).eval(), AutoTokenizer.from_pretrained(
        folder
    )


def losses_by_hand(model, words, form, texts):
    """Sum of the replies' negative log-probabilities and their tokens, for each example."""
    import torch

    found = []
    for prompt, reply in texts:
        head = (
            f"{tiny.BOS}[user]{prompt}{tiny.EOS}[assistant]"
            if form == "chat"
            else tiny.BOS + prompt
        )
        before = words(head, add_special_tokens=False)["input_ids"]
        after = words(reply + tiny.EOS, add_special_tokens=False)["input_ids"]
        with torch.no_grad():
            logits = model(torch.tensor([before + after])).logits[0].double()
        scores = torch.log_softmax(logits, dim=-1)
        picked = [scores[len(before) - 1 + i, token] for i, token in enumerate(after)]
        found.append((-float(sum(picked)), len(after)))
    return found


@pytest.mark.parametrize("form", ["chat", "raw"])
def test_the_loss_is_the_mean_over_the_tokens_of_the_replies_of_a_whole_batch(bases, train, form):
    tuned = train(form, held_out=0.0, epochs=1, micro_batch=1, learning_rate=1e-12)
    by_hand = losses_by_hand(
        *base_of(bases[form]), form, [(f"Count {i}: ", reply) for i, reply in enumerate(REPLIES)]
    )
    order = epoch_order(len(REPLIES), 0, 0)
    for step, begin in zip(tuned.steps, (0, 4), strict=True):
        batch = [by_hand[place] for place in order[begin : begin + 4]]
        expected = sum(loss for loss, _ in batch) / sum(count for _, count in batch)
        assert step.loss == pytest.approx(expected, abs=1e-4)


def test_the_held_out_loss_is_the_mean_over_all_their_reply_tokens(bases, train, tmp_path):
    apart = write_lines(
        tmp_path / "apart.jsonl",
        [{"prompt": f"Other {n}?", "completion": "x" * n} for n in (1, 9, 30)],
    )
    tuned = lcbrb.train_sft(
        f"hf:{bases['chat']}", str(rows(tmp_path / "r.jsonl")), tmp_path / "run",
        held_out=str(apart), config={**CONFIG, "epochs": 1, "learning_rate": 1e-12},
    )  # fmt: skip
    by_hand = losses_by_hand(
        *base_of(bases["chat"]), "chat", [(f"Other {n}?", "x" * n) for n in (1, 9, 30)]
    )
    expected = sum(loss for loss, _ in by_hand) / sum(count for _, count in by_hand)
    (evaluated,) = [step for step in tuned.steps if step.held_out_loss is not None]
    assert evaluated.held_out_loss == pytest.approx(expected, abs=1e-4)
    assert tuned.record.counts["examples_held_out"] == 3


# ------------------------------------------------------------------------------------------- runs


def test_the_policy_is_benched_from_the_run_and_has_learned(train, tmp_path):
    tuned = train(epochs=30, held_out=0.0, learning_rate=0.02, max_grad_norm=0.0)
    assert tuned.steps[-1].loss < 0.3 * tuned.steps[0].loss
    policy = open_policy(f"hf:{tmp_path / 'run'}?dtype=float32")
    prompt = Prompt(messages=(Message(role="user", content="Count 2: "),), template="t@1")
    (sampled,) = policy.sample(
        [Ask(key="a", prompt=prompt)], Sampling(temperature=0, max_tokens=20)
    )
    assert sampled.generation.text == "three!"
    assert sampled.generation.stop_reason.value == "end"
    assert "trained_on.jsonl" in (tmp_path / "run" / "model" / "README.md").read_text()
    assert "<script" in (tmp_path / "run" / "curves.html").read_text()
    assert not list((tmp_path / "run").glob("checkpoint-*"))


@pytest.mark.parametrize("rank", [0, 4])
def test_what_is_loaded_is_what_was_trained_at_its_best(train, tmp_path, rank):
    tuned = train(epochs=3, lora_rank=rank, eval_every=1, learning_rate=0.05)
    names = {line.id for line in read_trained_on(tmp_path / "run")}
    (path,) = tmp_path.glob("rows.jsonl")
    apart = [e for e in open_examples([str(path)], benchmark).examples if e.problem_id not in names]
    policy = open_policy(f"hf:{tmp_path / 'run'}?dtype=float32")
    texts = [(one.prompt.messages[0].content, one.reply) for one in apart]
    by_hand = losses_by_hand(policy._model, policy.tokenizer, "chat", texts)
    expected = sum(loss for loss, _ in by_hand) / sum(count for _, count in by_hand)
    losses = {s.step: s.held_out_loss for s in tuned.steps}
    assert len(apart) == 2
    assert losses[tuned.record.counts["best_step"]] == pytest.approx(expected, abs=1e-4)
    assert len({round(loss, 3) for loss in losses.values()}) > 1
    assert (tmp_path / "run" / "model" / "adapter_config.json").exists() == bool(rank)


def test_held_out_problems_are_not_named_as_trained_on_and_the_best_weights_are_kept(train):
    tuned = train(epochs=4, eval_every=1)
    assert tuned.record.counts["examples_held_out"] == 2
    assert len(read_trained_on(tuned.model)) == tuned.record.counts["examples"] == 6
    losses = {s.step: s.held_out_loss for s in tuned.steps}
    assert tuned.record.counts["best_step"] == min(losses, key=losses.get)


def test_a_finished_run_is_read_back_and_another_one_refused(train):
    tuned = train()
    again = train()
    assert (again.record, again.steps) == (tuned.record, tuned.steps)
    with pytest.raises(UsageError, match="another run"):
        train(learning_rate=0.5)


def test_examples_that_are_too_long_are_named_and_left_out(train, tmp_path):
    data = rows(tmp_path / "long.jsonl", [*REPLIES, "x" * 100])
    tuned = train(data=data, max_length=60, held_out=0.0, epochs=1)
    assert (tuned.record.counts["examples"], tuned.record.counts["over_long"]) == (8, 1)
    (line,) = (tmp_path / "run" / "over_long.jsonl").read_text().splitlines()
    prompt = len("<s>[user]Count 8: </s>[assistant]") - len("<s></s>") + 2
    assert json.loads(line)["tokens"] == prompt + 100 + 1
    assert any("1 of 9 examples to train on were left out" in note for note in tuned.record.notes)
    assert len(read_trained_on(tuned.model)) == 8
    with pytest.raises(UsageError, match="raise max_length"):
        train(data=data, out="none", max_length=3)


def test_a_loss_that_is_no_number_names_step_and_examples(train, bases, tmp_path, monkeypatch):
    import torch

    from lcbrb.training.sft import trainer

    whole, calls = trainer.SFTTrainer.compute_loss, []

    def broken(self, model, inputs, *more):
        calls.append(inputs["input_ids"].shape)
        loss = whole(self, model, inputs, *more)
        return loss * torch.nan if len(calls) == 3 else loss

    monkeypatch.setattr(trainer.SFTTrainer, "compute_loss", broken)
    with pytest.raises(
        IncompleteRunError, match=r"loss of step 2, of the examples \w{12}, \w{12},"
    ):
        train(held_out=0.0)
    record = json.loads((tmp_path / "run" / "record.json").read_text())
    assert record["complete"] is False
    assert "loss of step 2" in record["notes"][-1]
    assert not (tmp_path / "run" / "model").exists()


@pytest.mark.parametrize(
    ("policy", "told"),
    [("openai:m@http://localhost:1/v1", "can't be trained"), ("hf:x?device=cpu", "device")],
)
def test_a_policy_that_can_not_be_trained_is_named(tmp_path, policy, told):
    with pytest.raises(UsageError, match=told):
        lcbrb.train_sft(policy, str(rows(tmp_path / "rows.jsonl")), tmp_path / "run")


def test_a_disk_that_is_full_is_said_and_gone_on_from(train, tmp_path, monkeypatch):
    def full(*_, **__):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr("lcbrb.training.checkpoint.write_trained_on", full)
        with pytest.raises(SetupError, match="No space left on device"):
            train()
    assert not list((tmp_path / "run").glob("model*"))
    tuned = train()
    assert tuned.record.complete
    assert [step.step for step in tuned.steps] == [1, 2, 3, 4]


# ---------------------------------------------------------------------------------------- resumes

STOP = """
import os, signal, sys
import lcbrb
from lcbrb.training.trl_shared import Callback

stop, (base, data, out) = int(sys.argv[1]), sys.argv[2:5]
whole = Callback.on_save

def on_save(self, args, state, control, **more):
    whole(self, args, state, control, **more)
    if state.global_step == stop:
        os.kill(os.getpid(), signal.SIGKILL)

Callback.on_save = on_save
lcbrb.train_sft("hf:" + base, data, out, config=eval(sys.argv[5]))
"""


class PlugPulledError(BaseException):
    """Nobody handles it, as nobody handles the end of a process."""


def goes_on_exactly(train, out, unbroken):
    """Started again it has the same steps and the same weights."""
    resumed = train(out=out.name, **RESUMED)
    assert resumed.steps == unbroken.steps
    files = [
        path / "model" / "adapter_model.safetensors" for path in (out.parent / "unbroken", out)
    ]
    assert files[0].read_bytes() == files[1].read_bytes()


RESUMED = {**CONFIG, "eval_every": 1, "lora_rank": 4, "lora_dropout": 0.2}


def test_a_training_that_was_cut_off_goes_on_exactly(train, tmp_path, monkeypatch):
    from lcbrb.training.trl_shared import Callback

    unbroken, whole = train(out="unbroken", **RESUMED), Callback.on_save

    def on_save(self, args, state, control, **more):
        whole(self, args, state, control, **more)
        if state.global_step == 2:
            raise PlugPulledError

    with monkeypatch.context() as patched:
        patched.setattr(Callback, "on_save", on_save)
        with pytest.raises(PlugPulledError):
            train(out="cut", **RESUMED)
    goes_on_exactly(train, tmp_path / "cut", unbroken)


@pytest.mark.long
@pytest.mark.parametrize("stop", [1, 2, 3])
def test_a_killed_training_goes_on_exactly(train, bases, tmp_path, stop):
    unbroken = train(out="unbroken", **RESUMED)
    data, out = rows(tmp_path / "rows.jsonl"), tmp_path / "killed"
    arguments = [str(stop), str(bases["chat"]), str(data), str(out), repr(RESUMED)]
    ended = subprocess.run(
        [sys.executable, "-c", STOP, *arguments],
        env={**os.environ, "PYTHONPATH": str(Path(lcbrb.__file__).parent.parent)},
        check=False,
        capture_output=True,
    )
    assert ended.returncode == -signal.SIGKILL, ended.stderr.decode()
    goes_on_exactly(train, out, unbroken)
