"""The card beside a trained policy: what it is, made of what, and what is known of it."""

from __future__ import annotations

from lcbrb.training.card_tables import estimates_table, filled_card, lora_of
from lcbrb.types import JsonValue, RunRecord

_CARD = """\
---
library_name: transformers
pipeline_tag: text-generation
tags: [grpo, lcbrb]
---

# A {subject}

Trained by `lcbrb train pgrpo` (lcbrb {version}), arm `{arm}`. It is asked for
`<think>…</think><answer>…</answer>`: measure it in the words that it was trained with,
`lcbrb bench --policy hf:FOLDER --config template={template}`.

{facts}

## Problems held out

{measured}
"""
_NOTHING = "None were, so nothing is known of how well it answers others.\n"
_CAVEAT = """\
Sampled at the training's temperature, one attempt each. They come from where the problems trained
on come from, unless others were named. `trained_on.jsonl` has the hashes of what it was trained on:
`lcbrb bench` says so where it is asked one of these.
"""


def policy_card(record: RunRecord) -> str:
    """The card, in Markdown, of a finished training's record."""
    config = record.config
    facts = {
        "problems": f"{record.benchmark} {record.benchmark_version} ({record.counts['problems']})",
        "reward model": _name(config["reward_model"]),
        "thinking weight": config["thinking_weight"],
        "steps": f"{record.counts['steps']} of {config['prompts']} x {config['group_size']} / "
        f"{config['updates']} completions",
        "LoRA": lora_of(record),
        "completions that could not be graded": record.counts["unscored"],
    }
    measured = {str(metric): value for metric, value in record.estimates.items()}
    template = str(config["template"])
    return filled_card(
        _CARD,
        record,
        "problems",
        facts,
        arm=config["arm"],
        template=template if template.isidentifier() or "-" in template else "'…'",
        measured=f"{estimates_table(measured)}\n{_CAVEAT}" if measured else _NOTHING,
    )


def _name(reward_model: JsonValue) -> str:
    if not isinstance(reward_model, dict):
        return "none"
    return f"{reward_model['id']} ({reward_model['revision'] or 'no revision'})"
