"""Which parameters are decayed: one rule for every trainer here.

Biases and the weights of normalisations are not, as in the library's trainer.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from torch import nn

_NOT = re.compile(r"bias|layernorm|rmsnorm|(?:^|[._])norm(?:$|\.)", re.IGNORECASE)


def decayed(model: nn.Module) -> list[str]:
    """Names of the parameters that weight decay applies to."""
    from torch import nn

    norms = {
        f"{name}." if name else ""
        for name, module in model.named_modules()
        if isinstance(module, nn.LayerNorm)
    }
    return [
        name
        for name, _ in model.named_parameters()
        if not _NOT.search(name) and f"{name.rpartition('.')[0]}." not in norms
    ]


def groups(model: nn.Module, weight_decay: float) -> list[dict[str, Any]]:
    """A module's parameters as an optimizer takes them, decayed and not."""
    names = set(decayed(model))
    with_decay: list[nn.Parameter] = []
    without: list[nn.Parameter] = []
    for name, weight in model.named_parameters():
        (with_decay if name in names else without).append(weight)
    return [
        {"params": with_decay, "weight_decay": weight_decay},
        {"params": without, "weight_decay": 0.0},
    ]
