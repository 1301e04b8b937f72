"""An executor that is fed without an end: failures are told, and nothing waits for ever."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from lcbrb.engine import local
from lcbrb.engine.local import LocalExecutor
from lcbrb.errors import IncompleteRunError
from lcbrb.serving.stream import Stream


@pytest.fixture
def stream():
    made = []

    def make(work):
        made.append(Stream(LocalExecutor(workers=2), work, lambda item: item))
        return made[0]

    yield make
    made[0].close()


def test_each_item_has_its_own_result(stream):
    doubled = stream(lambda item: 2 * item)
    with ThreadPoolExecutor(8) as pool:
        futures = list(pool.map(doubled.submit, range(200)))
    assert [future.result(30) for future in futures] == [2 * item for item in range(200)]


def test_work_that_fails_is_told_and_what_comes_after_is_done(stream, monkeypatch):
    monkeypatch.setattr(local, "_PATIENCE_S", 0.05)  # the reader waits for more after each failure

    def work(item):
        if item < 0:
            raise RuntimeError("no room")
        return item

    some = stream(work)
    for round_ in range(20):  # the executor's reader may be anywhere when its work ends
        bad = some.submit(-1 - round_)
        with pytest.raises(RuntimeError, match="no room"):
            bad.result(30)
        good = [some.submit(100 * round_ + item) for item in range(20)]
        assert [future.result(30) for future in good] == [100 * round_ + n for n in range(20)]


def test_what_nobody_waits_for_is_not_begun(stream):
    release, begun = threading.Event(), []

    def work(item):
        begun.append(item)
        release.wait(30)
        return item

    slow = stream(work)
    futures = [slow.submit(item) for item in range(60)]
    cancelled = [future for future in futures[40:] if future.cancel()]
    release.set()
    assert [future.result(30) for future in futures[:40]] == list(range(40))
    assert cancelled
    assert not set(begun) & set(range(60 - len(cancelled), 60))


def test_after_the_end_nothing_is_taken(stream):
    ended = stream(lambda item: item)
    assert ended.submit(1).result(30) == 1
    ended.close()
    with pytest.raises(IncompleteRunError):
        ended.submit(2)
