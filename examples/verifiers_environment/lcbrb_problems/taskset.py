"""The problems of a benchmark as tasks of verifiers, each solved by one reply."""

import asyncio
from collections.abc import Iterator

import verifiers.v1 as vf

from lcbrb.harness.sampling import check_template, prompts_for
from lcbrb.integrations.reply_grader import reply_grader
from lcbrb.types import Generation, StopReason


class ProblemsTaskConfig(vf.TaskConfig):
    """What grading needs."""

    isolation: str | None = None
    """The least level of isolation (`lcbrb doctor`) that programs may run at."""


class ProblemsConfig(vf.TasksetConfig):
    """Which problems, and how they are put."""

    benchmark: str = "mini"
    """As `lcbrb bench` takes it: a name, a file of problems, python:FILE.py:NAME."""
    template: str | None = None
    """think-answer, or words of your own with {prompt} in them."""
    task: ProblemsTaskConfig = ProblemsTaskConfig()


class ProblemData(vf.TaskData):
    """Which problem of which benchmark; its tests stay with the grader."""

    benchmark: str


class ProblemTask(vf.Task[ProblemData, vf.State, ProblemsTaskConfig]):
    """A problem; its reward is 1 where the reply solves it."""

    @property
    def key(self) -> str:
        """The problem's own name."""
        return f"{self.data.benchmark}/{self.data.id}"

    @vf.reward
    async def solved(self, trace: vf.Trace) -> float:
        """1 or 0; raises where lcbrb failed to grade, which says nothing of the reply."""
        cut = StopReason.LENGTH if trace.is_truncated else StopReason.UNKNOWN
        reply = Generation(text=trace.last_reply, stop_reason=cut)
        grader = reply_grader(self.data.benchmark, self.config.isolation)
        graded = await asyncio.to_thread(grader.grade, str(self.data.id), reply)
        return float(graded.passed)


class ProblemsTaskset(vf.Taskset[ProblemTask, ProblemsConfig]):
    """All problems of a benchmark, in its order."""

    def load(self) -> Iterator[ProblemTask]:
        """Each problem as it is asked."""
        name, template = self.config.benchmark, self.config.template
        check_template(template)
        grader = reply_grader(name, self.config.task.isolation)
        problems = list(grader.problems.values())
        for problem, prompt in zip(
            problems, prompts_for(grader.benchmark, problems, template), strict=True
        ):
            *before, last = prompt.messages
            yield ProblemTask(
                ProblemData(
                    id=problem.id,
                    prompt=last.content,
                    system_prompt="\n\n".join(message.content for message in before) or None,
                    benchmark=name,
                ),
                self.config.task,
            )
