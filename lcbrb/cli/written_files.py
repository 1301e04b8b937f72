"""Whether a file that a command is told to write may be written: no work is lost by an option.

A new file may, an empty one, and one that is recognisably our own output of the same kind. Any
other is refused unless ``--force`` is given. What the command reads, and what a run folder holds,
is refused always.
"""

from __future__ import annotations

import glob
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from lcbrb.errors import UsageError

Force = Annotated[
    bool,
    typer.Option(
        "--force", help="Overwrite the output file even if it is no earlier output of lcbrb."
    ),
]
_KEPT = frozenset({".json", ".jsonl", ".txt"})  # what a run folder holds
_HEAD = 4096  # characters by which a file is recognised
#: how what `lcbrb pairs review --export` writes begins: tasks by their ids, and two configurations
_TASKS = re.compile(
    r'\[\s*\{\s*"data": \{\s*"task": "[0-9a-f]{16}"|\{"id": "[0-9a-f]{16}", "text"'
    r"|<View>\s*<Header value=\"Which reasoning is better\?"
    r"|annotation_task_name: Which reasoning is better\?"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """A kind of output: what it is called, and by what its first characters are told."""

    name: str
    is_ours: Callable[[str], bool]


PAGE = Kind(name="board", is_ours=lambda head: '<meta name="generator" content="lcbrb' in head)
JUNIT = Kind(name="JUnit report of a gate", is_ours=lambda head: 'name="lcbrb gate"' in head)
SUMMARY = Kind(name="summary of a gate", is_ours=lambda head: head.startswith("## lcbrb gate"))
PAIRS = Kind(
    name="file of pairs",
    is_ours=lambda head: head.startswith('{"schema_version"') and '"relation"' in head,
)
BATCH = Kind(
    name="file of requests for a batch",
    is_ours=lambda head: head.startswith('{"custom_id": "lcbrb-'),
)
TASKS = Kind(
    name="task or configuration for an annotation tool",
    is_ours=lambda head: bool(_TASKS.match(head)),
)

AUDIT = Kind(
    name="audit of pairs",
    is_ours=lambda head: head.startswith("{") and '"pairs_sha256"' in head and '"version"' in head,
)
GOLD_TABLE = Kind(
    name="gold table", is_ours=lambda head: "\nrelease = " in head and "\ngolds = " in head
)
AUDIT_PAGE = Kind(name="page of an audit", is_ours=PAGE.is_ours)


def check_output(path: Path, kind: Kind, *, inputs: Iterable[str | Path] = (), force: bool) -> None:
    """Refuse to write over what may be somebody's work; called before any work is done.

    `inputs` are files, folders, patterns and specs (``replay:PATH?…``) that the command reads; with
    `force` a file of another kind may be written over.

    Raises:
        UsageError: it may not be written; the message says why and what to do.
    """
    from lcbrb.runs.folder import RECORD

    if not path.is_file():  # new; or a folder, a device, a pipe, which is the writer's part
        return
    if any(path.samefile(each) for text in inputs for each in _paths(str(text))):
        raise UsageError(f"{path} is also an input of this command: name another output file")
    kept = path.suffix in _KEPT and (path.resolve().parent / RECORD).exists()
    if kept:
        raise UsageError(
            f"{path} is part of a run folder, whose files are never overwritten: name another "
            "output file"
        )
    with path.open(encoding="utf-8", errors="replace") as file:
        head = file.read(_HEAD)
    if head.strip() and not kind.is_ours(head) and not force:
        raise UsageError(
            f"{path} exists and is not a {kind.name} that lcbrb wrote: name another file, or "
            "overwrite it with --force"
        )


def _paths(text: str) -> list[Path]:
    """The files that an argument may name: as it stands, or as a spec."""
    matching: list[Path] = []
    for part in (text, *text.split(",")):
        for name in (part, part.partition(":")[2]):
            target = name.partition("?")[0]
            if target:
                place = Path(target).expanduser()
                matching += [place, *map(Path, glob.glob(str(place)))]  # noqa: PTH207 - may be absolute
    return [path for path in matching if path.exists()]
