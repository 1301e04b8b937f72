"""How long does a whole LCB-RB take here? So many problems with 50 programs each, no two equal.

    python perf/pair_scale.py [--problems 879] [--samples 50] [--mutated 0] [--quick]
        [--recorded] [--kill] [--keep FOLDER]

Every LiveCodeBench problem gets samples made of the programs recorded for it (`LCBRB_DATA`,
``judged/livecodebench``), each with a line of its own, so nothing can be looked up; ``--mutated``
is the share that has one small change too (a comparison, a number, an operator), as of a sampler
that loops often. One program in seventy runs into its limit of six seconds, twice to be sure, and
these take four fifths of the time: ``--quick`` grades each recorded program once with a limit of
one second, and leaves out those that need more; how many is printed. The reasoning is some 200
words, drawn for each. `lcbrb pairs build` then grades and pairs them in a process of its own.
Printed are time, verdicts a second, the most memory that the process held, and what was made.
``--kill`` builds once more, kills that by SIGKILL a third of the way, starts it again, and compares
the bytes. ``--recorded`` gives each sample a made-up verdict, so no program is run: what is left is
reading, labelling and pairing, and the memory of it. With fewer problems than 879 the time of all
is said as what it is: a product.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import resource
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from itertools import cycle, islice
from pathlib import Path

from evaluators import benchmark
from lcbrb import codec
from lcbrb.engine.local import LocalExecutor
from lcbrb.grading.program_mutants import mutants
from lcbrb.policies.replay import Replay
from lcbrb.sandbox.levels import sandbox_for
from lcbrb.types import Completion, Limits, PairManifest, Problem, Recorded, Status

WHOLE = 879
_PASSING = 0.3  # of the made-up verdicts
_WORDS = (
    "read the input sort count keep largest smallest each pair of numbers so that sum loop over "
    "every index from left right window prefix array string digit map set queue stack graph node "
    "edge visit answer modulo power bit mask state row column grid move step turn rule case when "
    "empty even odd divide multiply subtract add compare equal less greater first last next"
).split()


def samples(
    problem: Problem, programs: list[str], count: int, mutated: float, *, recorded: bool = False
) -> Iterator[Completion]:
    """So many completions of one problem, no two of the same text or program."""
    draw = random.Random(f"scale/{problem.id}")
    changed = []
    changes = round(count * mutated)
    for program in programs if changes else ():
        try:
            changed += list(islice(mutants(program, None), count))
        except (SyntaxError, ValueError, RecursionError):
            continue
    sources = [*islice(cycle(programs), count - changes)]
    sources += [*islice(cycle(changed or programs), changes)]
    for number, source in enumerate(sources):
        told = " ".join(draw.choices(_WORDS, k=200))
        program = f"{source}\n_sample = {number}\n"
        yield Completion(
            problem_id=problem.id,
            policy_id="varied",
            sample_index=number,
            text=f"{told}\n```python\n{program}```",
            reasoning=told,
            solution=program,
            recorded=Recorded(file="made up", row=number, passed=draw.random() < _PASSING)
            if recorded
            else None,
        )


def write_samples(folder: Path, options: argparse.Namespace) -> tuple[Path, int]:
    """The file of completions, and how many problems it holds."""
    bench = benchmark("livecodebench")
    files = sorted((Path(os.environ["LCBRB_DATA"]) / "judged/livecodebench").glob("*.jsonl.gz"))
    known: dict[str, list[str]] = {}
    for path in files:
        replayed = Replay(id="recorded", paths=[path], model="recorded").replay(bench.load())
        for one in replayed.completions:
            if one.solution and one.solution not in known.setdefault(one.problem_id, []):
                known[one.problem_id].append(one.solution)
    if options.quick:
        known = quick(known)
    problems = [problem for problem in bench.load() if problem.id in known]
    drawn = random.Random(0).sample(problems, min(options.problems, len(problems)))
    path = folder / "samples.jsonl"
    with path.open("w", encoding="utf-8") as file:
        for problem in drawn:
            for made in samples(
                problem,
                known[problem.id],
                options.samples,
                options.mutated,
                recorded=options.recorded,
            ):
                file.write(codec.encode(made) + "\n")
    return path, len(drawn)


def quick(known: dict[str, list[str]]) -> dict[str, list[str]]:
    """The programs that need no more than a second for a test, of each problem that has any."""
    bench, sandbox = benchmark("livecodebench"), sandbox_for()
    short = Limits(cpu_s=1)
    problems = {problem.id: replace(problem, limits=short) for problem in bench.load()}

    def status(one: Completion) -> Status:
        return bench.verify(problems[one.problem_id], one, sandbox).status

    completions = [
        Completion(problem_id=name, policy_id="", sample_index=0, text=program, solution=program)
        for name, programs in known.items()
        for program in programs
    ]
    kept: dict[str, list[str]] = {}
    for one, found in LocalExecutor(workers=2).map(status, completions):
        if found is not Status.TIME_LIMIT:
            kept.setdefault(one.problem_id, []).append(one.text)
    sandbox.close()
    left = len(completions) - sum(map(len, kept.values()))
    print(f"{left} of {len(completions)} programs need more than a second for a test", flush=True)
    return {name: sorted(programs) for name, programs in kept.items()}


def command(path: Path, output: Path, verdicts: str) -> list[str]:
    """The build of one file of samples."""
    options = ["--problems", "livecodebench", "--policy", f"replay:{path}", "-o", str(output)]
    options += ["--verdicts", verdicts]
    return [sys.executable, "-m", "lcbrb", "pairs", "build", *options]


def built(path: Path, output: Path, verdicts: str) -> tuple[float, float]:
    """Seconds of a build, and the MiB that its process held at most."""
    began = time.perf_counter()
    process = subprocess.Popen(command(path, output, verdicts), stdout=subprocess.DEVNULL)
    most_mib = 0.0
    while process.poll() is None:
        most_mib = max(most_mib, peak_mib(process.pid))
        time.sleep(0.2)
    assert process.returncode == 0, process.returncode
    return time.perf_counter() - began, most_mib


def peak_mib(pid: int) -> float:
    """The most memory that a process has held so far."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines()
    except OSError:
        return 0.0
    found = [line.split()[1] for line in lines if line.startswith("VmHWM")]
    return int(found[0]) / 1024 if found else 0.0


