"""A run of `bench` to choose among."""

import gate_runs
import pytest
import tiny
from choosing import SIGNS

from lcbrb import codec
from lcbrb.runs.folder import COMPLETIONS


@pytest.fixture
def run_folder(tmp_path):
    """A run of `bench` in which longer replies pass more often."""

    def made(name="run", signs=SIGNS, policy="m", **fields):
        told = {"benchmark": "code", "subject": policy, **fields}
        folder = gate_runs.bench_run(tmp_path / name, signs, policy, **told)
        completions = [
            tiny.completion(
                f"Think {index}.",
                index=index,
                sampler=policy,
                problem_id=problem,
                text=f"{problem} " + "x" * (4 - index),
            )
            for problem, some in signs.items()
            for index in range(len(some))
        ]
        codec.write_records(folder / COMPLETIONS, completions)
        return folder

    return made
