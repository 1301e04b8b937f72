"""Samples of a live policy as a stream of completions, written down as they come.

A run folder's ``completions.jsonl`` is read first: what it holds is not asked for again, whatever
ended the run that wrote it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from lcbrb import codec
from lcbrb.engine.executors import Executors
from lcbrb.engine.local import read_in_threads
from lcbrb.errors import LcbrbError, UsageError
from lcbrb.grading.grader import Grader
from lcbrb.harness.completions import completed
from lcbrb.harness.config import BenchConfig
from lcbrb.policies.cache import Cached
from lcbrb.policies.openai.batch import Batch, in_batches
from lcbrb.policies.replicas import replicated
from lcbrb.prompts.think_answer import TEMPLATE, THINK_ANSWER
from lcbrb.protocols.benchmark import Benchmark
from lcbrb.protocols.policy import Ask, Policy, Sampled
from lcbrb.runs.folder import COMPLETIONS, Run
from lcbrb.types import (
    Completion,
    JsonValue,
    Message,
    Problem,
    Prompt,
    SampleKey,
    Sampling,
    Verdict,
)

#: the numbers of the samples that are wanted, by problem
Wanted = Mapping[str, Sequence[int]]

_REASONS = 3
_SAMPLES_AHEAD = 1024  # of the grader; then sampling waits
_PROMPT, _PROBLEM = "{prompt}", "{problem}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Live:
    """A policy to sample, and how."""

    policy: Policy
    sampling: Sampling

    def check(self) -> None:
        """Refuse what would sample the same text several times, or nothing.

        Raises:
            UsageError: a setting is out of its range, or greedy decoding with several samples.
        """
        sampling = self.sampling
        for name, good, rule in (
            ("temperature", sampling.temperature >= 0, "0 (greedy) or more"),
            ("top_p", 0 < sampling.top_p <= 1, "in (0, 1]"),
            ("n", sampling.n >= 1, "at least 1"),
            ("max_tokens", sampling.max_tokens >= 1, "at least 1"),
            ("stop", all(sampling.stop), "strings that are not empty"),
        ):
            if not good:
                raise UsageError(f"{name} is {getattr(sampling, name)}: it must be {rule}")
        if sampling.temperature == 0 and sampling.n > 1:
            raise UsageError(
                f"-n {sampling.n} at temperature 0 would give the same text {sampling.n} times: "
                "use -n 1, or set a temperature (--config temperature=0.8)"
            )
        check_template(sampling.template)

    def count(self, problems: Sequence[Problem]) -> int:
        """Samples of these problems."""
        return len(problems) * self.sampling.n

    def config(self, prompts: Sequence[Prompt]) -> dict[str, JsonValue]:
        """What the record says of it."""
        sampling = codec.to_dict(self.sampling)
        sampling.pop("schema_version")
        return {
            "sampling": sampling,
            "templates": sorted({prompt.template for prompt in prompts}),
            "prompts_sha256": codec.sha256_records(prompts),
            "identities": [self.policy.identity],
        }


def lives(  # noqa: PLR0913, PLR0917 - all that makes policies ones to sample
    policies: Iterable[Policy],
    settings: BenchConfig,
    n: int,
    seed: int,
    executors: Executors,
    batch: Batch | None = None,
) -> list[Live]:
    """Policies as they are sampled: in a batch or over the nodes of a cluster, and cached.

    Raises:
        UsageError: a policy is there twice, or as `Live.check`.
    """
    asked = []
    for policy in policies:
        if batch is not None:
            policy = in_batches(policy, batch)  # noqa: PLW2901 - the same, wrapped
        elif executors.distributed:
            policy = replicated(policy, executors.models())  # noqa: PLW2901
        if settings.cache:
            policy = Cached(policy=policy)  # noqa: PLW2901
        asked.append(Live(policy=policy, sampling=settings.sampling(n, seed)))
        asked[-1].check()
    if len({live.policy.id for live in asked}) < len(asked):
        raise UsageError("a policy is given twice")
    return asked


def copies(completions: Sequence[Completion], sampling: Sampling) -> list[str]:
    """A note where a policy's samples of a problem are always one text, though drawn."""
    texts: dict[str, list[str]] = {}
    for completion in completions:
        texts.setdefault(completion.problem_id, []).append(completion.text)
    if not texts or any(len(group) == 1 or len(set(group)) > 1 for group in texts.values()):
        return []
    note = (
        f"{completions[0].policy_id} gave the same text for every sample of a problem, at "
        f"temperature {sampling.temperature}: it does not seem to sample, so pass@k for k above "
        "1 means nothing"
    )
    return [note]


def check_template(template: str | None) -> None:
    """Refuse a template in which no problem would stand.

    Raises:
        UsageError: it is one.
    """
    given = _PROMPT if template is None else template
    if given != THINK_ANSWER and _PROMPT not in given and _PROBLEM not in given:
        raise UsageError(
            "the template has neither {prompt} nor {problem} in it, and is not "
            f"{THINK_ANSWER}, the only template with a name"
        )


