"""Every Eval Ever, schema 0.3.0: one JSON file for each model and benchmark, with uncertainty.

Layout: https://github.com/evaleval/every_eval_ever, ``eval.schema.json``. A file goes to
``data/BENCHMARK/DEVELOPER/MODEL/UUID.json``, as its data store wants it. Metrics whose direction
and range we know are written (shares: pass@k and kin, accuracy); the others are named in the
file's details. What a record does not tell is ``unknown``, the schema's own word.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from lcbrb.errors import UsageError
from lcbrb.exports.naming import DATASETS, UNKNOWN, judge_named, kind_of_model, model_id
from lcbrb.runs.folder import now, safe_name
from lcbrb.runs.record import judge_of
from lcbrb.runs.results import Result
from lcbrb.types import Estimate, JsonValue, Metric, RunRecord

VERSION = "0.3.0"
_SHARE = re.compile(r"(?P<name>pass|maj|avg|oracle|best_of)@(?P<k>\d+)|accuracy")
_RUN_HERE = {"hf", "vllm", "smollm2"}
_GENERATION = {"temperature": float, "top_p": float, "max_tokens": int}


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Who ran the evaluations, and the hub's data set where the benchmark's name does not tell."""

    organization: str = UNKNOWN
    dataset: str | None = None


def every_eval_ever(results: Iterable[Result], source: Source) -> dict[str, bytes]:
    """The files by their paths.

    Raises:
        UsageError: a run is incomplete, or has no metric that can be told.
    """
    files = {}
    for result in results:
        document = _document(result, source)
        run = f"{result.record.run_id}/{result.subject}/{result.record.benchmark}"
        id_ = UUID(bytes=hashlib.sha256(run.encode()).digest()[:16], version=4)
        developer, model = _model_folders(model_id(result.subject))
        path = f"data/{safe_name(result.record.benchmark)}/{developer}/{model}/{id_}.json"
        text = json.dumps(document, ensure_ascii=False, indent=2, allow_nan=False)
        files[path] = f"{text}\n".encode()
    return files


def _document(result: Result, source: Source) -> JsonValue:
    record = result.record
    if not record.complete:
        raise UsageError(
            f"{result.folder}: the run is incomplete, which the exported file can't show: finish "
            "the run, or leave it out"
        )
    shares = {
        metric: estimate
        for metric, estimate in record.estimates.items()
        if _SHARE.fullmatch(metric.name)
    }
    if not shares:
        raise UsageError(f"{result.folder}: the run has neither pass@k nor accuracy to export")
    created, model = now(), model_id(result.subject)
    return {
        "schema_version": VERSION,
        "evaluation_id": f"{record.benchmark}/{model}/{created.timestamp():.6f}",
        "evaluation_timestamp": record.started_at.isoformat(),
        "retrieved_timestamp": f"{created.timestamp():.6f}",
        "source_metadata": {
            "source_name": "lcbrb",
            "source_type": "evaluation_run",
            "source_organization_name": source.organization,
            "evaluator_relationship": "other",
            "additional_details": _details(record, [*record.estimates], [*shares]),
        },
        "eval_library": _library(record),
        "model_info": _model(result, model),
        "evaluation_results": [
            _result(record, metric, estimate, source) for metric, estimate in shares.items()
        ],
    }


def _details(
    record: RunRecord, metrics: Sequence[Metric], shown: Sequence[Metric]
) -> dict[str, str]:
    """What else is to be known of the run; texts all, as the schema has it."""
    left_out = [str(metric) for metric in metrics if metric not in shown]
    details = {
        "run_id": record.run_id,
        "dataset_sha256": record.dataset_sha256,
        "coverage": f"{record.coverage:.4f}",
        "seed": "" if record.seed is None else str(record.seed),
        "notes": "; ".join(record.notes),
        "provenance": judge_named(record),
        "metrics_left_out": "; ".join(left_out),
        **{f"count_{name}": str(count) for name, count in record.counts.items()},
    }
    return {name: text for name, text in details.items() if text}


