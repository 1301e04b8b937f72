"""The command, run in this process."""

from typing import NamedTuple

import pytest
import tiny

from lcbrb.cli.main import main
from lcbrb.rewards import REWARD_MODELS


class Ended(NamedTuple):
    """How a command ended."""

    code: int
    out: str
    err: str


@pytest.fixture(autouse=True)
def _no_line_of_progress_on_a_slow_machine(monkeypatch):
    """Lines come where a command takes long; here nobody waits for them but the tests of lines."""
    monkeypatch.setattr("lcbrb.cli.progress._FIRST_S", 3600.0)


@pytest.fixture
def lcbrb(capfd):
    """Runs the command; whatever happens, no traceback is shown."""

    def run(*arguments):
        capfd.readouterr()
        code = main([str(argument) for argument in arguments])
        ended = Ended(code, *capfd.readouterr())
        assert "Traceback" not in ended.err
        return ended

    return run


@pytest.fixture
def plugin(tmp_path, monkeypatch):
    """Installs `tiny.PLUGIN` as other people's packages are."""
    monkeypatch.syspath_prepend(tiny.write_plugin(tmp_path / "site"))
    monkeypatch.delitem(REWARD_MODELS.__dict__, "_plugins", raising=False)
    yield
    REWARD_MODELS.__dict__.pop("_plugins", None)
