"""A policy answers prompts, or holds answers that were recorded."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, runtime_checkable

from lcbrb.errors import UsageError
from lcbrb.types import Completion, Generation, JsonValue, Problem, Prompt, Sampling, TrainedProblem

_NAMED_UNKNOWN = 3


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


Text = tuple[str, str]  # a context, and what follows it


@dataclass(frozen=True, slots=True)
class Likelihood:
    """Of a continuation: its log-probability in nats, and whether greedy decoding would give it."""

    log_probability: float
    greedy: bool


class Policy(ABC):
    """Something that answers prompts. Only `id` and `sample` must be given by a subclass.

    `id` is its spec, as the user wrote it, or the name that the spec gives (``?name=NAME``).
    """

    id: str

    @property
    def made_from(self) -> str:
        """The spec without a name."""
        return self.id

    @property
    def revision(self) -> str | None:
        """Which weights it has; None where it can't tell. It may have to ask a server."""
        return None

    @property
    def identity(self) -> dict[str, JsonValue]:
        """What its replies depend on beside the prompt and the sampling, as plain values.

        Model, revision, precision, chat or raw form: generations are kept under it.
        """
        return {"policy": self.id, "revision": self.revision}

    @property
    def trained_on(self) -> Sequence[TrainedProblem]:
        """The problems that it is known to have been trained on; most say nothing of it.

        Raises:
            BadInputError: what its folder says of them is broken.
        """
        return ()

    @property
    def notes(self) -> Sequence[str]:
        """What a reader of a record must know of how it was asked, known after sampling."""
        return ()

    @abstractmethod
    def sample(self, asks: Sequence[Ask], sampling: Sampling) -> Iterator[Sampled]:
        """Every sample asked for once, in the order in which they end.

        Args:
            asks: what is wanted; the policy may take them in any order.
            sampling: how; its `n` and `template` are the asker's and not read here.

        Raises:
            UsageError, SetupError: the policy can't answer at all.
            IncompleteRunError: it stopped answering; what it gave stands.
        """

    def load(self) -> None:  # noqa: B027 - most have nothing to load
        """Load weights now and not with the first sample, so that the time is counted apart."""

    def loglikelihood(self, texts: Sequence[Text]) -> list[Likelihood]:  # noqa: ARG002 - see Raises
        """How likely it finds each continuation, given its context, in order.

        Raises:
            UsageError: it can't tell, as most can't.
        """
        raise UsageError(
            f"{self.id} gives no log-likelihoods, which the task compares: use hf:… or smollm2"
        )


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

    @property
    def notes(self) -> list[str]:
        """For the record: how many completions are left out, as they answer no problem here."""
        if not self.unknown:
            return []
        shown = ", ".join(list(self.unknown)[:_NAMED_UNKNOWN])
        total = sum(self.unknown.values())
        return [f"{total} completions belong to no problem here and were left out ({shown}, …)"]


@runtime_checkable
class RecordedPolicy(Protocol):
    """A policy whose completions were recorded earlier."""

    id: str

    @abstractmethod
    def replay(self, problems: Sequence[Problem]) -> Replayed:
        """All recorded completions of these problems."""
