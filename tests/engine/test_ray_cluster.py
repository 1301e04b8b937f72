"""The edge to Ray: where workers go, what is a loss and what an answer; and once the real thing."""

import contextlib
import importlib.util
import os
import sys
import types

import pytest

from lcbrb import __version__
from lcbrb.engine import ray_cluster
from lcbrb.engine.cluster import ClusterExecutor, WorkerLostError
from lcbrb.engine.local import LocalExecutor
from lcbrb.engine.ray_cluster import RayCluster, ResourceRequest, _Worker
from lcbrb.engine.remote_work import Recipe
from lcbrb.errors import BadScoreError, IncompleteRunError, MissingExtraError, SetupError

CPU_NODE = {"CPU": 4.0, "memory": 1.0}
GPU_NODE = {"CPU": 8.0, "GPU": 2.0}


@pytest.mark.parametrize(
    ("wanted", "resources", "gpus_anywhere", "workers"),
    [
        (ResourceRequest(), CPU_NODE, False, 4),
        (ResourceRequest(), {"CPU": 0.0}, False, 0),
        (ResourceRequest(), {}, False, 0),
        (ResourceRequest(cores=3), CPU_NODE, False, 1),
        (ResourceRequest(cores=3), {"CPU": 2.0}, False, 0),
        (ResourceRequest(), GPU_NODE, True, 8),
        (ResourceRequest(gpus=1, whole_node=True), GPU_NODE, True, 2),
        (ResourceRequest(gpus=2, whole_node=True), GPU_NODE, True, 1),
        (ResourceRequest(gpus=1, whole_node=True), CPU_NODE, True, 0),
        (ResourceRequest(gpus=1, whole_node=True), CPU_NODE, False, 1),
        (ResourceRequest(gpus=1, whole_node=True), {"CPU": 0.0}, False, 0),
    ],
)
def test_a_node_has_room_for_so_many(wanted, resources, gpus_anywhere, workers):
    assert wanted.workers_on(resources, gpus_anywhere=gpus_anywhere) == workers


# ------------------------------------------------------------------------- a stand-in for ray


class RayError(Exception):
    pass


class RayTaskError(RayError):
    def __init__(self, cause):
        super().__init__("it raised")
        self.cause = cause


class Method:
    def __init__(self, ray, run):
        self.ray, self.run = ray, run

    def remote(self, *arguments):
        self.ray.refs.append(self.run)
        ref = f"ref {len(self.ray.refs)}"
        self.ray.results[ref] = lambda: self.run(*arguments)
        return ref


class Actor:
    def __init__(self, ray, made):
        self.build, self.do, self.close = (
            Method(ray, getattr(made, name)) for name in ("build", "do", "close")
        )


class FakeRay(types.ModuleType):
    """As much of ray as is used: actors do at once what is asked of them when it is fetched."""

    def __init__(self):
        super().__init__("ray")
        self.exceptions = types.SimpleNamespace(RayError=RayError, RayTaskError=RayTaskError)
        worker = types.SimpleNamespace(_worker_logs_enabled=True)
        self._private = types.SimpleNamespace(worker=worker)
        self.joined, self.options_given, self.killed = None, [], []
        self.refs, self.results = [], {}
        self.cluster = [("n1", True, CPU_NODE), ("n2", False, CPU_NODE), ("n3", True, GPU_NODE)]

    def is_initialized(self):
        return self.joined is not None

    def init(self, **arguments):
        self.joined = arguments

    def nodes(self):
        return [
            {"NodeID": name, "Alive": alive, "Resources": has, "NodeManagerAddress": f"ip-{name}"}
            for name, alive, has in self.cluster
        ]

    def remote(self, made):
        ray = self

        def options(**given):
            ray.options_given.append(given)
            return types.SimpleNamespace(remote=lambda: Actor(ray, made()))

        return types.SimpleNamespace(options=options)

    def wait(self, refs, num_returns, timeout):
        return refs[:num_returns], refs[num_returns:]

    def get(self, ref):
        try:
            return self.results[ref]()
        except RayError:
            raise
        except Exception as error:
            raise RayTaskError(error) from error

    def kill(self, actor):
        self.killed.append(actor)


