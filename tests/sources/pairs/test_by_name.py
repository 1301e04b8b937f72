"""`open_pairs`: which source a text means. `subset`: whole problems, the same for the same seed."""

import random

import pytest
from fakes import write_lines
from hypothesis import given, strategies as st
from tiny import pair

from lcbrb.errors import DataUnavailableError, UnknownNameError, UsageError
from lcbrb.sources.pairs import by_name
from lcbrb.sources.pairs.by_name import draw, open_pairs

ROW = {"prompt": "Q", "chosen": "good", "rejected": "bad"}
some_pairs = st.lists(st.integers(0, 8), max_size=30).map(
    lambda names: [pair(f"p{name}", chosen=f"c{i}") for i, name in enumerate(names)]
)


@pytest.fixture(autouse=True)
def _no_data(monkeypatch):
    monkeypatch.delenv("LCBRB_DATA", raising=False)


# ------------------------------------------------------------------------------ open_pairs


def test_a_known_name_is_that_source():
    found = open_pairs("mini")
    assert found.name == "mini"
    assert found.pairs


def test_a_path_is_a_file(tmp_path):
    found = open_pairs(str(write_lines(tmp_path / "my pairs.jsonl", [ROW])))
    assert [(one.chosen, one.rejected) for one in found.pairs] == [("good", "bad")]


def test_a_path_may_hold_a_colon_and_options(tmp_path):
    path = write_lines(tmp_path / "a:b.jsonl", [{"Q": "?", "chosen": "g", "rejected": "b"}])
    assert open_pairs(f"{path}?prompt=Q").pairs[0].prompt == "?"


def test_a_path_in_the_home_folder_is_found(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    write_lines(tmp_path / "p.jsonl", [ROW])
    assert len(open_pairs("~/p.jsonl").pairs) == 1


@pytest.mark.parametrize("name", ["no/such.jsonl", "x.json.gz", "x.parquet"])
def test_a_file_that_is_not_there_is_not_sought_on_the_hub(name):
    with pytest.raises(DataUnavailableError, match="no such file of pairs"):
        open_pairs(name)


def test_a_folder_that_nobody_published_holds_no_pairs(tmp_path):
    with pytest.raises(DataUnavailableError, match="written by lcbrb pairs publish"):
        open_pairs(str(tmp_path))


@pytest.mark.parametrize("text", ["org/name", "org/na-me.x@v1.0", "org/name?split=test"])
def test_two_words_and_a_slash_are_a_data_set_of_the_hub(monkeypatch, text):
    asked = []

    def fake(where, spec):
        asked.append(where)
        raise DataUnavailableError("no")

    monkeypatch.setattr(by_name, "hub_pairs", fake)
    with pytest.raises(DataUnavailableError):
        open_pairs(text)
    assert asked == [text.partition("?")[0]]


def test_an_unknown_name_gives_the_nearest():
    with pytest.raises(UnknownNameError, match="did you mean rm-bench"):
        open_pairs("rm-bnech")


def test_a_source_without_pairs_is_said_so(tmp_path):
    with pytest.raises(UsageError, match=r"empty\.jsonl contains no pairs"):
        open_pairs(str(write_lines(tmp_path / "empty.jsonl", [])))


# ---------------------------------------------------------------------------------- subset


@given(some_pairs, st.integers(0, 40), st.integers(0, 3))
def test_a_subset_holds_whole_problems_in_the_pairs_order(all_pairs, most, seed):
    chosen = draw(all_pairs, most, seed)
    names = {one.problem_id for one in chosen}
    assert chosen == [one for one in all_pairs if one.problem_id in names]


@given(some_pairs, st.integers(0, 40), st.integers(0, 3))
def test_a_subset_has_at_least_the_size_asked_for_and_no_problem_too_many(all_pairs, most, seed):
    chosen = draw(all_pairs, most, seed)
    assert len(chosen) >= min(most, len(all_pairs))
    for name in {one.problem_id for one in chosen}:
        others = sum(one.problem_id != name for one in chosen)
        if others < most:
            break
    else:
        assert not chosen  # leaving any one problem out would still have been enough


@given(some_pairs, st.integers(0, 40), st.integers(0, 3), st.randoms())
def test_a_subset_does_not_depend_on_the_order_of_the_pairs(all_pairs, most, seed, rng):
    mixed = all_pairs.copy()
    rng.shuffle(mixed)
    ids = [sorted(one.id for one in draw(some, most, seed)) for some in (all_pairs, mixed)]
    assert ids[0] == ids[1]


def test_another_seed_gives_another_draw():
    all_pairs = [pair(f"p{number}") for number in range(100)]
    subsets = {tuple(one.problem_id for one in draw(all_pairs, 5, seed)) for seed in range(5)}
    assert len(subsets) > 1


def test_all_pairs_are_their_own_draw():
    all_pairs = [pair(f"p{number}") for number in range(3)]
    random.shuffle(all_pairs)
    assert draw(all_pairs, 3, 0) == draw(all_pairs, 99, 1) == all_pairs


def test_equal_pairs_keep_ids_of_their_own(tmp_path):
    """RM-Bench holds the same two texts twice; both are scored, so both need a line."""
    path = write_lines(tmp_path / "twice.jsonl", [ROW, ROW, ROW])
    first, second = open_pairs(str(path)).pairs, open_pairs(str(path)).pairs
    assert len({one.id for one in first}) == 3
    assert [one.id for one in first] == [one.id for one in second]
