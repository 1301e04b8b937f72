"""Loading models and tokenizers: one sentence where it fails, and nothing said where it does not.

Code that comes with a model runs only where the user asked for it (``trust_remote_code``); without,
it is not even downloaded.
"""

from __future__ import annotations

import dataclasses
import inspect
import io
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext, redirect_stderr
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from lcbrb.errors import LcbrbError, ModelLoadError, SetupError, UsageError, first_line
from lcbrb.models import adapters
from lcbrb.models.gguf_files import read_quickly
from lcbrb.models.weights import TRUST, Weights, adapted

if TYPE_CHECKING:
    import torch

T = TypeVar("T")

_NO_LIMIT = 1 << 20  # tokens; for models that name no limit
_SHOWN = 3  # names of tensors in an error


@contextmanager
def _quiet() -> Iterator[None]:
    """Without the library's progress bars and advice: stdout and stderr are ours."""
    from transformers.utils import logging

    verbosity, bars = logging.get_verbosity(), logging.is_progress_bar_enabled()
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    try:
        with warnings.catch_warnings(), redirect_stderr(io.StringIO()):
            warnings.simplefilter("ignore")
            yield  # the GGUF reader draws a bar of its own, PEFT calls what the library deprecates
    finally:
        logging.set_verbosity(verbosity)
        if bars:
            logging.enable_progress_bar()


def load(weights: Weights, make: Callable[[], T]) -> T:
    """Run a loader and turn what it raises into one sentence.

    Raises:
        ModelLoadError: the model does not load, or needs code of its own that may not run.
    """
    is_gguf = "gguf_file" in weights.arguments
    try:
        with _quiet(), read_quickly() if is_gguf else nullcontext():
            return make()
    except LcbrbError:
        raise
    except Exception as error:  # the library raises nearly anything for a broken folder
        if TRUST in str(error) and not weights.arguments.get(TRUST):
            raise needs_code(weights) from error
        lines = [line.strip() for line in str(error).strip().splitlines()] or [type(error).__name__]
        more = f" {lines[1]}" if lines[0].endswith(":") and len(lines) > 1 else ""
        raise ModelLoadError(f"the model {weights.name} did not load: {lines[0]}{more}") from error


def needs_code(weights: Weights) -> ModelLoadError:
    """The sentence for a model that is not one of the library's."""
    return ModelLoadError(
        f"{weights.name} contains its own code, which would run on this machine: read it, then "
        "allow it with ?trust_remote_code=true"
    )


def config_of(weights: Weights) -> dict[str, Any]:
    """What a model's ``config.json`` says, as it stands there; an adapter has its base's.

    Only that file is read or downloaded; nothing runs. Empty for weights in GGUF.

    Raises:
        ModelLoadError: it can't be had or read.
    """
    from transformers import PreTrainedConfig

    weights = at_hand(weights)
    if weights.base is not None:
        return config_of(weights.base)
    if "gguf_file" in weights.arguments:
        return {}
    revision = {key: argument for key, argument in weights.arguments.items() if key == "revision"}
    config, _ = load(weights, lambda: PreTrainedConfig.get_config_dict(weights.path, **revision))
    return dict(config)


def load_tokenizer(weights: Weights) -> Any:
    """The model's tokenizer: an adapter's own where it has one, else its base's."""
    from transformers import AutoTokenizer

    weights = at_hand(weights)
    own = Path(weights.path) / "tokenizer_config.json"  # trainers save one beside an adapter
    if weights.base is not None and not own.is_file():
        return load_tokenizer(weights.base)
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
        raise SetupError(f"no device '{name}' here: {first_line(error)}") from error
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


def use_cores(cores: int) -> None:
    """Let torch use so many threads; Ray allows one to a worker that asks for no core."""
    import torch

    torch.set_num_threads(cores)


def load_causal(weights: Weights, dtype: str, device: str) -> Any:
    """The language model, in evaluation mode, on its device; an adapter merged into its base.

    Raises:
        ModelLoadError: it does not load, or has no trained head for words (a saved classifier).
        UsageError, SetupError: no such dtype or device.
    """
    import transformers
    from transformers import AutoModelForCausalLM

    config = config_of(weights)
    brings = "AutoModelForCausalLM" in (config.get("auto_map") or {})
    named = (config.get("architectures") or [""])[0]
    if brings and not weights.arguments.get(TRUST) and not hasattr(transformers, named):
        raise needs_code(weights)  # the library would load the nearest model of its own
    loaded = load_with(AutoModelForCausalLM, weights, dtype, device)
    check_trained(weights.name, loaded, "language-model head")
    return loaded.model


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """A model, and what its files said of it.

    `missing` are parameters that no file held, made up by the library (tied ones are not: they are
    another's); `unused` are tensors of the files that have no place in the model. An adapter whose
    base has missing ones that it does not bring is not merged: see `check_trained`.
    """

    model: Any
    missing: tuple[str, ...]
    unused: tuple[str, ...]


