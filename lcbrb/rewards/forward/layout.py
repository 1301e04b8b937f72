"""Texts to token ids: by the chat template, one beginning of text, no forged control tokens.

A template's rendering is tokenised once, without special tokens of the tokenizer's own, so a BOS is
not doubled; whether an end of text closes a response is the template's decision. Where a text
spells a control token out (``<|im_end|>``), it stays text: each stretch between the template's own
control tokens is tokenised as such, which is what the tokenizer does with any other text.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import repeat
from typing import Any

from lcbrb.errors import UsageError
from lcbrb.models.chat_template import PINNED_DATE, chat_text, writes_today
from lcbrb.protocols.reward import Item
from lcbrb.rewards.forward import accounting
from lcbrb.rewards.forward.batching import Tokens

_CLOSED = re.compile(r"</\w+>|\[/[A-Z]+\]|\u25c1/|\|>")  # what may end a response's reasoning
Messages = Sequence[dict[str, str]]  # role and content


def chat_ids(
    tokenizer: Any, chats: Sequence[Messages], *, add_generation_prompt: bool = False
) -> list[list[int]]:
    """Conversations as token ids, by the tokenizer's chat template.

    Raises:
        UsageError: the template does not take them, or is none.
    """
    texts = [
        _whole_text(tokenizer, chat, add_generation_prompt=add_generation_prompt) for chat in chats
    ]
    if texts and writes_today(tokenizer):
        accounting.count(
            f"the chat template writes today's date: {PINNED_DATE:%d %b %Y} is used instead"
        )
    control = control_tokens(tokenizer)
    forged = [
        i for i, chat in enumerate(chats) if control and any(map(control.search, _contents(chat)))
    ]
    rows: list[list[int]] = []
    if texts:
        rows = list(tokenizer(texts, add_special_tokens=False, verbose=False)["input_ids"])
    for index in forged:
        chat = chats[index]
        blank = [{**message, "content": _placeholder(i)} for i, message in enumerate(chat)]
        pattern = chat_text(tokenizer, blank, add_generation_prompt=add_generation_prompt)
        own = control and _own_matches(control, texts[index], pattern, _contents(chat))
        if own is not None:
            rows[index] = _between(tokenizer, texts[index], own)
    return rows


def _whole_text(tokenizer: Any, chat: Messages, *, add_generation_prompt: bool) -> str:
    """A conversation by the template, with the whole of a last response.

    Templates of reasoning models drop what stands before ``</think>``, and two responses that
    differ there alone would be one text. Such a response is put back in its place.
    """
    text = chat_text(tokenizer, chat, add_generation_prompt=add_generation_prompt)
    *before, last = chat
    content = last["content"]
    if last["role"] != "assistant" or content.strip() in text or not _CLOSED.search(content):
        return text
    mark = _placeholder(len(before))
    pattern = chat_text(
        tokenizer, [*before, {**last, "content": mark}], add_generation_prompt=add_generation_prompt
    )
    if pattern.count(mark) != 1:
        raise UsageError(
            "the model's chat template drops the text before the end of the reasoning, so "
            "responses that differ only there would get the same score"
        )
    accounting.count(
        "the chat template drops the reasoning of a response: it was put back, so that the model "
        "reads the whole response"
    )
    return pattern.replace(mark, content)


def text_inputs(tokenizer: Any, texts: Sequence[str], *others: Sequence[str]) -> dict[str, Any]:
    """Texts, or text pairs, joined as the tokenizer joins them; what they spell out stays text."""
    if not texts:
        return {"input_ids": []}
    sides = [list(side) for side in (texts, *others)]
    return dict(tokenizer(*sides, split_special_tokens=True, verbose=False))


def text_ids(tokenizer: Any, texts: Sequence[str]) -> list[list[int]]:
    """Texts that stand inside an input; one that spells a control token out is text still."""
    if not texts:
        return []
    how = {"add_special_tokens": False, "split_special_tokens": True, "verbose": False}
    return list(tokenizer(list(texts), **how)["input_ids"])


def prompt_ids(tokenizer: Any, items: Sequence[Item]) -> list[list[int]]:
    """Each prompt up to where the reply begins: by the chat template, else before a blank line."""
    if tokenizer.chat_template:
        chats = [item.asked for item in items]
        return chat_ids(tokenizer, chats, add_generation_prompt=True)
    return list(text_inputs(tokenizer, [f"{item.prompt}\n\n" for item in items])["input_ids"])


def head_tokens(tokenizer: Any, items: Sequence[Item]) -> list[Tokens]:
    """Items as a scalar head reads them, wherever it runs.

    By the chat template, else as the tokenizer joins a text pair (with token types, as marks, where
    it has them), else with a blank line between prompt and response.

    Raises:
        UsageError: the template does not take them.
    """
    if tokenizer.chat_template:
        chats = [[*item.asked, {"role": "assistant", "content": item.response}] for item in items]
        return [Tokens(ids, []) for ids in chat_ids(tokenizer, chats)]
    if tokenizer.sep_token is not None:
        prompts, responses = [item.prompt for item in items], [item.response for item in items]
        inputs = text_inputs(tokenizer, prompts, responses)
    else:
        inputs = text_inputs(tokenizer, [f"{i.prompt}\n\n{i.response}" for i in items])
    types = inputs.get("token_type_ids") or repeat([])
    return [Tokens(*both) for both in zip(inputs["input_ids"], types, strict=False)]


def leading(tokenizer: Any, ids: Sequence[int]) -> int:
    """How many tokens at the start are the tokenizer's mark of a beginning: none or one."""
    marks = {tokenizer.bos_token_id, tokenizer.cls_token_id} - {None}
    return int(bool(ids) and ids[0] in marks)


