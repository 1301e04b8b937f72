"""What makes a pair the same pair, and the one way to make one."""

from __future__ import annotations

import json
from typing import Any

from lcbrb.codec import sha256_text
from lcbrb.types import PreferencePair


def make_pair(**fields: Any) -> PreferencePair:
    """A pair with its id: a sha256 of the problem, the prompts (their turns too) and the two texts.

    Args:
        fields: those of `PreferencePair` but `id`.
    """
    content = [
        fields["problem_id"],
        fields["prompt"],
        fields["chosen"],
        fields["rejected"],
        fields.get("rejected_prompt"),
    ]
    turns = [fields.get("turns") or (), fields.get("rejected_turns") or ()]
    if any(turns):
        content.append([[[turn.role, turn.content] for turn in side] for side in turns])
    return PreferencePair(id=sha256_text(json.dumps(content, ensure_ascii=True)), **fields)


def text_id(text: str) -> str:
    """A problem's id where its source has none: the text's hash, white space folded."""
    return "sha256:" + sha256_text(" ".join(text.split()))[:16]


def mend_text(text: str) -> str:
    """Text that can be written as UTF-8: half a surrogate pair becomes U+FFFD, a pair is joined."""
    if text.isascii():
        return text
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
