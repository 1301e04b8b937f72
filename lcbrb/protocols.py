"""What the parts promise one another. Each is small enough to be written in one file.

A reward model has `id`, `bounds` and `score`; one that judges pairs has `compare` instead. A policy
has `id` and `sample`. A benchmark has `name`, `version`, `metric`, `load`, `prompt` and `verify`.
A sandbox runs one program on many inputs; it never sees an expected answer.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, TypeVar, runtime_checkable

from lcbrb.types import (
    Completion,
    Generation,
    JsonValue,
    Limits,
    PreferencePair,
    Problem,
    Prompt,
    Sampling,
    Status,
    TestKind,
    Verdict,
)

A = TypeVar("A")
B = TypeVar("B")

# -------------------------------------------------------------------------------- judging


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """Source to run, and how.

    `prelude` runs before the program in the same namespace. With `kind` CALL, `entry_point` is a
    function, or a method of a class ``Solution``, called once an input.
    """

    source: str
    kind: TestKind = TestKind.STDIN
    entry_point: str | None = None
    prelude: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Execution:
    """One run of a program on one input.

    `status` is None where the program ran to its end; then `output` is what it printed (STDIN) or
    the JSON of what it returned (CALL), or for a call of a `Session` the value as wire text.
    Otherwise `status` says how it ended, and `detail` why. `fresh` is False where the process had
    run another input before; then only a pass counts. `borderline` marks a time limit passed by so
    little that a slow machine may have done it: run it again, alone, before it counts.
    """

    status: Status | None
    output: str = ""
    detail: str = ""
    cpu_s: float | None = None
    wall_s: float | None = None
    peak_memory_mib: float | None = None
    fresh: bool = True
    borderline: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """Calls made in one exchange, in order, until one did not return.

    `outputs` holds wire text of the values of those that returned. `execution` is of them all: its
    status is None where every call returned, else that of the call with the index `failed_at`.
    Where the process was stopped or died, `failed_at` is None and there are no outputs: which call
    did it is not known.
    """

    outputs: tuple[str, ...]
    execution: Execution
    failed_at: int | None = None


class Session(Protocol):
    """A program, loaded once, that answers calls in one process.

    Expected values stay with the caller: only names and arguments go to the program.
    """

    @property
    def loading(self) -> Execution:
        """What became of loading the program; where its status is not None, every call fails so.

        It is loaded when this is first asked for, or with the first call.
        """
        ...

    def call(
        self,
        name: str,
        arguments: Sequence[object],
        *,
        cpu_s: float | None = None,
        used_s: float = 0.0,
    ) -> Execution:
        """Call a function by name, or a method of a class ``Solution``.

        Args:
            name: of the function.
            arguments: plain data, as `lcbrb.sandbox.wire` has it.
            cpu_s: the CPU limit of this call; that of the program's limits where None.
            used_s: what calls before it used of that limit, where they share it.

        Returns:
            Where `status` is None, `output` is wire text of the value. After any other status the
            process may be gone, and later calls say so.
        """
        ...

    def call_each(self, calls: Sequence[tuple[str, str]], *, cpu_s: float | None = None) -> Batch:
        """Make many calls in one exchange.

        A program that is not loaded yet is loaded in the same exchange, within the same limit;
        where that fails, the first call does.

        Args:
            calls: a name, and wire text of the list of arguments.
            cpu_s: the CPU limit of them all; that of the program's limits where None.
        """
        ...


class Sandbox(Protocol):
    """Runs untrusted programs. `level` names the isolation, as `lcbrb doctor` shows it."""

    @property
    def level(self) -> str: ...  # noqa: D102 - told by the class

    def run(
        self, program: Program, inputs: Iterable[str], limits: Limits, *, fresh: bool = False
    ) -> Iterator[Execution]:
        """One execution an input, lazily: a caller that stops early pays for no more.

        Args:
            program: what to run.
            inputs: standard input (STDIN), or JSON arguments, one a line (CALL).
            limits: of each input.
            fresh: run every input in a process of its own, which is the reference. Otherwise they
                may share one, with fresh globals; a failure there is to be run again, fresh.
        """
        ...

    def open(
        self, program: Program, limits: Limits, *, alone: bool = False, paced: bool = False
    ) -> AbstractContextManager[Session]:
        """Load a program once and call its functions.

        Args:
            program: its source and prelude; its kind and entry point do not matter.
            limits: of loading, and of each call.
            alone: run nothing else in this judge meanwhile (for a borderline time limit), and
                reckon time as with `paced`.
            paced: reckon CPU time at the machine's best pace, where it can be known: for a time
                that others are held to.
        """
        ...


class Benchmark(Protocol):
    """Problems, and what it means to solve one."""

    @property
    def name(self) -> str: ...  # noqa: D102 - told by the class
    @property
    def version(self) -> str: ...  # noqa: D102 - told by the class
    @property
    def metric(self) -> str: ...  # noqa: D102 - told by the class

    def load(self) -> Sequence[Problem]:
        """The problems, in the benchmark's own order."""
        ...

    def prompt(self, problem: Problem) -> Prompt:
        """How the problem is put to a policy; the same words for the same template."""
        ...

    def verify(self, problem: Problem, completion: Completion, sandbox: Sandbox) -> Verdict:
        """Judge one completion."""
        ...


