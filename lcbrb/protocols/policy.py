"""The interface of a policy, which samples replies to prompts, or holds recorded ones."""

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
    """A prompt, and which samples of it are wanted. `key` is the caller's name for it.

    Samples are numbered, and each has its own seed: sample 3 is the same whether or not samples 0
    to 2 are requested too.
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
    """The log-probability of a continuation in nats, and whether greedy decoding would give it."""

    log_probability: float
    greedy: bool


class Policy(ABC):
    """Base class of policies that sample. A subclass must define `id` and `sample`.

    `id` is its spec, as the user wrote it, or the name that the spec gives (``?name=NAME``).
    """

    id: str

    @property
    def made_from(self) -> str:
        """The spec without a name."""
        return self.id

    @property
    def revision(self) -> str | None:
        """The revision of its weights; None if unknown. This may have to ask a server."""
        return None

    @property
    def identity(self) -> dict[str, JsonValue]:
        """Everything besides prompt and sampling that its replies depend on, as plain values.

        For example model, revision, precision, chat or raw form; generations are cached under it.
        """
        return {"policy": self.id, "revision": self.revision}

    @property
    def trained_on(self) -> Sequence[TrainedProblem]:
        """The problems that it is known to have been trained on; unknown for most.

        Raises:
            BadInputError: what its folder says of them is broken.
        """
        return ()

    @property
    def notes(self) -> Sequence[str]:
        """Notes for the record on how it was sampled, known after sampling."""
        return ()

    @abstractmethod
    def sample(self, asks: Sequence[Ask], sampling: Sampling) -> Iterator[Sampled]:
        """Draw every requested sample once, in the order in which they finish.

        Args:
            asks: the prompts and samples wanted; the policy may process them in any order.
            sampling: the sampling settings; `n` and `template` are for the caller and ignored here.

        Raises:
            UsageError, SetupError: the policy can't answer at all.
            IncompleteRunError: it stopped answering; the samples given so far are valid.
        """

    def load(self) -> None:  # noqa: B027 - most have nothing to load
        """Load the weights now, so that loading time is not counted as sampling."""

    def loglikelihood(self, texts: Sequence[Text]) -> list[Likelihood]:  # noqa: ARG002 - see Raises
        """The log-probability of each continuation given its context, in order.

        Raises:
            UsageError: it has no log-probabilities, like most policies.
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
