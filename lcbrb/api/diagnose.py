"""What `lcbrb doctor` finds out."""

from __future__ import annotations

import importlib.util
import os
import platform
from importlib.metadata import PackageNotFoundError, version

from lcbrb.api.catalogue import PLUG_IN, REGISTRIES
from lcbrb.engine.local import usable_cores
from lcbrb.environments import store
from lcbrb.environments.definition import packaged
from lcbrb.models import smollm2_installed
from lcbrb.protocols.sandbox import TESTS_IN_REACH
from lcbrb.registry import EXTRAS, Entry, Registry, missing_from
from lcbrb.sandbox.levels import LEVELS, probe
from lcbrb.sources.hub import DATA_VARIABLE, local_files
from lcbrb.version import __version__

_ELSEWHERE = ("from the network", "from a file that you name")


def diagnose() -> dict[str, dict[str, str]]:
    """Find out what works on this machine: groups that map each name to its state, in words.

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
        "environments": _environments(),
        "extras": {extra: _extra(extra) for extra in EXTRAS},
        **{
            group: {name: _state(registry, name) for name in registry.names()}
            for group, registry in REGISTRIES.items()
            if any(entry.extra for entry in registry.table.values())
        },
        "models": {"smollm2": "ready" if smollm2_installed() else "not installed"},
        "devices": _devices(),
        "data": _data(),
    }


def _sandbox() -> dict[str, str]:
    """Every level of isolation, tried for real: its layers, and the attacks that they stop."""
    states = {}
    for level in LEVELS:
        tried = probe(level)
        layers, stopped = ", ".join(tried.layers), ", ".join(tried.stopped)
        if not tried.live:
            states[level] = f"not live: {tried.problem}"
        else:
            bounds = f"a program can't {stopped}" if stopped else "no security boundary"
            states[level] = f"live: {layers}; {bounds}"
        if tried.live and level in TESTS_IN_REACH:
            states[level] += f"; it could read the tests: only with --require-isolation {level}"
    return states


def _environments() -> dict[str, str]:
    """Those that are here, whole or not, and those that could be made."""
    states = {}
    for environment in store.environments():
        name = f"{environment.name} {environment.python}"
        record = environment.record
        ready = environment.state is store.State.READY and record is not None
        states[name] = f"ready: {record.label}" if ready and record else environment.state.value
    there = {environment.name for environment in store.environments()}
    missing = {
        name: f"not made: lcbrb env create {name}" for name in packaged() if name not in there
    }
    return {**states, **missing}


def _extra(extra: str) -> str:
    if missing := missing_from(extra):
        return f"not installed (missing: {', '.join(missing)})"
    return ", ".join(f"{module} {_version(module)}" for module in EXTRAS[extra])


def _state(registry: Registry, name: str) -> str:
    """Whether a name can be used here; plug-ins are not loaded to find out."""
    if name not in registry.table:
        return PLUG_IN
    entry = registry.table[name]
    if entry.extra and missing_from(entry.extra):
        needs = f"needs pip install 'lcbrb[{entry.extra}]'"
        return f"ready with {entry.without_extra}; else {needs}" if entry.without_extra else needs
    where = _data_of(entry)
    return f"ready, with data {where}" if where in _ELSEWHERE else "ready"


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "?"


def _devices() -> dict[str, str]:
    if importlib.util.find_spec("torch") is None:
        return {"cpu": "torch is not installed"}
    import torch  # seconds, and only here

    devices = {"cpu": f"{torch.get_num_threads()} threads"}
    for index in range(torch.cuda.device_count()):
        devices[f"cuda:{index}"] = torch.cuda.get_device_name(index)
    return devices


def _data() -> dict[str, str]:
    named = os.environ.get(DATA_VARIABLE)
    sources = {DATA_VARIABLE: named or "not set: data comes from its home on the network"}
    for registry in REGISTRIES.values():
        for name, entry in registry.table.items():
            if entry.data:
                sources[name] = _data_of(entry)
    return sources


def _data_of(entry: Entry) -> str:
    """Where a name's data is; nothing for one without."""
    files = local_files(*entry.data) if entry.data else []
    if files or not entry.data:
        return f"{len(files)} local files" if files else ""
    return _ELSEWHERE[0] if entry.has_home else _ELSEWHERE[1]
