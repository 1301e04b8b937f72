"""An LLM's judgements of a build's completions: only where a pair may come of it, each asked once.

Every judgement is written into the run folder as it comes, with all its votes, so a build that was
stopped asks for the rest alone.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from lcbrb.errors import IncompleteRunError, LcbrbError
from lcbrb.judges.soundness import SoundnessJudge
from lcbrb.pairs.evidence import Evidence, shown_hash
from lcbrb.pairs.labels import Label, LabelRule, labelled, soundness
from lcbrb.protocols.progress import SILENT, Progress
from lcbrb.runs.folder import JUDGEMENTS, Run
from lcbrb.stats import cluster_mean
from lcbrb.types import (
    Completion,
    Estimate,
    JudgedCompletion,
    Judgement,
    Metric,
    PairKind,
    Problem,
    Reading,
    SampleKey,
    Status,
)

_TELLING = 10  # judgements from which one and the same word for all of them is suspicious


def ask_judge(
    judge: SoundnessJudge,
    evidence: Evidence,
    problems: Sequence[Problem],
    run: Run,
    progress: Progress = SILENT,
) -> None:
    """Have the completions of some problems judged, where pairs may come of it.

    What the run folder holds is not asked again, nor what got no reply before. Judgements go into
    the evidence, and so does what kept some from coming.
    """
    wanted = [
        (key, problem, completion)
        for problem in problems
        for key, completion in _worth_judging(evidence, problem.id)
    ]
    if not wanted:
        return
    with (
        progress.bar("judging", len(wanted), "completions") as advance,
        run.appender(JUDGEMENTS) as file,
    ):
        shown = {key: completion for key, _, completion in wanted}
        evidence.unjudged |= shown.keys()
        try:
            for key, judgement in judge.judgements(wanted):
                problem_id, policy_id, sample_index = key
                line = JudgedCompletion(
                    problem_id=problem_id,
                    policy_id=policy_id,
                    sample_index=sample_index,
                    sha256=shown_hash(shown[key]),
                    judgement=judgement,
                )
                file.append(line)
                evidence.judgements[key] = judgement
                evidence.unjudged.discard(key)
                advance(1)
        except LcbrbError as error:
            if not isinstance(error, IncompleteRunError) and not evidence.judgements:
                raise  # it can't be asked at all
            evidence.failures.append(error)


def _worth_judging(evidence: Evidence, problem_id: str) -> list[tuple[SampleKey, Completion]]:
    """The completions of a problem that a pair of a wanted kind could be made of, if any could."""
    keys = evidence.keys(problem_id)
    graded = [(evidence.completions[key], evidence.verdicts[key]) for key in keys]
    by_tests = labelled(graded, LabelRule.TESTS, None, evidence.texts)
    sides: dict[tuple[str, Label], list[SampleKey]] = {}
    for key, item in zip(keys, by_tests, strict=True):
        sampler = "" if evidence.rule.across_samplers else key[1]
        sides.setdefault((sampler, item.label), []).append(key)
    useful: set[SampleKey] = set()
    for sampler in {sampler for sampler, _ in sides}:
        passing = sides.get((sampler, Label.SUPERIOR), [])
        failing = sides.get((sampler, Label.INFERIOR), [])
        if PairKind.LCB_RB in evidence.rule.kinds and passing and failing:
            useful |= {*passing, *failing}
        if PairKind.OUTCOME_MATCHED in evidence.rule.kinds:
            useful |= {key for side in (passing, failing) if len(side) > 1 for key in side}
    return [
        (key, item.completion)
        for key, item in zip(keys, by_tests, strict=True)
        if key in useful and key not in evidence.judgements and key not in evidence.unjudged
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgeAccount:
    """How a judge did.

    `estimates` are clustered by problem: ``judge_agrees_with_tests`` (sound where tests pass,
    flawed where they fail), the same by ``outcome``, ``judge_agrees_with_recorded`` (with what the
    file says of its completions) and ``votes_agree`` (the share of votes with the majority's word).
    """

    judged: int
    undecided: int
    votes: Mapping[Reading, int]
    estimates: Mapping[Metric, Estimate]
    notes: Sequence[str]

    @property
    def counts(self) -> dict[str, int]:
        """For the manifest."""
        votes = {f"judge_votes_{reading}": count for reading, count in self.votes.items()}
        return {"judged": self.judged, "judge_undecided": self.undecided, **votes}


def judge_account(evidence: Evidence) -> JudgeAccount:
    """What the judgements of a build come to beside tests and recorded judgements."""
    values: dict[Metric, list[tuple[float, str]]] = {}

    def note(metric: Metric, value: float, problem_id: str) -> None:
        values.setdefault(metric, []).append((value, problem_id))

    votes: Counter[Reading] = Counter(dict.fromkeys(Reading, 0))
    for key, judgement in evidence.judgements.items():
        problem_id = key[0]
        votes.update(vote.reading for vote in judgement.votes)
        if judgement.sound is None:
            continue
        passed = evidence.verdicts[key].status is Status.PASSED
        agrees = float(judgement.sound == passed)
        note(Metric("judge_agrees_with_tests"), agrees, problem_id)
        outcome = "pass" if passed else "fail"
        note(Metric.of("judge_agrees_with_tests", outcome=outcome), agrees, problem_id)
        recorded = soundness(evidence.completions[key].judgements)
        if recorded is not None:
            same = float(judgement.sound == recorded)
            note(Metric("judge_agrees_with_recorded"), same, problem_id)
        if len(judgement.votes) > 1:
            read = [vote.sound for vote in judgement.votes if vote.reading is Reading.READ]
            majority = read.count(judgement.sound) / len(read)
            note(Metric("votes_agree"), majority, problem_id)
    decided = sum(judgement.sound is not None for judgement in evidence.judgements.values())
    return JudgeAccount(
        judged=len(evidence.judgements),
        undecided=len(evidence.judgements) - decided,
        votes=votes,
        estimates={
            metric: cluster_mean([value for value, _ in rows], [label for _, label in rows])
            for metric, rows in values.items()
        },
        notes=_suspicions(evidence.judgements.values(), votes),
    )


def _suspicions(judgements: Iterable[Judgement], votes: Counter[Reading]) -> list[str]:
    judgements = list(judgements)
    sentences = []
    total = votes.total()
    if total and not votes[Reading.READ]:
        sentences.append(
            f"none of the judge's {total} replies could be read, so it judged nothing: look at "
            "the replies in the cache, or use another template (docs/judges.md)"
        )
    elif unread := total - votes[Reading.READ]:
        sentences.append(f"{unread} of the judge's {total} replies could not be read")
    words = {
        (judgement.sound, judgement.fits) for judgement in judgements if judgement.sound is not None
    }
    decided = sum(judgement.sound is not None for judgement in judgements)
    if decided >= _TELLING and len({sound for sound, _ in words}) == 1:
        said = "sound" if words.pop()[0] else "flawed"
        sentences.append(
            f"the judge called all {decided} reasonings {said}: it does not seem to tell them "
            "apart, so no pair can rely on it"
        )
    return sentences
