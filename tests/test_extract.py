"""What `lcbrb.extract` finds in replies, rule by rule, and what no reply may do to it."""

from __future__ import annotations

import ast
import re
import textwrap

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from lcbrb.extract import (
    Split,
    all_boxed,
    bare_code,
    boxed,
    code_block,
    fences,
    prose_reasoning,
    reasoning_of,
    solution_of,
    split_reply,
)

TEXT_FUNCTIONS = [
    *(fences, code_block, bare_code, split_reply, prose_reasoning, reasoning_of, solution_of),
    *(boxed, all_boxed),
]

# Texts made of what the functions look for, so that random ones reach every branch.
PIECES = [
    *(
        "```",
        "````",
        "~~~",
        "`",
        "python",
        "py",
        "text",
        " ",
        "    ",
        "\t",
        "\n",
        "\r\n",
        "- ",
        "1. ",
    ),
    *("<think>", "</think>", "<THINKING>", "</reasoning>", "<answer>", "</answer>", "'", '"'),
    *(
        "x = 1",
        "def f():",
        "return 1",
        "print(x)",
        "Prose here",
        "Note: this",
        "(",
        ")",
        '"""',
        "#",
    ),
    *("\\boxed", "\\fbox", "{", "}", "\\{", "\\}", "\\", "5", "$", "\0", "é", "\u2028", "\x0c"),
]
soup = st.lists(st.sampled_from(PIECES), max_size=40).map("".join)
any_text = st.one_of(st.text(), soup)


def found(text: str) -> list[tuple[str, str, bool]]:
    """Language, code and closedness of the fences in a text."""
    return [(fence.language, fence.code, fence.closed) for fence in fences(text)]


# -------------------------------------------------------------------------------------- fences


def test_fence_and_its_offsets() -> None:
    """The offsets span the block from its first fence character to its last."""
    text = "Before\n```python\nx = 1\n\ny = 2\n```  \nAfter\n"
    (fence,) = fences(text)
    assert (fence.language, fence.code, fence.closed) == ("python", "x = 1\n\ny = 2", True)
    assert text[fence.start : fence.end] == "```python\nx = 1\n\ny = 2\n```"


@pytest.mark.parametrize(
    ("info", "language"),
    [
        ("", ""),
        ("   ", ""),
        ("Python3", "python3"),
        ("py", "py"),
        (" python", "python"),
        ('python title="a b"', "python"),
        ("python:solve.py", "python"),
        ("python,linenos", "python"),
        ("{.python .numbered}", "python"),
        ("c++", "c++"),
        ("objective-c", "objective-c"),
    ],
)
def test_language_is_the_first_word_of_the_info_string(info: str, language: str) -> None:
    """Attributes after the word, and Pandoc's braces around it, are no part of it."""
    assert found(f"```{info}\ncode\n```") == [(language, "code", True)]


@pytest.mark.parametrize("ends", ["\n", "\r\n", "\r"])
def test_line_ends_of_all_systems_are_understood(ends: str) -> None:
    """The code has line feeds whatever the reply has."""
    assert found(ends.join(["```py", "a", "b", "```", "end"])) == [("py", "a\nb", True)]


def test_a_form_feed_or_line_separator_is_no_line_end() -> None:
    """`str.splitlines` would break a string literal here."""
    assert found("```\na\x0cb\u2028c\n```") == [("", "a\x0cb\u2028c", True)]


def test_tildes_and_backticks_do_not_close_each_other() -> None:
    """The closing fence has the character of the opening one."""
    assert found("~~~python\na\n```\nb\n~~~") == [("python", "a\n```\nb", True)]
    assert found("```\na\n~~~\nb\n```") == [("", "a\n~~~\nb", True)]


def test_a_longer_fence_holds_shorter_ones() -> None:
    """The closing fence is at least as long as the opening one."""
    inner = "```python\nx\n```"
    assert found(f"````markdown\n{inner}\n````") == [("markdown", inner, True)]
    assert found("```\nx\n`````") == [("", "x", True)]


