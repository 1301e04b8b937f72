"""How wrong are labels, and what does that do to a reward model's accuracy?

    python perf/label_noise.py [--repeats 20]

Three parts. *Few tests*: on mini, whose author says which programs are right and which reasonings
are sound, programs are graded on the first 1, 2, 3… tests alone, and what is then called superior
is held against all tests and against the author. On HumanEval the recorded verdicts of three models
on the few base tests are held against those on the plus tests (`LCBRB_DATA`, ``judged/evalplus``).
*A judge of accuracy q*: mini's completions are judged by a simulated judge that is right with
probability q, by one vote and by the majority of three; counted is which pairs have a wrong label.
*A reward model*: one that ranks reasoning right with probability a is measured on those pairs.

A pair's label is right where the chosen reasoning is sound and the other one flawed; it is turned
round where it is the other way; else the two don't differ in soundness, and a reward model that
goes by it gets half of them.
"""

from __future__ import annotations

import argparse
import dataclasses
import os
import random
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from pathlib import Path

from evaluators import benchmark
from lcbrb.engine.local import LocalExecutor
from lcbrb.grading.grader import Grader, recorded_verdict
from lcbrb.grading.isolation import sandbox_to_grade
from lcbrb.pairs.labels import LabelRule, TextRule, labelled, soundness
from lcbrb.pairs.pairing import PairingRule, pair_up
from lcbrb.policies.replay import Replay
from lcbrb.sources import mini
from lcbrb.stats import cluster_mean
from lcbrb.types import Completion, Judgement, PreferencePair, Problem, Status, Verdict

Graded = list[tuple[Completion, Verdict]]
JUDGE = "simulated"
_AS_THEY_ARE = TextRule(near_duplicates=0.0)  # mini has none
QUALITIES = (0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 1.0)
ACCURACIES = (0.6, 0.75, 0.9)


def share(found: Sequence[tuple[str, bool]]) -> str:
    """The share of those that are so, each of a problem, with an interval clustered by problem."""
    part, whole = sum(so for _, so in found), len(found)
    rate = cluster_mean([float(so) for _, so in found], [problem for problem, _ in found])
    return f"{part}/{whole} = {part / whole:.1%} [{rate.low:.1%}, {rate.high:.1%}]"


# ------------------------------------------------------------------------------- few tests


def graded(tests: int | None) -> tuple[Sequence[Problem], Graded]:
    """Mini's completions by their first tests; all tests where it is None."""
    bench = benchmark("mini")
    problems = [
        dataclasses.replace(
            one, check=dataclasses.replace(one.check, tests=one.check.tests[:tests])
        )
        for one in bench.load()
    ]
    grader = Grader(
        benchmark=bench, sandbox=sandbox_to_grade(bench, None), executor=LocalExecutor()
    )
    by_id = {problem.id: problem for problem in problems}
    verdicts = {
        completion.key: verdict
        for completion, verdict in grader.verdicts(mini.recorded_completions(), by_id)
    }
    return problems, [(one, verdicts[one.key]) for one in mini.recorded_completions()]


def few_tests_on_mini(most: int) -> Graded:
    """Prints what few tests let pass; the verdicts by all tests come back."""
    _, whole = graded(None)
    right = {one.key for one, verdict in whole if verdict.status is Status.PASSED}
    sound = {one.key for one, _ in whole if soundness(one.judgements)}
    for tests in (*range(1, most + 1), None):
        _, some = (None, whole) if tests is None else graded(tests)
        passing = {one.key for one, verdict in some if verdict.status is Status.PASSED}
        wrong = [(key[0], key not in right) for key in passing]
        flawed = [(key[0], key not in sound) for key in passing]
        told = "all tests" if tests is None else f"{tests} tests"
        print(
            f"mini, {told}: of those called superior a wrong program {share(wrong)}, flawed "
            f"reasoning {share(flawed)}",
            flush=True,
        )
    failing = {one.key for one, _ in whole} - right
    kept = [(key[0], key in sound) for key in failing]
    print(f"mini, all tests: of those that fail sound {share(kept)}")
    return whole


