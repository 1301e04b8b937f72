"""Heads on a frozen trunk, trained on degraded reasoning: do they rank what they never saw?

    python perf/od_study.py --out DIR [--trunk smollm2] [--od 120 --prm 120 --test 10]

The plan, with the endpoint that counts, and what came out stand in LOG.md under 2026-11-30. Needs
`LCBRB_DATA` with PRMBench and ProcessBench; `--lcb FILE` names pairs of `lcbrb pairs build` (left
out without). Hidden states and likelihoods are kept: stop it anywhere and start the same command
again. Prints Markdown, and writes every figure into DIR/figures.json.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

import lcbrb
from lcbrb.policies.cache import default_folder
from lcbrb.problem_groups import problem_keys
from lcbrb.rewards.forward.options import ModelOptions
from lcbrb.rewards.metrics import accuracy
from lcbrb.rewards.metrics.audit import audit
from lcbrb.rewards.pair_sides import scored_pair
from lcbrb.stats import cluster_mean, holm, paired_difference
from lcbrb.training.apart import parted
from lcbrb.training.reward_model.base_model import HeadedModel, load_base
from lcbrb.training.reward_model.frozen.fit import fit_head
from lcbrb.training.reward_model.frozen.states import PairStates, states_of
from lcbrb.training.reward_model.settings import RewardSettings
from lcbrb.training.reward_model.tokenised import tokenise
from lcbrb.types import PreferencePair, Relation

SEEDS = range(10)
BASE = {"trunk": "frozen", "epochs": 20, "batch_size": 32, "learning_rate": 1e-3}
CURVE = (50, 100, 200, 400, 1000, 2000)

PAIRED = (
    Relation.OPTIMIZED_OVER_DEGRADED,
    Relation.OPTIMIZED_OVER_INITIAL,
    Relation.INITIAL_OVER_DEGRADED,
)


@dataclass(frozen=True)
class Data:
    """Pairs with their hidden states, in the same order; those too long for the model are gone."""

    pairs: Sequence[PreferencePair]
    states: PairStates

    def where(self, keep: Iterable[int]) -> Data:
        """Some of them."""
        at = np.asarray(list(keep))
        return Data([self.pairs[i] for i in at], self.states.take(at))

    def without(self, kind: str) -> Data:
        """Those of other categories."""
        return self.where(i for i, pair in enumerate(self.pairs) if pair.category != kind)

    def only(self, kind: str) -> Data:
        """Those of a category."""
        return self.where(i for i, pair in enumerate(self.pairs) if pair.category == kind)

    def of(self, relation: Relation, count: int) -> Data:
        """The first so many of a relation."""
        found = [i for i, pair in enumerate(self.pairs) if pair.relation is relation]
        return self.where(found[:count])

    def __add__(self, other: Data) -> Data:
        one, two = self.states, other.states
        fields = ("chosen_N_D", "rejected_N_D", "margin_N", "target_N_2")
        joined = {f: np.concatenate([getattr(one, f), getattr(two, f)]) for f in fields}
        return Data([*self.pairs, *other.pairs], PairStates(**joined))


def say(text: str) -> None:
    """Something for whoever waits."""
    print(text, file=sys.stderr, flush=True)


def read(base: HeadedModel, name: str, pairs: Sequence[PreferencePair]) -> Data:
    """Pairs with their hidden states."""
    began = time.perf_counter()
    limit = min(4096, int(base.model.config.max_position_embeddings))
    tokens = tokenise(base.tokenizer, pairs, limit, RewardSettings())
    states, account = states_of(base, tokens.rows, default_folder())
    say(
        f"{name}: {len(tokens.rows)} pairs, {len(tokens.over_long)} too long, {account.tokens} "
        f"tokens; {account.computed} of {account.sequences} texts computed, "
        f"{time.perf_counter() - began:.0f} s; {account.row_bytes} bytes a text, "
        f"{account.row_bytes * account.sequences / account.tokens:.1f} a token"
    )
    return Data([one.pair for one in tokens.rows], states)


def scores(base: HeadedModel, train: Data, tests: dict[str, Data], seed: int, **how) -> dict:
    """The scores of both sides of each test pair, by a head that is trained anew."""
    import torch

    settings = RewardSettings(**{**BASE, **how})
    place = {pair.id: i for i, pair in enumerate(train.pairs)}
    parts = parted(train.pairs, None, settings.held_out, seed, problem_keys, "pairs")
    fit, choose = (train.where(place[p.id] for p in part) for part in (parts.train, parts.held_out))
    base.draw_head(seed)
    fit_head(base.head, base.scores, fit.states, choose.states, settings, seed)
    with torch.no_grad():
        return {
            name: np.stack(
                [
                    base.scores(torch.from_numpy(side)).numpy()
                    for side in (test.states.chosen_N_D, test.states.rejected_N_D)
                ],
                axis=1,
            )
            for name, test in tests.items()
        }


def points(found: np.ndarray) -> np.ndarray:
    """1 for a win, a half for a tie."""
    return (found[:, 0] > found[:, 1]) + 0.5 * (found[:, 0] == found[:, 1])


def arm(base: HeadedModel, train: Data, tests: dict[str, Data], **how) -> dict[str, np.ndarray]:
    """A pair's points of each test set, the mean over the seeds, and the scores of each seed."""
    runs = [scores(base, train, tests, seed, **how) for seed in SEEDS]
    return {name: np.stack([run[name] for run in runs]) for name in tests}