def test_a_closing_fence_has_nothing_but_spaces_after_it() -> None:
    """A closing fence followed by text, or glued to the code, does not close."""
    assert found("```\na\n``` \t\nb") == [("", "a", True)]
    assert found("```\na\n~~~ b\n```") == [("", "a\n~~~ b", True)]
    assert found("```\na```\nb\n```") == [("", "a```\nb", True)]


def test_an_unclosed_fence_runs_to_the_end() -> None:
    """This is where LiveCodeBench finds nothing, or the prose between two fences."""
    assert found("Text\n```python\nx = 1\n") == [("python", "x = 1", False)]
    assert found("```") == [("", "", False)]


def test_backticks_in_the_info_string_mean_inline_code() -> None:
    """CommonMark: this is a span of code, and no fence; tildes have no such rule."""
    assert found("```print(1)```\nx\n```a`b\n") == []
    assert found("~~~ a`b\nx\n~~~") == [("a`b", "x", True)]


def test_an_opening_fence_may_follow_text() -> None:
    """Common in replies; the text before it stays outside of the block."""
    text = "Here is the code: ```python\nx = 1\n```\n"
    (fence,) = fences(text)
    assert (fence.language, fence.code) == ("python", "x = 1")
    assert text[: fence.start] == "Here is the code: "


@pytest.mark.parametrize(
    "line",
    ["Use ```", "Use ```a b", "Use ```a``` or ```python", "Use ``x`` ```f()", "Use ~~~python"],
)
def test_text_before_a_fence_needs_one_word_after_it(line: str) -> None:
    """Anything else on such a line is far more often inline code."""
    assert found(f"{line}\nx\n") == []


def test_an_indented_fence_dedents_its_code() -> None:
    """Up to three spaces by CommonMark, more in list items; less indented lines lose what they have."""
    assert found("   ```py\n   if x:\n     y\n z\n   ```") == [("py", "if x:\n  y\nz", True)]
    assert found("1. Do:\n     ```py\n     if x:\n         y\n     ```") == [
        ("py", "if x:\n    y", True)
    ]
    assert found("\t```py\n\tif x:\n\t\ty\n\t```") == [("py", "if x:\n    y", True)]


@pytest.mark.parametrize("marker", ["- ", "* ", "+ ", "1. ", "10) "])
def test_a_fence_may_follow_a_list_marker(marker: str) -> None:
    """The marker counts as indentation."""
    pad = " " * len(marker)
    text = f"{marker}```python\n{pad}if x:\n{pad}    y\n{pad}```"
    assert found(text) == [("python", "if x:\n    y", True)]


def test_code_that_is_not_indented_with_its_fence_is_left_alone() -> None:
    """By the letter of CommonMark the body would lose its indentation."""
    code = "def f():\n    return 1"
    assert found(f"    ```python\n{code}\n    ```") == [("python", code, True)]
    assert found(f"- ```python\n{code}\n```") == [("python", code, True)]


def test_a_fence_line_indented_far_deeper_does_not_close() -> None:
    """Markdown within a docstring is code."""
    code = 'def f():\n    """Like this:\n\n    ```python\n    f()\n    ```\n    """'
    assert found(f"```python\n{code}\n```") == [("python", code, True)]


def test_a_fence_that_opens_within_another_ends_it() -> None:
    """A doubled opening line (o1-mini writes it) or a forgotten closing one."""
    assert found("```python\n```python\nx\n```") == [("python", "", False), ("python", "x", True)]
    text = "```python\na\nWait, no.\n```python\nb\n```"
    first, second = fences(text)
    assert (first.code, first.closed, second.code) == ("a\nWait, no.", False, "b")
    assert text[second.start : second.end] == "```python\nb\n```"


def test_reasoning_tags_around_fences() -> None:
    """A tag may be glued to a fence, and a line of tags ends a fence that was left open."""
    assert found("<answer>```python\nx\n```</answer>") == [("python", "x", True)]
    assert found("</think> <answer>```\nx\n```") == [("", "x", True)]
    assert found("```\nx\n</think>\n```\ny\n```") == [("", "x", False), ("", "y", True)]


def test_block_quotes_are_not_looked_into() -> None:
    """Their lines carry a mark that is no code."""
    assert found("> ```\n> x\n> ```\n") == []