@pytest.fixture
def ray(monkeypatch):
    fake = FakeRay()
    strategies = types.ModuleType("ray.util.scheduling_strategies")
    strategies.NodeAffinitySchedulingStrategy = types.SimpleNamespace
    monkeypatch.setitem(sys.modules, "ray", fake)
    monkeypatch.setitem(sys.modules, "ray.util", types.ModuleType("ray.util"))
    monkeypatch.setitem(sys.modules, "ray.util.scheduling_strategies", strategies)
    monkeypatch.setattr(ray_cluster, "require", lambda *_: None)
    monkeypatch.delenv("RAY_ADDRESS", raising=False)
    monkeypatch.setenv("RAY_USAGE_STATS_ENABLED", "0")
    return fake


ECHO = Recipe(factory="test_ray_cluster_work:echo", arguments={"word": "hi"})


@pytest.fixture(autouse=True)
def work(monkeypatch):
    """What the recipes here name."""
    module = types.ModuleType("test_ray_cluster_work")

    def echo(*, word, cores):
        return lambda items: [(word, cores, item) for item in items]

    def absent(*, cores):
        raise SetupError("no data")

    def strange(*, cores):
        raise BadScoreError("no number")

    module.echo, module.absent, module.strange = echo, absent, strange
    monkeypatch.setitem(sys.modules, module.__name__, module)


def test_without_an_address_a_quiet_cluster_of_this_machine_is_started(ray):
    RayCluster(ResourceRequest(), "a test")
    assert ray.joined["address"] == "local"
    assert ray.joined["log_to_driver"] is False
    assert ray.joined["include_dashboard"] is False
    assert ray._private.worker._worker_logs_enabled is False  # standard output is the command's


def test_an_address_is_joined_and_a_second_time_nothing(ray, monkeypatch):
    monkeypatch.setenv("RAY_ADDRESS", "10.0.0.1:6379")
    RayCluster(ResourceRequest(), "a test")
    assert ray.joined["address"] == "10.0.0.1:6379"
    assert "num_cpus" not in ray.joined
    ray.joined = {"by": "the user"}
    RayCluster(ResourceRequest(), "a test")
    assert ray.joined == {"by": "the user"}


def test_a_cluster_that_does_not_answer_is_named(ray, monkeypatch):
    def init(**arguments):
        raise ConnectionError("nobody there\nand more")

    ray.init = init
    monkeypatch.setenv("RAY_ADDRESS", "10.0.0.1:6379")
    with pytest.raises(SetupError, match=r"at 10.0.0.1:6379 \(RAY_ADDRESS\): nobody there$"):
        RayCluster(ResourceRequest(), "a test")


def test_a_node_that_does_not_start_in_time_on_a_busy_machine_is_one_sentence(ray, monkeypatch):
    def init(**arguments):
        raise Exception("The current node timed out during startup. This could happen")  # noqa: TRY002 - ray does

    ray.init = init
    monkeypatch.delenv("RAY_ADDRESS", raising=False)
    with pytest.raises(
        SetupError, match=r"^no Ray cluster on this machine: The current node timed"
    ):
        RayCluster(ResourceRequest(), "a test")


