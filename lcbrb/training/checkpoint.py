"""A trained model on disk: whole or not at all, and an adapter names its base."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lcbrb import models
from lcbrb.errors import SetupError, UsageError
from lcbrb.models.trained_on import write_trained_on
from lcbrb.models.weights import TRAINED
from lcbrb.training.quiet import silent
from lcbrb.types import Problem, TrainedProblem

if TYPE_CHECKING:
    from torch import Tensor

CARD = "README.md"


def save_whole(  # noqa: PLR0913, PLR0917 - a model, and what it was made of
    model: Callable[[], Any],
    tokenizer: Any,
    folder: Path,
    trained_on: Iterable[Problem | TrainedProblem],
    base: models.Weights | None,
    state: Mapping[str, Tensor] | None = None,
) -> Path:
    """Write what a function gives, and its tokenizer, into ``folder/model``; or nothing at all.

    The problems that it was trained on stand beside it, with those of its base; `state` are all
    weights, where the model holds a part of them only.

    Raises:
        SetupError: it can't be written.
    """
    target, partial = folder / TRAINED, folder / f"{TRAINED}.partial"
    shutil.rmtree(partial, ignore_errors=True)
    try:
        with silent():
            model().save_pretrained(str(partial), state_dict=state)
            tokenizer.save_pretrained(str(partial))
            write_trained_on(partial, trained_on, base=base)
        shutil.rmtree(target, ignore_errors=True)
        partial.rename(target)
    except Exception as error:  # the library raises more than OSError where a disk is full
        shutil.rmtree(partial, ignore_errors=True)
        reason = getattr(error, "strerror", None) or error
        raise SetupError(
            f"the model can't be saved in {target}: {reason}. Make room and run the same command "
            "again: it continues from the last checkpoint"
        ) from error
    return target


def is_sharded(trainer: Any) -> bool:
    """Whether a trainer's weights lie in pieces over several processes, and none holds all."""
    return bool(trainer.is_fsdp_enabled or trainer.is_deepspeed_enabled)


def gathered_weights(trainer: Any) -> Any:
    """All weights by name, where they lie in pieces; else None.

    All processes must call it; all but the first are given none of them.
    """
    if not is_sharded(trainer):
        return None
    return trainer.accelerator.get_state_dict(trainer.model_wrapped) or {}


def commit_of_weights(weights: models.Weights) -> str | None:
    """The commit of weights from the hub, which an adapter has to name; None of a folder."""
    return None if Path(weights.path).is_dir() else models.commit_of(weights)


def check_can_be_named(weights: models.Weights, instead: str) -> None:
    """Hold that an adapter on these weights could name them.

    Raises:
        UsageError: they are an adapter themselves.
    """
    if weights.base is not None:
        raise UsageError(
            f"{weights.name} is an adapter, and a new adapter can't be trained on top of it: "
            f"{instead}, or first merge it into its base and name that folder"
        )
