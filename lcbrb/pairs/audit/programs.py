"""The programs behind pairs that were built here, which the pairs themselves do not show.

Beside a file of pairs lies the run that made it, with every completion. What is told by the two
programs alone, without a word of reasoning, is what a reader of code could know.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from pathlib import Path

from lcbrb.codec import read_records, sha256_text
from lcbrb.pairs.manifest import run_folder
from lcbrb.replies.fences import fenced
from lcbrb.runs.folder import COMPLETIONS
from lcbrb.types import Completion, PreferencePair, Side


def program_pairs(pairs: Sequence[PreferencePair], path: Path) -> list[PreferencePair]:
    """The pairs whose programs are known, with these in place of their texts, fenced.

    Raises:
        BadInputError: the completions beside it can't be read.
    """
    completions_path = run_folder(path) / COMPLETIONS
    if not completions_path.is_file():
        return []
    programs = {
        (
            completion.problem_id,
            completion.policy_id,
            completion.sample_index,
            sha256_text(completion.text),
        ): completion.solution
        for completion in read_records(Completion, completions_path)
    }

    def program(pair: PreferencePair, side: Side | None) -> str | None:
        if side is None:
            return None
        return programs.get((pair.problem_id, side.sampler, side.sample_index, side.sha256))

    shown = []
    for pair in pairs:
        ours, theirs = program(pair, pair.chosen_side), program(pair, pair.rejected_side)
        if ours and theirs:
            shown.append(dataclasses.replace(pair, chosen=fenced(ours), rejected=fenced(theirs)))
    return shown
