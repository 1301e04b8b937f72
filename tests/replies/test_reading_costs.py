"""No reply costs minutes: parsing has a budget, and every other reader takes linear time."""

from __future__ import annotations

import time

import pytest

from lcbrb.judges.judgements import comparison, score
from lcbrb.judges.templates import Mode, defused, load_template
from lcbrb.policies.rendering import OPENED
from lcbrb.replies import parsing
from lcbrb.replies.boxes import all_boxed, boxed, without_boxes
from lcbrb.replies.extract import bare_code, code_block
from lcbrb.replies.final_answer import final_answer, never_ends
from lcbrb.replies.function_program import function_program
from lcbrb.replies.marks import without_marks
from lcbrb.replies.parsing import Parses, lines_of
from lcbrb.replies.reasoning import reasoning_of

pytestmark = pytest.mark.slow

PROMPT = 'from typing import List\n\n\ndef total(xs: List[int]) -> int:\n    """Their sum."""\n'
BODY = "    return sum(xs)\n"
BUDGET = Parses().left


@pytest.fixture
def read(monkeypatch):
    """How many characters went to the parser, each time."""
    sources = []

    def parsed(source, real=parsing.parsed):
        sources.append(len(source))
        return real(source)

    monkeypatch.setattr(parsing, "parsed", parsed)
    return sources


LINES = {
    "decorators": "    @a\n",
    "comments": "    # a\n",
    "comments under a def": "    # a\n    def f():\n",
    "headers": "    if a:\n",
    "tries": "    try:\n        a\n",
    "brackets": "    a = (\n",
    "closed brackets": "    a = (1\n    )\n",
    "backslashes": "    a = \\\n",
    "strings": "    a = '''\n",
    "prose": "    It is so.\n",
    "prose and code": "    It is (so\n    a = 1\n",
    "null bytes": "    a = 1\0\n",
    "surrogates": "    a = '\ud800'\n",
    "tabs": "\ta = 1\n        b = 2\n",
    "dedents": "      a = 1\n     a = 1\n    a = 1\n",
    "form feeds": "    a = 1\x0c\u2028\n",
    "calls": "print(1)\n",
    "functions": "def total(xs):\n",
    "fences": "```python\n    @a\n```\n",
    "fences of functions": "```python\ndef total(xs):\n```\n",
}
ONE_LINE = {
    "open parentheses": "(",
    "open brackets of all kinds": "([{",
    "calls": "f(",
    "a long string": "a",
    "minus signs": "-",
    "a sum": "1+",
    "attributes": "a.",
    "lambdas": "lambda:",
    "null bytes": "\0",
    "statements": "a;",
    "spaces": " ",
}


