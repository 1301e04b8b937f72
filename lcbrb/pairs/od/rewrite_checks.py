"""What a rewrite must be before it is a side of a pair: changed, as long, graded, of one form.

Every refusal has a reason, and the reasons are counted in the manifest. Pure functions.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise

from lcbrb.errors import UsageError
from lcbrb.harness.config import BenchConfig
from lcbrb.pairs.od.templates import Direction
from lcbrb.types import Completion, Status, Verdict

#: a failing program or answer; what is missing, cut, unreadable or ours says nothing of a flaw
BROKEN = frozenset(
    {
        Status.WRONG_ANSWER,
        Status.RUNTIME_ERROR,
        Status.TIME_LIMIT,
        Status.MEMORY_LIMIT,
        Status.OUTPUT_LIMIT,
    }
)
_HEADING = re.compile(r"^[ \t]{0,3}#{1,6}[ \t]+\S", re.MULTILINE)
_LIST = re.compile(r"^[ \t]*(?:[-*+\u2022\u2023\u25e6]|\d{1,3}[.)])[ \t]+\S", re.MULTILINE)
_TABLE = re.compile(r"^[ \t]*\|.*\|[ \t]*$", re.MULTILINE)
_EMPHASIS = re.compile(r"(?<![\w*])\*\*[^\s*][^*\n]*\*\*(?![\w*])")  # x**2 and **options are none
# by Pandoc's rule for single dollars: $5 and $6 are no formula
_FORMULA = re.compile(r"\\\(|\\\[|\$\$|(?<![\\\w$])\$[^\s$](?:[^$\n]*[^\s$])?\$(?![\d$])")
_FENCE = re.compile(r"^[ \t]*(?:```|~~~)", re.MULTILINE)
_MARKER = re.compile(
    r"</?(?:think|thinking|thought|reasoning|answer|rewrite|problem|result)\b", re.IGNORECASE
)
#: what gives a text its look, by name
FORMS = {
    "code fences": _FENCE,
    "headings": _HEADING,
    "lists": _LIST,
    "tables": _TABLE,
    "bold": _EMPHASIS,
    "formulas": _FORMULA,
    "left-over markers": _MARKER,
}


class DegradedAnswer(StrEnum):
    """What is to become of the program or answer of a degraded rewrite."""

    BROKEN = "broken"  # it must fail
    KEPT = "kept"  # it must pass, so that nobody wins by guessing the verdict
    ANY = "any"  # either


class Refusal(StrEnum):
    """Why a reply is no side of a pair, or two are no pair."""

    NO_REASONING = "no_reasoning"
    TRUNCATED = "truncated"
    NOT_GRADED = "not_graded"  # our failure
    ANSWER_FAILS = "answer_fails"  # that had to pass
    ANSWER_KEPT = "answer_kept"  # that had to be broken
    NO_PROGRAM = "no_program_to_fail"  # no answer, or no program at all: no flaw of reasoning
    UNCHANGED = "unchanged"
    LENGTH = "length"
    TELL_TALE = "tell_tale"
    FORMAT = "format"


@dataclass(frozen=True, slots=True, kw_only=True)
class OdConfig(BenchConfig):
    """Settings of `pairs od --policy`: how to sample, and what a rewrite must be.

    `least_change` is the share of word couples that two texts must not have in common,
    `length_ratio` how many times as long (in characters) one may be as the other.
    `initial_passes` says whether the first reply has to solve its problem.
    `dimensions` is how many of the three each problem is rewritten along.
    """

    least_change: float = 0.01
    length_ratio: float = 2.0
    initial_passes: bool = True
    degraded_answer: DegradedAnswer = DegradedAnswer.BROKEN
    dimensions: int = 1

    def check(self) -> None:
        """Refuse settings out of their range.

        Raises:
            UsageError: one is.
        """
        for name, good, rule in (
            ("least_change", 0 <= self.least_change < 1, "from 0 to below 1"),
            ("length_ratio", self.length_ratio >= 1, "1 or more"),
            ("dimensions", self.dimensions >= 1, "1 or more"),
        ):
            if not good:
                raise UsageError(f"{name} is {getattr(self, name)}: it must be {rule}")
        if self.template is not None:
            raise UsageError(
                "the template for the first reasoning is initial.toml in the folder given with "
                "--templates"
            )


def change(text: str, other: str) -> float:
    """The share of word couples (two words in a row) that two texts do not have in common, 0 to 1.

    Letter case, punctuation and white space do not count; the order of words does.
    """
    first, second = _couples(text), _couples(other)
    total = first.total() + second.total()
    return 1 - 2 * (first & second).total() / total if total else 0.0


def _couples(text: str) -> Counter[tuple[str, str]]:
    words = ["", *re.findall(r"\w+|[^\w\s.,;:!?'\"`]", text.casefold()), ""]
    return Counter(pairwise(words)) if any(words) else Counter()


def form(text: str) -> tuple[bool, ...]:
    """Whether a reasoning has each of `FORMS`: two texts of one form can't be told apart by it."""
    return tuple(bool(kind.search(text)) for kind in FORMS.values())


