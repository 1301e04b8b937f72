"""inspect_ai's log format, version 2: a ``.json`` file for each run, with every sample.

The file is written by its documented fields (`inspect_ai.log.EvalLog`) and not by inspect_ai's
classes: they would bring some forty packages for a format that is plain JSON with a default for
nearly every field, and a reader of any later version takes it. inspect_ai 0.3.285 reads what is
written here, and its viewer shows it. Names begin with a time, by which the viewer finds them.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import math
from collections.abc import Iterable, Mapping, Sequence
from itertools import chain

import numpy as np

from lcbrb.errors import UsageError
from lcbrb.exports.inspect_samples import SCORER, Statements, pair_samples, policy_samples
from lcbrb.exports.naming import judge_named
from lcbrb.runs.folder import safe_name
from lcbrb.runs.record import judge_of
from lcbrb.runs.results import HEADLINES, Result, ResultKind
from lcbrb.stats.intervals import FEWEST_CLUSTERS, group_by_cluster
from lcbrb.types import Estimate, JsonValue

VERSION = 2
_ID = 22  # characters


def inspect_logs(
    results: Iterable[Result], statements: Statements | None = None
) -> dict[str, bytes]:
    """The logs by their names.

    Args:
        results: runs of policies and reward models.
        statements: gives a benchmark's statements, where these shall stand in the log; without,
            a sample's input says where its statement is.

    Raises:
        UsageError: a run has no samples.
        LcbrbError: the statements can't be had.
    """
    files = {}
    for result in results:
        if result.kind not in SCORER:
            raise UsageError(
                f"{result.folder}: the run has no samples, which a log of inspect_ai consists "
                "of: leave it out"
            )
        run = f"{result.record.run_id}/{result.subject}/{result.record.benchmark}"
        id_ = hashlib.sha256(run.encode()).hexdigest()[:_ID]
        began = result.record.started_at.astimezone(dt.UTC).strftime("%Y-%m-%dT%H-%M-%S")
        name = f"{began}_{safe_name(result.record.benchmark)}_{id_}.json"
        text = json.dumps(_log(result, id_, statements), ensure_ascii=False, allow_nan=False)
        files[name] = f"{text}\n".encode()
    return files


def _log(result: Result, id_: str, statements: Statements | None) -> JsonValue:
    record = result.record
    if result.kind is ResultKind.POLICY:
        samples, scored = policy_samples(result, statements)
    else:
        samples, scored = pair_samples(result)
    began = record.started_at
    ended = began + dt.timedelta(seconds=record.wall_s)
    return {
        "version": VERSION,
        "status": "success" if record.complete else "cancelled",
        "eval": _spec(result, id_, samples),
        "plan": {"name": "plan", "steps": [{"solver": "generate", "params": {}}], "config": {}},
        "results": _results(result, samples, scored),
        "stats": {
            "started_at": began.isoformat(),
            "completed_at": ended.isoformat(),
            "model_usage": {},
        },
        "samples": samples,
    }


def _spec(result: Result, id_: str, samples: Sequence[dict[str, JsonValue]]) -> JsonValue:
    record = result.record
    ids = list(dict.fromkeys(sample["id"] for sample in samples))
    sampling = record.config.get("sampling")
    given = sampling if isinstance(sampling, dict) else {}
    named = ("temperature", "top_p", "max_tokens")
    about = {
        "run_id": record.run_id,
        "subject": record.subject,
        "kind": record.kind,
        "dataset_sha256": record.dataset_sha256,
        "coverage": record.coverage,
        "isolation": record.config.get("isolation"),
        "integrity": record.config.get("integrity"),
        "provenance": judge_named(record),
        "counts": record.counts,
        "notes": list(record.notes),
    }
    return {
        "eval_id": id_,
        "run_id": record.run_id,
        "created": record.started_at.isoformat(),
        "task": record.benchmark,
        "task_id": id_,
        "task_version": record.benchmark_version or 0,
        "task_args": {},
        "dataset": {
            "name": record.benchmark,
            "samples": len(ids),
            "sample_ids": ids,
            "shuffled": False,
        },
        "model": result.subject,
        "model_generate_config": {
            name: given[name] for name in named if isinstance(given.get(name), int | float)
        },
        "model_args": {},
        "config": {"epochs": max((sample["epoch"] for sample in samples), default=1)},
        "packages": _packages(result),
        "metadata": {"lcbrb": about},
        "scorers": [{"name": SCORER[result.kind], "options": {}}],
    }


def _packages(result: Result) -> dict[str, JsonValue]:
    """Who judged, by whom the run is read elsewhere: first the tool that was taken over from."""
    record = result.record
    own = {"lcbrb": record.environment.get("lcbrb", "")}
    imported = record.config.get("imported")
    if judge_of(record) is None or not isinstance(imported, dict):
        return own
    return {str(imported.get("tool")): str(imported.get("version") or ""), **own}


def _results(
    result: Result, samples: Sequence[dict[str, JsonValue]], scored: Mapping[str, Sequence[float]]
) -> JsonValue:
    """The scorer's metrics: accuracy and its error of the samples, and every estimate."""
    values = _units(result, scored)
    estimates = {str(metric): estimate for metric, estimate in result.record.estimates.items()}
    metrics: dict[str, JsonValue] = {}
    if values:
        mean, error = clustered_error(values)
        headline = estimates.get(str(HEADLINES[result.kind]))
        metadata = {"metadata": _interval(headline)} if headline else {}
        metrics["accuracy"] = {"name": "accuracy", "value": mean, **metadata}
        if error is not None:
            metrics["stderr"] = {"name": "stderr", "value": error}
    for label, estimate in estimates.items():
        figure = {"name": label, "value": estimate.value, "metadata": _interval(estimate)}
        metrics.setdefault(label, figure)
    unscored = sum(not sample["scores"] for sample in samples)
    name = SCORER[result.kind]
    return {
        "total_samples": len(samples),
        "completed_samples": len(samples) - unscored,
        "scores": [
            {
                "name": name,
                "scorer": name,
                "scored_samples": len(samples) - unscored,
                "unscored_samples": unscored,
                "params": {},
                "metrics": metrics,
            }
        ],
    }


def _units(result: Result, scored: Mapping[str, Sequence[float]]) -> list[list[float]]:
    """Values by problem: of a policy the mean of each, of a reward model those of all pairs."""
    if result.kind is ResultKind.POLICY:
        return [[sum(values) / len(values)] for values in scored.values()]
    return [list(values) for values in scored.values()]


def clustered_error(values: Sequence[Sequence[float]]) -> tuple[float, float | None]:
    """Mean of all values, and its standard error by clusters (CR1); None for one cluster."""
    labels = [place for place, own in enumerate(values) for _ in own]
    grouped = group_by_cluster(np.array(list(chain.from_iterable(values))), labels)
    if grouped.clusters < FEWEST_CLUSTERS:  # one tells no spread
        return grouped.mean, None
    return grouped.mean, grouped.sd / math.sqrt(grouped.clusters)


def _interval(estimate: Estimate) -> JsonValue:
    return {
        "low": estimate.low,
        "high": estimate.high,
        "level": estimate.level,
        "method": estimate.method,
        "n": estimate.n,
        "clusters": estimate.clusters,
    }
