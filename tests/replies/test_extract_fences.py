"""Fenced blocks in replies (`fences`): what opens and closes one, and what its code is."""

from __future__ import annotations

import re

import pytest
from hypothesis import assume, given, strategies as st
from reply_texts import any_text

from lcbrb.replies.fences import fences


def found(text: str) -> list[tuple[str, str, bool]]:
    """Language, code and closedness of the fences in a text."""
    return [(fence.language, fence.code, fence.closed) for fence in fences(text)]


def test_fence_and_its_offsets() -> None:
    """The offsets span the block from its first fence character to its last."""
    text = "Before\n```python\nx = 1\n\ny = 2\n```  \nAfter\n"
    (fence,) = fences(text)
    assert (fence.language, fence.code, fence.closed) == ("python", "x = 1\n\ny = 2", True)
    assert text[fence.start : fence.end] == "```python\nx = 1\n\ny = 2\n```"


@pytest.mark.parametrize(
    ("info", "language"),
    [
        ("", ""),
        ("   ", ""),
        ("Python3", "python3"),
        ("py", "py"),
        (" python", "python"),
        ('python title="a b"', "python"),
        ("python:solve.py", "python"),
        ("python,linenos", "python"),
        ("{.python .numbered}", "python"),
        ("c++", "c++"),
        ("objective-c", "objective-c"),
    ],
)
def test_language_is_the_first_word_of_the_info_string(info: str, language: str) -> None:
    """Attributes after the word, and Pandoc's braces around it, are no part of it."""
    assert found(f"```{info}\ncode\n```") == [(language, "code", True)]


@pytest.mark.parametrize("ends", ["\n", "\r\n", "\r"])
def test_line_ends_of_all_systems_are_understood(ends: str) -> None:
    """The code has line feeds whatever the reply has."""
    assert found(ends.join(["```py", "a", "b", "```", "end"])) == [("py", "a\nb", True)]


def test_a_form_feed_or_line_separator_is_no_line_end() -> None:
    """`str.splitlines` would break a string literal here."""
    assert found("```\na\x0cb\u2028c\n```") == [("", "a\x0cb\u2028c", True)]


def test_tildes_and_backticks_do_not_close_each_other() -> None:
    """The closing fence has the character of the opening one."""
    assert found("~~~python\na\n```\nb\n~~~") == [("python", "a\n```\nb", True)]
    assert found("```\na\n~~~\nb\n```") == [("", "a\n~~~\nb", True)]


def test_a_longer_fence_holds_shorter_ones() -> None:
    """The closing fence is at least as long as the opening one."""
    inner = "```python\nx\n```"
    assert found(f"````markdown\n{inner}\n````") == [("markdown", inner, True)]
    assert found("```\nx\n`````") == [("", "x", True)]


def test_a_closing_fence_has_nothing_but_spaces_after_it() -> None:
    """A closing fence followed by text does not close, nor one glued to code if another does."""
    assert found("```\na\n``` \t\nb") == [("", "a", True)]
    assert found("```\na\n~~~ b\n```") == [("", "a\n~~~ b", True)]
    assert found("```\na```\nb\n```") == [("", "a```\nb", True)]


def test_an_unclosed_fence_runs_to_the_end() -> None:
    """This is where LiveCodeBench finds nothing, or the prose between two fences."""
    assert found("Text\n```python\nx = 1\n") == [("python", "x = 1", False)]
    assert found("```") == [("", "", False)]


def test_backticks_in_the_info_string_mean_inline_code() -> None:
    """CommonMark: this is a span of code, and no fence; tildes have no such rule."""
    assert found("```print(1)```\nx\n```a`b\n") == []
    assert found("~~~ a`b\nx\n~~~") == [("a`b", "x", True)]


def test_an_opening_fence_may_follow_text() -> None:
    """Common in replies; the text before it stays outside of the block."""
    text = "Here is the code: ```python\nx = 1\n```\n"
    (fence,) = fences(text)
    assert (fence.language, fence.code) == ("python", "x = 1")
    assert text[: fence.start] == "Here is the code: "


@pytest.mark.parametrize(
    "line",
    ["Use ```", "Use ```a b", "Use ```a``` or ```python", "Use ``x`` ```f()", "Use ~~~python"],
)
def test_text_before_a_fence_needs_one_word_after_it(line: str) -> None:
    """Anything else on such a line is far more often inline code."""
    assert found(f"{line}\nx\n") == []


