"""Files for `accelerate launch`, to be written out and changed by whoever has the GPUs."""

from __future__ import annotations

from importlib.resources import files

from lcbrb.errors import UnknownNameError

LAUNCHES = ("fsdp", "deepspeed")


def launch_file(name: str) -> str:
    """One of the files in ``lcbrb/data/launch``.

    Raises:
        UnknownNameError: there is none of that name.
    """
    if name not in LAUNCHES:
        raise UnknownNameError("launch file", name, LAUNCHES)
    return (files("lcbrb") / "data" / "launch" / f"{name}.yaml").read_text("utf-8")
