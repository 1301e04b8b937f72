"""The hidden states of pairs, from the cache or computed, as arrays to train a head on."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from lcbrb import models
from lcbrb.rewards.forward.batching import Tokens
from lcbrb.training.reward_model.base_model import HeadedModel
from lcbrb.training.reward_model.frozen.cache import HiddenStates, Vector, key_of
from lcbrb.training.reward_model.tokenised import TokenPair
from lcbrb.types import JsonValue

_PORTION = 256  # sequences that are computed, and then kept, at once
_VERSION = 1  # of what a hidden state is


@dataclass(frozen=True, slots=True, kw_only=True)
class PairStates:
    """What the head reads of each pair, N pairs of width D, and what training asks of them."""

    chosen_N_D: Vector
    rejected_N_D: Vector
    margin_N: Vector
    target_N_2: Vector

    def take(self, rows: npt.NDArray[np.int_]) -> PairStates:
        """Some of the pairs, by their places."""
        return PairStates(
            chosen_N_D=self.chosen_N_D[rows],
            rejected_N_D=self.rejected_N_D[rows],
            margin_N=self.margin_N[rows],
            target_N_2=self.target_N_2[rows],
        )


@dataclass(frozen=True, slots=True)
class Account:
    """Sequences that were asked for, computed now, and the bytes that one takes in the cache."""

    sequences: int
    computed: int
    tokens: int
    row_bytes: int


def states_of(
    base: HeadedModel,
    pairs: Sequence[TokenPair],
    root: Path,
    on_sequences: Callable[[int], object] = int,
) -> tuple[PairStates, Account]:
    """The hidden states of pairs, in their order.

    Raises:
        SetupError: the cache can't be written, or a sequence alone runs out of memory.
    """
    sides = [side for pair in pairs for side in (pair.chosen, pair.rejected)]
    keys = [key_of(side) for side in sides]
    of_key: dict[bytes, Tokens] = dict(zip(keys, sides, strict=True))
    width = int(base.model.config.get_text_config().hidden_size)
    with closing(HiddenStates(root, _about(base), width)) as kept:
        by_key = kept.read(list(of_key))
        on_sequences(len(by_key))
        missing = sorted(
            (key for key in of_key if key not in by_key), key=lambda key: of_key[key].ids
        )
        for start in range(0, len(missing), _PORTION):
            portion = missing[start : start + _PORTION]
            for index, state_D in base.head_inputs([of_key[key] for key in portion]):
                by_key[portion[index]] = state_D.float().cpu().numpy().copy()
            for key in portion:
                kept.add(key, by_key[key])
            on_sequences(len(portion))
        rows = np.stack([by_key[key] for key in keys])
        tokens = sum(len(side.ids) for side in of_key.values())
        account = Account(len(of_key), len(missing), tokens, kept.row_bytes)
    margins = np.asarray([pair.margin for pair in pairs], dtype=np.float32)
    targets = np.asarray([pair.targets for pair in pairs], dtype=np.float32)
    states = PairStates(
        chosen_N_D=rows[::2], rejected_N_D=rows[1::2], margin_N=margins, target_N_2=targets
    )
    return states, account


def _about(base: HeadedModel) -> dict[str, JsonValue]:
    """All that a hidden state depends on beside its tokens."""
    return {
        "version": _VERSION,
        "model": base.weights.name if base.revision is None else "",
        "revision": base.revision or models.commit_of(base.weights),
        "dtype": str(next(base.model.parameters()).dtype),
        "reads": base.given.reads.value,
    }
