"""What every reward model that runs a transformers model takes in its spec."""

from __future__ import annotations

from dataclasses import dataclass

from pydantic import NonNegativeInt, PositiveInt

from lcbrb import models
from lcbrb.rewards.forward.batching import Truncation
from lcbrb.rewards.forward.tree_attention import Attention


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelOptions:
    """Options of a spec.

    `max_length` (tokens) lowers the model's own limit; `batch_tokens` is the most tokens in a
    batch, halved where memory runs out; `attention` is how a causal model reads what texts share
    (found out where not given); `flips` pairs are scored in float32 too where the model runs in
    another dtype; `dtype` is a torch dtype or ``auto`` (as the weights are stored); `device` is a
    torch device or ``auto``. `base` is an adapter's base model, where it is not the one that the
    adapter names; `trust_remote_code` lets code that comes with a model run here.
    """

    max_length: PositiveInt | None = None
    truncation: Truncation = Truncation.REFUSE
    batch_tokens: PositiveInt = 16384
    attention: Attention | None = None
    flips: NonNegativeInt = 32
    dtype: str = "float32"
    device: str = "auto"
    base: str | None = None
    trust_remote_code: bool = False

    def locate(self, target: str) -> models.Weights:
        """The weights that a spec's target names; ``hf:`` may stand before it.

        Raises:
            LcbrbError: as `models.locate`.
        """
        return models.locate(
            target.removeprefix("hf:"),
            base=self.base,
            trust_remote_code=self.trust_remote_code,
        )
