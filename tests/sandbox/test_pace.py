"""Time reckoned at the machine's best pace."""

import os
import time
from contextlib import contextmanager

import pytest

from lcbrb.protocols.sandbox import Program
from lcbrb.sandbox import pace
from lcbrb.sandbox.levels import sandbox_for
from lcbrb.types import Limits, Status, TestKind

LIMITS = Limits(cpu_s=0.5, wall_s=20, memory_mib=256, output_kib=64)
SPIN = """
import os, time
def f(seconds):
    end = time.process_time() + seconds
    while time.process_time() < end:
        pass
    return sorted(os.sched_getaffinity(0))
"""
PROGRAM = Program(source=SPIN, kind=TestKind.CALL, entry_point="f")
CORE = max(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else None

pytestmark = pytest.mark.skipif(CORE is None, reason="no way to stay on a core here")


@pytest.fixture
def pieces(monkeypatch):
    """Pieces of work as a pacer would tell them."""
    told = []

    @contextmanager
    def pacer(core):
        yield lambda: told

    monkeypatch.setattr(pace, "_pacer", pacer)
    return told


@pytest.fixture
def slowed(monkeypatch):
    """Make the machine look so many times slower than at its best."""

    def slow_by(factor):
        @contextmanager
        def beside(*, anywhere=False):
            yield CORE, lambda: factor

        monkeypatch.setattr(pace.PACE, "beside", beside)

    return slow_by


def slowdowns(found, pieces, *rounds):
    """What one pace says in runs with these pieces of work."""
    told = []
    for some in rounds:
        pieces[:] = some
        with found.beside() as (_, slowdown):
            told.append(slowdown())
    return told


def test_a_run_is_compared_with_the_best_so_far(pieces):
    fast, slow = [0.001] * 9, [0.0012] * 9
    told = slowdowns(pace.Pace(), pieces, slow, fast, slow, fast)
    assert told == pytest.approx([1.0, 1.0, 1.2, 1.0])


def test_one_lucky_piece_is_not_the_best_pace(pieces):
    told = slowdowns(pace.Pace(), pieces, [0.0001] + [0.001] * 9, [0.001] * 9)
    assert told == pytest.approx([1.0, 1.0])


def test_a_core_that_was_shared_half_of_the_time_is_so_much_slower(pieces):
    told = slowdowns(pace.Pace(), pieces, [0.001, 0.0017] * 30)
    assert told == pytest.approx([1.35])


def test_one_piece_that_was_held_up_is_no_slow_machine(pieces):
    told = slowdowns(pace.Pace(), pieces, [0.001] * 20, [0.001] * 19 + [0.02])
    assert told[1] == pytest.approx(1.05)


def test_there_is_a_most_that_a_limit_is_stretched_by(pieces):
    assert slowdowns(pace.Pace(), pieces, [0.001] * 9, [0.1] * 9)[1] == pace.MOST


def test_each_request_has_its_own_pace(pieces):
    fast, slow = [0.001] * 40, [0.0015] * 40
    with pace.Pace().beside() as (_, slowdown):
        told = []
        for some in (fast, slow, fast):
            pieces.extend(some)
            told.append(slowdown())
        assert told == pytest.approx([1.0, 1.5, 1.0])
        pieces.append(0.0015)  # one piece is not enough: what was before counts too
        assert slowdown() == pytest.approx(1.025)


def test_several_at_once_are_watched_on_any_core(monkeypatch, pieces):
    monkeypatch.setattr(pace.os, "sched_getaffinity", lambda process: {3, 5, 8})
    found = {core for _ in range(60) for core in [_core_of(anywhere=True)]}
    assert found == {3, 5, 8}
    assert {_core_of(anywhere=False) for _ in range(10)} == {8}


def _core_of(*, anywhere):
    with pace.Pace().beside(anywhere=anywhere) as (core, _):
        return core


def test_of_few_pieces_nothing_is_said(pieces):
    assert slowdowns(pace.Pace(), pieces, [0.001] * 9, [0.002] * 4) == [1.0, 1.0]


def test_a_pacer_works_until_nobody_listens():
    with pace.Pace().beside() as (core, slowdown):
        time.sleep(0.3)
        assert core == CORE
        assert 1.0 <= slowdown() <= pace.MOST
    with pace._pacer(CORE) as pieces:
        time.sleep(0.3)
        assert pieces()
        assert all(0 < one < 1 for one in pieces())


def test_a_first_look_is_taken_once(monkeypatch):
    looks = []
    found = pace.Pace()
    monkeypatch.setattr(found, "_look", lambda: looks.append(1))
    for _ in range(3):
        found.learn()
    time.sleep(0.1)
    assert looks == [1]


@pytest.mark.parametrize(
    ("factor", "status"), [(1.0, Status.TIME_LIMIT), (1.15, Status.TIME_LIMIT), (1.6, None)]
)
def test_what_a_slow_machine_took_is_no_verdict(slowed, factor, status):
    slowed(factor)
    (execution,) = sandbox_for().run(PROGRAM, ["0.6"], LIMITS)
    assert execution.status is status
    assert execution.cpu_s == pytest.approx(0.6 / factor, abs=0.1)


def test_a_program_that_is_watched_stays_on_its_core(slowed):
    slowed(1.4)
    (execution,) = sandbox_for().run(PROGRAM, ["0.6"], LIMITS)
    assert execution.output == f"[{CORE}]"
    (execution,) = sandbox_for().run(PROGRAM, ["0"], LIMITS)
    assert len(execution.output.split(",")) == len(os.sched_getaffinity(0))


@pytest.mark.parametrize(
    ("how", "status"), [({}, Status.TIME_LIMIT), ({"alone": True}, None), ({"paced": True}, None)]
)
def test_calls_of_a_program_that_is_watched_are_reckoned(slowed, how, status):
    slowed(1.4)
    with sandbox_for().open(PROGRAM, LIMITS, **how) as session:
        assert session.call("f", [0.6]).status is status


@pytest.mark.parametrize(
    ("seconds", "used_s", "status", "borderline"),
    [
        (0.1, 0.3, None, False),
        (0.1, 0.45, Status.TIME_LIMIT, True),  # twenty times what was left, and in doubt
        (9.0, 0.45, Status.TIME_LIMIT, False),  # stopped where the slowest machine needs no more
    ],
)
def test_calls_that_share_a_limit(seconds, used_s, status, borderline):
    with sandbox_for().open(PROGRAM, LIMITS) as session:
        found = session.call("f", [seconds], cpu_s=0.5, used_s=used_s)
    assert (found.status, found.borderline) == (status, borderline)
    assert found.cpu_s < 1.0


def test_without_room_for_a_pacer_time_is_what_it_is(monkeypatch):
    def refused(*_, **__):
        raise BlockingIOError("no process left")

    monkeypatch.setattr(pace.subprocess, "Popen", refused)
    with pace.Pace().beside() as (core, slowdown):
        assert core is None
        assert slowdown() == 1.0