def test_an_indented_fence_dedents_its_code() -> None:
    """Up to three spaces by CommonMark, more in list items; less indented lines lose what they have."""
    assert found("   ```py\n   if x:\n     y\n z\n   ```") == [("py", "if x:\n  y\nz", True)]
    assert found("1. Do:\n     ```py\n     if x:\n         y\n     ```") == [
        ("py", "if x:\n    y", True)
    ]
    assert found("\t```py\n\tif x:\n\t\ty\n\t```") == [("py", "if x:\n    y", True)]


@pytest.mark.parametrize("marker", ["- ", "* ", "+ ", "1. ", "10) "])
def test_a_fence_may_follow_a_list_marker(marker: str) -> None:
    """The marker counts as indentation."""
    pad = " " * len(marker)
    text = f"{marker}```python\n{pad}if x:\n{pad}    y\n{pad}```"
    assert found(text) == [("python", "if x:\n    y", True)]


def test_code_that_is_not_indented_with_its_fence_is_left_alone() -> None:
    """By the letter of CommonMark the body would lose its indentation."""
    code = "def f():\n    return 1"
    assert found(f"    ```python\n{code}\n    ```") == [("python", code, True)]
    assert found(f"- ```python\n{code}\n```") == [("python", code, True)]


def test_a_fence_line_indented_far_deeper_does_not_close() -> None:
    """Markdown within a docstring is code."""
    code = 'def f():\n    """Like this:\n\n    ```python\n    f()\n    ```\n    """'
    assert found(f"```python\n{code}\n```") == [("python", code, True)]


def test_a_fence_that_opens_within_another_ends_it() -> None:
    """A doubled opening line (o1-mini writes it) or a forgotten closing one."""
    assert found("```python\n```python\nx\n```") == [("python", "", False), ("python", "x", True)]
    text = "```python\na\nWait, no.\n```python\nb\n```"
    first, second = fences(text)
    assert (first.code, first.closed, second.code) == ("a\nWait, no.", False, "b")
    assert text[second.start : second.end] == "```python\nb\n```"


def test_reasoning_tags_around_fences() -> None:
    """A tag may be glued to a fence, and a line of tags ends a fence that was left open."""
    assert found("<answer>```python\nx\n```</answer>") == [("python", "x", True)]
    assert found("</think> <answer>```\nx\n```") == [("", "x", True)]
    assert found("```\nx\n</think>\n```\ny\n```") == [("", "x", False), ("", "y", True)]


def test_block_quotes_are_not_looked_into() -> None:
    """Their lines carry a mark that is no code."""
    assert found("> ```\n> x\n> ```\n") == []


# --------------------------------------------------------------------------------------- properties


@given(any_text, st.sampled_from(["```", "````", "~~~"]), any_text)
def test_a_fenced_code_comes_back(code: str, mark: str, info: str) -> None:
    """Whatever is between the fence lines, unless it holds fences or lines of markers."""
    assume("\r" not in code)
    assume(not re.search(r"(?m)^\s*([-*+]|\d+[.)])?\s*(```|~~~|<|\[[|/TDeu]|\u25c1)", code))
    assume(not re.search(r"(?m)[^\s`~][ \t]*(`{3,}|~{3,})[ \t]*$", code))
    language = "python" if info.isspace() else ""
    assert found(f"Text\n{mark}{language}\n{code}\n{mark}\nText") == [(language, code, True)]


@given(any_text)
def test_a_fence_long_enough_holds_any_text(code: str) -> None:
    """One character longer than the longest run in it."""
    assume("\r" not in code and not re.search(r"(?m)^\s*(<|\[[|/TDeu]|\u25c1)", code))
    mark = "`" * max(3, 1 + max(map(len, re.findall("`+", code)), default=0))
    assert found(f"{mark}\n{code}\n{mark}") == [("", code, True)]


@given(any_text)
def test_fences_lie_apart_and_in_order(text: str) -> None:
    """Each starts at a fence character, behind the one before it."""
    end = 0
    for fence in fences(text):
        assert end <= fence.start < fence.end <= len(text)
        assert text[fence.start : fence.start + 3] in {"```", "~~~"}
        end = fence.end
