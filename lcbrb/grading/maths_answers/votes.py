"""Which answers to a problem are the same, so that they vote as one: in a bounded time.

Texts and numbers are compared at once, with no limit but the length of an answer; the rest by a
worker, an answer with all that differ so far. `VOTES_CPU_S` is what the workers may use for one
problem. An answer that takes longer than `_ANSWER_CPU_S`, and every one that is still to compare
when the problem's time is spent, stands alone: it votes for itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from lcbrb.grading.maths_answers.comparing import settled
from lcbrb.grading.maths_answers.forms import readings
from lcbrb.grading.maths_answers.pool import answer_pool
from lcbrb.grading.maths_answers.rules import Rules
from lcbrb.grading.maths_answers.unit_names import units_differ

#: CPU time of the workers for one problem's votes
VOTES_CPU_S = 6.0
_ANSWER_CPU_S = 1.0
_START_CPU_S = 2.0  # what it costs to replace a worker that used all its time


def grouped(answers: Sequence[str], rules: Rules) -> list[int]:
    """For each answer, the place of the first one that it is the same as: its own, if it is new."""
    places: list[int] = []
    texts: dict[str, int] = {}
    firsts: dict[int, tuple[str, ...]] = {}  # the answers that differ, in their readings
    left_s = VOTES_CPU_S
    for place, answer in enumerate(answers):
        known = texts.get(answer.strip())
        read = readings(answer)
        if known is None and read:
            others = {
                first: its_readings
                for first, its_readings in firsts.items()
                if not units_differ(answers[first], answer)
            }
            known, unknown = _compared(read, others, rules)
            slow = False
            if known is None and unknown and left_s > 0:
                asked = _asked(read, unknown, rules, min(_ANSWER_CPU_S, left_s))
                known, slow = asked.place, asked.slow
                left_s -= asked.cpu_s
            if known is None and not slow:
                firsts[place] = read
        places.append(place if known is None else known)
        texts[answer.strip()] = places[place]
    return places


def _compared(
    read: tuple[str, ...], firsts: dict[int, tuple[str, ...]], rules: Rules
) -> tuple[int | None, dict[int, tuple[str, ...]]]:
    """The place of the answer that this one is for sure, and those of which that can't be told."""
    unknown = {}
    for place, first in firsts.items():
        same = settled(first[0], read, rules)
        if same or (same is False and settled(read[0], first, rules)):
            return place, {}
        if same is None:
            unknown[place] = first
    return None, unknown


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    """The place of the answer that one is, the CPU time that took, and whether it took too long."""

    place: int | None
    cpu_s: float
    slow: bool = False


def _asked(
    read: tuple[str, ...], firsts: dict[int, tuple[str, ...]], rules: Rules, cpu_s: float
) -> _Asked:
    """What a worker finds an answer to be."""
    places = [place for place, first in firsts.items() for _ in first for _ in read]
    pairs = [(vote, other) for first in firsts.values() for vote in first for other in read]
    reply = answer_pool().ask({"pairs": pairs, "rules": rules.plain(), "voting": True}, cpu_s=cpu_s)
    if reply.failure is not None:
        return _Asked(place=None, cpu_s=cpu_s + _START_CPU_S, slow=True)
    number = reply.content.get("place")
    return _Asked(
        place=places[number] if isinstance(number, int) else None,
        cpu_s=float(str(reply.content.get("cpu_s", 0.0))),
    )
