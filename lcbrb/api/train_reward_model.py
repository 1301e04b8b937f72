"""`lcbrb.train_reward_model`: from preference pairs to a checkpoint that can be evaluated."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from lcbrb.codec import sha256_records
from lcbrb.config import build
from lcbrb.protocols.progress import SILENT, Progress
from lcbrb.protocols.reward import PairSet
from lcbrb.sources.pairs.by_name import open_pairs
from lcbrb.training.reward_model.run import Trained, train
from lcbrb.training.reward_model.settings import RewardSettings
from lcbrb.types import PreferencePair

Pairs = str | PairSet | Sequence[PreferencePair]


def train_reward_model(
    pairs: Pairs | Sequence[str],
    base: str,
    out: Path | str,
    *,
    held_out: Pairs | Sequence[str] | None = None,
    seed: int = 0,
    config: Mapping[str, Any] | None = None,
    progress: Progress = SILENT,
) -> Trained:
    """Train a scalar-head reward model on preference pairs.

    Args:
        pairs: a source, file or hub data set as `lcbrb.load_pairs` takes them, several of them,
            or pairs.
        base: the base model: ``smollm2``, a folder or ``ORG/NAME@REVISION``. A reward model is
            trained further.
        out: the run folder; the trained model is ``out/model``. Call it again to resume a stopped
            training.
        held_out: pairs to evaluate on and to choose the weights by. Default: a share of the
            problems (setting ``held_out``, 0.1).
        seed: for that share, for the weights of a new head, and for the order of the pairs.
        config: settings by name; see `lcbrb.training.reward_model.settings.RewardSettings`.
        progress: receives the progress of the work.

    Returns:
        The finished training: its record, the checkpoint's folder, every step, and the audit on the
        held-out pairs.

    Raises:
        UsageError: pairs, base or settings can't be used; a problem is in both sets; the folder
            contains a different run.
        SetupError: an extra is missing, the model does not load, or something can't be written.
        IncompleteRunError: the loss was no longer a number.
    """
    settings = build(RewardSettings, dict(config or {}), "train reward-model")
    return train(
        _pair_set(pairs),
        base,
        Path(out).expanduser(),
        settings,
        held_out=None if held_out is None else _pair_set(held_out),
        seed=seed,
        progress=progress,
    )


def _pair_set(given: Pairs | Sequence[str]) -> PairSet:
    """One set; of several sources, all their pairs, with the sources' names."""
    if isinstance(given, PairSet):
        return given
    named = [given] if isinstance(given, str) else list(given)
    pairs = [pair for pair in named if isinstance(pair, PreferencePair)]
    if pairs:
        return PairSet(name="pairs", version=sha256_records(pairs)[:12], pairs=pairs)
    sets = [open_pairs(name) for name in named if isinstance(name, str)]
    if len(sets) == 1:
        return sets[0]
    joined = {pair.id: pair for pair_set in sets for pair in pair_set.pairs}
    return PairSet(
        name=" + ".join(pair_set.name for pair_set in sets),
        version=" + ".join(pair_set.version for pair_set in sets),
        pairs=list(joined.values()),
        notes=tuple(dict.fromkeys(note for pair_set in sets for note in pair_set.notes)),
    )
