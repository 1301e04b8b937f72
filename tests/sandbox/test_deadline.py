"""When the grader gives up on a request: a process that is made up, on a clock that is made up."""

from dataclasses import dataclass

import pytest

from lcbrb.sandbox import deadline as deadlines
from lcbrb.sandbox.channel import StoppedError
from lcbrb.sandbox.deadline import Deadline
from lcbrb.types import Status

LOOKS = 0.25


@dataclass
class Clock:
    now: float = 100.0

    def monotonic(self) -> float:
        return self.now


@dataclass
class Made:
    """What the kernel would say of a process."""

    cpu: float = 0.0
    busy: float | None = 0.0
    runs: bool = False
    full: bool = False

    def cpu_s(self) -> float:
        return self.cpu

    def busy_s(self) -> float | None:
        return self.busy

    def is_busy(self) -> bool:
        return self.runs

    def overfull(self, times: int = 1) -> bool:
        return self.full


@pytest.fixture
def clock(monkeypatch):
    made = Clock()
    monkeypatch.setattr(deadlines, "time", made)
    return made


def deadline(process, clock, wall_s=1.0, cpu_limit_s=10.0):
    return Deadline(process, wall_s, cpu_limit_s, process.cpu, clock.now)


def looks(found, clock, count, each=lambda: None):
    for _ in range(count):
        clock.now += LOOKS
        each()
        found.check()


def test_one_that_sleeps_is_stopped_once_it_has_blocked_for_longer(clock):
    found = deadline(Made(), clock)
    looks(found, clock, 4)
    with pytest.raises(StoppedError, match=r"blocked: 1 s passed, 0\.00 s of CPU") as stop:
        looks(found, clock, 1)
    assert stop.value.status is Status.TIME_LIMIT


def test_a_grader_that_was_stopped_for_an_hour_has_not_waited(clock):
    found = deadline(Made(), clock)
    looks(found, clock, 2)
    clock.now += 3600
    looks(found, clock, 1)
    with pytest.raises(StoppedError, match="blocked"):
        looks(found, clock, 1)


def test_waiting_for_a_core_is_not_blocking(clock):
    process = Made()

    def waits():
        process.cpu += LOOKS / 16
        process.busy += LOOKS

    looks(deadline(process, clock), clock, 100, waits)


def test_threads_that_came_and_went_take_their_waiting_along(clock):
    process = Made()

    def goes_through_threads():
        process.cpu += LOOKS / 16
        process.busy = process.cpu / 10  # of those that live; one of them waits for a core
        process.runs = True

    looks(deadline(process, clock), clock, 100, goes_through_threads)


def test_what_ended_threads_computed_is_not_blocking(clock):
    process = Made()

    def computes():
        process.cpu += LOOKS

    looks(deadline(process, clock), clock, 30, computes)


def test_what_it_waited_before_the_request_does_not_pay_for_blocking_now(clock):
    process = Made(cpu=1.0, busy=50.0)
    found = deadline(process, clock)
    with pytest.raises(StoppedError, match="blocked: 1 s passed"):
        looks(found, clock, 5)


def test_a_look_that_told_nothing_makes_the_next_one_no_gift(clock):
    process = Made(busy=50.0)
    found = deadline(process, clock)

    def every_other_look_tells_nothing():
        process.busy = None if process.busy else 50.0

    with pytest.raises(StoppedError, match="blocked: 1 s passed"):
        looks(found, clock, 6, every_other_look_tells_nothing)


def test_what_it_waited_before_does_not_pay_for_blocking_now(clock):
    process = Made()
    found = deadline(process, clock)

    def waits():
        process.busy += LOOKS

    looks(found, clock, 40, waits)
    with pytest.raises(StoppedError, match="blocked: 11 s passed"):
        looks(found, clock, 5)


def test_many_threads_that_wait_pay_for_no_blocking_afterwards(clock):
    process = Made()
    found = deadline(process, clock)
    looks(found, clock, 1)
    process.busy = 64.0
    looks(found, clock, 1)
    with pytest.raises(StoppedError, match="blocked: 2 s passed"):
        looks(found, clock, 5)


def test_where_nobody_tells_what_waits_the_cpu_time_counts(clock):
    process = Made(busy=None)

    def computes():
        process.cpu += LOOKS

    found = deadline(process, clock)
    looks(found, clock, 20, computes)
    with pytest.raises(StoppedError, match=r"blocked: 6 s passed, 5\.00 s of CPU"):
        looks(found, clock, 5)


def test_cpu_time_is_counted_from_the_request_on(clock):
    process = Made(cpu=50.0, busy=50.0)
    found = deadline(process, clock, cpu_limit_s=2.0)
    process.cpu += 1.9
    process.busy += 1.9
    clock.now += 1.9
    found.check()
    process.cpu += 0.2
    with pytest.raises(StoppedError, match=r"used 2\.10 s of CPU time") as stop:
        found.check()
    assert stop.value.status is Status.TIME_LIMIT


def test_a_full_scratch_folder_is_too_much_output(clock):
    with pytest.raises(StoppedError, match="scratch") as stop:
        deadline(Made(full=True), clock).check()
    assert stop.value.status is Status.OUTPUT_LIMIT


def test_the_next_look_comes_no_later_than_the_limit(clock):
    process = Made()
    found = deadline(process, clock, cpu_limit_s=0.3)
    process.cpu = 0.25
    found.check()
    assert found.wait_s() == pytest.approx(0.05)


def test_nobody_can_tell_when_the_next_look_comes(clock):
    found = deadline(Made(), clock)
    waits = {found.wait_s() for _ in range(100)}
    assert len(waits) > 90
    assert 0.1 <= min(waits) < 0.15
    assert 0.2 < max(waits) <= LOOKS
