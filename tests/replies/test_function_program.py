"""A function's program in a reply: continued, fenced, bare, with what can only fail left out."""

import ast

import pytest
import tiny
from hypothesis import given, strategies as st

from lcbrb.harness.completions import completed
from lcbrb.replies.function_program import function_program
from lcbrb.types import (
    AnswerCheck,
    CodeCheck,
    Generation,
    Prompt,
    PromptForm,
    ScriptCheck,
    StopReason,
)

PROMPT = 'from typing import List\n\n\ndef total(xs: List[int]) -> int:\n    """Their sum."""\n'
BODY = "    found = 0\n    for x in xs:\n        found += x\n    return found\n"
WHOLE = "def total(xs):\n    return sum(xs)\n"


def program(text, prompt=PROMPT):
    return function_program(text, prompt, "total")


def result(text, prompt=PROMPT):
    """What the program in the text makes of [1, 2, 3]."""
    namespace = {}
    exec(program(text, prompt), namespace)  # noqa: S102 - written below
    return namespace["total"]([1, 2, 3])


def test_a_body_continues_the_prompt():
    assert program(BODY) == PROMPT + BODY


def test_a_whole_program_after_the_prompt_is_kept_with_it():
    assert result(WHOLE) == 6


@pytest.mark.parametrize(
    "text",
    [
        f"{BODY}\n\nThat is all there is to it.",
        f"{BODY}\n\ndef other(x):\n    return (",
        f'{BODY}\n\ndef other(x):\n    """unfinished',
        f"{BODY}```\nDone.",
        f"{BODY}\n\nprint(total(input()))\n",
        f"{BODY}\n\nassert total([1]) == 2\n",
        f"{BODY}\n\nn = int(input())\nprint(total(range(n)))\n",
        f"```python\n{WHOLE}```",
        f"Here it is:\n\n```python\n{WHOLE}```\nThis adds them up.",
        f"```python\n{WHOLE}",
        f"```python\n{WHOLE}```\n\nFor example:\n\n```python\nprint(total([1]))\n```",
        f"```\n{WHOLE}```\n\n```text\n6\n```",
        f"<think>def total(xs): return 0</think>\n```python\n{WHOLE}```",
        f"The function:\n\n{WHOLE}\nIt adds them up.",
        f"```python\n{BODY}```",
        f"```python\n{WHOLE}\nprint(total(int(input())))\n```",
        f"```python\nn = int(input())\n{WHOLE}\nprint(total(n))\n```",
        "```python\ndef total(xs: List[int]):\n    return sum(xs)\n```",
        "```python\ntotal = lambda xs: sum(xs)\n```",
        "```python\ntotal = sum\n```",
        "```python\ndef total(xs):\n    return sum(xs) + zero\n\nzero = 0\n```",
    ],
)
def test_the_function_is_found_and_works(text):
    assert result(text) == 6


def test_the_last_block_that_defines_the_function_counts():
    text = "```python\ndef total(xs):\n    return 0\n```\nBetter:\n```python\n" + WHOLE + "```"
    assert result(text) == 6


def test_a_longest_prefix_ends_before_what_does_not_parse():
    assert program(BODY + "\ndef broken(:\n    pass\n") == PROMPT + BODY + "\n"


def test_helpers_tables_and_wrappers_stay():
    text = (
        "```python\nimport functools\nLIMIT = 10\n\ndef total(xs):\n    return helper(xs) + LIMIT\n"
        "\ndef helper(xs):\n    return table[0]\n\ntable = [1]\n"
        "total = functools.lru_cache(total)\nunused = 5\nprint(total)\n```"
    )
    found = program(text)
    for line in ("import functools", "LIMIT = 10", "table = [1]", "total = functools"):
        assert line in found
    assert "unused" not in found
    assert "print" not in found


def test_what_stands_before_the_function_stays_unless_it_reads_input():
    text = (
        "```python\nsquares = {}\nfor i in range(4):\n    squares[i] = i * i\nk = int(input())\n"
        "import sys\nlines = sys.stdin.readlines()\n\ndef total(xs):\n    return squares[3]\n```"
    )
    assert result(text) == 9
    assert "input" not in program(text)
    assert "stdin" not in program(text)


