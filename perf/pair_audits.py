"""The audit of every set of pairs at hand, side by side: `python perf/pair_audits.py [FOLDER]`.

LCB and maths pairs are built first, by replay of the judged files below LCBRB_DATA. Pages and JSON
go into FOLDER/NAME.
"""

import dataclasses
import os
import sys
import tempfile
import time
from pathlib import Path

import lcbrb
from lcbrb import codec
from lcbrb.pairs.audit.side_by_side import side_by_side

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


def main():
    """Audit all, print the table."""
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else tempfile.mkdtemp())
    folder.mkdir(parents=True, exist_ok=True)
    audits, seconds = [], []
    for name, source in sets(folder).items():
        began = time.process_time()
        audited = lcbrb.audit_pairs(str(source), against=AGAINST.get(name, ()))
        seconds.append(f"{time.process_time() - began:.1f}")
        audits.append(dataclasses.replace(audited, name=name))
        out = folder / name.replace(" ", "-").replace(",", "").lower()
        codec.write_text(out / "audit.json", codec.encode_pretty(audited))
        codec.write_text(out / "audit.html", lcbrb.build_audit_page(audited))
    heads, *rows = side_by_side(audits)
    for row in (heads, ["---"] * len(heads), *rows, ["seconds of CPU time", *seconds]):
        print("|", " | ".join(row), "|")


if __name__ == "__main__":
    main()
