"""Judging on another machine: a judge of its own there, of the same problems."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from evaluators import benchmark
from lcbrb import codec
from lcbrb.engine import LocalExecutor
from lcbrb.errors import SetupError
from lcbrb.judging import Judge, VerdictSource
from lcbrb.portable import Recipe
from lcbrb.protocols import Benchmark
from lcbrb.sandbox.levels import sandbox_for
from lcbrb.types import Completion, Problem, Verdict

_FACTORY = "evaluators.remote:judging"


def recipe_for(
    text: str,
    bench: Benchmark,
    isolation: str,
    source: VerdictSource = VerdictSource.EXECUTED,
) -> Recipe:
    """How a judge is built elsewhere.

    Args:
        text: what names the benchmark, as the user wrote it.
        bench: the benchmark here: there its problems must be the same.
        isolation: the least level that programs are run at there (``lcbrb doctor``).
        source: whose verdicts count.
    """
    path = Path(text).expanduser()
    return Recipe(
        factory=_FACTORY,
        arguments={
            "text": str(path.resolve()) if path.is_file() else text,
            "sha256": codec.sha256_records(bench.load()),
            "isolation": isolation,
            "source": source.value,
        },
    )


def judging(*, text: str, sha256: str, isolation: str, source: str, cores: int) -> Judging:
    """A judge here.

    Raises:
        SetupError: other problems lie here, no data, or less isolation than is asked for.
    """
    bench = benchmark(text)
    found = codec.sha256_records(bench.load())
    if found != sha256:
        raise SetupError(
            f"{text} has other problems there (data {found[:12]}, here {sha256[:12]}): "
            "give every node the same release"
        )
    judge = Judge(
        benchmark=bench,
        sandbox=sandbox_for(isolation),
        executor=LocalExecutor(workers=cores),
        source=VerdictSource(source),
    )
    return Judging(judge=judge, problems={problem.id: problem for problem in bench.load()})


@dataclass(frozen=True, slots=True, kw_only=True)
class Judging:
    """Gives verdicts, some at a time."""

    judge: Judge
    problems: dict[str, Problem]

    def __call__(self, completions: Sequence[Completion]) -> list[Verdict]:
        """A verdict for each, in order."""
        numbered = list(enumerate(completions))

        def one(item: tuple[int, Completion]) -> Verdict:
            return self.judge.verdict(item[1], self.problems[item[1].problem_id])

        found = {at: verdict for (at, _), verdict in self.judge.executor.map(one, numbered)}
        return [found[at] for at, _ in numbered]

    def close(self) -> None:
        """Stop the sandbox's warm processes, where it has some."""
        close = getattr(self.judge.sandbox, "close", None)
        if close:
            close()
