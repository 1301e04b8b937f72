"""A policy of a few thousand weights that can be trained in seconds, and problems for it.

Whatever the problem, the answer is 1. The policy writes ``<think> good </think> <answer> 1
</answer>``: `good` or `bad` as it likes, and 1 or 0 as it likes.
"""

import functools

from lcbrb.protocols.benchmark import Benchmark
from lcbrb.rewards.base import RewardModel
from lcbrb.training.loaded_policy import LoadedPolicy
from lcbrb.types import AnswerCheck, Message, Problem, Prompt, Status, Verdict

PAD, EOS, ASK = "<pad>", "</s>", "?"
DIGITS = tuple("01234")
WORDS = (PAD, EOS, ASK, "<think>", "</think>", "<answer>", "</answer>", "good", "bad", *DIGITS)
SHAPE = ("<think>", None, "</think>", "<answer>", None, "</answer>", EOS)


def words():
    """A tokenizer of one token a word."""
    from tokenizers import Tokenizer, models, pre_tokenizers
    from transformers import PreTrainedTokenizerFast

    core = Tokenizer(models.WordLevel({word: i for i, word in enumerate(WORDS)}, unk_token=PAD))
    core.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    return PreTrainedTokenizerFast(tokenizer_object=core, pad_token=PAD, eos_token=EOS)


@functools.cache
def _weights(seed):
    import torch
    from transformers import AutoModelForCausalLM, LlamaConfig

    torch.manual_seed(seed)
    model = AutoModelForCausalLM.from_config(
        LlamaConfig(
            vocab_size=len(WORDS),
            hidden_size=32,
            intermediate_size=64,
            num_hidden_layers=2,
            num_attention_heads=4,
            num_key_value_heads=4,
            max_position_embeddings=64,
            pad_token_id=WORDS.index(PAD),
            eos_token_id=WORDS.index(EOS),
            bos_token_id=None,
        )
    )
    optimizer = torch.optim.AdamW(model.parameters(), lr=2e-2)
    draw = torch.Generator().manual_seed(seed)
    for _ in range(40):
        ids = torch.tensor([[WORDS.index(word or PAD) for word in (ASK, "0", "0", *SHAPE)]] * 32)
        ids[:, 1:3] = WORDS.index("0") + torch.randint(len(DIGITS), (32, 2), generator=draw)
        ids[:, 4] = WORDS.index("good") + torch.randint(2, (32,), generator=draw)
        ids[:, 7] = WORDS.index("0") + torch.randint(2, (32,), generator=draw)
        labels = ids.clone()
        labels[:, :3] = -100
        model(input_ids=ids, labels=labels).loss.backward()
        optimizer.step()
        optimizer.zero_grad()
    return {
        name: value.detach().clone() for name, value in model.state_dict().items()
    }, model.config


def word_policy(seed=0):
    """A fresh copy of the policy."""
    from transformers import AutoModelForCausalLM

    weights, config = _weights(seed)
    model = AutoModelForCausalLM.from_config(config)
    model.load_state_dict(weights)
    return LoadedPolicy(model=model.eval(), tokenizer=words())


def saved_policy(folder, seed=0):
    """The policy as a folder that loads."""
    policy = word_policy(seed)
    policy.model.save_pretrained(folder)
    policy.tokenizer.save_pretrained(folder)
    return str(folder)


class Digits(Benchmark):
    """Up to 25 problems; `broken` ones can't be graded."""

    name, version, runs_programs, votes = "digits", "1", False, False

    def __init__(self, count=10, broken=()):
        pairs = [(a, b) for b in DIGITS for a in DIGITS][:count]
        self.problems = [
            Problem(
                id=f"d{a}{b}",
                source="tests",
                prompt=f"{ASK} {a} {b}",
                check=AnswerCheck(gold="1"),
            )
            for a, b in pairs
        ]
        self.broken, self.graded = set(broken), 0

    def load(self):
        return self.problems

    def prompt(self, problem):
        message = Message(role="user", content=problem.prompt)
        return Prompt(messages=(message,), raw=problem.prompt, template="digits@1")

    def verify(self, problem, completion, sandbox):
        self.graded += 1
        if problem.id in self.broken:
            raise RuntimeError("the grader fell over")
        right = completion.solution == problem.check.gold
        return Verdict(status=Status.PASSED if right else Status.WRONG_ANSWER)


def digits(spec):
    """For ``python:word_policy:digits``."""
    return Digits()


def broken_digits(spec):
    """For ``python:word_policy:broken_digits``: the first one can't be graded."""
    return Digits(broken=["d00"])


class LikesGood(RewardModel):
    """0.9 for a reasoning that says good, else 0.1."""

    id, bounds = "likes-good", (0.0, 1.0)

    def score(self, items):
        return [0.9 if "good" in item.response else 0.1 for item in items]


def likes_good(spec):
    """For ``python:word_policy:likes_good``."""
    return LikesGood()
