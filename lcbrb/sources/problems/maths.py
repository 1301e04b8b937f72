r"""MATH500, Minerva Math and AIME: problems with one final answer each.

===========  ====  ==============================================================================
math500       500  500 problems of MATH (Hendrycks et al. 2021, arXiv:2103.03874), as drawn by
                   Lightman et al. 2023 (arXiv:2305.20050)
minerva       272  undergraduate problems in science from MIT OpenCourseWare (Lewkowycz et al. 2022,
                   arXiv:2206.14858, "OCWCourses"); an answer is the last box of the solution
aime24         30  AIME I and II of 2024; answers are whole numbers from 0 to 999
aime25         30  AIME I and II of 2025
===========  ====  ==============================================================================
"""

from __future__ import annotations

import datetime as dt

from lcbrb.errors import UsageError
from lcbrb.replies.boxes import boxed
from lcbrb.rows import Row
from lcbrb.sources.base import ProblemSource
from lcbrb.sources.hub import github_files, hub_files
from lcbrb.types import AnswerCheck, Problem

_QWEN = "QwenLM/Qwen2.5-Math"
_QWEN_REVISION = "a45202bd16f1ec06f433442dc1152d0074773465"
#: the days of AIME I and II
_DAYS = {
    "aime24": (dt.date(2024, 1, 31), dt.date(2024, 2, 7)),
    "aime25": (dt.date(2025, 2, 6), dt.date(2025, 2, 12)),
}
_FIRST_PAPER = 15  # problems of AIME I; those of AIME II follow


def _answer(gold: str) -> AnswerCheck:
    if not gold.strip():
        raise UsageError("it has no answer")
    return AnswerCheck(gold=gold)


def _name(row: Row, field: str, place: int) -> str:
    """What the row calls its problem, else its place."""
    return row.label(field) if field in row else str(place)


def _math500(row: Row, _place: int) -> Problem:
    return Problem(
        id=row.text("unique_id"),
        source="math500",
        prompt=row.text("problem"),
        check=_answer(row.text("answer")),
        difficulty=f"level {row.label('level')}",
    )


def _minerva(row: Row, place: int) -> Problem:
    return Problem(
        id=f"minerva/{_name(row, 'idx', place - 1)}",
        source="minerva",
        prompt=row.text("problem"),
        check=_answer(boxed(row.text("solution")) or ""),
    )


def _aime24(row: Row, place: int) -> Problem:
    second = "_AIME_II_" in (row.optional_text("url") or "")
    return Problem(
        id=f"aime24/{_name(row, 'id', place)}",
        source="aime24",
        prompt=row.text("problem"),
        check=_answer(row.label("answer")),
        released=_DAYS["aime24"][second] if "url" in row else None,
    )


def _aime25(row: Row, place: int) -> Problem:
    return Problem(
        id=f"aime25/{_name(row, 'question_id', place)}",
        source="aime25",
        prompt=row.text("question"),
        check=_answer(row.label("answer")),
        released=_DAYS["aime25"][place > _FIRST_PAPER],
    )


MATH500 = ProblemSource(
    name="math500",
    row="a math500 problem",
    local=("math/math500.jsonl",),
    homes=hub_files(
        "HuggingFaceH4/MATH-500", "6e4ed1a2a79af7d8630a6b768ec859cb5af4d3be", "test.jsonl"
    ),
    problem=_math500,
)
MINERVA = ProblemSource(
    name="minerva",
    row="a minerva problem",
    local=("math/minerva_math.jsonl",),
    homes=github_files(_QWEN, _QWEN_REVISION, "evaluation/data/minerva_math/test.jsonl"),
    problem=_minerva,
)
AIME24 = ProblemSource(
    name="aime24",
    row="an aime24 problem",
    local=("math/aime24.jsonl",),
    homes=github_files(_QWEN, _QWEN_REVISION, "evaluation/data/aime24/test.jsonl"),
    problem=_aime24,
)
AIME25 = ProblemSource(
    name="aime25",
    row="an aime25 problem",
    local=("math/aime25.jsonl",),
    homes=hub_files(
        "opencompass/AIME2025",
        "a6ad95f611d72cf628a80b58bd0432ef6638f958",
        "aime2025-I.jsonl",
        "aime2025-II.jsonl",
    ),
    problem=_aime25,
)
