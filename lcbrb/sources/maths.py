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
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from lcbrb.codec import read_json_lines, sha256_file, sha256_text
from lcbrb.errors import BadInputError, UsageError
from lcbrb.registry import Spec
from lcbrb.replies.extract import boxed
from lcbrb.sources.hub import GitHubFile, HubFile, local_files
from lcbrb.sources.livecodebench import Release
from lcbrb.types import AnswerCheck, JsonValue, Problem

_QWEN = "QwenLM/Qwen2.5-Math"
_QWEN_REVISION = "a45202bd16f1ec06f433442dc1152d0074773465"
_AIME25 = "opencompass/AIME2025"
_AIME25_REVISION = "a6ad95f611d72cf628a80b58bd0432ef6638f958"
#: the days of AIME I and II
_DAYS = {
    "aime24": (dt.date(2024, 1, 31), dt.date(2024, 2, 7)),
    "aime25": (dt.date(2025, 2, 6), dt.date(2025, 2, 12)),
}
_FIRST_PAPER = 15  # problems of AIME I; those of AIME II follow


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Where a benchmark's rows are, and how one becomes a problem; `read` takes its place, too."""

    name: str
    pattern: str
    homes: tuple[HubFile | GitHubFile, ...]
    read: Callable[[dict[str, JsonValue], int], Problem]


def load_problems(source: Source, spec: Spec) -> Release:
    """All problems of a benchmark.

    Raises:
        UsageError: options or a release, of which there are none.
        DataUnavailableError: neither `LCBRB_DATA` nor the home has the file.
        BadInputError: a row is not in the layout; file and line are named.
    """
    if spec.options or "@" in spec.kind:
        raise UsageError(f"{source.name} has no releases and takes no options, found {spec.text}")
    paths = local_files(source.pattern)[:1] or [home.fetch() for home in source.homes]
    sums = [sha256_file(path) for path in paths]
    version = sums[0] if len(sums) == 1 else sha256_text("".join(sums))
    return Release(version=version[:12], problems=tuple(read_problems(source, paths)))


def read_problems(source: Source, paths: Sequence[Path]) -> Iterator[Problem]:
    """The problems of files in a benchmark's layout, in order.

    Raises:
        BadInputError: a row is not in the layout; its line is named.
    """
    place = 0
    for path in paths:
        for number, row in read_json_lines(path):
            place += 1
            try:
                problem = source.read(row, place)
                if not isinstance(problem.check, AnswerCheck) or not problem.check.gold.strip():
                    raise UsageError("it has no answer")
                yield problem
            except (KeyError, TypeError, ValueError, AttributeError) as error:
                what = f"no field {error}" if isinstance(error, KeyError) else str(error)
                raise BadInputError(
                    f"not a {source.name} problem ({what})", path=path, line=number
                ) from error


def _math500(row: dict[str, JsonValue], place: int) -> Problem:
    del place
    return Problem(
        id=row["unique_id"],
        source="math500",
        prompt=row["problem"],
        check=AnswerCheck(gold=row["answer"]),
        difficulty=f"level {row['level']}",
    )


def _minerva(row: dict[str, JsonValue], place: int) -> Problem:
    return Problem(
        id=f"minerva/{row.get('idx', place - 1)}",
        source="minerva",
        prompt=row["problem"],
        check=AnswerCheck(gold=boxed(row["solution"]) or ""),
    )


def _aime24(row: dict[str, JsonValue], place: int) -> Problem:
    second = "_AIME_II_" in row.get("url", "")
    return Problem(
        id=f"aime24/{row.get('id', place)}",
        source="aime24",
        prompt=row["problem"],
        check=AnswerCheck(gold=str(row["answer"])),
        released=_DAYS["aime24"][second] if "url" in row else None,
    )


def _aime25(row: dict[str, JsonValue], place: int) -> Problem:
    return Problem(
        id=f"aime25/{row.get('question_id', place)}",
        source="aime25",
        prompt=row["question"],
        check=AnswerCheck(gold=str(row["answer"])),
        released=_DAYS["aime25"][place > _FIRST_PAPER],
    )


MATH500 = Source(
    name="math500",
    pattern="math/math500.jsonl*",
    homes=(
        HubFile(
            repo="HuggingFaceH4/MATH-500",
            name="test.jsonl",
            revision="6e4ed1a2a79af7d8630a6b768ec859cb5af4d3be",
        ),
    ),
    read=_math500,
)
MINERVA = Source(
    name="minerva",
    pattern="math/minerva_math.jsonl*",
    homes=(
        GitHubFile(
            repo=_QWEN, name="evaluation/data/minerva_math/test.jsonl", revision=_QWEN_REVISION
        ),
    ),
    read=_minerva,
)
AIME24 = Source(
    name="aime24",
    pattern="math/aime24.jsonl*",
    homes=(
        GitHubFile(repo=_QWEN, name="evaluation/data/aime24/test.jsonl", revision=_QWEN_REVISION),
    ),
    read=_aime24,
)
AIME25 = Source(
    name="aime25",
    pattern="math/aime25.jsonl*",
    homes=(
        HubFile(repo=_AIME25, name="aime2025-I.jsonl", revision=_AIME25_REVISION),
        HubFile(repo=_AIME25, name="aime2025-II.jsonl", revision=_AIME25_REVISION),
    ),
    read=_aime25,
)
