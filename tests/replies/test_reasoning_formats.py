"""Every format of the table: reasoning is no answer, and no marker is part of either."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given, strategies as st

from lcbrb.replies.extract import solution_of
from lcbrb.replies.final_answer import final_answer, never_ends
from lcbrb.replies.function_program import function_program
from lcbrb.replies.reasoning import reasoning_of, split_reply
from lcbrb.replies.reasoning_formats import END_TOKENS, FORMATS, LAST_TOKENS

DRAFT, FINAL = "```python\ndraft = 1\n```", "```python\nfinal = 1\n```"
PAIRS = [
    pytest.param(row, opening, closing, id=f"{opening}{closing}")
    for row in FORMATS
    for opening in row.opening
    for closing in row.closing
]
each_pair = pytest.mark.parametrize(("row", "opening", "closing"), PAIRS)


def between(row, opening, closing, reasoning, answer):
    """A reply in a format; those in words need lines or capitals of their own."""
    if opening == "analysis":
        return f"analysisWe{reasoning}{closing}{answer}"
    if row.name in {"Granite", "headings", "HyperCLOVA"}:
        return f"{opening}\n{reasoning}\n{closing}\n{answer}"
    return f"{opening}{reasoning}{closing}{answer}"


@each_pair
def test_the_reasoning_is_no_answer(row, opening, closing):
    text = between(row, opening, closing, f"maybe\n{DRAFT}\n", "I give up.")
    assert solution_of(text) is None
    assert split_reply(text).answer.strip() == "I give up."
    assert function_program(text.replace("draft = 1", "def f(): return 1"), "", "f") is None
    boxed = between(row, opening, closing, "is it \\boxed{72}?", "The answer is 73.")
    assert final_answer(boxed) == "73"
    assert final_answer(between(row, opening, closing, "\\boxed{72}", "No idea.")) is None


@each_pair
def test_the_program_behind_it_is_found(row, opening, closing):
    text = between(row, opening, closing, f"maybe\n{DRAFT}", f"So:\n\n{FINAL}")
    assert solution_of(text) == "final = 1"
    assert solution_of(text + "<|im_end|>") == "final = 1"
    bare = between(row, opening, closing, f"maybe\n{DRAFT}\n", "\nfinal = 1\n")
    assert solution_of(bare) == "final = 1"


@each_pair
def test_reasoning_that_is_cut_has_no_answer(row, opening, closing):
    begun = {"analysis": "analysisWe "}.get(opening, opening)
    text = f"{begun}\nmaybe \\boxed{{72}}\n{DRAFT}\nbut wait"
    assert never_ends(text) is row.opens_alone
    if row.opens_alone:
        assert solution_of(text) is None
        assert final_answer(text) is None
        assert split_reply(text).reasoning.endswith("but wait")


@each_pair
def test_a_closing_marker_alone_ends_what_is_before_it(row, opening, closing):
    text = f"maybe\n{DRAFT}\n{closing}\nI give up."
    assert (solution_of(text) is None) is row.closes_alone


@each_pair
def test_reasoning_holds_no_marker(row, opening, closing):
    text = between(row, opening, closing, f"One.{opening}Two.", f"\n{FINAL}")
    found = reasoning_of(text)
    assert "Two." in found
    if row.closes_alone:
        assert opening not in found
        assert closing not in found
    assert closing not in reasoning_of(f"{text}<|im_end|>")


@each_pair
def test_a_program_may_hold_the_markers(row, opening, closing):
    code = f'```python\na = "{opening}"\nb = s.split("x{closing}y")\n```'
    assert solution_of(f"So:\n{code}") == code[10:-4]
    assert solution_of(between(row, opening, closing, "maybe", f"\n{code}")) == code[10:-4]


@each_pair
def test_a_text_may_speak_of_the_markers(row, opening, closing):
    """Amid a line, where nothing begins or ends there; in quotes anywhere."""
    if row.name == "HyperCLOVA":  # its closing marker is the end of a turn
        return
    for mention in (
        f"Some models write {opening} and {closing} around it.",
        f"Nobody writes {opening} here.",
        f"Neither `{opening}` nor `{closing}` is here.",
    ):
        assert solution_of(f"So:\n{FINAL}\n{mention}") == "final = 1"
        assert solution_of(f"{mention}\n{FINAL}") == "final = 1"


@each_pair
def test_reasoning_that_begins_again_and_is_cut_has_no_answer(row, opening, closing):
    again = between(row, opening, closing, "maybe", f"No.\n{opening}\n{DRAFT}\n")
    if row.opens_alone and row.closes_alone:
        assert solution_of(again) is None
        assert never_ends(again)


@pytest.mark.parametrize("row", [row for row in FORMATS if row.answer or row.answer_next])
def test_what_stands_between_an_answers_markers_is_the_answer(row):
    for before, after in (*row.answer, *row.answer_next):
        text = f"{row.opening[0]}maybe\n{DRAFT}{row.closing[0]}\n{before}\n{FINAL}\n{after}"
        assert split_reply(text).answer.strip() == FINAL
        assert split_reply(text + "\nBye.").answer.strip() == FINAL
        assert split_reply(text.removesuffix(after)).answer.strip() == FINAL
    for before, after in row.answer_next:  # a word like any other, further on
        text = f"{row.opening[0]}maybe{row.closing[0]}\nSo {before}3{after}:\n{FINAL}"
        assert solution_of(text) == "final = 1"


# ------------------------------------------------------------------------------ single formats

HARMONY = "<|channel|>analysis<|message|>maybe"
FINAL_CHANNEL = "<|end|><|start|>assistant<|channel|>final<|message|>"


def test_harmony_channels() -> None:
    """Only the last final channel is the answer; tool calls and preambles are none of it."""
    call = (
        "<|end|><|start|>assistant to=functions.run<|channel|>commentary json<|message|>{}<|call|>"
    )
    calls = f"{HARMONY}{call}<|start|>assistant<|channel|>analysis<|message|>so{FINAL_CHANNEL}"
    assert split_reply(f"{calls}x = 1<|return|>").answer == "x = 1"
    assert split_reply(f"{HARMONY}{call}\nprint(1)").answer is None
    assert split_reply(f"{HARMONY}<|end|>").answer is None
    assert split_reply(f"{HARMONY}<|end|><|start|>assistant").answer is None
    assert split_reply(f"{HARMONY}{FINAL_CHANNEL}a{FINAL_CHANNEL}b<|return|>").answer == "b"
    assert split_reply(f"<|start|>assistant{HARMONY}{FINAL_CHANNEL}b").answer == "b"
    assert split_reply("<|channel|>final<|message|>b<|return|>").answer == "b"
    assert (
        split_reply(f"{HARMONY}{FINAL_CHANNEL[:-11]} <|constrain|>json<|message|>b").answer == "b"
    )
    assert split_reply(f"the prompt opened it{FINAL_CHANNEL}b").reasoning == "the prompt opened it"
    assert reasoning_of(f"{calls}x = 1<|return|>") == "maybe\n{}\nso"


def test_a_fence_that_a_marker_closes_or_ends() -> None:
    """No line break stands between them and the marker."""
    text = f"{HARMONY}\n{DRAFT}{FINAL_CHANNEL}{FINAL}<|return|>"
    assert solution_of(text) == "final = 1"
    unclosed = f"{HARMONY}\n```python\ndraft = 1{FINAL_CHANNEL}sorry"
    assert solution_of(unclosed) is None


def test_harmony_without_its_tokens() -> None:
    assert split_reply("analysisWe add.assistantfinalx = 1").answer == "x = 1"
    assert split_reply("analysisWe add. Then").answer is None
    assert split_reply("analysis of it: x = 1").answer == "analysis of it: x = 1"


def test_notes_of_a_budget_are_no_reasoning() -> None:
    note = "<seed:cot_budget_reflect>I have used 9 tokens.</seed:cot_budget_reflect>"
    assert reasoning_of(f"<seed:think>One.\n{note}\nTwo.</seed:think>x") == "One.\n\nTwo."


def test_reflection_within_thinking_is_not_its_end() -> None:
    text = "<thinking>One <reflection>no</reflection>\n" + DRAFT
    assert solution_of(text) is None
    whole = f"{text}</thinking><reflection>{DRAFT}</reflection>\n<output>{FINAL}</output>"
    assert solution_of(whole) == "final = 1"
    assert "<" not in reasoning_of(whole)


def test_a_reply_is_in_the_format_that_it_begins_in() -> None:
    """What ends another format is text in it, before its own end."""
    assert split_reply("<think>Magistral writes [/THINK] then.\nSo").answer is None
    assert split_reply("[THINK]R1 writes </think> then.[/THINK]x").answer == "x"


def test_what_an_exaone_template_opens_is_closed_alone() -> None:
    assert solution_of(f"maybe\n{DRAFT}\n</thought>\n\n{FINAL}[|endofturn|]") == "final = 1"


# --------------------------------------------------------------------------------- ends of turns


@pytest.mark.parametrize("token", [*END_TOKENS, *LAST_TOKENS, "<|whatever|>"])
def test_tokens_at_the_end_are_no_part_of_an_answer(token):
    assert split_reply(f"print(1){token}").answer == "print(1)"
    assert split_reply(f"print(1)\n{token}\n{token}").answer == "print(1)\n"
    assert solution_of(f"{FINAL}{token}") == "final = 1"
    assert solution_of(f"```python\nfinal = 1{token}") == "final = 1"
    assert final_answer(f"The answer is 5{token}") == "5"
    assert split_reply(f"Not `{token}` here").answer == f"Not `{token}` here"


@pytest.mark.parametrize("token", END_TOKENS)
def test_what_follows_the_end_of_the_turn_is_another_turn(token):
    text = f"{FINAL}{token}\n<|im_start|>user\nNo!\n```python\nother = 1\n```"
    assert solution_of(text) == "final = 1"
    code = f'```python\ntext = """a{token}\nb"""\n```'
    assert solution_of(f"{code}\nDone.") == code[10:-4]


# -------------------------------------------------------------------------------------- the table


def test_the_docs_have_the_same_table() -> None:
    lines = (Path(__file__).parents[2] / "docs/replies.md").read_text("utf-8").splitlines()
    start = next(n for n, line in enumerate(lines) if line.startswith("| format |")) + 2
    rows = []
    for line in lines[start:]:
        if not line.startswith("|"):
            break
        cells = [cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]]
        rows.append([cell.replace("\\|", "|") for cell in cells])
    expected = [
        [
            row.name,
            " ".join(f"`{one}`" for one in row.opening),
            " ".join(f"`{one}`" for one in row.closing),
            " ".join(f"`{a}` `{b}`" for a, b in (*row.answer, *row.answer_next)),
            row.models,
        ]
        for row in FORMATS
    ]
    assert rows == expected


PIECES = [
    *(text for row in FORMATS for text in (*row.opening, *row.closing)),
    *("<answer>", "</answer>", "```\n", "```python\n", "x = 1", "\n", " ", "`", "<|im_end|>", "a"),
]


@given(st.lists(st.sampled_from(PIECES), max_size=12).map("".join))
def test_no_order_of_markers_raises_or_leaves_one_in_the_reasoning(text: str) -> None:
    split_reply(text)
    solution_of(text)
    final_answer(text)
    found = reasoning_of(text) or ""
    assert "<|channel|>analysis" not in found
    assert "<think>" not in found
