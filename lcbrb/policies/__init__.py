"""Policies: what answers problems. Models here or on a server, and recorded completions."""

from __future__ import annotations

from lcbrb.registry import Registry

POLICIES = Registry(
    "policy",
    {
        "hf": "lcbrb.policies.hf:from_spec",
        "openai": "lcbrb.policies.openai:from_spec",
        "replay": "lcbrb.policies.replay:from_spec",
        "smollm2": "lcbrb.policies.hf:from_spec",
        "vllm": "lcbrb.policies.vllm:from_spec",
    },
    group="lcbrb.policies",
)
