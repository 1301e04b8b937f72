"""The data classes of lcbrb: frozen records that use only the standard library.

Data flows one way through them::

    Problem -> Completion -> Verdict -> PreferencePair -> ScoredPair -> Estimate -> RunRecord

A record holds data and nothing else; behaviour lives in the modules that produce and read it.
`lcbrb.codec` writes and reads them strictly (unknown fields are refused).
Units are in the names: ``_s`` seconds, ``_mib`` mebibytes, ``_kib`` kibibytes.
"""

from __future__ import annotations

from lcbrb.types.base import JsonValue as JsonValue, Record as Record
from lcbrb.types.completions import (
    Completion as Completion,
    JudgedCompletion as JudgedCompletion,
    Judgement as Judgement,
    OfSample as OfSample,
    Reading as Reading,
    Recorded as Recorded,
    SampleKey as SampleKey,
    SampleVerdict as SampleVerdict,
    SoundnessVote as SoundnessVote,
    Status as Status,
    StopReason as StopReason,
    Verdict as Verdict,
    VerdictOrigin as VerdictOrigin,
)
from lcbrb.types.pairs import (
    Cell as Cell,
    JudgeVotes as JudgeVotes,
    Outcome as Outcome,
    PairFlag as PairFlag,
    PairKind as PairKind,
    PreferencePair as PreferencePair,
    Provenance as Provenance,
    Relation as Relation,
    Review as Review,
    ScoredPair as ScoredPair,
    ScoredSample as ScoredSample,
    Side as Side,
    TextFlag as TextFlag,
)
from lcbrb.types.problems import (
    AnswerCheck as AnswerCheck,
    Check as Check,
    CodeCheck as CodeCheck,
    FunctionCheck as FunctionCheck,
    Limits as Limits,
    Oracle as Oracle,
    Problem as Problem,
    ScriptCheck as ScriptCheck,
    TestCase as TestCase,
    TestKind as TestKind,
    UnitTestCheck as UnitTestCheck,
)
from lcbrb.types.prompts import (
    Generation as Generation,
    KeptGeneration as KeptGeneration,
    Message as Message,
    Prompt as Prompt,
    PromptForm as PromptForm,
    Sampling as Sampling,
)
from lcbrb.types.runs import (
    Comparison as Comparison,
    Estimate as Estimate,
    Metric as Metric,
    PairManifest as PairManifest,
    RunKind as RunKind,
    RunRecord as RunRecord,
)
from lcbrb.types.training import (
    OverLongExample as OverLongExample,
    OverLongPair as OverLongPair,
    PolicyStep as PolicyStep,
    Rollout as Rollout,
    TrainedProblem as TrainedProblem,
    TrainingStep as TrainingStep,
)
