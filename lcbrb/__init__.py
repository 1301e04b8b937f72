"""lcbrb: measure reward models of reasoning, train with them, and grade policies.

::

    pairs = lcbrb.load_pairs("rm-bench:code")
    report = lcbrb.evaluate(["length", "hf:ORG/NAME"], pairs)
    run = lcbrb.bench("hf:ORG/NAME", "humaneval+", n=8, out="runs/x")
    verdicts = lcbrb.grade("humaneval+", {"HumanEval/0": program})
    built = lcbrb.build_pairs("livecodebench@v6", "replay:samples/*.jsonl", "pairs.jsonl")
    built = lcbrb.build_od_pairs("arithmetic,traces", "od.jsonl", n=500)
    built = lcbrb.generate_od_pairs("math500", "openai:MODEL@URL", "od.jsonl")
    audited = lcbrb.audit_pairs("pairs.jsonl", against=["humaneval+"])
    review = lcbrb.review_pairs("pairs.jsonl", sample=60)
    done = lcbrb.publish_pairs("pairs.jsonl", "hf://datasets/OWNER/NAME")
    trained = lcbrb.train_reward_model("od.jsonl", "smollm2", "runs/rm")
    trained = lcbrb.train_policy("mbpp", "smollm2", "runs/policy", reward_model="runs/rm")
    left = lcbrb.train_study("runs/study", hours=2)
    compared = lcbrb.compare_advantages("runs/policy")
    made = lcbrb.create_environment("bigcodebench")
    runs = lcbrb.import_results("results/", "runs/")
    frames = lcbrb.read_runs("runs/")
    result = lcbrb.gate("runs/base", "runs/candidate")

Importing this is quick: each function is loaded when it is first used.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from lcbrb.version import __version__ as __version__

if TYPE_CHECKING:
    from lcbrb.api.audit_pairs import (
        audit_pair_sets as audit_pair_sets,
        audit_pairs as audit_pairs,
        build_audit_page as build_audit_page,
    )
    from lcbrb.api.bench import BenchReport as BenchReport, bench as bench
    from lcbrb.api.build_od_pairs import OdPairs as OdPairs, build_od_pairs as build_od_pairs
    from lcbrb.api.build_pairs import (
        BuiltPairs as BuiltPairs,
        build_pairs as build_pairs,
        plan_pairs as plan_pairs,
    )
    from lcbrb.api.build_policy_page import build_policy_page as build_policy_page
    from lcbrb.api.build_run_page import build_run_page as build_run_page
    from lcbrb.api.compare_advantages import compare_advantages as compare_advantages
    from lcbrb.api.diagnose import diagnose as diagnose
    from lcbrb.api.environments import (
        create_environment as create_environment,
        known_environments as known_environments,
        list_environments as list_environments,
        remove_environment as remove_environment,
        verify_environment as verify_environment,
    )
    from lcbrb.api.evaluate import (
        BestOfReport as BestOfReport,
        EvalReport as EvalReport,
        best_of as best_of,
        evaluate as evaluate,
        load_pairs as load_pairs,
    )
    from lcbrb.api.evaluate_sets import SetsReport as SetsReport, evaluate_sets as evaluate_sets
    from lcbrb.api.export_runs import export_runs as export_runs
    from lcbrb.api.gate import calibrate_gate as calibrate_gate, gate as gate
    from lcbrb.api.generate_od_pairs import generate_od_pairs as generate_od_pairs
    from lcbrb.api.grade import grade as grade
    from lcbrb.api.import_results import import_results as import_results
    from lcbrb.api.publish_pairs import publish_pairs as publish_pairs
    from lcbrb.api.read_runs import RunFrames as RunFrames, read_runs as read_runs
    from lcbrb.api.review_pairs import (
        accept_review as accept_review,
        export_review as export_review,
        import_review as import_review,
        review_pairs as review_pairs,
        review_summary as review_summary,
    )
    from lcbrb.api.rewards_for_trl import rewards_for_trl as rewards_for_trl
    from lcbrb.api.serve import serve as serve
    from lcbrb.api.train_policy import train_policy as train_policy
    from lcbrb.api.train_reward_model import train_reward_model as train_reward_model
    from lcbrb.api.train_sft import train_sft as train_sft
    from lcbrb.api.train_study import train_study as train_study
    from lcbrb.api.validate import Validation as Validation, validate as validate
    from lcbrb.imports.writing import ImportedRun as ImportedRun
    from lcbrb.pairs.audit.report import PairAudit as PairAudit
    from lcbrb.pairs.publish.about import Publication as Publication
    from lcbrb.pairs.review.accept import AcceptedReview as AcceptedReview
    from lcbrb.pairs.review.summary import ReviewSummary as ReviewSummary
    from lcbrb.training.pgrpo.arm_comparison import AdvantageComparison as AdvantageComparison
    from lcbrb.training.pgrpo.run import TrainedPolicy as TrainedPolicy
    from lcbrb.training.reward_model.run import Trained as Trained
    from lcbrb.training.sft.run import TunedPolicy as TunedPolicy
    from leaderboards import Board as Board, build_board as build_board

#: what `lcbrb` offers, by the module that holds it
_OFFERED = {
    "lcbrb.api.audit_pairs": ["audit_pair_sets", "audit_pairs", "build_audit_page"],
    "lcbrb.api.bench": ["BenchReport", "bench"],
    "lcbrb.api.environments": [
        "create_environment",
        "known_environments",
        "list_environments",
        "remove_environment",
        "verify_environment",
    ],
    "lcbrb.api.evaluate": ["BestOfReport", "EvalReport", "best_of", "evaluate", "load_pairs"],
    "lcbrb.api.evaluate_sets": ["SetsReport", "evaluate_sets"],
    "lcbrb.api.export_runs": ["export_runs"],
    "lcbrb.api.gate": ["calibrate_gate", "gate"],
    "lcbrb.api.generate_od_pairs": ["generate_od_pairs"],
    "lcbrb.api.grade": ["grade"],
    "lcbrb.api.diagnose": ["diagnose"],
    "lcbrb.api.build_od_pairs": ["OdPairs", "build_od_pairs"],
    "lcbrb.api.build_pairs": ["BuiltPairs", "build_pairs", "plan_pairs"],
    "lcbrb.api.build_policy_page": ["build_policy_page"],
    "lcbrb.api.build_run_page": ["build_run_page"],
    "lcbrb.api.compare_advantages": ["compare_advantages"],
    "lcbrb.api.import_results": ["import_results"],
    "lcbrb.api.publish_pairs": ["publish_pairs"],
    "lcbrb.api.read_runs": ["RunFrames", "read_runs"],
    "lcbrb.api.review_pairs": [
        "accept_review",
        "export_review",
        "import_review",
        "review_pairs",
        "review_summary",
    ],
    "lcbrb.api.rewards_for_trl": ["rewards_for_trl"],
    "lcbrb.api.serve": ["serve"],
    "lcbrb.api.train_policy": ["train_policy"],
    "lcbrb.api.train_reward_model": ["train_reward_model"],
    "lcbrb.api.train_sft": ["train_sft"],
    "lcbrb.api.train_study": ["train_study"],
    "lcbrb.api.validate": ["Validation", "validate"],
    "lcbrb.imports.writing": ["ImportedRun"],
    "lcbrb.pairs.audit.report": ["PairAudit"],
    "lcbrb.pairs.publish.about": ["Publication"],
    "lcbrb.pairs.review.accept": ["AcceptedReview"],
    "lcbrb.pairs.review.summary": ["ReviewSummary"],
    "lcbrb.training.pgrpo.arm_comparison": ["AdvantageComparison"],
    "lcbrb.training.pgrpo.run": ["TrainedPolicy"],
    "lcbrb.training.reward_model.run": ["Trained"],
    "lcbrb.training.sft.run": ["TunedPolicy"],
    "leaderboards": ["Board", "build_board"],
}
_MODULE_OF = {name: module for module, names in _OFFERED.items() for name in names}
__all__ = ["__version__"]
__all__ += list(_MODULE_OF)


def __getattr__(name: str) -> Any:
    if name not in _MODULE_OF:
        raise AttributeError(f"module 'lcbrb' has no attribute '{name}'")
    offered = getattr(importlib.import_module(_MODULE_OF[name]), name)
    globals()[name] = offered
    return offered


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
