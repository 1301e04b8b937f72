"""What messages advise works: commands, options, extras and pages that they name are there.

Read off the strings of the source (docstrings apart) and off the pages of the docs.
"""

import ast
import re
import tomllib
from functools import cache
from pathlib import Path

import pytest
import typer

from lcbrb.cli.main import app

ROOT = Path(__file__).parents[1]
EXTRAS = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]
COMMANDS = typer.main.get_command(app)
# what lcbrb does, where a sentence goes on so; any other word after it must be a command
PROSE = (
    "does evaluators grading is keeps knows never process reads text trained writes wrote".split()
)
FOREIGN = {"--no-deps", "--check", "--log"}  # of pip, sha256sum, lm-eval (--log_samples)
_END = re.compile(r"[`;&)\n'\"]|, |: | \(|\.( |$)|,$|:$")


def strings(source):
    """The texts of a program that are no docstrings; what is filled in is ``{}``."""
    tree = ast.parse(source)
    whole = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    left_out = set()
    for node in ast.walk(tree):
        if isinstance(node, whole) and ast.get_docstring(node, clean=False) is not None:
            left_out.add(node.body[0].value)
        elif isinstance(node, ast.JoinedStr):
            left_out.update(node.values)
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            parts = [part.value if isinstance(part, ast.Constant) else "{}" for part in node.values]
            yield "".join(parts)
        elif node not in left_out and isinstance(node, ast.Constant) and type(node.value) is str:
            yield node.value


@cache
def messages():
    """Every text of the product's source, with its file."""
    folders = ("lcbrb", "evaluators", "leaderboards")
    files = [path for folder in folders for path in sorted((ROOT / folder).rglob("*.py"))]
    return [(path.name, text) for path in files for text in strings(path.read_text("utf-8"))]


def pages():
    """The commands in the blocks and code spans of the docs, with their file."""
    for path in [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]:
        text = path.read_text("utf-8").replace("\\\n", " ")
        for command in re.findall(r"(?:^|`)(lcbrb [^`\n#]+)", text, re.MULTILINE):
            yield path.name, command


def wrong_commands(text):
    """The commands in a text that the command line does not take, with why."""
    for match in re.finditer(r"(?<![\w./-])lcbrb ((?:[a-z]|\{).*)", text):
        words = _END.split(match[1], maxsplit=1)[0].split()
        if words and words[0] not in PROSE and "{}" not in words[0]:
            why = refused(words)
            if why:
                yield f"lcbrb {' '.join(words)}: {why}"


def refused(words):
    """Why the command line has no such command or option; empty where it has."""
    command = COMMANDS
    while getattr(command, "commands", None):
        if not words:
            return ""
        name, *words = words
        if name.startswith("-"):
            return "" if name in {"--version", "--install-completion", "--help"} else "no option"
        if name not in command.commands:
            return f"no command {name!r}"
        command = command.commands[name]
    known = {name for option in command.params for name in option.opts} | {"--help", "-h"}
    given = [word.strip("[]").partition("=")[0] for word in words]
    unknown = [word for word in given if re.match(r"--?[a-z]", word) and word not in known]
    return f"no option {unknown[0]}" if unknown else ""


def options(command):
    """The options of a command and of those below it."""
    inner = getattr(command, "commands", {}).values()
    own = {name for option in command.params for name in getattr(option, "opts", ())}
    return own.union(*map(options, inner))


def test_commands_that_messages_name_are_there():
    assert not [(name, why) for name, text in messages() for why in wrong_commands(text)]


def test_commands_that_the_docs_show_are_there():
    assert not [(name, why) for name, text in pages() for why in wrong_commands(text)]


def test_options_that_messages_name_are_some_command_s():
    known = options(COMMANDS) | {"--help"} | FOREIGN
    named = {
        (name, option)
        for name, text in messages()
        if " " in text  # a sentence, and no argument for another program
        for option in re.findall(r"(?<![\w-])--[a-z][a-z-]+[a-z]", text)
        if option not in known
    }
    assert not named


def test_extras_and_pages_that_messages_name_are_there():
    texts = [text for _, text in messages()]
    texts += [path.read_text("utf-8") for path in (ROOT / "docs").glob("*.md")]
    groups = [group for text in texts for group in re.findall(r"lcbrb\[([^\]{}]+)\]", text)]
    extras = {extra for group in groups for extra in group.split(",")}
    assert {"hf", "train"} <= extras <= EXTRAS.keys()
    named = {page for _, text in messages() for page in re.findall(r"docs/[\w./-]+\.md", text)}
    assert named
    assert not [page for page in named if not (ROOT / page).exists()]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("run `lcbrb benhc` again", "no command 'benhc'"),
        ("see lcbrb doctro", "no command 'doctro'"),
        ("lcbrb pairs biuld --out x", "no command 'biuld'"),
        ("start lcbrb eval --pair {} again", "no option --pair"),
    ],
)
def test_wrong_advice_is_found(text, why):
    (found,) = wrong_commands(text)
    assert found.endswith(why)


def test_right_advice_is_let_be():
    assert not list(wrong_commands("lcbrb wrote it: `lcbrb bench --policy replay:{} -n 8`, again"))
    assert list(strings('"""doc"""\nx = f"a {1}b"\ny = "c"')) == ["a {}b", "c"]
