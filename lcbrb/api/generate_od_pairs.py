"""`lcbrb.generate_od_pairs`: a policy writes, improves and spoils reasonings; pairs of these."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from evaluators import benchmark as open_benchmark
from lcbrb.api.build_od_pairs import OdPairs, read_mix
from lcbrb.config import build, member
from lcbrb.errors import IncompleteRunError, UsageError
from lcbrb.grading.isolation import marks, sandbox_to_grade
from lcbrb.harness.run import Part
from lcbrb.pairs.manifest import run_folder, write_pair_file
from lcbrb.pairs.od.generated import Terms
from lcbrb.pairs.od.programmatic import KINDS_OF_PAIR
from lcbrb.pairs.od.rewrite_checks import OdConfig
from lcbrb.pairs.od.stages import Work, run_stages
from lcbrb.pairs.od.templates import Dimension, load_od_templates
from lcbrb.policies import open_policy
from lcbrb.policies.cache import Cached
from lcbrb.protocols.policy import Policy
from lcbrb.protocols.progress import SILENT, Progress
from lcbrb.runs.folder import open_run
from lcbrb.runs.record import benchmark_data, new_record
from lcbrb.types import JsonValue, PreferencePair, RunKind, RunRecord


def generate_od_pairs(
    problems: str,
    policy: str,
    out: Path | str,
    *,
    n: int | None = None,
    mix: Mapping[str, float] | None = None,
    dimensions: Sequence[str] | None = None,
    templates: Path | str | None = None,
    limit: int | None = None,
    seed: int = 0,
    config: Mapping[str, Any] | None = None,
    isolation: str | None = None,
    progress: Progress = SILENT,
) -> OdPairs:
    """Have a policy write, improve and degrade reasoning; check all three versions, and pair them.

    Next to `out`, a manifest (``….manifest.json``) that counts refused replies by reason and a run
    folder (``….run``) with a `bench` run for each stage are written; calling it again resumes a
    stopped run. Replies are also kept in the cache of generations.

    Args:
        problems: a benchmark's name or a file of problems, as in `lcbrb.bench`.
        policy: the writer: ``openai:``, ``hf:``, ``vllm:`` or any other policy that samples.
        out: the file of pairs, JSONL.
        n: most pairs to make; None: as many as the proportions allow.
        mix: the proportions of ``strong`` (optimized over degraded), ``optimized`` (over initial)
            and ``degraded`` (initial over it); default 2, 1 and 1.
        dimensions: some of ``factual-accuracy``, ``logical-rigor`` and ``logical-coherence``;
            default all.
        templates: a folder with your own prompt templates (docs/od-pairs.md).
        limit: use only this many problems, drawn at random.
        seed: for all random draws and for sampling.
        config: settings of `lcbrb.pairs.od.rewrite_checks.OdConfig` by name.
        isolation: the lowest level of isolation (see `lcbrb doctor`) at which programs may run.
        progress: receives the progress of the work.

    Raises:
        IncompleteRunError: replies or verdicts are missing. What was made is kept, and the pairs
            of the rest are written unless the policy stopped answering.
        LcbrbError: an option or a file can't be used, or the policy can't answer.
    """
    output = Path(out).expanduser()
    if output.is_dir():
        raise UsageError(f"--output {output} is a folder: name a file in it")
    settings = build(OdConfig, config or {}, "pairs od")
    settings.check()
    terms = Terms(
        config=settings,
        templates=load_od_templates(Path(templates).expanduser() if templates else None),
        mix=read_mix(mix),
        count=n,
        seed=seed,
    )
    named = [member(Dimension, name, "dimension") for name in dimensions or Dimension]
    along = tuple(dict.fromkeys(named))
    writer = open_policy(policy)
    if not isinstance(writer, Policy):
        raise UsageError(
            f"{policy} holds recorded completions and can't write new ones: name a policy that "
            "samples (openai:, hf:, vllm:)"
        )
    bench = open_benchmark(problems)
    bench.check_gradable()
    work = Work(
        benchmark=bench,
        policy=Cached(policy=writer) if settings.cache else writer,
        terms=terms,
        sandbox=sandbox_to_grade(bench, isolation),
        folder=run_folder(output),
        limit=limit,
        progress=progress,
    )
    with open_run(work.folder, _record(output, work, along)) as run:
        pairs = run_stages(work, along)
        counts = {key: count for key, count in work.account.counts.items() if count}
        lost = sum(count for key, count in counts.items() if key.endswith("_not_graded"))
        done = dataclasses.replace(
            run.record,
            counts={"pairs": len(pairs), **counts},
            notes=(*run.record.notes, *_notes(pairs, work)),
            wall_s=run.wall_s,
            complete=not lost and not counts.get("unsampled"),
        )
        if work.failures:
            run.finish(done)
            raise work.failures[0]
        gaps = [len(pair.chosen) - len(pair.rejected) for pair in pairs]
        longer, shorter = sum(gap > 0 for gap in gaps), sum(gap < 0 for gap in gaps)
        counts |= {"chosen_longer": longer, "chosen_shorter": shorter}
        manifest = write_pair_file(output, pairs, done, counts=dict(sorted(counts.items())))
        run.finish(done)
    result = OdPairs(path=output, pairs=pairs, manifest=manifest)
    if not done.complete:
        raise IncompleteRunError(
            f"{counts.get('unsampled', 0)} replies are missing and {lost} have no verdict "
            f"because the runner failed; the {len(pairs)} pairs of the rest are in {output}. Run "
            "the same command again to request what is missing"
        )
    return result


def _notes(pairs: Sequence[PreferencePair], work: Work) -> list[str]:
    terms, counts = work.terms, work.account.counts
    empty = [
        name
        for name, relation in KINDS_OF_PAIR.items()
        if terms.mix.get(relation)
        and not (counts[f"relation_{relation}"] + counts[f"left_over_{relation}"])
    ]
    if empty and not pairs:
        return [
            (
                f"no pair of the kind {empty[0]} could be made, so there are none in these "
                "proportions: change --mix"
            )
        ]
    if not pairs:
        return ["too few texts passed the checks for one pair of each kind in these proportions"]
    longer = sum(len(pair.chosen) > len(pair.rejected) for pair in pairs) / len(pairs)
    ratio = f"{terms.config.length_ratio:g}"
    return [f"the chosen side is longer in {longer:.0%} of pairs, at most {ratio} times"]


def _record(output: Path, work: Work, along: Sequence[Dimension]) -> RunRecord:
    terms = work.terms
    names = {relation: name for name, relation in KINDS_OF_PAIR.items()}
    settings: dict[str, JsonValue] = dataclasses.asdict(terms.config)
    settings["stop"] = list(terms.config.stop)
    settings["degraded_answer"] = terms.config.degraded_answer.value
    part = Part(benchmark=work.benchmark, limit=work.limit, seed=terms.seed)
    problems = part.problems()
    return new_record(
        RunKind.PAIRS,
        output.stem,
        benchmark_data(work.benchmark, problems, len(problems)),
        config={
            "policies": [work.policy.id],
            "identities": [work.policy.identity],
            "dimensions": [dimension.value for dimension in along],
            "templates": dict(terms.templates.versions),
            "mix": {names[relation]: part for relation, part in terms.mix.items()},
            "n": terms.count,
            "limit": work.limit,
            "isolation": work.sandbox.level,
            **marks(work.benchmark, work.sandbox.level),
            "settings": settings,
        },
        seed=terms.seed,
        revision=work.policy.revision,
    )
