"""A policy answers prompts, or holds answers that were recorded."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from lcbrb.types import Completion, Generation, JsonValue, Problem, Prompt, Sampling


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """A prompt, and which of its samples are wanted. `key` is the asker's own name for it.

    Samples are numbered, and each has a seed of its own: asking for sample 3 gives the same whether
    or not samples 0 to 2 are asked for.
    """

    key: str
    prompt: Prompt
    samples: tuple[int, ...] = (0,)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sampled:
    """One sample of an `Ask`, or why there is none: `generation` is None, `error` says why."""

    key: str
    sample_index: int
    generation: Generation | None
    error: str = ""


class Policy(Protocol):
    """Something that answers prompts.

    `id` is its spec. `identity` is what its replies depend on beside the prompt and the sampling
    (model, revision, precision, chat or raw form), as plain values: generations are kept under it.
    """

    @property
    def id(self) -> str: ...  # noqa: D102 - told by the class
    @property
    def revision(self) -> str | None: ...  # noqa: D102 - told by the class
    @property
    def identity(self) -> dict[str, JsonValue]: ...  # noqa: D102 - told by the class

    def sample(self, asks: Sequence[Ask], sampling: Sampling) -> Iterator[Sampled]:
        """Every sample asked for once, in the order in which they end.

        Args:
            asks: what is wanted; the policy may take them in any order.
            sampling: how; its `n` and `template` are the asker's and not read here.

        Raises:
            UsageError, SetupError: the policy can't answer at all.
            IncompleteRunError: it stopped answering; what it gave stands.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Replayed:
    """Recorded completions matched with problems.

    `unknown` counts, by the id that the file gives, completions whose problem is not in the
    benchmark. `sources` are the files, each with the name that it gives its sampler where neither
    its rows nor the user do, else with None.
    """

    completions: Sequence[Completion]
    unknown: dict[str, int]
    sources: Sequence[tuple[Path, str | None]] = ()


class ReplayPolicy(Protocol):
    """A policy whose completions were recorded earlier."""

    @property
    def id(self) -> str: ...  # noqa: D102 - told by the class

    def replay(self, problems: Sequence[Problem]) -> Replayed:
        """All recorded completions of these problems."""
        ...
