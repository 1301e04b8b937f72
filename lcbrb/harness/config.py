"""How a policy is sampled, and whether what it gave is kept: settings of a bench run."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

from lcbrb.types import Sampling

_DEFAULT = Sampling()
_SAMPLING = tuple(field.name for field in dataclasses.fields(Sampling) if field.name != "n")


@dataclass(frozen=True, slots=True, kw_only=True)
class BenchConfig:
    """What a run may set: how to sample (see `Sampling`), and whether generations are kept.

    `seed` is that of the sampling; the run's own where it is None.
    """

    temperature: float = _DEFAULT.temperature
    top_p: float = _DEFAULT.top_p
    max_tokens: int = _DEFAULT.max_tokens
    stop: tuple[str, ...] = ()
    seed: int | None = None
    system_prompt: str | None = None
    template: str | None = None
    cache: bool = True

    def sampling(self, n: int, seed: int) -> Sampling:
        """The sampling of a run, given its options."""
        given = {name: getattr(self, name) for name in _SAMPLING}
        given["seed"] = seed if self.seed is None else self.seed
        return Sampling(n=n, **given)
