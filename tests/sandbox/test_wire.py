"""Values cross the wire as plain data, exactly, and nothing else does."""

import collections
import enum
import math
import os
import subprocess
import sys

import pytest
from hypothesis import given, strategies as st

from lcbrb.sandbox.inside import wire

ATOMS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text()
    | st.binary()
    | st.complex_numbers(allow_nan=False)
)
HASHABLE = st.recursive(
    ATOMS,
    lambda inner: st.tuples(inner) | st.tuples(inner, inner) | st.frozensets(inner, max_size=3),
    max_leaves=5,
)
VALUES = st.recursive(
    ATOMS | HASHABLE,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.tuples(inner, inner)
        | st.dictionaries(HASHABLE, inner, max_size=3)
        | st.dictionaries(st.text() | st.just("lcbrb:set"), inner, max_size=3)
        | st.sets(HASHABLE, max_size=3)
    ),
    max_leaves=12,
)


def same(a, b):
    """Equal, of the same types all the way down."""
    if type(a) is not type(b):
        return False
    if isinstance(a, list | tuple):
        return len(a) == len(b) and all(map(same, a, b))
    if isinstance(a, dict):
        return a == b and all(same(a[key], b[key]) for key in a)
    return a == b and repr(a) == repr(b) if isinstance(a, float) else a == b


@given(VALUES)
def test_plain_data_comes_back_as_it_was(value):
    assert same(wire.decode(wire.encode(value)), value)


@pytest.mark.parametrize(
    "value",
    [
        -0.0,
        math.inf,
        1e-320,
        10**5000,
        [-(10**5000), 1],
        range(2, 9, 3),
        "\ud800",
        {"lcbrb:set": 1},
        {(): {1: 2}},
    ],
    ids="zero infinity tiny large large-in-list range surrogate tag nested".split(),
)
def test_awkward_values_come_back(value):
    found = wire.decode(wire.encode(value))
    assert type(found) is type(value)
    assert found == value


def test_no_number_stays_no_number():
    assert math.isnan(wire.decode(wire.encode(math.nan)))


class Loud(list):
    def __iter__(self):
        return iter([6])

    def __len__(self):
        return 1

    def __getitem__(self, index):
        return 6

    def __eq__(self, other):
        return True

    __hash__ = None


class Liar(int):
    def __eq__(self, other):
        return True

    def __int__(self):
        return 6

    __index__ = __pos__ = __int__
    __hash__ = int.__hash__


class Colour(enum.IntEnum):
    RED = 3


@pytest.mark.parametrize(
    ("value", "plain"),
    [
        (Loud([1, 2]), [1, 2]),
        (Liar(4), 4),
        (Colour.RED, 3),
        (collections.OrderedDict(a=1), {"a": 1}),
        (collections.namedtuple("Point", "x y")(1, 2), (1, 2)),  # noqa: PYI024
        (bytearray(b"ab"), b"ab"),
        (type("S", (str,), {"__getitem__": lambda self, i: "x"})("abc"), "abc"),
    ],
)
def test_subclasses_are_flattened_by_the_plain_type_itself(value, plain):
    found = wire.decode(wire.encode(value))
    assert type(found) is type(plain)
    assert found == plain


def test_numpy_values_become_plain():
    numpy = pytest.importorskip("numpy")
    value = [numpy.int64(3), numpy.float64(0.5), numpy.bool_(True), numpy.array([[1, 2]])]
    assert wire.decode(wire.encode(value)) == [3, 0.5, True, [[1, 2]]]


class AlwaysEqual:
    def __eq__(self, other):
        return True

    __hash__ = None


def test_anything_else_equals_nothing():
    (found,) = wire.decode(wire.encode([AlwaysEqual()]))
    assert isinstance(found, wire.Opaque)
    assert found.type_name == "AlwaysEqual"
    assert found != found  # noqa: PLR0124
    assert not found == 6  # noqa: SIM201


def test_a_class_that_pretends_to_be_a_list_is_opaque():
    pretender = type("Pretender", (), {"__class__": property(lambda self: list)})()
    assert isinstance(wire.decode(wire.encode(pretender)), wire.Opaque)


def test_what_holds_itself_is_cut():
    value = []
    value.append(value)
    assert len(wire.encode(value)) < 1000


def test_what_doubles_without_end_is_opaque_as_a_whole(monkeypatch):
    monkeypatch.setattr(wire, "PARTS_MOST", 1000)
    value = []
    for _ in range(99):
        value = [value, value]
    assert isinstance(wire.decode(wire.encode(value)), wire.Opaque)


@pytest.mark.parametrize(
    "text",
    [
        "[[",
        "[" * 100_000,
        '{"lcbrb:what": 1}',
        '{"lcbrb:set": [[]]}',
        '{"lcbrb:set": 1}',
        '{"lcbrb:tuple": "ab"}',
        '{"lcbrb:tuple": [], "more": 1}',
        '{"lcbrb:dict": [[1]]}',
        '{"lcbrb:dict": [[[], 1]]}',
        '{"lcbrb:bytes": 5}',
        '{"lcbrb:bytes": "\\u1234"}',
        '{"lcbrb:complex": [1]}',
        '{"lcbrb:complex": [1' + "0" * 400 + ", 0]}",
        '{"lcbrb:range": [0, 1' + "0" * 400 + ", 1]}",
        '{"lcbrb:int": "zz"}',
        '{"lcbrb:range": [0, 1, 0]}',
        '{"lcbrb:range": [0, 99999999999, 1]}',
        "1" * 5000,
        '{"lcbrb:set":[' + ",".join(str(n * (2**61 - 1)) for n in range(3000)) + "]}",
        '{"lcbrb:dict":[' + ",".join(f"[{n * (2**61 - 1)},0]" for n in range(3000)) + "]}",
        '{"lcbrb:set":[' + ",".join(str(n * (2**61 - 1)) for n in range(100)) + "]}",
        # half of them differ in their hashes
        '{"lcbrb:set":[' + ",".join(f"{n * (2**61 - 1)},{n}" for n in range(3000)) + "]}",
    ],
    ids=lambda text: text[:30],
)
def test_malformed_and_hostile_texts_are_refused(text):
    with pytest.raises(ValueError, match=r"."):
        wire.decode(text)


def test_a_text_that_would_fill_the_memory_is_refused(monkeypatch):
    monkeypatch.setattr(wire, "PARTS_MOST", 100)
    with pytest.raises(ValueError, match="too large"):
        wire.decode("[" + ",".join(["[]"] * 300) + "]")


@pytest.mark.parametrize(
    ("value", "text"),
    [((1, (2,)), "[1,[2]]"), ({1: 2, "a": (3,)}, '{"1":2,"a":[3]}'), ({(1, 2): 3}, '{"[1, 2]":3}')],
)
def test_as_json_alone_has_it(value, text):
    assert wire.encode_json(value) == text


def test_json_alone_has_no_sets():
    assert wire.decode(wire.encode_json([{1}]))[0] != {1}


def test_what_is_hashed_has_one_text_in_every_process():
    """Sets have an order of their own in each process; data with sets in it has one hash."""
    code = (
        "from lcbrb.sandbox.inside.wire import encode;"
        "print(encode([{'a', 'b', 'c', 'd', (1, 2)}, frozenset({'x', 'y', 'z'})], ordered=True))"
    )
    texts = {
        subprocess.run(
            [sys.executable, "-c", code],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2", "3")
    }
    assert len(texts) == 1
    assert wire.decode(texts.pop()) == [{"a", "b", "c", "d", (1, 2)}, frozenset({"x", "y", "z"})]
