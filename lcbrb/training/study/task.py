"""The study's problems: a chain of maps modulo a prime, to be written as one program.

``1: *3 +5 2: *4 +2 3: *7 +11 mod 17 :`` asks for a program that reads x, applies the maps from the
left to the right and prints the result modulo 17. The reply that a policy of 1 to 2 million
parameters is taught works out the one map ``a * x + b`` that does the same, step by step, and its
program applies that one. So an answer is a program, graded by running it on hidden tests; and each
step of a reasoning can be checked exactly.
"""

from __future__ import annotations

import hashlib
import itertools
import random
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from lcbrb.errors import UsageError
from lcbrb.grading.cases_check import CodeKind
from lcbrb.grading.problem_set import ProblemSet
from lcbrb.protocols.sandbox import Surroundings
from lcbrb.types import CodeCheck, Limits, Message, Problem, Prompt, TestCase, TestKind

VERSION = "1"
_HELD_OUT_EVERY = 4  # of all chains, one in so many is held out
#: what a test reads: multiples of the modulus (the addend alone decides), then others
_INPUTS = ((0, 0), (1, 0), (0, 1), (2, 3))
_MAP = re.compile(r"\d+: \*(\d+) \+(\d+)")
_PROMPT = re.compile(rf"{_MAP.pattern}(?: {_MAP.pattern})* mod \d+ :")


class Part(StrEnum):
    """Which chains: no chain is in both parts."""

    TRAINING = "training"
    HELD_OUT = "held-out"


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskSettings:
    """How hard the problems are: a prime, and how many maps a chain has."""

    modulus: int = 17
    maps: int = 3


@dataclass(frozen=True, slots=True)
class Chain:
    """x goes to ``multiplier * x + addend`` for each pair in turn, all modulo `modulus`."""

    maps: tuple[tuple[int, int], ...]
    modulus: int

    @property
    def prompt(self) -> str:
        """The problem as the policy reads it, in words of the tokenizer."""
        texts = [f"{number}: *{m} +{c}" for number, (m, c) in enumerate(self.maps, start=1)]
        return f"{' '.join(texts)} mod {self.modulus} :"

    @property
    def part(self) -> Part:
        """Where it belongs: decided by a hash, so the parts are disjoint however many are drawn."""
        digest = hashlib.sha256(self.prompt.encode("ascii")).digest()
        return Part.TRAINING if digest[0] % _HELD_OUT_EVERY else Part.HELD_OUT

    def composed(self) -> tuple[int, int]:
        """The one map that does the same."""
        a, b = self.maps[0]
        for multiplier, addend in self.maps[1:]:
            a, b = a * multiplier % self.modulus, (b * multiplier + addend) % self.modulus
        return a, b

    def value(self, x: int) -> int:
        """What the program must print for x."""
        a, b = self.composed()
        return (a * x + b) % self.modulus


def program(a: int, b: int, modulus: int) -> str:
    """The program that applies one map, in words of the tokenizer; it begins on a line of its own.

    A program on the line of its tag would not be found by the graders' reader.
    """
    return f"\nprint(( {a} *int(input())+ {b} )% {modulus} )"


def chain_of(prompt: str) -> Chain:
    """The chain that a prompt tells.

    Raises:
        ValueError: it is none of ours.
    """
    if not _PROMPT.fullmatch(prompt):
        raise ValueError(f"not a problem of the study: {prompt[:80]!r}")
    maps = tuple((int(m), int(c)) for m, c in _MAP.findall(prompt))
    return Chain(maps, int(prompt.split()[-2]))


def chains(settings: TaskSettings, part: Part, seed: int) -> Iterator[Chain]:
    """Chains of a part, none of them twice; the same for the same seed.

    Raises:
        UsageError: more are asked for than half of those that there are.
    """
    most = ((settings.modulus - 2) * (settings.modulus - 1)) ** settings.maps // 8
    rng = random.Random(f"{VERSION}/{settings.modulus}/{settings.maps}/{part}/{seed}")
    seen = set[Chain]()
    while True:
        maps = tuple(
            (rng.randrange(2, settings.modulus), rng.randrange(1, settings.modulus))
            for _ in range(settings.maps)
        )
        chain = Chain(maps, settings.modulus)
        if chain.part is part and chain not in seen:
            if len(seen) == most:
                raise UsageError(
                    f"chains of {settings.maps} maps modulo {settings.modulus} are too few to "
                    f"draw more than {most} from a part: use a larger prime or longer chains"
                )
            seen.add(chain)
            yield chain


def problem_of(chain: Chain) -> Problem:
    """A chain as a problem with hidden tests; the addend alone decides half of them."""
    tests = tuple(
        TestCase(kind=TestKind.STDIN, input=f"{x}\n", expected=f"{chain.value(x)}\n", hidden=True)
        for x in (times * chain.modulus + rest for times, rest in _INPUTS)
    )
    name = "-".join(f"{multiplier}x{addend}" for multiplier, addend in chain.maps)
    return Problem(
        id=f"chain/{chain.modulus}/{name}",
        source="study",
        prompt=chain.prompt,
        check=CodeCheck(tests=tests),
        limits=Limits(cpu_s=2.0, wall_s=20.0, memory_mib=256, output_kib=64),
    )


def benchmark(settings: TaskSettings, part: Part, count: int, seed: int = 0) -> ProblemSet:
    """So many problems of a part, asked in the words that the policy knows."""
    drawn = list(itertools.islice(chains(settings, part, seed), count))
    return ProblemSet(
        name=f"study:{part}",
        version=f"{VERSION}/{settings.modulus}/{settings.maps}/{seed}/{count}",
        problems=[problem_of(chain) for chain in drawn],
        asking=_as_it_is,
        grading=CodeKind(surroundings=Surroundings()),  # short programs need no prelude
        golds={problem_of(c).id: program(*c.composed(), c.modulus).strip() for c in drawn},
    )


def _as_it_is(problem: Problem) -> Prompt:
    message = Message(role="user", content=problem.prompt)
    return Prompt(messages=(message,), raw=problem.prompt, template="study@1")


def words(settings: TaskSettings) -> Sequence[str]:
    """All words of prompts and programs."""
    numbers = [f"{sign}{n}" for sign in ("", "*", "+") for n in range(settings.modulus + 1)]
    labels = [f"{number}:" for number in range(1, settings.maps + 1)]
    return [*numbers, *labels, "mod", ":", "\nprint((", "*int(input())+", ")%", ")"]
