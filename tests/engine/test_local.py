"""Work over threads: nothing lost, nothing twice, little held, nothing left behind."""

from __future__ import annotations

import itertools
import os
import threading
from collections import Counter

import pytest
from hypothesis import given, settings, strategies as st

from lcbrb.engine.local import LocalExecutor, read_in_threads, usable_cores

AHEAD = 4  # items a worker that may be under way or waiting


@pytest.fixture(autouse=True)
def no_thread_is_left():
    before = set(threading.enumerate())
    yield
    assert set(threading.enumerate()) == before


@settings(max_examples=60)
@given(st.lists(st.integers(0, 9), max_size=60), st.integers(1, 8))
def test_every_item_comes_back_once_with_its_own_result(items, workers):
    results = list(LocalExecutor(workers=workers).map(lambda item: item * item, items))
    assert Counter(results) == Counter((item, item * item) for item in items)


def test_items_need_not_be_hashable_and_results_may_be_none():
    items = [[1], [2], [3]]
    results = list(LocalExecutor(workers=2).map(lambda _: None, items))
    assert sorted(results) == [([1], None), ([2], None), ([3], None)]


@pytest.mark.parametrize("workers", [1, 2, 3])
def test_a_generator_is_read_a_few_items_ahead_and_no_more(workers):
    taken = 0

    def source():
        nonlocal taken
        for number in range(10_000):
            taken = number + 1
            yield number

    results = LocalExecutor(workers=workers).map(lambda item: item, source())
    assert taken == 0  # nothing starts before a result is asked for
    seen = set()
    for received, (item, result) in enumerate(itertools.islice(results, 100), start=1):
        assert item == result
        assert taken - received <= workers * AHEAD
        seen.add(item)
    assert len(seen) == 100
    assert max(seen) < 100 + workers * AHEAD
    results.close()


def test_workers_work_at_the_same_time_and_never_more_of_them():
    together = threading.Barrier(3, timeout=10)
    busy, most, lock = 0, 0, threading.Lock()

    def work(_):
        nonlocal busy, most
        with lock:
            busy += 1
            most = max(most, busy)
        together.wait()
        with lock:
            busy -= 1

    assert len(list(LocalExecutor(workers=3).map(work, range(9)))) == 9
    assert most == 3


def test_results_come_as_they_are_ready_and_not_in_the_order_of_the_items():
    first_may_end = threading.Event()

    def work(item):
        if item == 0:
            assert first_may_end.wait(10)
        return item

    results = LocalExecutor(workers=2).map(work, range(20))
    got = [next(results)[0]]
    assert got != [0]
    first_may_end.set()
    got += [item for item, _ in results]
    assert sorted(got) == list(range(20))


def test_a_slow_reader_finds_what_was_done_meanwhile():
    done = threading.Semaphore(0)

    def work(item):
        done.release()
        return item

    results = LocalExecutor(workers=1).map(work, range(3))
    next(results)
    for _ in range(3):
        assert done.acquire(timeout=10)  # the rest is worked on while nobody asks
    assert len(list(results)) == 2


# ------------------------------------------------------------------------------- exceptions


class OddItemError(Exception):
    pass


def test_an_exception_of_the_work_is_raised_here_and_stops_the_rest():
    started = []

    def work(item):
        started.append(item)
        if item == 5:
            raise OddItemError(item)
        return item

    received = []
    results = LocalExecutor(workers=2).map(work, range(10_000))
    with pytest.raises(OddItemError, match="5"):
        received.extend(item for item, _ in results)
    assert 5 not in received
    assert len(started) <= len(received) + 1 + 2 * AHEAD


def test_an_exception_of_the_source_is_raised_here():
    def source():
        yield from range(3)
        raise OddItemError("the source is broken")

    with pytest.raises(OddItemError, match="the source is broken"):
        list(LocalExecutor(workers=1).map(lambda item: item, source()))


def test_what_was_waiting_is_never_started_once_the_reader_goes_away():
    go_on = threading.Event()
    started = []

    def work(item):
        started.append(item)
        if item > 0:
            assert go_on.wait(10)
        return item

    results = LocalExecutor(workers=1).map(work, range(100))
    assert next(results) == (0, 0)
    timer = threading.Timer(0.02, go_on.set)
    timer.start()
    results.close()  # waits for the one that is under way
    timer.join()
    assert started in ([0], [0, 1])


def test_a_reader_that_raises_leaves_nothing_running():
    running = threading.Event()

    def read():
        for item, _ in LocalExecutor(workers=2).map(lambda item: item, range(10_000)):
            running.set()
            raise OddItemError(item)

    with pytest.raises(OddItemError):
        read()
    assert running.is_set()


def test_no_items_give_no_results():
    assert list(LocalExecutor(workers=2).map(lambda item: item, iter(()))) == []


@pytest.mark.skipif(not hasattr(os, "sched_getaffinity"), reason="the system does not say")
def test_as_many_workers_as_cores_that_may_be_used(monkeypatch):
    assert LocalExecutor().workers == usable_cores() >= 1
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0, 2, 5})
    assert LocalExecutor().workers == 3
    monkeypatch.delattr(os, "sched_getaffinity")
    monkeypatch.setattr(os, "cpu_count", lambda: None)
    assert LocalExecutor().workers == 1


# ---------------------------------------------------------------------------------- waiting


def test_a_result_does_not_wait_for_an_input_that_is_still_to_come():
    seen = threading.Event()

    def source():
        yield 1
        assert seen.wait(10)
        yield 2

    found = []
    for item, _ in LocalExecutor(workers=1).map(lambda item: item, source()):
        found.append(item)
        seen.set()
    assert found == [1, 2]


def test_what_is_read_ahead_is_all_there_in_order_and_bounded():
    taken = []

    def source():
        for number in range(100):
            taken.append(number)
            yield number

    with read_in_threads([source()], 5) as buffer:
        for given, item in enumerate(buffer.taken()):
            assert item == given
            assert len(taken) <= given + 5 + 2


def test_an_error_of_what_is_read_ahead_comes_after_what_was_before_it():
    def source():
        yield 1
        raise OddItemError("broken")

    found = []
    with pytest.raises(OddItemError), read_in_threads([source()], 5) as buffer:
        found.extend(buffer.taken())
    assert found == [1]


def test_who_leaves_early_closes_what_is_read_ahead():
    closed = threading.Event()

    def source():
        try:
            yield from itertools.count()
        finally:
            closed.set()

    with read_in_threads([source()], 2) as buffer:
        next(buffer.taken())
    assert closed.wait(10)


def test_several_sources_are_read_at_a_time_and_the_last_one_ends_it():
    both = threading.Barrier(2, timeout=10)

    def source(items):
        both.wait()
        yield from items

    with read_in_threads([source("ab"), source("cde")], 1) as buffer:
        assert sorted(buffer.taken()) == list("abcde")
        assert buffer.ended


def test_without_workers_nothing_can_be_done():
    with pytest.raises(ValueError, match="at least 1, not 0"):
        LocalExecutor(workers=0)
