"""Does a reward model choose well among samples? Best-of-n, compared with chance and an oracle.

python examples/best_of_n.py
"""

import lcbrb


def main() -> None:
    """Use the recorded samples of the embedded problems, or a run folder of `lcbrb bench`."""
    report = lcbrb.best_of("length", "replay:mini?fewest=3")
    for metric, estimate in report.results[0].record.estimates.items():
        if str(metric).startswith(("best_of", "random", "oracle")):
            print(f"{metric}: {estimate.value:.1%} [{estimate.low:.1%}, {estimate.high:.1%}]")


if __name__ == "__main__":
    main()
