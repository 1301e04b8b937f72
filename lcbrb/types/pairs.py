"""Preference pairs, and what a reward model made of them."""

from __future__ import annotations

import dataclasses
import datetime as dt
from dataclasses import dataclass
from enum import StrEnum

from lcbrb.types.base import Record
from lcbrb.types.completions import Judgement, Verdict


class Relation(StrEnum):
    """Why the chosen side of a pair is the better one."""

    PASS_OVER_FAIL = "pass_over_fail"  # noqa: S105 - no password
    OPTIMIZED_OVER_DEGRADED = "optimized_over_degraded"
    OPTIMIZED_OVER_INITIAL = "optimized_over_initial"
    INITIAL_OVER_DEGRADED = "initial_over_degraded"
    HUMAN = "human"
    GIVEN = "given"


class Outcome(StrEnum):
    """What a reward model made of one pair."""

    WIN = "win"
    TIE = "tie"
    LOSS = "loss"


@dataclass(frozen=True, slots=True, kw_only=True)
class Side(Record):
    """Where one side of a pair comes from. `sha256` is of the completion's whole text."""

    sampler: str
    sample_index: int = 0
    sha256: str = ""
    file: str | None = None
    row: int | None = None
    verdict: Verdict | None = None
    judgements: tuple[Judgement, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Provenance(Record):
    """How a pair came about: its source and version, and the rule and seed that chose it."""

    source: str
    version: str = ""
    rule: str = ""
    seed: int | None = None
    across_samplers: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class PreferencePair(Record):
    """Two reasoning processes for one problem, of which `chosen` is the better one.

    `chosen` and `rejected` are texts; `rejected_prompt` is set only where the two sides answer
    different prompts. `category` is a dimension or a subset. `id` is a sha256 of the content.
    """

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

    def swap(self) -> PreferencePair:
        """The same pair with its sides exchanged; swapping twice gives the pair back."""
        other = self.rejected_prompt
        return dataclasses.replace(
            self,
            prompt=self.prompt if other is None else other,
            rejected_prompt=None if other is None else self.prompt,
            chosen=self.rejected,
            rejected=self.chosen,
            chosen_side=self.rejected_side,
            rejected_side=self.chosen_side,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoredPair(Record):
    """A line of a run's ``scores.jsonl``: what a reward model said of one pair."""

    pair_id: str
    problem_id: str
    chosen_score: float
    rejected_score: float
    outcome: Outcome
    truncated: bool = False
