"""The nouns of the project: frozen records, standard library only.

Data flows one way through them::

    Problem -> Completion -> Verdict -> PreferencePair -> ScoredPair -> Estimate -> RunRecord

A record holds data and nothing else; behaviour lives in the modules that produce and read it.
`lcbrb.codec` writes and reads them strictly (unknown fields are refused).
Units are in the names: ``_s`` seconds, ``_mib`` mebibytes, ``_kib`` kibibytes.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, ClassVar

JsonValue = Any  # what `json.loads` returns; a precise recursive alias costs more than it tells


class Record:
    """Base of every record that is written to disk: what the codec needs to know about it."""

    __slots__ = ()
    SCHEMA_VERSION: ClassVar[int] = 1
    __pydantic_config__: ClassVar[dict[str, Any]] = {
        "extra": "forbid",
        "strict": True,
        "allow_inf_nan": False,
    }


class TestKind(StrEnum):
    """How a test feeds the program and reads its answer."""

    __test__ = False  # not a test class, whatever pytest thinks of the name

    STDIN = "stdin"  # input on standard input, answer on standard output
    CALL = "call"  # input is one JSON argument a line, answer is the return value
    SCRIPT = "script"  # a test script that must run to its end (benchmarks with assertions)


class Status(StrEnum):
    """What became of one completion. HARNESS_ERROR is ours and never counts as a model's zero."""

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


class Oracle(StrEnum):
    """How a function's answer is held against the reference's (see `evaluators._oracles`)."""

    EQUAL = "equal"  # the same value, floats within a tolerance
    SAME_SET = "same_set"  # the same elements, in any order and number
    NOT_NONE = "not_none"  # something where the reference gives something
    ANYTHING = "anything"  # any answer at all: the statement does not decide
    EQUAL_OR_ZERO = "equal_or_zero"
    ROOT = "root"  # a root of the polynomial that is given
    SLANTED_SURFACE = "slanted_surface"  # of a pyramid: its height may be read in two ways
    PADDED_DIGITS = "padded_digits"  # digit by digit: the shorter number may be padded with zeros


class StopReason(StrEnum):
    """Why the model stopped writing."""

    END = "end"
    LENGTH = "length"
    UNKNOWN = "unknown"  # recorded completions seldom say


class Relation(StrEnum):
    """Why the chosen side of a pair is the better one."""

    PASS_OVER_FAIL = "pass_over_fail"  # noqa: S105 - no password
    OPTIMIZED_OVER_DEGRADED = "optimized_over_degraded"
    OPTIMIZED_OVER_INITIAL = "optimized_over_initial"
    INITIAL_OVER_DEGRADED = "initial_over_degraded"
    HUMAN = "human"
    GIVEN = "given"


class VerdictOrigin(StrEnum):
    """Who says so: our own run of the program, or the file that the completion came from."""

    EXECUTED = "executed"
    RECORDED = "recorded"


class Outcome(StrEnum):
    """What a reward model made of one pair."""

    WIN = "win"
    TIE = "tie"
    LOSS = "loss"


# ---------------------------------------------------------------------------------- problems


