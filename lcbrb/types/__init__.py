"""The nouns of the project: frozen records, standard library only.

Data flows one way through them::

    Problem -> Completion -> Verdict -> PreferencePair -> ScoredPair -> Estimate -> RunRecord

A record holds data and nothing else; behaviour lives in the modules that produce and read it.
`lcbrb.codec` writes and reads them strictly (unknown fields are refused).
Units are in the names: ``_s`` seconds, ``_mib`` mebibytes, ``_kib`` kibibytes.
"""

from __future__ import annotations

from lcbrb.types.base import (
    JsonValue,
    Record,
)
from lcbrb.types.completions import (
    Completion,
    Judgement,
    Recorded,
    SampleVerdict,
    Status,
    StopReason,
    Verdict,
    VerdictOrigin,
)
from lcbrb.types.pairs import (
    JudgeVotes,
    Outcome,
    PreferencePair,
    Provenance,
    Relation,
    ScoredPair,
    ScoredSample,
    Side,
)
from lcbrb.types.problems import (
    AnswerCheck,
    Check,
    CodeCheck,
    FunctionCheck,
    Limits,
    Oracle,
    Problem,
    ScriptCheck,
    TestCase,
    TestKind,
)
from lcbrb.types.prompts import (
    Generation,
    KeptGeneration,
    Message,
    Prompt,
    PromptForm,
    Sampling,
)
from lcbrb.types.runs import (
    Comparison,
    Estimate,
    Metric,
    PairManifest,
    RunKind,
    RunRecord,
)

__all__ = [
    "AnswerCheck",
    "Check",
    "CodeCheck",
    "Comparison",
    "Completion",
    "Estimate",
    "FunctionCheck",
    "Generation",
    "JsonValue",
    "JudgeVotes",
    "Judgement",
    "KeptGeneration",
    "Limits",
    "Message",
    "Metric",
    "Oracle",
    "Outcome",
    "PairManifest",
    "PreferencePair",
    "Problem",
    "Prompt",
    "PromptForm",
    "Provenance",
    "Record",
    "Recorded",
    "Relation",
    "RunKind",
    "RunRecord",
    "SampleVerdict",
    "Sampling",
    "ScoredPair",
    "ScoredSample",
    "ScriptCheck",
    "Side",
    "Status",
    "StopReason",
    "TestCase",
    "TestKind",
    "Verdict",
    "VerdictOrigin",
]
