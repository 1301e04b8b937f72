"""A judge is a language model that is asked, many prompts at once, so that a server is kept busy.

A failure of the policy (a server that gave nothing) is ours and stays a failure: it is neither a
vote nor a reply that could not be read, and what it leaves open is asked again at the next start.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import islice
from typing import TypeVar

from lcbrb import codec
from lcbrb.errors import UnansweredError
from lcbrb.judges.judgements import Vote
from lcbrb.judges.options import Options
from lcbrb.judges.templates import Mode, Template
from lcbrb.protocols.policy import Ask, Policy
from lcbrb.types import Generation, JsonValue, JudgeVotes, Prompt, Reading

T = TypeVar("T")

#: to one thing's prompts, by the asker's name for the prompt
Replies = Mapping[str, Sequence[Generation]]

_AT_ONCE = 1024  # texts or pairs whose prompts go to the policy together


@dataclass(frozen=True, slots=True, kw_only=True)
class Judge:
    """Who is asked, in which words, and how."""

    policy: Policy
    template: Template
    options: Options

    @property
    def identity(self) -> dict[str, JsonValue]:
        """All that judgements depend on beside the texts."""
        options, sampling = self.options, self.options.sampling
        settings: dict[str, JsonValue] = {
            "policy": self.policy.identity,
            "mode": options.mode.value,
            "votes": options.votes,
            "template": {"name": self.template.name, "sha256": self.template.sha256},
            "sampling": {
                "temperature": sampling.temperature,
                "top_p": sampling.top_p,
                "max_tokens": sampling.max_tokens,
                "seed": sampling.seed,
            },
        }
        if options.mode is Mode.PAIRWISE:
            return {**settings, "orders": options.orders.value}
        if options.mode is Mode.POINTWISE:
            return {**settings, "low": options.low, "high": options.high}
        return settings

    def replies(
        self, wanted: Iterable[tuple[T, Mapping[str, Prompt]]], what: str
    ) -> Iterator[tuple[T, Replies]]:
        """Each thing with the replies to its prompts, once the last of them is there.

        A prompt that several things ask for is sent once.

        Args:
            wanted: what is judged, with its prompts by a name of the asker's.
            what: what those without a reply are, for the error ("pairs have no score").

        Raises:
            UnansweredError: some things have no replies; all others were given.
            LcbrbError: whatever the policy raises; what was given before stands.
        """
        failures: Counter[str] = Counter()
        rest = iter(wanted)
        while portion := list(islice(rest, _AT_ONCE)):
            yield from self._replies(portion, failures)
        if failures:
            reason, _ = failures.most_common(1)[0]
            raise UnansweredError(
                f"{failures.total()} {what} because judge:{self.policy.id} got no reply "
                f"({reason}). The judgements so far are kept: run the same command again to "
                "request the rest"
            )

    def _replies(
        self, wanted: Sequence[tuple[T, Mapping[str, Prompt]]], failures: Counter[str]
    ) -> Iterator[tuple[T, Replies]]:
        """As `replies`, all at once; `failures` counts, by reason, the things without them."""
        prompts: dict[str, Prompt] = {}
        askers: dict[str, list[tuple[int, str]]] = defaultdict(list)
        for place, (_, asked) in enumerate(wanted):
            for name, prompt in asked.items():
                key = codec.sha256_text(codec.encode(prompt))
                prompts[key] = prompt
                askers[key].append((place, name))
        replies: list[dict[str, Sequence[Generation]]] = [{} for _ in wanted]
        errors: dict[int, str] = {}
        for key, given, error in self._answers(prompts):
            for place, name in askers[key]:
                replies[place][name] = given
                if error:
                    errors[place] = error
                if len(replies[place]) < len(wanted[place][1]):
                    continue
                if place in errors:
                    failures[errors[place]] += 1
                else:
                    yield wanted[place][0], replies[place]

    def _answers(
        self, prompts: Mapping[str, Prompt]
    ) -> Iterator[tuple[str, list[Generation], str]]:
        """Each prompt's key with all its replies, or why one is missing."""
        sampling = self.options.sampling
        samples = tuple(range(sampling.n))
        asks = [Ask(key=key, prompt=prompt, samples=samples) for key, prompt in prompts.items()]
        by_key: dict[str, dict[int, Generation]] = {key: {} for key in prompts}
        errors: dict[str, str] = {}
        left = {key: set(samples) for key in prompts}
        for sampled in self.policy.sample(asks, sampling):
            key, index = sampled.key, sampled.sample_index
            if index not in left.get(key, ()):
                continue  # nobody asked for it, or it is there already
            if sampled.generation is None:
                errors[key] = sampled.error or "no reason was given"
            else:
                by_key[key][index] = sampled.generation
            left[key].discard(index)
            if not left[key]:
                del left[key]
                replies = by_key.pop(key)
                yield key, [replies[index] for index in sorted(replies)], errors.get(key, "")
        for key, indices in left.items():
            given = f"the policy gave {sampling.n - len(indices)} of {sampling.n} samples"
            yield key, [], errors.get(key, given)


def account(
    votes: Sequence[Vote],
    *,
    orders: int,
    first: Fraction | None = None,
    second: Fraction | None = None,
) -> JudgeVotes:
    """The record of some votes; `first` and `second` are preferences for the chosen side."""
    readings = Counter(vote.reading for vote in votes)
    return JudgeVotes(
        orders=orders,
        chosen_first=None if first is None else float(first),
        chosen_second=None if second is None else float(second),
        votes=readings[Reading.READ],
        unparsable=readings[Reading.UNPARSABLE],
        truncated=readings[Reading.TRUNCATED],
    )