def test_a_prompt_in_words_is_not_continued():
    prompt = "Write a function to add numbers up."
    assert program(BODY, prompt) is None or "Write" not in program(BODY, prompt)
    assert result(f"```python\n{WHOLE}```", prompt) == 6


def test_nothing_is_found_where_nothing_is():
    assert program("") is None
    assert program("I can't do that.") is None
    assert program("<think>still thinking") is None


@given(
    st.text(max_size=300)
    | st.lists(
        st.sampled_from(
            [
                "```",
                "```python\n",
                "def total(xs):\n",
                "    return 1\n",
                "x = (\n",
                '"""',
                "\n",
                "  ",
                "\\\n",
                "\0",
            ]
        )
    ).map("".join)
)
def test_it_raises_on_no_text(text):
    found = program(text)
    assert found is None or isinstance(found, str)


def test_what_a_trimmed_program_keeps_still_parses():
    text = f"```python\n{WHOLE}\nif True:\n    print(1)\nelse:\n    print(2)\nx = 1; print(x)\n```"
    ast.parse(program(text))
    assert result(text) == 6


# ------------------------------------------------------------------------------- generations


def made(text, *, check=None, prompt=None, **fields):
    """The completion that a generation becomes."""
    check = check or CodeCheck(tests=(), entry_point=None)
    asked = prompt or Prompt(messages=(), template="t@1")
    problem = tiny.problem(check=check, prompt=PROMPT)
    return completed(problem, asked, "m", 2, Generation(text=text, **fields))


def test_a_generation_keeps_its_facts_and_is_taken_apart():
    text = "<think>Hm.</think>\n```python\nx = 1\n```"
    facts = {"stop_reason": StopReason.LENGTH, "completion_tokens": 4, "seed": 5, "latency_s": 1.0}
    found = made(text, **facts)
    assert (found.text, found.reasoning, found.solution) == (text, "Hm.", "x = 1")
    assert (found.policy_id, found.sample_index, found.problem_id) == ("m", 2, "p1")
    assert {name: getattr(found, name) for name in facts} == facts


def test_reasoning_that_came_apart_is_taken_as_it_is():
    found = made("```python\nx = 1\n```", reasoning="I thought of y = 2.")
    assert (found.reasoning, found.solution) == ("I thought of y = 2.", "x = 1")


def test_reasoning_that_came_apart_holds_no_markers_either():
    found = made("```python\nx = 1\n```", reasoning="<think>I thought of y.</think>")
    assert found.reasoning == "I thought of y."


def test_reasoning_that_never_ends_has_no_program():
    found = made("<think>\n```python\nx = 1\n```\nor", stop_reason=StopReason.LENGTH)
    assert found.solution is None
    assert found.reasoning


def test_a_base_model_goes_on_in_the_fence_that_its_prompt_opens():
    prompt = Prompt(messages=(), raw="Do it.\n```python\nclass Solution:\n", template="t@1")
    text = "    def f(self):\n        return 1\n"
    raw = made(text, prompt=prompt, form=PromptForm.RAW)
    assert raw.solution == "class Solution:\n" + text.rstrip("\n")
    assert raw.text == text
    assert raw.reasoning is None
    assert made(text, prompt=prompt, form=PromptForm.CHAT).solution != raw.solution


def test_a_base_model_goes_on_with_the_function():
    check = ScriptCheck(functions=("total",), scripts=(), reference="")
    prompt = Prompt(messages=(), raw=PROMPT, template="t@1")
    found = made(BODY, check=check, prompt=prompt, form=PromptForm.RAW)
    assert found.solution == PROMPT + BODY
    assert found.reasoning is None


def test_the_solution_of_a_maths_problem_is_its_answer():
    found = made("So it is\n\\boxed{7}.", check=AnswerCheck(gold="1"))
    assert found.solution == "7"
    assert made("```python\nx\n```", check=AnswerCheck(gold="1")).solution is None
