"""The hub's ``.eval_results/*.yaml``: scores that show on a model's page and a benchmark's board.

Layout: huggingface_hub's `EvalResultEntry` (https://huggingface.co/docs/hub/eval-results).
"""

from __future__ import annotations

from collections.abc import Iterable

from lcbrb.errors import UsageError
from lcbrb.exports.naming import DATASETS, judge_named
from lcbrb.runs.folder import safe_name
from lcbrb.runs.results import HEADLINES, Result
from lcbrb.types import Estimate

_POINTS = 2  # digits of a percentage


def hub_results(results: Iterable[Result], dataset: str | None = None) -> dict[str, bytes]:
    """The files by their paths, one for each subject and benchmark.

    Args:
        results: finished runs over whole benchmarks.
        dataset: the hub data set and the task in it, ``ORG/NAME`` or ``ORG/NAME#TASK``; None: the
            one that the benchmark is known by.

    Raises:
        UsageError: a run is incomplete or over a part, has no headline score, or its data set is
            not known.
    """
    import yaml
    from huggingface_hub import EvalResultEntry, eval_result_entries_to_yaml

    files: dict[str, bytes] = {}
    for result in results:
        record, estimate = result.record, _headline(result)
        if not record.complete or record.partial or record.coverage < 1.0:
            state = "over a part" if record.complete else "incomplete"
            raise UsageError(
                f"{result.folder}: the run is {state}, and a model's page shows scores of whole "
                "benchmarks: finish it, or leave it out"
            )
        name, _, task = (dataset or DATASETS.get(record.benchmark, "")).partition("#")
        if not name:
            raise UsageError(
                f"{result.folder}: lcbrb does not know the hub data set of {record.benchmark}: "
                "name it with --dataset ORG/NAME or ORG/NAME#TASK"
            )
        entry = EvalResultEntry(
            dataset_id=name,
            task_id=task or "default",
            value=round(100 * estimate.value, _POINTS),
            date=record.started_at.isoformat(),
            notes=_notes(result, estimate),
        )
        text = yaml.safe_dump(
            eval_result_entries_to_yaml([entry]), sort_keys=False, allow_unicode=True
        )
        subject = safe_name(result.subject)
        path = f"{subject}/.eval_results/{safe_name(record.benchmark)}.yaml"
        if path in files:
            raise UsageError(f"{subject} has two runs on {record.benchmark}: {result.folder}")
        files[path] = text.encode()
    return files


def _headline(result: Result) -> Estimate:
    metric = HEADLINES.get(result.kind)
    estimate = None if metric is None else result.record.estimates.get(metric)
    if estimate is None:
        raise UsageError(f"{result.folder}: a run of this kind has no headline score")
    return estimate


def _notes(result: Result, estimate: Estimate) -> str:
    record = result.record
    interval = ""
    if estimate.low is not None and estimate.high is not None:
        interval = (
            f", {estimate.level:.0%} [{100 * estimate.low:.1f}, {100 * estimate.high:.1f}] "
            f"({estimate.method})"
        )
    metric = HEADLINES[result.kind]
    judge = judge_named(record)
    tool = judge or f"lcbrb {record.environment.get('lcbrb', '')}"
    return (
        f"{metric} in percent, n {estimate.n}{interval}; {record.benchmark} "
        f"{record.benchmark_version}, data sha256 {record.dataset_sha256[:12]}; {tool}"
    )
