"""What models and data sets are called elsewhere, as far as a record tells."""

from __future__ import annotations

import re
from collections.abc import Mapping

from lcbrb.runs.record import judge_of
from lcbrb.types import RunRecord

UNKNOWN = "unknown"
#: data sets of the hub, by our names of benchmarks
DATASETS: Mapping[str, str] = {
    "humaneval": "openai/openai_humaneval",
    "humaneval+": "evalplus/humanevalplus",
    "mbpp": "google-research-datasets/mbpp",
    "mbpp+": "evalplus/mbppplus",
    "livecodebench": "livecodebench/code_generation_lite",
    "bigcodebench": "bigcode/bigcodebench",
    "bigcodebench-hard": "bigcode/bigcodebench-hard",
    "math500": "HuggingFaceH4/MATH-500",
    "aime24": "HuggingFaceH4/aime_2024",
    "aime25": "yentinglin/aime_2025",
}
_SPEC = re.compile(r"(?P<kind>[a-z][a-z-]*):(?P<target>[^?]+)")


def model_id(subject: str) -> str:
    """``ORG/NAME`` of ``hf:ORG/NAME@REVISION?…``; the last part of a path of this machine."""
    parts = _SPEC.match(subject)
    target = parts["target"] if parts else subject.partition("?")[0]
    if target.startswith(("/", ".", "~")):
        return target.rstrip("/").rpartition("/")[2] or UNKNOWN
    return target.partition("@")[0].strip("/") or UNKNOWN


def kind_of_model(subject: str) -> str:
    """The kind of its spec (``hf``, ``vllm``, ``openai``); empty where the subject is none."""
    parts = _SPEC.match(subject)
    return parts["kind"] if parts else ""


def judge_named(record: RunRecord) -> str:
    """That another tool judged, for people; empty where this toolkit did."""
    judge = judge_of(record)
    return f"verdicts of {judge}, imported, not verified by lcbrb" if judge else ""
