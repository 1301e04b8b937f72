"""Which completions can be a side of a pair, and which side.

Superior: all tests pass; inferior: tests fail (LCB-RB, arXiv 2508.05170). With soundness required,
a superior one's reasoning must also be judged sound and to fit its program, and an inferior one's
flawed. Not a side of any pair: a completion without reasoning, without an answer or cut off (its
tests say nothing of the reasoning), and one whose verdict is our own failure.

What tests and judge say together is a completion's *cell*. Two of the four are at odds with one
another, and LCB-RB throws them away: passing with flawed reasoning, and failing with sound
reasoning. Here they are kept, for pairs whose sides have the same outcome.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from lcbrb.pairs.texts import Shingles, jaccard, leaks_verdict, shingles, without_code
from lcbrb.types import Cell, Completion, Judgement, Status, TextFlag, Verdict

_UNDECIDED = frozenset({Status.NO_ANSWER, Status.TRUNCATED, Status.HARNESS_ERROR})
_CELLS = {
    (True, True): Cell.PASS_SOUND,
    (True, False): Cell.PASS_FLAWED,
    (True, None): Cell.PASS,
    (False, True): Cell.FAIL_SOUND,
    (False, False): Cell.FAIL_FLAWED,
    (False, None): Cell.FAIL,
}


class LabelRule(StrEnum):
    """What decides the label."""

    TESTS = "tests"
    TESTS_AND_SOUNDNESS = "tests+soundness"


class Label(StrEnum):
    """What a completion is good for."""

    SUPERIOR = "superior"
    INFERIOR = "inferior"
    NO_REASONING = "no_reasoning"
    UNDECIDED = "undecided"  # no answer, truncated, or a failure of ours
    NOT_JUDGED = "not_judged"  # soundness is required; nobody judged it, or votes or judges differ
    AT_ODDS = "at_odds"  # passes with flawed reasoning, or fails with sound reasoning
    ANOTHER_PROGRAM = "another_program"  # passes, but its sound reasoning leads to another program
    LEAKS_VERDICT = "leaks_verdict"  # it says how the tests ended, and such texts are left out
    NEAR_DUPLICATE = "near_duplicate"  # of another completion of its cell, or of a set left out


@dataclass(frozen=True, slots=True, kw_only=True)
class Labelled:
    """A completion with its verdict and label.

    `cell` is None where the completion can be no side of any pair. `flags` say what was done to its
    reasoning.
    """

    completion: Completion
    verdict: Verdict
    label: Label
    cell: Cell | None = None
    flags: tuple[TextFlag, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class TextRule:
    """What is done about the texts before they are paired.

    `strip_code` takes fenced blocks of code out of the reasoning. `drop_leaks` leaves out texts
    that say how the tests ended. `near_duplicates` is the Jaccard similarity of two texts of one
    cell from which the later one is left out; 0: none is.
    """

    strip_code: bool = False
    drop_leaks: bool = False
    near_duplicates: float = 0.8


def soundness(judgements: Iterable[Judgement], judge: str | None = None) -> bool | None:
    """Whether every judge found the reasoning sound; None where there are none or they disagree.

    Where a judge is named, their word alone counts.
    """
    return _agreed(word.sound for word in judgements if judge is None or word.judge == judge)


def fits(judgements: Iterable[Judgement], judge: str | None = None) -> bool | None:
    """Whether the reasoning leads to its solution, likewise; None where nobody said."""
    return _agreed(word.fits for word in judgements if judge is None or word.judge == judge)


def _agreed(words: Iterable[bool | None]) -> bool | None:
    opinions = set(words)
    return opinions.pop() if len(opinions) == 1 else None


def label(
    completion: Completion, verdict: Verdict, rule: LabelRule, judge: str | None = None
) -> Label:
    """What this completion is good for under a rule; `judge` as in `soundness`."""
    if not (completion.reasoning or "").strip():
        return Label.NO_REASONING
    if verdict.status in _UNDECIDED:
        return Label.UNDECIDED
    passed = verdict.status is Status.PASSED
    if rule is LabelRule.TESTS_AND_SOUNDNESS:
        sound = soundness(completion.judgements, judge)
        if sound is None:
            return Label.NOT_JUDGED
        if sound != passed:
            return Label.AT_ODDS
        leads = fits(completion.judgements, judge)
        if passed and leads is False:
            return Label.ANOTHER_PROGRAM
        if passed and leads is None and any(judgement.votes for judgement in completion.judgements):
            return Label.NOT_JUDGED  # an LLM was asked, and its votes are tied
    return Label.SUPERIOR if passed else Label.INFERIOR


def labelled(
    graded: Iterable[tuple[Completion, Verdict]],
    rule: LabelRule,
    judge: str | None = None,
    texts: TextRule | None = None,
) -> list[Labelled]:
    """Completions of one problem, labelled; near-duplicates and leaks as the rule of texts says.

    Of near-duplicates the first is kept, by sampler and number, whatever the order that they come
    in, which is kept.
    """
    texts = texts or TextRule()
    made = [_one(completion, verdict, rule, judge, texts) for completion, verdict in graded]
    return _without_twins(made, texts.near_duplicates) if texts.near_duplicates else made


def _one(
    completion: Completion, verdict: Verdict, rule: LabelRule, judge: str | None, texts: TextRule
) -> Labelled:
    completion, flags = prepared(completion, texts)
    decided = label(completion, verdict, rule, judge)
    if texts.drop_leaks and leaks_verdict(completion.reasoning or ""):
        decided = Label.LEAKS_VERDICT
    usable = decided not in {Label.NO_REASONING, Label.UNDECIDED, Label.LEAKS_VERDICT}
    passed = verdict.status is Status.PASSED
    cell = _CELLS[passed, soundness(completion.judgements, judge)] if usable else None
    return Labelled(completion=completion, verdict=verdict, label=decided, cell=cell, flags=flags)


def prepared(completion: Completion, texts: TextRule) -> tuple[Completion, tuple[TextFlag, ...]]:
    """A completion with the reasoning that is judged and paired, and what was done to it."""
    if not texts.strip_code or not completion.reasoning:
        return completion, ()
    bare = without_code(completion.reasoning)
    if bare == completion.reasoning:
        return completion, ()
    return dataclasses.replace(completion, reasoning=bare), (TextFlag.CODE_STRIPPED,)


def place(item: Labelled) -> tuple[str, int, str]:
    """The order of a problem's completions, whatever order they come in."""
    return item.completion.policy_id, item.completion.sample_index, item.completion.text


