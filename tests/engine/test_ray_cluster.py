"""The edge to Ray: where hands go, what is a loss and what an answer; and once the real thing."""

import contextlib
import importlib.util
import os
import sys
import types

import pytest

from lcbrb import __version__
from lcbrb.engine import ray_cluster
from lcbrb.engine.local import LocalExecutor
from lcbrb.engine.ray_cluster import RayCluster, Room, _Hand
from lcbrb.engine.recipe import Recipe
from lcbrb.engine.spread import LostError, SpreadExecutor
from lcbrb.errors import BadScoreError, IncompleteRunError, MissingExtraError, SetupError

CPU_NODE = {"CPU": 4.0, "memory": 1.0}
GPU_NODE = {"CPU": 8.0, "GPU": 2.0}


@pytest.mark.parametrize(
    ("room", "resources", "gpus_anywhere", "hands"),
    [
        (Room(), CPU_NODE, False, 4),
        (Room(), {"CPU": 0.0}, False, 0),
        (Room(), {}, False, 0),
        (Room(cores=3), CPU_NODE, False, 1),
        (Room(cores=3), {"CPU": 2.0}, False, 0),
        (Room(), GPU_NODE, True, 8),
        (Room(gpus=1, whole_node=True), GPU_NODE, True, 2),
        (Room(gpus=2, whole_node=True), GPU_NODE, True, 1),
        (Room(gpus=1, whole_node=True), CPU_NODE, True, 0),
        (Room(gpus=1, whole_node=True), CPU_NODE, False, 1),
        (Room(gpus=1, whole_node=True), {"CPU": 0.0}, False, 0),
    ],
)
def test_a_node_has_room_for_so_many(room, resources, gpus_anywhere, hands):
    assert room.hands(resources, gpus_anywhere=gpus_anywhere) == hands


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
    RayCluster(Room(), "a test")
    assert ray.joined["address"] == "local"
    assert ray.joined["log_to_driver"] is False
    assert ray.joined["include_dashboard"] is False
    assert ray._private.worker._worker_logs_enabled is False  # standard output is the command's


def test_an_address_is_joined_and_a_second_time_nothing(ray, monkeypatch):
    monkeypatch.setenv("RAY_ADDRESS", "10.0.0.1:6379")
    RayCluster(Room(), "a test")
    assert ray.joined["address"] == "10.0.0.1:6379"
    assert "num_cpus" not in ray.joined
    ray.joined = {"by": "the user"}
    RayCluster(Room(), "a test")
    assert ray.joined == {"by": "the user"}


def test_a_cluster_that_does_not_answer_is_named(ray, monkeypatch):
    def init(**arguments):
        raise ConnectionError("nobody there\nand more")

    ray.init = init
    monkeypatch.setenv("RAY_ADDRESS", "10.0.0.1:6379")
    with pytest.raises(SetupError, match=r"at 10.0.0.1:6379 \(RAY_ADDRESS\): nobody there$"):
        RayCluster(Room(), "a test")


