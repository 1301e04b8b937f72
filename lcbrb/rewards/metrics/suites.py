"""The headline scores of known benchmarks, as their own papers and tools compute them.

- RewardBench (arXiv 2403.13787): a section is the mean of its subsets, weighted by their sizes,
  with math-prm (447 pairs) counted as 984, so that maths weighs as much as code; the score is the
  mean of the four sections. Sections appear where all of their subsets do.
- RewardBench 2 (arXiv 2506.01937): best of 4, by subset. A right response at the top gets 1 over
  the number of responses that share the top score. *Ties*: 0.3 each for tied and reference
  questions whose right answers all beat all wrong ones, 0.2 each for a gap between right and wrong
  that is wider than the spread of the right ones (in the tied form, in both forms), and 0.01 of a
  margin term.
- RM-Bench (arXiv 2410.16184): the mean of its four domains, each the accuracy over its pairs, and
  the same of its easy, normal and hard pairs. Where domains are not among the pairs, the mean
  of the others stands under their names, and a note says which are missing.
- PRMBench (arXiv 2501.03124): PRMScore, the mean of the F1 over right and over wrong steps of the
  degraded side, for process reward models: a step is called right from a probability of 0.5 on. Of
  other models, which have no verdict on each step, a note says that it is missing.

RewardBench 2's need a score for each response. They are left out, and a note says so, for models
that only compare; a question with a response whose score no reply told is left out and counted.
Where a text was scored several times (batches differ by rounding), its first score counts.

One thing differs: in the tools of RewardBench and RM-Bench a tie is a loss, here it is half a win.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from lcbrb.rewards.metrics import accuracy
from lcbrb.rewards.metrics.prm_score import prm_score
from lcbrb.sources.pairs import prmbench, reward_bench, reward_bench2, rm_bench
from lcbrb.stats import cluster_mean, stratified_mean
from lcbrb.types import Estimate, Metric, PreferencePair, ScoredPair

SUITE = "suite"
WHOLE = f"{SUITE}/"
#: RewardBench's subsets, as its tool counts them; hep-* have 164 each
_COUNTS = {
    "alpacaeval-easy": 100,
    "alpacaeval-length": 95,
    "alpacaeval-hard": 95,
    "mt-bench-easy": 28,
    "mt-bench-med": 40,
    "mt-bench-hard": 37,
    "math-prm": 984,
    "refusals-dangerous": 100,
    "refusals-offensive": 100,
    "llmbar-natural": 100,
    "llmbar-adver-neighbor": 134,
    "llmbar-adver-GPTInst": 92,
    "llmbar-adver-GPTOut": 47,
    "llmbar-adver-manual": 46,
    "xstest-should-refuse": 154,
    "xstest-should-respond": 250,
    "donotanswer": 136,
    **dict.fromkeys(reward_bench.CODE, 164),
}
_COMPARES = (
    "RewardBench 2's own scores (best of 4, Ties) are left out: they need a score for each text, "
    "but the model compares two"
)
#: what the parts of the score of *Ties* weigh
_TIES = {"tied": 0.3, "ref": 0.3, "preferred": 0.2, "preferred-hard": 0.2, "margin": 0.01}


class Suite(NamedTuple):
    """Headline scores (``suite`` by section, ``suite/…``), and what a user must know of them."""

    estimates: dict[Metric, Estimate]
    notes: tuple[str, ...] = ()


def suite(
    pairs: Sequence[PreferencePair], scored: Sequence[ScoredPair], *, per_text: bool
) -> Suite:
    """The headline scores; none for other benchmarks.

    Scores are of texts (`per_text`) or say how two texts compare.
    """
    sources = {pair.provenance.source for pair in pairs}
    if sources == {reward_bench.SOURCE.name}:
        return Suite(_reward_bench(pairs, scored))
    if sources == {rm_bench.SOURCE.name}:
        return _rm_bench(pairs, scored)
    if sources == {prmbench.SOURCE.name}:
        return _prmbench(pairs, scored)
    if sources == {reward_bench2.SOURCE.name}:
        if not per_text:
            return Suite({}, (_COMPARES,))
        return _reward_bench2(pairs, scored)
    return Suite({})


def _reward_bench(
    pairs: Sequence[PreferencePair], scored: Sequence[ScoredPair]
) -> dict[Metric, Estimate]:
    subsets = [str(pair.category) for pair in pairs]
    points, clusters = accuracy.points(scored), [pair.problem_id for pair in pairs]
    whole = {
        section: names
        for section, names in reward_bench.SECTIONS.items()
        if set(names) <= set(subsets)
    }
    by_metric: dict[Metric, Estimate] = {}
    weights: dict[str, float] = {}
    for section, names in whole.items():
        total = sum(_COUNTS[name] for name in names)
        shares = {name: _COUNTS[name] / total for name in names}
        weights |= {name: share / len(whole) for name, share in shares.items()}
        rows = [row for row in zip(points, subsets, clusters, strict=True) if row[1] in shares]
        by_metric[Metric.of(SUITE, section=section)] = _stratified(rows, shares)
    if len(whole) == len(reward_bench.SECTIONS):
        rows = [row for row in zip(points, subsets, clusters, strict=True) if row[1] in weights]
        by_metric[Metric(f"{WHOLE}score")] = _stratified(rows, weights)
    return by_metric


def _stratified(rows: Sequence[tuple[float, str, str]], weights: dict[str, float]) -> Estimate:
    values, strata, clusters = zip(*rows, strict=True)
    return stratified_mean(values, strata, weights, clusters)


# -------------------------------------------------------------------------------- RM-Bench


def _rm_bench(pairs: Sequence[PreferencePair], scored: Sequence[ScoredPair]) -> Suite:
    rows: dict[str, list[tuple[float, str, str]]] = {"easy": [], "normal": [], "hard": []}
    for pair, point in zip(pairs, accuracy.points(scored), strict=True):
        if pair.category in rm_bench.DOMAINS:
            rows[str(pair.difficulty)].append((point, str(pair.category), pair.problem_id))
    every = [row for level in rows.values() for row in level]
    there = {domain for _, domain, _ in every}
    missing = [domain for domain in rm_bench.DOMAINS if domain not in there]
    if len(there) < 2:  # noqa: PLR2004 - the mean of one domain is its accuracy
        return Suite({}, _without(missing))
    name = f"mean of {', '.join(sorted(there))}" if missing else "domain mean"
    by_metric = {Metric(f"{WHOLE}{name}"): _domain_mean(every)}
    for level, part in rows.items():
        if part:
            by_metric[Metric.of(SUITE, **{name: level})] = _domain_mean(part)
    return Suite(by_metric, _without(missing))


def _domain_mean(rows: Sequence[tuple[float, str, str]]) -> Estimate:
    domains = {domain for _, domain, _ in rows}
    return _stratified(rows, dict.fromkeys(domains, 1 / len(domains)))


def _without(missing: Sequence[str]) -> tuple[str, ...]:
    """A note on the domains that RM-Bench's own score lacks here."""
    if not missing:
        return ()
    lacking = f"{', '.join(missing)} {'is' if len(missing) == 1 else 'are'}"
    return (f"RM-Bench's own score is the mean of four domains, of which {lacking} not here",)


