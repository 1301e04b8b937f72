"""`lcbrb.grade`: programs in, verdicts out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from evaluators import benchmark as open_benchmark
from lcbrb.engine.local import LocalExecutor
from lcbrb.errors import UnknownNameError, UsageError
from lcbrb.grading.grader import Grader
from lcbrb.grading.isolation import sandbox_to_grade
from lcbrb.harness.completions import completed
from lcbrb.protocols.benchmark import Benchmark
from lcbrb.protocols.progress import SILENT, Progress
from lcbrb.protocols.sandbox import Sandbox
from lcbrb.types import Completion, Generation, Problem, Verdict


def grade(
    benchmark: str | Benchmark,
    programs: Mapping[str, str | Sequence[str]],
    *,
    replies: bool = False,
    isolation: str | None = None,
    sandbox: Sandbox | None = None,
    progress: Progress = SILENT,
) -> dict[str, list[Verdict]]:
    """Grade programs, or whole replies, on the problems of a benchmark; nothing is written.

    Args:
        benchmark: a name (``humaneval+``), a file of problems, or a benchmark.
        programs: maps a problem's id to a program (in maths: to an answer), or to a list of them.
        replies: the texts are whole replies, from which the program or answer is extracted.
        isolation: the lowest level of isolation (see `lcbrb doctor`) at which programs may run;
            None: a level at which they can't read the tests (A or B).
        sandbox: where programs run. To grade often, keep one (`lcbrb.sandbox.levels.sandbox_for`),
            so that its warm processes are reused. By default one is made and closed again.
        progress: receives the progress of the work.

    Returns:
        The verdicts of each problem's texts, in order. HARNESS_ERROR means that the grader failed,
        and says nothing about the program.

    Raises:
        UsageError: `programs` is not a mapping, or a program is not a text.
        UnknownNameError: the benchmark has no problem of such an id.
        LcbrbError: the benchmark or the sandbox can't be used.
    """
    if not isinstance(programs, Mapping):
        raise UsageError('programs must be given by problem id: {"HumanEval/0": "def …"}')
    bench = open_benchmark(benchmark) if isinstance(benchmark, str) else benchmark
    problems = {problem.id: problem for problem in bench.load()}
    completions = []
    for name, given in programs.items():
        if name not in problems:
            raise UnknownNameError(f"problem of {bench.name}", name, problems)
        texts = [given] if isinstance(given, str) else given
        if not isinstance(texts, Sequence) or not all(isinstance(text, str) for text in texts):
            raise UsageError(f"{name}: expected the text of a program, or a list of texts")
        completions += [
            _completion(bench, problems[name], text, number, replies=replies)
            for number, text in enumerate(texts)
        ]
    used = sandbox or sandbox_to_grade(bench, isolation)
    grader = Grader(benchmark=bench, sandbox=used, executor=LocalExecutor())
    verdicts = {}
    try:
        with progress.bar(bench.name, len(completions), "programs") as advance:
            for completion, verdict in grader.verdicts(completions, problems):
                verdicts[completion.key] = verdict
                advance(1)
    finally:
        if sandbox is None:
            used.close()
    by_problem: dict[str, list[Verdict]] = {name: [] for name in programs}
    for completion in completions:
        by_problem[completion.problem_id].append(verdicts[completion.key])
    return by_problem


def _completion(
    bench: Benchmark, problem: Problem, text: str, number: int, *, replies: bool
) -> Completion:
    if replies:
        return completed(problem, bench.prompt(problem), "given", number, Generation(text=text))
    return Completion(
        problem_id=problem.id, policy_id="given", sample_index=number, text=text, solution=text
    )
