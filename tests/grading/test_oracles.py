"""What counts as the reference's answer: EvalPlus' rules, and where ours differ on purpose."""

import pytest
from hypothesis import given, strategies as st

from lcbrb.grading.oracles import difference, is_floats, short, text_decides, tolerances
from lcbrb.sandbox.inside import wire
from lcbrb.types import Oracle

plain = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.lists(inner, max_size=4).map(tuple)
        | st.dictionaries(st.text(max_size=3), inner, max_size=3)
    ),
    max_leaves=10,
)


def right(found, expected, *, oracle=Oracle.EQUAL, arguments=(), atol=0.0):
    return difference(oracle, arguments, found, expected, atol) is None


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (3, 3),
        (True, 1),
        (2.0, 2),
        ([1, (2, "a")], [1, (2, "a")]),
        ({1: {2}}, {1: {2}}),
        (None, None),
        (float("nan"), float("nan")),
        ([float("nan"), (1.0, float("nan"))], [float("nan"), (1.0, float("nan"))]),
        ({"a": float("nan")}, {"a": float("nan")}),
    ],
)
def test_equal_values_answer(found, expected):
    assert right(found, expected)


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        ([1, 2], (1, 2)),
        ("3", 3),
        (3, 4),
        (None, 0),
        (0.3, 0.1 + 0.2),
        ([1, 2, 3], [1, 2]),
        (float("nan"), 0.0),
        ({"a": 1}, {"b": 1}),
    ],
)
def test_other_values_do_not(found, expected):
    assert not right(found, expected)


@given(plain)
def test_every_value_answers_itself(value):
    assert right(wire.decode(wire.encode(value)), value)


def test_an_opaque_value_answers_nothing():
    found, expected = (wire.decode(wire.encode([object()])) for _ in range(2))
    assert not right(found, expected)
    assert not right(found[0], found[0])
    assert not text_decides(Oracle.EQUAL, wire.encode([object()]))
    assert text_decides(Oracle.EQUAL, wire.encode(["plain"]))


# -------------------------------------------------------------------------------- tolerance


def test_a_float_expected_once_brings_its_tolerance_for_all_that_follow():
    assert tolerances([False, True, False], 0.0) == [0.0, 1e-6, 1e-6]
    assert tolerances([False, True], 1e-4) == [1e-4, 1e-4]


def test_floats_are_floats_and_flat_lists_of_them():
    assert all(map(is_floats, [2.5, (1.0, 2.0), [0.5]]))
    assert not any(map(is_floats, [1, "a", [], [1, 2.0], [[0.5]], {0.5}, None]))


def test_floats_within_the_tolerance_answer():
    assert right(0.3, 0.1 + 0.2, atol=1e-6)
    assert right([1.0, 2.0000009], [1.0, 2.0], atol=1e-6)
    assert right((1, 2.00009), (1, 2.0), atol=1e-4)
    assert right(1e9 + 99, 1e9, atol=1e-6)  # a relative part of 1e-7 on top
    assert right(1 + 1e-9j, 1 + 0j, atol=1e-6)


def test_values_past_it_or_of_another_kind_do_not():
    assert not right(0.31, 0.3, atol=1e-6)
    assert not right(3, 3.0000001, atol=1e-6)  # an int where a float is wanted
    assert not right((1.0,), [1.0000001], atol=1e-6)
    assert not right("a", "b", atol=1e-6)
    assert not right(["a", 1.0], ["b", 1.0], atol=1e-6)
    assert not right({1: 1.0}, {1: 1.0000001}, atol=1e-6)
    assert not right([10**400], [1.0], atol=1e-6)


def test_a_shorter_answer_is_not_stretched_to_fit():
    assert not right([[1.0], [2.0]], [[1.0, 1.0], [2.0, 2.0]], atol=1e-6)


# ---------------------------------------------------------------------------- special rules


def test_sets_are_compared_where_order_does_not_matter():
    assert right([4, 5, 4], (5, 4), oracle=Oracle.SAME_SET)
    assert right("ab", ["b", "a"], oracle=Oracle.SAME_SET)
    assert not right([4], (5, 4), oracle=Oracle.SAME_SET)
    assert not right(4, (5, 4), oracle=Oracle.SAME_SET)
    assert not right([[4]], (5, 4), oracle=Oracle.SAME_SET)


