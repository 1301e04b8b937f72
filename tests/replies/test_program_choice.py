"""Which of the texts in a reply is the program: dialects, stubs, samples, stray lines, odd fences."""

import pytest
from hypothesis import given, strategies as st

from lcbrb.replies.extract import Asked, solution_of
from lcbrb.replies.fences import fences, is_python
from lcbrb.replies.function_program import function_program
from lcbrb.replies.stray_lines import without_stray_lines

READS = "k = int(input())\nprint(k + 4)"
METHOD = "class Solution:\n    def four(self, k: int) -> int:\n        return k + 4"
STDIN, CALL = Asked(reads_input=True), Asked(entry_point="four")


def fenced(code, tag=""):
    return f"```{tag}\n{code}\n```\n"


BEHIND = [
    ("1\n5", ""),
    ("# 1 gives 5", "python"),
    ("assert run(1) == 5", "python"),
    ("k = 1", ""),
    ("pass", "python"),
    ("print(k + 4)", "python"),
    ("import sys", "python"),
    ("k = int(input())", "python"),
    ("python solution.py < in.txt", ""),
    ("def helper(k):\n    return k", "python"),
]


@pytest.mark.parametrize(("code", "tag"), BEHIND)
@pytest.mark.parametrize("own", ["", "python"])
def test_what_can_not_be_the_program_does_not_win_by_being_last(code, tag, own):
    reply = f"{fenced(READS, own)}Sample:\n{fenced(code, tag)}"
    assert solution_of(reply, STDIN) == READS


@pytest.mark.parametrize(
    "code",
    [
        "assert Solution().four(1) == 5",
        "# adds four",
        "Solution().four(1)",
        "class Solution:\n    def four(self, k):\n        pass",
        'class Solution:\n    def four(self, k):\n        """Adds."""\n        raise NotImplementedError',
        "class Solution:\n    def four(self, k: int) -> int:\n        ...",
    ],
)
def test_a_usage_or_stub_behind_a_method_does_not_win(code):
    assert solution_of(fenced(METHOD, "python") + fenced(code, "python"), CALL) == METHOD


@pytest.mark.parametrize("token", ["<|endoftext|>", "<|im_end|>", "</s>"])
def test_a_token_that_ends_a_turn_is_no_code_within_a_fence_either(token):
    assert solution_of(fenced(READS + token, "python"), STDIN) == READS


def test_a_list_at_the_end_of_a_fence_is_no_token():
    code = "DONE = 1\nprint(input())\nlast = [DONE]"
    assert solution_of(fenced(code, "python"), STDIN) == code


def test_a_later_attempt_wins_even_where_it_is_broken():
    broken = "k = int(input()\nprint(k + 4)"
    assert solution_of(fenced(READS, "python") + fenced(broken, "python"), STDIN) == broken
    worse = METHOD.replace("k + 4", "(k")
    assert solution_of(fenced(METHOD, "python") + fenced(worse, "python"), CALL) == worse


def test_a_sole_stub_is_a_program_and_a_wrong_one():
    text = fenced("def total(xs):\n    pass", "python")
    assert "pass" in function_program(text, "Add.", "total")


@pytest.mark.parametrize("tag", ["py3", "python2", "python3.11", "pypy3", "ipython3", "sage", "Python", "python-3"])  # fmt: skip
def test_dialects_of_python_are_python(tag):
    assert solution_of(fenced(READS, tag) + fenced("5", "text"), STDIN) == READS


@pytest.mark.parametrize("tag", ["pycon", "bash", "json", "python-traceback", "cpp", "pyramid"])
def test_other_languages_are_not(tag):
    assert not is_python(tag)


@pytest.mark.parametrize("tag", ["text", "plaintext", "code", "tool_code", "txt", "output"])
def test_a_sole_fence_of_another_tag_is_taken_where_it_is_the_program(tag):
    assert solution_of(fenced(READS, tag), STDIN) == READS
    assert solution_of(fenced(METHOD, tag), CALL) == METHOD
    assert solution_of(fenced("5", tag), STDIN) is None
    assert function_program(fenced("def total(xs):\n    return 4", tag), "Add.", "total")


