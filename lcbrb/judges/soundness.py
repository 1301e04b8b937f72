"""Is a reasoning sound, and does its solution follow from it? An LLM's word on one completion.

The judge is shown problem, reasoning and solution, and not how the tests ended. Its reply ends with
a line of the marker and an object: ``Judgement: {"sound": true, "fits": true, "mistake": ""}``.
Behind the object nothing may stand; what can't be read so is no vote. Every vote is kept, and the
majority of those that were read counts; a tie is no judgement.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from lcbrb.judges.asking import Judge
from lcbrb.judges.judgements import conclusion, unread
from lcbrb.judges.options import Options, load_policy, read_options
from lcbrb.judges.templates import Mode, Template, fill, load_template
from lcbrb.pair_identity import mend_text
from lcbrb.policies.cache import Cached
from lcbrb.protocols.policy import Policy
from lcbrb.registry import Spec, parse_spec, take_name
from lcbrb.types import (
    Completion,
    Generation,
    JsonValue,
    Judgement,
    Problem,
    Prompt,
    Reading,
    SoundnessVote,
)

T = TypeVar("T")

_LOOKED_AT = 4000  # characters at the end of a reply: an object is short
_MISTAKE = 400  # characters of a mistake that are kept
_BEHIND = re.compile(r"[\s`*_.)\]]*\Z")
_YES_OR_NO = {"true": True, "yes": True, "false": False, "no": False}


@dataclass(frozen=True, slots=True, kw_only=True)
class SoundnessJudge:
    """An LLM with the words in which it is asked; `name` is what the user calls it, if anything."""

    judge: Judge
    name: str = ""

    @property
    def id(self) -> str:
        """Who judged and how, as every judgement says it; options of the policy are left out.

        So it stays what it is where a stopped build goes on with more requests at a time.
        """
        spec = parse_spec(self.judge.policy.id)
        policy = self.name or (f"{spec.kind}:{spec.target}" if spec.target else spec.kind)
        votes = self.judge.options.votes
        several = f", {votes} votes" if votes > 1 else ""
        return f"{policy} ({self.judge.template.version}{several})"

    @property
    def identity(self) -> dict[str, JsonValue]:
        """All that its judgements depend on beside the texts, for the record."""
        return self.judge.identity

    def prompt(self, problem: Problem, completion: Completion) -> Prompt:
        """What it is asked of one completion."""
        texts = {
            "prompt": problem.prompt,
            "response": completion.reasoning or "",
            "solution": completion.solution or "",
        }
        return fill(self.judge.template, texts, {})

    def judgements(
        self, wanted: Iterable[tuple[T, Problem, Completion]]
    ) -> Iterator[tuple[T, Judgement]]:
        """A judgement of each completion, when its last vote is there.

        Raises:
            UnansweredError: some have none, as the policy gave no reply; all others were given.
            LcbrbError: whatever the policy raises; what was given before stands.
        """
        asked = (
            (key, {"": self.prompt(problem, completion)}) for key, problem, completion in wanted
        )
        for key, replies in self.judge.replies(asked, "completions have no judgement"):
            votes = [read_soundness(reply, self.judge.template) for reply in replies[""]]
            yield key, judgement(self.id, votes)


def judge_spec(text: str) -> tuple[Options, Spec]:
    """The options of the judge that ``POLICY?votes=3&template=…`` names, and its policy's spec.

    ``judge:`` may stand before it. A name (``name=NAME``) is left out.

    Raises:
        UsageError: options that don't fit.
    """
    text, _ = take_name(text)
    named = text if text.startswith("judge:") else f"judge:{text}"
    return read_options(parse_spec(named), modes=(Mode.SOUNDNESS,))


def open_soundness_judge(text: str, policy: Policy | None = None) -> SoundnessJudge:
    """The judge that a spec names, as `judge_spec` reads it.

    Args:
        text: a policy's spec with a judge's options (docs/judges.md).
        policy: who is asked, where it is not the policy of the spec itself.

    Raises:
        LcbrbError: no such policy, one that can't be asked, options that don't fit, a template
            that is none.
    """
    options, spec = judge_spec(text)
    policy = load_policy(spec) if policy is None else policy
    template = load_template(options.template, options.mode)
    kept = Cached(policy=policy) if options.cache else policy
    judge = Judge(policy=kept, template=template, options=options)
    return SoundnessJudge(judge=judge, name=take_name(text)[1])


def read_soundness(generation: Generation, template: Template) -> SoundnessVote:
    """The vote in a reply."""
    text = conclusion(generation, template.lead)
    given = None if text is None else _last_object(text[-_LOOKED_AT:])
    if given is not None:
        sound, fits = _truth(given.get("sound")), _truth(given.get("fits"))
        if sound is not None and fits is not None:
            mistake = given.get("mistake")
            mended = mend_text(mistake.strip())[:_MISTAKE] if isinstance(mistake, str) else ""
            return SoundnessVote(reading=Reading.READ, sound=sound, fits=fits, mistake=mended)
    return SoundnessVote(reading=unread(generation))


def _last_object(text: str) -> Mapping[str, JsonValue] | None:
    """The last JSON object of a text, if nothing stands behind it."""
    decoder = json.JSONDecoder(object_pairs_hook=_no_key_twice)
    last, at = None, text.find("{")
    while at >= 0:
        try:
            value, end = decoder.raw_decode(text, at)
        except (ValueError, RecursionError):
            last, end = None, at + 1
        else:
            last = value
        rest, at = end, text.find("{", end)
    if not isinstance(last, dict) or not _BEHIND.match(text, rest):
        return None
    return last


def _no_key_twice(pairs: Sequence[tuple[str, JsonValue]]) -> dict[str, JsonValue]:
    if len(dict(pairs)) < len(pairs):
        raise ValueError("the same key occurs twice")
    return dict(pairs)


def _truth(value: JsonValue) -> bool | None:
    if isinstance(value, str):
        return _YES_OR_NO.get(value.strip().lower())
    return value if isinstance(value, bool) else None


def judgement(judge: str, votes: Sequence[SoundnessVote]) -> Judgement:
    """What some votes come to: the majority's word, and a mistake that one of it names."""
    read = [vote for vote in votes if vote.reading is Reading.READ]
    sound = _majority([vote.sound for vote in read])
    notes = (vote.mistake for vote in read if vote.sound is sound and vote.mistake)
    return Judgement(
        judge=judge,
        sound=sound,
        fits=_majority([vote.fits for vote in read]),
        note=next(notes, ""),
        votes=tuple(votes),
    )


def _majority(values: Sequence[bool | None]) -> bool | None:
    yes = sum(value is True for value in values)
    no = sum(value is False for value in values)
    return None if yes == no else yes > no
