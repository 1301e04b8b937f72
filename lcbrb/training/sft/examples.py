"""Examples to train a policy on: prompts, and the replies that it is to learn.

Completions become examples where they passed, have a reasoning and a solution, and read back as
what they are once they are written as ``<think>…</think><answer>…</answer>``. All others are
counted by what they lack.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from lcbrb.codec import sha256_text
from lcbrb.errors import UsageError
from lcbrb.grading.check_kinds import kind_of, solution_in
from lcbrb.harness.sampling import prompts_for
from lcbrb.models.trained_on import statement_hash, trained_problem
from lcbrb.problem_groups import Parts
from lcbrb.prompts.think_answer import THINK_ANSWER
from lcbrb.protocols.benchmark import Benchmark
from lcbrb.replies.think_answer import in_think_answer, think_answer
from lcbrb.training.apart import parted
from lcbrb.types import Completion, Problem, Prompt, Status, TrainedProblem

_MOST_REPEATED = 8  # lines that reading a program may have put before it, imports of the prompt


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """A prompt and the reply to it. `statement` is the problem's, as bare as it is at hand."""

    problem_id: str
    source: str
    statement: str
    prompt: Prompt
    reply: str

    @property
    def id(self) -> str:
        """A hash of what is trained on."""
        asked = [[message.role, message.content] for message in self.prompt.messages]
        return sha256_text(json.dumps([asked, self.prompt.raw, self.reply], ensure_ascii=True))


@dataclass(frozen=True, slots=True, kw_only=True)
class ExampleSet:
    """Examples under a name; `left_out` counts what is none, by the reason."""

    name: str
    version: str
    examples: Sequence[Example]
    left_out: dict[str, int]
    notes: tuple[str, ...] = ()

    @property
    def sha256(self) -> str:
        """Of all examples, in their order."""
        return sha256_text("".join(example.id for example in self.examples))


def passed_examples(
    benchmark: Benchmark,
    completions: Iterable[Completion],
    status_of: Callable[[Completion], Status | None],
) -> tuple[list[Example], Counter[str]]:
    """Examples of the completions that passed, and how many gave none, by the reason.

    Args:
        benchmark: whose problems they answer; its prompts ask for think and answer here.
        completions: of known problems.
        status_of: what became of one; None where nobody knows.
    """
    problems = benchmark.load()
    asked = dict(
        zip(
            (problem.id for problem in problems),
            zip(problems, prompts_for(benchmark, problems, THINK_ANSWER), strict=True),
            strict=True,
        )
    )
    examples: list[Example] = []
    left_out: Counter[str] = Counter()
    for completion in completions:
        problem, prompt = asked[completion.problem_id]
        status = status_of(completion)
        written = None
        if status is not Status.PASSED:
            ours = status is None or status is Status.HARNESS_ERROR
            why = "no_verdict" if ours else "failed"
        elif not (completion.reasoning or "").strip():
            why = "no_reasoning"
        elif completion.solution is None:
            why = "no_solution"
        else:
            written, why = _written(completion.reasoning or "", completion.solution, problem), ""
        if written is None:
            left_out[why or "not_read_back"] += 1
            continue
        examples.append(
            Example(
                problem_id=problem.id,
                source=problem.source,
                statement=problem.prompt,
                prompt=prompt,
                reply=written,
            )
        )
    return examples, left_out


def _written(reasoning: str, solution: str, problem: Problem) -> str | None:
    """The reply in tags; None where these would read as something else."""
    for answer in _answers(solution, problem):
        reply = in_think_answer(reasoning, answer)
        parts = think_answer(reply)
        if not parts.well_formed or parts.think != reasoning.strip():
            return None
        if parts.answer is not None and solution_in(parts.answer, problem) == solution:
            return reply
    return None


def _answers(solution: str, problem: Problem) -> Iterable[str]:
    """The solution as an answer; then without its first lines, which reading may have added."""
    kind = kind_of(problem.check)
    lines = solution.splitlines(keepends=True)
    for begin in range(min(len(lines), _MOST_REPEATED + 1)):
        yield kind.answer("".join(lines[begin:]))


def example_parts(
    given: ExampleSet, held_out: ExampleSet | None, share: float, seed: int
) -> Parts[Example]:
    """Examples to train on, and others to evaluate on: given, or a seeded draw of whole problems.

    Raises:
        UsageError: there are none, a problem is on both sides, or all are of one problem.
    """
    for example_set in filter(None, (given, held_out)):
        if not example_set.examples:
            why = ", ".join(f"{count} {name}" for name, count in example_set.left_out.items())
            raise UsageError(
                f"{example_set.name} contains no example to train on ({why or 'it is empty'})"
            )
    others = None if held_out is None else held_out.examples
    return parted(given.examples, others, share, seed, _keys, "examples")


def problems_of(examples: Iterable[Example]) -> list[TrainedProblem]:
    """The problems that are trained on."""
    asked = dict.fromkeys(
        (example.problem_id, example.source, example.statement) for example in examples
    )
    return [trained_problem(*each) for each in asked]


def _keys(example: Example) -> list[tuple[str, str]]:
    return [
        ("problem", f"{example.source}\0{example.problem_id}"),
        ("statement", statement_hash(example.statement)),
    ]
