"""What people said stays, whatever happens to the process; a file that is something else is refused."""

import dataclasses
import sqlite3

import pytest
from reviews import opened, pair_set, say

from lcbrb.errors import SetupError, UsageError
from lcbrb.pairs.review.findings import Choice, Preference
from lcbrb.pairs.review.store import ReviewSettings

PAIRS = pair_set(8)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "below" / "review.sqlite"


def test_a_review_is_as_it_was_after_a_restart(path):
    with opened(path, PAIRS, sample=5, seed=3, annotators=2) as store:
        say(store, "ann", "cr=?.", note="why\n\x00 \u202e", seconds=2.5, first=Choice.REJECTED)
        store.ask(store.sample[4], "ann")
        say(store, "ann", "....c")
        store.adjudicate(Preference(pair_id=store.sample[1], annotator="zoe", choice=Choice.CHOSEN))
        before, sample, people = store.said(), store.sample, store.people()
    with opened(path, PAIRS) as store:
        assert (store.said(), store.sample, store.people()) == (before, sample, people)
        assert (store.seed, store.wanted, store.total, len(store.sample)) == (3, 2, 8, 5)
        assert people == ["ann", "zoe"]
        one = store.said_of(sample[0]).by("ann")
        assert (one.note, one.seconds, one.first) == ("why\n\x00 \u202e", 2.5, Choice.REJECTED)
        last = store.said_of(sample[4]).by("ann")
        assert (last.blind, store.has_asked(sample[4], "ann"), store.questions()) == (
            False,
            True,
            1,
        )


def test_everything_that_was_said_is_kept_though_the_last_word_counts(path):
    with opened(path, PAIRS) as store:
        say(store, "ann", "c")
        say(store, "ann", "r")
        assert store.said_of(store.sample[0]).by("ann").choice is Choice.REJECTED
    with sqlite3.connect(path) as base:
        assert base.execute("select choice from events order by id").fetchall() == [
            ("chosen",),
            ("rejected",),
        ]
    base.close()


def test_two_processes_may_keep_one_review(path):
    with opened(path, PAIRS) as one, opened(path, PAIRS) as other:
        say(one, "ann", "c")
        say(other, "ben", "c")
        assert len(one.said_of(one.sample[0]).preferences) == 2


def test_a_sample_may_grow_and_keeps_what_was_said(path):
    with opened(path, PAIRS, sample=3) as store:
        say(store, "ann", "ccc")
        first = store.sample
    with opened(path, PAIRS, sample=6) as store:
        assert store.sample[:3] == first
        assert [one.by("ann") is not None for one in store.said().values()] == [True] * 3 + [
            False
        ] * 3
    with pytest.raises(UsageError, match="can grow, but not shrink to 4"):
        opened(path, PAIRS, sample=4)


@pytest.mark.parametrize(
    ("settings", "why"),
    [({"seed": 1}, "begun with seed 0"), ({"annotators": 3}, "with annotators 2")],
)
def test_other_settings_are_refused_and_the_way_out_is_named(path, settings, why):
    opened(path, PAIRS).close()
    with pytest.raises(UsageError, match=why):
        opened(path, PAIRS, **settings)


def test_a_review_of_other_pairs_is_refused(path):
    opened(path, PAIRS).close()
    with pytest.raises(UsageError, match="a review of other pairs"):
        opened(path, pair_set(9))


def test_a_file_that_is_something_else_is_refused_and_stays(path):
    path.parent.mkdir()
    path.write_text("my thesis\n" * 100)
    with pytest.raises(UsageError, match="not a review kept by lcbrb"):
        opened(path, PAIRS)
    assert path.read_text() == "my thesis\n" * 100
    path.unlink()
    base = sqlite3.connect(path)
    base.execute("create table mine (x)")
    base.commit()
    base.close()
    with pytest.raises(UsageError, match="not a review kept by lcbrb"):
        opened(path, PAIRS)
    with pytest.raises(UsageError, match="is a folder"):
        opened(path.parent, PAIRS)


def test_a_full_disk_is_said_and_nothing_is_half_written(path):
    with opened(path, PAIRS) as store:
        say(store, "ann", "c")
        store._base._base.execute("pragma max_page_count = 8")
        with pytest.raises(SetupError, match=r"can't be used: .*full"):
            say(store, "ben", "cccccccc", note="x" * 100_000)
        assert store.people() == ["ann"]


def test_of_several_preferences_all_are_kept_or_none(path):
    with opened(path, PAIRS) as store:
        good = Preference(pair_id=store.sample[0], annotator="ann", choice=Choice.CHOSEN)
        with pytest.raises(SetupError, match="can't be used"):
            store.keep(good, dataclasses.replace(good, note=object()))
        assert store.people() == []
        store.keep(good)
        assert store.people() == ["ann"]


@pytest.mark.parametrize("settings", [{"sample": 0}, {"annotators": 0}])
def test_settings_that_are_no_numbers_of_pairs_or_people_are_refused(settings):
    with pytest.raises(UsageError, match="must be at least 1"):
        ReviewSettings(**settings)
