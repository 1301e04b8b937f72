"""A reply's reasoning and its code: `prose_reasoning`, `reasoning_of` and `solution_of`."""

from __future__ import annotations

import pytest

from lcbrb.replies.extract import solution_of
from lcbrb.replies.reasoning import prose_reasoning, reasoning_of


def test_prose_reasoning_is_what_is_outside_the_fences() -> None:
    """Headings stay, and the pieces are joined by a blank line."""
    text = "# Idea\n\nAdd.\n```python\nx\n```\n\n\nIt is fast.\n~~~\ny\n~~~\n"
    assert prose_reasoning(text) == "# Idea\n\nAdd.\n\nIt is fast."


@pytest.mark.parametrize("text", ["", " \n", "```python\nx\n```", "\n```\nx\n```\n\n~~~\ny"])
def test_no_prose_no_reasoning(text: str) -> None:
    """Only whitespace, or only code."""
    assert prose_reasoning(text) is None


def test_reasoning_of_prefers_tags() -> None:
    """With tags the prose of the answer is no reasoning, even if there is no other."""
    assert reasoning_of("<think> r </think>Prose\n```\nx\n```") == "r"
    assert reasoning_of("<think> </think>Prose") is None
    assert reasoning_of("<think></think>Prose") is None
    assert reasoning_of("<think>r") == "r"
    assert reasoning_of("Prose\n```\nx\n```") == "Prose"


def test_solution_of_searches_the_answer_only() -> None:
    """Code in the reasoning is a draft."""
    draft, final = "```python\ndraft = 1\n```", "```python\nfinal = 1\n```"
    assert solution_of(f"<think>\n{draft}\n</think>\n{final}") == "final = 1"
    assert solution_of(f"{draft}\n</think><answer>{final}</answer>") == "final = 1"
    assert solution_of(f"<think>\n{draft}\n</think>\nI give up.") is None
    assert solution_of(f"<think>\n{draft}\n") is None
    assert solution_of(f"<think>r</think>\n{draft}\n<answer>\n{final}\n</answer>") == "final = 1"


def test_solution_of_without_a_fence() -> None:
    """Bare code in the answer will do, other languages' fences will not."""
    assert solution_of("<think>r</think><answer>x = 1\n</answer>") == "x = 1"
    assert solution_of("So:\n\nx = input()\nprint(x)\n\nDone.") == "x = input()\nprint(x)"
    assert solution_of("Run it:\n```text\nx = 1\n```\n") is None
    assert solution_of("It can't be done.") is None


def test_solution_of_a_closing_fence_glued_to_prose() -> None:
    """The fence that looks like an opening one holds nothing; the code before it is found."""
    assert (
        solution_of("Here is the code: ```\nx = input()\nprint(x)\n```\n")
        == "x = input()\nprint(x)"
    )


def test_a_program_of_one_line_may_have_spaces_around_it():
    assert solution_of("<think> a </think> <answer> print(1) </answer>") == "print(1)"
    assert solution_of("  print(1)\n") == "print(1)"
    assert solution_of("<answer> 7 </answer>") is None
