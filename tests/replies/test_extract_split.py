"""Reasoning and answer told apart by their tags (`split_reply`); when a reply is well formed."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, strategies as st
from reply_texts import any_text

from lcbrb.replies.reasoning import Split, split_reply


def test_a_well_formed_reply() -> None:
    """P-GRPO's format: whitespace is allowed around the two parts only."""
    reply = " <think>\nr\n</think>\n\n<answer> a </answer>\n"
    assert split_reply(reply) == Split(
        reasoning="\nr\n", answer=" a ", well_formed=True, tagged=True
    )


@pytest.mark.parametrize(
    "reply",
    [
        "a",
        "<think>r</think>a",
        "r</think><answer>a</answer>",
        "<think>r</think><answer>a",
        "Hm <think>r</think><answer>a</answer>",
        "<think>r</think> so <answer>a</answer>",
        "<think>r</think><answer>a</answer> bye",
        "<THINK>r</THINK><answer>a</answer>",
        "<reasoning>r</reasoning><answer>a</answer>",
        "<think>r</think><think>s</think><answer>a</answer>",
        "<think>r</think><answer>a</answer><answer>b</answer>",
        "<think>r `<think>`</think><answer>a</answer>",
        "<answer>a</answer><think>r</think>",
    ],
)
def test_replies_that_are_not_well_formed(reply: str) -> None:
    """Each tag once, in order, nothing else."""
    assert not split_reply(reply).well_formed


def parts(reply: str) -> tuple[str | None, str | None]:
    """Reasoning and answer of a reply."""
    split = split_reply(reply)
    return split.reasoning, split.answer


def test_without_tags_all_is_answer() -> None:
    """None is not an empty reasoning."""
    assert parts("a") == (None, "a")
    assert parts("<think></think>a") == ("", "a")


@pytest.mark.parametrize("name", ["think", "thinking", "reasoning", "Think", "THINK"])
def test_names_of_the_reasoning_tag(name: str) -> None:
    """All that models use, in any case."""
    assert parts(f"<{name}>r</{name}>a") == ("r", "a")


def test_a_closing_tag_alone() -> None:
    """DeepSeek-R1's chat template puts the opening tag into the prompt."""
    assert parts("r\n</think>\na") == ("r\n", "\na")


def test_reasoning_that_never_ends() -> None:
    """Truncated: there is no answer, not even after a fence."""
    assert parts("<think>r\n```python\nx = 1\n```\n") == ("r\n```python\nx = 1\n```\n", None)
    assert parts("<think>r <answer>a</answer>") == ("r <answer>a</answer>", None)


def test_an_unclosed_opening_tag_amid_a_line_is_text() -> None:
    """A reply that mentions the tag keeps its answer."""
    assert parts("I use <think> here: x") == (None, "I use <think> here: x")
    assert parts("Write an <answer> tag. x") == (None, "Write an <answer> tag. x")


def test_answer_tags() -> None:
    """What stands between them is the answer; an unclosed one runs to the end."""
    assert parts("<think>r</think> So: <answer>a</answer> Bye") == ("r", "a")
    assert parts("<think>r</think>\n<answer>a") == ("r", "a")
    assert parts("r\n<answer>a</answer>") == ("r\n", "a")
    assert parts("<answer>a") == ("", "a")


def test_two_answers_are_one_text() -> None:
    """Nothing of them is lost; the last code or box in it is the one that counts."""
    assert parts("<answer>a</answer><answer>b</answer>") == ("", "a</answer><answer>b")


def test_repeated_reasoning_is_all_reasoning() -> None:
    """The last closing tag before the answer ends it: an earlier one would leak the rest."""
    assert parts("<think>r</think> s <think>t</think>a") == ("r</think> s <think>t", "a")
    repeated = "<think>r</think><think>s</think><answer>a</answer>"
    assert parts(repeated) == ("r</think><think>s", "a")


def test_nested_reasoning() -> None:
    """A quotation of the format, within the reasoning or within the answer, is not the format."""
    quoted = "<think>x</think><answer>y</answer>"
    assert parts(f"<think>r {quoted} s</think><answer>a</answer>") == (f"r {quoted} s", "a")
    assert parts(f"<think>r</think><answer>a {quoted} b</answer>") == ("r", f"a {quoted} b")
    lone = "<think>I close with </think> soon</think><answer>a</answer>"
    assert parts(lone) == ("I close with </think> soon", "a")
    assert parts("<think>A <think> too</think><answer>a</answer>") == ("A <think> too", "a")


def test_text_before_the_opening_tag_is_not_lost() -> None:
    """It leads the reasoning."""
    assert parts("Hm. <think>r</think>a") == ("Hm. r", "a")
    assert parts("Hm.\n<think>r") == ("Hm.\nr", None)


@pytest.mark.parametrize("quote", ["`", "'", '"'])
def test_a_tag_in_quotes_is_text(quote: str) -> None:
    """The same mark on both sides; a quotation that merely ends at the tag is none."""
    mention = f"{quote}</think>{quote}"
    assert parts(f"<think>r</think>a {mention} b") == ("r", f"a {mention} b")
    assert parts(f"<think>{quote}r{quote}</think>a") == (f"{quote}r{quote}", "a")


def test_a_tag_in_a_fence_is_text() -> None:
    """A program that handles the tags keeps its lines."""
    code = '```python\nend = s.find("x</think>")\n```'
    assert parts(f"<think>r</think>{code}") == ("r", code)
    assert parts(code) == (None, code)


def test_a_fence_left_open_in_the_reasoning_does_not_hide_its_end() -> None:
    """Neither where the tag stands on a line of its own nor where it does not."""
    assert parts("<think>\n```py\nx\n</think>\na") == ("\n```py\nx\n", "\na")
    assert parts("<think>\n```py\nx, done.</think>\na") == ("\n```py\nx, done.", "\na")
    fenced = "r</think><answer>```python\nx\n```</answer>"
    assert parts(fenced) == ("r", "```python\nx\n```")


# --------------------------------------------------------------------------------------- properties


def without_tags(text: str) -> str:
    """The text with no reasoning tag left, not even one that a removal makes."""
    tag = re.compile(r"(?i)</?(think|thinking|reasoning|answer)>")
    while tag.search(text):
        text = tag.sub("", text)
    return text


@given(any_text.map(without_tags), any_text.map(without_tags))
def test_the_parts_of_a_well_formed_reply_come_back(reasoning: str, answer: str) -> None:
    """Exactly as they were, fences and boxes and all."""
    expected = Split(reasoning=reasoning, answer=answer, well_formed=True, tagged=True)
    assert split_reply(f"<think>{reasoning}</think><answer>{answer}</answer>") == expected


@given(
    st.lists(st.sampled_from(["<think>", "</think>", "```\n", "a", "'", " ", "\n"])).map("".join)
)
def test_no_text_is_lost_between_the_parts(text: str) -> None:
    """Without answer tags, the parts together are the text, think tags aside."""
    split = split_reply(text)
    joined = (split.reasoning or "") + (split.answer or "")
    assert re.sub("</?think>", "", joined) == re.sub("</?think>", "", text)
