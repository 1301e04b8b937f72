"""Rewrites as samples of a benchmark, so that `lcbrb bench`'s sampler and grader make them.

`Rewrites` are a benchmark's problems with other prompts; `Rewriter` reads the rewrite in a reply
before it becomes a completion, as a policy that reasons on its own thinks about the task first, and
that thinking is no rewrite.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from lcbrb.pairs.od.rewrite_checks import DegradedAnswer
from lcbrb.pairs.od.templates import Direction
from lcbrb.policies.wrapped import WrappedPolicy
from lcbrb.protocols.benchmark import Benchmark
from lcbrb.protocols.policy import Ask, Policy, Sampled
from lcbrb.protocols.sandbox import Sandbox
from lcbrb.replies.reasoning import split_reply
from lcbrb.types import Completion, Generation, Problem, Prompt, Sampling, Verdict

_REWRITE = re.compile(r"<rewrite>(.*?)</rewrite>", re.DOTALL | re.IGNORECASE)
_KEPT = "The program or answer at the end must be right: keep it, or mend it where it is wrong."
_SAME = "Keep the program or answer at the end exactly as it is, although the reasoning is worse."
_FALLS = (
    "Let what follows be worked out from it, so that the program or answer at the end comes out "
    "wrong: a whole program that runs and gives a wrong output, or a definite wrong answer."
)
_FREE = "Let the program or answer at the end be what the reasoning leads to, right or wrong."
_ENDINGS = {
    DegradedAnswer.BROKEN: _FALLS,
    DegradedAnswer.KEPT: _SAME,
    DegradedAnswer.ANY: _FREE,
}


def ending(direction: Direction, wanted: DegradedAnswer) -> str:
    """What a template says is to become of the program or answer."""
    return _KEPT if direction is Direction.OPTIMIZED else _ENDINGS[wanted]


@dataclass(frozen=True, kw_only=True)
class Rewrites(Benchmark):
    """Some problems of a benchmark, each with the prompt that asks for a rewrite."""

    inner: Benchmark
    name: str
    version: str
    problems: Sequence[Problem]
    prompts: Mapping[str, Prompt]

    def load(self) -> Sequence[Problem]:
        """The problems whose reasoning is rewritten."""
        return self.problems

    def prompt(self, problem: Problem) -> Prompt:
        """What asks for the rewrite."""
        return self.prompts[problem.id]

    def verify(self, problem: Problem, completion: Completion, sandbox: Sandbox) -> Verdict:
        """As the benchmark grades any reply."""
        return self.inner.verify(problem, completion, sandbox)

    @property
    def runs_programs(self) -> bool:
        """As the benchmark."""
        return self.inner.runs_programs


@dataclass(frozen=True, kw_only=True)
class Rewriter(WrappedPolicy):
    """A policy whose replies hold a rewrite between tags, and the program or answer after it."""

    policy: Policy

    def sample(self, asks: Sequence[Ask], sampling: Sampling) -> Iterator[Sampled]:
        """The policy's replies, each with the rewrite for its reasoning."""
        for sampled in self.policy.sample(asks, sampling):
            if sampled.generation is None:
                yield sampled
            else:
                yield dataclasses.replace(sampled, generation=read_rewrite(sampled.generation))


def read_rewrite(generation: Generation) -> Generation:
    """A reply with its last rewrite for reasoning, and what follows that for text.

    Where there is none, the reasoning is empty. What a policy thinks before it is left out.
    """
    text = generation.text
    if generation.reasoning is None:
        text = split_reply(text).answer or ""  # a draft is no rewrite
    rewrites = list(_REWRITE.finditer(text))
    if not rewrites:
        return dataclasses.replace(generation, reasoning="")
    return dataclasses.replace(
        generation, reasoning=rewrites[-1][1].strip(), text=text[rewrites[-1].end() :].strip()
    )
