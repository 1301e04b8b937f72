"""What `lcbrb doctor` finds out."""

from __future__ import annotations

import importlib.util
import os
import platform
from importlib.metadata import PackageNotFoundError, version

from lcbrb import __version__
from lcbrb.engine.local import usable_cores
from lcbrb.models import smollm2_installed
from lcbrb.rewards import REWARD_MODELS
from lcbrb.sandbox.levels import LEVELS, probe
from lcbrb.sources.hub import DATA_VARIABLE, local_files

_EXTRAS = {
    "hf": ("torch", "transformers", "accelerate", "safetensors", "gguf", "peft"),
    "vllm": ("vllm",),
    "evalplus": ("evalplus", "psutil"),
}
_TRANSFORMERS = {"hf", "likelihood", "dpo", "prm"}  # kinds that run a model in this process
_DATA = {
    "livecodebench": ("livecodebench/test*.jsonl*",),
    "rm-bench": ("preference/rm-bench/*.json*",),
    "prmbench": ("preference/prmbench/*.jsonl*",),
    "llmbar": ("preference/llmbar/LLMBar_*.json*",),
}


def diagnose() -> dict[str, dict[str, str]]:
    """Groups of findings: name to state, in words.

    Raises:
        DataUnavailableError: `LCBRB_DATA` names no folder.
    """
    return {
        "machine": {
            "lcbrb": __version__,
            "python": platform.python_version(),
            "platform": platform.platform(),
            "cores": str(usable_cores()),
        },
        "sandbox": _sandbox(),
        "extras": {extra: _extra(modules) for extra, modules in _EXTRAS.items()},
        "reward models": _reward_models(),
        "models": {"smollm2": "ready" if smollm2_installed() else "not installed"},
        "devices": _devices(),
        "data": _data(),
    }


def _sandbox() -> dict[str, str]:
    """Every level of isolation, tried for real: its layers, and the attacks that they stop."""
    found = {}
    for level in LEVELS:
        tried = probe(level)
        layers, stopped = ", ".join(tried.layers), ", ".join(tried.stopped)
        if not tried.live:
            found[level] = f"not live: {tried.problem}"
        elif stopped:
            found[level] = f"live: {layers}; a program can not {stopped}"
        else:
            found[level] = f"live: {layers}; no security boundary"
    return found


def _extra(modules: tuple[str, ...]) -> str:
    missing = [module for module in modules if importlib.util.find_spec(module) is None]
    if missing:
        return f"not installed (missing: {', '.join(missing)})"
    return ", ".join(f"{module} {_version(module)}" for module in modules)


def _reward_models() -> dict[str, str]:
    """Which kinds work here; those of plug-ins are not loaded to find out."""
    incomplete = _extra(_EXTRAS["hf"]).startswith("not installed")

    def state(name: str) -> str:
        if name not in REWARD_MODELS.table:
            return "from a plug-in"
        return "needs pip install 'lcbrb[hf]'" if incomplete and name in _TRANSFORMERS else "ready"

    return {name: state(name) for name in REWARD_MODELS.names()}


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "?"


def _devices() -> dict[str, str]:
    if importlib.util.find_spec("torch") is None:
        return {"cpu": "torch is not installed"}
    import torch  # seconds, and only here

    found = {"cpu": f"{torch.get_num_threads()} threads"}
    for index in range(torch.cuda.device_count()):
        found[f"cuda:{index}"] = torch.cuda.get_device_name(index)
    return found


def _data() -> dict[str, str]:
    named = os.environ.get(DATA_VARIABLE)
    found = {DATA_VARIABLE: named or "not set: data comes from its home on the network"}
    for name, patterns in _DATA.items():
        files = local_files(*patterns)
        found[name] = f"{len(files)} local files" if files else "from the network"
    return found