def few_tests_on_humaneval() -> None:
    """Prints what HumanEval's base tests let pass that the plus tests don't."""
    bench = benchmark("humaneval+")
    folder = Path(os.environ["LCBRB_DATA"]) / "judged" / "evalplus"
    every: list[tuple[str, bool]] = []
    for path in sorted(folder.glob("*.humaneval.eval_results.json.gz")):
        replayed = Replay(id=path.name, paths=[path], model=path.name).replay(bench.load())
        verdicts = [(one.problem_id, recorded_verdict(one)) for one in replayed.completions]
        base = [
            (problem, verdict.plus_status is not Status.PASSED)
            for problem, verdict in verdicts
            if verdict and verdict.base_status is Status.PASSED
        ]
        wrong = [
            (problem, verdict.base_status is Status.PASSED)
            for problem, verdict in verdicts
            if verdict and verdict.status is not Status.PASSED
        ]
        every += base
        print(
            f"{path.name.partition('.humaneval')[0]}: of those that pass the base tests "
            f"{share(base)} fail a plus test; of the wrong ones {share(wrong)} pass the base tests"
        )
    print(f"all three: {share(every)} of base passes are wrong")


# -------------------------------------------------------------------- a judge of accuracy q


def judged(whole: Graded, right: float, votes: int, draw: random.Random) -> Graded:
    """The completions with a simulated judge's word, which is right with that probability."""
    found = []
    for one, verdict in whole:
        truth = bool(soundness(one.judgements))
        hits = sum(draw.random() < right for _ in range(votes))
        said = truth if 2 * hits > votes else not truth
        word = Judgement(judge=JUDGE, sound=said)
        found.append((dataclasses.replace(one, judgements=(*one.judgements, word)), verdict))
    return found


def pairs_of(problems: Sequence[Problem], some: Graded, rule: PairingRule) -> list[PreferencePair]:
    """What the factory makes of them."""
    groups = defaultdict[str, Graded](list)
    for completion, verdict in some:
        groups[completion.problem_id].append((completion, verdict))
    return [
        pair
        for problem in problems
        for pair in pair_up(
            problem,
            labelled(groups[problem.id], rule.label_by, rule.judge_asked, _AS_THEY_ARE),
            rule,
            mini.VERSION,
        )
    ]


def kinds_of(pairs: Sequence[PreferencePair]) -> Counter[str]:
    """Pairs whose label is right, turned round, or that do not differ in soundness."""
    found: Counter[str] = Counter()
    for pair in pairs:
        sides = (pair.chosen_side, pair.rejected_side)
        truth = [any(one.sound for one in side.judgements if one.judge != JUDGE) for side in sides]
        found["equal" if truth[0] == truth[1] else "right" if truth[0] else "turned"] += 1
    return found


def mean_kinds(make: Callable[[random.Random], Sequence[PreferencePair]], repeats: int):
    """The mean number of pairs of each kind."""
    total: Counter[str] = Counter()
    for number in range(repeats):
        total.update(kinds_of(make(random.Random(number))))
    return {name: total[name] / repeats for name in ("right", "equal", "turned")}


def measured(kinds: dict[str, float], accuracy: float) -> float:
    """What a reward model of that accuracy on soundness is measured as on such pairs."""
    points = kinds["right"] * accuracy + kinds["equal"] / 2 + kinds["turned"] * (1 - accuracy)
    return points / sum(kinds.values())


def simulate(whole: Graded, repeats: int) -> None:
    """Prints a table over the judge's accuracy."""
    problems = benchmark("mini").load()
    tests = PairingRule()
    rule = PairingRule(label_by=LabelRule.TESTS_AND_SOUNDNESS, judge=JUDGE)
    rows = {"none (tests alone)": mean_kinds(lambda _: pairs_of(problems, whole, tests), 1)}
    for votes in (1, 3):
        for quality in QUALITIES:

            def make(draw: random.Random, quality=quality, votes=votes):
                return pairs_of(problems, judged(whole, quality, votes, draw), rule)

            rows[f"q = {quality:.2f}, {votes} votes"] = mean_kinds(make, repeats)
    head = " | ".join(f"measured, {accuracy:.0%}" for accuracy in ACCURACIES)
    print(f"| judge | pairs | label right | equal | turned | {head} |")
    for name, kinds in rows.items():
        count = sum(kinds.values())
        shares = [f"{kinds[kind] / count:.1%}" for kind in ("right", "equal", "turned")]
        told = [f"{measured(kinds, accuracy):.1%}" for accuracy in ACCURACIES]
        print(f"| {name} | {count:.0f} | {' | '.join(shares)} | {' | '.join(told)} |", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--repeats", type=int, default=20)
    parser.add_argument("--most-tests", type=int, default=3)
    options = parser.parse_args()
    whole = few_tests_on_mini(options.most_tests)
    few_tests_on_humaneval()
    simulate(whole, options.repeats)


if __name__ == "__main__":
    main()
