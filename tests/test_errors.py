"""The error tree: exit codes, messages, and that an error survives the way between processes."""

from __future__ import annotations

import copy
import inspect
import pickle
import re
from pathlib import Path

import pytest

from lcbrb import errors
from lcbrb.errors import (
    BadInputError,
    BadScoreError,
    DataUnavailableError,
    IncompleteRunError,
    LcbrbError,
    MissingExtraError,
    ModelLoadError,
    NothingLeftError,
    SetupError,
    UnansweredError,
    UnknownNameError,
    UsageError,
    in_file,
)

EXAMPLES = [
    LcbrbError("it went wrong"),
    UsageError("no such thing"),
    UnknownNameError("reward model", "lenght", ["length", "random"]),
    BadInputError("not JSON", path=Path("a.jsonl"), line=3),
    BadInputError("not JSON", path="b.json"),
    BadInputError("no pair", path="b.json", row=2),
    NothingLeftError("nothing is left", "a text"),
    SetupError("no"),
    MissingExtraError("hf", "a model"),
    DataUnavailableError("no data"),
    ModelLoadError("no model"),
    IncompleteRunError("half"),
    BadScoreError("NaN"),
    UnansweredError("two of three"),
]

TYPES = [v for v in vars(errors).values() if inspect.isclass(v) and issubclass(v, LcbrbError)]


def test_there_is_an_example_of_every_type():
    assert {type(error) for error in EXAMPLES} == set(TYPES)


def drawn_tree():
    """Name, parent, second parent and exit code of every line of the docstring's tree."""
    above, found = [], {}
    for line in errors.__doc__.splitlines():
        match = re.match(r"    ([│├└─ ]*)(\w+Error)\b(?: \((\w+)\))?(?: +(\d))?", line)
        if match:
            depth = len(match[1]) // 4
            parent = above[depth - 1] if depth else None
            above[depth:] = [match[2]]
            code = int(match[4]) if match[4] else found[parent][2] if parent in found else None
            found[match[2]] = (parent, match[3], code)
    return found


def test_the_tree_in_the_docstring_is_the_real_one():
    real = {}
    for cls in TYPES:
        parent, *others = cls.__bases__
        mine = parent.__name__ if cls is not LcbrbError else None
        drawn_code = None if cls is LcbrbError else cls.exit_code
        real[cls.__name__] = (mine, others[0].__name__ if others else None, drawn_code)
    assert drawn_tree() == real


@pytest.mark.parametrize("error", EXAMPLES, ids=lambda error: type(error).__name__)
@pytest.mark.parametrize("through", [lambda e: pickle.loads(pickle.dumps(e)), copy.copy])  # noqa: S301
def test_an_error_survives_pickling_and_copying(error, through):
    again = through(error)
    assert type(again) is type(error)
    assert str(again) == str(error)
    assert vars(again) == vars(error)
    assert again.exit_code == error.exit_code


def test_a_caller_that_knows_the_standard_errors_alone_can_catch_ours():
    assert isinstance(UnknownNameError("x", "y", []), ValueError)
    assert isinstance(MissingExtraError("hf", "a model"), ImportError)
    assert isinstance(BadScoreError("NaN"), RuntimeError)


KNOWN = ["random", "length", "likelihood", "hf"]


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("lenght", "unknown reward model 'lenght': did you mean length?"),
        ("rnd", "unknown reward model 'rnd': did you mean random?"),
        ("zzz", "unknown reward model 'zzz': known: hf, length, likelihood, random."),
        ("", "unknown reward model '': known: hf, length, likelihood, random."),
    ],
)
def test_an_unknown_name_is_answered_with_the_nearest_or_with_all(name, message):
    assert str(UnknownNameError("reward model", name, iter(KNOWN))) == message


def test_several_near_names_are_all_offered():
    message = str(UnknownNameError("option", "columns", ["column_a", "column_b", "seed"]))
    assert "column_a or column_b?" in message or "column_b or column_a?" in message


@pytest.mark.parametrize("name", ["x", "one", "none"])
def test_where_there_are_no_names_the_message_says_so_and_offers_nothing(name):
    assert str(UnknownNameError("option", name, [])) == f"unknown option '{name}': known: none."


def test_bad_input_names_the_file_and_the_line_where_there_is_one():
    with_line = BadInputError("no JSON", path=Path("a") / "b.jsonl", line=3)
    assert str(with_line) == f"{Path('a') / 'b.jsonl'}, line 3: no JSON"
    assert (with_line.path, with_line.line) == (str(Path("a") / "b.jsonl"), 3)
    assert str(BadInputError("no JSON", path="b.json")) == "b.json: no JSON"
    assert str(BadInputError("no pair", path="b.json", row=2)) == "b.json, row 2: no pair"


def test_what_is_refused_within_a_file_says_where_and_is_not_named_twice():
    inner, outer = in_file("b.jsonl", line=3), in_file("a.jsonl")
    with pytest.raises(BadInputError, match=r"^b\.jsonl, line 3: no JSON$"), outer, inner:
        raise UsageError("no JSON")
    with pytest.raises(IncompleteRunError), in_file("b.jsonl"):
        raise IncompleteRunError("not of the file")


def test_a_missing_extra_comes_with_the_command_that_brings_it():
    message = str(MissingExtraError("hf", "a model such as 'x'"))
    assert message == "a model such as 'x' needs the extra 'hf': pip install 'lcbrb[hf]'"