def control_tokens(tokenizer: Any) -> re.Pattern[str] | None:
    """What finds control tokens spelt out in a text, the longest first; None without any."""
    words = {added.content for added in tokenizer.added_tokens_decoder.values() if added.special}
    ordered = sorted(words - {""}, key=lambda word: (-len(word), word))
    return re.compile("|".join(map(re.escape, ordered))) if ordered else None


def _contents(chat: Messages) -> list[str]:
    return [message["content"] for message in chat]


def _placeholder(number: int) -> str:
    return f"lcbrb text {number} lcbrb"


def _own_matches(
    control: re.Pattern[str], text: str, pattern: str, contents: Sequence[str]
) -> list[re.Match[str]] | None:
    """The control tokens that the template itself put into a text.

    They are told from those in the contents by counting: what stands before, between and after the
    contents is known from the same template around placeholders.

    Returns:
        None where the counts do not add up: the template changes the contents.
    """
    matches = list(control.finditer(text))
    own: list[re.Match[str]] = []
    at, rest = 0, pattern
    for number, content in enumerate(contents):
        before, mark, rest = rest.partition(_placeholder(number))
        if not mark:
            return None
        count = len(control.findall(before))
        own += matches[at : at + count]
        at += count + len(control.findall(content))
    own += matches[at:]
    expected = len(control.findall(pattern))
    return own if len(own) == expected and [m[0] for m in own] == control.findall(pattern) else None


def _between(tokenizer: Any, text: str, own: Sequence[re.Match[str]]) -> list[int]:
    """Ids of a text in which only some control tokens are meant."""
    kinds = {added.content: added for added in tokenizer.added_tokens_decoder.values()}
    ids: list[int] = []
    at, strip = 0, False
    for match in [*own, None]:
        piece = text[at : match.start()] if match else text[at:]
        piece = piece.lstrip() if strip else piece
        if match and kinds[match[0]].lstrip:
            piece = piece.rstrip()
        if piece:
            ids += text_ids(tokenizer, [piece])[0]
        if match:
            ids.append(tokenizer.convert_tokens_to_ids(match[0]))
            at, strip = match.end(), kinds[match[0]].rstrip
    return ids
