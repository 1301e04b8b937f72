"""Pairs to review, and people who say what a test wants them to."""

from lcbrb.pair_identity import make_pair
from lcbrb.pairs.review.findings import Choice, Preference
from lcbrb.pairs.review.store import ReviewSettings, ReviewStore
from lcbrb.protocols.reward import PairSet
from lcbrb.types import Judgement as JudgeWord, Provenance, Relation, Side, Status, Verdict

WORDS = {
    "c": Choice.CHOSEN,
    "r": Choice.REJECTED,
    "=": Choice.EQUAL,
    "?": Choice.UNSURE,
}
#: what a model wrote to do harm: markup, a script, a terminal's escapes, NUL, half a pair, a turn
HOSTILE = (
    "</section></main><script>window.harmed=1</script><img src=x onerror='window.harmed=1'>"
    "\x1b[31mred\x1b[0m \x00 \ud83d \u202etxt.exe"
)


def side(sampler, status):
    verdict = Verdict(status=status, tests_passed=3, tests_total=4)
    sound = True if status is Status.PASSED else None  # its votes were tied
    words = (JudgeWord(judge="gpt-judge", sound=sound, note="as it is"),)
    return Side(sampler=sampler, verdict=verdict, judgements=words)


def pair(number, *, prompt=None, chosen=None, rejected=None, problems=10**6, **more):
    return make_pair(
        problem_id=f"problem-{number % problems}",
        prompt=prompt or f"Statement of problem {number}.",
        chosen=chosen or f"Right reasoning {number}:\n```python\nprint({number})\n```\nDone.",
        rejected=rejected or f"Wrong reasoning {number}.",
        relation=Relation.PASS_OVER_FAIL,
        provenance=Provenance(source="made up"),
        chosen_side=side("secret-model-1", Status.PASSED),
        rejected_side=side("secret-model-2", Status.WRONG_ANSWER),
        category="tests only",
        **more,
    )


def pair_set(count, **more):
    pairs = [pair(number, **more) for number in range(count)]
    return PairSet(name="made-up.jsonl", version="1", pairs=pairs)


def opened(path, pairs, **settings):
    """A review of a `PairSet`."""
    return ReviewStore(path, [one.id for one in pairs.pairs], ReviewSettings(**settings))


def say(store, name, letters, **more):
    """Have a person compare the sampled pairs, a letter of `WORDS` each; a dot says nothing."""
    store.keep(
        *(
            Preference(pair_id=pair_id, annotator=name, choice=WORDS[letter], **more)
            for pair_id, letter in zip(store.sample, letters, strict=False)
            if letter != "."
        )
    )
