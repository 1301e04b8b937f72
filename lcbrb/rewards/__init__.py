"""Reward models: what gives a reasoning process a number, and how well its numbers rank pairs."""

from __future__ import annotations

from pathlib import Path

from lcbrb.registry import Entry, Registry, parse_spec, take_name
from lcbrb.rewards.base import Ranker, renamed
from lcbrb.rewards.kinds.callables import made

REWARD_MODELS = Registry(
    "reward model",
    {
        "random": Entry("lcbrb.rewards.kinds.baselines:random_scores", "chance; random?seed=7"),
        "length": Entry("lcbrb.rewards.kinds.baselines:length", "longer wins"),
        "format": Entry(
            "lcbrb.rewards.kinds.baselines:format_only",
            "more formatting wins: code, headings, lists, bold, LaTeX, numbers",
        ),
        "hf": Entry(
            "lcbrb.rewards.kinds.classifier:from_spec",
            "scalar-head classifier: hf:ORG/NAME@REVISION or hf:FOLDER",
            extra="hf",
        ),
        "remote": Entry(
            "lcbrb.rewards.kinds.remote.model:from_spec",
            "scalar head behind a server: remote:MODEL@URL?api=vllm, sglang or items",
            extra="hf",
            without_extra="api=items",
        ),
        "likelihood": Entry(
            "lcbrb.rewards.kinds.likelihood:from_spec",
            "mean token log-likelihood: likelihood:smollm2, likelihood:hf:ORG/NAME",
            extra="hf",
        ),
        "dpo": Entry(
            "lcbrb.rewards.kinds.dpo:from_spec",
            "DPO's implicit reward: dpo:POLICY+REFERENCE; dpo:POLICY is reference-free",
            extra="hf",
        ),
        "prm": Entry(
            "lcbrb.rewards.prms.prm:from_spec",
            "process reward model: prm:ORG/NAME?aggregate=min; prm:likelihood:smollm2",
            extra="hf",
        ),
        "ensemble": Entry(
            "lcbrb.rewards.ensembles.ensemble:from_spec",
            "several as one: ensemble:A|B?combine=min; (A?x=1)|(B) where one has options",
        ),
        "judge": Entry(
            "lcbrb.rewards.kinds.judge:from_spec",
            "a policy asked for its judgement: judge:openai:MODEL@URL, judge:POLICY?mode=pointwise",
        ),
        "recorded": Entry(
            "lcbrb.rewards.kinds.recorded:from_spec",
            "scores computed elsewhere, from a file: recorded:PATH?score=COLUMN",
        ),
        "python": Entry(
            "lcbrb.rewards.kinds.callables:from_spec",
            "your own function or class: python:MODULE:NAME, python:FILE.py:NAME",
        ),
    },
    group="lcbrb.reward_models",
)


def reward_model(text: str) -> Ranker:
    """The reward model that a spec names; its weights are loaded when first needed.

    A folder may be named without ``hf:`` before it. ``?name=NAME`` gives it a name for tables and
    folders.

    Raises:
        UnknownNameError, UsageError, SetupError: as `Registry.load` and the kind's factory say.
        SetupError: the factory gave something that is no reward model.
    """
    text, name = take_name(text)
    spec = parse_spec(text)
    if (
        spec.kind not in REWARD_MODELS.names()
        and Path(text.partition("?")[0]).expanduser().is_dir()
    ):
        spec = parse_spec(f"hf:{text}")
    maker = REWARD_MODELS.load(spec.kind)
    model: Ranker = maker(spec) if spec.kind in REWARD_MODELS.table else made(maker, spec)
    return renamed(model, name) if name else model
