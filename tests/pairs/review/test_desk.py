"""Who sees which pair next."""

import pytest
from reviews import opened, pair_set, say

from lcbrb.pairs.review.desk import Desk

PAIRS = pair_set(4)


@pytest.fixture
def desk(tmp_path):
    with opened(tmp_path / "r.sqlite", PAIRS) as store:
        yield Desk(store, PAIRS.pairs)


def test_the_next_pair_is_behind_the_last_one_and_then_from_the_beginning(desk):
    def after(number):
        return desk.next_to_compare("ann", desk.store.said(), number)

    assert [after(number) for number in range(5)] == [1, 2, 3, 4, 1]
    third = desk.queue("ann")[2]
    desk.store.keep(desk.preference("ann", desk.turn("ann", 3), "equal", ""))
    assert (after(2), after(3), after(4)) == (4, 4, 1)
    assert desk.turn("ann", 3).pair.id == third
    say(desk.store, "ann", "cccc")
    assert after(0) is None


def test_a_pair_that_enough_people_compared_waits_for_nobody_else(desk):
    say(desk.store, "ann", "c==c")
    say(desk.store, "ben", "c=r.")
    said = desk.store.said()
    waiting = desk.queue("cat").index(desk.store.sample[3]) + 1
    assert desk.next_to_compare("cat", said) == waiting
    disputed = desk.queue("cat").index(desk.store.sample[2]) + 1
    assert desk.next_to_adjudicate("cat", said, after=disputed) == disputed


def test_there_is_no_turn_beyond_the_queue(desk):
    assert desk.turn("ann", 0) is None
    assert desk.turn("ann", 5) is None
    assert desk.turn("ann", 4).number == 4


def test_names_are_kept_visibly_and_as_they_were_first_written(desk):
    say(desk.store, "Ann", "c")
    assert desk.person(" ann ") == "Ann"
    assert desk.person("\x1b[31m  b\u202e") == "\\x1b[31m b\\u202e"
    assert len(desk.person("x" * 99)) == 60
    assert desk.person(" \n ") is None
