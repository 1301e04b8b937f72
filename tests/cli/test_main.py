"""The command itself: help, what it imports, and how everything ends in one sentence."""

import difflib
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import typer

from lcbrb import __version__, errors
from lcbrb.cli.main import INTERRUPTED, app, main

GOLDEN = Path(__file__).parent.parent / "golden"
ROOT = Path(__file__).parent.parent.parent
HEAVY = {"torch", "pandas", "datasets", "transformers", "numpy", "pyarrow", "httpx", "scipy"}
UPDATE = "LCBRB_UPDATE_GOLDEN"  # set it to write the golden files anew


def environment(**more):
    """A plain one: no colours, no width but ours."""
    kept = {k: v for k, v in os.environ.items() if k not in {"GITHUB_ACTIONS", "FORCE_COLOR"}}
    pinned = {"COLUMNS": "100", "TERMINAL_WIDTH": "100", "NO_COLOR": "1", "TERM": "dumb"}
    return {**kept, **pinned, "_TYPER_FORCE_DISABLE_TERMINAL": "1", **more}


def python(code, *arguments, **more):
    """Run code in a fresh process."""
    return subprocess.run(
        [sys.executable, "-c", code, *arguments],
        capture_output=True,
        text=True,
        env=environment(**more),
        cwd=ROOT,
        check=False,
        timeout=120,
    )


# -------------------------------------------------------------------------------------- help


def below(group, lead=""):
    """A command's name and those below it."""
    inner = getattr(group, "commands", {}).items()
    return [lead, *(n for name, one in inner for n in below(one, f"{lead} {name}".strip()))]


COMMANDS = below(typer.main.get_command(app))


# one process for all: what any of them imports is still there with the ones behind it
HELP = """
import contextlib, io, json, sys
from lcbrb.cli.main import main
helps = {}
for command in json.loads(sys.argv[1]):
    with contextlib.redirect_stdout(io.StringIO()) as shown:
        code = main([*command.split(), "--help"])
    modules = sorted({name.split(".")[0] for name in sys.modules})
    helps[command] = code, shown.getvalue(), modules
print(json.dumps(helps))
"""


@pytest.fixture(scope="module")
def helps():
    """Of each command: exit code, text, and the modules that are loaded then; `lcbrb` first."""
    done = python(HELP, json.dumps(COMMANDS))
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.mark.parametrize("command", COMMANDS)
def test_help_is_as_recorded_and_imports_nothing_heavy(helps, command):
    code, text, modules = helps[command]
    assert code == 0
    heavy = HEAVY if command else HEAVY | {"pydantic"}  # typer itself reads options with pydantic
    assert not heavy & set(modules)
    shown = "".join(line.rstrip() + "\n" for line in text.strip("\n").splitlines())
    path = GOLDEN / f"help-{command.replace(' ', '-') or 'lcbrb'}.txt"
    if os.environ.get(UPDATE):
        path.write_text(shown)
    recorded = path.read_text()
    difference = "".join(
        difflib.unified_diff(recorded.splitlines(keepends=True), shown.splitlines(keepends=True))
    )
    assert shown == recorded, f"{UPDATE}=1 accepts the new text:\n{difference}"


def test_no_help_is_recorded_of_a_command_that_is_gone():
    names = {name.replace(" ", "-") or "lcbrb" for name in COMMANDS}
    assert {path.stem for path in GOLDEN.glob("help-*.txt")} == {f"help-{name}" for name in names}


@pytest.mark.parametrize("how", [["-m", "lcbrb.cli.main"], ["cli.py"]])
def test_the_command_starts_from_a_checkout_too(how):
    done = subprocess.run(
        [sys.executable, *how, "--version"], capture_output=True, text=True, cwd=ROOT, check=True
    )
    assert done.stdout == f"lcbrb {__version__}\n"


# ------------------------------------------------------------------------------- how it ends


@pytest.fixture
def ends_with(monkeypatch):
    """Makes `lcbrb list` end with an exception."""

    def raising(error):
        def names(self):
            raise error

        monkeypatch.setattr("lcbrb.registry.Registry.names", names)
        return main(["list"])

    return raising


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (errors.UsageError("what and where"), 2),
        (errors.UnknownNameError("thing", "nmae", ["name"]), 2),
        (errors.BadInputError("is no pair", path="f.jsonl", line=3), 2),
        (errors.SetupError("what and where"), 3),
        (errors.MissingExtraError("hf", "a thing"), 3),
        (errors.DataUnavailableError("what and where"), 3),
        (errors.ModelLoadError("what and where"), 3),
        (errors.IncompleteRunError("what and where"), 4),
        (errors.BadScoreError("what and where"), 4),
    ],
)
def test_an_error_is_one_sentence_and_its_exit_code(ends_with, capsys, error, code):
    assert ends_with(error) == code
    out, err = capsys.readouterr()
    assert (out, err) == ("", f"lcbrb: {error}\n")


def test_an_error_of_the_operating_system_names_the_file(ends_with, capsys):
    assert ends_with(PermissionError(13, "Permission denied", "some/file")) == 3
    assert capsys.readouterr() == ("", "lcbrb: some/file: Permission denied\n")
    assert ends_with(OSError(28, "No space left on device")) == 3
    assert capsys.readouterr() == ("", "lcbrb: No space left on device\n")


def test_an_interrupt_ends_with_a_word_and_the_shell_s_code(ends_with, capsys):
    assert ends_with(KeyboardInterrupt()) == INTERRUPTED == 130
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("lcbrb: interrupted")
    assert err.count("\n") == 1


def test_a_bug_of_ours_shows_itself(ends_with):
    with pytest.raises(ZeroDivisionError):
        ends_with(ZeroDivisionError())


@pytest.mark.slow
@pytest.mark.parametrize("command", [["list"], ["list", "--json"], ["eval", "-m", "length"]])
def test_a_reader_that_goes_away_is_no_failure(command):
    process = subprocess.Popen(
        [sys.executable, "-m", "lcbrb.cli.main", *command],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment(),
        cwd=ROOT,
    )
    process.stdout.close()
    with process.stderr:
        assert process.stderr.read() == b""
    assert process.wait(120) == 0


@pytest.mark.parametrize(
    "wrong", [["evla"], ["eval", "--modle", "x"], ["eval", "--limit", "0"], ["pairs", "build"]]
)
def test_what_can_not_be_parsed_is_usage(wrong, capsys):
    assert main(wrong) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert "Usage: " in err
    assert "Traceback" not in err


def test_no_command_shows_what_there_is(capsys):
    assert main([]) == 2
    out, _ = capsys.readouterr()
    assert all(command in out for command in ("eval", "pairs", "doctor"))


@pytest.mark.parametrize("command", [["list"], ["doctor"]])
def test_json_is_one_document_and_nothing_else(command, capsys):
    assert main([*command, "--json"]) == 0
    out, err = capsys.readouterr()
    assert json.loads(out)
    assert err == ""
