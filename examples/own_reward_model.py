"""Your own reward model as a class, with bounds, a revision and batches.

lcbrb eval --pairs mini --reward-model python:examples/own_reward_model.py:Checklist
"""

from collections.abc import Sequence

import lcbrb
from lcbrb.protocols import Item
from lcbrb.registry import Spec
from lcbrb.rewards.base import RewardModel

SIGNS = ("because", "so ", "therefore", "edge case", "for example", "at most", "at least")


class Checklist(RewardModel):
    """The share of signs of an argument that a reasoning shows: in [0, 1]."""

    bounds = (0.0, 1.0)

    def __init__(self, spec: Spec) -> None:
        self.id = spec.text

    def score(self, items: Sequence[Item]) -> list[float]:
        """One score for each item, in order; NaN or None stops the run."""
        texts = [item.response.lower() for item in items]
        return [sum(sign in text for sign in SIGNS) / len(SIGNS) for text in texts]


def main() -> None:
    """Show its accuracy, and whether it only prefers long texts."""
    report = lcbrb.evaluate(f"python:{__file__}:Checklist", "mini")
    record = report.results[0].record
    for name in ("accuracy", "audit/prefers longer", "audit/length alone"):
        signs = [value for metric, value in record.estimates.items() if str(metric) == name]
        for estimate in signs:
            print(f"{name}: {estimate.value:.1%} (n {estimate.n})")


if __name__ == "__main__":
    main()
