"""How the code benchmarks are put to a policy. Change words, and raise the version beside them.

`messages` ask a chat model; `raw` is what a base model continues. Where `raw` ends in an open code
fence, the continuation is read as if it stood in that fence (`lcbrb.harness.completions`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from lcbrb.types import Message, Problem, Prompt

FENCE = "```"
#: a new statement at the left margin ends the function that a base model was writing
_AFTER_A_FUNCTION = ("\nclass ", "\ndef ", "\n#", "\nif ", "\nprint(", f"\n{FENCE}", "\n@", "\n<")
_AFTER_A_MODULE = (
    *("\nif __name__", "\ndef main(", "\nprint(", "\ndef ", "\nclass ", "\nimport ", "\nfrom "),
    *("\nassert ", f"\n{FENCE}"),
)
_SELF_CONTAINED = (
    "Please provide a self-contained Python script that solves the following problem in a markdown "
    "code block:"
)
_AFTER_A_SOLUTION = ('\n"""', "\nassert", "\nprint(", "\nif __name__", f"\n{FENCE}", "\n<")


def completing(problem: Problem) -> Prompt:
    """A function given by its signature and docstring; a base model goes on from there."""
    asked = (
        "Complete this Python function. Answer with the whole function, and everything it needs, "
        f"in one {FENCE}python block.\n\n{FENCE}python\n{problem.prompt.strip()}\n{FENCE}"
    )
    return Prompt(
        messages=(_user(asked),),
        raw=problem.prompt,
        stop=_AFTER_A_FUNCTION,
        template="code-complete@1",
    )


def describing(problem: Problem, tests: Sequence[str] = ()) -> Prompt:
    """A function described in a sentence, with assertions that show its name and its arguments."""
    text = problem.prompt.strip().removeprefix('"""').removesuffix('"""').strip()
    asked = (
        f"{text}\n\n"
        + ("It must pass these tests:\n" + _fenced("\n".join(tests)) + "\n" if tests else "")
        + f"Answer with the whole function, and everything it needs, in one {FENCE}python block."
    )
    lines = "\n".join([text, *tests])
    return Prompt(
        messages=(_user(asked),),
        raw=f'"""\n{lines}\n"""\n',
        stop=_AFTER_A_SOLUTION,
        template="code-describe@1",
    )


def completing_module(problem: Problem) -> Prompt:
    """A function with its imports, in BigCodeBench's own words; a base model goes on from there.

    Source: bigcodebench v0.2, ``bigcodebench/generate.py`` and ``provider/utility.py``.
    """
    return Prompt(
        messages=(_user(f"{_SELF_CONTAINED}\n{FENCE}\n{problem.prompt.strip()}\n{FENCE}\n"),),
        raw=problem.prompt,
        stop=_AFTER_A_MODULE,
        template="bigcodebench-complete@1",
    )


def writing_module(problem: Problem, code: Mapping[str, str]) -> Prompt:
    """A function described in words, in BigCodeBench's own words.

    Args:
        problem: what is asked.
        code: by problem, the imports and signature that a base model goes on from.
    """
    text = problem.prompt.strip()
    return Prompt(
        messages=(_user(f"{_SELF_CONTAINED}\n{text}\n"),),
        raw=f"{text}\n{FENCE}python\n{code[problem.id].rstrip()}\n",
        stop=(f"\n{FENCE}",),
        template="bigcodebench-instruct@1",
    )


def solving(problem: Problem, starter_code: str = "") -> Prompt:
    """A contest problem: a program that reads standard input, or a class to fill in."""
    if starter := starter_code.rstrip():
        how = "Fill in this class; it will be called, so read and print nothing.\n\n"
        how += _fenced(starter)
        opening = starter + "\n"
    else:
        how = "The program reads standard input and prints the answer to standard output."
        opening = ""
    asked = (
        f"Solve this programming problem in Python 3.\n\n{problem.prompt.strip()}\n\n{how}\n"
        f"Think it through, then give the whole program in one {FENCE}python block."
    )
    raw = f"# Problem\n\n{problem.prompt.strip()}\n\n{how}\n# Solution in Python 3\n\n"
    return Prompt(
        messages=(_user(asked),),
        raw=f"{raw}{FENCE}python\n{opening}",
        stop=(f"\n{FENCE}",),
        template="code-solve@1",
    )


def _user(content: str) -> Message:
    return Message(role="user", content=content)


def _fenced(code: str) -> str:
    return f"{FENCE}python\n{code}\n{FENCE}\n"
