"""The environment for verifiers: under the library where it is installed, and to its documented call."""

import importlib
import re
import sys
import types
from importlib.util import find_spec
from pathlib import Path
from typing import Generic, TypeVar

import pytest
from loops import awaited
from pydantic import BaseModel, ConfigDict

from evaluators import benchmark
from lcbrb.errors import IncompleteRunError
from lcbrb.integrations import kept

FOLDER = Path(__file__).parents[2] / "examples/verifiers_environment"
DIGITS, BROKEN = "python:word_policy:digits", "python:word_policy:broken_digits"


def documented():
    """`verifiers.v1` as far as docs/v1/tasksets.md of verifiers 0.4 promises it."""
    data, state, config, task = (TypeVar(name) for name in ("D", "S", "C", "T"))

    class Settings(BaseModel):
        id: str = ""

    class TaskData(BaseModel):
        model_config = ConfigDict(frozen=True)
        idx: int | None = None
        id: str | None = None
        prompt: str | None = None
        system_prompt: str | None = None

    class Task(Generic[data, state, config]):
        def __init__(self, data, config):
            self.data, self.config = data, config

    class Taskset(Generic[task, config]):
        def __init__(self, config):
            self.config = config

    library, package = types.ModuleType("verifiers.v1"), types.ModuleType("verifiers")
    package.v1 = library
    names = {"TaskConfig": Settings, "TasksetConfig": Settings, "State": object, "Trace": object}
    vars(library).update(names, TaskData=TaskData, Task=Task, Taskset=Taskset)
    library.reward = lambda function: function
    return {"verifiers": package, "verifiers.v1": library}


@pytest.fixture(params=["documented", "installed"])
def problems(request, monkeypatch):
    """The package, as verifiers imports it."""
    if request.param == "documented":
        for name, module in documented().items():
            monkeypatch.setitem(sys.modules, name, module)
    elif find_spec("verifiers") is None:
        pytest.skip("verifiers is not installed")
    monkeypatch.syspath_prepend(str(FOLDER))
    for name in [name for name in sys.modules if name.startswith("lcbrb_problems")]:
        monkeypatch.delitem(sys.modules, name)
    yield importlib.import_module("lcbrb_problems")
    for name in [name for name in sys.modules if name.startswith("lcbrb_problems")]:
        del sys.modules[name]
    kept.close_all()


def tasks_of(problems, **config):
    made = problems.taskset.ProblemsConfig(id="lcbrb-problems", **config)
    return list(problems.ProblemsTaskset(made).load())


def solved(task, reply, *, cut=False):
    """The reward of a reply that is read as `vf.Trace` gives it."""
    return awaited(task.solved(types.SimpleNamespace(last_reply=reply, is_truncated=cut)))


def test_every_problem_is_a_task_that_a_reply_solves_or_does_not(problems):
    assert problems.__all__ == ["ProblemsTaskset"]
    bench = benchmark("mini")
    tasks = tasks_of(problems)
    assert [task.data.id for task in tasks] == [problem.id for problem in bench.load()]
    first = bench.load()[0]
    assert first.prompt.strip() in tasks[0].data.prompt
    assert tasks[0].data.system_prompt is None
    assert tasks[0].key == f"mini/{first.id}"
    assert solved(tasks[0], f"```python\n{bench.gold(first)}\n```") == 1.0
    assert solved(tasks[0], "```python\nprint('?')\n```") == 0.0


def test_what_the_page_sets_is_a_setting(problems):
    page = (FOLDER.parents[1] / "docs/integrations.md").read_text("utf-8")
    settings = problems.taskset.ProblemsConfig.model_fields
    named = set(re.findall(r"--env\.taskset\.(\w+)(?:\.(\w+))?", page))
    assert named == {("benchmark", ""), ("template", ""), ("task", "isolation")}
    assert {name for name, _ in named} <= set(settings)
    assert "isolation" in problems.taskset.ProblemsTaskConfig.model_fields


def test_a_failure_of_ours_raises_and_prompts_may_ask_for_two_parts(problems):
    task = tasks_of(problems, benchmark=BROKEN, template="think-answer")[0]
    assert "<answer>" in task.data.prompt
    with pytest.raises(IncompleteRunError, match="no verdict"):
        solved(task, "\\boxed{1}")


@pytest.mark.parametrize("problems", ["installed"], indirect=True)
def test_verifiers_itself_scores_a_trace(problems):
    import verifiers.v1 as vf
    from verifiers.v1.graph import MessageNode
    from verifiers.v1.trace import AgentInfo, TraceTask
    from verifiers.v1.utils.loaders import resolve_env_config

    asked = {"id": "lcbrb-problems", "benchmark": BROKEN, "task": {"isolation": "D"}}
    environment = vf.load_environment(resolve_env_config({"taskset": asked}))
    broken, fine = environment.taskset.take(2)
    assert fine.config.isolation == "D"

    def scored(task):
        said = vf.AssistantMessage(content="\\boxed{1}")
        trace = vf.Trace(
            task=TraceTask(type="ProblemTask", data=task.data),
            agent=AgentInfo(config=vf.AgentConfig()),
            nodes=[MessageNode(message=said, sampled=True)],
        )
        awaited(task.score(trace))
        return trace.rewards

    assert scored(fine)["solved"].score == 1.0
    with pytest.raises(vf.TaskError, match="no verdict"):
        scored(broken)