# ---------------------------------------------------------------------------------- code_block


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


# ----------------------------------------------------------------------------------- bare_code

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

    monkeypatch.setattr(ast, "parse", parse)
    assert bare_code("x = 1\n" * 20_000) is None
    assert sum(parsed) < 2_000_000 + 120_200


def test_a_program_is_parsed_once_and_not_line_by_line() -> None:
    """Or a long one would use up the budget before a longer one further down."""
    line = f"x = '{'a' * 2000}'\n"
    text = line * 100 + "That was short.\n" + line * 120
    assert bare_code(text) == (line * 120).rstrip()


# ---------------------------------------------------------------------------------- split_reply


def test_a_well_formed_reply() -> None:
    """P-GRPO's format: whitespace is allowed around the two parts only."""
    reply = " <think>\nr\n</think>\n\n<answer> a </answer>\n"
    assert split_reply(reply) == Split(reasoning="\nr\n", answer=" a ", well_formed=True)


@pytest.mark.parametrize(
    "reply",
    [
        "a",
        "<think>r</think>a",
        "r</think><answer>a</answer>",
        "<think>r</think><answer>a",
        "Hm <think>r</think><answer>a</answer>",
        "<think>r</think> so <answer>a</answer>",
        "<think>r</think><answer>a</answer> bye",
        "<THINK>r</THINK><answer>a</answer>",
        "<reasoning>r</reasoning><answer>a</answer>",
        "<think>r</think><think>s</think><answer>a</answer>",
        "<think>r</think><answer>a</answer><answer>b</answer>",
        "<think>r `<think>`</think><answer>a</answer>",
        "<answer>a</answer><think>r</think>",
    ],
)
def test_replies_that_are_not_well_formed(reply: str) -> None:
    """Each tag once, in order, nothing else."""
    assert not split_reply(reply).well_formed


def parts(reply: str) -> tuple[str | None, str | None]:
    """Reasoning and answer of a reply."""
    split = split_reply(reply)
    return split.reasoning, split.answer


def test_without_tags_all_is_answer() -> None:
    """None is not an empty reasoning."""
    assert parts("a") == (None, "a")
    assert parts("<think></think>a") == ("", "a")


@pytest.mark.parametrize("name", ["think", "thinking", "reasoning", "Think", "THINK"])
def test_names_of_the_reasoning_tag(name: str) -> None:
    """All that models use, in any case."""
    assert parts(f"<{name}>r</{name}>a") == ("r", "a")


def test_a_closing_tag_alone() -> None:
    """DeepSeek-R1's chat template puts the opening tag into the prompt."""
    assert parts("r\n</think>\na") == ("r\n", "\na")


def test_reasoning_that_never_ends() -> None:
    """Truncated: there is no answer, not even after a fence."""
    assert parts("<think>r\n```python\nx = 1\n```\n") == ("r\n```python\nx = 1\n```\n", None)
    assert parts("<think>r <answer>a</answer>") == ("r <answer>a</answer>", None)


def test_an_unclosed_opening_tag_amid_a_line_is_text() -> None:
    """A reply that mentions the tag keeps its answer."""
    assert parts("I use <think> here: x") == (None, "I use <think> here: x")
    assert parts("Write an <answer> tag. x") == (None, "Write an <answer> tag. x")


def test_answer_tags() -> None:
    """What stands between them is the answer; an unclosed one runs to the end."""
    assert parts("<think>r</think> So: <answer>a</answer> Bye") == ("r", "a")
    assert parts("<think>r</think>\n<answer>a") == ("r", "a")
    assert parts("r\n<answer>a</answer>") == ("r\n", "a")
    assert parts("<answer>a") == ("", "a")


def test_two_answers_are_one_text() -> None:
    """Nothing of them is lost; the last code or box in it is the one that counts."""
    assert parts("<answer>a</answer><answer>b</answer>") == ("", "a</answer><answer>b")


def test_repeated_reasoning_is_all_reasoning() -> None:
    """The last closing tag before the answer ends it: an earlier one would leak the rest."""
    assert parts("<think>r</think> s <think>t</think>a") == ("r</think> s <think>t", "a")
    repeated = "<think>r</think><think>s</think><answer>a</answer>"
    assert parts(repeated) == ("r</think><think>s", "a")


