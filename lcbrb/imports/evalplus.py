"""EvalPlus' and BigCodeBench's ``*_eval_results.json``: each solution with the tool's verdicts.

The solutions are read as `replay:` reads them (`lcbrb.policies.recorded_layouts`). EvalPlus' file
has the MD5 of its tests in it, which tells the release; BigCodeBench's tells no version at all.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import isclose
from pathlib import Path
from typing import Any

from lcbrb import codec
from lcbrb.errors import BadInputError
from lcbrb.grading.grader import recorded_verdict
from lcbrb.harness.estimates import estimates
from lcbrb.imports.fields import LayoutError, laid_out, number
from lcbrb.imports.foreign import ForeignRun, Tool
from lcbrb.policies.recorded_layouts import Draft, result_drafts, sampler_of
from lcbrb.sources.problems.bigcodebench import hard_ids
from lcbrb.sources.problems.evalplus import HUMANEVAL_PLUS, MBPP_PLUS
from lcbrb.types import Completion, Metric, Verdict

_ROUNDING = 1e-6
_DATE = "%Y-%m-%d %H:%M"
_FAMILIES = {"HumanEval/": HUMANEVAL_PLUS, "Mbpp/": MBPP_PLUS}
#: problems of each release
_TOTALS = {
    "humaneval+": {"v0.1.9": 164, "v0.1.10": 164},
    "mbpp+": {"v0.1.0": 399, "v0.2.0": 378},
}
_BIGCODEBENCH, _BIGCODEBENCH_TOTAL = "BigCodeBench/", 1140


@dataclass(frozen=True, slots=True, kw_only=True)
class _Measured:
    """What a file's problems are: a benchmark of ours by name, as far as the file tells it."""

    tool: str
    name: str
    version: str
    total: int
    notes: Sequence[str] = ()


def read_results(path: Path, document: Mapping[str, Any]) -> list[ForeignRun]:
    """The run of each model in a result file: one, unless its rows name several.

    Raises:
        BadInputError: the file is broken, a solution has no verdict, or its own pass@k is not that
            of its rows.
    """
    with laid_out(path, "a result file of EvalPlus"):
        drafts = list(result_drafts(path, document))
        if not drafts:
            raise LayoutError("it contains no solutions")
        measured = _measured(document, drafts)
        by_model: dict[str, list[Draft]] = {}
        for draft in drafts:
            by_model.setdefault(draft.sampler, []).append(draft)
        runs = [_run(path, document, measured, name, own) for name, own in by_model.items()]
        if len(runs) == 1:
            _check_rates(path, document, runs[0])
    return runs


def _measured(document: Mapping[str, Any], drafts: Sequence[Draft]) -> _Measured:
    """Which benchmark, by the problems' ids and the hash of the tests."""
    ids = {draft.problem_id for draft in drafts}
    kinds = {id_.partition("/")[0] + "/" for id_ in ids}
    if kinds == {_BIGCODEBENCH}:
        hard = ids == hard_ids()
        return _Measured(
            tool="bigcodebench",
            name="bigcodebench-hard" if hard else "bigcodebench",
            version="",
            total=len(ids) if hard else _BIGCODEBENCH_TOTAL,
            notes=("the file does not say which release of BigCodeBench it is from",),
        )
    family = _FAMILIES.get(next(iter(kinds))) if len(kinds) == 1 else None
    if family is None:
        named = ", ".join(sorted(ids)[:3])
        raise LayoutError(
            f"its problems ({named}) don't all belong to one benchmark of EvalPlus or BigCodeBench"
        )
    digest = document.get("hash")
    release = next((name for name, md5 in family.releases.items() if md5 == digest), "")
    named_by = f"tests {digest[:12]}" if isinstance(digest, str) and digest else ""
    plus = any(draft.recorded and draft.recorded.plus_passed is not None for draft in drafts)
    return _Measured(
        tool="evalplus",
        name=family.name if plus else f"{family.name} (base tests)",
        version=release or named_by,
        total=_TOTALS[family.name].get(release, 0),
        notes=() if release else ("its tests belong to no release that lcbrb knows",),
    )


def _run(
    path: Path,
    document: Mapping[str, Any],
    measured: _Measured,
    subject: str,
    drafts: Sequence[Draft],
) -> ForeignRun:
    numbers: Counter[str] = Counter()
    completions: list[Completion] = []
    verdicts: list[Verdict] = []
    for draft in drafts:
        name = draft.problem_id
        completion = draft.completion(name, subject, numbers[name])
        numbers[name] += 1
        completions.append(completion)
        verdicts.append(_verdict(name, completion, parts=not measured.name.endswith(")")))
    ids = sorted(numbers)
    date = document.get("date")
    return ForeignRun(
        tool=Tool(name=measured.tool),
        files=[path],
        subject=subject,
        subject_told=subject != sampler_of(path),
        benchmark=measured.name,
        benchmark_version=measured.version,
        data_sha256=codec.sha256_text("\n".join([str(document.get("hash") or ""), *ids])),
        completions=completions,
        verdicts=verdicts,
        problems=len(ids),
        total=max(measured.total, len(ids)) if measured.total else 0,
        started_at=_time(date),
        notes=measured.notes,
    )


def _verdict(name: str, completion: Completion, *, parts: bool) -> Verdict:
    """The file's verdict; what fails the base tests needs no other.

    Raises:
        LayoutError: there is none, or it passes base tests alone where others have both kinds.
    """
    verdict, recorded = recorded_verdict(completion), completion.recorded
    if verdict is None:
        raise LayoutError(f"a solution of {name} has no verdict")
    alone = recorded is not None and recorded.base_passed and recorded.plus_passed is None
    if parts and alone:
        raise LayoutError(f"a solution of {name} passes the base tests, but has no plus status")
    return verdict


def _check_rates(path: Path, document: Mapping[str, Any], run: ForeignRun) -> None:
    """Hold the file's own pass@k against its rows.

    Raises:
        BadInputError: they contradict each other.
    """
    stated = document.get("pass_at_k")
    verdicts = [verdict for verdict in run.verdicts if verdict is not None]
    counted = estimates(run.completions, verdicts, ())
    for part, tests in (("base", "base"), ("plus", "base + plus")):
        rates = stated.get(part) if isinstance(stated, Mapping) else None
        rate = number(rates.get("pass@1")) if isinstance(rates, Mapping) else None
        own = counted.get(Metric.of("pass@1", tests=tests))
        if rate is not None and own is not None and not isclose(rate, own.value, abs_tol=_ROUNDING):
            raise BadInputError(
                f"it says that pass@1 on {tests} tests is {rate:.6g}, but its own rows give "
                f"{own.value:.6g}: it was changed since it was written",
                path=path,
            )


def _time(date: object) -> dt.datetime | None:
    """The file's date, which tells no time zone and is taken as UTC."""
    try:
        return dt.datetime.strptime(str(date), _DATE).replace(tzinfo=dt.UTC)
    except ValueError:
        return None
