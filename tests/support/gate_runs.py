"""Run folders as `bench` and `eval` leave them, made from a few results."""

import datetime as dt
import itertools

from lcbrb import codec
from lcbrb.runs.folder import RECORD, SAMPLES, SCORES
from lcbrb.types import Outcome, RunRecord, SampleVerdict, ScoredPair, Status, Verdict

_IDS = itertools.count(1)
SIGNS = {
    "+": Status.PASSED,
    "-": Status.WRONG_ANSWER,
    "t": Status.TRUNCATED,
    "n": Status.NO_ANSWER,
    "h": Status.HARNESS_ERROR,
}
OUTCOMES = {"+": Outcome.WIN, "=": Outcome.TIE, "-": Outcome.LOSS}


def record(**given):
    fields = {
        "kind": "bench",
        "run_id": f"run-{next(_IDS)}",
        "subject": "replay:x",
        "benchmark": "code",
        "benchmark_version": "1",
        "dataset_sha256": "ab" * 32,
        "estimates": {},
        "counts": {},
        "started_at": dt.datetime(2026, 11, 23, 5, 0, tzinfo=dt.UTC),
        "wall_s": 0.0,
        "config": {},
    }
    return RunRecord(**{**fields, **given})


def write_record(path, made):
    path.mkdir(parents=True, exist_ok=True)
    (path / RECORD).write_text(codec.encode_pretty(made), encoding="utf-8")
    return path


def sample(problem, index, sign, policy="m", **fields):
    status = SIGNS[sign]
    verdict = Verdict(status=status, **fields)
    return SampleVerdict(
        problem_id=problem, policy_id=policy, sample_index=index, status=status, verdict=verdict
    )


def bench_run(path, results, policy="m", **given):
    """A graded policy. `results`: problem to a sign a sample (``+-tnh``), or signs of problems."""
    if isinstance(results, str):
        results = {f"p{i:04d}": sign for i, sign in enumerate(results)}
    samples = [
        sample(problem, index, sign, policy)
        for problem, signs in results.items()
        for index, sign in enumerate(signs)
    ]
    made = record(
        **{"counts": {"completions": len(samples)}, "complete": True, **given},
    )
    write_record(path, made)
    codec.write_records(path / SAMPLES, samples)
    return path


def pair_run(path, results, **given):
    """A scored reward model. `results`: problem to a sign a pair (``+=-``)."""
    scores = {"+": (1.0, 0.0), "=": (0.5, 0.5), "-": (0.0, 1.0)}
    pairs = [
        ScoredPair(
            pair_id=f"{problem}/{index}",
            problem_id=problem,
            chosen_score=scores[sign][0] + given.get("wall_s", 0.0),
            rejected_score=scores[sign][1] + given.get("wall_s", 0.0),
            outcome=OUTCOMES[sign],
        )
        for problem, signs in results.items()
        for index, sign in enumerate(signs)
    ]
    fields = {"kind": "reward-model", "subject": "rm", "benchmark": "pairs"}
    made = record(**{**fields, "counts": {"pairs": len(pairs)}, **given})
    write_record(path, made)
    codec.write_records(path / SCORES, pairs)
    return path


def verdicts(report):
    """Those of a report, by benchmark and metric."""
    return {(check.benchmark, check.metric): check.verdict for check in report.checks}