@dataclass(frozen=True, slots=True, kw_only=True)
class TestCase(Record):
    """One input and the answer expected for it."""

    __test__ = False

    kind: TestKind
    input: str
    expected: str
    hidden: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits(Record):
    """What one test may use. Wall time is generous: it only stops sleepers and deadlocks."""

    cpu_s: float = 6.0
    wall_s: float = 30.0
    memory_mib: int = 1024
    output_kib: int = 16 * 1024
    processes: int = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeCheck(Record):
    """A program is right when it passes every test."""

    tests: tuple[TestCase, ...]
    entry_point: str | None = None
    starter_code: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class FunctionCheck(Record):
    """A function is right when it answers every input as the reference does.

    `base_inputs` and `plus_inputs` hold one call each: the list of its arguments as wire text
    (`lcbrb.sandbox.wire`). `reference` is a whole program that defines `entry_point`; its answers
    are what is expected, its CPU time is what limits are a multiple of. `atol` is an absolute
    tolerance.
    """

    entry_point: str
    reference: str
    base_inputs: tuple[str, ...]
    plus_inputs: tuple[str, ...] = ()
    oracle: Oracle = Oracle.EQUAL
    atol: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class ScriptCheck(Record):
    """A function is right when trusted scripts that call it run to their end.

    `setup` runs once before `scripts`, which run in order; in both, the names in `functions` call
    the program. `inside` is code that runs in the program's own process after it, where a test
    needs objects of the program's classes. `reference` is a whole program that passes.
    """

    functions: tuple[str, ...]
    scripts: tuple[str, ...]
    reference: str
    setup: str = ""
    inside: str = ""

    @property
    def entry_point(self) -> str:
        """The function that is asked for."""
        return self.functions[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerCheck(Record):
    """A reply is right when its final answer is equivalent to `gold`."""

    gold: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem(Record):
    """One task of a benchmark. `prompt` is the statement, without any prompt template."""

    id: str
    source: str
    prompt: str
    check: CodeCheck | FunctionCheck | ScriptCheck | AnswerCheck
    limits: Limits = Limits()
    released: dt.date | None = None
    difficulty: str | None = None


# ------------------------------------------------------------------------------- completions


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement(Record):
    """What a judge (an LLM, a person, an author) says of a reasoning process."""

    judge: str
    sound: bool
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded(Record):
    """Where a replayed completion comes from, and what that file says of it.

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Completion(Record):
    """One reply of a policy to one problem.

    `text` is the reply as it was; `reasoning` and `solution` are what extraction found in it
    (None: nothing found).
    """

    problem_id: str
    policy_id: str
    sample_index: int
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
class Verdict(Record):
    """Whether a completion solved its problem, and at what cost.

    `tests_passed` counts the tests passed up to the first failure; times and memory are of the
    whole program, None where they were not measured. `detail` is at most 2 KiB.
    """

    status: Status
    base_status: Status | None = None
    plus_status: Status | None = None
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
class SampleVerdict(Record):
    """A line of a run's ``samples.jsonl``: one completion, judged."""

    problem_id: str
    policy_id: str
    sample_index: int
    status: Status
    verdict: Verdict
    released: dt.date | None = None
    difficulty: str | None = None
    file: str | None = None
    row: int | None = None


# ------------------------------------------------------------------------------------- pairs


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


# --------------------------------------------------------------------------------- estimates


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate(Record):
    """A number with what is needed to trust it.

    `n` counts observations and `clusters` the independent groups they fall into (problems).
    `low` and `high` are None where too few clusters carry an interval; `method` names how the
    interval was made.
    """

    value: float
    low: float | None
    high: float | None
    n: int
    clusters: int
    level: float
    method: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison(Record):
    """Two subjects on the same pairs: `difference` is accuracy of `subject` minus `baseline`."""

    subject: str
    baseline: str
    difference: Estimate
    p_value: float | None
    p_adjusted: float | None
    method: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RunRecord(Record):
    """What a run measured, and all that is needed to say what it was."""

    kind: str
    run_id: str
    subject: str
    benchmark: str
    dataset_sha256: str
    estimates: dict[str, Estimate]
    counts: dict[str, int]
    started_at: dt.datetime
    wall_s: float
    revision: str | None = None
    benchmark_version: str = ""
    config: dict[str, JsonValue] = dataclasses.field(default_factory=dict)
    environment: dict[str, str] = dataclasses.field(default_factory=dict)
    seed: int | None = None
    complete: bool = True
    partial: bool = False
    coverage: float = 1.0
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PairManifest(Record):
    """What lies beside a file of pairs: how they were made, and an account of every completion.

    `counts` tallies pairs by sampler, difficulty and category, and completions by status and label;
    `agreement` counts our verdicts against recorded ones.
    """

    pairs_file: str
    pairs_sha256: str
    pairs: int
    problems: int
    counts: dict[str, int]
    agreement: dict[str, int]
    pass_rates: dict[str, Estimate]
    source: str
    source_version: str
    source_sha256: str
    config: dict[str, JsonValue]
    environment: dict[str, str]
    notes: tuple[str, ...]
    created_at: dt.datetime