def test_nested_reasoning() -> None:
    """A quotation of the format, within the reasoning or within the answer, is not the format."""
    quoted = "<think>x</think><answer>y</answer>"
    assert parts(f"<think>r {quoted} s</think><answer>a</answer>") == (f"r {quoted} s", "a")
    assert parts(f"<think>r</think><answer>a {quoted} b</answer>") == ("r", f"a {quoted} b")
    lone = "<think>I close with </think> soon</think><answer>a</answer>"
    assert parts(lone) == ("I close with </think> soon", "a")
    assert parts("<think>A <think> too</think><answer>a</answer>") == ("A <think> too", "a")


def test_text_before_the_opening_tag_is_not_lost() -> None:
    """It leads the reasoning."""
    assert parts("Hm. <think>r</think>a") == ("Hm. r", "a")
    assert parts("Hm.\n<think>r") == ("Hm.\nr", None)


@pytest.mark.parametrize("quote", ["`", "'", '"'])
def test_a_tag_in_quotes_is_text(quote: str) -> None:
    """The same mark on both sides; a quotation that merely ends at the tag is none."""
    mention = f"{quote}</think>{quote}"
    assert parts(f"<think>r</think>a {mention} b") == ("r", f"a {mention} b")
    assert parts(f"<think>{quote}r{quote}</think>a") == (f"{quote}r{quote}", "a")


def test_a_tag_in_a_fence_is_text() -> None:
    """A program that handles the tags keeps its lines."""
    code = '```python\nend = s.find("x</think>")\n```'
    assert parts(f"<think>r</think>{code}") == ("r", code)
    assert parts(code) == (None, code)


def test_a_fence_left_open_in_the_reasoning_does_not_hide_its_end() -> None:
    """Neither where the tag stands on a line of its own nor where it does not."""
    assert parts("<think>\n```py\nx\n</think>\na") == ("\n```py\nx\n", "\na")
    assert parts("<think>\n```py\nx, done.</think>\na") == ("\n```py\nx, done.", "\na")
    fenced = "r</think><answer>```python\nx\n```</answer>"
    assert parts(fenced) == ("r", "```python\nx\n```")


# ------------------------------------------------------------------- reasoning and solution


def test_prose_reasoning_is_what_is_outside_the_fences() -> None:
    """Headings stay, and the pieces are joined by a blank line."""
    text = "# Idea\n\nAdd.\n```python\nx\n```\n\n\nIt is fast.\n~~~\ny\n~~~\n"
    assert prose_reasoning(text) == "# Idea\n\nAdd.\n\nIt is fast."


@pytest.mark.parametrize("text", ["", " \n", "```python\nx\n```", "\n```\nx\n```\n\n~~~\ny"])
def test_no_prose_no_reasoning(text: str) -> None:
    """Only whitespace, or only code."""
    assert prose_reasoning(text) is None


def test_reasoning_of_prefers_tags() -> None:
    """With tags the prose of the answer is no reasoning, even if there is no other."""
    assert reasoning_of("<think> r </think>Prose\n```\nx\n```") == "r"
    assert reasoning_of("<think> </think>Prose") is None
    assert reasoning_of("<think></think>Prose") is None
    assert reasoning_of("<think>r") == "r"
    assert reasoning_of("Prose\n```\nx\n```") == "Prose"


def test_solution_of_searches_the_answer_only() -> None:
    """Code in the reasoning is a draft."""
    draft, final = "```python\ndraft = 1\n```", "```python\nfinal = 1\n```"
    assert solution_of(f"<think>\n{draft}\n</think>\n{final}") == "final = 1"
    assert solution_of(f"{draft}\n</think><answer>{final}</answer>") == "final = 1"
    assert solution_of(f"<think>\n{draft}\n</think>\nI give up.") is None
    assert solution_of(f"<think>\n{draft}\n") is None
    assert solution_of(f"<think>r</think>\n{draft}\n<answer>\n{final}\n</answer>") == "final = 1"


