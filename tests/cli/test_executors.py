"""`--executor`: what it may say, and that the commands use it."""

import json

import pytest
import tiny
from clusters import InProcessCluster

from lcbrb.engine import executors
from lcbrb.engine.executors import executors_for
from lcbrb.engine.local import LocalExecutor
from lcbrb.engine.ray_cluster import ResourceRequest
from lcbrb.errors import MissingExtraError, UnknownNameError, UsageError


@pytest.fixture
def ray(monkeypatch):
    """Ray is installed, and its cluster is a stand-in; what was joined is noted."""
    joined = []

    def cluster(request, what):
        joined.append((request, InProcessCluster({"a": 2, "b": 1})))
        return joined[-1][1]

    monkeypatch.setattr(executors, "require", lambda *_: None)
    monkeypatch.setattr(executors, "RayCluster", cluster)
    return joined


def test_local_is_this_machines_threads():
    found = executors_for("local")
    assert not found.distributed
    assert found.grading() == LocalExecutor()


def test_rays_options_say_how_much_travels_and_how_much_a_worker_has(ray):
    found = executors_for("ray?cores=4&shard=2&gpus=2&prompts=16")
    assert found.distributed
    grading, models = found.grading(), found.models()
    assert (grading.shard, models.shard, found.models(shard=1).shard) == (2, 16, 1)
    grading.cluster()
    models.cluster()
    assert [request for request, _ in ray] == [
        ResourceRequest(cores=4),
        ResourceRequest(gpus=2, whole_node=True),
    ]


@pytest.mark.parametrize(
    ("text", "error", "words"),
    [
        ("rey", UnknownNameError, "did you mean ray"),
        ("ray:10.0.0.1", UsageError, "RAY_ADDRESS"),
        ("ray?core=1", UnknownNameError, "option of ray"),
        ("ray?cores=0", UsageError, "cores"),
        ("local?cores=1", UsageError, "no options"),
    ],
)
def test_what_makes_no_sense_is_refused(text, error, words):
    with pytest.raises(error, match=words):
        executors_for(text)


@pytest.mark.parametrize("command", [("bench", "--policy", "replay:mini"), ("eval",)])
def test_without_ray_a_command_ends_with_3_and_names_the_extra(lcbrb, monkeypatch, command):
    def missing(modules, what):
        raise MissingExtraError("ray", what)

    monkeypatch.setattr(executors, "require", missing)
    more = ("--benchmark", "mini") if command[0] == "bench" else ()
    ended = lcbrb(*command, *more, "--executor", "ray")
    assert ended.code == 3
    assert "pip install 'lcbrb[ray]'" in ended.err


def document(ended):
    assert ended.code == 0, ended.err
    found = json.loads(ended.out)
    for record in found["records"]:
        for name in ("run_id", "started_at", "wall_s"):
            del record[name]
    return found


def test_bench_gives_the_same_document_there_and_here(lcbrb, ray, tmp_path):
    problems = tiny.write_problems(tmp_path, count=3)
    made = tiny.write_completions(tmp_path, count=3)
    command = ("bench", "--policy", f"replay:{made}", "--benchmark", problems, "--json")
    here = document(lcbrb(*command))
    there = document(lcbrb(*command, "--executor", "ray?shard=2"))
    assert there == here
    ((_, cluster),) = ray
    assert {node for node, _ in cluster.given} == {"a", "b"}


def test_a_run_that_was_begun_here_goes_on_there(lcbrb, ray, tmp_path):
    problems = tiny.write_problems(tmp_path, count=2)
    made = tiny.write_completions(tmp_path, count=2)
    out = tmp_path / "out"
    command = ("bench", "--policy", f"replay:{made}", "--benchmark", problems, "--out", out)
    assert lcbrb(*command).code == 0
    (samples,) = out.glob("*/samples.jsonl")
    whole = samples.read_text()
    samples.write_text("".join(whole.splitlines(keepends=True)[:5]))
    assert lcbrb(*command, "--executor", "ray").code == 0
    assert len(samples.read_text().splitlines()) == len(whole.splitlines()) == 8
    ((_, cluster),) = ray
    assert sum(len(items) for _, items in cluster.given) == 3
