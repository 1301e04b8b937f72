"""A build as it was ordered, with every option checked and every default filled in."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from lcbrb import codec
from lcbrb.config import build, member
from lcbrb.engine.executors import Executors
from lcbrb.errors import UsageError
from lcbrb.grading.grader import VerdictSource, recorded_verdict
from lcbrb.harness.run import Part
from lcbrb.harness.sampling import Live, lives, prompts_for
from lcbrb.judges.options import load_policy
from lcbrb.judges.soundness import SoundnessJudge, judge_spec, open_soundness_judge
from lcbrb.pairs.build import PairingTerms, Selection
from lcbrb.pairs.config import FactoryConfig, Length, refuse_sampling, with_lists
from lcbrb.pairs.cost import Asking, PairCost, cost_of_recorded, cost_of_sampling
from lcbrb.pairs.labels import LabelRule
from lcbrb.pairs.near_sets import NearTexts
from lcbrb.pairs.pairing import NO_JUDGE, RECORDED, PairingRule
from lcbrb.pairs.sampling import StopRule
from lcbrb.policies import open_policies
from lcbrb.policies.openai.batch import Batch, in_batches
from lcbrb.policies.openai.policy import OpenAIPolicy
from lcbrb.protocols.benchmark import Benchmark
from lcbrb.protocols.policy import Policy, RecordedPolicy, Replayed
from lcbrb.sources.pairs.by_name import open_pairs
from lcbrb.types import JsonValue, PairKind, Problem, Prompt

_ROUND, _ROUNDS = 8, 4  # samples at a time at most, and rounds at least
_N = 50  # samples a problem, as the paper draws them


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What `lcbrb.build_pairs` was told beside where to write, as it was told."""

    problems: str
    policies: tuple[str, ...]
    n: int | None = None
    judge: str = NO_JUDGE
    kinds: tuple[str, ...] = (PairKind.LCB_RB.value,)
    verdicts: str = VerdictSource.EXECUTED.value
    across_samplers: bool = False
    per_problem: int = 4
    limit: int | None = None
    seed: int = 0
    config: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ToSample:
    """Who is sampled, and when a problem is done."""

    lives: tuple[Live, ...]
    stop: StopRule

    def prompts(self, part: Part) -> list[Prompt]:
        """What is asked of the problems of a draw."""
        return prompts_for(part.benchmark, part.problems(), self.lives[0].sampling.template)


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What is built of what: of completions that are replayed, or of such as are to be sampled."""

    part: Part
    source: VerdictSource
    terms: PairingTerms
    judge: SoundnessJudge | None
    settings: FactoryConfig
    options: Options
    work: Replayed | ToSample

    @property
    def problems(self) -> Sequence[Problem]:
        """The problems of the draw."""
        return self.part.problems()

    @property
    def runs_programs(self) -> bool:
        """Whether some verdict has to be found by grading."""
        if isinstance(self.work, ToSample) or self.source is VerdictSource.EXECUTED:
            return True
        return not all(map(recorded_verdict, self.work.completions))

    @property
    def cost(self) -> PairCost:
        """The most that it takes."""
        asked = self.judge.judge.options if self.judge else None
        votes, vote_tokens = (asked.votes, asked.max_tokens) if asked else (0, 0)
        work = self.work
        if isinstance(work, Replayed):
            by_id = {problem.id: problem for problem in self.problems}
            answered = [
                (by_id[completion.problem_id], completion.text) for completion in work.completions
            ]
            return cost_of_recorded(answered, votes, vote_tokens)
        asking = Asking(
            policies=len(work.lives),
            n=work.stop.n,
            first=work.stop.at_once,
            max_tokens=work.lives[0].sampling.max_tokens,
            votes=votes,
            vote_tokens=vote_tokens,
        )
        return cost_of_sampling(self.problems, work.prompts(self.part), asking)

    def config(self) -> dict[str, JsonValue]:
        """For the record: every setting that a result depends on."""
        options, rule = self.options, self.terms.rule
        settings: dict[str, JsonValue] = {
            "problems": options.problems,
            "policies": list(options.policies),
            "verdicts": self.source.value,
            "label_by": rule.label_by.value,
            "judge": self.judge.identity if self.judge else rule.judge,
            "kinds": [kind.value for kind in rule.kinds],
            "across_samplers": rule.across_samplers,
            "per_problem": rule.per_problem,
            "limit": options.limit,
            "seed": rule.seed,
            "pairing": self.settings.of_pairing(),
        }
        work = self.work
        if isinstance(work, Replayed):
            return {**settings, "completions_sha256": codec.sha256_records(work.completions)}
        return {
            **settings,
            **work.lives[0].config(work.prompts(self.part)),
            "identities": [live.policy.identity for live in work.lives],
            "at_once": work.stop.at_once,
            "enough": work.stop.enough,
            "give_up_after": work.stop.give_up_after,
        }


def read_order(
    options: Options,
    open_benchmark: Callable[[str], Benchmark],
    executors: Executors,
    batch: Batch | None = None,
) -> Order:
    """What was asked for, checked; the benchmark is opened after all that is cheaper to check.

    Raises:
        LcbrbError: an option can't be used, or does not go with another.
    """
    batch = batch if batch is not None and batch.is_used else None
    settings = build(FactoryConfig, with_lists(options.config or {}), "pairs build")
    settings.check()
    judge = _judge(options.judge, batch)
    rule = _rule(options, settings, judge)
    source = member(VerdictSource, options.verdicts, "kind of verdicts")
    live, recorded = open_policies(options.policies)
    benchmark = open_benchmark(options.problems)
    benchmark.check_gradable()
    part = Part(benchmark=benchmark, limit=options.limit, seed=options.seed)
    terms = PairingTerms(
        rule=rule,
        texts=settings.texts,
        near=_near(settings),
        selection=Selection(facets=settings.balance, most=settings.pairs),
    )
    return Order(
        part=part,
        source=source,
        terms=terms,
        judge=judge,
        settings=settings,
        options=options,
        work=_work(live, recorded, options, settings, part, rule, executors, batch),
    )


def _work(  # noqa: PLR0913, PLR0917 - all that decides who is asked
    live: Sequence[Policy],
    recorded: Sequence[RecordedPolicy],
    options: Options,
    settings: FactoryConfig,
    part: Part,
    rule: PairingRule,
    executors: Executors,
    batch: Batch | None,
) -> Replayed | ToSample:
    if recorded:
        refuse_sampling(options.config or {}, options.n)
        return part.replayed(recorded)[1]
    for option, value in (("verdicts", options.verdicts), ("judge", options.judge)):
        if value == RECORDED:
            raise UsageError(f"--{option} {RECORDED} is only for recorded completions")
    n = options.n or _N
    asked = lives(live, settings, n, options.seed, executors, batch)
    return ToSample(lives=tuple(asked), stop=_stop(settings, rule, n, batch))


def _stop(settings: FactoryConfig, rule: PairingRule, n: int, batch: Batch | None) -> StopRule:
    at_once = n if batch is not None else min(_ROUND, -(-n // _ROUNDS))
    give_up = -(-n // 2) if settings.give_up_after is None else settings.give_up_after
    return StopRule(
        n=n,
        at_once=min(n, settings.at_once or at_once),
        enough=settings.enough or rule.per_problem or n,
        give_up_after=give_up,
        kinds=rule.kinds,
    )


def _judge(text: str, batch: Batch | None) -> SoundnessJudge | None:
    if text in {NO_JUDGE, RECORDED}:
        return None
    policy = load_policy(judge_spec(text)[1])
    if batch is not None and isinstance(policy, OpenAIPolicy):
        policy = in_batches(policy, batch)
    return open_soundness_judge(text, policy)


def _rule(options: Options, settings: FactoryConfig, judge: SoundnessJudge | None) -> PairingRule:
    kinds = tuple(dict.fromkeys(member(PairKind, kind, "kind of pair") for kind in options.kinds))
    alone = options.judge == NO_JUDGE
    if alone and PairKind.OUTCOME_MATCHED in kinds:
        raise UsageError(
            "--kind outcome-matched needs to know which reasoning is sound: name a judge with "
            "--judge POLICY (or --judge recorded, if the completions have judgements)"
        )
    return PairingRule(
        label_by=LabelRule.TESTS if alone else LabelRule.TESTS_AND_SOUNDNESS,
        judge=judge.id if judge else options.judge,
        kinds=kinds,
        across_samplers=options.across_samplers,
        per_problem=options.per_problem,
        nearest=settings.length is Length.NEAREST,
        length_ratio=settings.length_ratio,
        seed=options.seed,
    )


def _near(settings: FactoryConfig) -> NearTexts | None:
    if not settings.against:
        return None
    pairs = [pair for text in settings.against for pair in open_pairs(text).pairs]
    texts = [text for pair in pairs for text in (pair.chosen, pair.rejected)]
    return NearTexts.of(texts, settings.near_duplicates)
