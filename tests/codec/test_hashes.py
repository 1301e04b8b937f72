"""Hashes of texts, records and files: those that were published, and what they tell apart."""

from __future__ import annotations

from coded import ANSWER, ANSWER_LINE, PROBLEM, more
from hypothesis import given, strategies as st
from strategies import any_record

from lcbrb import codec
from lcbrb.sources.pairs.by_name import open_pairs
from lcbrb.types import TestCase, TestKind


def test_hashes_are_those_that_were_published():
    """Run records and pair ids in the world hold these: a change here breaks every resume."""
    assert codec.sha256_text("é") == (
        "4a99557e4033c3539de2eb65472017cad5f9557f7a0625a09f1c3f6e2ba69c4c"
    )
    case = TestCase(kind=TestKind.STDIN, input="1 2\n", expected="é")
    assert codec.sha256_records([ANSWER, case]) == (
        "75638e552ae39db443ee4edcc24a75a3159b21e79a08af63a4f15f5eff0e1c37"
    )

    assert codec.sha256_records([PROBLEM]) == (
        "2b6ff454c565dee07a09b8b33e4828ca74d4d130704ac6bab65d38162ddb6890"
    )
    assert codec.sha256_records(open_pairs("mini").pairs) == (  # sides, verdicts and judgements
        "b249f7a72868af232766ecbe05ef54874b39799cca725ba11bfefa5c346ce4bc"
    )


@more
@given(st.lists(any_record, max_size=4), st.randoms(use_true_random=False))
def test_the_hash_of_records_tells_their_order_and_nothing_else(drawn, rng):
    shuffled = drawn[:]
    rng.shuffle(shuffled)
    lines = [codec.encode(record) for record in drawn]
    same = [codec.encode(record) for record in shuffled] == lines
    assert (codec.sha256_records(iter(shuffled)) == codec.sha256_records(drawn)) == same
    assert codec.sha256_records([*drawn, ANSWER]) != codec.sha256_records(drawn)


@more
@given(any_record)
def test_a_record_read_back_hashes_as_it_did_before(record):
    again = codec.decode(type(record), codec.encode(record))
    assert codec.sha256_records([again]) == codec.sha256_records([record])


def test_a_file_hashes_as_its_text_does(tmp_path):
    codec.write_records(tmp_path / "answers.jsonl", [ANSWER, ANSWER])
    text = f"{ANSWER_LINE}\n" * 2
    assert codec.sha256_file(tmp_path / "answers.jsonl") == codec.sha256_text(text)
    assert codec.sha256_records([ANSWER, ANSWER]) == codec.sha256_text(text)
