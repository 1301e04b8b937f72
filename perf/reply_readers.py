"""What two versions read in every reply that peers have judged, and who is right where they differ.

    python perf/reply_readers.py BEFORE AFTER [--only NAME] [--whole] [--json FILE]

BEFORE and AFTER are checkouts (`git worktree add --detach FOLDER COMMIT`). Each reads every reply
of ``judged/`` and ``generations/`` below LCBRB_DATA, in a process of its own. A program is then run
only where the two read different ones: both of them, by this checkout's grader, so what differs is
the reader's doing. With ``--whole`` the others of judged files are run too, so that false fails
(the peer says pass, we say no) and false passes (the other way) are counted over whole files.
Answers of maths are compared by each version's own rules, which changed with the reader. Programs
of BigCodeBench are read and not run. Printed are a table and each reply with another verdict.
"""

from __future__ import annotations

import argparse
import dataclasses
import gzip
import json
import os
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from evaluators import benchmark
from lcbrb.engine.local import LocalExecutor
from lcbrb.policies.replay import Replay
from lcbrb.replies.function_program import function_program
from lcbrb.sandbox.levels import sandbox_for
from lcbrb.types import AnswerCheck, Completion, Status

DATA = Path(os.environ["LCBRB_DATA"])
Row = dict[str, Any]


def files(only: str) -> Iterator[tuple[Path, str]]:
    """Each judged or generated file, and the benchmark that its replies answer."""
    for path in sorted([*DATA.glob("judged/*/*"), *DATA.glob("generations/*")]):
        if only not in str(path):
            continue
        name = path.name
        if path.parent.name == "evalplus":
            old = name.startswith("qwen")
            releases = {"humaneval": ("v0.1.10", "v0.1.9"), "mbpp": ("v0.2.0", "v0.1.0")}
            kind = name.rsplit(".eval_results", 1)[0].rsplit(".", 1)[1]
            yield path, f"{kind}+@{releases[kind][old]}"
        elif path.parent.name == "math":
            yield path, name.split(".")[0].removesuffix("_math")
        elif path.parent.name == "generations":
            yield path, "humaneval" if "humaneval" in name else "math500"
        else:
            yield path, path.parent.name  # livecodebench, bigcodebench


# ---------------------------------------------------------------------------- in each checkout


def read(only: str, out: Path) -> None:
    """Write what this version reads in each reply, one line each."""
    with out.open("w", encoding="utf-8") as lines:
        for path, name in files(only):
            rows = bigcodebench(path) if name == "bigcodebench" else replayed(path, name)
            for row in rows:
                lines.write(json.dumps({"file": path.name, "benchmark": name, **row}) + "\n")


def replayed(path: Path, name: str) -> Iterator[Row]:
    """Replies as `lcbrb bench --policy replay:FILE` reads them; answers are compared too."""
    bench = benchmark(name)
    problems = {problem.id: problem for problem in bench.load()}
    for reply in (
        Replay(id="recorded", paths=[path], model="m").replay(list(problems.values())).completions
    ):
        recorded = reply.recorded
        row: Row = {
            "problem": reply.problem_id,
            "row": recorded.row if recorded else None,
            "number": reply.sample_index,
            "read": reply.solution,
            "peer": recorded.passed if recorded else None,
        }
        if isinstance(problems[reply.problem_id].check, AnswerCheck):
            verdict = bench.verify(problems[reply.problem_id], reply, None)  # type: ignore[arg-type]
            lenient = getattr(verdict, "lenient_status", None)
            row |= {"status": verdict.status.value, "lenient": lenient and lenient.value}
        yield row


def bigcodebench(path: Path) -> Iterator[Row]:
    """Programs of BigCodeBench's files, each read as a reply to its problem."""
    with gzip.open(next(DATA.glob("bigcodebench/BigCodeBench-v*.gz")), "rt") as lines:
        tasks = {task["task_id"]: task for task in map(json.loads, lines)}
    with gzip.open(path, "rt") as file:
        results = json.load(file)["eval"]
    for at, (name, (result, *_)) in enumerate(results.items()):
        task = tasks[name]
        program = function_program(result["solution"], task["complete_prompt"], task["entry_point"])
        passed = result["status"] == "pass"
        yield {"problem": name, "row": at, "number": 0, "read": program, "peer": passed}


# ------------------------------------------------------------------------------------ both