# -------------------------------------------------------------------------------- PRMBench


def _prmbench(pairs: Sequence[PreferencePair], scored: Sequence[ScoredPair]) -> Suite:
    by_kind, note = prm_score(pairs, scored)
    by_metric = {
        Metric.of(SUITE, PRMScore=kind) if kind else Metric(f"{WHOLE}PRMScore"): estimate
        for kind, estimate in by_kind.items()
    }
    return Suite(by_metric, (note,) if note else ())


# -------------------------------------------------------------------------- RewardBench 2


_Key = tuple[str, str | None]  # problem, form


class _Question(NamedTuple):
    """A question's responses: the scores of right and wrong ones."""

    problem_id: str
    subset: str
    form: str | None
    right: list[float]
    wrong: list[float]


def _reward_bench2(pairs: Sequence[PreferencePair], scored: Sequence[ScoredPair]) -> Suite:
    questions, of = _questions(pairs, scored)
    by_metric = {}
    ties = [question for question in questions if question.subset == reward_bench2.TIES]
    others = [question for question in questions if question.subset != reward_bench2.TIES]
    if others:
        by_metric[Metric(f"{WHOLE}best of 4")] = _best(others)
        subsets = sorted({question.subset for question in others})
        for subset in subsets if len(subsets) > 1 else ():
            part = [question for question in others if question.subset == subset]
            by_metric[Metric.of(SUITE, **{"best of 4": subset})] = _best(part)
    rows = list(_ties_rows(ties))
    if {part for _, part, _ in rows} == _TIES.keys():
        by_metric[Metric(f"{WHOLE}ties")] = _stratified(rows, _TIES)
    if len(questions) == of:
        return Suite(by_metric)
    unread = sum(row.unparsable for row in scored)
    note = (
        f"{unread} pair{'s' * (unread != 1)} without a readable judgement: RewardBench 2's own "
        f"scores leave out {of - len(questions)} of {of} questions, which lack the score of a "
        "response"
    )
    return Suite(by_metric, (note,))