@pytest.mark.parametrize("name", LINES)
def test_a_prompt_that_is_continued_line_by_line_costs_its_budget_at_most(name, read):
    text = BODY + LINES[name] * (30_000 // len(LINES[name]))
    found = function_program(text, PROMPT, "total")
    assert found is None or isinstance(found, str)
    assert len(read) <= 100
    assert sum(read) <= 2 * BUDGET


def test_a_hundred_thousand_decorators_cost_few_tries(read):
    text = BODY + "@a\n" * 100_000
    assert function_program(text, PROMPT, "total").rstrip() == (PROMPT + BODY).rstrip()
    assert len(read) < 20


def test_lines_that_fail_at_their_end_only_cost_few_tries(read):
    """A decorator over two lines may end where any line does."""
    kept, tree = Parses(left=10**9).longest(["@a(\n", "1)\n"] * 1_000)
    assert not kept
    assert tree is None
    assert len(read) < 40


@pytest.mark.parametrize("line", ["@a\n", "@a(\n1)\n"])
def test_code_that_begins_at_every_line_costs_its_budget_at_most(line, read):
    text = line * (9_000 // len(line))
    assert bare_code(text) is None
    assert sum(read) <= 2 * BUDGET


@pytest.mark.parametrize("name", ONE_LINE)
@pytest.mark.parametrize("where", ["    x = {}", "```python\n{}\n```"])
def test_a_megabyte_on_one_line_is_read(name, where, read):
    unit = ONE_LINE[name]
    text = BODY + where.format(unit * (1_000_000 // len(unit)))
    assert function_program(text, PROMPT, "total") is not None
    assert max(read, default=0) <= Parses().most


def test_a_program_too_long_to_be_parsed_is_read_by_the_plain_rule(read):
    code = f"def total(xs):\n    return 0\nx = '{'a' * 300_000}'\n"
    assert function_program(f"```python\n{code}```", PROMPT, "total") == code.rstrip("\n")


def test_a_budget_that_is_spent_parses_nothing(read):
    spent = Parses(left=0)
    assert spent.tree("x = 1") is None
    assert spent.longest(["x = 1\n"]) == ([], None)
    assert bare_code("x = 1", spent) is None
    assert not read


@pytest.mark.parametrize(
    ("source", "sound"),
    [
        ("a = 1\nb c\nd = 1\n", 1),
        ("a = 1\nb = '''\nd = 1\n", 1),
        ("a = 1\nb = 1\0\nd = 1\n", 1),
        ("a = 1\nb = '\ud800'\nd = 1\n", 1),
        ("a = 1\nb = (\nd\n", 1),
        ("a = 1\n@b\n", 1),
        ("-" * 20_000 + "1\n", 0),
    ],
)
def test_a_try_says_how_many_lines_are_sound(source, sound):
    found = Parses().attempt(lines_of(source))
    assert (found.tree, found.sound) == (None, sound)


def test_as_many_lines_as_parse_are_kept():
    lines = ["a = 1\n", "\n", "if a:\n", "    b = 2\n", "# and so on\n", "for c in a:\n", "# no\n"]
    kept, tree = Parses().longest(lines)
    assert kept == lines[:4]
    assert len(tree.body) == 2


def test_lines_are_the_parsers():
    assert lines_of("a\x0cb\u2028c\rd\r\ne\n\nf") == ["a\x0cb\u2028c\r", "d\r\n", "e\n", "\n", "f"]
    code = "mark = '\u2028'\ndef total(xs):\n    return sum(xs)\nprint(total([]))\n"
    kept = "mark = '\u2028'\ndef total(xs):\n    return sum(xs)"
    assert function_program(f"```python\n{code}```", PROMPT, "total").endswith(kept + "\n")


# --------------------------------------------------------------------------------- linear readers

RUBRIC = load_template("reasoning", Mode.PAIRWISE)
READERS = {
    "code_block": code_block,
    "final_answer": final_answer,
    "never_ends": never_ends,
    "reasoning_of": reasoning_of,
    "without_marks": without_marks,
    "boxed": boxed,
    "all_boxed": all_boxed,
    "without_boxes": without_boxes,
    "comparison": comparison(RUBRIC),
    "score": score("Score", 0, 10),
    "defused": defused,
    "opened by a prompt": OPENED.search,
}
UNITS = [
    *("\\boxed{", "\\boxed{1} and ", "answer is ", "the answer to ", "final answer\n", "- a: b\n"),
    *("#### ", "$a$ and ", "Verdict: A\n", "> * # ", "Score: 7 ", "not ", "<|channel|>final"),
    *("<|start|>assistant ", "</s>", "<|im_end|>\n", "`<think>` ", "[THINK]", "<think>\n</think>"),
    *(
        "```</think>```python\n",
        "\u25c1think\u25b7",
        "print(1)\n",
        "<output>",
        " ",
        "\t",
        "x y (\n",
    ),
]
MOST_S = 12  # of CPU time; what is linear takes less than two


@pytest.mark.parametrize("unit", UNITS)
def test_every_reader_is_quick_on_a_long_text_of_one_kind(unit):
    for head in ("", "Verdict: A ") if unit in {" ", "not "} else ("",):
        text = head + unit * (200_000 // len(unit))
        began = time.process_time()
        for reader in READERS.values():
            reader(text)
        assert time.process_time() - began < MOST_S


def test_a_line_of_boxes_is_quick():
    began = time.process_time()
    assert final_answer("\\boxed{1}, " * 130_000) == "1"
    assert time.process_time() - began < MOST_S


def test_a_hundred_thousand_statements_behind_the_function_are_left_out():
    code = "def total(xs):\n    return 1\n"
    began = time.process_time()
    assert function_program(f"```python\n{code}{'a;' * 100_000}a\n```", PROMPT, "total") == (
        f"from typing import List\n{code}"
    )
    assert time.process_time() - began < MOST_S
