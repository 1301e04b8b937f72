"""The stages of `lcbrb pairs od --policy`: first replies, then their rewrites.

Each stage is a run of the benchmark (`lcbrb.harness.run`) in a folder of its own, so sampling,
grading and going on after a stop are those of `lcbrb bench`.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from lcbrb import codec
from lcbrb.engine.local import LocalExecutor
from lcbrb.errors import LcbrbError
from lcbrb.grading.grader import Grader
from lcbrb.harness.run import Part, bench_live
from lcbrb.harness.sampling import Live
from lcbrb.pairs.od.generated import (
    Account,
    Graded,
    Sides,
    Terms,
    assigned,
    fit_initials,
    fit_rewrites,
    make_pairs,
)
from lcbrb.pairs.od.programmatic import ROLES
from lcbrb.pairs.od.rewriting import Rewriter, Rewrites, ending
from lcbrb.pairs.od.sides import Role
from lcbrb.pairs.od.templates import Dimension, Direction, template_name
from lcbrb.protocols.benchmark import Benchmark
from lcbrb.protocols.policy import Policy
from lcbrb.protocols.progress import Progress
from lcbrb.protocols.sandbox import Sandbox
from lcbrb.types import PreferencePair, Problem

_SHORT = 8  # hexadecimal digits in the name of a folder of rewrites


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """What every stage needs; `failures` collects what ended one before its end."""

    benchmark: Benchmark
    policy: Policy
    terms: Terms
    sandbox: Sandbox
    folder: Path
    limit: int | None
    progress: Progress
    account: Account = field(default_factory=Account)
    failures: list[LcbrbError] = field(default_factory=list)

    def sampled(self, name: str, part: Part, live: Live) -> list[Graded]:
        """The graded replies of one stage, kept in a run folder of its own."""
        grader = Grader(benchmark=part.benchmark, sandbox=self.sandbox, executor=LocalExecutor())
        result = bench_live(part, live, grader, self.folder / name, self.progress)
        self.account.counts["unsampled"] += result.record.counts.get("unsampled", 0)
        if result.failure is not None:
            self.failures.append(result.failure)
        return list(zip(result.completions, result.verdicts, strict=True))


def run_stages(work: Work, along: Sequence[Dimension]) -> list[PreferencePair]:
    """The stages one after the other; none is begun once the policy has stopped answering."""
    terms, account = work.terms, work.account
    sampling = terms.config.sampling(1, terms.seed)
    first = Live(
        policy=work.policy,
        sampling=dataclasses.replace(sampling, template=terms.templates.initial.user),
    )
    first.check()
    policies = (work.policy.id,)
    part = Part(
        benchmark=work.benchmark,
        subject=work.policy.id,
        policies=policies,
        limit=work.limit,
        seed=terms.seed,
    )
    initials = fit_initials(work.sampled("initial", part, first), terms, account)
    chosen = part.problems()
    live = Live(policy=Rewriter(policy=work.policy), sampling=sampling)
    # the roles that some kind of pair needs
    roles = {role.value for kind, part in terms.mix.items() if part for role in ROLES[kind]}
    sides: list[Sides] = []
    for dimension, group in assigned(chosen, along, terms.config.dimensions, terms.seed).items():
        known = [problem for problem in group if problem.id in initials]
        fit: dict[Direction, dict[str, Graded]] = {}
        for direction in Direction:
            if direction.value in roles and known and not work.failures:
                rewrites = _rewrites(work, dimension, direction, known, initials)
                name = template_name(dimension, direction)
                folder = f"{name}-{codec.sha256_records(rewrites.prompts.values())[:_SHORT]}"
                asked = dataclasses.replace(part, benchmark=rewrites, limit=None)
                graded = work.sampled(folder, asked, live)
                fit[direction] = fit_rewrites(direction, graded, initials, terms, account)
        for problem in known:
            texts = {Role.INITIAL: initials[problem.id]}
            texts |= {Role(d.value): ok[problem.id] for d, ok in fit.items() if problem.id in ok}
            sides.append(Sides(problem=problem, dimension=dimension, texts=texts))
    return make_pairs(sides, terms, work.benchmark.version, account)


def _rewrites(
    work: Work,
    dimension: Dimension,
    direction: Direction,
    problems: Sequence[Problem],
    initials: Mapping[str, Graded],
) -> Rewrites:
    terms = work.terms
    template = terms.templates.rewrites[dimension, direction]
    closing = ending(direction, terms.config.degraded_answer)
    prompts = {
        problem.id: template.prompt(
            {
                "problem": problem.prompt,
                "reasoning": initials[problem.id][0].reasoning or "",
                "answer": initials[problem.id][0].solution or "",
            },
            closing,
        )
        for problem in problems
    }
    return Rewrites(
        inner=work.benchmark,
        name=f"{work.benchmark.name}:{template_name(dimension, direction)}",
        version=work.benchmark.version,
        problems=problems,
        prompts=prompts,
    )