def killed(path: Path, output: Path, verdicts: str, after: int) -> int:
    """Kill a build once so many verdicts are written; how many there are then."""
    process = subprocess.Popen(
        command(path, output, verdicts), stdout=subprocess.DEVNULL, start_new_session=True
    )
    verdicts = output.with_suffix(".run") / "samples.jsonl"
    while process.poll() is None:
        lines = verdicts.read_bytes().count(b"\n") if verdicts.exists() else 0
        if lines >= after:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            return lines
        time.sleep(0.05)
    raise AssertionError("it ended before it was killed")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--problems", type=int, default=WHOLE)
    parser.add_argument("--samples", type=int, default=50)
    parser.add_argument("--mutated", type=float, default=0.0, metavar="SHARE")
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--recorded", action="store_true")
    parser.add_argument("--kill", action="store_true")
    parser.add_argument("--keep", type=Path)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = options.keep or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        path, problems = write_samples(folder, options)
        count = sum(1 for _ in path.open(encoding="utf-8"))
        print(f"{problems} problems, {count} programs, {path.stat().st_size >> 20} MiB", flush=True)
        verdicts = "recorded" if options.recorded else "executed"
        output = folder / "whole" / "pairs.jsonl"
        spent_s, most_mib = built(path, output, verdicts)
        manifest = codec.read_record(PairManifest, output.with_suffix(".manifest.json"))
        cpu = resource.getrusage(resource.RUSAGE_CHILDREN)
        print(f"{cpu.ru_utime + cpu.ru_stime:.0f} s of CPU time, load {os.getloadavg()[0]:.0f}")
        print(f"{spent_s:.0f} s, {count / spent_s:.1f} verdicts/s, at most {most_mib:.0f} MiB")
        print(f"{manifest.pairs} pairs of {manifest.problems} problems")
        print(json.dumps({k: v for k, v in manifest.counts.items() if "status" in k}))
        if problems < WHOLE:
            whole_h = spent_s / count * WHOLE * options.samples / 3600
            print(
                f"{WHOLE} problems with {options.samples} samples each at this rate: "
                f"{whole_h:.2f} h (extrapolated)"
            )
        if options.kill:
            again = folder / "killed" / "pairs.jsonl"
            lines = killed(path, again, verdicts, count // 3)
            built(path, again, verdicts)
            same = again.read_bytes() == output.read_bytes()
            print(f"killed after {lines} verdicts and started again: same bytes: {same}")


if __name__ == "__main__":
    main()
