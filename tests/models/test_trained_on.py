import json
import random

import pytest
import tiny
from hypothesis import given, strategies as st

from lcbrb.errors import BadInputError, LcbrbError
from lcbrb.models.trained_on import (
    TrainedOn,
    read_trained_on,
    statement_hash,
    trained_on,
    trained_problem,
    write_trained_on,
)
from lcbrb.models.weights import TRAINED_ON, Weights, fingerprint
from lcbrb.prompts.code import completing, describing, solving
from lcbrb.prompts.maths import boxed_answer, boxed_integer, boxed_measurement

STATEMENT = (
    "Given a list of numbers, print their sum.\n\n"
    "The list may be empty: then print 0. Note that `n` is at most 10.\n"
)
FUNCTION = """from typing import List


def total(numbers: List[int]) -> int:
    ''' The sum of all
    numbers, and 0 of none.
    >>> total([1, 2])
    3
    '''
"""
WORDS = st.lists(st.text(st.characters(codec="utf-8"), min_size=1, max_size=6), min_size=1)


def index(*statements):
    return TrainedOn([trained_problem(f"p{i}", "tests", text) for i, text in enumerate(statements)])


@given(words=WORDS, seed=st.integers(0, 99))
def test_white_space_and_case_change_no_hash(words, seed):
    text = " ".join(words)
    draw = random.Random(seed)
    parts = text.split()
    spread = draw.choice(["", "\n", " "]) + "".join(
        part + draw.choice([" ", "\n", "\t", "  \n\n"]) for part in parts
    )
    assert statement_hash(spread) == statement_hash(text)
    assert statement_hash(text.casefold()) == statement_hash(text)


@given(one=WORDS, other=WORDS)
def test_other_words_have_another_hash(one, other):
    a, b = " ".join(one), " ".join(other)
    if a.casefold().split() == b.casefold().split():
        assert statement_hash(a) == statement_hash(b)
    elif a.isascii() and b.isascii():
        assert statement_hash(a) != statement_hash(b)


def test_signs_tell_statements_apart():
    known = index("What is 3 + 4 * 5? Answer with a whole number.")
    assert "what is  3 + 4 * 5?\nAnswer with a whole number." in known
    assert "What is 3 - 4 * 5? Answer with a whole number." not in known
    assert "What is 34 * 5? Answer with a whole number." not in known


@pytest.mark.parametrize(
    "ask", [completing, describing, solving, boxed_answer, boxed_integer, boxed_measurement]
)
@pytest.mark.parametrize(
    "statement",
    [
        STATEMENT,
        "Write a function to add two numbers that are given as words",
        FUNCTION,
    ],
)
def test_a_statement_is_found_in_every_prompt_around_it(ask, statement):
    prompt = ask(tiny.problem(prompt=statement)).messages[-1].content
    assert statement in index("Something else that was there.", prompt)
    assert prompt != statement
    assert statement_hash(prompt) != statement_hash(statement)


def test_what_is_only_alike_or_too_short_is_not_found():
    known = index(
        "Solve this. Print the sum of all even numbers. The list is not empty.", "Add up!"
    )
    assert "Print the sum of all even numbers. The list may be empty." not in known
    assert "Print the sum." not in known
    assert "add  UP!" in known
    assert "Add" not in known
    both = index("Print the sum of all numbers.", "The list is never empty here.")
    assert "Print the sum of all numbers. The list is never empty here." not in both


@pytest.mark.parametrize("empty", ["", "  \n", "```python\n```"])
def test_an_empty_statement_is_never_found(empty):
    known = index(empty, "Something.")
    assert ("" in known, " " in known) == (False, False)


def test_what_is_written_is_read_back_and_a_problem_stands_there_once(tmp_path):
    given = [tiny.problem("a"), tiny.problem("b"), tiny.problem("again", prompt="solve  A.")]
    write_trained_on(tmp_path, given)
    lines = read_trained_on(tmp_path)
    assert [(line.id, line.source, line.total) for line in lines] == [
        ("a", "tests", 2),
        ("b", "tests", 2),
    ]
    assert lines[0].sha256 == statement_hash("Solve a.")
    assert "Solve" not in (tmp_path / TRAINED_ON).read_text()


def test_a_run_folder_is_read_as_its_model_is(tmp_path):
    assert read_trained_on(tmp_path) == []
    (tmp_path / "model").mkdir()
    write_trained_on(tmp_path / "model", [tiny.problem("a")])
    assert [line.id for line in read_trained_on(tmp_path)] == ["a"]


def test_what_a_base_saw_is_told_too(tmp_path):
    first, second, adapter = (tmp_path / name for name in ("first", "second", "adapter"))
    for folder in (first, second, adapter):
        folder.mkdir()
    base = Weights(name="first", path=str(first), revision=None)
    write_trained_on(first, [tiny.problem("a")])
    write_trained_on(second, [tiny.problem("b")], base=base)
    assert [line.id for line in read_trained_on(second)] == ["a", "b"]
    on_base = Weights(name="adapter", path=str(adapter), revision=None, base=base)
    assert [line.id for line in trained_on(on_base)] == ["a"]
    assert trained_on(Weights(name="o/n", path="o/n", revision=None)) == []


@pytest.mark.parametrize("lines", [slice(0, 0), slice(0, 2), slice(1, 3)], ids=["none", "2", "2nd"])
def test_a_file_that_lost_lines_is_refused(tmp_path, lines):
    write_trained_on(tmp_path, [tiny.problem(name) for name in "abc"])
    path = tmp_path / TRAINED_ON
    path.write_text("".join(path.read_text().splitlines(keepends=True)[lines]))
    with pytest.raises(BadInputError, match=r"trained_on\.jsonl: holds \d of .*cut off"):
        read_trained_on(tmp_path)


def test_a_file_that_gained_lines_or_holds_other_things_is_refused(tmp_path):
    path = tmp_path / TRAINED_ON
    write_trained_on(tmp_path, [tiny.problem("a")])
    text = path.read_text()
    for broken in (text + text, text[:-9], "{}\n", "[1]\n", "\x00\n", json.dumps({"id": "a"})):
        path.write_text(broken)
        with pytest.raises(LcbrbError, match=r"trained_on\.jsonl"):
            read_trained_on(tmp_path)
    path.unlink()
    path.symlink_to(tmp_path / "gone")
    with pytest.raises(LcbrbError, match=r"trained_on\.jsonl"):
        read_trained_on(tmp_path)


def test_the_file_does_not_change_which_weights_they_are(tmp_path):
    (tmp_path / "config.json").write_text("{}")
    before = fingerprint(tmp_path)
    write_trained_on(tmp_path, [tiny.problem("a")])
    assert fingerprint(tmp_path) == before
