"""OD pairs without a generator: solutions that are computed, and degraded by rule.

- *optimized*: the steps that the answer needs, and a check of the step that gives it;
- *initial*: sound as well, but it strays (derives a quantity that the answer does not need, where
  the problem has one), and what it checks is a step on the way;
- *degraded*: one of the two, made unsound by one `Degradation`.

Both sound kinds are right. That an optimized one is better than an initial one is true by this
definition only; that either is better than a degraded one is verified by recomputation. A trace
can't stray, so optimized over initial is made of the other families alone.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from lcbrb.codec import sha256_text
from lcbrb.errors import UnknownNameError, UsageError
from lcbrb.pair_identity import make_pair
from lcbrb.pairs.od.degradations import ANSWER_WRONG, Degradation
from lcbrb.pairs.od.sides import Role, Sides, write_sides
from lcbrb.pairs.od.stepwise.families import FAMILIES, FEWEST_STEPS, MOST_STEPS, make_problem
from lcbrb.pairs.od.stepwise.structure import Problem
from lcbrb.types import PreferencePair, Provenance, Relation, Side

SOURCE = "od-programmatic (synthetic)"
VERSION = "1"  # of what is generated: the same settings give the same bytes
#: category of the pairs in which both sides are sound
STRAYS = "strays"
ROLES: Mapping[Relation, tuple[Role, Role]] = {
    Relation.OPTIMIZED_OVER_DEGRADED: (Role.OPTIMIZED, Role.DEGRADED),
    Relation.OPTIMIZED_OVER_INITIAL: (Role.OPTIMIZED, Role.INITIAL),
    Relation.INITIAL_OVER_DEGRADED: (Role.INITIAL, Role.DEGRADED),
}
#: the kinds of pair, as `--mix` names them
KINDS_OF_PAIR: Mapping[str, Relation] = {
    "strong": Relation.OPTIMIZED_OVER_DEGRADED,
    "optimized": Relation.OPTIMIZED_OVER_INITIAL,
    "degraded": Relation.INITIAL_OVER_DEGRADED,
}
DEFAULT_MIX: Mapping[Relation, float] = {
    Relation.OPTIMIZED_OVER_DEGRADED: 2,
    Relation.OPTIMIZED_OVER_INITIAL: 1,
    Relation.INITIAL_OVER_DEGRADED: 1,
}
ORDERED = frozenset({"traces"})  # families whose solutions have to follow an order
_ATTEMPTS = 200  # problems tried for a pair before we say that there is no place for it


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What is generated.

    Args:
        families: of problems; one is drawn for each problem.
        count: of pairs.
        mix: in which proportions the kinds of pair come.
        kinds: of degradation, equally often.
        steps: the fewest and the most steps of a solution.
        per_problem: so many pairs of a problem.
        seed: of every draw.

    Raises:
        UsageError: a setting that can't be.
    """

    families: tuple[str, ...] = tuple(FAMILIES)
    count: int = 500
    mix: Mapping[Relation, float] = field(default_factory=lambda: dict(DEFAULT_MIX))
    kinds: tuple[Degradation, ...] = tuple(Degradation)
    steps: tuple[int, int] = (4, 8)
    per_problem: int = 1
    seed: int = 0

    def __post_init__(self) -> None:
        for family in self.families:
            if family not in FAMILIES:
                raise UnknownNameError("family of problems", family, FAMILIES)
        least, most = self.steps
        if not FEWEST_STEPS <= least <= most <= MOST_STEPS:
            raise UsageError(
                f"steps {least}-{most}: expected a range within {FEWEST_STEPS}-{MOST_STEPS}"
            )
        if self.count < 1 or self.per_problem < 1:
            raise UsageError("-n and --per-problem must be at least 1")
        if not self.families or not self.kinds or not sum(self.mix.values()) > 0:
            raise UsageError(
                "name at least one family, one kind of degradation and one kind of pair"
            )
        if min(self.mix.values()) < 0:
            raise UsageError("a proportion of the mix is below 0")
        if self.mix.get(Relation.OPTIMIZED_OVER_INITIAL) and ORDERED.issuperset(self.families):
            raise UsageError(
                "a trace has no unneeded steps, so traces alone give no pairs of optimized over "
                "initial: leave that kind out of --mix, or name another family"
            )