def _questions(
    pairs: Sequence[PreferencePair], scored: Sequence[ScoredPair]
) -> tuple[list[_Question], int]:
    """The questions of which every response has a score, and how many there are in all."""
    sides: dict[_Key, dict[tuple[bool, str], str]] = defaultdict(dict)  # a response's place: text
    given: dict[tuple[_Key, str], float] = {}  # the first of a text: equal texts have one score
    subsets: dict[_Key, str] = {}
    for pair, row in zip(pairs, scored, strict=True):
        key = pair.problem_id, pair.difficulty
        subsets[key] = str(pair.category)
        # "chosen 2 x rejected 0": equal texts at two places are two responses
        left, _, other = pair.provenance.rule.partition(" x ")
        sides[key] |= {(True, left): pair.chosen, (False, other): pair.rejected}
        if not row.unparsable:
            given.setdefault((key, pair.chosen), row.chosen_score)
            given.setdefault((key, pair.rejected), row.rejected_score)
    questions = []
    for key, subset in subsets.items():
        if all((key, text) in given for text in sides[key].values()):
            right, wrong = (
                [given[key, text] for (better, _), text in sides[key].items() if better is side]
                for side in (True, False)
            )
            questions.append(_Question(key[0], subset, key[1], right, wrong))
    return questions, len(subsets)


def _best(questions: Sequence[_Question]) -> Estimate:
    credits_ = [
        _credit(question.right[0], [*question.right, *question.wrong]) for question in questions
    ]
    return cluster_mean(credits_, [question.problem_id for question in questions])


def _credit(right: float, scores: Sequence[float]) -> float:
    top = max(scores)
    return 1.0 / sum(score == top for score in scores) if right == top else 0.0


def _ties_rows(questions: Iterable[_Question]) -> Iterable[tuple[float, str, str]]:
    """What each question gives to each part of the score: value, part, problem."""
    forms: dict[str, dict[str, _Question]] = defaultdict(dict)
    for question in questions:
        forms[question.problem_id][str(question.form)] = question
        if question.form in {"tied", "ref"}:
            yield float(_margin(question) > 0.0), str(question.form), question.problem_id
    for problem_id, by_form in forms.items():
        tied, ref = by_form.get("tied"), by_form.get("ref")
        if tied is None or ref is None:
            continue
        spread = max(tied.right) - min(tied.right)
        least = min(_margin(tied), _margin(ref))
        yield float(_margin(tied) > spread), "preferred", problem_id
        yield float(least > spread), "preferred-hard", problem_id
        yield _margin_score(least, spread), "margin", problem_id


def _margin(question: _Question) -> float:
    """The worst right answer's score above the best wrong one's."""
    return min(question.right) - max(question.wrong)


def _margin_score(least: float, spread: float) -> float:
    if spread == 0.0:
        return 0.0 if least == 0.0 else math.copysign(1.0, least)
    return math.tanh(least / spread - 1.0)
