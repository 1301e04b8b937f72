"""Recorded samples with verdicts, for best-of-n: a run folder of `lcbrb bench`, or files.

``PATH[?benchmark=NAME][&reads=reasoning][&fewest=N]``, where PATH is

- a run folder of ``lcbrb bench``, or a folder of such runs of several policies on one benchmark:
  their completions, and the verdicts on them,
- a file, folder or pattern as `replay:` takes it (``replay:`` in front may be left out), whose
  rows carry verdicts of their own, or ``replay:mini``.

A reward model reads the problem and the sample's whole reply, or its reasoning alone. The problem's
text comes from the benchmark, which a run folder names, or from the file where that has texts in
place of ids. Samples without a verdict are left out and counted by the reason; a verdict that we
failed to give is one of these, not a failure of the sample.
"""

from __future__ import annotations

import dataclasses
import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from pydantic import PositiveInt

from lcbrb.codec import sha256_file, sha256_text
from lcbrb.config import build
from lcbrb.errors import DataUnavailableError, UsageError
from lcbrb.pair_identity import text_id
from lcbrb.policies.recorded_layouts import read_drafts
from lcbrb.policies.replay import Replay, from_spec as replay
from lcbrb.registry import Spec, parse_spec
from lcbrb.runs.benchmarks import Benchmarks, benchmark_of_run
from lcbrb.runs.folder import RECORD
from lcbrb.runs.results import find_runs, read_completions, read_folder, read_run
from lcbrb.types import Completion, OfSample, RunKind, RunRecord, Status

_PACKAGED = "mini"
_NAMED = 5  # of runs that don't belong together


class Reads(StrEnum):
    """What of a sample a reward model is given."""

    REPLY = "reply"
    REASONING = "reasoning"


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What ``PATH?…`` takes. `fewest` leaves out groups with fewer judged samples."""

    benchmark: str = ""
    reads: Reads = Reads.REPLY
    fewest: PositiveInt = 2
    model: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgedSample(OfSample):
    """One sample as a reward model is to read it, and whether it passed."""

    prompt: str
    response: str
    passed: bool

    @property
    def group(self) -> tuple[str, str]:
        """What it is chosen among: a sampler's samples of a problem."""
        return self.problem_id, self.policy_id


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleSet:
    """Samples under a name, groups together. `left_out` counts samples by why they are not here.

    `counts` are for the record of whoever chooses among them.
    """

    name: str
    version: str
    samples: Sequence[JudgedSample]
    left_out: dict[str, int]
    notes: tuple[str, ...] = ()
    counts: Mapping[str, int] = field(default_factory=dict)

    @property
    def sha256(self) -> str:
        """Of all that a result is computed over."""
        rows = [
            [*sample.key, sample.prompt, sample.response, sample.passed] for sample in self.samples
        ]
        return sha256_text(json.dumps(rows, ensure_ascii=True))


def open_samples(text: str, benchmarks: Benchmarks) -> SampleSet:
    """The samples that a spec names.

    Raises:
        DataUnavailableError: nothing is there, or the benchmark's data is not to be had.
        UsageError, BadInputError: it holds no judged samples, or something that can't be read.
    """
    spec = parse_spec(text)
    options = build(Options, spec.options, "--best-of")
    where = f"{spec.kind}:{spec.target}" if spec.target else spec.kind
    path = Path(where).expanduser()
    names_one = not set(where) & set("*?[") and where != _PACKAGED and spec.kind != "replay"
    if names_one and not path.exists():
        raise DataUnavailableError(
            f"{where}: there is no such run folder, and no such file of samples"
        )
    if path.is_dir() and not spec.text.startswith("replay:") and any(path.rglob(RECORD)):
        sample_set = _from_runs(path, options, benchmarks)
    else:
        sample_set = _from_files(where.removeprefix("replay:"), options, benchmarks)
    return _checked(sample_set, options, where)


def _checked(sample_set: SampleSet, options: Options, where: str) -> SampleSet:
    """Groups together in the order of their first samples, those with too few left out.

    Raises:
        UsageError: nothing is left.
    """
    sizes = Counter(sample.group for sample in sample_set.samples)
    large_enough = [
        sample for sample in sample_set.samples if sizes[sample.group] >= options.fewest
    ]
    left_out = dict(sample_set.left_out)
    if len(large_enough) < len(sample_set.samples):
        left_out["too_few"] = len(sample_set.samples) - len(large_enough)
    if not large_enough:
        lacks = ", ".join(f"{count} {why}" for why, count in left_out.items()) or "it is empty"
        raise UsageError(
            f"{where} holds no problem with {options.fewest} graded samples to choose among "
            f"({lacks}); grade completions without verdicts with lcbrb bench --policy replay:… "
            "--out DIR"
        )
    order = {
        group: place
        for place, group in enumerate(dict.fromkeys(sample.group for sample in large_enough))
    }
    large_enough.sort(key=lambda sample: (order[sample.group], sample.sample_index))
    return dataclasses.replace(sample_set, samples=large_enough, left_out=left_out)


# -------------------------------------------------------------------------------- a run folder


