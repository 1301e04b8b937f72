"""`lcbrb.train_sft`: from examples to a policy that can be benched."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from evaluators import benchmark
from lcbrb.config import build
from lcbrb.errors import UsageError
from lcbrb.policies import POLICIES
from lcbrb.policies.hf import HfPolicy, from_spec
from lcbrb.protocols.progress import SILENT, Progress
from lcbrb.registry import parse_spec
from lcbrb.training.sft.run import TunedPolicy, train
from lcbrb.training.sft.settings import SftSettings
from lcbrb.training.sft.sources import open_examples

_TRAINED_HERE = ("hf", "smollm2")
_SETTINGS = ("dtype", "device", "batch_tokens")  # of a policy that is sampled


def train_sft(
    policy: str,
    data: str | Sequence[str],
    out: Path | str,
    *,
    held_out: str | Sequence[str] | None = None,
    seed: int = 0,
    config: Mapping[str, Any] | None = None,
    progress: Progress = SILENT,
) -> TunedPolicy:
    """Fine-tune a policy on example replies (SFT), with the loss on the replies only.

    Args:
        policy: as `lcbrb.bench` takes it, of transformers: ``smollm2``, ``hf:ORG/NAME@REVISION``,
            ``hf:FOLDER?form=raw``; a folder or hub model may stand without ``hf:``.
        data: examples, of one source or several: a run folder of `bench`, whose completions that
            passed are written as ``<think>…</think><answer>…</answer>``; recorded completions with
            their benchmark (``replay:FILE?benchmark=humaneval``); or rows with ``prompt`` and
            ``completion``, or ``messages``.
        out: the run folder; the trained policy is ``out/model``. Call it again to resume a stopped
            training.
        held_out: examples to evaluate on and to choose the weights by. Default: a share of the
            problems (setting ``held_out``, 0.1).
        seed: for that share, and for the order of the examples.
        config: settings by name; see `lcbrb.training.sft.settings.SftSettings`.
        progress: receives the progress of the work.

    Returns:
        The finished training: its record, the policy's folder, every step.

    Raises:
        UsageError: examples, policy or settings can't be used; a problem is in both sets; the
            folder contains a different run.
        SetupError: an extra is missing, the model does not load, or something can't be written.
        IncompleteRunError: the loss was no longer a number.
    """
    settings = build(SftSettings, dict(config or {}), "train sft")
    given = open_examples(_listed(data), benchmark)
    apart = None if held_out is None else open_examples(_listed(held_out), benchmark)
    return train(
        _policy(policy),
        given,
        Path(out).expanduser(),
        settings,
        held_out=apart,
        seed=seed,
        progress=progress,
    )


def _listed(given: str | Sequence[str]) -> list[str]:
    return [given] if isinstance(given, str) else list(given)


def _policy(text: str) -> HfPolicy:
    spec = parse_spec(text)
    if spec.kind not in POLICIES:
        spec = parse_spec(f"hf:{text}")
    if wrong := [name for name in _SETTINGS if name in spec.options]:
        raise UsageError(
            f"{text}: {wrong[0]} has no meaning here, or is a setting of the training (--config)"
        )
    if spec.kind not in _TRAINED_HERE:
        raise UsageError(
            f"{text} can't be trained: name a transformers model (hf:ORG/NAME, hf:FOLDER or "
            "smollm2)"
        )
    return from_spec(spec)
