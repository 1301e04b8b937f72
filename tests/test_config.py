"""Options to dataclasses: strings become what the field is; anything else is refused by name."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import pytest
from hypothesis import given, strategies as st

from lcbrb.config import build
from lcbrb.errors import UnknownNameError, UsageError
from lcbrb.numerals import is_plain_number


class Pooling(StrEnum):
    LAST = "last"
    MEAN = "mean"


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    column: str
    seed: int = 0
    share: float = 0.5
    strict: bool = False
    limit: int | None = None
    pooling: Pooling = Pooling.LAST
    folder: Path = Path()


@dataclass(frozen=True)
class NoOptions:
    pass


@dataclass(frozen=True, kw_only=True)
class Window:
    first: int = 0
    last: int = 9

    def __post_init__(self):
        if self.first > self.last:
            raise ValueError("first is after last")


def test_strings_become_what_the_fields_are():
    given = {
        "column": "7",
        "seed": "512",
        "share": "0.25",
        "strict": "true",
        "limit": "3",
        "pooling": "mean",
        "folder": "a/b",
    }
    expected = Options(
        column="7",
        seed=512,
        share=0.25,
        strict=True,
        limit=3,
        pooling=Pooling.MEAN,
        folder=Path("a/b"),
    )
    built = build(Options, given, "x")
    assert built == expected
    assert isinstance(built.pooling, Pooling)


def test_values_that_fit_already_and_defaults_are_kept():
    assert build(Options, {"column": "c", "seed": 3}, "x") == Options(column="c", seed=3)
    assert build(NoOptions, {}, "x") == NoOptions()


def test_the_callers_table_is_left_alone():
    given = {"column": "c", "seed": "3"}
    build(Options, given, "x")
    assert given == {"column": "c", "seed": "3"}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("seed", "many"),
        ("seed", "1.5"),
        ("seed", ""),
        ("share", "half"),
        ("strict", "perhaps"),
        ("limit", "none"),
        ("pooling", "max"),
        ("column", 7),
        ("column", None),
    ],
)
def test_a_value_that_does_not_fit_is_refused_by_the_options_name(name, value):
    with pytest.raises(UsageError, match=f"^option '{name}.*' of random: Input should be"):
        build(Options, {"column": "c", name: value}, "random")


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("seed", "1_000", "did you mean 1000"),
        ("limit", " 5", "did you mean 5"),
        ("share", "0.2_5", "did you mean 0.25"),
        ("share", "nan", "number$"),
    ],
)
def test_a_number_that_only_a_program_takes_for_one_is_refused(name, value, said):
    with pytest.raises(
        UsageError, match=rf"^option '{name}' of x: '{value}' is not a plain.*{said}"
    ):
        build(Options, {"column": "c", name: value}, "x")


@given(st.integers() | st.floats(allow_nan=False, allow_infinity=False))
def test_every_number_as_python_writes_it_is_plain(number):
    assert is_plain_number(str(number))
    assert not is_plain_number(f"{number}_0")


def test_an_unknown_option_is_answered_with_the_nearest():
    with pytest.raises(UnknownNameError, match=r"option of random 'sede': did you mean seed\?"):
        build(Options, {"column": "c", "sede": "3"}, "random")


def test_what_has_no_options_says_so():
    with pytest.raises(UnknownNameError, match=r"unknown option of length 'one': known: none\."):
        build(NoOptions, {"one": "1"}, "length")


def test_a_missing_option_is_named():
    with pytest.raises(UsageError, match=r"^option 'column' of random: .*[Rr]equired"):
        build(Options, {}, "random")


def test_options_that_do_not_go_together_are_refused_in_the_classes_own_words():
    with pytest.raises(UsageError, match=r"^options of x: .*first is after last"):
        build(Window, {"first": "5", "last": "3"}, "x")


def test_what_a_class_refuses_is_told_in_its_own_words():
    @dataclass(frozen=True)
    class Pair:
        low: int = 0
        high: int = 1

        def __post_init__(self):
            if self.low > self.high:
                raise UsageError("low is above high")

    with pytest.raises(UsageError, match=r"^options of x: low is above high$"):
        build(Pair, {"low": "2"}, "x")