def versions(checkouts: list[Path], only: str) -> list[list[Row]]:
    """What each checkout reads, reply by reply in the same order."""
    found = []
    for checkout in checkouts:
        with tempfile.NamedTemporaryFile(suffix=".jsonl") as out:
            command = [sys.executable, __file__, "--read", out.name, "--only", only]
            here = {**os.environ, "PYTHONPATH": str(checkout.resolve())}
            subprocess.run(command, check=True, env=here)
            lines = Path(out.name).read_text(encoding="utf-8").splitlines()
            found.append([json.loads(line) for line in lines])
    same = [[(row["file"], row["problem"], row["number"]) for row in rows] for rows in found]
    if same[0] != same[1]:
        raise SystemExit("the two versions do not find the same replies: their replay differs")
    return found


def grade(before: list[Row], after: list[Row], *, whole: bool) -> None:
    """Put a status to what was read, in place; None where a program is not run."""
    wanted: dict[str, set[tuple[str, str | None]]] = {}
    for pair in zip(before, after, strict=True):
        name = pair[0]["benchmark"]
        differs = pair[0]["read"] != pair[1]["read"]
        asked = differs or (whole and pair[0]["peer"] is not None)
        if "status" not in pair[0] and name != "bigcodebench" and asked:
            wanted.setdefault(name, set()).update((row["problem"], row["read"]) for row in pair)
    sandbox, executor = sandbox_for(), LocalExecutor()
    for name, programs in wanted.items():
        bench = benchmark(name)
        problems = {problem.id: problem for problem in bench.load()}

        def status(asked: tuple[str, str | None]) -> Status:
            reply = Completion(problem_id=asked[0], policy_id="m", sample_index=0, text="")
            reply = dataclasses.replace(reply, solution=asked[1])
            return bench.verify(problems[asked[0]], reply, sandbox).status  # noqa: B023 - used at once

        ordered = sorted(programs, key=str)
        given = {asked: found.value for asked, found in executor.map(status, ordered)}
        for row in (*before, *after):
            if row["benchmark"] == name:
                row["status"] = given.get((row["problem"], row["read"]))


def counted(pairs: list[tuple[Row, Row]]) -> list[str]:
    """The cells of a file's line."""
    counts = Counter[str]()
    for before, after in pairs:
        counts["read"] += before["read"] != after["read"]
        counts["verdict"] += passes(before) != passes(after)
        for when, row in (("before", before), ("after", after)):
            for key in ("status", "lenient"):
                counts[f"{when} {key} known"] += row.get(key) is not None
                ours, peer = row.get(key) == Status.PASSED.value, row["peer"]
                known = row.get(key) is not None and peer is not None
                counts[f"{when} {key} fails"] += known and peer and not ours
                counts[f"{when} {key} passes"] += known and ours and not peer
    judged = sum(one["peer"] is not None for one, _ in pairs)
    cells = [str(len(pairs)), str(judged), str(counts["read"]), str(counts["verdict"])]
    for kind in ("before status", "after status", "after lenient"):
        whole = counts[f"{kind} known"] >= judged > 0
        cells.append(f"{counts[f'{kind} fails']}, {counts[f'{kind} passes']}" if whole else "-")
    return cells


def passes(row: Row) -> bool | None:
    """Whether a row passes; None where it was not run."""
    return None if row.get("status") is None else row["status"] == Status.PASSED.value


def main() -> None:
    """Read, grade, print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("checkouts", nargs="*", type=Path, metavar="BEFORE AFTER")
    parser.add_argument("--only", default="", help="files with this in their path")
    parser.add_argument("--whole", action="store_true", help="run programs read alike too")
    parser.add_argument("--json", type=Path, help="every reply that is read differently")
    parser.add_argument("--read", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.read:
        read(given.only, given.read)
        return
    if len(given.checkouts) != len(("before", "after")):
        parser.error("give two checkouts, BEFORE and AFTER")
    before, after = versions(given.checkouts, given.only)
    grade(before, after, whole=given.whole)
    heads = ["file", "replies", "judged", "read differently", "other verdict"]
    heads += ["before: false fails, passes", "after", "after, lenient"]
    print("|", " | ".join(heads), "|\n" + "|---" * len(heads) + "|")
    pairs = list(zip(before, after, strict=True))
    for name in dict.fromkeys(row["file"] for row in before):
        print("|", name, "|", " | ".join(counted([p for p in pairs if p[0]["file"] == name])), "|")
    differing = [{"before": one, "after": other} for one, other in pairs if one != other]
    for one, other in pairs:
        if passes(one) != passes(other):
            told = f"{one['status']} before, {other['status']} after, peer {one['peer']}"
            print(f"{one['file']} row {one['row']} ({one['problem']} #{one['number']}): {told}")
    if given.json:
        given.json.write_text(json.dumps(differing, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
