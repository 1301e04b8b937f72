"""HumanEval and HumanEval+: Python functions to complete from a signature and docstring.

Metric: pass@1. ``humaneval`` runs the official assertions (`_scripts`); ``humaneval+@v0.1.10``
compares with the reference on EvalPlus' inputs (`_functions`), base and plus apart; a pass is both.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from lcbrb.grading.functions import verify_function
from lcbrb.grading.references import References
from lcbrb.grading.scripts import ScriptMemory, verify_scripts
from lcbrb.prompts.code import completing
from lcbrb.protocols.sandbox import Sandbox
from lcbrb.registry import Spec
from lcbrb.sources import evalplus, humaneval
from lcbrb.types import Completion, Problem, Prompt, Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class FunctionBenchmark:
    """Functions graded by trusted scripts."""

    name: str
    version: str
    problems: Sequence[Problem]
    asking: Callable[[Problem], Prompt] = completing
    metric: str = field(default="pass@1", init=False)
    memory: ScriptMemory = field(default_factory=ScriptMemory, init=False, repr=False)

    def load(self) -> Sequence[Problem]:
        """The problems, in the order of the release."""
        return self.problems

    def prompt(self, problem: Problem) -> Prompt:
        """A function to complete, or (MBPP) to write from a sentence."""
        return self.asking(problem)

    def verify(self, problem: Problem, completion: Completion, sandbox: Sandbox) -> Verdict:
        """Run the problem's assertions on the completion's solution."""
        return verify_scripts(problem, completion, sandbox, self.memory)


@dataclass(frozen=True, slots=True, kw_only=True)
class PlusBenchmark(FunctionBenchmark):
    """Functions graded by a reference."""

    references: References = field(default_factory=References, init=False, repr=False)

    def verify(self, problem: Problem, completion: Completion, sandbox: Sandbox) -> Verdict:
        """Hold the solution's answers against the reference's, base and plus tests apart."""
        return verify_function(problem, completion, sandbox, self.references)


def human_eval(spec: Spec) -> FunctionBenchmark:
    """``humaneval``: the official tests."""
    release = humaneval.load_problems(spec)
    return FunctionBenchmark(name=spec.text, version=release.version, problems=release.problems)


def human_eval_plus(spec: Spec) -> FunctionBenchmark:
    """``humaneval+`` at a release: the official inputs and EvalPlus' own."""
    release = evalplus.load_problems(evalplus.HUMANEVAL_PLUS, spec)
    return PlusBenchmark(name=spec.text, version=release.version, problems=release.problems)
