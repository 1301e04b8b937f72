"""Where a transformers model's weights lie, and loading them: what policies and rewards share."""

from lcbrb.models.loading import (
    Loaded as Loaded,
    at_hand as at_hand,
    check_trained as check_trained,
    commit_of as commit_of,
    config_of as config_of,
    device_of as device_of,
    dtype_of as dtype_of,
    keeps_logits as keeps_logits,
    load as load,
    load_causal as load_causal,
    load_tokenizer as load_tokenizer,
    load_with as load_with,
    needs_code as needs_code,
    own_limit as own_limit,
    use_cores as use_cores,
)
from lcbrb.models.weights import (
    SMOLLM2 as SMOLLM2,
    Weights as Weights,
    check_replica as check_replica,
    fingerprint as fingerprint,
    locate as locate,
    locate_tokenizer as locate_tokenizer,
    smollm2_installed as smollm2_installed,
)