def test_without_ray_the_extra_is_named(monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(MissingExtraError, match=r"pip install 'lcbrb\[ray\]'"):
        RayCluster(ResourceRequest(), "--executor ray")


def test_nodes_that_live_have_workers(ray):
    assert RayCluster(ResourceRequest(), "a test").nodes() == {"n1": 4, "n3": 8}
    assert RayCluster(ResourceRequest(gpus=1, whole_node=True), "a test").nodes() == {
        "n1": 0,
        "n3": 2,
    }


def test_a_cluster_that_is_gone_leaves_the_run_incomplete(ray):
    cluster = RayCluster(ResourceRequest(), "a test")
    ray.nodes = lambda: (_ for _ in ()).throw(RayError("no answer"))
    with pytest.raises(IncompleteRunError, match=r"the Ray cluster is gone \(no answer\)"):
        cluster.nodes()


def started(wanted, node="n1", recipe=ECHO):
    cluster = RayCluster(wanted, "a test")
    cluster.nodes()
    return cluster, *cluster.start(node, recipe)


@pytest.mark.parametrize(
    ("wanted", "node", "share", "threads"),
    [
        (ResourceRequest(), "n1", (1, 0), 1),
        (ResourceRequest(cores=2), "n1", (2, 0), 2),
        (ResourceRequest(gpus=1, whole_node=True), "n3", (0, 1), 8),
        (ResourceRequest(gpus=1, whole_node=True), "n1", (0, 0), 4),
    ],
)
def test_a_worker_is_bound_to_its_node_and_takes_its_share(ray, wanted, node, share, threads):
    cluster, worker, building = started(wanted, node)
    (options,) = ray.options_given
    assert (options["num_cpus"], options["num_gpus"]) == share
    assert vars(options["scheduling_strategy"]) == {"node_id": node, "soft": False}
    assert (options["max_restarts"], options["max_task_retries"]) == (0, 0)
    assert list(cluster.wait([building], 0)) == [building]
    cluster.result(building)
    assert cluster.result(cluster.submit(worker, (1, 2))) == [
        ("hi", threads, 1),
        ("hi", threads, 2),
    ]


def test_a_node_that_cannot_do_the_work_is_named(ray):
    cluster, _, building = started(
        ResourceRequest(), recipe=Recipe(factory="test_ray_cluster_work:absent")
    )
    with pytest.raises(SetupError, match="node ip-n1: no data"):
        cluster.result(building)


def test_the_works_own_error_keeps_its_kind(ray):
    cluster, _, building = started(
        ResourceRequest(), recipe=Recipe(factory="test_ray_cluster_work:strange")
    )
    with pytest.raises(BadScoreError, match=r"^no number$"):
        cluster.result(building)


def test_a_bug_is_shown_as_one_and_is_no_loss(ray):
    cluster, worker, _ = started(ResourceRequest())
    with pytest.raises(RayTaskError) as caught:  # it was never built
        cluster.result(cluster.submit(worker, [1]))
    assert isinstance(caught.value.cause, RuntimeError)


def test_whatever_ray_can_not_say_is_a_loss(ray):
    cluster, worker, _ = started(ResourceRequest())
    future = cluster.submit(worker, [1])
    ray.results[future] = lambda: (_ for _ in ()).throw(RayError("the actor died\nand more"))
    with pytest.raises(WorkerLostError, match=r"^RayError: the actor died$"):
        cluster.result(future)


def test_all_that_is_done_is_told_at_once(ray):
    cluster = RayCluster(ResourceRequest(), "a test")
    assert list(cluster.wait([1, 2, 3], 0)) == [1, 2, 3]
    assert list(cluster.wait([], 0)) == []


def test_workers_put_their_things_away_and_are_killed(ray):
    cluster, worker, _ = started(ResourceRequest())
    said = []
    ray.wait = lambda refs, num_returns, timeout: said.extend(refs) or (refs, [])
    cluster.stop([worker])
    assert len(said) == 1
    assert ray.killed == [worker]
    cluster.stop([])
    assert len(said) == 1


def test_another_version_there_is_refused():
    with pytest.raises(SetupError, match="is installed there, but 0 here"):
        _Worker().build(ECHO.factory, dict(ECHO.arguments), 1, "0", {})


def test_a_nodes_own_environment_comes_first(monkeypatch):
    monkeypatch.setenv("LCBRB_DATA", "its own")
    monkeypatch.delenv("LCBRB_CACHE", raising=False)
    passed_on = {"LCBRB_DATA": "ours", "LCBRB_CACHE": "ours"}
    worker = _Worker()
    try:
        worker.build(ECHO.factory, dict(ECHO.arguments), 2, __version__, passed_on)
        assert (os.environ["LCBRB_DATA"], os.environ["LCBRB_CACHE"]) == ("its own", "ours")
    finally:
        os.environ.pop("LCBRB_CACHE", None)
    assert worker.do(["x"]) == [("hi", 2, "x")]
    worker.close()


# ---------------------------------------------------------------------------- the real thing


class Together(RayCluster):
    """Tells of nothing before all its first workers are built, so that every node has work at once."""

    def __init__(self, *arguments):
        super().__init__(*arguments)
        self.building = []

    def start(self, node, recipe):
        worker, future = super().start(node, recipe)
        self.building.append(future)
        return worker, future

    def wait(self, futures, timeout_s):
        first = self.building[:2]
        ready, _ = self._ray.wait(first, num_returns=len(first), timeout=timeout_s)
        return super().wait(futures, timeout_s) if len(ready) == len(first) else []


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")  # Ray's own
def test_a_real_cluster_loses_a_node_and_no_verdict(monkeypatch, tmp_path, capfd):
    ray = pytest.importorskip("ray", reason="the extra ray is not installed")
    from ray.cluster_utils import Cluster

    from evaluators import benchmark
    from lcbrb.grading.grader import Grader
    from lcbrb.grading.remote import recipe_for
    from lcbrb.harness.run import Part, bench_recorded
    from lcbrb.policies import POLICIES
    from lcbrb.protocols import Replayed
    from lcbrb.registry import parse_spec
    from lcbrb.runs.folder import SAMPLES
    from lcbrb.runs.results import read_rows
    from lcbrb.sandbox.levels import sandbox_for
    from lcbrb.types import SampleVerdict

    bench, sandbox = benchmark("mini"), sandbox_for()
    whole = POLICIES.load("replay")(parse_spec("replay:mini")).replay(bench.load())
    replayed = Replayed(completions=whole.completions[:60], unknown={})

    def verdicts(name, executor, on_verdict):
        recipe = recipe_for("mini", bench, sandbox.level, opener="evaluators:benchmark")
        grader = Grader(benchmark=bench, sandbox=sandbox, executor=executor, recipe=recipe)
        done = bench_recorded(Part(benchmark=bench), replayed, grader, tmp_path / name, on_verdict)
        rows = read_rows(SampleVerdict, tmp_path / name, SAMPLES)
        keys = [(row.problem_id, row.policy_id, row.sample_index) for row in rows]
        assert len(set(keys)) == len(keys)
        return done.record, dict(
            zip(keys, (row.verdict.reproducible() for row in rows), strict=True)
        )

    local, here = verdicts("local", LocalExecutor(), lambda: None)
    monkeypatch.setenv("RAY_USAGE_STATS_ENABLED", "0")
    cluster = Cluster(initialize_head=True, head_node_args={"num_cpus": 0})
    nodes = [cluster.add_node(num_cpus=1) for _ in range(2)]
    monkeypatch.setenv("RAY_ADDRESS", cluster.address)
    count, told = 0, []

    def on_verdict():
        nonlocal count
        count += 1
        if count == 8:
            cluster.remove_node(nodes[0], allow_graceful=False)

    try:
        capfd.readouterr()
        executor = ClusterExecutor(
            cluster=lambda: Together(ResourceRequest(), "a test"), shard=4, tell=told.append
        )
        distributed, there = verdicts("ray", executor, on_verdict)
    finally:
        with contextlib.suppress(Exception):
            ray.shutdown()
        cluster.shutdown()
    assert there == here
    assert told
    assert capfd.readouterr().out == ""  # nothing of Ray's where a command's document goes
    assert (distributed.estimates, distributed.counts) == (local.estimates, local.counts)
