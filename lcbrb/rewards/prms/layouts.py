"""What process reward models read, and where: one layout a family.

- ``qwen`` (Qwen2.5-Math-PRM): the chat template, ``<extra_0>`` behind each step, and two numbers at
  that token, of which the second says that the step is good.
- ``shepherd`` (Math-Shepherd): the question, a space, the steps; `` ки`` and a line's end behind
  each; a language model's logits of ``+`` and ``-`` at that tag.
- ``rlhflow`` (RLHFlow's Llama3.1-8B-PRM): each step is a turn of the user's, the first one behind
  the question, and each reply is ``+``; a language model's logits of ``+`` and ``-`` as its reply.
- ``trl`` (TRL's ``PRMTrainer``): BOS, the prompt as it is, the steps, a separator behind each; one
  or two numbers at the separator's last token.
- ``likelihood``: any language model; a step's score is the geometric mean of its tokens'
  probabilities, given the prompt and the steps before it.

What stands behind the last step's end is left out: a causal model's scores do not see it.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from itertools import chain
from typing import Any

from lcbrb.errors import ModelLoadError, UsageError
from lcbrb.protocols.reward import Item
from lcbrb.rewards.forward.batching import Tokens
from lcbrb.rewards.forward.layout import chat_ids, prompt_ids, text_ids


class Layout(StrEnum):
    """A family of process reward models."""

    AUTO = "auto"
    QWEN = "qwen"
    SHEPHERD = "shepherd"
    RLHFLOW = "rlhflow"
    TRL = "trl"
    LIKELIHOOD = "likelihood"


#: those that say one of two words
LABELLED = frozenset({Layout.SHEPHERD, Layout.RLHFLOW})
#: options of a spec that only some layouts read
READ_BY: dict[str, frozenset[Layout]] = {
    "good": LABELLED,
    "bad": LABELLED,
    "step_end": frozenset(Layout) - {Layout.RLHFLOW},
}
_GOOD = "+"
#: what stands behind a step, where the spec does not say
STEP_ENDS = {
    Layout.QWEN: "<extra_0>",
    Layout.SHEPHERD: "ки",
    Layout.RLHFLOW: "",  # the end of a turn, as the chat template has it
    Layout.TRL: "\n",
    Layout.LIKELIHOOD: "\n",
}


def lay_out(
    tokenizer: Any, prompt: str, steps: Sequence[str], layout: Layout, step_end: str
) -> Tokens:
    """What a model of this layout reads: the parts are the steps.

    A step's tokens bear its mark in ``likelihood``, else the one token at which it is read.
    `step_end` is what stands behind each step.

    Raises:
        ModelLoadError: the tokenizer is of another layout: the end of a step is not one token
            (``qwen``), or there is no chat template for turns (``rlhflow``).
    """
    if layout is Layout.SHEPHERD:
        return _tagged(tokenizer, prompt, steps, step_end)
    if layout is Layout.RLHFLOW:
        return _turns(tokenizer, prompt, steps)
    if layout is Layout.LIKELIHOOD:
        # ends and all: a line's end is part of how likely a step is
        parts = text_ids(tokenizer, [step + step_end for step in steps])
        marks = [[number] * len(part) for number, part in enumerate(parts, start=1)]
        head = prompt_ids(tokenizer, [Item(prompt=prompt, response="")])[0]
    else:
        end = list(tokenizer(step_end, add_special_tokens=False)["input_ids"])
        if layout is Layout.QWEN and len(end) != 1:
            raise ModelLoadError(
                f"its tokenizer has no token '{step_end}': is layout=qwen the right one?"
            )
        parts = [[*part, *end] for part in text_ids(tokenizer, steps)]
        marks = [[0] * (len(part) - 1) + [number] for number, part in enumerate(parts, start=1)]
        head = prompt_ids(tokenizer, [Item(prompt=prompt, response="")])[0]
        if layout is Layout.TRL:
            bos = [] if tokenizer.bos_token_id is None else [tokenizer.bos_token_id]
            head = [*bos, *text_ids(tokenizer, [prompt])[0]]
    marked = [*[0] * len(head), *chain(*marks)]
    return Tokens([*head, *chain(*parts)], marked, len(steps))


def _tagged(tokenizer: Any, prompt: str, steps: Sequence[str], tag: str) -> Tokens:
    """One text, as it is tokenised in training; the tags are found by their places in it."""
    text = f"{prompt} "
    ends: dict[int, int] = {}  # where a tag's last character stands, and the step before it
    for number, step in enumerate(steps, start=1):
        text += f"{step} {tag}"
        ends[len(text) - 1] = number
        text += "\n"
    encoding = tokenizer(
        text, split_special_tokens=True, return_offsets_mapping=True, verbose=False
    )
    read: dict[int, int] = {}  # by step: where several tokens make up one character, the last
    for place, (begin, end) in enumerate(encoding["offset_mapping"]):
        read |= {ends[at]: place for at in range(begin, end) if at in ends}
    ids = encoding["input_ids"][: max(read.values(), default=-1) + 1]
    marks = [0] * len(ids)
    for number, place in read.items():
        marks[place] = number
    return Tokens(list(ids), marks, len(steps))


def _turns(tokenizer: Any, prompt: str, steps: Sequence[str]) -> Tokens:
    """A conversation in which every step was called good."""
    if not tokenizer.chat_template:
        raise ModelLoadError("its tokenizer has no chat template: is layout=rlhflow the right one?")
    laid: list[int] = []
    marks: list[int] = []
    chat: list[dict[str, str]] = []
    for number, step in enumerate(steps, start=1):
        chat.append({"role": "user", "content": step if chat else f"{prompt} {step}"})
        (ids,) = chat_ids(tokenizer, [chat], add_generation_prompt=True)
        if ids[: len(laid)] != laid:
            raise ModelLoadError(
                "its chat template changes earlier turns: is layout=rlhflow the right one?"
            )
        marks += [*[0] * (len(ids) - len(laid) - 1), number]
        laid = ids
        chat.append({"role": "assistant", "content": _GOOD})
    return Tokens(laid, marks, len(steps))


def label_tokens(tokenizer: Any, layout: Layout, good: str, bad: str) -> tuple[int, int]:
    """The tokens of two words where a model says them: in the place of a tag, or as a reply.

    Raises:
        UsageError: one is not one token there, or they are the same.
    """
    read = _reply_tokens if layout is Layout.RLHFLOW else _tag_tokens
    tokens = {name: read(tokenizer, word) for name, word in (("good", good), ("bad", bad))}
    for name, ids in tokens.items():
        if len(ids) != 1:
            raise UsageError(
                f"{name} '{good if name == 'good' else bad}' is {len(ids)} tokens of this model, "
                "but a step is scored at a single token: give a word that is one token"
            )
    (first,), (second,) = tokens["good"], tokens["bad"]
    if first == second:
        raise UsageError(f"good '{good}' and bad '{bad}' are the same token here")
    return first, second


def _tag_tokens(tokenizer: Any, word: str) -> list[int]:
    """Of a word behind a space: those that its characters are in."""
    encoding = tokenizer(f"a {word}", add_special_tokens=False, return_offsets_mapping=True)
    spans = zip(encoding["input_ids"], encoding["offset_mapping"], strict=True)
    return [token for token, (_, end) in spans if end > len("a ")]


def _reply_tokens(tokenizer: Any, word: str) -> list[int]:
    """Of a word as a reply: those that spell it, from where the reply begins."""
    chat = [{"role": "user", "content": "a"}]
    (asked,) = chat_ids(tokenizer, [chat], add_generation_prompt=True)
    (said,) = chat_ids(tokenizer, [[*chat, {"role": "assistant", "content": word}]])
    reply = said[len(asked) :]
    spelt = (n for n in range(len(reply) + 1) if word in tokenizer.decode(reply[:n]))
    return reply[: next(spelt, len(reply))]
