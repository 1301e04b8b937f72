"""Hold a candidate to what is in production: exit code 0, or 1 with what got worse.

    python examples/gate_in_ci.py runs/production runs/candidate

In a workflow `lcbrb gate` does the same, and writes JUnit and a summary for the pull request.
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
