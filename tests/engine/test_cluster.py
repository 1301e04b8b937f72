"""Work over nodes: nothing lost, nothing twice, lost shards done again, ours told from theirs."""

import itertools
import threading
from collections import Counter

import pytest
from clusters import InProcessCluster
from hypothesis import given, settings, strategies as st

from lcbrb.engine import cluster as engine_cluster
from lcbrb.engine.cluster import ClusterExecutor
from lcbrb.engine.local import LocalExecutor
from lcbrb.engine.remote_work import Portable, Recipe
from lcbrb.errors import IncompleteRunError, SetupError


def squares(*, cores):
    assert cores == 1
    return lambda items: [item * item for item in items]


def picky(*, cores, bad):
    def do(items):
        if bad in items:
            raise ZeroDivisionError(bad)
        return items

    return do


def no_data(*, cores):
    raise SetupError("no data here")


def work(factory="squares", **arguments):
    return Portable(
        here=lambda item: item * item,
        recipe=Recipe(factory=f"{__name__}:{factory}", arguments=arguments),
        lost=lambda item, why: f"ours: {item}, {why}",
    )


@pytest.fixture(autouse=True)
def at_once(monkeypatch):
    """No pauses, and no thread left behind."""
    monkeypatch.setattr(engine_cluster, "_LOOK_S", 0.0)
    monkeypatch.setattr(engine_cluster, "_POLL_S", 0.001)
    before = set(threading.enumerate())
    yield
    assert set(threading.enumerate()) == before


def distributed(cluster, items, made=None, shard=4, **fields):
    executor = ClusterExecutor(cluster=lambda: cluster, shard=shard, **fields)
    return list(executor.map(made or work(), items))


def squared(items):
    return Counter((item, item * item) for item in items)


@pytest.fixture(autouse=True)
def importable(monkeypatch):
    """A recipe finds this file by its name, as it would a module of ours."""
    import sys

    monkeypatch.setitem(sys.modules, __name__, sys.modules[squares.__module__])


# ------------------------------------------------------------------------------ all goes well


@settings(max_examples=40)
@given(st.integers(0, 60), st.integers(1, 9), st.lists(st.integers(1, 3), min_size=1, max_size=3))
def test_every_item_comes_back_once_with_its_own_result(count, shard, fitting):
    cluster = InProcessCluster({f"node {at}": workers for at, workers in enumerate(fitting)})
    assert Counter(distributed(cluster, range(count), shard=shard)) == squared(range(count))
    assert Counter(distributed(cluster, range(count), shard=shard)) == Counter(
        LocalExecutor(workers=2).map(work(), range(count))
    )


def test_every_node_has_work_and_every_worker_is_stopped():
    cluster = InProcessCluster({"a": 2, "b": 1, "head": 0})
    distributed(cluster, range(100))
    assert {node for node, _ in cluster.given} == {"a", "b"}
    assert Counter(worker.node for worker in cluster.workers) == {"a": 2, "b": 1}
    assert cluster.stopped == cluster.workers


def test_items_travel_in_shards_and_a_worker_has_at_most_two():
    cluster = InProcessCluster({"a": 1})
    distributed(cluster, range(40), shard=5)
    assert max(len(items) for _, items in cluster.given) == 5
    seen = []
    cluster = InProcessCluster({"a": 1}, kill=lambda worker, _: seen.append(len(worker.queue)))
    distributed(cluster, range(40), shard=5)
    assert max(seen) == 2


def test_nothing_is_joined_where_there_is_nothing_to_do():
    def cluster():
        raise AssertionError("there is nothing to do")

    assert list(ClusterExecutor(cluster=cluster).map(work(), iter(()))) == []


def test_an_endless_input_is_read_a_bounded_number_ahead():
    taken = 0

    def source():
        nonlocal taken
        for number in itertools.count(1):
            taken = number
            yield number

    results = ClusterExecutor(cluster=lambda: InProcessCluster({"a": 1})).map(work(), source())
    assert len(list(itertools.islice(results, 50))) == 50
    assert taken <= 50 + engine_cluster._READ_AHEAD + 8 * (engine_cluster._DEPTH + 2)
    results.close()


def test_a_result_does_not_wait_for_an_input_that_is_still_to_come():
    seen = threading.Event()

    def source():
        yield 1
        assert seen.wait(10)
        yield 2

    found = []
    for item, _ in ClusterExecutor(cluster=lambda: InProcessCluster({"a": 1})).map(
        work(), source()
    ):
        found.append(item)
        seen.set()
    assert found == [1, 2]


# ------------------------------------------------------------------------------ nodes are lost


def test_a_lost_nodes_shards_are_done_again_elsewhere():
    told = []
    cluster = InProcessCluster({"a": 2, "b": 2})
    executor = ClusterExecutor(cluster=lambda: cluster, shard=3, tell=told.append)
    found = []
    for number, one in enumerate(executor.map(work(), range(200))):
        found.append(one)
        if number == 60:
            cluster.lose("a")
    assert Counter(found) == squared(range(200))
    twice = {item for item, times in cluster.most_given().items() if times > 1}
    assert twice  # something was under way there
    last = {item: node for node, items in cluster.given for item in items}
    assert all(last[item] == "b" for item in twice)
    assert told == ["a worker was lost; its work is repeated (a is gone)"] * 2


def test_a_node_that_joins_later_gets_work():
    cluster = InProcessCluster({"a": 1})
    results = ClusterExecutor(cluster=lambda: cluster, shard=1).map(work(), range(400))
    for number, _ in enumerate(results):
        if number == 5:
            cluster.fitting["late"] = 1
    assert "late" in {node for node, _ in cluster.given}


