"""Plain data as JSON text, both ways: how the grader and a program's process exchange values.

Nothing is ever executed and no class of the program's reaches the grader: an object with a lying
``__eq__`` arrives as an `Opaque`, which equals nothing. What JSON can't hold is a tagged object::

    (1, 2)          {"lcbrb:tuple": [1, 2]}          2 + 3j      {"lcbrb:complex": [2.0, 3.0]}
    {1, 2}          {"lcbrb:set": [1, 2]}            b"ab"       {"lcbrb:bytes": "ab"}
    frozenset()     {"lcbrb:frozenset": []}          10**5000    {"lcbrb:int": "0x…"}
    {1: "a"}        {"lcbrb:dict": [[1, "a"]]}       range(3)    {"lcbrb:range": [0, 3, 1]}
    anything else   {"lcbrb:opaque": "the type's name"}

Subclasses are flattened to the plain type that they extend, by that type's own methods; NumPy's
scalars and arrays become what ``tolist`` gives. Floats are exact (JSON's ``NaN`` and ``Infinity``
are used). Both sides run this very file.
"""

import json
import reprlib
from collections import Counter
from collections.abc import Collection
from typing import Any

DEPTH_MOST = 100  # containers in containers; what lies deeper is opaque
PARTS_MOST = 2_000_000  # values in a value; a larger one is opaque as a whole
TEXT_MOST = 32 * 1024 * 1024  # characters that `decode` accepts
_BIG_INT = 10**4000  # decimal digits past this are slow to read and refused by Python
_RANGE_MOST = 1_000_000
_COLLISIONS_MOST = 16  # different elements of a hash
_NAME_MOST = 200
_TAG = "lcbrb:"
_ATOMS = frozenset({type(None), bool, str, float})
_INTS = frozenset({int, bool})
# made once: `json.dumps` and `json.loads` with arguments make theirs anew for every value
_dumps = json.JSONEncoder(check_circular=False, separators=(",", ":")).encode


class Opaque:
    """A value that is not plain data. It equals nothing, itself included."""

    __slots__ = ("type_name",)

    def __init__(self, type_name: str) -> None:
        self.type_name = type_name

    def __eq__(self, other: object) -> bool:
        return False

    def __ne__(self, other: object) -> bool:
        return True

    __hash__ = object.__hash__

    def __repr__(self) -> str:
        return f"<{self.type_name} object>"


class _TooLargeError(Exception):
    """More parts than `PARTS_MOST`."""


def encode(value: object, *, ordered: bool = False) -> str:
    """The text of a value. Never raises on account of the value; see the module for what it keeps.

    Args:
        value: anything; what is not plain data becomes opaque.
        ordered: elements of sets stand in the order of their texts, so that equal values have equal
            texts in every process: for what is hashed.
    """
    return _dump(value, tagged=True, ordered=ordered)


def encode_json(value: object) -> str:
    """The value as JSON alone has it: tuples are lists, keys are strings (JSON text of others).

    What JSON does not have (sets, bytes, objects) is opaque.
    """
    return _dump(value, tagged=False)


def _dump(value: object, *, tagged: bool, ordered: bool = False) -> str:
    try:
        plain = _Walk(tagged, ordered).plain(value, 0)
    except _TooLargeError:
        plain = _opaque(f"{type(value).__name__} of more than {PARTS_MOST} parts")
    return _dumps(plain)


class _Walk:
    """One value on its way to JSON."""

    def __init__(self, tagged: bool, ordered: bool) -> None:  # noqa: FBT001 - private, one caller
        self.tagged = tagged
        self.ordered = ordered
        self.left = PARTS_MOST

    def plain(self, value: Any, depth: int) -> Any:
        kind = type(value)
        if kind in _ATOMS:
            return value
        if kind is int:
            return self._int(value)
        if depth > DEPTH_MOST:
            return _opaque("value nested too deeply")
        if issubclass(kind, (list, tuple, dict, set, frozenset)):
            return self._container(value, kind, depth + 1)
        return self._leaf(value, kind, depth)

    def _int(self, value: int) -> Any:
        if -_BIG_INT < value < _BIG_INT or not self.tagged:
            return value
        return {_TAG + "int": hex(value)}

    def _container(self, value: Any, kind: type, depth: int) -> Any:
        if issubclass(kind, list):
            return self._items(list.__getitem__(value, slice(None)), depth)
        if issubclass(kind, tuple):
            return self._tag("tuple", tuple.__getitem__(value, slice(None)), depth)
        if issubclass(kind, dict):
            return self._dict(dict(dict.items(value)), depth)
        name, base = ("set", set) if issubclass(kind, set) else ("frozenset", frozenset)
        if not self.tagged:
            return _opaque(name)
        items = self._items(list(base.__iter__(value)), depth)
        return {_TAG + name: sorted(items, key=_dumps) if self.ordered else items}

    def _tag(self, name: str, values: Any, depth: int) -> Any:
        items = self._items(list(values), depth)
        return {_TAG + name: items} if self.tagged else items

    def _items(self, values: list[Any], depth: int) -> list[Any]:
        self.left -= len(values) + 1
        if self.left < 0:
            raise _TooLargeError
        kinds = set(map(type, values))
        if kinds <= _ATOMS:  # the common cases at the speed of C
            return values
        if kinds <= _INTS and (
            not self.tagged or -_BIG_INT < min(values) <= max(values) < _BIG_INT
        ):
            return values
        return [self.plain(part, depth) for part in values]

    def _dict(self, value: dict[Any, Any], depth: int) -> Any:
        keys, values = list(value), self._items(list(value.values()), depth)
        if all(type(key) is str for key in keys):
            if not self.tagged or not any(key.startswith(_TAG) for key in keys):
                return dict(zip(keys, values, strict=True))
        elif not self.tagged:
            names = [key if type(key) is str else self._key(key, depth) for key in keys]
            return dict(zip(names, values, strict=True))
        pairs = zip(self._items(keys, depth), values, strict=True)
        return {_TAG + "dict": [list(pair) for pair in pairs]}

    def _key(self, key: object, depth: int) -> str:
        return json.dumps(self.plain(key, depth), check_circular=False)

    def _leaf(self, value: Any, kind: type, depth: int) -> Any:
        if issubclass(kind, str):
            return str.__getitem__(value, slice(None))
        if issubclass(kind, int):
            return self._int(int.__pos__(value))
        if issubclass(kind, float):
            return float.__pos__(value)
        if self.tagged and issubclass(kind, complex):
            return {_TAG + "complex": [complex.real.__get__(value), complex.imag.__get__(value)]}
        if self.tagged and issubclass(kind, (bytes, bytearray)):
            return {_TAG + "bytes": bytes(memoryview(value)).decode("latin-1")}
        if self.tagged and kind is range and len(value) <= _RANGE_MOST:
            return {_TAG + "range": [value.start, value.stop, value.step]}
        if kind.__module__ == "numpy" and hasattr(kind, "tolist"):
            listed = value.tolist()
            if type(listed) is not kind:  # long doubles give themselves
                return self.plain(listed, depth + 1)
        return _opaque(kind.__name__)


