"""The `lcbrb` command: its subcommands, and how errors become one sentence and an exit code."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from lcbrb.cli import interrupts
from lcbrb.cli.bench import command as bench
from lcbrb.cli.commands import Commands
from lcbrb.cli.doctor import command as doctor
from lcbrb.cli.env import command as environments
from lcbrb.cli.eval import command as evaluate
from lcbrb.cli.export import command as exporting
from lcbrb.cli.gate import command as gate
from lcbrb.cli.imports import command as importing
from lcbrb.cli.interrupts import INTERRUPTED
from lcbrb.cli.leaderboard import command as leaderboard
from lcbrb.cli.list import command as listing
from lcbrb.cli.pairs import command as pairs
from lcbrb.cli.serve import command as serving
from lcbrb.cli.terminal import say, say_warnings, say_what_can_not_be_written
from lcbrb.cli.train import command as train
from lcbrb.cli.validate import command as validate
from lcbrb.errors import LcbrbError, SetupError
from lcbrb.version import __version__
from lcbrb.visible import visible


class _Commands(TyperGroup):
    """All commands; what is wrong with a call quotes it, and is shown visibly as well."""

    def make_context(self, *given: Any, **options: Any) -> Any:
        """The call, as far as it is none of a command's own."""
        with _visibly():
            return super().make_context(*given, **options)

    def invoke(self, ctx: Any) -> Any:
        """The command's part of the call, and the command."""
        with _visibly():
            return super().invoke(ctx)


@contextmanager
def _visibly() -> Iterator[None]:
    try:
        yield
    except Exception as error:
        said = getattr(error, "message", None)  # typer names no base of its usage errors
        if isinstance(said, str):
            vars(error)["message"] = visible(said)
        raise


app = Commands(
    cls=_Commands,
    name="lcbrb",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Exit codes: 0 success, 1 gate or audit failed, 2 wrong usage, 3 something missing on "
    "this machine, 4 run incomplete or empty, 5 inconclusive under --strict, 130 interrupted. "
    "Put quotes around specs that contain ? * or |, which the shell would interpret.",
)
app.command("eval")(evaluate.evaluate)
app.command("bench")(bench.bench)
app.command("validate")(validate.validate)
app.add_typer(pairs.app, name="pairs")
app.add_typer(train.app, name="train")
app.add_typer(environments.app, name="env")
app.command("leaderboard")(leaderboard.leaderboard)
app.command("gate")(gate.gate)
app.command("export")(exporting.export)
app.command("import")(importing.import_results)
app.command("serve")(serving.serve)
app.command("list")(listing.show)
app.command("doctor")(doctor.show)


def _version(wanted: bool) -> None:
    if wanted:
        say(f"lcbrb {__version__}")
        raise typer.Exit


@app.callback()
def lcbrb(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    """Measure reward models of reasoning, train with them, and grade policies on benchmarks."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and give its exit code.

    A mistake of the user's ends in one sentence on stderr; only a bug of ours shows a traceback.
    """
    try:
        app(args=None if arguments is None else list(arguments), prog_name="lcbrb")
    except SystemExit as end:  # typer's way to return, interrupts and closed pipes included
        if isinstance(end.__context__, BrokenPipeError):  # `lcbrb list | head` is no failure
            return 0
        if end.code == INTERRUPTED:
            interrupts.tell()
        return end.code if isinstance(end.code, int) else int(end.code is not None)
    except LcbrbError as error:
        say(f"lcbrb: {error}", err=True)
        return error.exit_code
    except OSError as error:  # a full disk, a folder that is a file, no permission
        where = f"{error.filename}: " if error.filename else ""
        say(f"lcbrb: {where}{error.strerror or error}", err=True)
        return SetupError.exit_code
    except MemoryError:
        say("lcbrb: out of memory; what is in the run folder is kept", err=True)
        return SetupError.exit_code
    return 0


def entry() -> None:
    """What the installed `lcbrb` command calls."""
    say_what_can_not_be_written()
    say_warnings()
    interrupts.end_soon_after_interrupt()
    sys.exit(main())


if __name__ == "__main__":
    entry()
