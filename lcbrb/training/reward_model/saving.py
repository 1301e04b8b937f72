"""A trained reward model on disk, as `lcbrb eval --reward-model FOLDER` and the library load it.

Where the trunk was not changed, only the head is saved: an adapter of PEFT without any layer, which
names its base. So a checkpoint takes kilobytes, and whoever has the base has the model.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lcbrb.training.checkpoint import check_can_be_named, commit_of_weights, save_whole
from lcbrb.training.reward_model.base_model import HeadedModel
from lcbrb.training.reward_model.settings import Trunk
from lcbrb.types import TrainedProblem

if TYPE_CHECKING:
    from torch import Tensor

_NO_LAYER = "dummy-target-modules"  # PEFT's word for an adapter that only saves whole modules


def save(
    base: HeadedModel,
    trunk: Trunk,
    folder: Path,
    problems: Sequence[TrainedProblem],
    state: Mapping[str, Tensor] | None = None,
) -> Path:
    """Write the model into ``folder/model``; whole or not at all.

    With LoRA the base's `model` is PEFT's; `state` are its weights, where it holds a part of them
    only.

    Raises:
        SetupError: it can't be written.
    """
    whole = partial(_whole, base, trunk)
    return save_whole(whole, base.tokenizer, folder, problems, base.weights, state)


def _whole(base: HeadedModel, trunk: Trunk) -> Any:
    """What is saved: a whole model, PEFT's adapter, or the head alone."""
    model = base.model
    if trunk != Trunk.FROZEN or hasattr(model, "peft_config"):
        return model
    from peft import LoraConfig, get_peft_model

    config = LoraConfig(
        task_type="SEQ_CLS",
        target_modules=_NO_LAYER,
        modules_to_save=[base.head_name],
        revision=commit_of_weights(base.weights),
    )
    return get_peft_model(model, config)


def check_names_its_base(base: HeadedModel, trunk: Trunk) -> None:
    """Hold that a checkpoint which is an adapter can name what it stands on.

    Raises:
        UsageError: the base is an adapter itself: what it adds would be lost.
    """
    if trunk != Trunk.FULL:
        check_can_be_named(base.weights, "train all weights (--trunk full)")