def _opaque(name: str) -> dict[str, str]:
    return {_TAG + "opaque": _printable(str(name)[:_NAME_MOST])}


def _printable(name: str) -> str:
    """A class may be called anything, half a character too; reports are written in UTF-8."""
    return "".join(letter if letter.isprintable() else "?" for letter in name)


def decode(text: str) -> Any:
    """The value of a text that `encode` wrote.

    The text may come from a hostile program: time and memory are bounded by a multiple of its
    length, and nothing but plain data and `Opaque` comes out.

    Raises:
        ValueError: the text is not well formed, or larger than this module writes; nothing else is
            raised, whatever the text.
    """
    if len(text) > TEXT_MOST or text.count("[") + text.count("{") > 2 * PARTS_MOST:
        raise ValueError(f"a value of {len(text)} characters is too large")
    try:
        return _loads(text)
    except RecursionError:
        raise ValueError("a value nested too deeply") from None
    except (ArithmeticError, MemoryError) as error:  # a number that no float or range can hold
        raise ValueError(f"a value out of range: {error}") from None


def _untag(tagged: dict[str, Any]) -> Any:
    name = next((key for key in tagged if key.startswith(_TAG)), None)
    if name is None:
        return tagged
    content = tagged[name]
    decoder = _DECODERS.get(name[len(_TAG) :])
    if len(tagged) != 1 or decoder is None:
        raise ValueError(f"no such tag: {reprlib.repr(name)}")
    try:
        return decoder(content)
    except (TypeError, AttributeError) as error:
        raise ValueError(f"malformed {name}: {error}") from None


def _listed(content: Any) -> list[Any]:
    if type(content) is not list:
        raise TypeError("no list")
    return content


def _hashable(content: Any) -> list[Any]:
    """The elements, unless they were chosen to collide: the grader would hang on them."""
    items = _listed(content)
    refuse_collisions(items)
    return items


def refuse_collisions(items: Collection[Any]) -> None:
    """Refuse elements that were chosen to have one hash: in a set each is held against all others.

    Equal elements are no collision; more than a few different ones are no accident.

    Args:
        items: hashable.

    Raises:
        ValueError: there are too many.
        TypeError: an element has no hash.
    """
    if len(items) <= _COLLISIONS_MOST:
        return
    hashes = list(map(hash, items))
    if len(set(hashes)) == len(hashes):
        return
    crowded = {value for value, count in Counter(hashes).items() if count > _COLLISIONS_MOST}
    by_value: dict[int, list[Any]] = {value: [] for value in crowded}
    for item, value in zip(items, hashes, strict=True):
        if value in crowded and item not in by_value[value]:
            by_value[value].append(item)
            if len(by_value[value]) > _COLLISIONS_MOST:
                raise ValueError("too many elements with one hash")


def _decode_dict(content: Any) -> dict[Any, Any]:
    pairs = _listed(content)
    keys = _hashable([key for key, _ in pairs])
    return dict(zip(keys, [value for _, value in pairs], strict=True))


def _decode_int(content: Any) -> int:
    if type(content) is not str:
        raise TypeError("no text")
    return int(content, 16)


def _decode_complex(content: Any) -> complex:
    real, imaginary = _listed(content)
    return complex(float(real), float(imaginary))


def _decode_range(content: Any) -> range:
    numbers = range(*_listed(content))
    if len(numbers) > _RANGE_MOST:
        raise ValueError("too long a range")
    return numbers


def _decode_opaque(content: Any) -> Opaque:
    return Opaque(_printable(str(content)[:_NAME_MOST]))


_DECODERS = {
    "tuple": lambda content: tuple(_listed(content)),
    "set": lambda content: set(_hashable(content)),
    "frozenset": lambda content: frozenset(_hashable(content)),
    "dict": _decode_dict,
    "int": _decode_int,
    "complex": _decode_complex,
    "bytes": lambda content: content.encode("latin-1"),
    "range": _decode_range,
    "opaque": _decode_opaque,
}
_loads = json.JSONDecoder(object_hook=_untag).decode
