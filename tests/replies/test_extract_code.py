"""The code in a text: its last Python fence (`code_block`), or a bare program (`bare_code`)."""

from __future__ import annotations

import ast
import textwrap

import pytest

from lcbrb.replies.extract import bare_code, code_block

# --------------------------------------------------------------------------------------- code_block


def test_the_last_python_fence_is_the_solution() -> None:
    """LiveCodeBench's rule."""
    assert code_block("```python\na\n```\nBetter:\n```python3\nb\n```\nBye") == "b"


@pytest.mark.parametrize("other", ["output", "text", "bash", "json", "cpp", ""])
def test_a_python_fence_wins_over_later_ones_of_other_kinds(other: str) -> None:
    """An example of input or output often follows the solution."""
    assert code_block(f"```py\na\n```\n```{other}\nb\n```") == "a"


def test_an_untagged_fence_is_code_where_none_is_tagged() -> None:
    """The last one again."""
    assert code_block("```\na\n```\n```\nb\n```\n```output\nc\n```") == "b"


def test_no_fence_of_python_no_code() -> None:
    """Neither prose nor a fence of another language is code."""
    assert code_block("x = 1") is None
    assert code_block("```json\n{}\n```") is None


def test_an_unclosed_fence_is_code() -> None:
    """A truncated program is still what the model wrote."""
    assert code_block("First\n```python\nx = 1\n```\nor\n```python\ny = 2\nz") == "y = 2\nz"


def test_blank_fences_are_not_code() -> None:
    """A stray fence at the end makes LiveCodeBench extract nothing."""
    assert code_block("```python\na\n```\n```") == "a"
    assert code_block("```python\na\n```\n```python\n \n```") == "a"
    assert code_block("```\n```") is None


# ---------------------------------------------------------------------------------------- bare_code

PROGRAM = textwrap.dedent('''\
    # read, then add
    import sys


    @staticmethod
    def add(a, b):
        """Add.

    This is all there is to it.
        """
        total = sum(
    [a, b]
        )

        return total

    try:
        print(add(*map(int, sys.stdin)))
    except ValueError:
        pass''')


def test_a_text_that_is_a_program_is_taken_whole() -> None:
    """Even with multi-line strings and brackets that reach the margin."""
    assert bare_code(PROGRAM) == PROGRAM
    assert bare_code(f"\n\n{PROGRAM}\n\n") == PROGRAM


def test_prose_around_a_program_is_left_out() -> None:
    """The longest run of lines that parses."""
    before = "Here's what (I think) works.\n\nNote: this\nIdea\n\n"
    after = "\n\nThis runs in O(n), as x = 5 would.\n\nRemark: untested\nDone\n"
    assert bare_code(before + PROGRAM + after) == PROGRAM


def test_the_longest_of_several_programs_is_taken() -> None:
    """Longest in characters, the first of equals."""
    assert bare_code("x = 1\nor rather so\nx = 12\nor even\nx = 13") == "x = 12"


@pytest.mark.parametrize(
    "code",
    [
        *("def f(): pass", "async def f(): pass", "class A: pass", "import a", "from a import b"),
        *("x = 1", "x += 1", "x: int = 1", "print(1)", "for x in y:\n    print(x)"),
    ],
)
def test_statements_that_act(code: str) -> None:
    """Any of them makes a program, at any depth."""
    assert bare_code(code) == code


@pytest.mark.parametrize(
    "text", ["", "\n", "answer", "42", "'text'", "a, b", "Answer: yes", "# title", "I can't do it."]
)
def test_what_parses_but_does_not_act_is_prose(text: str) -> None:
    """A name, a number, a string, an annotation, a comment."""
    assert bare_code(text) is None


def test_a_broken_end_is_cut_off() -> None:
    """A truncated program loses the lines that do not parse."""
    assert (
        bare_code("import a\ndef f():\n    x = 1\n    y = (x,") == "import a\ndef f():\n    x = 1"
    )
    assert bare_code("try:\n    f()\nthat is all there is") is None


def test_an_odd_escape_in_a_program_is_no_warning() -> None:
    """The suite turns warnings into errors, and those would be syntax errors here."""
    assert bare_code('x = "\\d"') == 'x = "\\d"'


def test_what_the_parser_refuses_for_other_reasons_is_cut_off() -> None:
    """Null bytes, lone surrogates and deep nesting raise no SyntaxError."""
    assert bare_code("x = 1\n\0") == "x = 1"
    assert bare_code("x = 1\n'\ud800'") == "x = 1"
    assert bare_code("x = 1\nx = " + "-" * 10_000 + "1") == "x = 1"


def test_the_parser_gets_a_bounded_amount_of_text(monkeypatch: pytest.MonkeyPatch) -> None:
    """At most the budget and one try more, whatever the text."""
    parsed: list[int] = []

    def parse(source: str) -> ast.Module:
        parsed.append(len(source) + 200)
        raise SyntaxError

    with monkeypatch.context() as patch:  # pytest itself parses, to show a failure
        patch.setattr(ast, "parse", parse)
        found = bare_code("x = 1\n" * 20_000)
    assert found is None
    assert 0 < sum(parsed) < 2_000_000 + 120_200


def test_a_program_is_parsed_once_and_not_line_by_line() -> None:
    """Or a long one would use up the budget before a longer one further down."""
    line = f"x = '{'a' * 2000}'\n"
    text = line * 100 + "That was short.\n" + line * 120
    assert bare_code(text) == (line * 120).rstrip()
