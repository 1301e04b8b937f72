"""`make docs`: the pages of this repository as a site for a browser, in build/site/html.

The pages keep their places, so that their links hold as they stand; what they link to of the
programs is put beside them. The reference of the commands is made of their help texts, that of the
functions of their docstrings. The site is complete, and no page of it asks another machine for
anything; browsers let its search work only where a server gives the pages, so one is named.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import typer
from typer.testing import CliRunner

import lcbrb
from lcbrb.cli.main import app

ROOT = Path(__file__).resolve().parents[2]
SETTINGS = Path(__file__).with_name("mkdocs.yml")
PAGES = ROOT / "build" / "site" / "pages"
_LINK = re.compile(r"\]\(([^)#\s:]+)")
_TO_EXAMPLES = re.compile(r"\]\(((?:\.\./)*examples/)(?:[a-z_]+/)?\)")
_WIDTH = {"COLUMNS": "100", "TERMINAL_WIDTH": "100", "NO_COLOR": "1", "TERM": "dumb"}


def sources() -> list[Path]:
    """The pages that people wrote, below the root."""
    return [*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md"), ROOT / "perf" / "RESULTS.md"]


def copy_pages() -> None:
    """The pages, and the files that they link to."""
    for source in sources():
        text = _TO_EXAMPLES.sub(r"](\1index.md)", source.read_text("utf-8"))
        write(source.relative_to(ROOT), text)
        for name in _LINK.findall(text):
            target = (source.parent / name).resolve()
            if target.is_file() and target not in sources() and target.is_relative_to(ROOT):
                place = PAGES / target.relative_to(ROOT)
                place.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(target, place)


def examples() -> str:
    """Every example as a whole."""
    programs = sorted((ROOT / "examples").glob("*.py"))
    parts = [f"## {path.name}\n\n```python\n{path.read_text('utf-8')}```\n" for path in programs]
    return "# Examples\n\nPrograms to copy; the tests run each of them.\n\n" + "\n".join(parts)


def commands() -> str:
    """The help of every command, as a terminal shows it."""
    runner, parts = CliRunner(), ["# Commands\n"]
    for names in below(typer.main.get_command(app)):
        shown = runner.invoke(app, [*names, "--help"], env=_WIDTH, prog_name="lcbrb")
        lines = "\n".join(line.rstrip() for line in shown.output.strip().splitlines())
        parts.append(f"## {' '.join(['lcbrb', *names])}\n\n```text\n{lines}\n```\n")
    return "\n".join(parts)


def below(command: Any, lead: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """A command's words and those of the commands below it."""
    yield lead
    for name, inner in getattr(command, "commands", {}).items():
        yield from below(inner, (*lead, name))


def functions() -> str:
    """What `lcbrb` offers, for mkdocstrings to fill in."""
    parts = ["# Functions\n", "What `import lcbrb` offers; errors are those of `lcbrb.errors`.\n"]
    names = [name for name in lcbrb.__all__ if not name.startswith("_")]
    offered = [(name, getattr(lcbrb, name).__module__) for name in names]
    parts += [f"::: {module}.{name}\n" for name, module in sorted(offered, key=_order)]
    return "\n".join([*parts, "## Errors\n", "::: lcbrb.errors\n"])


def _order(offered: tuple[str, str]) -> tuple[bool, str]:
    return offered[0][0].isupper(), offered[0]  # functions before what they give


def write(place: Path | str, text: str) -> None:
    """A page of the site."""
    path = PAGES / place
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def build(settings: Path) -> subprocess.CompletedProcess[str]:
    """Run MkDocs, which fails where it warns; not with `--quiet`, which keeps it from warning."""
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "-f", str(settings)]
    own_future = {"NO_MKDOCS_2_WARNING": "1", "DISABLE_MKDOCS_2_WARNING": "true"}
    return subprocess.run(
        command, check=False, env=os.environ | own_future, capture_output=True, text=True
    )


def main() -> int:
    """Build the site; 0 where every link holds."""
    shutil.rmtree(PAGES, ignore_errors=True)
    copy_pages()
    write("examples/index.md", examples())
    write("reference/commands.md", commands())
    write("reference/functions.md", functions())
    done = build(SETTINGS)
    if done.returncode:
        said = (done.stderr + done.stdout).splitlines()
        print("\n".join(line for line in said if not line.startswith("INFO")))
    else:
        page = "build/site/html/index.html"
        print(f"{page}; with search: python3 -m http.server -d {Path(page).parent}")
    return done.returncode


if __name__ == "__main__":
    sys.exit(main())
