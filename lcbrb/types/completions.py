"""Replies of policies, and whether they solved their problems."""

from __future__ import annotations

import dataclasses
import datetime as dt
from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar

from lcbrb.types.base import Record


class Status(StrEnum):
    """The result of grading a completion. HARNESS_ERROR never counts as a model's zero."""

    PASSED = "passed"
    WRONG_ANSWER = "wrong_answer"
    RUNTIME_ERROR = "runtime_error"
    SYNTAX_ERROR = "syntax_error"
    TIME_LIMIT = "time_limit"
    MEMORY_LIMIT = "memory_limit"
    OUTPUT_LIMIT = "output_limit"
    NO_ANSWER = "no_answer"
    TRUNCATED = "truncated"
    HARNESS_ERROR = "harness_error"


class StopReason(StrEnum):
    """Why the model stopped writing."""

    END = "end"
    LENGTH = "length"
    UNKNOWN = "unknown"  # recorded completions seldom say


class VerdictOrigin(StrEnum):
    """Where a verdict comes from: our own run of the program, or the completion's file."""

    EXECUTED = "executed"
    RECORDED = "recorded"


class Reading(StrEnum):
    """What became of a judge's reply."""

    READ = "read"
    UNPARSABLE = "unparsable"  # it holds nothing that can be read as a vote
    TRUNCATED = "truncated"  # it was cut before one


@dataclass(frozen=True, slots=True, kw_only=True)
class SoundnessVote(Record):
    """One reply of an LLM that was asked whether a reasoning is sound, and fits its solution.

    `sound` and `fits` are None unless the reply was read. `mistake` is the first one that it names.
    """

    reading: Reading
    sound: bool | None = None
    fits: bool | None = None
    mistake: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement(Record):
    """A judge's opinion (of an LLM, a person, an author) on a reasoning process.

    `sound` is None where an LLM's votes are tied or none could be read. `fits` says whether the
    program or answer is what the reasoning leads to; None where nobody said. `votes` are the
    replies of an LLM, all of them.
    """

    LEFT_OUT_WHERE_EMPTY: ClassVar[tuple[str, ...]] = ("fits", "votes")

    judge: str
    sound: bool | None
    note: str = ""
    fits: bool | None = None
    votes: tuple[SoundnessVote, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded(Record):
    """Where a recorded completion comes from, and that file's verdict on it.

    `row` counts from 0 within `file`; `passed` is None where the file carries no verdict.
    `base_passed` and `plus_passed` are set where the file judges both kinds of tests; `passed` is
    then both.
    """

    file: str
    row: int
    passed: bool | None = None
    detail: str = ""
    base_passed: bool | None = None
    plus_passed: bool | None = None


SampleKey = tuple[str, str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class OfSample:
    """Whatever tells of one sample: the policy's reply of that number to the problem."""

    problem_id: str
    policy_id: str
    sample_index: int

    @property
    def key(self) -> SampleKey:
        """What tells the samples of a run apart."""
        return self.problem_id, self.policy_id, self.sample_index


@dataclass(frozen=True, slots=True, kw_only=True)
class Completion(OfSample, Record):
    """One reply of a policy to one problem.

    `text` is the reply as it was; `reasoning` and `solution` are what extraction found in it
    (None: nothing found).
    """

    text: str
    reasoning: str | None = None
    solution: str | None = None
    stop_reason: StopReason = StopReason.UNKNOWN
    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    latency_s: float | None = None
    seed: int | None = None
    judgements: tuple[Judgement, ...] = ()
    recorded: Recorded | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgedCompletion(OfSample, Record):
    """A line of a pair run's ``judgements.jsonl``: what a judge said of one completion.

    `sha256` is of the reasoning as the judge was shown it.
    """

    sha256: str
    judgement: Judgement


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict(Record):
    """Whether a completion solved its problem, and at what cost.

    `tests_passed` counts the tests passed up to the first failure; times and memory are of the
    whole program, None where they were not measured. `detail` is at most 2 KiB. `lenient_status` is
    that of an answer read leniently, where a check has two readings; `status` is the strict one's.
    """

    LEFT_OUT_WHERE_EMPTY: ClassVar[tuple[str, ...]] = ("lenient_status",)

    status: Status
    base_status: Status | None = None
    plus_status: Status | None = None
    lenient_status: Status | None = None
    tests_passed: int = 0
    tests_total: int = 0
    cpu_s: float | None = None
    wall_s: float | None = None
    peak_memory_mib: float | None = None
    detail: str = ""
    origin: VerdictOrigin = VerdictOrigin.EXECUTED

    def reproducible(self) -> Verdict:
        """This verdict without what changes from run to run (times, memory, free text)."""
        return dataclasses.replace(self, cpu_s=None, wall_s=None, peak_memory_mib=None, detail="")


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleVerdict(OfSample, Record):
    """A line of a run's ``samples.jsonl``: one completion, judged."""

    status: Status
    verdict: Verdict
    released: dt.date | None = None
    difficulty: str | None = None
    file: str | None = None
    row: int | None = None