def prompts_for(
    benchmark: Benchmark, problems: Sequence[Problem], template: str | None
) -> list[Prompt]:
    """The problems' prompts: the benchmark's own, the user's, or for think and answer."""
    prompts = [benchmark.prompt(problem) for problem in problems]
    if template is None:
        return prompts
    named = template == THINK_ANSWER
    template = TEMPLATE if named else template
    name = f"{THINK_ANSWER if named else 'custom'}@{codec.sha256_text(template)[:8]}"
    return [
        _reworded(prompt, problem, template, name)
        for prompt, problem in zip(prompts, problems, strict=True)
    ]


def _reworded(prompt: Prompt, problem: Problem, template: str, name: str) -> Prompt:
    """The template around what was asked; a base model is given it as it is."""
    *before, last = prompt.messages
    problem_first = template.split(_PROBLEM)
    text = problem.prompt.join(part.replace(_PROMPT, last.content) for part in problem_first)
    return Prompt(
        messages=(*before, Message(role=last.role, content=text)),
        raw=text,
        stop=()
        if name.startswith(THINK_ANSWER)
        else prompt.stop,  # a fence's end is not the reply's
        template=name,
    )


@dataclass(slots=True, kw_only=True)
class Sampler:
    """Gives every completion of a run once; `run` is its open folder.

    `missing` maps samples that the policy did not give to the reason, `failure` is what ended the
    sampling before its end, if anything did. Both are complete once the stream is.
    """

    live: Live
    run: Run
    problems: Sequence[Problem]
    prompts: Sequence[Prompt]
    on_sample: Callable[[Completion | None], object] = lambda _: None
    completions: list[Completion] = field(default_factory=list)
    missing: dict[SampleKey, str] = field(default_factory=dict)
    failure: LcbrbError | None = None
    _stored: dict[SampleKey, Completion] | None = None

    def stream(self, wanted: Wanted | None = None) -> Iterator[Completion]:
        """Completions that the folder holds, then new ones, each written before it is given.

        Args:
            wanted: the numbers of the samples of each problem; None: all. What an earlier stream
                gave is not to be wanted again.
        """
        if self._stored is None:
            self._stored = {
                completion.key: completion
                for completion in self.run.stored(Completion, COMPLETIONS)
            }
        if wanted is None:
            wanted = {problem.id: range(self.live.sampling.n) for problem in self.problems}
        policy_id = self.live.policy.id
        keys = [(name, policy_id, index) for name, indices in wanted.items() for index in indices]
        there = {key for key in keys if key in self._stored}
        for key in keys:
            if key in there:
                completion = self._stored.pop(key)
                self.completions.append(completion)
                self.on_sample(completion)
                yield completion
        with self.run.appender(COMPLETIONS) as file:
            for completion in self._new(wanted, there):
                file.append(completion)
                self.completions.append(completion)
                self.on_sample(completion)
                yield completion

    def _new(self, wanted: Wanted, there: set[SampleKey]) -> Iterator[Completion]:
        asked = dict(zip((problem.id for problem in self.problems), self.prompts, strict=True))
        problems = {problem.id: problem for problem in self.problems}
        policy = self.live.policy
        try:
            for sampled in policy.sample(self._asks(policy.id, wanted, there), self.live.sampling):
                key = sampled.key, policy.id, sampled.sample_index
                if sampled.generation is None:
                    self._miss(key, sampled)
                else:
                    problem, prompt = problems[sampled.key], asked[sampled.key]
                    yield completed(
                        problem, prompt, policy.id, sampled.sample_index, sampled.generation
                    )
        except LcbrbError as error:  # what was sampled before it is graded all the same
            self.failure = error

    def _asks(self, policy_id: str, wanted: Wanted, there: set[SampleKey]) -> list[Ask]:
        asks = []
        for problem, prompt in zip(self.problems, self.prompts, strict=True):
            samples = tuple(
                index
                for index in wanted.get(problem.id, ())
                if (problem.id, policy_id, index) not in there
            )
            if samples:
                asks.append(Ask(key=problem.id, prompt=prompt, samples=samples))
        return asks

    def _miss(self, key: SampleKey, sampled: Sampled) -> None:
        self.missing[key] = sampled.error
        self.run.log(f"no sample {key[2]} of {key[0]} by {key[1]}: {sampled.error}")
        self.on_sample(None)


def graded_as_sampled(
    sampler: Sampler,
    grader: Grader,
    on_verdict: Callable[[], object] = lambda: None,
    wanted: Wanted | None = None,
    known: Mapping[SampleKey, Verdict] | None = None,
) -> dict[SampleKey, Verdict]:
    """Sample, and grade what comes meanwhile; verdicts by sample.

    `wanted` is as in `Sampler.stream`; `known` are verdicts that are there already, by default
    those of the run folder, which keeps new ones too.
    """
    with read_in_threads([sampler.stream(wanted)], _SAMPLES_AHEAD) as samples:
        return grader.stream(samples.taken(), sampler.problems, sampler.run, on_verdict, known)


def reasons(missing: Mapping[SampleKey, str]) -> tuple[str, ...]:
    """Why samples are missing, the commonest reason first."""
    return tuple(
        f"{count} samples are missing: {reason}"
        for reason, count in Counter(missing.values()).most_common(_REASONS)
    )