@dataclass(frozen=True, slots=True)
class _Slot:
    relation: Relation
    kind: Degradation | None
    better_longer: bool


def programmatic_pairs(settings: Settings) -> list[PreferencePair]:
    """The pairs of some settings, always the same ones.

    For each kind of pair and degradation, as many pairs have the longer text on their better side
    as on the worse one (one more of either where their number is odd).

    Raises:
        UsageError: problems of so few steps have no place for a kind.
    """
    rng = random.Random(f"pairs/{settings.seed}")
    slots = _slots(settings)
    rng.shuffle(slots)
    problems = -(-len(slots) // settings.per_problem)
    pairs = []
    for index in range(problems):
        group = slots[index * settings.per_problem : (index + 1) * settings.per_problem]
        strays = any(slot.relation is Relation.OPTIMIZED_OVER_INITIAL for slot in group)
        families = [f for f in settings.families if not (strays and f in ORDERED)]
        family, steps = rng.choice(families), rng.randint(*settings.steps)
        pairs += [
            _pair(settings, slot, (family, steps), range(index, _ATTEMPTS * problems, problems))
            for slot in group
        ]
    return pairs


def _slots(settings: Settings) -> list[_Slot]:
    """What each pair is to be, by the proportions of the mix."""
    total = sum(settings.mix.values())
    made: Counter[Relation] = Counter()
    of_kind: Counter[tuple[Relation, Degradation | None]] = Counter()
    slots = []
    for number in range(1, settings.count + 1):
        relation = max(settings.mix, key=lambda r: settings.mix[r] * number / total - made[r])
        place = made[relation] % len(settings.kinds)
        kind = settings.kinds[place] if Role.DEGRADED in ROLES[relation] else None
        made[relation] += 1
        of_kind[relation, kind] += 1
        # kinds begin on different sides, so that odd numbers of their pairs even out
        begins = list(ROLES).index(relation) // 2 + (place if kind else 0)
        slots.append(_Slot(relation, kind, (of_kind[relation, kind] + begins) % 2 == 0))
    return slots


def _pair(
    settings: Settings, slot: _Slot, asked: tuple[str, int], indices: Sequence[int]
) -> PreferencePair:
    family, steps = asked
    for index in indices:
        if index != indices[0]:  # where a problem has no place for the kind, another size may
            steps = random.Random(f"{settings.seed}/{index}").randint(*settings.steps)
        problem = make_problem(family, settings.seed, index, steps)
        rng = random.Random(f"{problem.id}/{slot}")
        roles = ROLES[slot.relation]
        sides = write_sides(problem, roles, slot.kind, rng, better_longer=slot.better_longer)
        if sides is not None and sides.better != sides.worse:
            return _made(settings, slot, problem, sides)
    raise UsageError(
        f"no place for '{slot.kind or STRAYS}' in {len(indices)} problems of the family "
        f"'{family}' with {settings.steps[0]}-{settings.steps[1]} steps: allow more steps, or "
        "leave that kind out"
    )


def _made(settings: Settings, slot: _Slot, problem: Problem, sides: Sides) -> PreferencePair:
    better, worse = ROLES[slot.relation]
    rule = "both sound"
    if sides.degraded is not None and sides.failure is not None:
        answer = "wrong" if sides.degraded.kind in ANSWER_WRONG else "right"
        rule = (
            f"{sides.degraded.kind}: {sides.failure.flaw} in line {sides.failure.item + 1}, "
            f"answer {answer}"
        )
    return make_pair(
        problem_id=f"od/{problem.id}",
        prompt=problem.text,
        chosen=sides.better,
        rejected=sides.worse,
        relation=slot.relation,
        category=STRAYS if slot.kind is None else slot.kind.value,
        difficulty=f"{problem.steps} steps",
        chosen_side=Side(sampler=better.value, sha256=sha256_text(sides.better)),
        rejected_side=Side(sampler=worse.value, sha256=sha256_text(sides.worse)),
        provenance=Provenance(
            source=SOURCE, version=VERSION, rule=f"{problem.family}, {rule}", seed=settings.seed
        ),
    )