def tells(text: str, phrases: Collection[str]) -> bool:
    """Whether one of the phrases (case-folded) stands in a text, as whole words."""
    folded = " ".join(text.replace("\u2019", "'").casefold().split())
    return any(re.search(rf"(?<!\w){re.escape(phrase)}(?!\w)", folded) for phrase in phrases)


def of_initial(
    completion: Completion, verdict: Verdict, phrases: Collection[str], config: OdConfig
) -> Refusal | None:
    """Why a first reply can't be rewritten; None where it can."""
    if fault := _readable(completion, verdict):
        return fault
    if config.initial_passes and verdict.status is not Status.PASSED:
        return Refusal.ANSWER_FAILS
    return Refusal.TELL_TALE if tells(completion.reasoning or "", phrases) else None


def of_rewrite(
    direction: Direction,
    graded: tuple[Completion, Verdict],
    initial: Completion,
    phrases: Collection[str],
    config: OdConfig,
) -> Refusal | None:
    """Why a rewrite is no side; None where it is one."""
    completion, verdict = graded
    if fault := _readable(completion, verdict):
        return fault
    text = completion.reasoning or ""
    return (
        between(text, initial.reasoning or "", config)
        or (Refusal.TELL_TALE if tells(text, phrases) else None)
        or (Refusal.FORMAT if form(text) != form(initial.reasoning or "") else None)
        or _of_answer(direction, verdict, config)
    )


def between(text: str, other: str, config: OdConfig) -> Refusal | None:
    """Why two texts do not make a pair; None where they do."""
    if change(text, other) < config.least_change or text.split() == other.split():
        return Refusal.UNCHANGED
    shorter, longer = sorted((len(text), len(other)))
    return Refusal.LENGTH if longer > config.length_ratio * shorter else None


def _readable(completion: Completion, verdict: Verdict) -> Refusal | None:
    if verdict.status is Status.HARNESS_ERROR:
        return Refusal.NOT_GRADED
    if verdict.status is Status.TRUNCATED:
        return Refusal.TRUNCATED
    return None if (completion.reasoning or "").strip() else Refusal.NO_REASONING


def _of_answer(direction: Direction, verdict: Verdict, config: OdConfig) -> Refusal | None:
    wanted = config.degraded_answer
    if direction is Direction.OPTIMIZED or wanted is DegradedAnswer.KEPT:
        return None if verdict.status is Status.PASSED else Refusal.ANSWER_FAILS
    if verdict.status is Status.PASSED:
        return Refusal.ANSWER_KEPT if wanted is DegradedAnswer.BROKEN else None
    return None if verdict.status in BROKEN else Refusal.NO_PROGRAM