def test_without_ray_the_extra_is_named(monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(MissingExtraError, match=r"pip install 'lcbrb\[ray\]'"):
        RayCluster(Room(), "--executor ray")


def test_nodes_that_live_are_places(ray):
    assert RayCluster(Room(), "a test").places() == {"n1": 4, "n3": 8}
    assert RayCluster(Room(gpus=1, whole_node=True), "a test").places() == {"n1": 0, "n3": 2}


def test_a_cluster_that_is_gone_leaves_the_run_incomplete(ray):
    cluster = RayCluster(Room(), "a test")
    ray.nodes = lambda: (_ for _ in ()).throw(RayError("no answer"))
    with pytest.raises(IncompleteRunError, match=r"the Ray cluster is gone \(no answer\)"):
        cluster.places()


def hired(room, place="n1", recipe=ECHO):
    cluster = RayCluster(room, "a test")
    cluster.places()
    return cluster, *cluster.hire(place, recipe)


@pytest.mark.parametrize(
    ("room", "place", "share", "threads"),
    [
        (Room(), "n1", (1, 0), 1),
        (Room(cores=2), "n1", (2, 0), 2),
        (Room(gpus=1, whole_node=True), "n3", (0, 1), 8),
        (Room(gpus=1, whole_node=True), "n1", (0, 0), 4),
    ],
)
def test_a_hand_is_bound_to_its_node_and_takes_its_share(ray, room, place, share, threads):
    cluster, hand, building = hired(room, place)
    (options,) = ray.options_given
    assert (options["num_cpus"], options["num_gpus"]) == share
    assert vars(options["scheduling_strategy"]) == {"node_id": place, "soft": False}
    assert (options["max_restarts"], options["max_task_retries"]) == (0, 0)
    assert list(cluster.wait([building], 0)) == [building]
    cluster.result(building)
    assert cluster.result(cluster.give(hand, (1, 2))) == [("hi", threads, 1), ("hi", threads, 2)]


def test_a_node_that_cannot_do_the_work_is_named(ray):
    cluster, _, building = hired(Room(), recipe=Recipe(factory="test_ray_cluster_work:absent"))
    with pytest.raises(SetupError, match="node ip-n1: no data"):
        cluster.result(building)


def test_the_works_own_error_keeps_its_kind(ray):
    cluster, _, building = hired(Room(), recipe=Recipe(factory="test_ray_cluster_work:strange"))
    with pytest.raises(BadScoreError, match=r"^no number$"):
        cluster.result(building)


def test_a_bug_is_shown_as_one_and_is_no_loss(ray):
    cluster, hand, _ = hired(Room())
    with pytest.raises(RayTaskError) as caught:  # it was never built
        cluster.result(cluster.give(hand, [1]))
    assert isinstance(caught.value.cause, RuntimeError)


def test_whatever_ray_can_not_say_is_a_loss(ray):
    cluster, hand, _ = hired(Room())
    ticket = cluster.give(hand, [1])
    ray.results[ticket] = lambda: (_ for _ in ()).throw(RayError("the actor died\nand more"))
    with pytest.raises(LostError, match=r"^RayError: the actor died$"):
        cluster.result(ticket)


def test_all_that_is_done_is_told_at_once(ray):
    cluster = RayCluster(Room(), "a test")
    assert list(cluster.wait([1, 2, 3], 0)) == [1, 2, 3]
    assert list(cluster.wait([], 0)) == []


def test_hands_put_their_things_away_and_are_killed(ray):
    cluster, hand, _ = hired(Room())
    said = []
    ray.wait = lambda refs, num_returns, timeout: said.extend(refs) or (refs, [])
    cluster.dismiss([hand])
    assert len(said) == 1
    assert ray.killed == [hand]
    cluster.dismiss([])
    assert len(said) == 1


def test_another_version_there_is_refused():
    with pytest.raises(SetupError, match="is installed there, 0 here"):
        _Hand().build(ECHO.factory, dict(ECHO.arguments), 1, "0", {})


def test_a_nodes_own_environment_comes_first(monkeypatch):
    monkeypatch.setenv("LCBRB_DATA", "its own")
    monkeypatch.delenv("LCBRB_CACHE", raising=False)
    passed_on = {"LCBRB_DATA": "ours", "LCBRB_CACHE": "ours"}
    hand = _Hand()
    try:
        hand.build(ECHO.factory, dict(ECHO.arguments), 2, __version__, passed_on)
        assert (os.environ["LCBRB_DATA"], os.environ["LCBRB_CACHE"]) == ("its own", "ours")
    finally:
        os.environ.pop("LCBRB_CACHE", None)
    assert hand.do(["x"]) == [("hi", 2, "x")]
    hand.close()


# ---------------------------------------------------------------------------- the real thing


class Together(RayCluster):
    """Tells of nothing before all its first hands are built, so that every node has work at once."""

    def __init__(self, *arguments):
        super().__init__(*arguments)
        self.building = []

    def hire(self, place, recipe):
        hand, ticket = super().hire(place, recipe)
        self.building.append(ticket)
        return hand, ticket

    def wait(self, tickets, timeout_s):
        first = self.building[:2]
        ready, _ = self._ray.wait(first, num_returns=len(first), timeout=timeout_s)
        return super().wait(tickets, timeout_s) if len(ready) == len(first) else []


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
    from lcbrb.runs.folder import SAMPLES, read_rows
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
        executor = SpreadExecutor(
            cluster=lambda: Together(Room(), "a test"), shard=4, tell=told.append
        )
        spread, there = verdicts("ray", executor, on_verdict)
    finally:
        with contextlib.suppress(Exception):
            ray.shutdown()
        cluster.shutdown()
    assert there == here
    assert told
    assert capfd.readouterr().out == ""  # nothing of Ray's where a command's document goes
    assert (spread.estimates, spread.counts) == (local.estimates, local.counts)