def _without_twins(made: Sequence[Labelled], threshold: float) -> list[Labelled]:
    distinct: dict[tuple[Label, Cell], list[Shingles]] = {}
    twins: set[int] = set()
    for item in sorted(made, key=place):
        if item.cell is not None:
            own = shingles(item.completion.reasoning or "")
            others = distinct.setdefault((item.label, item.cell), [])
            if any(jaccard(own, other) >= threshold for other in others):
                twins.add(id(item))
            else:
                others.append(own)
    return [as_twin(item) if id(item) in twins else item for item in made]


def as_twin(item: Labelled) -> Labelled:
    """The completion, left out as nearly another's text."""
    return dataclasses.replace(item, label=Label.NEAR_DUPLICATE, cell=None)


_WORDS = {
    Label.SUPERIOR: "superior",
    Label.INFERIOR: "inferior",
    Label.NO_REASONING: (
        "without reasoning (a file of programs only, such as EvalPlus' `solution`, has none)"
    ),
    Label.UNDECIDED: "cut off, without an answer or without a verdict",
    Label.NOT_JUDGED: "whose soundness was not judged, or on which judges disagree",
    Label.AT_ODDS: "that pass with flawed reasoning or fail with sound reasoning",
    Label.ANOTHER_PROGRAM: "whose reasoning does not lead to their program",
    Label.LEAKS_VERDICT: "that mention the test results",
    Label.NEAR_DUPLICATE: "that are near-duplicates of another",
}


def why_none(labels: Mapping[str, int]) -> str:
    """Why completions gave no pair, in a sentence."""
    counts = {label: labels.get(label.value, 0) for label in Label}
    counted = ", ".join(f"{count:,} {_WORDS[label]}" for label, count in counts.items() if count)
    return (
        "no problem has completions for both sides of a pair (from the same sampler, unless "
        f"--across-samplers is given); completions: {counted or 'none'}"
    )
