"""Where problems and preference pairs come from: the hub, `LCBRB_DATA`, files, or the package.

Each source is a factory that takes a `Spec`, so that names carry options:
``livecodebench@v5?since=2024-08-01``, ``rm-bench:code``, ``prmbench?different_prompts=true``.
"""

from __future__ import annotations

from lcbrb.registry import Entry, Registry

PAIR_SOURCES = Registry(
    "pair source",
    {
        "mini": Entry(
            "lcbrb.sources.mini:load_pairs", "LCB-RB pairs of the embedded benchmark; synthetic"
        ),
        "rm-bench": Entry(
            "lcbrb.sources.pairs.rm_bench:load_pairs",
            "RM-Bench, 9 pairs a prompt; rm-bench:code, :chat, :math, :safety",
            data=("preference/rm-bench/*.json*",),
        ),
        "prmbench": Entry(
            "lcbrb.sources.pairs.prmbench:load_pairs",
            "PRMBench, original over degraded reasoning; prmbench:KIND for one kind",
            data=("preference/prmbench/*.jsonl*",),
        ),
        "llmbar": Entry(
            "lcbrb.sources.pairs.llmbar:load_pairs",
            "LLMBar, instruction following; llmbar:natural, :gptinst, :gptout, …",
            data=("preference/llmbar/LLMBar_*.json*",),
        ),
        "reward-bench": Entry(
            "lcbrb.sources.pairs.reward_bench:load_pairs",
            "RewardBench; reward-bench:code, :math, :chat, :chat-hard, :safety, …",
            data=("preference/reward-bench/filtered*.parquet",),
        ),
        "reward-bench-2": Entry(
            "lcbrb.sources.pairs.reward_bench2:load_pairs",
            "RewardBench 2, 3 pairs a prompt; reward-bench-2:math, :ties, …",
            data=("preference/reward-bench-2/*.parquet",),
        ),
        "judge-bench": Entry(
            "lcbrb.sources.pairs.judge_bench:load_pairs",
            "JudgeBench, right over wrong answers; judge-bench:gpt, :claude",
            data=("preference/judge-bench/*.jsonl*",),
        ),
        "process-bench": Entry(
            "lcbrb.sources.pairs.process_bench:load_pairs",
            "ProcessBench, sound over flawed solutions; process-bench:math, …",
            data=("preference/processbench/*.json*",),
        ),
        "tracelift": Entry(
            "lcbrb.sources.pairs.tracelift:load_pairs",
            "TraceLift-Groups, reference over perturbed reasoning; tracelift:FILE",
            data=("preference/tracelift/*.json*",),
            has_home=False,
        ),
        "trm-preference": Entry(
            "lcbrb.sources.pairs.trm_preference:load_pairs",
            "TRM-Preference, right answers, better over worse reasoning; trm-preference:FILE",
            data=("preference/trm-preference/TRM-preference-*.json*",),
        ),
    },
    group="lcbrb.pairs",
)
