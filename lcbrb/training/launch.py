"""Files to train on GPUs with, to be written out and changed by whoever has the GPUs.

Those in YAML are for `accelerate launch --config_file`, those in TOML for `train pgrpo --config`.
"""

from __future__ import annotations

from importlib.resources import files

from lcbrb.errors import UnknownNameError

LAUNCHES = {
    "fsdp": "fsdp.yaml",
    "deepspeed": "deepspeed.yaml",
    "pgrpo-vllm": "pgrpo-vllm.toml",
    "pgrpo-lora": "pgrpo-lora.toml",
}


def launch_file(name: str) -> str:
    """One of the files in ``lcbrb/data/launch``.

    Raises:
        UnknownNameError: there is none of that name.
    """
    if name not in LAUNCHES:
        raise UnknownNameError("launch file", name, LAUNCHES)
    return (files("lcbrb") / "data" / "launch" / LAUNCHES[name]).read_text("utf-8")
