"""The audit of every set of pairs at hand, as one table: `python perf/pair_audits.py [FOLDER]`.

LCB and maths pairs are built first, by replay of the judged files below LCBRB_DATA. Pages and JSON
go into FOLDER/NAME.
"""

import os
import sys
import tempfile
import time
from pathlib import Path

import lcbrb
from lcbrb import codec
from lcbrb.pairs.audit.checks import share_text

SHORTCUTS = ("length", "format", "words", "code alone", "tone", "verdict guessed", "verdict known")
AGAINST = {
    "mini": ["humaneval+"],
    "LCB, self-repair by replay": ["humaneval+"],
    "PRMBench": ["math500"],
    "RM-Bench code": ["humaneval+", "mbpp+"],
    "LLMBar": ["humaneval+"],
}
DATA = Path(os.environ["LCBRB_DATA"])


def build(folder, name, problems, files):
    """Pairs of recorded completions, by the files' own verdicts, across samplers."""
    policies = [f"replay:{path}" for path in files]
    out = folder / f"{name}.jsonl"
    lcbrb.build_pairs(problems, policies, out, verdicts="recorded", across_samplers=True)
    return out


def sets(folder):
    """Name and source of every set."""
    lcb = sorted((DATA / "judged" / "livecodebench").glob("*selfrepair*"))
    maths = sorted((DATA / "judged" / "math").glob("math500.*"))
    return {
        "mini": "mini",
        "LCB, self-repair by replay": build(folder, "lcb", "livecodebench", lcb),
        "PRMBench": "prmbench",
        "RM-Bench code": "rm-bench:code",
        "LLMBar": "llmbar",
        "MATH500 by replay": build(folder, "math500", "math500", maths),
    }


def row(name, audited, seconds):
    """A line of the table."""
    found = {one.name: one for one in audited.shortcuts}
    cells = [share_text(a) if (a := found[each].accuracy) else "-" for each in SHORTCUTS]
    difference = audited.detectable.difference
    failed = [check.name for check in audited.checks if check.outcome.value == "FAIL"]
    return [
        name,
        f"{audited.pairs} of {audited.problems}",
        *(cell.replace("%", "") for cell in cells),
        f"{100 * audited.labels.doubted.value:.1f}" if audited.labels.judged_pairs else "-",
        "-" if difference is None else f"{100 * difference:.1f}",
        ", ".join(f"{one.source} {100 * one.share:.1f}" for one in audited.overlaps) or "-",
        ", ".join(failed) or "none",
        f"{seconds:.1f}",
    ]


def main():
    """Audit all, print the table."""
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else tempfile.mkdtemp())
    folder.mkdir(parents=True, exist_ok=True)
    figures = ["doubted", "detectable", "overlap", "FAIL", "CPU s"]
    heads = ["set", "pairs of problems", *SHORTCUTS, *figures]
    print("|", " | ".join(heads), "|")
    print("|---" * len(heads) + "|")
    for name, source in sets(folder).items():
        began = time.process_time()
        audited = lcbrb.audit_pairs(str(source), against=AGAINST.get(name, ()))
        seconds = time.process_time() - began
        print("|", " | ".join(row(name, audited, seconds)), "|", flush=True)
        out = folder / name.replace(" ", "-").replace(",", "").lower()
        codec.write_text(out / "audit.json", codec.encode_pretty(audited))
        codec.write_text(out / "audit.html", lcbrb.build_audit_page(audited))


if __name__ == "__main__":
    main()
