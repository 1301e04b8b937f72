"""No text makes a function of `lcbrb.replies.extract` raise, and none makes it slow."""

from __future__ import annotations

import pytest
from hypothesis import given
from reply_texts import any_text

from lcbrb.replies.boxes import all_boxed, boxed
from lcbrb.replies.extract import bare_code, code_block, solution_of
from lcbrb.replies.fences import fences
from lcbrb.replies.reasoning import prose_reasoning, reasoning_of, split_reply

pytestmark = pytest.mark.slow

TEXT_FUNCTIONS = [
    *(fences, code_block, bare_code, split_reply, prose_reasoning, reasoning_of, solution_of),
    *(boxed, all_boxed),
]


@given(any_text)
def test_no_text_raises(text: str) -> None:
    """Replies are a model's, and models write anything."""
    for function in TEXT_FUNCTIONS:
        function(text)


def test_a_lone_surrogate_does_not_raise() -> None:
    """Decoders leave them behind; Hypothesis leaves them out."""
    for function in TEXT_FUNCTIONS:
        function("\ud800 x = '\udfff'\n```\n\ud800")


# --------------------------------------------------------------------------------------------- size

SIZE = 200_000
UNITS = [
    *("`", "~", "\n", " ", " \n", "```\n", "```python\n", "a ```py\nx```\n", "``` a ", "- ", "1."),
    *(
        "(",
        "[",
        "f(",
        "x = (\n",
        "'''\n",
        "a b (c\n",
        "x = 1\n",
        "1+",
        "-",
        "\\",
        "{",
        "}",
        "<",
        '"',
    ),
    *("<think>", "</think>", "<think></think><answer>", "\\boxed{", "\\boxed ", "\\boxed 1"),
]


@pytest.mark.parametrize("unit", UNITS)
def test_long_and_pathological_texts(unit: str) -> None:
    """Time is linear: a quadratic step would take minutes here, and the suite would not end."""
    text = unit * (SIZE // len(unit))
    solution_of(text)  # splits, finds fences and bare code
    prose_reasoning(text)
    boxed(text)


def test_a_long_nest_of_boxes() -> None:
    """Matching each box for itself would be quadratic."""
    depth = SIZE // 8
    assert boxed("\\boxed{" * depth + "}" * depth) == ("\\boxed{" * (depth - 1) + "}" * (depth - 1))
