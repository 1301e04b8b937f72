"""A replica: a model that a worker on another node has loaded by the same spec."""

from __future__ import annotations

from lcbrb.errors import SetupError
from lcbrb.types import JsonValue


def check_replica(text: str, *, there: JsonValue, here: JsonValue) -> None:
    """Refuse a replica that has other weights than the command's node.

    Args:
        text: the model's spec.
        there: revision or identity of the replica, on whose node this runs.
        here: the same of the model on the command's node.

    Raises:
        SetupError: they differ.
    """
    if there != here:
        raise SetupError(
            f"{text} is another model there ({there}, here {here}): give every node the same "
            "weights"
        )


def use_cores(cores: int) -> None:
    """Let torch use so many threads; Ray allows one to a worker that asks for no core."""
    import torch

    torch.set_num_threads(cores)
