"""What a rewrite is held to, as properties: how far it differs, its form, and what is read of it."""

import pytest
from hypothesis import given, strategies as st

from lcbrb.pairs.od.rewrite_checks import FORMS, OdConfig, Refusal, between, change, form, tells
from lcbrb.pairs.od.rewriting import read_rewrite
from lcbrb.types import Generation

words = st.lists(st.sampled_from("add the two numbers then halve what is left".split()), max_size=8)
pieces = st.sampled_from(
    [
        "plain words", "# Plan", "#include is no heading", "- a step", "2) a step", "\u2022 a step",
        "-1 is less than 0", "```python", "~~~", "| a | b |", "a | b", "**sure**", "x**2 + y**2",
        "f(*args, **options)", "\\(x\\)", "$x + 1$", "it costs $5 and $6", "$$", "</answer>",
        "<think", "a < b", "", "   ", "é𝔸\u2028", "__init__",
    ]
)  # fmt: skip
lines = st.lists(pieces, max_size=6).map("\n".join)
anything = st.text(max_size=60) | lines
#: no tags of any kind, and white space only inside
tame = st.text(st.characters(blacklist_characters="<>", blacklist_categories=["Cs"]), max_size=40)


# ---------------------------------------------------------------------------------- change


@given(anything)
def test_a_text_differs_from_itself_by_nothing(text):
    assert change(text, text) == 0
    assert between(text, text, OdConfig()) is Refusal.UNCHANGED


@given(anything, anything)
def test_a_difference_is_a_share_and_has_no_direction(text, other):
    assert 0 <= change(text, other) <= 1
    assert change(text, other) == change(other, text)


@given(words)
def test_case_punctuation_and_white_space_do_not_count(chosen):
    dressed = " \n ".join(f"“{word.upper()},".replace("“", '"') for word in chosen) + "!"
    assert change(" ".join(chosen), dressed) == 0


@given(words, words)
def test_only_the_same_words_in_the_same_order_differ_by_nothing(first, second):
    same = change(" ".join(first), " ".join(second)) == 0
    if first == second:
        assert same
    if sorted(first) != sorted(second):
        assert not same


@given(st.lists(st.integers(0, 99), min_size=2, max_size=8, unique=True))
def test_the_order_of_words_counts(numbers):
    there = " ".join(map(str, numbers))
    back = " ".join(map(str, reversed(numbers)))
    assert change(there, back) > 0


@given(st.lists(st.integers(0, 99), min_size=1), st.lists(st.integers(100, 199), min_size=1))
def test_texts_without_a_word_in_common_differ_wholly(first, second):
    assert change(" ".join(map(str, first)), " ".join(map(str, second))) == 1


@given(anything, anything, st.floats(1, 4))
def test_two_texts_make_a_pair_in_both_directions_or_in_none(text, other, ratio):
    config = OdConfig(length_ratio=ratio)
    refused = between(text, other, config)
    assert refused is between(other, text, config)
    if refused is None:
        shorter, longer = sorted((len(text), len(other)))
        assert longer <= ratio * shorter
        assert change(text, other) >= config.least_change


# ------------------------------------------------------------------------------------ form


@given(anything)
def test_a_form_says_something_of_each_kind(text):
    assert len(form(text)) == len(FORMS)


@given(lines, lines)
def test_a_text_has_the_forms_of_its_parts(first, second):
    both = [one or other for one, other in zip(form(first), form(second), strict=True)]
    assert list(form(f"{first}\n{second}")) == both


@given(words)
def test_plain_words_have_no_form(chosen):
    assert not any(form(" ".join(chosen)))


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("so:\n```python\nx\n```", "code fences"),
        ("## Plan\nadd", "headings"),
        ("first\n  1. add", "lists"),
        ("first\n\u2022 add", "lists"),
        ("| a | b |\n|---|---|", "tables"),
        ("a **must** here", "bold"),
        ("so $x^2 + 1$ holds", "formulas"),
        ("so \\(x\\) holds", "formulas"),
        ("so it ends </think>", "left-over markers"),
        ("<REWRITE>", "left-over markers"),
    ],
)
def test_each_kind_is_seen_and_no_other(text, name):
    found = [kind for kind, there in zip(FORMS, form(text), strict=True) if there]
    assert found == [name]


@pytest.mark.parametrize(
    "text",
    [
        "x**2 + y**2", "f(**options) and g(**more)", "it costs $5 and $6", "from $5-$6 on",
        "-1 is less", "#include", "a | b | c", "1.5 times", "__init__ is called", "a<b and b>a",
    ],
)  # fmt: skip
def test_what_only_looks_like_a_form_is_none(text):
    assert not any(form(text))


# --------------------------------------------------------------------------- what is read


@given(anything, st.booleans())
def test_any_reply_is_read(text, apart):
    read = read_rewrite(Generation(text=text, reasoning="thoughts" if apart else None))
    assert read.reasoning is not None
    if "<rewrite>" not in text:
        assert read.reasoning == ""


@given(tame, tame, tame)
def test_the_rewrite_is_the_reasoning_and_what_follows_is_the_answer(before, rewrite, after):
    text = f"{before}<rewrite>\n{rewrite}\n</rewrite>\n{after}"
    read = read_rewrite(Generation(text=text, reasoning="thoughts"))
    assert (read.reasoning, read.text) == (rewrite.strip(), after.strip())


@given(words, words, words)
def test_the_last_rewrite_counts_and_a_draft_never_does(first, last, draft):
    first, last, draft = (" ".join(one) for one in (first, last, draft))
    thoughts = f"<think>Say <rewrite>{draft}</rewrite> perhaps.</think>"
    text = f"{thoughts}<Rewrite>{first}</Rewrite> no: <REWRITE>{last}</reWrite> 42"
    read = read_rewrite(Generation(text=text))
    assert (read.reasoning, read.text) == (last, "42")
    assert read_rewrite(Generation(text=thoughts + "42")).reasoning == ""
    assert read_rewrite(Generation(text=thoughts[: -len("</think>")])).reasoning == ""


@given(words)
def test_nothing_else_of_a_reply_is_changed(chosen):
    given_reply = Generation(
        text=f"<rewrite>{' '.join(chosen)}</rewrite>", completion_tokens=7, seed=3
    )
    read = read_rewrite(given_reply)
    assert (read.completion_tokens, read.seed, read.stop_reason) == (7, 3, given_reply.stop_reason)


# ------------------------------------------------------------------------------- tell-tales


@given(words, words, st.sampled_from([" ", "\n", "  \t"]))
def test_a_phrase_is_found_wherever_it_stands_and_however_it_is_spaced(before, after, gap):
    text = f"{' '.join(before)} The{gap}ORIGINAL{gap}reasoning, {' '.join(after)}"
    assert tells(text, ["the original reasoning"])
    assert not tells(text.replace("ORIGINAL", "ORIGINALS"), ["the original reasoning"])
