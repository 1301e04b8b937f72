"""Boxed answers: the last one (`boxed`) and all of them (`all_boxed`)."""

from __future__ import annotations

import pytest
from hypothesis import assume, given, strategies as st
from reply_texts import any_text

from lcbrb.replies.boxes import all_boxed, boxed


@pytest.mark.parametrize(
    ("text", "content"),
    [
        (r"So $\boxed{5}$.", "5"),
        (r"\boxed{1} and \boxed{2}", "2"),
        (r"\fbox{5}", "5"),
        (r"\boxed {5}", "5"),
        ("\\boxed\n{ 5 }", "5"),
        (r"\boxed{\frac{1}{2}}", r"\frac{1}{2}"),
        (r"\boxed{\{1, 2\}}", r"\{1, 2\}"),
        (r"\boxed{\left\{ x \right.}", r"\left\{ x \right."),
        (r"\boxed{1 \\{2}}", r"1 \\{2}"),
        (r"{ \boxed{5} and } {", "5"),
        (r"\boxed 5", "5"),
        (r"\boxed5.", "5"),
        (r"\boxed -1.5$", "-1.5"),
        (r"\boxed 3/4", "3/4"),
        (r"\boxed B.", "B"),
        (r"\boxed{}", ""),
        (r"\boxed{5}. I used \boxed.", "5"),
        (r"\boxed{5} as in \boxedsize{6}", "5"),
        (r"\boxed{5} shows in \boxed there", "5"),
    ],
)
def test_the_last_box(text: str, content: str) -> None:
    """Balanced braces; without braces, a number or a single letter."""
    assert boxed(text) == content


@pytest.mark.parametrize(
    "text", ["", "5", r"\boxed", r"\boxed{5", r"\boxed{\frac{1}{2}", r"\box{5}"]
)
def test_no_box(text: str) -> None:
    """No command, or none that is complete."""
    assert boxed(text) is None
    assert all_boxed(text) == []


@pytest.mark.parametrize("cut", [r"\boxed{7", r"\boxed{\frac{7}", r"\boxed ", r"\fbox"])
def test_a_box_that_is_cut_off_is_not_replaced_by_an_earlier_one(cut: str) -> None:
    """The model was about to say something else."""
    assert boxed(rf"\boxed{{5}}, no, {cut}") is None
    assert all_boxed(rf"\boxed{{5}}, no, {cut}") == ["5"]


def test_a_complete_box_after_an_unclosed_one_counts() -> None:
    """A brace forgotten early on costs that box alone."""
    assert boxed(r"\boxed{5 and then \boxed{7}") == "7"


def test_nested_boxes_are_one() -> None:
    """The outer one."""
    text = r"\boxed{1} \boxed{a \boxed{2} \fbox 3}"
    assert boxed(text) == r"a \boxed{2} \fbox 3"
    assert all_boxed(text) == ["1", r"a \boxed{2} \fbox 3"]


# --------------------------------------------------------------------------------------- properties

balanced = st.recursive(
    st.text(st.characters(exclude_characters="{}\\")) | st.sampled_from([r"\{", r"\}", r"\\"]),
    lambda inner: st.lists(inner.map("{{{}}}".format) | inner, max_size=4).map("".join),
    max_leaves=8,
)


@given(balanced, any_text)
def test_balanced_content_comes_back_from_its_box(content: str, before: str) -> None:
    """Whatever stands before the box."""
    assume("\\" not in before)
    assert boxed(before + "\\boxed{" + content + "}") == content.strip()


@given(st.lists(balanced, max_size=4))
def test_all_boxes_come_back_in_order(contents: list[str]) -> None:
    """With text and braces between them."""
    text = " {and} ".join("\\boxed{" + content + "}" for content in contents)
    assert all_boxed(text) == [content.strip() for content in contents]
