"""What ``judge:POLICY?…`` takes, and which of its options are the policy's own.

The judge's options are known by name; every other one behind the last ``?`` goes to the policy:
``judge:openai:MODEL@URL?concurrency=64&votes=3``. A policy's option that has the name of one of the
judge's goes before a ``?`` of its own: ``judge:vllm:MODEL?seed=1?votes=3``.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum

from pydantic import PositiveInt

from lcbrb.config import build
from lcbrb.errors import UnknownNameError, UsageError
from lcbrb.judges.templates import Mode
from lcbrb.policies import open_policy
from lcbrb.protocols.policy import Policy
from lcbrb.registry import Spec, parse_spec
from lcbrb.types import Sampling

_WARM = 0.7  # temperature of several votes, where none is given


class Orders(StrEnum):
    """In which order a pair's texts are shown."""

    BOTH = "both"
    SEEDED = "seeded"  # in one, drawn from the texts and the seed: no side has a fixed place


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """The judge's own.

    `template` is a packaged rubric's name or a path. `votes` replies are asked for, each order on
    its own. `temperature` is 0 for one vote and 0.7 for several where it is not given.
    `max_tokens` bounds a reply with its reasoning. `low` and `high` are the range of a score.
    `cache` keeps replies, so that asking again costs nothing.
    """

    mode: Mode = Mode.PAIRWISE
    template: str = "reasoning"
    orders: Orders = Orders.BOTH
    votes: PositiveInt = 1
    temperature: float | None = None
    top_p: float = 1.0
    max_tokens: PositiveInt = 1024
    seed: int = 0
    low: float = 1.0
    high: float = 10.0
    cache: bool = True

    @property
    def sampling(self) -> Sampling:
        """How replies are drawn."""
        warm = _WARM if self.votes > 1 else 0.0
        return Sampling(
            temperature=warm if self.temperature is None else self.temperature,
            top_p=self.top_p,
            n=self.votes,
            max_tokens=self.max_tokens,
            seed=self.seed,
        )


#: the modes of a judge that ranks or scores texts, the default first
RANKING = (Mode.PAIRWISE, Mode.POINTWISE)
_OURS = tuple(field.name for field in dataclasses.fields(Options))
_OF_ONE_MODE = {"orders": Mode.PAIRWISE, "low": Mode.POINTWISE, "high": Mode.POINTWISE}


def read_options(spec: Spec, *, modes: Collection[Mode] = RANKING) -> tuple[Options, Spec]:
    """The judge's options, and the policy's spec with its own.

    `modes` are those that the asker can use; the first is the default.

    Raises:
        UsageError: no policy, an option twice, a value that does not fit or has no use.
    """
    if not spec.target:
        raise UsageError("judge needs a policy: judge:openai:MODEL@URL, judge:smollm2, …")
    ours = {name: value for name, value in spec.options.items() if name in _OURS}
    theirs = {name: value for name, value in spec.options.items() if name not in _OURS}
    first = next(iter(modes))
    options = build(Options, {"mode": first.value, **ours}, "judge")
    if options.mode not in modes:
        raise UsageError(
            f"a judge with mode={options.mode} can't be used here: use "
            f"{' or '.join(f'mode={mode}' for mode in modes)}"
        )
    _check(options, ours)
    policy = parse_spec(spec.target)
    if twice := sorted(policy.options.keys() & theirs.keys()):
        raise UsageError(f"'{twice[0]}' is given twice in '{spec.text}'")
    return options, _with(policy, theirs)


def _check(options: Options, given: dict[str, str]) -> None:
    for name, mode in _OF_ONE_MODE.items():
        if name in given and options.mode is not mode:
            raise UsageError(f"option '{name}' of judge is for mode={mode}, not {options.mode}")
    sampling = options.sampling
    if not 0.0 <= sampling.temperature < float("inf"):
        raise UsageError(f"temperature of judge is {sampling.temperature}: it must be 0 or more")
    if not 0.0 < sampling.top_p <= 1.0:
        raise UsageError(f"top_p of judge is {sampling.top_p}: it must be in (0, 1]")
    if options.votes > 1 and sampling.temperature == 0.0:
        raise UsageError(
            f"votes={options.votes} at temperature 0 would give the same reply {options.votes} "
            "times: use votes=1, or set a temperature"
        )
    if not float("-inf") < options.low < options.high < float("inf"):
        raise UsageError(f"a score from {options.low:g} to {options.high:g} is not a range")


def _with(policy: Spec, options: dict[str, str]) -> Spec:
    if not options:
        return policy
    whole = {**policy.options, **options}
    body = f"{policy.kind}:{policy.target}" if policy.target else policy.kind
    text = body + "?" + "&".join(f"{name}={value}" for name, value in whole.items())
    return Spec(text=text, kind=policy.kind, target=policy.target, options=whole)


def load_policy(spec: Spec) -> Policy:
    """The policy that is asked; nothing is loaded or sent yet.

    Raises:
        UnknownNameError: no such policy, or an option that is neither its own nor the judge's.
        UsageError: it is no policy that can be asked.
        SetupError: what it needs is not installed.
    """
    try:
        policy = open_policy(spec)
    except UnknownNameError as error:
        if error.what == f"option of {spec.kind}":
            what = f"option of judge or of {spec.kind}"
            raise UnknownNameError(what, error.name, [*_OURS, *error.known]) from error
        raise
    if not isinstance(policy, Policy):
        raise UsageError(f"judge needs a policy that can generate replies, and {spec.text} can't")
    return policy
