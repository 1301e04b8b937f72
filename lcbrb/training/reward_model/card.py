"""The card beside a trained reward model: what it is, made of what, and what is known of it."""

from __future__ import annotations

from lcbrb.rewards.evaluation import Evaluated
from lcbrb.rewards.metrics import accuracy
from lcbrb.training.card_tables import estimates_table, filled_card
from lcbrb.types import RunRecord

_HEADER = """\
---
library_name: transformers
pipeline_tag: text-classification
tags: [reward-model, lcbrb]
---

# A {subject}

A scalar head trained by `lcbrb train reward-model` (lcbrb {version}). Score pairs with it:
`lcbrb eval --reward-model FOLDER --pairs NAME`.

A score is a logit; its bounds are (-inf, inf). sigmoid(score) lies in [0, 1], and
sigmoid(score(a) - score(b)) is the chance that a is the better one.

{facts}
"""
_UNKNOWN = "No pairs were held out, so nothing is known of how well it ranks others.\n"
_CHANCE = "This is no better than chance, as far as these pairs show.\n"
_CAVEAT = """\
The weights were chosen by their accuracy on these pairs, so it is a little too high.
Pairs that are held out come from where those trained on come from, unless others were named. What
it does elsewhere these figures do not tell.
"""


def model_card(record: RunRecord, held_out: Evaluated | None) -> str:
    """The card, in Markdown.

    Args:
        record: of the training, with its counts.
        held_out: the evaluation on the pairs held out; None where none were.
    """
    config, counts = record.config, record.counts
    kinds = ", ".join(
        f"{count} {name.removeprefix('relation_').replace('_', ' ')}"
        for name, count in counts.items()
        if name.startswith("relation_")
    )
    facts = {
        "trained on": f"{counts['pairs']} pairs ({kinds})",
        "left out, too long": str(counts["over_long"]),
        "trained": f"{config['trunk']} trunk, {config['loss']} loss",
        "steps": f"{counts['steps']} of {config['batch_size']} pairs (best: {counts['best_step']})",
    }
    header = filled_card(_HEADER, record, "pairs", facts)
    if record.estimates:
        measured = {str(metric): value for metric, value in record.estimates.items()}
        header += "\n" + estimates_table(measured)
    return header + "\n" + (_measured(held_out) if held_out else _UNKNOWN)


def _measured(evaluated: Evaluated) -> str:
    estimates = evaluated.record.estimates
    overall = estimates[accuracy.ACCURACY]
    rows = {"accuracy": overall}
    rows |= {str(metric): value for metric, value in evaluated.audit.estimates.items()}
    rows |= {f"accuracy, {sign}": value for sign, value in evaluated.audit.by_sign.items()}
    rows |= {
        str(metric): value
        for metric, value in estimates.items()
        if metric.name == accuracy.ACCURACY.name and "category" in dict(metric.slices)
    }
    alone = {str(metric): value for metric, value in estimates.items() if "alone" in metric.name}
    table = estimates_table({**rows, **alone})
    low = overall.low
    chance = _CHANCE if low is not None and low <= 0.5 else ""  # noqa: PLR2004 - a coin
    name, digest = evaluated.record.benchmark, evaluated.record.dataset_sha256
    return "\n".join([f"## {name}\n", f"sha256 `{digest}`\n", table, chance, _CAVEAT])
