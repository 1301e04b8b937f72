"""eval.yaml: what a hub reads to take a data set for a benchmark.

Source: huggingface.co/docs/hub/eval-results, as of 2026: `name`, `description`, `tasks` with `id`,
`config` and `split`. `evaluation_framework` is left out: the hub knows a list of frameworks
(huggingface.js, packages/tasks/src/eval.ts) that lcbrb is not on, and checks the file when it is
pushed. Being listed as a benchmark is asked of the hub's staff, once the file is there.
"""

from __future__ import annotations

import re

from lcbrb.pairs.publish.about import SPLIT, About
from lcbrb.pairs.publish.dataset_card import quoted


def benchmark_yaml(about: About) -> str:
    """The whole file."""
    task = re.sub(r"[^a-z0-9]+", "_", about.title.lower()).strip("_") or "pairs"
    return "\n".join(
        [
            "# Scored with: lcbrb eval --pairs (pairwise accuracy, a tie is half a win)",
            f"name: {quoted(about.title)}",
            f"description: {quoted(about.description)}",
            "tasks:",
            f"  - id: {quoted(task)}",
            "    config: default",
            f"    split: {SPLIT}",
            "",
        ]
    )