def _library(record: RunRecord) -> JsonValue:
    """Who judged: this toolkit, or the tool whose verdicts were taken over."""
    own = record.environment.get("lcbrb", UNKNOWN)
    imported = record.config.get("imported")
    if judge_of(record) is None or not isinstance(imported, dict):
        return {"name": "lcbrb", "version": own}
    return {
        "name": str(imported.get("tool")),
        "version": str(imported.get("version") or UNKNOWN),
        "additional_details": {"taken_over_by": f"lcbrb {own}"},
    }


def _model(result: Result, model: str) -> JsonValue:
    kind, record = kind_of_model(result.subject), result.record
    here = kind in _RUN_HERE and judge_of(record) is None
    versions = {name: record.environment.get(name) for name in ("transformers", "torch")}
    return {
        "name": model,
        "id": model,
        "developer": _model_folders(model)[0],
        "additional_details": {
            "deployment_type": "self_deployed" if here else UNKNOWN,
            "model_availability": UNKNOWN,
            **({"revision": record.revision} if record.revision else {}),
            **{name: version for name, version in versions.items() if here and version},
        },
    }


def _model_folders(model: str) -> tuple[str, str]:
    developer, _, name = model.rpartition("/")
    return safe_name(developer) if developer else UNKNOWN, safe_name(name)


def _result(
    record: RunRecord, metric: Metric, estimate: Estimate, source: Source
) -> dict[str, JsonValue]:
    part = ", ".join(f"{name} {value}" for name, value in metric.slices)
    parts = _SHARE.fullmatch(metric.name)
    assert parts is not None  # noqa: S101 - it was chosen by that
    k = parts["k"]
    parameters: dict[str, JsonValue] = {"k": int(k)} if k else {}
    return {
        "evaluation_result_id": str(metric),
        "evaluation_name": record.benchmark + (f" ({part})" if part else ""),
        "source_data": _data(record, source),
        "evaluation_timestamp": record.started_at.isoformat(),
        "metric_config": {
            "metric_id": f"{parts['name']}_at_k" if k else "accuracy",
            "metric_name": metric.name,
            "metric_kind": "pass_rate" if parts["name"] == "pass" else "accuracy",
            "metric_unit": "proportion",
            "metric_parameters": {**parameters, **dict(metric.slices)},
            "lower_is_better": False,
            "score_type": "continuous",
            "min_score": 0.0,
            "max_score": 1.0,
        },
        "score_details": _score(estimate),
        "generation_config": _generation(record),
    }


def _score(estimate: Estimate) -> JsonValue:
    uncertainty: dict[str, JsonValue] = {"num_samples": estimate.n}
    if estimate.low is not None and estimate.high is not None:
        uncertainty["confidence_interval"] = {
            "lower": estimate.low,
            "upper": estimate.high,
            "confidence_level": estimate.level,
            "method": estimate.method,
        }
    return {
        "score": estimate.value,
        "details": {
            "n": str(estimate.n),
            "clusters": str(estimate.clusters),
            "interval": estimate.method,
        },
        "uncertainty": uncertainty,
    }


def _data(record: RunRecord, source: Source) -> JsonValue:
    name = source.dataset or DATASETS.get(record.benchmark.partition("@")[0])
    details = {"version": record.benchmark_version, "sha256": record.dataset_sha256}
    source_data: dict[str, JsonValue] = {
        "dataset_name": record.benchmark,
        "source_type": "hf_dataset" if name else "other",
        "additional_details": {key: text for key, text in details.items() if text},
    }
    return source_data | {"hf_repo": name.partition("#")[0]} if name else source_data


def _generation(record: RunRecord) -> JsonValue:
    """How replies were sampled, as far as the record tells; the rest as texts."""
    sampling = record.config.get("sampling")
    given: Mapping[str, Any] = sampling if isinstance(sampling, dict) else {}
    known: dict[str, JsonValue] = {
        name: given[name]
        for name in _GENERATION
        if isinstance(given.get(name), int | float) and not isinstance(given[name], bool)
    }
    other = {name: value for name, value in given.items() if name not in known}
    return {
        "generation_args": known,
        "additional_details": {
            name: value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
            for name, value in other.items()
            if value is not None
        },
    }
