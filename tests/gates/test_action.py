"""The composite action: its steps, run in a plain shell as CI would."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from gate_runs import bench_run

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parent.parent.parent
ACTION = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))
EXPRESSION = re.compile(r"\$\{\{\s*([a-z_.]+)\s*\}\}")


@pytest.fixture
def ci(tmp_path):
    """Runs the action's steps with inputs; gives exit code, output, and the summary's text."""
    tools = tmp_path / "tools"
    tools.mkdir()
    shims = {
        "lcbrb": f'exec "{sys.executable}" -m lcbrb.cli.main "$@"',
        "python": 'printf "%s\\n" "python $*" >> "$CALLS"',
    }
    for name, line in shims.items():
        (tools / name).write_text(f"#!/bin/sh\n{line}\n")
        (tools / name).chmod(0o755)
    summary, calls = tmp_path / "summary.md", tmp_path / "calls.txt"

    def run(**inputs):
        context = {"github.action_path": str(ROOT)}
        for name, given in ACTION["inputs"].items():
            assert not given.get("required") or name in inputs
            context[f"inputs.{name}"] = inputs.get(name, given.get("default", ""))
        summary.write_text("before\n")
        calls.write_text("")
        output = ""
        for step in ACTION["runs"]["steps"]:
            if step.get("if") and context["inputs.install"] != "true":
                continue
            script = tmp_path / "step.sh"
            script.write_text(step["run"])
            given = {k: EXPRESSION.sub(lambda m: context[m[1]], v) for k, v in step["env"].items()}
            kept = {k: os.environ[k] for k in ("HOME", "LANG") if k in os.environ}
            done = subprocess.run(
                ["/bin/bash", "--noprofile", "--norc", "-eo", "pipefail", str(script)],
                cwd=tmp_path,
                env={
                    **kept,
                    "PATH": f"{tools}:/usr/bin:/bin",
                    "PYTHONPATH": str(ROOT),
                    "GITHUB_ACTIONS": "true",
                    "GITHUB_STEP_SUMMARY": str(summary),
                    "CALLS": str(calls),
                    **given,
                },
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                check=False,
            )
            output += done.stdout + done.stderr
            if done.returncode:
                break
        return done.returncode, output, summary.read_text(), calls.read_text()

    return run


def test_no_input_is_read_as_a_command():
    for step in ACTION["runs"]["steps"]:
        assert "${{" not in step["run"]
        assert step["shell"] == "bash"


def test_it_installs_itself_and_lets_an_unchanged_candidate_pass(ci, tmp_path):
    for name in ("base", "cand"):
        bench_run(tmp_path / name, "+-" * 100)
    code, output, summary, calls = ci(baseline="base", candidate="cand")
    assert code == 0, output
    assert calls == f"python -m pip install --quiet {ROOT}\n"
    assert summary.startswith("before\n## lcbrb gate: PASS")
    assert "::" not in output


def test_it_fails_the_job_with_annotation_summary_and_junit(ci, tmp_path):
    bench_run(tmp_path / "base", "+" * 50)
    bench_run(tmp_path / "a $(touch gone) b; exit 0", "-" * 50)
    code, output, summary, calls = ci(
        baseline="base",
        candidate="a $(touch gone) b; exit 0",
        junit="reports/gate.xml",
        install="false",
    )
    assert code == 1, output
    assert calls == ""
    assert "::error title=lcbrb gate%3A code pass@1::FAIL: worse by 100.0 points" in output
    assert "**FAIL**" in summary
    assert 'failures="1"' in (tmp_path / "reports" / "gate.xml").read_text()
    assert not (tmp_path / "gone").exists()


def test_its_options_reach_the_gate(ci, tmp_path):
    bench_run(tmp_path / "base", "+" * 100, benchmark_version="1")
    bench_run(tmp_path / "cand", "+" * 97 + "---", benchmark_version="2")
    sides = {"baseline": "base", "candidate": "cand", "install": "false"}
    assert ci(**sides)[0] == 2
    assert ci(**sides, allow="version")[0] == 0
    assert ci(**sides, allow="version", strict="true")[0] == 5
    (tmp_path / "gate.toml").write_text("tolerance = 0.2\n")
    assert ci(**sides, allow="version", strict="true", config="gate.toml")[0] == 0
