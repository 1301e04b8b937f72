"""Preference pairs, and a reward model's scores of them."""

from __future__ import annotations

import dataclasses
import datetime as dt
from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar

from lcbrb.types.base import Record
from lcbrb.types.completions import Judgement, OfSample, Verdict
from lcbrb.types.prompts import Message


class Relation(StrEnum):
    """Why the chosen side of a pair is the better one."""

    PASS_OVER_FAIL = "pass_over_fail"  # noqa: S105 - no password
    OPTIMIZED_OVER_DEGRADED = "optimized_over_degraded"
    OPTIMIZED_OVER_INITIAL = "optimized_over_initial"
    INITIAL_OVER_DEGRADED = "initial_over_degraded"
    SOUND_OVER_FLAWED = "sound_over_flawed"  # both pass, or both fail
    HUMAN = "human"
    GIVEN = "given"


class PairKind(StrEnum):
    """What tells the two sides of a pair that the factory built apart."""

    LCB_RB = "lcb-rb"  # the outcome, and by a judge the soundness too: as the paper has it
    OUTCOME_MATCHED = "outcome-matched"  # the soundness alone: both pass, or both fail


class Cell(StrEnum):
    """What tests and a judge say of one completion; without a judge, what tests say."""

    PASS_SOUND = "pass-sound"  # noqa: S105 - no password
    PASS_FLAWED = "pass-flawed"  # noqa: S105
    FAIL_SOUND = "fail-sound"
    FAIL_FLAWED = "fail-flawed"
    PASS = "pass"  # noqa: S105
    FAIL = "fail"


class TextFlag(StrEnum):
    """What the text of a side carries that a reader should know of."""

    LEAKS_VERDICT = "leaks-verdict"  # it says how the tests ended
    HOLDS_CODE = "holds-code"  # a fenced block of code stands in it
    CODE_STRIPPED = "code-stripped"  # such blocks were taken out


class PairFlag(StrEnum):
    """What a pair carries that a reader should know of."""

    NEAR_DUPLICATE = "near-duplicate"  # the two sides are nearly one text


class Outcome(StrEnum):
    """The outcome of a reward model on one pair."""

    WIN = "win"
    TIE = "tie"
    LOSS = "loss"


@dataclass(frozen=True, slots=True, kw_only=True)
class Side(Record):
    """Where one side of a pair comes from. `sha256` is of the completion's whole text."""

    LEFT_OUT_WHERE_EMPTY: ClassVar[tuple[str, ...]] = ("cell", "flags")

    sampler: str
    sample_index: int = 0
    sha256: str = ""
    file: str | None = None
    row: int | None = None
    verdict: Verdict | None = None
    judgements: tuple[Judgement, ...] = ()
    cell: Cell | None = None
    flags: tuple[TextFlag, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Provenance(Record):
    """How a pair came about: its source and version, and the rule and seed that chose it.

    `judge` says whose word on the reasoning counted for the labels: an LLM's, ``recorded``, or
    ``none`` where tests alone decided.
    """

    LEFT_OUT_WHERE_EMPTY: ClassVar[tuple[str, ...]] = ("judge",)

    source: str
    version: str = ""
    rule: str = ""
    seed: int | None = None
    across_samplers: bool = False
    judge: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Review(Record):
    """The preferences of people who compared a pair without knowing which side was chosen.

    `chosen` counts those who found the chosen side better, `rejected` the other one, `equal` who
    saw no difference, `unsure` who could not tell. `adjudicated`: they differed, and one more
    person decided.
    """

    chosen: int = 0
    rejected: int = 0
    equal: int = 0
    unsure: int = 0
    adjudicated: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class PreferencePair(Record):
    """Two reasoning processes for one problem, of which `chosen` is the better one.

    `chosen` and `rejected` are texts; `rejected_prompt` is set only where the two sides answer
    different prompts. `turns` are the messages of a prompt that is more than one user's message
    (`prompt` is their text), `rejected_turns` those of `rejected_prompt`. `category` is a dimension
    or a subset. `kind` is set by the factory that pairs completions, `review` where people reviewed
    the pair. `id` is a sha256 of the content.
    """

    LEFT_OUT_WHERE_EMPTY: ClassVar[tuple[str, ...]] = (
        "turns",
        "rejected_turns",
        "kind",
        "flags",
        "review",
    )

    id: str
    problem_id: str
    prompt: str
    chosen: str
    rejected: str
    relation: Relation
    provenance: Provenance
    rejected_prompt: str | None = None
    chosen_side: Side | None = None
    rejected_side: Side | None = None
    difficulty: str | None = None
    category: str | None = None
    released: dt.date | None = None
    turns: tuple[Message, ...] = ()
    rejected_turns: tuple[Message, ...] = ()
    kind: PairKind | None = None
    flags: tuple[PairFlag, ...] = ()
    review: Review | None = None

    @property
    def cell(self) -> str | None:
        """The cells of both sides (``pass-sound over fail-flawed``); None where one has none."""
        sides = self.chosen_side, self.rejected_side
        cells = [side.cell for side in sides if side is not None and side.cell is not None]
        return " over ".join(cells) if len(cells) == len(sides) else None

    def swap(self) -> PreferencePair:
        """The same pair with its sides exchanged; swapping twice gives the pair back."""
        other = self.rejected_prompt
        said = self.review
        return dataclasses.replace(
            self,
            prompt=self.prompt if other is None else other,
            rejected_prompt=None if other is None else self.prompt,
            turns=self.turns if other is None else self.rejected_turns,
            rejected_turns=self.rejected_turns if other is None else self.turns,
            chosen=self.rejected,
            rejected=self.chosen,
            chosen_side=self.rejected_side,
            rejected_side=self.chosen_side,
            review=said and dataclasses.replace(said, chosen=said.rejected, rejected=said.chosen),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgeVotes(Record):
    """What a generative judge's replies said of one pair, by the place of the chosen side.

    `orders` is how many orders were asked: 2, 1 (a drawn one), or 0 where the sides were scored one
    by one. `chosen_first` is the judge's mean preference for the chosen side, in [0, 1], over the
    replies to prompts in which it stood first; `chosen_second` where it stood second. None: not
    asked in that order, or no reply to it could be read. `votes` counts replies that were read,
    `unparsable` those that hold no verdict, `truncated` those that were cut before one.
    """

    orders: int
    votes: int
    unparsable: int = 0
    truncated: int = 0
    chosen_first: float | None = None
    chosen_second: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoredPair(Record):
    """A line of a run's ``scores.jsonl``: what a reward model said of one pair.

    `unparsable` marks a tie that is none of the model's: a judge gave no verdict that could be
    read. `judged` is set by generative judges alone, `rejected_steps` by process reward models: how
    probable it is that each step of the rejected side is right.
    """

    LEFT_OUT_WHERE_EMPTY: ClassVar[tuple[str, ...]] = ("rejected_steps",)

    pair_id: str
    problem_id: str
    chosen_score: float
    rejected_score: float
    outcome: Outcome
    truncated: bool = False
    unparsable: bool = False
    judged: JudgeVotes | None = None
    rejected_steps: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoredSample(OfSample, Record):
    """A line of a best-of-n run's ``sample_scores.jsonl``: one sample, scored and judged.

    `score` is None where there is none: the reply is empty, or a judge's reply could not be read.
    """

    passed: bool
    score: float | None
    truncated: bool = False
