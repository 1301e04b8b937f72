"""A grader that was built by its recipe says what the grader here says."""

import pickle

import pytest
import tiny

from evaluators import benchmark
from lcbrb.engine.local import LocalExecutor
from lcbrb.errors import SetupError, UnknownNameError
from lcbrb.grading.grader import Grader, VerdictSource
from lcbrb.grading.remote import recipe_for, remote_grader
from lcbrb.policies import POLICIES
from lcbrb.registry import parse_spec
from lcbrb.sandbox.levels import sandbox_for
from lcbrb.types import Recorded, Status, VerdictOrigin

OPENER = "evaluators:benchmark"


@pytest.fixture
def problems(tmp_path, monkeypatch):
    """A file of problems, named from the folder that it lies in, and completions of them."""
    path = tiny.write_problems(tmp_path, count=2)
    made = tiny.write_completions(tmp_path, count=2)
    monkeypatch.chdir(tmp_path)
    return path, made


def test_the_same_verdicts_from_a_recipe(problems, monkeypatch, tmp_path_factory):
    path, made = problems
    bench, sandbox = benchmark(path.name), sandbox_for()
    recipe = recipe_for(path.name, bench, sandbox.level, opener=OPENER)
    completions = POLICIES.load("replay")(parse_spec(f"replay:{made}")).replay(bench.load())
    grader = Grader(benchmark=bench, sandbox=sandbox, executor=LocalExecutor())
    by_id = {problem.id: problem for problem in bench.load()}
    here = [grader.verdict(one, by_id[one.problem_id]) for one in completions.completions]
    monkeypatch.chdir(tmp_path_factory.mktemp("elsewhere"))  # a worker stands somewhere else
    built = pickle.loads(pickle.dumps(recipe)).build(2)  # noqa: S301 - our own
    there = built(pickle.loads(pickle.dumps(completions.completions)))  # noqa: S301 - our own
    assert [one.reproducible() for one in there] == [one.reproducible() for one in here]
    assert {one.status for one in there} >= {Status.PASSED, Status.WRONG_ANSWER}
    built.close()


def test_other_problems_under_the_same_name_are_refused(problems):
    path, _ = problems
    recipe = recipe_for(path.name, benchmark(path.name), "D", opener=OPENER)
    with path.open("a") as file:
        file.write(path.read_text().splitlines()[0].replace('"q1"', '"q9"') + "\n")
    with pytest.raises(SetupError, match=r"has other problems there \(data \w{12}, here \w{12}\)"):
        recipe.build(1)


def test_less_isolation_than_here_is_refused():
    arguments = dict(recipe_for("mini", benchmark("mini"), "D", opener=OPENER).arguments)
    with pytest.raises(UnknownNameError, match="isolation level"):
        remote_grader(**{**arguments, "isolation": "Z"}, cores=1)


def test_recorded_verdicts_count_there_as_here():
    bench = benchmark("mini")
    recipe = recipe_for("mini", bench, "D", opener=OPENER, source=VerdictSource.RECORDED)
    given = tiny.completion(
        problem_id=bench.load()[0].id, recorded=Recorded(file="f", row=0, passed=True)
    )
    (verdict,) = recipe.build(1)([given])
    assert (verdict.status, verdict.origin) == (Status.PASSED, VerdictOrigin.RECORDED)
