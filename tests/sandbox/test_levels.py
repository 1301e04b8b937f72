"""Which level is taken, and which is refused."""

import os

import pytest

from lcbrb.errors import SetupError, UnknownNameError
from lcbrb.protocols.sandbox import Workplace
from lcbrb.sandbox import levels
from lcbrb.sandbox.interpreter import running_interpreter
from lcbrb.sandbox.levels import probe, sandbox_for
from lcbrb.sandbox.plain_sandbox import PlainSandbox


def test_the_best_level_that_is_live_is_taken(monkeypatch):
    best = next(level for level in levels.LEVELS if probe(level).live)
    if best in "AB":
        assert sandbox_for().level == best
    assert sandbox_for("D").level == best


def without(monkeypatch, dead):
    """No level of these is live here."""
    here = running_interpreter()
    found = {
        (os.getpid(), x, here, Workplace()): levels.Probe(level=x, problem="no luck") for x in dead
    }
    monkeypatch.setattr(levels, "_probes", found)


def test_a_level_that_is_not_live_is_passed_over_or_refused(monkeypatch):
    without(monkeypatch, "ABC")
    assert isinstance(sandbox_for("D"), PlainSandbox)
    with pytest.raises(SetupError, match="no luck") as refused:
        sandbox_for("C")
    assert "could read" not in str(refused.value)


@pytest.mark.parametrize(("dead", "offered"), [("AB", "C"), ("ABC", "D")])
def test_a_level_at_which_tests_can_be_read_is_taken_only_where_it_is_asked_for(
    monkeypatch, dead, offered
):
    if not probe(offered).live:
        pytest.skip(f"level {offered} is not live here")
    without(monkeypatch, dead)
    with pytest.raises(SetupError) as refused:
        sandbox_for()
    told = str(refused.value)
    assert "A: no luck" in told
    assert "could read the tests" in told
    assert f"--require-isolation {offered} " in told
    assert sandbox_for(offered).level == offered


def test_a_level_that_breaks_its_promise_is_not_live(monkeypatch):
    monkeypatch.setattr(levels, "_probes", {})
    monkeypatch.setitem(levels._PROMISES, "D", ("use the network",))
    assert probe("D").problem == "does not stop: use the network"
    assert not probe("D").live


def test_there_are_four_levels():
    with pytest.raises(UnknownNameError):
        sandbox_for("E")
