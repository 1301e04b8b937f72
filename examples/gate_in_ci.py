"""Compare a candidate with what is in production: exit code 1 if it got worse, otherwise 0.

    python examples/gate_in_ci.py runs/production runs/candidate

In a workflow, `lcbrb gate` does the same and writes JUnit and a summary for the pull request.
"""

import sys

import lcbrb


def main(baseline: str, candidate: str) -> int:
    """Compare two folders of runs, problem by problem."""
    report = lcbrb.gate(baseline, candidate)
    for check in report.checks:
        print(f"{check.benchmark} {check.metric}: {check.verdict}")
    print(report.verdict)
    return int(report.verdict == "FAIL")


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
