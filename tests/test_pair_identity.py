"""Ids of pairs and problems, and text that can be written."""

from __future__ import annotations

import dataclasses
import re

import pytest
from hypothesis import given, settings, strategies as st
from strategies import records, texts

from lcbrb.codec import decode, encode
from lcbrb.pair_identity import make_pair, mend_text, text_id
from lcbrb.types import AnswerCheck, PreferencePair, Provenance, Relation

some = settings(max_examples=60)

CONTENT = ("problem_id", "prompt", "chosen", "rejected", "rejected_prompt")
FIELDS = {
    "problem_id": "p1",
    "prompt": "Add.",
    "chosen": "a + b, é",
    "rejected": "a - b",
    "relation": Relation.PASS_OVER_FAIL,
    "provenance": Provenance(source="tests"),
}


def fields_of(pair):
    fields = {field.name: getattr(pair, field.name) for field in dataclasses.fields(pair)}
    del fields["id"]
    return fields


def test_pair_ids_are_those_that_were_published():
    """Scores in run folders are kept under these: a change here orphans them."""
    pair = make_pair(**FIELDS)
    assert pair.id == "36be8be40528447b9af3040a0e40f85c5a9e5c7d820faef9244ae9dc2c2ad2ca"
    assert make_pair(**FIELDS, rejected_prompt="Subtract.").id == (
        "45aae2db11ea49ffc910a27a3b1d3c4349a7b8bdb36ed2b966647601918bac5f"
    )


@some
@given(records(PreferencePair))
def test_a_pair_keeps_its_fields_and_only_content_makes_its_id(pair):
    fields = fields_of(pair)
    made = make_pair(**fields)
    assert fields_of(made) == fields
    assert re.fullmatch("[0-9a-f]{64}", made.id)
    content = {name: fields[name] for name in (*CONTENT, "turns", "rejected_turns")}
    assert make_pair(**{**FIELDS, **content}).id == made.id


@some
@given(records(PreferencePair), st.sampled_from(CONTENT), texts)
def test_any_change_of_content_changes_the_id(pair, name, text):
    fields = fields_of(pair)
    changed = make_pair(**{**fields, name: text})
    assert (changed.id == make_pair(**fields).id) == (fields[name] == text)


def test_a_text_that_moves_from_one_field_to_the_next_changes_the_id():
    one = make_pair(**{**FIELDS, "chosen": "ab", "rejected": "c"})
    two = make_pair(**{**FIELDS, "chosen": "a", "rejected": "bc"})
    three = make_pair(**{**FIELDS, "chosen": 'ab", "c', "rejected": ""})
    assert len({one.id, two.id, three.id}) == 3


def test_the_sides_of_a_pair_are_told_apart():
    swapped = {**FIELDS, "chosen": FIELDS["rejected"], "rejected": FIELDS["chosen"]}
    assert make_pair(**swapped).id != make_pair(**FIELDS).id


def test_a_pair_that_is_swapped_is_still_the_same_pair():
    pair = make_pair(**FIELDS)
    assert pair.swap().id == pair.id


@pytest.mark.parametrize("left_out", ["problem_id", "chosen", "relation"])
def test_a_pair_without_a_field_that_it_needs_is_not_made(left_out):
    with pytest.raises((KeyError, TypeError), match=left_out):
        make_pair(**{name: value for name, value in FIELDS.items() if name != left_out})


def test_a_problem_is_known_by_its_text_whatever_its_white_space():
    assert text_id("Add two\nnumbers.") == text_id("  Add  two numbers.\r\n\t")
    assert text_id("Add two numbers.") == "sha256:000821b4f8d98fcb"
    assert text_id("Add twonumbers.") != text_id("Add two numbers.")


# ---------------------------------------------------------------------------------- mending

halves = st.text(
    st.sampled_from("aé\U0001d538\ud800\udbff\udc00\udfff\ufeff\ufffe\x00"), max_size=8
)


def mended(text):
    def join(match):
        high, low = map(ord, match[0])
        return chr(0x10000 + (high - 0xD800) * 0x400 + low - 0xDC00)

    joined = re.sub("[\ud800-\udbff][\udc00-\udfff]", join, text)
    return re.sub("[\ud800-\udfff]", "\ufffd", joined)


@settings(max_examples=300)
@given(halves)
def test_halves_are_joined_where_they_belong_together_and_else_replaced_one_by_one(text):
    assert mend_text(text) == mended(text)


@some
@given(halves)
def test_mended_text_can_be_written_and_read_and_mended_again(text):
    answer = AnswerCheck(gold=mend_text(text))
    assert decode(AnswerCheck, encode(answer)) == answer
    assert mend_text(answer.gold) == answer.gold


@some
@given(texts)
def test_text_that_is_whole_is_left_alone(text):
    assert mend_text(text) == text
