"""What becomes of a pair's label; who sees what where."""

import pytest
from reviews import WORDS

from lcbrb.pairs.review.findings import Choice, Finding, Preference, Said, counting
from lcbrb.pairs.review.order import choice_at, drawn, first_side, place_of, queue
from lcbrb.types import Review

IDS = [f"{number:03}" for number in range(400)]


def said(letters, *, after_asking="", adjudicated=None):
    words = [(letter, True) for letter in letters] + [(letter, False) for letter in after_asking]
    preferences = tuple(
        Preference(pair_id="x", annotator=f"a{i}", choice=WORDS[letter], blind=blind)
        for i, (letter, blind) in enumerate(words)
    )
    one = adjudicated and Preference(pair_id="x", annotator="z", choice=WORDS[adjudicated])
    return Said(preferences=preferences, adjudication=one)


@pytest.mark.parametrize(
    ("given", "finding"),
    [
        (said(""), Finding.OPEN),
        (said("c"), Finding.OPEN),
        (said("cc"), Finding.CONFIRMED),
        (said("ccc"), Finding.CONFIRMED),
        (said("rr"), Finding.WRONG),
        (said("=="), Finding.NO_DIFFERENCE),
        (said("??"), Finding.UNDECIDED),
        (said("cr"), Finding.DISPUTED),
        (said("c?"), Finding.DISPUTED),
        (said("ccr"), Finding.DISPUTED),
        (said("c", after_asking="c"), Finding.DISPUTED),  # two stated, one of them blind
        (said("", after_asking="cc"), Finding.DISPUTED),
        (said("cc", after_asking="r"), Finding.CONFIRMED),
        (said("cr", adjudicated="c"), Finding.CONFIRMED),
        (said("cr", adjudicated="="), Finding.NO_DIFFERENCE),
    ],
)
def test_a_label_stands_where_enough_people_say_the_same_blind(given, finding):
    assert given.finding(2) is finding


def test_one_person_is_enough_where_one_is_asked_for():
    assert said("r").finding(1) is Finding.WRONG
    assert said("", after_asking="r").finding(1) is Finding.DISPUTED


def test_the_record_of_a_pair_counts_blind_preferences_and_names_nobody():
    review = said("ccr?", after_asking="r", adjudicated="c").review()
    assert review == Review(chosen=2, rejected=1, unsure=1, adjudicated=True)


def test_the_last_blind_preference_of_a_person_counts():
    def one(letter, blind):
        return Preference(pair_id="x", annotator="a", choice=WORDS[letter], blind=blind)

    def counted(*words):
        (preference,) = counting(one(*word) for word in words)
        return preference.choice, preference.blind

    assert counted(("c", True), ("r", True)) == (Choice.REJECTED, True)
    assert counted(("c", True), ("r", False)) == (Choice.CHOSEN, True)
    assert counted(("c", False), ("r", False)) == (Choice.REJECTED, False)
    assert counted(("c", False), ("r", True)) == (Choice.REJECTED, True)


def test_each_person_has_an_order_and_sides_of_their_own_the_same_for_the_same_seed():
    orders = {name: queue(0, name, IDS) for name in ("ann", "ben")}
    assert sorted(orders["ann"]) == IDS
    assert orders["ann"] != orders["ben"]
    assert orders["ann"] == queue(0, "ann", reversed(IDS))
    assert orders["ann"] != queue(1, "ann", IDS)
    sides = {name: [first_side(0, name, one) for one in IDS] for name in ("ann", "ben")}
    for given in sides.values():
        assert 160 < given.count(Choice.CHOSEN) < 240  # half of 400, by five standard deviations
    assert 160 < sum(a is b for a, b in zip(*sides.values(), strict=True)) < 240
    assert sides["ann"] == [first_side(0, "ann", one) for one in IDS]


def test_a_larger_sample_holds_the_smaller_one_whatever_the_order_of_the_file():
    assert drawn(7, IDS)[:50] == drawn(7, reversed(IDS))[:50]
    assert drawn(7, IDS) != drawn(8, IDS)
    assert sorted(drawn(7, IDS)) == IDS


def test_places_and_choices_are_each_other_s_way_back():
    for first in (Choice.CHOSEN, Choice.REJECTED):
        assert {choice_at(place, first) for place in ("first", "second")} == {
            Choice.CHOSEN,
            Choice.REJECTED,
        }
        for choice in Choice:
            assert choice_at(place_of(choice, first), first) is choice
    assert choice_at("first", Choice.REJECTED) is Choice.REJECTED
    for wrong in ("chosen", "rejected", "", "third"):
        with pytest.raises(ValueError, match=r".*"):
            choice_at(wrong, Choice.CHOSEN)
