"""A judge's prompts to a policy's replies: many at once, so that a server is kept busy.

A failure of the policy (a server that gave nothing) is ours and stays a failure: it is neither a
vote nor a missing verdict, and what it leaves open is asked again at the next start.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import chain, islice
from typing import Generic, TypeVar

from lcbrb import codec
from lcbrb.errors import IncompleteRunError
from lcbrb.judges.options import Options
from lcbrb.judges.templates import Mode, Template
from lcbrb.judges.votes import Reading, Vote
from lcbrb.protocols.policy import Ask, Policy
from lcbrb.types import Generation, JsonValue, JudgeVotes, PreferencePair, Prompt, ScoredPair

T = TypeVar("T")

Portion = tuple[PreferencePair, ...]

Scores = Iterator[tuple[Portion, list[ScoredPair]]]
Replies = Mapping[str, Sequence[Generation]]

_AT_ONCE = 1024  # pairs whose prompts go to the policy together


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """Who is asked, in which words, and how."""

    policy: Policy
    template: Template
    options: Options

    @property
    def identity(self) -> dict[str, JsonValue]:
        """All that verdicts depend on beside the texts."""
        options, sampling = self.options, self.options.sampling
        told: dict[str, JsonValue] = {
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
            return {**told, "orders": options.orders.value}
        return {**told, "low": options.low, "high": options.high}

    def load(self) -> None:
        """Have the policy load now."""
        self.policy.load()

    def ask(self, wanted: Iterable[tuple[T, Mapping[str, Prompt]]]) -> Exchange[T]:
        """Put prompts on the table.

        Args:
            wanted: something to be judged, with its prompts by a name of the asker's.
        """
        return Exchange(self, wanted)


class Exchange(Generic[T]):
    """Prompts on their way to a policy. A prompt that is wanted several times is sent once.

    `failures` counts, by reason, what was to be judged and lacks a reply; complete once `finished`
    has been read to its end.
    """

    def __init__(self, panel: Panel, wanted: Iterable[tuple[T, Mapping[str, Prompt]]]) -> None:
        self.failures: Counter[str] = Counter()
        self._panel = panel
        self._things: list[T] = []
        self._open: list[set[str]] = []
        self._replies: list[dict[str, Sequence[Generation]]] = []
        self._errors: dict[int, str] = {}
        self._prompts: dict[str, Prompt] = {}
        self._askers: dict[str, list[tuple[int, str]]] = defaultdict(list)
        for place, (thing, prompts) in enumerate(wanted):
            self._things.append(thing)
            self._open.append(set(prompts))
            self._replies.append({})
            for name, prompt in prompts.items():
                key = codec.sha256_text(codec.encode(prompt))
                self._prompts[key] = prompt
                self._askers[key].append((place, name))

    def finished(self) -> Iterator[tuple[T, Replies]]:
        """Each thing with the replies to its prompts, once the last of them is there.

        Raises:
            LcbrbError: whatever the policy raises; what was given before stands.
        """
        for key, replies, error in self._answers():
            for place, name in self._askers[key]:
                self._open[place].discard(name)
                self._replies[place][name] = replies
                if error:
                    self._errors[place] = error
                if self._open[place]:
                    continue
                if place in self._errors:
                    self.failures[self._errors[place]] += 1
                else:
                    yield self._things[place], self._replies[place]

    def _answers(self) -> Iterator[tuple[str, list[Generation], str]]:
        """Each prompt's key with all its replies, or why one is missing."""
        sampling = self._panel.options.sampling
        samples = tuple(range(sampling.n))
        asks = [Ask(key=key, prompt=one, samples=samples) for key, one in self._prompts.items()]
        found: dict[str, dict[int, Generation]] = {key: {} for key in self._prompts}
        errors: dict[str, str] = {}
        left = {key: set(samples) for key in self._prompts}
        for sampled in self._panel.policy.sample(asks, sampling):
            key, index = sampled.key, sampled.sample_index
            if index not in left.get(key, ()):
                continue  # nobody asked for it, or it is there already
            if sampled.generation is None:
                errors[key] = sampled.error or "no reason was given"
            else:
                found[key][index] = sampled.generation
            left[key].discard(index)
            if not left[key]:
                del left[key]
                replies = found.pop(key)
                yield key, [replies[index] for index in sorted(replies)], errors.get(key, "")
        for key, indices in left.items():
            given = f"the policy gave {sampling.n - len(indices)} of {sampling.n} samples"
            yield key, [], errors.get(key, given)


def together(portions: Iterable[Portion]) -> Iterator[list[PreferencePair]]:
    """Pairs, so many at a time that a server is kept busy and memory is not filled."""
    return in_lots(chain.from_iterable(portions))


def in_lots(things: Iterable[T]) -> Iterator[list[T]]:
    """Anything, as many at a time as pairs are in `together`."""
    rest = iter(things)
    while some := list(islice(rest, _AT_ONCE)):
        yield some


def complain(model_id: str, failures: Counter[str], what: str) -> None:
    """Say what has no replies.

    Raises:
        IncompleteRunError: something has none.
    """
    if failures:
        reason, _ = failures.most_common(1)[0]
        raise IncompleteRunError(
            f"{failures.total()} {what} have no score, as {model_id} got no reply ({reason}). "
            "What was judged is kept: start the same command again to ask for the rest"
        )


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