def _from_runs(path: Path, options: Options, benchmarks: Benchmarks) -> SampleSet:
    """The samples of the only run at or below a path, or of runs that differ in the policy alone.

    Raises:
        UsageError: there is none, or several that don't belong together.
    """
    records = {folder: read_run(folder) for folder in find_runs(path)}
    kinds = sorted({record.kind for record in records.values()})
    runs = {folder: record for folder, record in records.items() if record.kind == RunKind.BENCH}
    if not runs:
        raise UsageError(f"{path} holds a run of kind {', '.join(kinds)}, not a run of lcbrb bench")
    data = {(run.benchmark, run.benchmark_version, run.dataset_sha256) for run in runs.values()}
    if len(data) > 1 or len({run.subject for run in runs.values()}) < len(runs):
        names = ", ".join(str(folder.relative_to(path)) for folder in list(runs)[:_NAMED])
        raise UsageError(f"{path} holds {len(runs)} runs of lcbrb bench ({names}): name one")
    parts = [_from_run(folder, record, options, benchmarks) for folder, record in runs.items()]
    return SampleSet(
        name=parts[0].name,
        version=parts[0].version,
        samples=[sample for part in parts for sample in part.samples],
        left_out=dict(sum((Counter(part.left_out) for part in parts), Counter())),
        notes=tuple(note for part in parts for note in part.notes),
    )


def _from_run(
    folder: Path, record: RunRecord, options: Options, benchmarks: Benchmarks
) -> SampleSet:
    bench = options.benchmark or record.benchmark
    whole = benchmark_of_run(record, benchmarks, options.benchmark)
    prompts = {problem.id: problem.prompt for problem in whole.load()}
    verdicts = {row.key: row.status for result in read_folder(folder) for row in result.samples}
    left_out: Counter[str] = Counter()
    samples = []
    for completion in read_completions(folder, record):
        status = verdicts.get(completion.key)
        if completion.problem_id not in prompts:
            raise UsageError(
                f"{folder}: {completion.problem_id} is not a problem of {bench} here: name the "
                "run's benchmark with ?benchmark=NAME"
            )
        if status is None or status is Status.HARNESS_ERROR:
            left_out["no_verdict" if status is None else status.value] += 1
            continue
        passed = status is Status.PASSED
        samples.append(
            _sample(completion, prompts[completion.problem_id], options.reads, passed=passed)
        )
    notes = () if record.complete else (f"the run {folder.name} is incomplete",)
    return SampleSet(
        name=record.benchmark,
        version=record.benchmark_version,
        samples=samples,
        left_out=dict(left_out),
        notes=notes,
    )


def _sample(completion: Completion, prompt: str, reads: Reads, *, passed: bool) -> JudgedSample:
    text = completion.text if reads is Reads.REPLY else completion.reasoning or ""
    return JudgedSample(
        problem_id=completion.problem_id,
        policy_id=completion.policy_id,
        sample_index=completion.sample_index,
        prompt=prompt,
        response=text if text.strip() else "",
        passed=passed,
    )


# ----------------------------------------------------------------------------------------- files


def _from_files(target: str, options: Options, benchmarks: Benchmarks) -> SampleSet:
    given = {"model": options.model} if options.model else {}
    policy = replay(Spec(text=f"replay:{target}", kind="replay", target=target, options=given))
    if options.benchmark or policy.packaged:
        name = options.benchmark or _PACKAGED
        bench = benchmarks(name)
        problems = {problem.id: problem.prompt for problem in bench.load()}
        replayed = policy.replay(bench.load())
        completions: Iterable[Completion] = replayed.completions
        unknown = sum(replayed.unknown.values())
        label, version = f"{name} ({Path(target).name})", bench.version
    else:
        completions, problems = _by_text(policy)
        unknown, label, version = 0, Path(target).name, _version(policy.paths)
    left_out: Counter[str] = Counter({"unknown": unknown} if unknown else {})
    samples = []
    for completion in completions:
        passed = completion.recorded.passed if completion.recorded else None
        if passed is None:
            left_out["no_verdict"] += 1
            continue
        samples.append(
            _sample(completion, problems[completion.problem_id], options.reads, passed=passed)
        )
    note = "verdicts come from the file"
    return SampleSet(
        name=label,
        version=version,
        samples=samples,
        left_out=dict(left_out),
        notes=(note,),
    )


def _by_text(policy: Replay) -> tuple[list[Completion], dict[str, str]]:
    """Completions of files that hold the problems' texts, and the problems' texts by id.

    Raises:
        UsageError: the file names its problems by ids.
    """
    problems: dict[str, str] = {}
    counts: Counter[tuple[str, str]] = Counter()
    completions = []
    for path in policy.paths:
        for draft in read_drafts(path):
            if not any(map(str.isspace, draft.problem_id.strip())):
                raise UsageError(
                    f"{path} gives only ids of problems ({draft.problem_id[:60]}): name the "
                    "benchmark with their texts, ?benchmark=NAME|PATH"
                )
            name = text_id(draft.problem_id)
            problems.setdefault(name, draft.problem_id)
            sampler = policy.model or draft.sampler
            completions.append(draft.completion(name, sampler, counts[name, sampler]))
            counts[name, sampler] += 1
    return completions, problems


def _version(paths: Sequence[Path]) -> str:
    if len(paths) == 1:
        return sha256_file(paths[0])[:12]
    return sha256_text("".join(map(sha256_file, paths)))[:12]