def test_a_match_is_anything_that_is_there():
    match = wire.decode(wire.encode(object()))
    for expected in (match, True, "x", 0):
        assert right(match, expected, oracle=Oracle.NOT_NONE)
        assert right(True, expected, oracle=Oracle.NOT_NONE)
        assert right("Found", expected, oracle=Oracle.NOT_NONE)
        assert not right(None, expected, oracle=Oracle.NOT_NONE)
        assert not right(False, expected, oracle=Oracle.NOT_NONE)
    assert right(None, None, oracle=Oracle.NOT_NONE)
    assert right(False, None, oracle=Oracle.NOT_NONE)
    assert not right("Not found", None, oracle=Oracle.NOT_NONE)


def test_a_root_is_looked_for_in_the_polynomial_and_not_in_the_reference():
    cubic = ([-6, 11, -6, 1],)  # (x-1)(x-2)(x-3)
    for root in (1, 2.0, 3.00000001):
        assert right(root, 99, oracle=Oracle.ROOT, arguments=cubic, atol=1e-4)
    for other in (1.5, None, "2", float("nan"), [2.0], 1e300):
        assert not right(other, other, oracle=Oracle.ROOT, arguments=cubic, atol=1e-4)
    assert not text_decides(Oracle.ROOT, "1.5")


def test_zero_or_the_references_answer():
    assert right(0, 7, oracle=Oracle.EQUAL_OR_ZERO)
    assert right(7, 7, oracle=Oracle.EQUAL_OR_ZERO)
    assert not right(6, 7, oracle=Oracle.EQUAL_OR_ZERO)
    assert right("whatever", 7, oracle=Oracle.ANYTHING)


def test_a_pyramid_has_two_surfaces():
    assert right(33, 33, oracle=Oracle.SLANTED_SURFACE, arguments=(3, 4))
    assert right(
        9 + round(6 * (1.5**2 + 16) ** 0.5), 33, oracle=Oracle.SLANTED_SURFACE, arguments=(3, 4)
    )
    assert not right(30, 33, oracle=Oracle.SLANTED_SURFACE, arguments=(3, 4))
    assert not right(None, 33, oracle=Oracle.SLANTED_SURFACE, arguments=(3, 4))


def test_digits_may_be_padded():
    assert right(5, 99, oracle=Oracle.PADDED_DIGITS, arguments=(1, 123))  # 001 and 123: 1+2+2
    assert right(99, 99, oracle=Oracle.PADDED_DIGITS, arguments=(1, 123))
    assert not right(3, 99, oracle=Oracle.PADDED_DIGITS, arguments=(1, 123))


def test_long_values_are_cut_and_huge_ones_still_named():
    assert short("x" * 1000).endswith("…")
    assert short(10**5000) == "a very large number"


@pytest.mark.parametrize(
    "found",
    [["x" * 10**6] + [""] * 10**5, [range(10**6) for _ in range(400)], [0.5, [0.5, 0.5]]],
    ids=["text", "ranges", "ragged"],
)
def test_what_is_not_shaped_like_the_answer_never_reaches_numpy(found, monkeypatch):
    def full(*_):
        raise MemoryError

    monkeypatch.setattr("lcbrb.grading.oracles.np.asarray", full)
    assert difference(Oracle.EQUAL, (), found, [0.5, 0.25], 1e-6) is not None
    with pytest.raises(MemoryError):  # what has its shape does
        difference(Oracle.EQUAL, (), [0.5, 0.5], [0.5, 0.25], 1e-6)


def test_colliding_elements_are_refused_before_a_set_is_made_of_them():
    colliding = [n * (2**61 - 1) for n in range(40_000)]
    assert "can't be compared" in difference(Oracle.SAME_SET, (), colliding, (1,), 0.0)
    assert right([1] * 40_000, (1,), oracle=Oracle.SAME_SET)


class Odd(type):
    """A class of classes that say a name of half a character and an escape."""

    __name__ = property(lambda cls: "\ud800\x1b")  # type: ignore[assignment]


class Odder(metaclass=Odd):
    """Such a class."""


def test_a_class_may_be_called_anything():
    found = wire.decode(wire.encode(Odder()))
    said = difference(Oracle.EQUAL, (), found, 1, 0.0)
    assert said == "returned <?? object>, expected 1"


def test_a_forged_name_is_printable_too():
    forged = wire.decode('{"lcbrb:opaque": "\\ud800"}')
    assert repr(forged) == "<? object>"