@pytest.mark.parametrize(
    "rest",
    [
        "This adds four.",
        "\n### Explanation\n\nIt adds.",
        "Run:\n```bash\npython a.py\n```",
        "Sample:\n```\n1\n5\n```",
        "- reads k\n- prints",
    ],
)
@pytest.mark.parametrize(("code", "asked"), [(READS, STDIN), (METHOD, CALL)])
def test_the_prompt_may_have_opened_the_fence(code, asked, rest):
    assert solution_of(f"{code}\n```\n{rest}", asked) == code
    assert solution_of(f"\n{code}\n```\n\n{rest}", asked) == code


def test_prose_before_a_fence_is_no_program():
    assert solution_of(f"Here it is, with input() read:\n{fenced(READS)}", STDIN) == READS


@pytest.mark.parametrize(
    "head", ["[BEGIN]\n", "[PYTHON]\n", "assistant\n\n", "code\n", "[CODE] ", "Python\n", "Solution:\n"]
)  # fmt: skip
@pytest.mark.parametrize(
    "tail", ["", "\n[DONE]\n", "\n[/PYTHON]\nIt adds.", "\n[DONE]\n\nTask 2\n[BEGIN]\nx = 1"]
)
def test_lines_of_a_template_are_no_program(head, tail):
    assert solution_of(f"{head}{READS}{tail}", STDIN) == READS
    whole = "def total(xs):\n    return sum(xs)"
    assert function_program(f"{head}{whole}{tail}", "Add.", "total").strip() == whole


@pytest.mark.parametrize("token", ["<|im_end|>", "</s>", "<|eot_id|>", "[DONE]", "<|endoftext|>"])
def test_a_token_glued_to_the_last_line_is_no_code(token):
    assert solution_of(f"{READS}{token}", STDIN) == READS


def test_a_closing_fence_may_be_glued_to_the_last_line():
    assert solution_of(f"```python\n{READS}```\nSample:\n```\n5\n```", STDIN) == READS
    assert solution_of(f"```python\n{READS} ```", STDIN) == READS
    inside = "text = '''\na ```\n'''\nk = input()"
    assert solution_of(fenced(inside, "python"), STDIN) == inside
    assert [fence.closed for fence in fences("```python\nx = 1```\n")] == [True]


EXAMPLES = [
    "data = [1]\nfound = total(data)\nprint(found)",
    "args = ([1],)\nfound, other = total(*args), 1",
    "i = len([1])\nprint(i)",
    "for i in range(3):\n    print(total([i]))",
    "import sys\nsys.stdout.write(str(total([int(sys.stdin.readline())])))",
    "def main():\n    print(total(list(map(int, input().split()))))\n\nmain()",
    "if __name__ == '__main__':\n    i = input()\n    print(total(i))",
    "with open('x') as f:\n    print(total(f))",
]


@pytest.mark.parametrize("example", EXAMPLES)
def test_an_example_behind_the_function_goes_as_a_whole(example):
    text = f"def total(xs):\n    found = 0\n    for i in xs:\n        found += i\n    return found\n\n{example}\n"
    assert ran(text) == 6


@pytest.mark.parametrize(
    "filling",
    [
        "for i in range(5):\n    ADDED[i] = 0",
        "ADDED.update({0: 0})",
        "def fill():\n    ADDED[0] = 0\n\nfill()",
        "size = 3\nADDED = dict.fromkeys(range(size), 0)",
        "if True:\n    ADDED[0] = 0",
    ],
)
def test_what_fills_a_table_behind_the_function_stays(filling):
    text = f"ADDED = {{}}\ndef total(xs):\n    return sum(xs) + ADDED[0]\n{filling}\nprint(total([1]))\n"
    assert ran(text) == 6


def ran(text):
    """What the function in a reply makes of [1, 2, 3], fenced and bare."""
    results = set()
    for reply in (text, fenced(text, "python")):
        namespace = {}
        exec(function_program(reply, "Add them.", "total"), namespace)  # noqa: S102 - written above
        results.add(namespace["total"]([1, 2, 3]))
    (result,) = results
    return result


pieces = st.sampled_from(["[BEGIN]", "[/A]", "[DONE]", "\n", "code", "assistant", "x = 1", "```", "```python\n", " "])  # fmt: skip


@given(st.lists(pieces, max_size=20).map("".join))
def test_no_text_raises(text):
    assert without_stray_lines(text) in text
    for asked in (STDIN, CALL, Asked()):
        found = solution_of(text, asked)
        assert found is None or isinstance(found, str)
