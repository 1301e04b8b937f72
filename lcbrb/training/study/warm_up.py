"""The policy that every cell of a seed starts from: trained from nothing on traces, and kept.

A small loop of its own, not a trainer's. First drills, in which single sums are learned, one alone
and then more in a row (from whole replies alone they were not learned in 600 steps); then freshly
drawn traces of mixed quality, until enough replies are right. So the policies of all seeds begin at
about the same pass rate, however long that takes.
"""

from __future__ import annotations

import itertools
import math
import random
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from lcbrb.training.study.sampling import SmallPolicy, make_tokenizer
from lcbrb.training.study.task import Chain, Part, TaskSettings, benchmark, chains
from lcbrb.training.study.traces import EQUALS, all_shown, drill, trace
from lcbrb.types import Problem

_LONGEST_DRILL = 6  # steps
_SOME = 16  # problems that even a small task has
_STRIDE = 10_000  # between the seeds that two warm-ups draw problems by
_PROBE_SEED = 2_000_000_000  # of problems that no training reaches
#: spread of the first weights: in 200 steps a table of sums was learned with this, and not with the
#: library's 0.02
_INITIAL = 0.08
_IGNORED = -100  # no loss for these words


@dataclass(frozen=True, slots=True, kw_only=True)
class WarmUpSettings:
    """Size of the policy, and how it is warmed up.

    Attributes:
        width, layers, heads, feed_forward: of the Llama architecture; embeddings are tied.
        most_tokens: of a reply.
        learning_rate: of AdamW, after `rising` steps.
        batch: traces a step.
        drills: steps of drills before that: sums alone, more and more of them in a row.
        steps: at most.
        probe_every: steps between looks at the pass rate.
        probe: problems of a look.
        target: the pass rate at temperature 1 at which the warm-up ends.
    """

    width: int = 160
    layers: int = 4
    heads: int = 4
    feed_forward: int = 432
    most_tokens: int = 60
    learning_rate: float = 2e-3
    rising: int = 30
    batch: int = 32
    drills: int = 120
    steps: int = 900
    probe_every: int = 10
    probe: int = 128
    target: float = 0.3


@dataclass(frozen=True, slots=True, kw_only=True)
class Warmed:
    """A policy after its warm-up of so many steps; `reached`: at the target's pass rate."""

    policy: SmallPolicy
    steps: int
    reached: bool


def new_model(settings: WarmUpSettings, tokenizer: Any, seed: int) -> Any:
    """A model with random weights."""
    import torch
    from transformers import LlamaConfig, LlamaForCausalLM

    torch.manual_seed(seed)
    config = LlamaConfig(
        vocab_size=len(tokenizer),
        hidden_size=settings.width,
        intermediate_size=settings.feed_forward,
        num_hidden_layers=settings.layers,
        num_attention_heads=settings.heads,
        max_position_embeddings=128,
        tie_word_embeddings=True,
        initializer_range=_INITIAL,
        bos_token_id=None,
        pad_token_id=tokenizer.pad_token_id,
        eos_token_id=tokenizer.eos_token_id,
    )
    return LlamaForCausalLM(config)


def warm_up(
    task: TaskSettings,
    settings: WarmUpSettings,
    seed: int,
    pass_rate: Callable[[Sequence[Problem], Sequence[str]], float],
    say: Callable[[str], object] = lambda _: None,
) -> Warmed:
    """A policy with about the target's pass rate.

    `pass_rate` is of replies, given their problems; `say` is told of each look at it.
    """
    import torch

    tokenizer = make_tokenizer(task)
    model = new_model(settings, tokenizer, seed)
    rng = random.Random(f"warm-up/{seed}")
    probe = benchmark(task, Part.TRAINING, settings.probe, _PROBE_SEED).problems
    prompts = [problem.prompt for problem in probe]
    policy = SmallPolicy(model=model, tokenizer=tokenizer, most_tokens=settings.most_tokens)
    step, reached = 0, False
    optimizer = torch.optim.AdamW(model.parameters(), lr=settings.learning_rate, weight_decay=0.01)
    began = time.perf_counter()
    for step in range(1, settings.steps + 1):
        model.train()
        for group in optimizer.param_groups:
            group["lr"] = settings.learning_rate * min(1.0, step / settings.rising)
        loss = _loss(model, tokenizer, _rows(task, settings, seed, step, rng))
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        if step > settings.drills and step % settings.probe_every == 0:
            replies = policy.replies(prompts, seed=step)
            rate = pass_rate(probe, replies)
            took = time.perf_counter() - began
            say(f"step {step}: loss {float(loss.detach()):.3f}, pass@1 {rate:.3f}, {took:.0f} s")
            reached = rate >= settings.target
            if reached:
                break
    return Warmed(policy=policy, steps=step, reached=reached)


def _rows(
    task: TaskSettings, settings: WarmUpSettings, seed: int, step: int, rng: random.Random
) -> list[tuple[str, str]]:
    """Prompts and replies of a step: drills that grow longer, then whole traces."""
    if step <= settings.drills:
        half = settings.drills / 2
        items = max(1, math.ceil((step - half) * _LONGEST_DRILL / half))  # one alone, then more
        rows = settings.batch * _LONGEST_DRILL // items
        return [("", drill(task, rng, items)) for _ in range(rows)]
    drawn = itertools.islice(_shown_chains(task, seed * _STRIDE + step), settings.batch)
    return [(chain.prompt, trace(chain, rng)) for chain in drawn]


def _shown_chains(task: TaskSettings, seed: int) -> Iterator[Chain]:
    """Problems of the training part whose replies may be shown, without end."""
    for more in itertools.count():
        batch = itertools.islice(chains(task, Part.TRAINING, seed + more * _STRIDE**2), _SOME)
        yield from filter(all_shown, batch)


def _loss(model: Any, tokenizer: Any, rows: list[tuple[str, str]]) -> Any:
    """Cross-entropy of replies and their end; of drills, whose rest can't be known, of results."""
    import torch

    ends = [
        [*tokenizer(f"{prompt} {reply}".strip(" "))["input_ids"], tokenizer.eos_token_id]
        for prompt, reply in rows
    ]
    longest, equals = max(map(len, ends)), tokenizer.convert_tokens_to_ids(EQUALS)
    ids_B_T = torch.full((len(rows), longest), tokenizer.pad_token_id)
    labels_B_T = torch.full((len(rows), longest), _IGNORED)
    for number, (ids, (prompt, _)) in enumerate(zip(ends, rows, strict=True)):
        ids_B_T[number, : len(ids)] = torch.tensor(ids)
        if prompt:
            begin = len(tokenizer(prompt)["input_ids"])
            labels_B_T[number, begin : len(ids)] = torch.tensor(ids[begin:])
        else:
            results = [place for place in range(1, len(ids)) if ids[place - 1] == equals]
            labels_B_T[number, results] = torch.tensor([ids[place] for place in results])
    # padding stands behind: causal attention keeps it from what counts
    logits_B_T_V = model(input_ids=ids_B_T).logits
    return torch.nn.functional.cross_entropy(
        logits_B_T_V[:, :-1].flatten(0, 1), labels_B_T[:, 1:].flatten(), ignore_index=_IGNORED
    )