def test_solution_of_without_a_fence() -> None:
    """Bare code in the answer will do, other languages' fences will not."""
    assert solution_of("<think>r</think><answer>x = 1\n</answer>") == "x = 1"
    assert solution_of("So:\n\nx = input()\nprint(x)\n\nDone.") == "x = input()\nprint(x)"
    assert solution_of("Run it:\n```text\nx = 1\n```\n") is None
    assert solution_of("It can't be done.") is None


def test_solution_of_a_closing_fence_glued_to_prose() -> None:
    """The fence that looks like an opening one holds nothing; the code before it is found."""
    assert (
        solution_of("Here is the code: ```\nx = input()\nprint(x)\n```\n")
        == "x = input()\nprint(x)"
    )


# ---------------------------------------------------------------------------------------- boxes


@pytest.mark.parametrize(
    ("text", "content"),
    [
        (r"So $\boxed{5}$.", "5"),
        (r"\boxed{1} and \boxed{2}", "2"),
        (r"\fbox{5}", "5"),
        (r"\boxed {5}", "5"),
        ("\\boxed\n{ 5 }", "5"),
        (r"\boxed{\frac{1}{2}}", r"\frac{1}{2}"),
        (r"\boxed{\{1, 2\}}", r"\{1, 2\}"),
        (r"\boxed{\left\{ x \right.}", r"\left\{ x \right."),
        (r"\boxed{1 \\{2}}", r"1 \\{2}"),
        (r"{ \boxed{5} and } {", "5"),
        (r"\boxed 5", "5"),
        (r"\boxed5.", "5"),
        (r"\boxed -1.5$", "-1.5"),
        (r"\boxed 3/4", "3/4"),
        (r"\boxed B.", "B"),
        (r"\boxed{}", ""),
        (r"\boxed{5}. I used \boxed.", "5"),
        (r"\boxed{5} as in \boxedsize{6}", "5"),
        (r"\boxed{5} shows in \boxed there", "5"),
    ],
)
def test_the_last_box(text: str, content: str) -> None:
    """Balanced braces; without braces, a number or a single letter."""
    assert boxed(text) == content


@pytest.mark.parametrize(
    "text", ["", "5", r"\boxed", r"\boxed{5", r"\boxed{\frac{1}{2}", r"\box{5}"]
)
def test_no_box(text: str) -> None:
    """No command, or none that is complete."""
    assert boxed(text) is None
    assert all_boxed(text) == []


@pytest.mark.parametrize("cut", [r"\boxed{7", r"\boxed{\frac{7}", r"\boxed ", r"\fbox"])
def test_a_box_that_is_cut_off_is_not_replaced_by_an_earlier_one(cut: str) -> None:
    """The model was about to say something else."""
    assert boxed(rf"\boxed{{5}}, no, {cut}") is None
    assert all_boxed(rf"\boxed{{5}}, no, {cut}") == ["5"]


def test_a_complete_box_after_an_unclosed_one_counts() -> None:
    """A brace forgotten early on costs that box alone."""
    assert boxed(r"\boxed{5 and then \boxed{7}") == "7"


def test_nested_boxes_are_one() -> None:
    """The outer one."""
    text = r"\boxed{1} \boxed{a \boxed{2} \fbox 3}"
    assert boxed(text) == r"a \boxed{2} \fbox 3"
    assert all_boxed(text) == ["1", r"a \boxed{2} \fbox 3"]


# ----------------------------------------------------------------------------------- properties


@given(any_text)
def test_no_text_raises(text: str) -> None:
    """Replies are a model's, and models write anything."""
    for function in TEXT_FUNCTIONS:
        function(text)


def test_a_lone_surrogate_does_not_raise() -> None:
    """Decoders leave them behind; Hypothesis leaves them out."""
    for function in TEXT_FUNCTIONS:
        function("\ud800 x = '\udfff'\n```\n\ud800")


@given(any_text, st.sampled_from(["```", "````", "~~~"]), any_text)
def test_a_fenced_code_comes_back(code: str, mark: str, info: str) -> None:
    """Whatever is between the fence lines, unless it holds fences or lines of tags."""
    assume("\r" not in code)
    assume(not re.search(r"(?m)^\s*([-*+]|\d+[.)])?\s*(```|~~~|<)", code))
    language = "python" if info.isspace() else ""
    assert found(f"Text\n{mark}{language}\n{code}\n{mark}\nText") == [(language, code, True)]