@runtime_checkable
class ComparesAnswers(Protocol):
    """A benchmark whose problems have one answer each, so that samples can vote."""

    def same_answer(self, answer: str, other: str) -> bool:
        """Whether two replies give the same answer, right or wrong."""
        ...


class Executor(Protocol):
    """Spreads work over threads, processes or machines."""

    def map(self, work: Callable[[A], B], items: Iterable[A]) -> Iterator[tuple[A, B]]:
        """Each item with its result, as results come (any order), with bounded read-ahead."""
        ...


# ------------------------------------------------------------------------------- policies


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


# -------------------------------------------------------------------------- reward models


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """What a reward model reads: a prompt and one response to it (here: the reasoning)."""

    prompt: str
    response: str


@runtime_checkable
class RewardModel(Protocol):
    """Gives each item a number; higher is better. `bounds` are the least and greatest possible.

    A model may carry `logits` as well: true where a difference of two scores is a logit.
    """

    @property
    def id(self) -> str: ...  # noqa: D102 - told by the class
    @property
    def bounds(self) -> tuple[float, float]: ...  # noqa: D102 - told by the class

    def score(self, items: Sequence[Item]) -> list[float]:
        """One finite number an item, in order. The batch must not change a score."""
        ...


@runtime_checkable
class PairwiseModel(Protocol):
    """Judges two responses side by side."""

    @property
    def id(self) -> str: ...  # noqa: D102 - told by the class

    def compare(self, pairs: Sequence[PreferencePair]) -> list[float]:
        """Preference for `chosen` a pair: 1 chosen, 0 rejected, 0.5 no preference."""
        ...


@runtime_checkable
class Truncates(Protocol):
    """A reward model that may cut long inputs, and says which."""

    def truncated(self, items: Sequence[Item]) -> list[bool]:
        """Whether each item would be cut."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """Items made ready to be scored.

    `lengths` are in tokens, after cutting; `truncated` says which were cut; `inputs` is what the
    model that made them reads.
    """

    lengths: tuple[int, ...]
    truncated: tuple[bool, ...]
    inputs: Any


@runtime_checkable
class Prepares(Protocol):
    """A reward model whose items are made ready apart, so that it is done ahead in a thread."""

    def prepare(self, items: Sequence[Item]) -> Prepared:
        """Lay out and tokenise; never called by two threads at once."""
        ...

    def score_prepared(self, prepared: Prepared) -> list[float]:
        """As `RewardModel.score`."""
        ...


# ---------------------------------------------------------------------------------- data


@dataclass(frozen=True, slots=True, kw_only=True)
class PairSet:
    """Preference pairs under a name.

    `notes` are for people: what was left out and why, what is synthetic.
    """

    name: str
    version: str
    pairs: Sequence[PreferencePair]
    notes: tuple[str, ...] = ()
