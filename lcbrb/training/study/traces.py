"""Reasonings of the study: what a right one says, what flawed ones say, and how sound one is.

A reasoning is a list of items, each ended by ``;``. A step is ``a2 3 *4 = 12``; ``so`` may stand
before it and says nothing; ``clearly`` alone stands where a step should. The warm-up's traces are
of mixed quality with right answers: a policy taught on them writes sound and unsound reasonings
that end in right answers, so that there is something for a reward model to tell apart.
"""

from __future__ import annotations

import functools
import hashlib
import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from lcbrb.training.study.task import Chain, TaskSettings, chain_of, program

VERBOSE = "so"  # before a step: a matter of style alone
HAND_WAVE = "clearly"  # in place of a step
END, EQUALS = ";", "="
UNSHOWN_EVERY = 12  # of all sums, one in so many is never shown in a warm-up
#: texts whose readings are remembered: a copy of the oracle is set by thirty looks at the same ones
_REMEMBERED = 1 << 15
_WORDS = ("<think>", "</think>", "<answer>", "</answer>", EQUALS, END, VERBOSE, HAND_WAVE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Quality:
    """What is wrong with a trace of a kind, and how common the kind is.

    Attributes:
        weight: among the kinds of the mixture.
        garbled: how often a step's result is written wrongly; later steps go on from the true one.
        waved: how often a step is left out with a hand-wave.
    """

    weight: float
    garbled: float = 0.0
    waved: float = 0.0


#: clean ones, ones with false results, and ones with gaps too
MIXED = (
    Quality(weight=0.4),
    Quality(weight=0.3, garbled=0.4),
    Quality(weight=0.3, garbled=0.2, waved=0.25),
)
_VERBOSITY = (0.0, 0.5, 1.0)  # how often a trace says VERBOSE before a step


def words(settings: TaskSettings) -> list[str]:
    """All words of replies that problems have not."""
    names = [f"{letter}{number}" for number in range(2, settings.maps + 1) for letter in "amb"]
    return [*_WORDS, *names]


def steps_due(chain: Chain) -> list[str]:
    """The steps of a whole and sound reasoning, in order."""
    return [f"{left} = {result}" for left, result in _computations(chain)]


def _computations(chain: Chain) -> list[tuple[str, int]]:
    """What is computed, and what it gives."""
    (a, b), modulus = chain.maps[0], chain.modulus
    done = []
    for number, (multiplier, addend) in enumerate(chain.maps[1:], start=2):
        next_a, scaled = a * multiplier % modulus, b * multiplier % modulus
        next_b = (scaled + addend) % modulus
        done += [
            (f"a{number} {a} *{multiplier}", next_a),
            (f"m{number} {b} *{multiplier}", scaled),
            (f"b{number} {scaled} +{addend}", next_b),
        ]
        a, b = next_a, next_b
    return done


def trace(chain: Chain, rng: random.Random, mixture: Sequence[Quality] = MIXED) -> str:
    """A reply with the right program, its reasoning of a quality drawn from the mixture."""
    quality = rng.choices(mixture, [kind.weight for kind in mixture])[0]
    verbosity = rng.choice(_VERBOSITY)
    items = []
    for left, result in _computations(chain):
        if rng.random() < quality.waved:
            items.append(HAND_WAVE)
            continue
        written = result
        if rng.random() < quality.garbled:
            written = (result + rng.randrange(1, chain.modulus)) % chain.modulus
        lead = f"{VERBOSE} " if rng.random() < verbosity else ""
        items.append(f"{lead}{left} = {written}")
    return reply(items, program(*chain.composed(), chain.modulus))


def is_shown(left: int, right: str) -> bool:
    """Whether a warm-up may show a sum (``3``, ``*4``): one in `UNSHOWN_EVERY` it never does.

    A policy that knew all sums would be nearly always right when it is greedy, and training would
    only sharpen it. What was never shown has to be found by training.
    """
    digest = hashlib.sha256(f"{left} {right}".encode("ascii")).digest()
    return bool(digest[0] % UNSHOWN_EVERY)


def all_shown(chain: Chain) -> bool:
    """Whether a warm-up may show a reply to a problem."""
    sums = [left.split(" ") for left, _ in _computations(chain)]
    return all(is_shown(int(left), right) for _, left, right in sums)


def drill(settings: TaskSettings, rng: random.Random, items: int) -> str:
    """So many true steps that have nothing to do with one another.

    A model that sees one or two of them alone learns its tables in some dozens of batches, and
    then only has to find the numbers in a whole reply; from whole replies alone it does not.
    """
    names = [word for word in words(settings) if word[-1].isdigit()]
    steps: list[str] = []
    while len(steps) < items:
        name = rng.choice(names)
        left, right = rng.randrange(settings.modulus), rng.randrange(2, settings.modulus)
        sign, result = ("+", left + right) if name.startswith("b") else ("*", left * right)
        if is_shown(left, f"{sign}{right}"):
            steps.append(f"{name} {left} {sign}{right} = {result % settings.modulus} {END}")
    return " ".join(steps)


def reply(items: Sequence[str], answer: str) -> str:
    """A whole reply."""
    text = "".join(f" {item} {END}" for item in items)
    return f"<think>{text} </think> <answer> {answer} </answer>"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What a reasoning consists of.

    Attributes:
        items: what stands between its ends of items, without `VERBOSE`.
        verbose: how many of them, hand-waves apart, began with `VERBOSE`.
        waved: how many are hand-waves alone.
    """

    items: tuple[str, ...]
    verbose: int
    waved: int


@functools.lru_cache(maxsize=_REMEMBERED)
def read(reasoning: str) -> Reading:
    """A reasoning taken apart; any text has a reading."""
    items, verbose = [], 0
    for part in reasoning.split(END):
        lead, item = "", part.strip()
        if item.startswith(f"{VERBOSE} "):
            lead, item = VERBOSE, item.removeprefix(f"{VERBOSE} ").strip()
        verbose += bool(lead) and item not in {"", HAND_WAVE}
        if item:
            items.append(item)
    return Reading(
        items=tuple(items), verbose=verbose, waved=sum(item == HAND_WAVE for item in items)
    )


@functools.lru_cache(maxsize=_REMEMBERED)
def soundness(prompt: str, reasoning: str) -> float:
    """The share of true steps, from 0 to 1: exact, and nothing is gained by idle items.

    A step counts if it is due, word for word (`VERBOSE` apart), and no more often than it is due;
    what it is a share of are the steps due, or all items where there are more.

    Raises:
        ValueError: the prompt is none of the study's problems.
    """
    stated, due = true_steps(prompt, reasoning)
    return stated / max(due, len(read(reasoning).items))


def true_steps(prompt: str, reasoning: str) -> tuple[int, int]:
    """How many of the steps due a reasoning states, word for word, and how many are due.

    Raises:
        ValueError: the prompt is none of the study's problems.
    """
    due = Counter(steps_due(chain_of(prompt)))
    return (due & Counter(read(reasoning).items)).total(), due.total()
