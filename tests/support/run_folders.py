"""Run folders as they are begun, for tests."""

import datetime as dt

from lcbrb.runs.folder import SCORES, open_run
from lcbrb.types import Outcome, RunRecord, ScoredPair


def run_record(**given):
    fields = {
        "kind": "reward-model",
        "run_id": "first",
        "subject": "length",
        "benchmark": "mini",
        "dataset_sha256": "ab12",
        "estimates": {},
        "counts": {},
        "started_at": dt.datetime(2026, 11, 23, 5, 0, tzinfo=dt.UTC),
        "wall_s": 0.0,
        "config": {"limit": None, "batch": 4},
        "seed": 0,
    }
    return RunRecord(**{**fields, **given})


def scored(name):
    return ScoredPair(
        pair_id=name, problem_id="p", chosen_score=1.0, rejected_score=0.5, outcome=Outcome.WIN
    )


def begin(path, record=None, *pairs):
    """A run that was begun, scored these pairs and was left without its end."""
    with open_run(path, record or run_record()) as run, run.appender(SCORES) as scores:
        for pair in pairs:
            scores.append(pair)
    return run
