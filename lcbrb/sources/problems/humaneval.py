"""HumanEval: 164 functions to complete, graded by the official assertion tests.

Source: Chen et al. 2021 (arXiv:2107.03374), github.com/openai/human-eval, ``data/``. A row holds
`prompt` (a signature and docstring), `canonical_solution` (what follows it), `entry_point` and
`test`, which defines ``check(candidate)``.
"""

from __future__ import annotations

from lcbrb.rows import Row
from lcbrb.sources.base import ProblemSource
from lcbrb.sources.hub import github_files
from lcbrb.types import Limits, Problem, ScriptCheck

#: three seconds for all tests of a problem as upstream, here of CPU time
LIMITS = Limits(cpu_s=3.0, wall_s=30.0, memory_mib=4096)


def _problem(row: Row, _place: int) -> Problem:
    entry_point, prompt = row.text("entry_point"), row.text("prompt")
    return Problem(
        id=row.text("task_id"),
        source="humaneval",
        prompt=prompt,
        check=ScriptCheck(
            functions=(entry_point,),
            reference=prompt + row.text("canonical_solution"),
            # Some tests use helpers that the prompt defines; the stub then takes the place of the
            # unfinished function of that name.
            setup=f"{prompt}\n",
            scripts=(f"{row.text('test')}\ncheck({entry_point})\n",),
        ),
        limits=LIMITS,
    )


SOURCE = ProblemSource(
    name="humaneval",
    row="a HumanEval problem",
    local=("humaneval/HumanEval.jsonl",),
    homes=github_files(
        "openai/human-eval",
        "6d43fb980f9fee3c892a914eda09951f772ad10d",
        "data/HumanEval.jsonl.gz",
    ),
    problem=_problem,
)