def told(test: Data, runs: np.ndarray) -> dict:
    """Accuracy with its interval, the seeds' spread, and the audit of the first seed."""
    each = [points(run) for run in runs]
    clusters = [pair.problem_id for pair in test.pairs]
    mean = cluster_mean(list(map(float, np.mean(each, axis=0))), clusters)
    rows = [
        scored_pair("head", pair, (float(a), float(b)))
        for pair, (a, b) in zip(test.pairs, runs[0], strict=True)
    ]
    measured = accuracy.estimates(test.pairs, rows, ("length", "gap"))
    audited = audit(test.pairs, rows, measured, logits=True)
    equal = audited.length.equal.value if audited.length else None
    longer = audited.prefers_longer.value if audited.prefers_longer else None
    return {
        "accuracy": [mean.value, mean.low, mean.high],
        "n": len(test.pairs),
        "seeds": float(np.std([one.mean() for one in each], ddof=1)),
        "equal length": equal,
        "prefers longer": longer,
    }


def baseline(name: str, test: str, data: Data, out: Path) -> np.ndarray:
    """A reward model's points on the same pairs; kept in a run folder."""
    report = lcbrb.evaluate([name], list(data.pairs), out=out / "baselines" / test)
    report.raise_if_incomplete()
    of = {row.pair_id: row for row in report.results[0].scored}
    found = np.array([[of[p.id].chosen_score, of[p.id].rejected_score] for p in data.pairs])
    return points(found)


@dataclass(frozen=True)
class Sets:
    """What is trained on, and what is tested on by name."""

    od: Data
    prm: Data
    unseen: Data
    tests: dict[str, Data]

    @property
    def every(self) -> dict[str, Data]:
        """All test sets but that of kinds left out."""
        return {**self.tests, "unseen problems": self.unseen}


def read_sets(base: HeadedModel, given: argparse.Namespace) -> Sets:
    """Generate and read everything."""

    def generated(name: str, n: int, seed: int, mix: dict[str, float] | None = None) -> Data:
        path = given.out / f"{name}.jsonl"
        made = lcbrb.build_od_pairs(["arithmetic", "words"], path, n=n, seed=seed, mix=mix)
        return read(base, name, made.pairs)

    tests = {"process-bench": read(base, "process-bench", lcbrb.load_pairs("process-bench").pairs)}
    if given.lcb:
        tests["lcb"] = read(base, "lcb", lcbrb.load_pairs(given.lcb).pairs)
    return Sets(
        od=generated(f"od-{given.od}", given.od, 1),
        prm=read(base, "prmbench", lcbrb.load_pairs("prmbench", limit=given.prm, seed=1).pairs),
        unseen=generated(f"unseen-{given.test}", 6 * given.test, 2, {"strong": 1}),
        tests=tests,
    )


Arms = dict[str, dict[str, np.ndarray]]


def main_arms(base: HeadedModel, sets: Sets) -> Arms:
    """Sources of pairs, kinds of pair, losses, lengths, numbers of pairs."""
    od, every, both = sets.od, sets.every, sets.od + sets.prm
    sources = {"od": od, "prm": sets.prm, "both": both}
    arms = {name: arm(base, data, every) for name, data in sources.items()}
    equal = min(sum(p.relation is relation for p in od.pairs) for relation in PAIRED)
    third = equal // 3
    for relation in PAIRED:
        name = f"{relation.value.replace('_', ' ')} alone ({equal})"
        arms[name] = arm(base, od.of(relation, equal), every)
    mixed = od.of(PAIRED[0], third) + od.of(PAIRED[1], third) + od.of(PAIRED[2], third)
    arms[f"a third of each ({3 * third})"] = arm(base, mixed, every)
    arms["od, regression"] = arm(base, od, every, loss="regression")
    arms["both, regression"] = arm(base, both, every, loss="regression")
    longer = [i for i, p in enumerate(od.pairs) if len(p.chosen) > len(p.rejected)]
    half = range(len(longer))
    arms[f"better is longer ({len(longer)})"] = arm(base, od.where(longer), every)
    arms[f"balanced ({len(longer)})"] = arm(base, od.where(half), every)
    for count in CURVE:
        if count < len(od.pairs):
            arms[f"od, {count}"] = arm(base, od.where(range(count)), every)
    return arms


