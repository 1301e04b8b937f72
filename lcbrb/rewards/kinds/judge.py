"""`judge:`: a language model asked what it thinks of a reasoning process.

``judge:POLICY`` compares the two texts of a pair (`pairwise`), by default in both orders;
``judge:POLICY?mode=pointwise`` gives each text a score (`pointwise`). How replies are read is
in `lcbrb.judges.votes`, what is asked in `templates`, the options in `options`.

A reply that can't be read is no vote. Where a pair has none at all, it is a tie,
marked and counted. A reply that the policy failed to give is a failure of ours: its pair has no
score, and the run ends incomplete.
"""

from __future__ import annotations

from lcbrb.judges.asking import Judge
from lcbrb.judges.options import load_policy, read_options
from lcbrb.judges.templates import Mode, load_template
from lcbrb.policies.cache import Cached
from lcbrb.registry import Spec
from lcbrb.rewards.kinds.judge_pairwise import PairwiseJudge
from lcbrb.rewards.kinds.judge_pointwise import PointwiseJudge


def from_spec(spec: Spec) -> PairwiseJudge | PointwiseJudge:
    """``judge:POLICY``, with the judge's options and the policy's (see `options`).

    Raises:
        UsageError, UnknownNameError: options that don't fit, or no policy that can be asked.
        DataUnavailableError, BadInputError: the template can't be read or is none.
        SetupError: what the policy needs is not installed.
    """
    options, asked = read_options(spec)
    policy = load_policy(asked)
    judge = Judge(
        policy=Cached(policy=policy) if options.cache else policy,
        template=load_template(options.template, options.mode),
        options=options,
    )
    if options.mode is Mode.PAIRWISE:
        return PairwiseJudge(id=spec.text, judge=judge)
    return PointwiseJudge(id=spec.text, judge=judge)
