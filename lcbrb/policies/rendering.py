"""A prompt as the text a model reads, each sample's seed, how a reply begins and why it ends."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from lcbrb import codec
from lcbrb.errors import UsageError
from lcbrb.models.chat_template import chat_text
from lcbrb.replies.marks import OPENED, is_special
from lcbrb.types import Prompt, PromptForm, Sampling, StopReason

_SEEDS = 1 << 31  # what every engine takes as a seed
_STOPS = {
    **dict.fromkeys(
        (
            *("length", "max_tokens", "max_output_tokens", "model_length", "max_length"),
            *("max_new_tokens", "token_limit", "token_limit_reached", "context_length"),
            *("model_context_window_exceeded", "context_length_exceeded", "max_tokens_reached"),
            *("max_completion_tokens", "limit", "incomplete"),
        ),
        StopReason.LENGTH,
    ),
    **dict.fromkeys(
        (
            *("stop", "eos", "eos_token", "end_turn", "stop_sequence", "stop_token", "end"),
            *("complete", "completed", "done", "finish", "finished", "tool_calls", "tool_use"),
            *("function_call", "end_of_turn", "eot"),
        ),
        StopReason.END,
    ),
}
#: a filter of the server's took the reply away: that is no failure of the model
_FILTERED = frozenset(
    "content_filter content_filtered safety recitation blocklist prohibited_content spii sensitive "
    "guardrail_intervened guardrails error_toxic toxicity moderation flagged refusal "
    "image_safety language blocked".split()
)


def stop_reason(word: object) -> StopReason:
    """Why a model stopped writing, given a server's or an engine's word for it, in any case."""
    return _STOPS.get(_plain(word), StopReason.UNKNOWN)


def is_filtered(word: object) -> bool:
    """Whether a server's word for why a reply ended says that a filter took it away."""
    return _plain(word) in _FILTERED


def _plain(word: object) -> str:
    return str(word).lower().replace("-", "_").removeprefix("finish_reason_")


def sample_seed(sampling: Sampling, prompt: Prompt, sample_index: int) -> int:
    """The seed of one sample, in [0, 2^31): of the run's seed, the prompt's content, its number."""
    text = f"{sampling.seed}\0{codec.encode(prompt)}\0{sample_index}"
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big") % _SEEDS


def chat_messages(prompt: Prompt, sampling: Sampling) -> list[dict[str, str]]:
    """The messages, under the system prompt that the sampling asks for, if it does.

    Each has a role and its content, as servers and chat templates take it.
    """
    messages = [{"role": message.role, "content": message.content} for message in prompt.messages]
    if sampling.system_prompt is None:
        return messages
    rest = [message for message in messages if message["role"] != "system"]
    return [{"role": "system", "content": sampling.system_prompt}, *rest]


def raw_text(prompt: Prompt) -> str:
    """What a base model continues: the raw form, else the messages with a blank line after each."""
    if prompt.raw is not None:
        return prompt.raw
    return "".join(f"{message.content}\n\n" for message in prompt.messages)


def stops(prompt: Prompt, sampling: Sampling, form: PromptForm) -> tuple[str, ...]:
    """Where a reply ends: the prompt's own strings are for its raw form."""
    own = prompt.stop if form is PromptForm.RAW else ()
    return tuple(dict.fromkeys((*own, *sampling.stop)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Rendered:
    """A prompt in a model's tokens.

    `lead` is the marker with which the chat template has opened the reasoning already: the reply is
    read as if it began with it, so that reasoning which never ends is not taken for an answer.
    """

    ids: list[int]
    form: PromptForm
    lead: str = ""


def form_for(tokenizer: Any, form: PromptForm | None) -> PromptForm:
    """The form asked for, else chat where the tokenizer has a template for it.

    Raises:
        UsageError: chat is asked for and there is no template.
    """
    if form is PromptForm.CHAT and not tokenizer.chat_template:
        raise UsageError("the model has no chat template: use ?form=raw, or leave ?form out")
    return form or (PromptForm.CHAT if tokenizer.chat_template else PromptForm.RAW)


def render(
    tokenizer: Any,
    prompts: Sequence[Prompt],
    sampling: Sampling,
    form: PromptForm,
    template_options: Mapping[str, Any],
) -> list[Rendered]:
    """Prompts in a tokenizer's tokens; special tokens are in them once.

    Raises:
        UsageError: the chat template does not take the messages.
    """
    if not prompts:
        return []  # which tokenizers do not take
    if form is PromptForm.RAW:
        ids = tokenizer([raw_text(prompt) for prompt in prompts], verbose=False)["input_ids"]
        return [Rendered(ids=list(tokens), form=form) for tokens in ids]
    texts = [
        chat_text(
            tokenizer,
            chat_messages(prompt, sampling),
            add_generation_prompt=True,
            **template_options,
        )
        for prompt in prompts
    ]
    ids = tokenizer(texts, add_special_tokens=False, verbose=False)["input_ids"]
    return [
        Rendered(
            ids=list(tokens), form=form, lead=opened[0] if (opened := OPENED.search(text)) else ""
        )
        for tokens, text in zip(ids, texts, strict=True)
    ]


def drops_special(tokenizer: Any) -> bool:
    """Whether special tokens are left out of replies: not where reasoning is marked with them."""
    added = getattr(tokenizer, "added_tokens_decoder", {}).values()
    special = {str(token) for token in added if getattr(token, "special", False)}
    return not any(map(is_special, special | set(map(str, tokenizer.all_special_tokens))))
