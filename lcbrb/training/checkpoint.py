"""A trained reward model on disk, as `lcbrb eval --reward-model FOLDER` and the library load it.

Where the trunk was not changed, only the head is saved: an adapter of PEFT without any layer, which
names its base. So a checkpoint takes kilobytes, and whoever has the base has the model.
"""

from __future__ import annotations

import contextlib
import io
import shutil
import warnings
from collections.abc import Callable, Mapping, Sequence
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lcbrb import models
from lcbrb.errors import SetupError, UsageError
from lcbrb.models.trained_on import write_trained_on
from lcbrb.models.weights import TRAINED
from lcbrb.training.base_model import HeadedModel
from lcbrb.training.settings import Trunk
from lcbrb.types import TrainedProblem

if TYPE_CHECKING:
    from torch import Tensor

CARD = "README.md"
_NO_LAYER = "dummy-target-modules"  # PEFT's word for an adapter that only saves whole modules


def save(
    base: HeadedModel,
    trunk: Trunk,
    folder: Path,
    problems: Sequence[TrainedProblem],
    state: Mapping[str, Tensor] | None = None,
) -> Path:
    """Write the model into ``folder/model``; whole or not at all.

    Args:
        base: the model as it was trained; with LoRA, its `model` is PEFT's.
        trunk: what was trained beside the head.
        folder: of the run.
        problems: what it was trained on.
        state: its weights, where it holds a part of them only.

    Raises:
        SetupError: it can't be written.
    """
    return save_whole(
        lambda: _whole(base, trunk),
        base.tokenizer,
        folder,
        lambda path: write_trained_on(path, problems, base=base.weights),
        state,
    )


def save_whole(
    model: Callable[[], Any],
    tokenizer: Any,
    folder: Path,
    beside: Callable[[Path], object] = lambda _: None,
    state: Mapping[str, Tensor] | None = None,
) -> Path:
    """Write what a function gives, and its tokenizer, into ``folder/model``; or nothing at all.

    `beside` writes more into the folder, such as `write_trained_on`; `state` are all weights, where
    the model holds a part of them only.

    Raises:
        SetupError: it can't be written.
    """
    target, partial = folder / TRAINED, folder / f"{TRAINED}.partial"
    shutil.rmtree(partial, ignore_errors=True)
    try:
        with _quiet():
            model().save_pretrained(str(partial), state_dict=state)
            tokenizer.save_pretrained(str(partial))
            beside(partial)
        shutil.rmtree(target, ignore_errors=True)
        partial.rename(target)
    except Exception as error:  # the library raises more than OSError where a disk is full
        shutil.rmtree(partial, ignore_errors=True)
        reason = getattr(error, "strerror", None) or error
        raise SetupError(
            f"the model can't be saved in {target}: {reason}. Make room and run the same command "
            "again: it goes on from what is kept"
        ) from error
    return target


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
        revision=revision_of(base),
    )
    return get_peft_model(model, config)


def revision_of(base: HeadedModel) -> str | None:
    """The commit of a base from the hub, which an adapter has to name; None of a folder."""
    return commit_of_weights(base.weights)


def commit_of_weights(weights: models.Weights) -> str | None:
    """The same, of weights."""
    return None if Path(weights.path).is_dir() else models.commit_of(weights)


def check_names_its_base(base: HeadedModel, trunk: Trunk) -> None:
    """Hold that a checkpoint which is an adapter can name what it stands on.

    Raises:
        UsageError: the base is an adapter itself: what it adds would be lost.
    """
    if trunk != Trunk.FULL:
        check_can_be_named(base.weights, "train all weights (--trunk full)")


def check_can_be_named(weights: models.Weights, instead: str) -> None:
    """Hold that an adapter on these weights could name them.

    Raises:
        UsageError: they are an adapter themselves.
    """
    if weights.base is not None:
        raise UsageError(
            f"{weights.name} is an adapter, and an adapter on it could not name it: {instead}, or "
            "merge it into its base first and name that folder"
        )


@contextlib.contextmanager
def _quiet() -> Any:
    with (
        warnings.catch_warnings(),
        redirect_stderr(io.StringIO()),
        redirect_stdout(io.StringIO()),
    ):
        warnings.simplefilter("ignore")
        yield
