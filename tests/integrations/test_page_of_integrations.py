"""What docs/integrations.md tells people to type is there."""

import inspect
import re
from pathlib import Path

import pytest

import lcbrb
from evaluators import BENCHMARKS
from lcbrb.integrations import verl

PAGE = (Path(__file__).parents[2] / "docs/integrations.md").read_text("utf-8")


def section(name):
    (found,) = re.findall(rf"^## {name}$(.*?)(?=^## |\Z)", PAGE, re.MULTILINE | re.DOTALL)
    return found


def python_of(name):
    """The section's Python, on problems that are always there."""
    (code,) = re.findall(r"```python\n(.*?)```", section(name), re.DOTALL)
    return re.sub(r'"mbpp\+?"', '"mini"', code)


def test_inspect_s_commands_name_tasks_and_a_scorer_of_ours():
    named = set(re.findall(r"lcbrb/([a-z0-9+]+) ", section("inspect_ai")))
    assert named - set(BENCHMARKS.table) == {"benchmark", "verdict"}
    text = (Path(lcbrb.__file__).parent / "integrations/inspect.py").read_text("utf-8")
    options = set(re.findall(r"-T '?(\w+)=", section("inspect_ai")))
    assert options == {"spec", "template", "isolation"}
    assert "def benchmark_task(spec: str, template: str | None" in text


def test_verl_s_rows_are_written_and_its_settings_are_taken(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    exec(compile(python_of("verl"), "docs", "exec"), {})  # noqa: S102 - our own page
    assert {path.name for path in tmp_path.iterdir()} == {"train.parquet", "val.parquet"}
    functions = set(re.findall(r"function\.name=(\w+)", section("verl")))
    assert functions == {"compute_score", "pgrpo_score"}
    settings = set(re.findall(r"reward_kwargs\.(\w+)", section("verl")))
    taken = [verl.compute_scores, verl.pgrpo_scores, lcbrb.rewards_for_trl]
    known = {name for function in taken for name in inspect.signature(function).parameters}
    assert settings == {"reward_model", "unjudged", "benchmark"}
    assert settings <= known


def test_trl_s_reward_function_is_made():
    names = {"GRPOTrainer": lambda **given: given, "data": None}
    exec(compile(python_of("TRL"), "docs", "exec"), names)  # noqa: S102 - our own page
    with names["rewards"] as rewards:
        assert names["trainer"]["reward_funcs"] is rewards
        with pytest.raises(lcbrb.errors.UnknownNameError):
            rewards(completions=["x"], problem_id=["none"])
