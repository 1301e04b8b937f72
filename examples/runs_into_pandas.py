"""Read run folders into pandas, and plot the results.

python examples/runs_into_pandas.py runs/ accuracy.svg     # the plot needs matplotlib
"""

import sys

import lcbrb


def main(folder: str, picture: str | None = None) -> None:
    """One row for each estimate of each run: value, interval, n and method."""
    frames = lcbrb.read_runs(folder)
    estimates = frames.estimates
    whole = estimates["slices"].map(len) == 0  # other rows are for one difficulty, category, …
    accuracy = estimates[whole & (estimates["metric"] == "accuracy")].sort_values("value")
    print(accuracy[["subject", "benchmark", "value", "low", "high", "n"]].to_string(index=False))
    if picture:
        import matplotlib.pyplot as plt

        off = [accuracy["value"] - accuracy["low"], accuracy["high"] - accuracy["value"]]
        plt.errorbar(accuracy["value"], accuracy["subject"], xerr=off, fmt="o")
        plt.axvline(0.5, color="grey", linewidth=0.5)
        plt.xlabel("pairwise accuracy, 95%")
        plt.savefig(picture, bbox_inches="tight")


if __name__ == "__main__":
    main(*sys.argv[1:])
