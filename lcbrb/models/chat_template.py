"""A conversation in a model's own words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from lcbrb.errors import UsageError, first_line


def chat_text(tokenizer: Any, chat: Sequence[Mapping[str, str]], **options: Any) -> str:
    """A conversation as the tokenizer's chat template writes it.

    Args:
        tokenizer: of transformers.
        chat: messages, each with a role and its content.
        options: of the template.

    Raises:
        UsageError: the template does not take the messages.
    """
    try:
        text: str = tokenizer.apply_chat_template(list(chat), tokenize=False, **options)
    except Exception as error:  # templates raise what they like
        roles = ", ".join(message["role"] for message in chat)
        raise UsageError(
            "the model's chat template does not take a conversation of "
            f"{roles}: {first_line(error)}"
        ) from error
    return text