@given(any_text)
def test_a_fence_long_enough_holds_any_text(code: str) -> None:
    """One character longer than the longest run in it."""
    assume("\r" not in code and not re.search(r"(?m)^\s*<", code))
    mark = "`" * max(3, 1 + max(map(len, re.findall("`+", code)), default=0))
    assert found(f"{mark}\n{code}\n{mark}") == [("", code, True)]


@given(any_text)
def test_fences_lie_apart_and_in_order(text: str) -> None:
    """Each starts at a fence character, behind the one before it."""
    end = 0
    for fence in fences(text):
        assert end <= fence.start < fence.end <= len(text)
        assert text[fence.start : fence.start + 3] in {"```", "~~~"}
        end = fence.end


def without_tags(text: str) -> str:
    """The text with no reasoning tag left, not even one that a removal makes."""
    tag = re.compile(r"(?i)</?(think|thinking|reasoning|answer)>")
    while tag.search(text):
        text = tag.sub("", text)
    return text


@given(any_text.map(without_tags), any_text.map(without_tags))
def test_the_parts_of_a_well_formed_reply_come_back(reasoning: str, answer: str) -> None:
    """Exactly as they were, fences and boxes and all."""
    expected = Split(reasoning=reasoning, answer=answer, well_formed=True)
    assert split_reply(f"<think>{reasoning}</think><answer>{answer}</answer>") == expected


@given(
    st.lists(st.sampled_from(["<think>", "</think>", "```\n", "a", "'", " ", "\n"])).map("".join)
)
def test_no_text_is_lost_between_the_parts(text: str) -> None:
    """Without answer tags, the parts together are the text less the one opening tag."""
    split = split_reply(text)
    joined = (split.reasoning or "") + (split.answer or "")
    assert re.sub("</?think>", "", joined) == re.sub("</?think>", "", text)


balanced = st.recursive(
    st.text(st.characters(exclude_characters="{}\\")) | st.sampled_from([r"\{", r"\}", r"\\"]),
    lambda inner: st.lists(inner.map("{{{}}}".format) | inner, max_size=4).map("".join),
    max_leaves=8,
)


@given(balanced, any_text)
def test_balanced_content_comes_back_from_its_box(content: str, before: str) -> None:
    """Whatever stands before the box."""
    assume("\\" not in before)
    assert boxed(before + "\\boxed{" + content + "}") == content.strip()


@given(st.lists(balanced, max_size=4))
def test_all_boxes_come_back_in_order(contents: list[str]) -> None:
    """With text and braces between them."""
    text = " {and} ".join("\\boxed{" + content + "}" for content in contents)
    assert all_boxed(text) == [content.strip() for content in contents]


# ----------------------------------------------------------------------------------------- size

SIZE = 200_000
UNITS = [
    *("`", "~", "\n", " ", " \n", "```\n", "```python\n", "a ```py\nx```\n", "``` a ", "- ", "1."),
    *(
        "(",
        "[",
        "f(",
        "x = (\n",
        "'''\n",
        "a b (c\n",
        "x = 1\n",
        "1+",
        "-",
        "\\",
        "{",
        "}",
        "<",
        '"',
    ),
    *("<think>", "</think>", "<think></think><answer>", "\\boxed{", "\\boxed ", "\\boxed 1"),
]


@pytest.mark.parametrize("unit", UNITS)
def test_long_and_pathological_texts(unit: str) -> None:
    """Time is linear: a quadratic step would take minutes here, and the suite would not end."""
    text = unit * (SIZE // len(unit))
    solution_of(text)  # splits, finds fences and bare code
    prose_reasoning(text)
    boxed(text)


def test_a_long_nest_of_boxes() -> None:
    """Matching each box for itself would be quadratic."""
    depth = SIZE // 8
    assert boxed("\\boxed{" * depth + "}" * depth) == ("\\boxed{" * (depth - 1) + "}" * (depth - 1))
