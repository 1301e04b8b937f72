"""LoRA adapters: a few weights on top of a base model, saved by PEFT and the trainers above it.

An adapter folder holds ``adapter_config.json``, which names the base model (and may name its
revision), and ``adapter_model.safetensors``. Here an adapter is merged into the base's weights when
it is loaded, in the precision of the base: what scores afterwards is a plain model, as fast as the
base. In float32 merging changes no score beyond rounding; in bfloat16 the sums are rounded to
bfloat16, as they are in a merged model that somebody saved.

PEFT passes over tensors that find no place in the model, and makes up those that a file lacks. Here
both are errors: a reward head that is not among the saved tensors would be random.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lcbrb.codec import read_text
from lcbrb.errors import BadInputError, ModelLoadError, in_file
from lcbrb.json_text import parse_json
from lcbrb.registry import require

CONFIG = "adapter_config.json"
_FILES = ("adapter_model.safetensors", "adapter_model.bin")
_WHOLE = ("model*.safetensors", "pytorch_model*.bin", "*.gguf")
_INSIDE = "base_model.model."  # what PEFT puts before the name of every tensor
_WHOLE_LAYERS = ("embed_tokens.weight", "lm_head.weight", "wte.weight")  # saved, trained or not
_HEADS = ("score", "classifier")  # what the library's classifiers call them
_SHOWN = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Adapter:
    """An adapter's folder, and its base: what names it, and the revision that the adapter names."""

    folder: Path
    base: str
    base_revision: str | None


def read(folder: Path, base: str | None = None) -> Adapter | None:
    """The adapter in a folder; None where the folder holds none.

    Args:
        folder: of the adapter.
        base: the base model, where it is not the one that the adapter names.

    Raises:
        BadInputError: its configuration can't be read or names no base.
        ModelLoadError: a whole model lies beside it, or its weights are missing.
        MissingExtraError: PEFT is not installed.
    """
    path = folder / CONFIG
    if not path.is_file():
        return None
    if _matches(folder, _WHOLE):
        raise ModelLoadError(
            f"{folder} contains both a whole model and an adapter, so it is unclear which to "
            f"use: remove {CONFIG} (for the model) or the model's weights (for the adapter)"
        )
    if not _matches(folder, _FILES):
        raise ModelLoadError(f"{folder} has an {CONFIG} but no weights ({' or '.join(_FILES)})")
    require(("peft",), f"the adapter {folder}")
    with in_file(path):
        config = parse_json(read_text(path))
    config = config if isinstance(config, dict) else {}
    named = base or config.get("base_model_name_or_path")
    if not isinstance(named, str) or not named:
        raise BadInputError("names no base model: give it with ?base=…", path=path)
    return Adapter(
        folder=folder, base=named, base_revision=None if base else config.get("revision") or None
    )


def download(repository: str, revision: str | None) -> Path | None:
    """A hub repository's adapter, in the hub's cache; None where the repository holds none.

    Raises:
        ModelLoadError: a whole model lies beside it.
    """
    from huggingface_hub import list_repo_files, snapshot_download
    from huggingface_hub.errors import HfHubHTTPError, OfflineModeIsEnabled
    from transformers.utils.peft_utils import find_adapter_config_file

    if find_adapter_config_file(repository, revision=revision) is None:
        return None
    try:
        names = [Path(name) for name in list_repo_files(repository, revision=revision)]
    except (HfHubHTTPError, OfflineModeIsEnabled, OSError):
        names = []  # without the network, what the cache holds is what there is
    if any(name.match(pattern) and len(name.parts) == 1 for name in names for pattern in _WHOLE):
        raise ModelLoadError(
            f"{repository} contains both a whole model and an adapter, so it is unclear which to "
            "use: download one of them into a folder and name that folder"
        )
    wanted = ["adapter_*", "token*", "*.json", "*.jinja", "*.txt", "*.model"]
    return Path(snapshot_download(repository, revision=revision, allow_patterns=wanted))


def lacks(folder: Path, names: Iterable[str]) -> list[str]:
    """Those of a base model's missing tensors that the adapter does not bring either."""
    saved = _saved(folder)
    return [name for name in names if _INSIDE + name not in saved]


def labels(folder: Path) -> int | None:
    """How many numbers the head gives that was saved with the adapter; None where there is none.

    The base alone does not tell: a language model's configuration says nothing of heads.
    """
    sizes = (
        shape[0]
        for name, shape in _saved(folder).items()
        if name in {f"{_INSIDE}{head}.weight" for head in _HEADS}
    )
    return next(sizes, None)


def merge(model: Any, folder: Path) -> Any:
    """The base model with the adapter's changes in its own weights.

    The base is changed in place.

    Raises:
        ModelLoadError: an adapter that can't be merged, or one for another model.
    """
    from peft import PeftModel, get_peft_model_state_dict

    adapted = PeftModel.from_pretrained(model, str(folder))
    if not hasattr(adapted, "merge_and_unload") or adapted.active_peft_config.is_prompt_learning:
        kind = adapted.active_peft_config.peft_type.value
        raise ModelLoadError(f"{folder} is an adapter of the kind {kind}, which can't be merged")
    wanted = _trained(get_peft_model_state_dict(adapted, save_embedding_layers=False))
    saved = _trained(_saved(folder))
    for what, names in (("has no place for", saved - wanted), ("also needs", wanted - saved)):
        if names:
            shown = ", ".join(name.removeprefix(_INSIDE) for name in sorted(names)[:_SHOWN])
            raise ModelLoadError(
                f"the adapter {folder} does not fit its base: {type(model).__name__} {what} {shown}"
            )
    return adapted.merge_and_unload()


def _trained(names: Iterable[str]) -> set[str]:
    return {name for name in names if not name.endswith(_WHOLE_LAYERS)}


def _saved(folder: Path) -> dict[str, tuple[int, ...]]:
    """The tensors in the adapter's file: names and shapes."""
    safe, pickled = (folder / name for name in _FILES)
    if safe.is_file():
        from safetensors import safe_open

        with safe_open(safe, framework="pt") as file:
            return {name: tuple(file.get_slice(name).get_shape()) for name in file.keys()}  # noqa: SIM118 - no dict
    import torch

    tensors = torch.load(pickled, map_location="meta", weights_only=True)
    return {name: tuple(tensor.shape) for name, tensor in tensors.items()}


def _matches(folder: Path, patterns: Iterable[str]) -> bool:
    return any(True for pattern in patterns for _ in folder.glob(pattern))
