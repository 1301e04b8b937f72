"""OD pairs of a generator's replies: which texts are fit to be sides, and which pairs are taken."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from lcbrb.codec import sha256_text
from lcbrb.pair_identity import make_pair
from lcbrb.pairs.od.programmatic import ROLES
from lcbrb.pairs.od.rewrite_checks import OdConfig, Refusal, between, of_initial, of_rewrite
from lcbrb.pairs.od.sides import Role
from lcbrb.pairs.od.templates import Dimension, Direction, OdTemplates
from lcbrb.types import (
    Completion,
    PreferencePair,
    Problem,
    Provenance,
    Relation,
    Side,
    Status,
    Verdict,
)

Graded = tuple[Completion, Verdict]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sides:
    """A problem's texts along one dimension; a rewrite that is missing or refused is in none."""

    problem: Problem
    dimension: Dimension
    texts: Mapping[Role, Graded]


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """By what pairs are made: the checks, the words, the proportions, how many, and the seed."""

    config: OdConfig
    templates: OdTemplates
    mix: Mapping[Relation, float]
    count: int | None
    seed: int


@dataclass(frozen=True, slots=True)
class Account:
    """How many replies there were, and why some are no sides; keys as the manifest has them."""

    counts: Counter[str] = field(default_factory=Counter)

    def note(self, what: str, refusal: Refusal | None) -> bool:
        """Count a reply or a couple of texts; whether it is fit."""
        self.counts[f"{what}_made"] += 1
        if refusal is not None:
            self.counts[f"{what}_refused_{refusal}"] += 1
        return refusal is None


def assigned(
    problems: Sequence[Problem], dimensions: Sequence[Dimension], each: int, seed: int
) -> dict[Dimension, list[Problem]]:
    """The problems of each dimension: equally many, by a seeded draw; each in so many dimensions.

    A problem's dimensions depend on the problems, the dimensions and the seed alone.
    """
    order = random.Random(f"dimensions/{seed}").sample(problems, len(problems))
    by_dimension: dict[Dimension, list[Problem]] = {dimension: [] for dimension in dimensions}
    for place, problem in enumerate(order):
        for step in range(min(each, len(dimensions))):
            by_dimension[dimensions[(place + step) % len(dimensions)]].append(problem)
    return by_dimension


def fit_initials(graded: Sequence[Graded], terms: Terms, account: Account) -> dict[str, Graded]:
    """First replies that can be rewritten, by problem."""
    return {
        completion.problem_id: (completion, verdict)
        for completion, verdict in graded
        if account.note(
            Role.INITIAL, of_initial(completion, verdict, terms.templates.tell_tale, terms.config)
        )
    }


def fit_rewrites(
    direction: Direction,
    graded: Sequence[Graded],
    initials: Mapping[str, Graded],
    terms: Terms,
    account: Account,
) -> dict[str, Graded]:
    """Rewrites that can be sides, by problem."""
    phrases = terms.templates.tell_tale
    return {
        rewrite[0].problem_id: rewrite
        for rewrite in graded
        if account.note(
            direction,
            of_rewrite(
                direction, rewrite, initials[rewrite[0].problem_id][0], phrases, terms.config
            ),
        )
    }


def make_pairs(
    sides: Sequence[Sides], terms: Terms, version: str, account: Account
) -> list[PreferencePair]:
    """As many pairs as the proportions and `count` allow, drawn by the seed.

    Two kinds of pair of one problem may both be taken; they are one cluster.
    """
    there: dict[Relation, list[PreferencePair]] = {}
    for relation, part in terms.mix.items():
        if part:
            made = [_pair(side, relation, terms, version, account) for side in sides]
            there[relation] = [pair for pair in made if pair is not None]
    total = sum(terms.mix.values())
    shares = {relation: terms.mix[relation] / total for relation in there}
    whole = min(len(pairs) / shares[relation] for relation, pairs in there.items())
    if terms.count is not None:
        whole = min(whole, terms.count)
    taken: list[PreferencePair] = []
    for relation, pairs in there.items():
        wanted = int(whole * shares[relation] + 1e-9)
        drawn = random.Random(f"{relation}/{terms.seed}").sample(range(len(pairs)), wanted)
        taken += [pairs[place] for place in sorted(drawn)]
        account.counts[f"relation_{relation}"] = wanted
        account.counts[f"left_over_{relation}"] = len(pairs) - wanted
    return taken


def _pair(
    sides: Sides, relation: Relation, terms: Terms, version: str, account: Account
) -> PreferencePair | None:
    roles = ROLES[relation]
    if any(role not in sides.texts for role in roles):
        return None
    good, bad = (sides.texts[role] for role in roles)
    chosen, rejected = good[0].reasoning or "", bad[0].reasoning or ""
    if relation is Relation.OPTIMIZED_OVER_DEGRADED and not account.note(
        "strong_pair", between(chosen, rejected, terms.config)
    ):
        return None
    words = " over ".join(_words(sides.dimension, role, terms.templates) for role in roles)
    problem = sides.problem
    answers = f"{_answer(good)} over {_answer(bad)}"
    return make_pair(
        problem_id=problem.id,
        prompt=problem.prompt,
        chosen=chosen,
        rejected=rejected,
        relation=relation,
        category=sides.dimension.value,
        difficulty=problem.difficulty,
        released=problem.released,
        chosen_side=_side(good),
        rejected_side=_side(bad),
        provenance=Provenance(
            source=problem.source,
            version=version,
            rule=f"{words}, by {good[0].policy_id}, answers {answers}",
            seed=terms.seed,
        ),
    )


def _words(dimension: Dimension, role: Role, templates: OdTemplates) -> str:
    if role is Role.INITIAL:
        return templates.initial.version
    return templates.rewrites[dimension, Direction(role.value)].version


def _answer(graded: Graded) -> str:
    return "right" if graded[1].status is Status.PASSED else "wrong"


def _side(graded: Graded) -> Side:
    completion, verdict = graded
    return Side(
        sampler=completion.policy_id,
        sample_index=completion.sample_index,
        sha256=sha256_text(completion.text),
        verdict=verdict.reproducible(),
    )
