"""Pairs whose prompt is a conversation: the turns are kept, whoever holds them."""

import json

import pytest

from lcbrb.codec import decode, encode
from lcbrb.registry import parse_spec
from lcbrb.rewards.pair_sides import sides_of
from lcbrb.sources.pairs.pair_files import read_pair_file
from lcbrb.types import PreferencePair


def turn(role, content):
    return {"role": role, "content": content}


SYSTEM, ASK, SAID, MORE = (
    turn("system", "Short."),
    turn("user", "Hi"),
    turn("assistant", "Hello"),
    turn("user", "And?"),
)
GOOD, BAD = turn("assistant", "Fine"), turn("assistant", "No")


def read(tmp_path, row):
    path = tmp_path / "pairs.jsonl"
    path.write_text(json.dumps(row) + "\n")
    (pair,) = read_pair_file(path, parse_spec(str(path))).pairs
    assert decode(PreferencePair, encode(pair)) == pair
    return pair


def asked(pair):
    return [[(m["role"], m["content"]) for m in side.asked] for side in sides_of(pair)]


ALL = [("system", "Short."), ("user", "Hi"), ("assistant", "Hello"), ("user", "And?")]


@pytest.mark.parametrize(
    "row",
    [
        {"prompt": [SYSTEM, ASK, SAID, MORE], "chosen": "Fine", "rejected": "No"},
        {"chosen": [SYSTEM, ASK, SAID, MORE, GOOD], "rejected": [SYSTEM, ASK, SAID, MORE, BAD]},
        {"prompt": "Hi", "chosen": [SYSTEM, ASK, SAID, MORE, GOOD], "rejected": [SYSTEM, ASK, SAID, MORE, BAD]},
        {"prompt": [SYSTEM, ASK], "chosen": [SAID, MORE, GOOD], "rejected": [SAID, MORE, BAD]},
        {"prompt": [SYSTEM, ASK, SAID, MORE], "chosen": [SYSTEM, ASK, SAID, MORE, GOOD], "rejected": [BAD]},
    ],
)  # fmt: skip
def test_the_turns_are_kept(tmp_path, row):
    pair = read(tmp_path, row)
    assert asked(pair) == [ALL, ALL]
    assert (pair.chosen, pair.rejected) == ("Fine", "No")


def test_each_side_may_have_a_conversation_of_its_own_and_a_swap_keeps_that(tmp_path):
    pair = read(tmp_path, {"chosen": [SYSTEM, ASK, GOOD], "rejected": [ASK, BAD]})
    both = [[("system", "Short."), ("user", "Hi")], [("user", "Hi")]]
    assert asked(pair) == both
    assert asked(pair.swap()) == both[::-1]
    assert pair.swap().swap() == pair


def test_one_user_message_is_a_prompt_as_before(tmp_path):
    one = read(tmp_path, {"prompt": "Hi", "chosen": "Fine", "rejected": "No"})
    other = read(tmp_path, {"prompt": [ASK], "chosen": [ASK, GOOD], "rejected": [ASK, BAD]})
    assert one.id == other.id
    assert "turns" not in encode(one)


def test_roles_count_for_the_id(tmp_path):
    rows = [{"prompt": [turn(role, "Hi"), ASK], "chosen": "a", "rejected": "b"} for role in ("system", "user")]  # fmt: skip
    one, other = (read(tmp_path, row).id for row in rows)
    assert one != other


def test_the_names_of_other_layouts_are_roles(tmp_path):
    row = {"prompt": [{"from": "human", "content": "Hi"}, {"from": "gpt", "content": "Hello"}, {"from": "human", "content": "And?"}], "chosen": "a", "rejected": "b"}  # fmt: skip
    assert asked(read(tmp_path, row))[0] == ALL[1:]
