"""Where a transformers model's weights lie, and loading them: what policies and rewards share."""

from lcbrb.models.loading import (
    Loaded,
    at_hand,
    check_trained,
    commit_of,
    config_of,
    device_of,
    dtype_of,
    keeps_logits,
    load,
    load_causal,
    load_tokenizer,
    load_with,
    needs_code,
    own_limit,
)
from lcbrb.models.replicas import check_replica, use_cores
from lcbrb.models.weights import SMOLLM2, Weights, fingerprint, locate, smollm2_installed

__all__ = [
    "SMOLLM2",
    "Loaded",
    "Weights",
    "at_hand",
    "check_replica",
    "check_trained",
    "commit_of",
    "config_of",
    "device_of",
    "dtype_of",
    "fingerprint",
    "keeps_logits",
    "load",
    "load_causal",
    "load_tokenizer",
    "load_with",
    "locate",
    "needs_code",
    "own_limit",
    "smollm2_installed",
    "use_cores",
]
