"""Samples to choose among and a model that goes by length, for the tests of best-of-n."""

import math

import fakes
import tiny

from lcbrb.errors import DataUnavailableError
from lcbrb.rewards.base import RewardModel
from lcbrb.rewards.best_of.evaluation import evaluate_best_of
from lcbrb.rewards.best_of.samples import open_samples
from lcbrb.rewards.selection import Selection

PROBLEMS = [tiny.problem(f"p{i}") for i in range(4)]
SIGNS = {"p0": "++--", "p1": "+---", "p2": "----", "p3": "++++"}


class ByLength(RewardModel):
    """Scores a text by its length and remembers what it was asked."""

    id, bounds = "by-length", (0.0, math.inf)

    def __init__(self, special=None):
        self.calls, self.loads, self.special = [], 0, special or {}

    def load(self):
        self.loads += 1

    def score(self, items):
        self.calls.append(list(items))
        return [float(self.special.get(one.response, len(one.response))) for one in items]


def benchmarks(name):
    if name not in {"code", "other"}:
        raise DataUnavailableError(f"{name}: no such file of problems")
    found = fakes.FakeBenchmark(PROBLEMS)
    found.name, found.version = name, "1"
    return found


def opened(folder, options=""):
    return open_samples(f"{folder}{options}", benchmarks)


def evaluated(model, samples, folder, **fields):
    selection = Selection(**{"total": len(samples.samples), **fields})
    return evaluate_best_of(model, samples, selection, folder)
