"""Which level is taken, and which is refused."""

import os

import pytest

from lcbrb.errors import SetupError, UnknownNameError
from lcbrb.sandbox import levels
from lcbrb.sandbox.interpreter import running_interpreter
from lcbrb.sandbox.levels import probe, sandbox_for
from lcbrb.sandbox.plain_sandbox import PlainSandbox


def test_the_best_level_that_is_live_is_taken(monkeypatch):
    best = next(level for level in levels.LEVELS if probe(level).live)
    assert sandbox_for().level == best
    assert sandbox_for("D").level == best


def test_a_level_that_is_not_live_is_passed_over_or_refused(monkeypatch):
    here = running_interpreter()
    dead = {
        (os.getpid(), level, here): levels.Probe(level=level, problem="no luck") for level in "ABC"
    }
    monkeypatch.setattr(levels, "_probes", dead)
    assert isinstance(sandbox_for(), PlainSandbox)
    with pytest.raises(SetupError, match="no luck"):
        sandbox_for("C")


def test_a_level_that_breaks_its_promise_is_not_live(monkeypatch):
    monkeypatch.setattr(levels, "_probes", {})
    monkeypatch.setitem(levels._PROMISES, "D", ("use the network",))
    assert probe("D").problem == "does not stop: use the network"
    assert not probe("D").live


def test_there_are_four_levels():
    with pytest.raises(UnknownNameError):
        sandbox_for("E")
