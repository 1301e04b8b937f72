"""What is known of a build's completions by now: their texts, verdicts and judgements."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from dataclasses import dataclass, field

from lcbrb.codec import sha256_text
from lcbrb.errors import LcbrbError
from lcbrb.grading.grader import Grader
from lcbrb.pairs.labels import Labelled, TextRule, as_twin, labelled, prepared
from lcbrb.pairs.near_sets import NearTexts
from lcbrb.pairs.pairing import PairingRule
from lcbrb.runs.folder import JUDGEMENTS, Run
from lcbrb.types import Completion, JudgedCompletion, Judgement, SampleKey, Verdict


def shown_hash(completion: Completion) -> str:
    """A hash of what a judge is shown of a completion."""
    return sha256_text(f"{completion.reasoning or ''}\0{completion.solution or ''}")


@dataclass(slots=True, kw_only=True)
class Evidence:
    """Grows while completions come, are graded and judged.

    `judgements` are those of the build's own judge; what a file says of its completions stands in
    the completions. `missing` and `unjudged` count samples and judgements that were not given,
    `failures` are what ended sampling or judging before its end.
    """

    rule: PairingRule
    texts: TextRule
    near: NearTexts | None = None
    completions: dict[SampleKey, Completion] = field(default_factory=dict)
    verdicts: dict[SampleKey, Verdict] = field(default_factory=dict)
    judgements: dict[SampleKey, Judgement] = field(default_factory=dict)
    missing: int = 0
    unjudged: set[SampleKey] = field(default_factory=set)
    failures: list[LcbrbError] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    _problems: dict[str, list[SampleKey]] = field(default_factory=dict)
    _kept: dict[SampleKey, JudgedCompletion] = field(default_factory=dict)

    def recall(self, run: Run) -> None:
        """Take up what the run folder holds: verdicts, and judgements of texts that are as then."""
        self.verdicts |= Grader.kept(run)
        self._kept = {line.key: line for line in run.stored(JudgedCompletion, JUDGEMENTS)}

    def add(self, completions: Iterable[Completion]) -> None:
        """Take completions in; their verdicts are put into `verdicts`."""
        for completion in completions:
            self.completions[completion.key] = completion
            self._problems.setdefault(completion.problem_id, []).append(completion.key)
            earlier = self._kept.get(completion.key)
            if earlier and earlier.sha256 == shown_hash(prepared(completion, self.texts)[0]):
                self.judgements[completion.key] = earlier.judgement

    def keys(self, problem_id: str, policy_id: str | None = None) -> list[SampleKey]:
        """The completions of a problem that are graded, of all policies or of one."""
        return [
            key
            for key in self._problems.get(problem_id, ())
            if key in self.verdicts and policy_id in {None, key[1]}
        ]

    def judged(self, key: SampleKey) -> Completion:
        """A completion with the judgement of the build's judge beside those of its file."""
        completion = self.completions[key]
        own = self.judgements.get(key)
        if own is None:
            return completion
        return dataclasses.replace(completion, judgements=(*completion.judgements, own))

    def labelled(self, problem_id: str, policy_id: str | None = None) -> list[Labelled]:
        """A problem's completions, labelled by all that is known of them."""
        graded = [
            (self.judged(key), self.verdicts[key]) for key in self.keys(problem_id, policy_id)
        ]
        made = labelled(graded, self.rule.label_by, self.rule.judge_asked, self.texts)
        if self.near is None:
            return made
        return [
            as_twin(item) if item.cell and (item.completion.reasoning or "") in self.near else item
            for item in made
        ]