def kinds_left_out(base: HeadedModel, sets: Sets) -> tuple[Data, dict[str, np.ndarray]]:
    """Each kind's pairs by heads that saw none of the kind: the pairs in this order, and scores."""
    kinds = sorted({pair.category for pair in sets.unseen.pairs})
    of_kind = {kind: sets.unseen.only(kind) for kind in kinds}
    runs = {
        kind: arm(base, sets.od.without(kind), {kind: data})[kind] for kind, data in of_kind.items()
    }
    pairs = [i for kind in kinds for i, p in enumerate(sets.unseen.pairs) if p.category == kind]
    return sets.unseen.where(pairs), runs


def endpoint(
    arms: Arms, every: dict[str, Data], given: argparse.Namespace
) -> list[dict[str, object]]:
    """The differences that were planned, with Holm's correction."""
    rows = []
    for test, data in every.items():
        runs = arms["leave one kind out" if test == "unseen kinds" else "both"][test]
        own = np.mean([points(run) for run in runs], axis=0)
        clusters = [pair.problem_id for pair in data.pairs]
        for other in dict.fromkeys((given.likelihood, "length")):
            theirs = baseline(other, test, data, given.out)
            result = paired_difference(own, theirs, clusters)
            rows.append((test, other, own.mean(), theirs.mean(), result))
    adjusted = holm([row[4].p_value for row in rows])
    return [
        {
            "test": test,
            "against": other,
            "ours": float(ours),
            "theirs": float(theirs),
            "difference": [result.estimate.value, result.estimate.low, result.estimate.high],
            "p": result.p_value,
            "holm": p,
        }
        for (test, other, ours, theirs, result), p in zip(rows, adjusted, strict=True)
    ]


def main() -> None:
    """Run the study."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--trunk", default="smollm2")
    parser.add_argument("--od", type=int, default=120, help="programmatic pairs to train on")
    parser.add_argument("--prm", type=int, default=120, help="PRMBench pairs to train on")
    parser.add_argument("--test", type=int, default=10, help="unseen pairs of each kind")
    parser.add_argument("--lcb", help="pairs of `lcbrb pairs build`")
    parser.add_argument("--likelihood", default="likelihood:smollm2")
    given = parser.parse_args()
    began = time.perf_counter()
    given.out.mkdir(parents=True, exist_ok=True)
    base = load_base(given.trunk, ModelOptions())
    sets = read_sets(base, given)
    arms = main_arms(base, sets)
    by_kind, left_out = kinds_left_out(base, sets)
    arms["leave one kind out"] = {"unseen kinds": np.concatenate([*left_out.values()], axis=1)}
    every = {**sets.every, "unseen kinds": by_kind}
    figures = {
        "trunk": given.trunk,
        "arms": {
            name: {test: told(every[test], runs) for test, runs in found.items()}
            for name, found in arms.items()
        },
        "kinds": {kind: told(sets.unseen.only(kind), runs) for kind, runs in left_out.items()},
        "endpoint": endpoint(arms, {**sets.tests, "unseen kinds": by_kind}, given),
    }
    figures["seconds"] = time.perf_counter() - began
    (given.out / "figures.json").write_text(json.dumps(figures, indent=1))
    show(figures)


def show(figures: dict) -> None:
    """As Markdown."""

    def share(value: float | None) -> str:
        return "-" if value is None else f"{100 * value:.1f}"

    print("| set | against | trained | theirs | difference [95%] | p | Holm |")
    print("|---|---|---|---|---|---|---|")
    for row in figures["endpoint"]:
        value, low, high = row["difference"]
        print(
            f"| {row['test']} | {row['against']} | {share(row['ours'])} | {share(row['theirs'])} | "
            f"{share(value)} [{share(low)}, {share(high)}] | {row['p']:.3g} | {row['holm']:.3g} |"
        )
    print("\n| arm | set | accuracy [95%] | n | seeds' sd | at equal length | prefers longer |")
    print("|---|---|---|---|---|---|---|")
    kinds = {f"unseen: {k}": {"unseen kinds": v} for k, v in figures["kinds"].items()}
    named = {**figures["arms"], **kinds}
    for name, found in named.items():
        for test, one in found.items():
            value, low, high = one["accuracy"]
            print(
                f"| {name} | {test} | {share(value)} [{share(low)}, {share(high)}] | {one['n']} | "
                f"{share(one['seeds'])} | {share(one['equal length'])} | "
                f"{share(one['prefers longer'])} |"
            )
    print(f"\n{figures['seconds']:.0f} s")


if __name__ == "__main__":
    main()
