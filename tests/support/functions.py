"""A function to be graded, with a problem, and what is said of a solution."""

from sessions import LocalSandbox

from lcbrb.grading.problem_set import ProblemSet
from lcbrb.sandbox.inside import wire
from lcbrb.types import Completion, FunctionCheck, Limits, Problem, ScriptCheck

REFERENCE = "def f(x):\n    return x + 1\n"


def completion(solution, **fields):
    """A reply from which this solution was taken."""
    return Completion(
        problem_id="p", policy_id="m", sample_index=0, text="", solution=solution, **fields
    )


def wired(*calls):
    """Arguments of calls, as a check keeps them."""
    return tuple(wire.encode(list(call)) for call in calls)


def function_problem(base=((1,), (2,)), plus=((3,),), **fields):
    """Add one; what is not given is right."""
    check = FunctionCheck(
        **{
            "entry_point": "f",
            "reference": REFERENCE,
            "base_inputs": wired(*base),
            "plus_inputs": wired(*plus),
            **fields,
        }
    )
    return Problem(id="p", source="tests", prompt="Add one.", check=check)


def plus_verdict(solution, problem=None, sandbox=None, **fields):
    """On base and plus inputs."""
    problem = problem or function_problem()
    bench = ProblemSet(name="b", version="1", problems=[problem])
    return bench.verify(problem, completion(solution, **fields), sandbox or LocalSandbox())


def script_problem(*scripts, cpu_s=2, **fields):
    """a problem that scripts grade."""
    check = ScriptCheck(
        **{"functions": ("f",), "scripts": scripts, "reference": REFERENCE, **fields}
    )
    return Problem(id="p", source="tests", prompt="?", check=check, limits=Limits(cpu_s=cpu_s))


def script_verdict(solution, *scripts, sandbox=None, **fields):
    """By scripts, the first that fails ends it."""
    problem = script_problem(*scripts, **fields)
    bench = ProblemSet(name="b", version="1", problems=[problem])
    return bench.verify(problem, completion(solution), sandbox or LocalSandbox())
