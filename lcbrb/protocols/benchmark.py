"""A benchmark has problems, and says what it means to solve one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from lcbrb.errors import UsageError
from lcbrb.protocols.sandbox import Sandbox
from lcbrb.types import Completion, Message, Problem, Prompt, Verdict


class Benchmark:
    """Base of every benchmark. `name`, `version` and `load` are its own, the rest has defaults.

    Most are a `lcbrb.grading.problem_set.ProblemSet`, which grades each problem as its check says.
    """

    name: str
    version: str
    #: what is reported first, in words
    metric: str = "pass@1"
    #: ``module:function``, with the parameters of `lcbrb.harness.run.bench_sampled`, of a benchmark
    #: that asks the policies and computes its metrics itself; it grades nothing else
    own_run: ClassVar[str | None] = None

    def load(self) -> Sequence[Problem]:
        """The problems, in the benchmark's own order."""
        raise NotImplementedError

    def prompt(self, problem: Problem) -> Prompt:
        """How a problem is put to a policy; the same words for the same template.

        The default is the statement as it is.

        Raises:
            UsageError: the benchmark runs itself.
        """
        self._refuse_own_run()
        message = Message(role="user", content=problem.prompt)
        return Prompt(messages=(message,), raw=problem.prompt, template="statement@1")

    def verify(self, problem: Problem, completion: Completion, sandbox: Sandbox) -> Verdict:
        """Grade one completion.

        Raises:
            UsageError: the benchmark runs itself.
        """
        del problem, completion, sandbox
        self._refuse_own_run()
        raise NotImplementedError

    def gold(self, problem: Problem) -> str | None:
        """A solution that is known to be right, for `lcbrb validate`; by default there is none."""
        del problem
        return None

    @property
    def votes(self) -> bool:
        """Whether problems have one answer each, so that samples can vote (maj@k)."""
        return False

    def same_answer(self, answer: str, other: str) -> bool:
        """Whether two solutions are the same answer, right or wrong, where samples vote."""
        return answer.strip() == other.strip()

    def _refuse_own_run(self) -> None:
        if self.own_run is not None:
            raise UsageError(
                f"{self.name} asks and grades for itself, under `lcbrb bench` with a live policy"
            )