def test_a_lost_worker_is_replaced_where_its_node_lives_on():
    deaths = iter([False, True])
    cluster = InProcessCluster({"a": 1}, kill=lambda worker, items: items and next(deaths, False))
    assert Counter(distributed(cluster, range(50))) == squared(range(50))
    assert len(cluster.workers) == 2


def test_an_item_that_ends_every_worker_is_ours_and_the_others_are_not():
    cluster = InProcessCluster({"a": 2, "b": 1}, kill=lambda worker, items: items and 13 in items)
    found = dict(distributed(cluster, range(60), shard=8))
    assert found.pop(13) == "ours: 13, lost with its worker 3 times: " + found_node(cluster)
    assert found == {item: item * item for item in range(60) if item != 13}
    assert cluster.most_given()[13] == 5  # twice in its shard, three times alone


def found_node(cluster):
    node = next(node for node, items in reversed(cluster.given) if 13 in items)
    return f"{node} is gone"


def test_what_stood_in_line_behind_such_an_item_is_not_suspected():
    cluster = InProcessCluster({"a": 1}, kill=lambda worker, items: items and 13 in items)
    found = dict(distributed(cluster, range(40), shard=1))
    assert [item for item, result in found.items() if result != item * item] == [13]
    assert cluster.most_given()[14] >= 3  # it was there each time


def test_what_was_lost_is_tried_at_another_node():
    cluster = InProcessCluster({"a": 3, "b": 1}, kill=lambda worker, items: items and 13 in items)
    distributed(cluster, range(40), shard=1)
    nodes = [node for node, items in cluster.given if 13 in items]
    assert len(nodes) == 3
    assert all(before != after for before, after in itertools.pairwise(nodes))


@settings(max_examples=60)
@given(st.data(), st.integers(1, 80), st.integers(1, 6))
def test_whatever_is_lost_every_item_has_one_result(data, count, shard):
    """Workers die when they like; only items that were lost again and again are given up."""

    def kill(worker, items):
        return deaths() if worker.node != "safe" else False

    def deaths():
        return data.draw(st.sampled_from([False, False, False, True]))

    cluster = InProcessCluster({"safe": 1, "a": 2, "b": 1}, kill=kill)
    found = distributed(cluster, range(count), shard=shard)
    assert Counter(item for item, _ in found) == Counter(range(count))
    for item, result in found:
        assert result == item * item or str(result).startswith("ours")


def test_without_any_node_left_the_run_stops_and_says_so(monkeypatch):
    monkeypatch.setattr(engine_cluster, "_PATIENCE_S", 0.05)
    cluster = InProcessCluster({"a": 1})
    executor = ClusterExecutor(cluster=lambda: cluster, shard=1)
    found = []

    def read():
        for one in executor.map(work(), range(50)):
            found.append(one)
            if len(found) == 10:
                cluster.lose("a")

    with pytest.raises(IncompleteRunError, match=r"had no worker for 0 s \(a is gone\)"):
        read()
    assert len(found) == 10


def test_nodes_on_which_nothing_starts_are_given_up():
    cluster = InProcessCluster({"a": 1, "b": 1}, kill=lambda worker, _: worker.node == "b")
    assert Counter(distributed(cluster, range(300), shard=1)) == squared(range(300))
    assert Counter(worker.node for worker in cluster.workers)["b"] <= engine_cluster._STARTS
    broken = InProcessCluster({"a": 1}, kill=lambda worker, items: items is None)
    with pytest.raises(IncompleteRunError, match="no node of the cluster could start a worker"):
        distributed(broken, range(3))
    assert len(broken.workers) == engine_cluster._STARTS
    with pytest.raises(IncompleteRunError, match="no node has free resources"):
        distributed(InProcessCluster({"head": 0}), range(3))


# --------------------------------------------------------------------------------- exceptions


def test_an_error_of_the_work_is_raised_here_and_is_no_loss():
    cluster = InProcessCluster({"a": 1})
    with pytest.raises(ZeroDivisionError, match="7"):
        distributed(cluster, range(50), made=work("picky", bad=7))
    assert cluster.most_given()[7] == 1
    assert cluster.stopped == cluster.workers


def test_a_node_that_cannot_do_the_work_says_why():
    with pytest.raises(SetupError, match="no data here"):
        distributed(InProcessCluster({"a": 1}), range(3), made=work("no_data"))


def test_an_error_of_the_input_comes_after_what_was_before_it():
    def source():
        yield from range(20)
        raise ZeroDivisionError("the input is broken")

    found = []
    executor = ClusterExecutor(cluster=lambda: InProcessCluster({"a": 1}))
    with pytest.raises(ZeroDivisionError, match="the input"):
        found.extend(executor.map(work(), source()))
    assert len(found) <= 20


def test_who_leaves_early_leaves_no_worker_behind():
    cluster = InProcessCluster({"a": 2})
    results = ClusterExecutor(cluster=lambda: cluster).map(work(), itertools.count())
    next(results)
    results.close()
    assert cluster.stopped == cluster.workers


def test_work_without_a_recipe_stays_here():
    executor = ClusterExecutor(cluster=lambda: InProcessCluster({"a": 1}))
    with pytest.raises(SetupError, match="--executor local"):
        list(executor.map(lambda item: item, [1]))
    bare = Portable(here=abs, recipe=None, lost=lambda item, why: why)
    assert bare(-2) == 2
    with pytest.raises(SetupError, match="--executor local"):
        list(executor.map(bare, [1]))
