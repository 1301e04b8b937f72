"""A conversation in a model's own words."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from typing import Any

from lcbrb.errors import UsageError, first_line

#: what a template is told that today is: else a score or a reply would depend on the day
PINNED_DATE = dt.date(2024, 7, 26)  # as Llama 3's template has it where it can't tell

_TODAY = re.compile(r"strftime_now\(\s*(['\"])(.*?)\1\s*\)")


def writes_today(tokenizer: Any) -> bool:
    """Whether the tokenizer's chat template asks what day it is."""
    template = tokenizer.chat_template
    return isinstance(template, str) and _TODAY.search(template) is not None


def chat_text(tokenizer: Any, chat: Sequence[Mapping[str, str]], **options: Any) -> str:
    """A conversation as the tokenizer's chat template writes it, on a day that is always the same.

    Raises:
        UsageError: the template does not take the messages.
    """
    if writes_today(tokenizer):
        template = _TODAY.sub(lambda m: repr(f"{PINNED_DATE:{m[2]}}"), tokenizer.chat_template)
        options = {"chat_template": template, **options}
    try:
        text: str = tokenizer.apply_chat_template(list(chat), tokenize=False, **options)
    except Exception as error:  # templates raise what they like
        roles = ", ".join(message["role"] for message in chat)
        raise UsageError(
            "the model's chat template does not take a conversation of "
            f"{roles}: {first_line(error)}"
        ) from error
    return text
