"""Policies: what answers problems. In this release: recorded completions (`replay:PATH`)."""

from __future__ import annotations

from lcbrb.registry import Registry

POLICIES = Registry(
    "policy",
    {"replay": "lcbrb.policies.replay:from_spec"},
    group="lcbrb.policies",
)