def load_with(maker: Any, weights: Weights, dtype: str, device: str, **settings: Any) -> Loaded:
    """The model that a class makes of the weights, in evaluation mode, on its device.

    Args:
        maker: one of the library's classes (``AutoModelFor…``), or one like them.
        weights: of a whole model, or of an adapter, which is merged into its base.
        dtype: a torch dtype, or ``auto``.
        device: a torch device, or ``auto``.
        settings: of the configuration, where they are not what it says (``num_labels``).

    Raises:
        ModelLoadError, UsageError, SetupError: it does not load; no such dtype or device.
    """
    kind, place = dtype_of(dtype), device_of(device)
    weights = at_hand(weights)
    if weights.base is None:
        model, info = load(
            weights,
            lambda: maker.from_pretrained(
                weights.path, dtype=kind, output_loading_info=True, **weights.arguments, **settings
            ),
        )
        model = load(weights, lambda: model.eval().to(place))
        missing, unused = (
            tuple(sorted(info[name])) for name in ("missing_keys", "unexpected_keys")
        )
        own = {key for key, _ in model.named_parameters()}  # without tied ones
        missing = tuple(key for key in missing if key in own)
        return Loaded(model=model, missing=missing, unused=unused)
    folder = Path(weights.path)
    labels = load(weights, lambda: adapters.labels(folder))
    if labels is not None:
        settings = {**settings, "num_labels": labels}
    loaded = load_with(maker, weights.base, dtype, device, **settings)
    missing = tuple(load(weights, lambda: adapters.lacks(folder, loaded.missing)))
    merged = (
        loaded.model if missing else load(weights, lambda: adapters.merge(loaded.model, folder))
    )
    return Loaded(model=merged.eval(), missing=missing, unused=loaded.unused)


def check_trained(name: str, loaded: Loaded, what: str) -> None:
    """Refuse a model of which a part would be random.

    `what` names the part that its class adds to a plain one ("reward head").

    Raises:
        ModelLoadError: parameters are in no file.
    """
    if not loaded.missing:
        return
    other = [key for key in loaded.unused if not key.startswith("lm_head")]
    instead = f" (its files contain {', '.join(other[:_SHOWN])} instead)" if other else ""
    raise ModelLoadError(
        f"{name} has no trained {what}: {', '.join(loaded.missing[:_SHOWN])} would be "
        f"random{instead}"
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


def at_hand(weights: Weights) -> Weights:
    """The same weights, with a hub model that turns out to be an adapter brought here.

    Raises:
        ModelLoadError: it does not load, or is no adapter although a base was given.
    """
    if Path(weights.path).is_dir():
        return weights
    named = weights.base.path if weights.base else None
    folder = load(
        weights, lambda: adapters.download(weights.path, weights.arguments.get("revision"))
    )
    if folder is None and named:
        raise ModelLoadError(f"{weights.name} is a whole model, and ?base= is only for adapters")
    adapter = adapters.read(folder, named) if folder else None
    if adapter is None:
        return weights
    with_adapter = adapted(weights.name, adapter, weights.arguments)
    return dataclasses.replace(with_adapter, base=weights.base or with_adapter.base)


def commit_of(weights: Weights) -> str | None:
    """The commit that a hub model's files are at; None for local files."""
    if Path(weights.path).is_dir():
        return None
    weights = at_hand(weights)
    if weights.base is not None:
        return Path(weights.path).name  # the hub's cache names its folders by commit
    from transformers import AutoConfig

    config = load(weights, lambda: AutoConfig.from_pretrained(weights.path, **weights.arguments))
    commit: str | None = getattr(config, "_commit_hash", None)
    return commit


def unmark_quantized(model: Any) -> None:
    """Weights that are plain ones are trained and saved as such."""
    model.is_quantized = False
    model.hf_quantizer = None
    for holder, name in ((model, "quantization_method"), (model.config, "quantization_config")):
        if name in vars(holder):
            delattr(holder, name)
