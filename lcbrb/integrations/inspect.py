"""inspect_ai: a task for each benchmark, and a scorer (docs/integrations.md).

::

    inspect eval lcbrb/humaneval+ --model openai/NAME --epochs 4 --epochs-reducer pass_at_1

inspect_ai finds this module by the entry point of the group ``inspect_ai``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import anyio.to_thread
from inspect_ai import Task, task
from inspect_ai._util.error import PrerequisiteError
from inspect_ai.dataset import MemoryDataset, Sample
from inspect_ai.model import ChatMessageAssistant, ChatMessageSystem, ChatMessageUser
from inspect_ai.scorer import Score, accuracy, scorer, stderr
from inspect_ai.solver import generate
from inspect_ai.util import concurrency
from rich.markup import escape

from evaluators import BENCHMARKS
from lcbrb.engine.local import usable_cores
from lcbrb.errors import LcbrbError
from lcbrb.grading.isolation import marks
from lcbrb.harness.sampling import check_template, prompts_for
from lcbrb.integrations.inspect_fields import sample_metadata, score_fields
from lcbrb.integrations.reply_grader import reply_grader
from lcbrb.policies.rendering import is_filtered, stop_reason
from lcbrb.types import Generation, Problem, Prompt
from lcbrb.version import __version__

_MESSAGES = {
    "system": ChatMessageSystem,
    "user": ChatMessageUser,
    "assistant": ChatMessageAssistant,
}
_NO_TASKS = (
    "lm-eval",
    "python",
)  # the one asks and grades by itself, the other is a way to name one


def benchmark_task(spec: str, template: str | None = None, isolation: str | None = None) -> Task:
    """A benchmark as an inspect task.

    Args:
        spec: names it, as for ``lcbrb bench`` (``livecodebench@v6?since=2024-08-01``).
        template: ``think-answer``, or words of your own with ``{prompt}`` in them.
        isolation: the least level of isolation (`lcbrb doctor`) that programs may run at.

    Raises:
        PrerequisiteError: the benchmark, the template or the sandbox can't be used; inspect shows
            what it says, and no traceback.
    """
    try:
        return _task(spec, template, isolation)
    except LcbrbError as error:
        raise PrerequisiteError(escape(str(error))) from error


def _task(spec: str, template: str | None, isolation: str | None) -> Task:
    check_template(template)
    grader = reply_grader(spec, isolation)
    benchmark = grader.benchmark
    problems = list(grader.problems.values())
    prompts = prompts_for(benchmark, problems, template)
    return Task(
        dataset=MemoryDataset(
            [_sample(*asked) for asked in zip(problems, prompts, strict=True)],
            name=benchmark.name,
        ),
        solver=generate(),
        scorer=verdict(spec, isolation),
        version=benchmark.version,
        metadata={
            "lcbrb": {
                "version": __version__,
                "isolation": grader.isolation,
                **marks(benchmark, grader.isolation),
            }
        },
    )


@scorer(metrics=[accuracy(), stderr()])  # type: ignore[untyped-decorator]  # inspect_ai is not installed everywhere
def verdict(benchmark: str, isolation: str | None = None) -> Callable[..., Any]:
    """Grades replies to the problems that samples are named after.

    A failure of ours raises, which is an error of the sample and no score; a reply that was not
    given, or that a provider's filter took away, is left unscored.
    """

    async def score(state: Any, target: Any) -> Score:
        del target  # the tests lie with the grader, not with the sample
        if missing := _missing(state.output):
            return Score.unscored(explanation=missing)
        ended = state.output.choices[0].stop_reason
        reply = Generation(text=state.output.completion, stop_reason=stop_reason(ended))
        grader = reply_grader(benchmark, isolation)
        async with concurrency("lcbrb grading", usable_cores()):
            graded = await anyio.to_thread.run_sync(grader.grade, str(state.sample_id), reply)
        return Score(**score_fields(graded))

    return score


def _missing(output: Any) -> str:
    """Why there is no reply to grade; empty where there is one."""
    if not output.choices:
        return f"the model gave no reply ({output.error or 'it ended before giving one'})"
    if is_filtered(output.choices[0].stop_reason):
        return "the provider's content filter removed the reply"
    return ""


def _sample(problem: Problem, prompt: Prompt) -> Sample:
    messages = [_MESSAGES[message.role](content=message.content) for message in prompt.messages]
    return Sample(id=problem.id, input=messages, metadata=sample_metadata(problem, prompt))


def _named_task(name: str) -> Callable[..., Task]:
    def named(template: str | None = None, isolation: str | None = None) -> Task:
        return benchmark_task(name, template, isolation)

    named.__doc__ = BENCHMARKS.table[name].about
    made: Callable[..., Task] = task(name=name)(named)
    return made


task(name="benchmark")(benchmark_task)
TASKS = {name: _named_task(name) for name in BENCHMARKS.table if name not in _NO_TASKS}
