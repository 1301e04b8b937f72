"""The card beside a fine-tuned policy: what it is, made of what, and what is known of it."""

from __future__ import annotations

from collections.abc import Sequence

from lcbrb.training.card_tables import filled_card, lora_of
from lcbrb.types import RunRecord, TrainingStep

_CARD = """\
---
library_name: transformers
pipeline_tag: text-generation
tags: [sft, lcbrb]
---

# A {subject}

Fine-tuned by `lcbrb train sft` (lcbrb {version}) on replies, with the loss on these alone.
Measure it in the words that it was trained with, for completions
`lcbrb bench --policy hf:FOLDER --benchmark NAME --config template=think-answer`.

{facts}

{measured}
`trained_on.jsonl` has hashes of the problems: `lcbrb bench` says so where it is asked one of these.
"""
_NOTHING = "No examples were held out, so nothing is known of replies that it did not see.\n"
_CAVEAT = """\
The loss is the mean over the reply's tokens, in nats. The weights were chosen by it, so it is a
little too low. It does not say how many problems are solved.
"""


def policy_card(record: RunRecord, steps: Sequence[TrainingStep]) -> str:
    """The card, in Markdown, of a finished training's record and its steps."""
    config, counts = record.config, record.counts
    facts = {
        "trained on": f"{counts['examples']} examples of {counts['problems']} problems, "
        f"{counts['reply_tokens']} reply tokens",
        "left out, too long": counts["over_long"],
        "steps": f"{counts['steps']} of {config['batch_size']} examples "
        f"(best: {counts['best_step']})",
        "LoRA": lora_of(record),
    }
    best = [step for step in steps if step.step == counts["best_step"]]
    loss = best[0].held_out_loss if best else None
    count = counts["examples_held_out"]
    sentence = "" if loss is None else f"Held-out loss: {loss:.4f} ({count} examples).\n\n{_CAVEAT}"
    return filled_card(_CARD, record, "examples", facts, measured=sentence or _NOTHING)
