"""Counting tokens where they are spent, and what naive batches would take."""

from hypothesis import given, strategies as st

from lcbrb.rewards.forward import accounting

SIDES = st.lists(st.tuples(st.integers(1, 50), st.integers(1, 50)), max_size=30)


def test_what_is_spent_goes_to_every_open_tally_and_to_no_closed_one():
    accounting.count(tokens_real=100)
    with accounting.tallying() as outer:
        accounting.count("slow", tokens_real=1)
        with accounting.tallying() as inner:
            accounting.count(tokens_real=2, tokens_computed=3)
        accounting.count("slow", tokens_computed=4)
    accounting.count(tokens_real=100)
    assert (outer.tokens, list(outer.notes)) == ({"tokens_real": 3, "tokens_computed": 7}, ["slow"])
    assert (inner.tokens, list(inner.notes)) == ({"tokens_real": 2, "tokens_computed": 3}, [])


@given(SIDES)
def test_naive_tokens_are_two_padded_passes_of_eight(sides):
    expected = 0
    for side in (0, 1):
        column = [one[side] for one in sides]
        while column:
            batch, column = column[:8], column[8:]
            expected += len(batch) * max(batch)
    assert accounting.naive_tokens(sides) == expected


def test_the_sentence_names_what_is_known():
    counts = {"tokens_real": 1500, "tokens_shared": 900, "tokens_computed": 1000}
    assert accounting.sentence({"pairs": 3}) == ""
    assert accounting.sentence(counts) == "1,500 tokens, 900 after sharing, 1,000 computed"
    told = accounting.sentence({**counts, "tokens_naive": 2500})
    assert told.endswith("padded passes in file order take 2,500 (2.5x)")


def test_what_several_starts_took_is_added_up():
    now = {"tokens_real": 5, "out_of_memory": 1, "steps": 4, "steps_cut": 0, "tokens_pairs": 4}
    counts = accounting.over_starts({"pairs": 9}, now)
    assert counts == now
    assert accounting.over_starts({**counts, "flips": 2}, {}) == counts
    assert accounting.over_starts(counts, now) == {name: 2 * n for name, n in now.items()}
    assert accounting.over_starts({"pairs": 9}, {}) == {}


def test_notes_of_passes_stay_and_others_do_not():
    first = accounting.notes_over_starts(["of the pairs"], ["slow"])
    (note,) = first
    assert "slow" in note
    assert accounting.notes_over_starts(["of the pairs", *first, "it stopped"], []) == first
    assert accounting.notes_over_starts(first, ["slow", "other"])[0] == note
    assert len(accounting.notes_over_starts(first, ["slow", "other"])) == 2
