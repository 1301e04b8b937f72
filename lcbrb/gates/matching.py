"""Which result of the candidate belongs to which of the baseline, and whether they compare."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from lcbrb.errors import UsageError
from lcbrb.gates.config import Check, GateConfig
from lcbrb.gates.metrics import Measure, default_measure, parse_measure, values
from lcbrb.gates.quarantine import Quarantine, family
from lcbrb.gates.report import Difference, Direction
from lcbrb.gates.side_notes import side_notes
from lcbrb.runs.record import judge_of, tests_in_reach
from lcbrb.runs.results import Result, ResultKind
from lcbrb.types import JsonValue

#: of a record's config: what changes the replies themselves
_SAMPLING = ("sampling", "templates")
_NAMED = 3
_ROUNDED = 12  # digits: shares that are equal but for rounding are equal

Key = tuple[str, ResultKind]


@dataclass(frozen=True, slots=True, kw_only=True)
class Matched:
    """A check with its evidence on both sides; None where a side has none."""

    benchmark: str
    check: Check
    baseline: Result | None
    candidate: Result | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Paired:
    """What both sides have a result for: N pairs or problems in the order of their names.

    `gains_N` are candidate minus baseline, turned so that more is better. `unpaired` counts results
    of one side only, where that is a gap and not a difference between data sets.
    """

    matched: Matched
    measure: Measure
    direction: Direction
    units_N: tuple[str, ...]
    problems_N: tuple[str, ...]
    baseline_N: tuple[float, ...]
    candidate_N: tuple[float, ...]
    gains_N: tuple[float, ...]
    unpaired: int
    quarantined: int
    same_outputs: bool
    notes: tuple[str, ...]


# -------------------------------------------------------------------------------- matching


def match(
    baseline: Sequence[Result], candidate: Sequence[Result], config: GateConfig
) -> list[Matched]:
    """Every check with its result, benchmarks in the order of their names.

    Benchmarks are the same by name, else by name without release and window
    (``humaneval+@v0.1.9``, ``livecodebench?since=…``): whether those compare is asked later.
    A benchmark that each side has once is compared whatever its subjects are called: a new
    checkpoint has a new name. Where a side has several subjects they are compared by name.

    Raises:
        UsageError: a side has two runs of the same subject on a benchmark, or several that can't
            be told apart.
    """
    both = {result.record.benchmark for result in baseline} & {
        result.record.benchmark for result in candidate
    }
    before = _by_benchmark(baseline, "baseline", both)
    after = _by_benchmark(candidate, "candidate", both)
    matches = [
        Matched(benchmark=key[0], check=check, baseline=old, candidate=new)
        for key in sorted({*before, *after})
        for old, new in _by_subject(key[0], before.get(key, {}), after.get(key, {}))
        for check in _checks(key, config)
    ]
    used = [matching.check for matching in matches]
    for check in config.checks:
        if check not in used:
            lacking = Matched(benchmark=check.benchmark, check=check, baseline=None, candidate=None)
            matches.append(lacking)
    return matches


def _by_benchmark(
    side: Sequence[Result], role: str, both: Collection[str]
) -> dict[Key, dict[str, Result]]:
    by_benchmark: dict[Key, dict[str, Result]] = defaultdict(dict)
    for result in side:
        name = result.record.benchmark
        subjects = by_benchmark[name if name in both else family(name), result.kind]
        if earlier := subjects.get(result.subject):
            raise UsageError(
                f"the {role} has two runs of {result.subject} on {name}: {earlier.folder} and "
                f"{result.folder}: name one of them"
            )
        subjects[result.subject] = result
    return by_benchmark


def _by_subject(
    benchmark: str, old: Mapping[str, Result], new: Mapping[str, Result]
) -> Iterator[tuple[Result | None, Result | None]]:
    if len(old) <= 1 and len(new) <= 1:
        yield next(iter(old.values()), None), next(iter(new.values()), None)
        return
    if old and new and not old.keys() & new.keys():
        raise UsageError(
            f"{benchmark}: it is unclear which of {_names(new)} to compare with which of "
            f"{_names(old)}: name one run folder on each side"
        )
    for subject in sorted({*old, *new}):
        yield old.get(subject), new.get(subject)


def _names(subjects: Mapping[str, Result]) -> str:
    shown = sorted(subjects)[:_NAMED]
    return ", ".join(shown) + (" …" if len(subjects) > _NAMED else "")


def _checks(key: Key, config: GateConfig) -> list[Check]:
    benchmark, kind = key
    named = [c for c in config.checks if c.benchmark in {benchmark, family(benchmark)}]
    fitting = [
        check for check in named if check.metric is None or parse_measure(check.metric).kind is kind
    ]
    return fitting if named else [Check(benchmark=benchmark)]


# -------------------------------------------------------------------------- may they be compared?


def check_comparable(matched: Sequence[Matched], allow: Sequence[Difference]) -> list[str]:
    """Refuse records that differ in what was asked, unless told; the allowed ones become notes.

    Raises:
        UsageError: they differ in one of them.
    """
    refused: dict[Difference, list[str]] = defaultdict(list)
    notes: list[str] = []
    for matching in matched:
        for kind, what in _differences(matching):
            text = f"{matching.benchmark}: {what}"
            if kind in allow:
                notes.append(f"{text} (allowed)")
            elif text not in refused[kind]:
                refused[kind].append(text)
    if refused:
        reasons = "; ".join(text for texts in refused.values() for text in texts)
        names = ",".join(kind.value for kind in Difference if kind in refused)
        raise UsageError(
            f"the two runs were not made under the same conditions: {reasons}. Compare them "
            f"anyway with --allow {names}"
        )
    return list(dict.fromkeys(notes))


def _differences(matching: Matched) -> Iterator[tuple[Difference, str]]:
    if matching.baseline is None or matching.candidate is None:
        return
    before, after = matching.baseline.record, matching.candidate.record
    if before.benchmark_version != after.benchmark_version:
        versions = (
            f"{before.benchmark_version or 'none'} against {after.benchmark_version or 'none'}"
        )
        yield Difference.VERSION, f"benchmark version {versions}"
    if before.dataset_sha256 != after.dataset_sha256:
        hashes = f"{before.dataset_sha256[:12]} against {after.dataset_sha256[:12]}"
        yield Difference.DATA, f"data hash {hashes}"
    places = before.config.get("environment"), after.config.get("environment")
    if places[0] != places[1]:
        yield Difference.DATA, f"environment {places[0]} against {places[1]}"
    counts = _samples_a_problem(matching.baseline), _samples_a_problem(matching.candidate)
    if all(counts) and counts[0] != counts[1]:
        yield Difference.SAMPLING, f"{counts[0]} against {counts[1]} samples per problem"
    changed = [
        name
        for name in _SAMPLING
        if _sampling(before.config.get(name)) != _sampling(after.config.get(name))
    ]
    if changed:
        yield Difference.SAMPLING, f"settings {_settings(before.config, after.config, changed)}"
    levels = tests_in_reach(before), tests_in_reach(after)
    if any(levels) and not all(levels):
        role = "baseline" if levels[0] else "candidate"
        level = levels[0] or levels[1]
        yield (
            Difference.ISOLATION,
            f"the {role}'s programs could have read the tests (level {level})",
        )
    judges = judge_of(before) or "this toolkit", judge_of(after) or "this toolkit"
    if judges[0] != judges[1]:
        yield Difference.JUDGE, f"judged by {judges[0]} against {judges[1]}"


def _samples_a_problem(result: Result) -> int:
    """The most samples that any problem has; harness errors count, they were asked for."""
    return max(Counter(sample.problem_id for sample in result.samples).values(), default=0)


def _sampling(value: JsonValue) -> JsonValue:
    """Settings without the seed: repeats differ in it."""
    if not isinstance(value, dict):
        return value
    return {key: setting for key, setting in value.items() if key != "seed"}


def _settings(before: JsonValue, after: JsonValue, changed: Sequence[str]) -> str:
    texts = []
    for name in changed:
        old, new = before.get(name), after.get(name)
        if isinstance(old, dict) and isinstance(new, dict):
            keys = sorted(k for k in {*old, *new} if k != "seed" and old.get(k) != new.get(k))
            texts += [f"{key} {old.get(key)!r} against {new.get(key)!r}" for key in keys]
        else:
            texts.append(name)
    return ", ".join(texts)


# --------------------------------------------------------------------------------- pairing


def pair(matched: Matched, quarantine: Quarantine) -> Paired | None:
    """The results that both sides of a check have, without quarantined problems; None: no result.

    Raises:
        UsageError: the metric can't be had from a run.
    """
    old, new, name = matched.baseline, matched.candidate, matched.check.metric
    if old is None or new is None:
        return None
    measure = default_measure(old.kind) if name is None else parse_measure(name)
    before, after = values(old, measure), values(new, measure)
    left_out = quarantine.problems(matched.benchmark)
    asked = {**_asked(new), **_asked(old)}
    left_in = {unit for unit, problem in asked.items() if problem not in left_out}
    common = sorted(left_in & before.keys() & after.keys())
    if not common:
        return None
    direction = matched.check.direction or measure.direction
    sign = 1 if direction is Direction.HIGHER else -1
    gains = tuple(sign * round(after[unit] - before[unit], _ROUNDED) for unit in common)
    gaps = len(left_in) - len(common)
    same_data = old.record.dataset_sha256 == new.record.dataset_sha256
    same_outputs = _same_outputs(old, new)
    notes = []
    if gaps:
        why = (
            "no verdict (harness error, or not finished)" if same_data else "not in both data sets"
        )
        notes.append(f"{gaps} results are missing on one side: {why}")
    for role, side in (("baseline", old), ("candidate", new)):
        notes += side_notes(role, side.record)
    if same_outputs and any(gains):
        notes.append("the outputs are the same, but the verdicts differ: grading is unstable here")
    return Paired(
        matched=matched,
        measure=measure,
        direction=direction,
        units_N=tuple(common),
        problems_N=tuple(asked[unit] for unit in common),
        baseline_N=tuple(before[unit] for unit in common),
        candidate_N=tuple(after[unit] for unit in common),
        gains_N=gains,
        unpaired=gaps if same_data else 0,
        quarantined=len({*asked.values()} & left_out),
        same_outputs=same_outputs,
        notes=tuple(notes),
    )


def _asked(result: Result) -> dict[str, str]:
    """Pair or problem to problem: all that the run was asked, results or not."""
    if result.kind is ResultKind.REWARD_MODEL:
        return {scored_pair.pair_id: scored_pair.problem_id for scored_pair in result.scored_pairs}
    return {sample.problem_id: sample.problem_id for sample in result.samples}


def _same_outputs(old: Result, new: Result) -> bool:
    """Whether the records prove that both sides gave the very same outputs."""
    if old.record.run_id == new.record.run_id and old.subject == new.subject:
        return True
    if old.kind is ResultKind.REWARD_MODEL:
        scores = [
            {p.pair_id: (p.chosen_score, p.rejected_score) for p in side.scored_pairs}
            for side in (old, new)
        ]
        return scores[0] == scores[1]
    hashes = [side.record.config.get("completions_sha256") for side in (old, new)]
    return hashes[0] is not None and hashes[0] == hashes[1] and old.subject == new.subject
