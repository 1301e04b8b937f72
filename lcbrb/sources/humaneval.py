"""HumanEval: 164 functions to complete, graded by the official assertion tests.

Source: Chen et al. 2021 (arXiv:2107.03374), github.com/openai/human-eval, ``data/``. A row holds
`prompt` (a signature and docstring), `canonical_solution` (what follows it), `entry_point` and
`test`, which defines ``check(candidate)``.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from lcbrb.codec import read_json_lines, sha256_file
from lcbrb.errors import BadInputError, UsageError
from lcbrb.registry import Spec
from lcbrb.sources.hub import GitHubFile, local_or_remote
from lcbrb.sources.livecodebench import Release
from lcbrb.types import JsonValue, Limits, Problem, ScriptCheck

HOME = GitHubFile(
    repo="openai/human-eval",
    name="data/HumanEval.jsonl.gz",
    revision="6d43fb980f9fee3c892a914eda09951f772ad10d",
)
#: three seconds for all tests of a problem as upstream, here of CPU time
LIMITS = Limits(cpu_s=3.0, wall_s=30.0, memory_mib=4096)


def load_problems(spec: Spec) -> Release:
    """All problems.

    Raises:
        UsageError: options or a release, of which there are none.
        DataUnavailableError: neither `LCBRB_DATA` nor GitHub has the file.
        BadInputError: a row is not in the layout; file and line are named.
    """
    if spec.options or "@" in spec.kind:
        raise UsageError(f"humaneval has no releases and takes no options, found {spec.text}")
    path = local_or_remote(["humaneval/HumanEval.jsonl*"], HOME)[0]
    return Release(version=sha256_file(path)[:12], problems=tuple(read_problems(path)))


def read_problems(path: Path) -> Iterator[Problem]:
    """The problems of a file in the official layout.

    Raises:
        BadInputError: a row is not in the layout; its line is named.
    """
    for number, row in read_json_lines(path):
        try:
            yield _problem(row)
        except (KeyError, TypeError, ValueError) as error:
            what = f"no field {error}" if isinstance(error, KeyError) else str(error)
            raise BadInputError(f"not a HumanEval problem ({what})", path=path, line=number) from (
                error
            )


def _problem(row: dict[str, JsonValue]) -> Problem:
    entry_point = row["entry_point"]
    return Problem(
        id=row["task_id"],
        source="humaneval",
        prompt=row["prompt"],
        check=ScriptCheck(
            functions=(entry_point,),
            reference=row["prompt"] + row["canonical_solution"],
            # Some tests use helpers that the prompt defines; the stub then takes the place of the
            # unfinished function of that name.
            setup=f"{row['prompt']}\n",
            scripts=(f"{row['test']}\ncheck({entry_point})\n",),
        ),
        limits=LIMITS,
    )
