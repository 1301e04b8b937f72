"""What a process reward model takes in its spec."""

from __future__ import annotations

from dataclasses import dataclass

from lcbrb.rewards.forward import options as hf
from lcbrb.rewards.prms.layouts import Layout
from lcbrb.rewards.prms.steps import Aggregate, Splitting


@dataclass(frozen=True, slots=True, kw_only=True)
class PrmOptions(hf.ModelOptions):
    r"""What ``prm:…?…`` takes beside the options of every model.

    `layout`: what the model reads. `steps`: how a response is split, at `marker` with
    ``steps=marker``. `step_end`: what is put behind a step, if not what the layout has. `good` and
    `bad`: the words that a ``shepherd`` or ``rlhflow`` model says. `aggregate`: how steps
    become one score. In `marker` and `step_end`, ``\n`` is a line's end and ``\t`` a tab.
    """

    layout: Layout = Layout.AUTO
    steps: Splitting = Splitting.AUTO
    marker: str = ""
    step_end: str = ""
    good: str = "+"
    bad: str = "-"
    aggregate: Aggregate = Aggregate.MIN


def unescaped(text: str) -> str:
    r"""A text of a spec with ``\n`` and ``\t`` as a line's end and a tab."""
    return text.replace("\\n", "\n").replace("\\t", "\t")
