r"""How the maths benchmarks are put to a policy. Change words, and raise the version beside them.

`messages` ask a chat model; `raw` is what a base model continues: four worked problems of our own,
then this one. The answer is asked for in ``\boxed{}``.
"""

from __future__ import annotations

from lcbrb.types import Message, Problem, Prompt

_BOX = r"\boxed{}"
_STOP = ("\nProblem:", "\n\n\n")
#: statement and solution, in turn
_EXAMPLES = r"""
Problem: A box holds 3 red and 5 blue marbles. Two are drawn without replacement. What is the
probability that both are blue?
Solution: The first is blue with probability $\frac{5}{8}$, and the second then with $\frac{4}{7}$.
Together that is $\frac{5}{8}\cdot\frac{4}{7}=\frac{20}{56}$, which is \boxed{\frac{5}{14}}.

Problem: Find all real $x$ with $x^2 - 7x + 10 = 0$.
Solution: The left side is $(x-2)(x-5)$, so $x$ is 2 or 5. The solutions are \boxed{2, 5}.

Problem: A ray of light takes 500 s from the Sun to the Earth. Taking $c = 3.0 \times 10^8$ m/s, how
far is that, in meters?
Solution: The distance is $500 \times 3.0 \times 10^{8}$ m, which is \boxed{1.5 \times 10^{11}} m.

Problem: Simplify $\frac{a^2 - b^2}{a + b}$ for $a \ne -b$.
Solution: The numerator is $(a-b)(a+b)$, and $a+b$ cancels. What is left is \boxed{a-b}.
""".strip()


def boxed_answer(problem: Problem) -> Prompt:
    """Any answer, in a box."""
    return _prompt(problem, f"Put your final answer in {_BOX}.", "math-boxed@1")


def boxed_measurement(problem: Problem) -> Prompt:
    """An answer in the unit that the statement names, if it is a quantity."""
    how = (
        f"Put your final answer in {_BOX}: a number in the unit that is asked for, without the "
        "unit, or a formula in the symbols of the statement. If there are several parts, answer "
        "the last one."
    )
    return _prompt(problem, how, "minerva-boxed@1")


def boxed_integer(problem: Problem) -> Prompt:
    """A whole number from 0 to 999."""
    how = f"The answer is a whole number from 0 to 999. Put it in {_BOX}."
    return _prompt(problem, how, "aime-boxed@1")


def _prompt(problem: Problem, how: str, template: str) -> Prompt:
    statement = problem.prompt.strip()
    return Prompt(
        messages=(Message(role="user", content=f"{statement}\n\nReason step by step. {how}"),),
        raw=f"{_EXAMPLES}\n\nProblem: {statement}\nSolution:",
        stop=_STOP,
        template=template,
    )
