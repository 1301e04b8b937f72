"""Grading on another machine: a grader of its own there, of the same problems."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from lcbrb import codec
from lcbrb.engine.executors import Executors
from lcbrb.engine.local import LocalExecutor
from lcbrb.engine.remote_work import Recipe
from lcbrb.errors import SetupError
from lcbrb.grading.grader import Grader, VerdictSource
from lcbrb.grading.isolation import sandbox_to_grade
from lcbrb.protocols.benchmark import Benchmark
from lcbrb.protocols.sandbox import Sandbox
from lcbrb.registry import attribute
from lcbrb.types import Completion, Problem, Verdict

_FACTORY = "lcbrb.grading.remote:remote_grader"


def recipe_for(
    text: str,
    bench: Benchmark,
    isolation: str,
    opener: str,
    source: VerdictSource = VerdictSource.EXECUTED,
) -> Recipe:
    """How a grader is built elsewhere.

    Args:
        text: what names the benchmark, as the user wrote it.
        bench: the benchmark here: there its problems must be the same.
        isolation: the least level that programs are run at there (``lcbrb doctor``).
        opener: what gives a benchmark by its name there, as ``package.module:function``.
        source: whose verdicts count.
    """
    path = Path(text).expanduser()
    return Recipe(
        factory=_FACTORY,
        arguments={
            "text": str(path.resolve()) if path.is_file() else text,
            "sha256": codec.sha256_records(bench.load()),
            "isolation": isolation,
            "opener": opener,
            "source": source.value,
        },
    )


def grader_on(
    executors: Executors,
    name: str,
    bench: Benchmark,
    sandbox: Sandbox,
    source: VerdictSource = VerdictSource.EXECUTED,
) -> Grader:
    """A grader of a benchmark that every node opens by this name."""
    recipe = None
    if executors.distributed:
        recipe = recipe_for(name, bench, sandbox.level, "evaluators:benchmark", source)
    return Grader(
        benchmark=bench,
        sandbox=sandbox,
        executor=executors.grading(),
        source=source,
        recipe=recipe,
    )


def remote_grader(  # noqa: PLR0913 - the recipe as it travels
    *, text: str, sha256: str, isolation: str, opener: str, source: str, cores: int
) -> RemoteGrader:
    """A grader here.

    Raises:
        SetupError: other problems lie here, no data, or less isolation than is asked for.
    """
    bench: Benchmark = attribute(opener)(text)
    theirs = codec.sha256_records(bench.load())
    if theirs != sha256:
        raise SetupError(
            f"{text} has other problems there (data {theirs[:12]}, here {sha256[:12]}): "
            "give every node the same release"
        )
    grader = Grader(
        benchmark=bench,
        sandbox=sandbox_to_grade(bench, isolation),
        executor=LocalExecutor(workers=cores),
        source=VerdictSource(source),
    )
    return RemoteGrader(grader=grader, problems={problem.id: problem for problem in bench.load()})


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoteGrader:
    """Gives verdicts, some at a time."""

    grader: Grader
    problems: dict[str, Problem]

    def __call__(self, completions: Sequence[Completion]) -> list[Verdict]:
        """A verdict for each, in order."""
        graded = self.grader.verdicts(completions, self.problems)
        verdicts = {completion.key: verdict for completion, verdict in graded}
        return [verdicts[completion.key] for completion in completions]

    def close(self) -> None:
        """Stop the sandbox's warm processes."""
        self.grader.sandbox.close()
