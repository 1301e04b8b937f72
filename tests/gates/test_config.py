"""gate.toml and quarantine files: what they say, and what is refused in one sentence."""

import datetime as dt

import pytest

from lcbrb.errors import BadInputError, DataUnavailableError, UnknownNameError
from lcbrb.gates import GateConfig, load_config
from lcbrb.gates.config import Check, Missing, parse_allow
from lcbrb.gates.metrics import parse_measure
from lcbrb.gates.quarantine import load_quarantine
from lcbrb.gates.report import Difference, Direction
from lcbrb.types import Status

TODAY = dt.date(2026, 11, 23)


def loaded(tmp_path, text):
    path = tmp_path / "gate.toml"
    path.write_text(text)
    return load_config(path)


def test_no_file_and_an_empty_one_are_the_defaults(tmp_path):
    assert load_config(None) == loaded(tmp_path, "") == GateConfig()
    assert (GateConfig().alpha, GateConfig().tolerance) == (0.05, 0.02)


def test_everything_can_be_said(tmp_path):
    found = loaded(
        tmp_path,
        """
        alpha = 0.01
        power = 0.9
        tolerance = 0.0
        missing = "note"
        allow = ["sampling", "data"]
        quarantine = "q.toml"
        [benchmark."humaneval+"]
        tolerance = 0.03
        [[benchmark.livecodebench]]
        metric = "pass@5"
        [[benchmark.livecodebench]]
        metric = "truncated"
        direction = "lower"
        """,
    )
    assert found == GateConfig(
        alpha=0.01,
        power=0.9,
        tolerance=0.0,
        missing=Missing.NOTE,
        allow=(Difference.SAMPLING, Difference.DATA),
        quarantine=tmp_path / "q.toml",
        checks=(
            Check(benchmark="humaneval+", tolerance=0.03),
            Check(benchmark="livecodebench", metric="pass@5"),
            Check(benchmark="livecodebench", metric="truncated", direction=Direction.LOWER),
        ),
    )


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("alpha = 0.5", "alpha must lie between 0 and 0.5"),
        ("alpha = nan", "alpha"),
        ("power = 1", "power must lie between 0.5 and 1"),
        ("tolerance = 2", "0.02 is two points"),
        ("tolerance = -0.1", "tolerance"),
        ("tolerence = 0.1", "did you mean tolerance"),
        ("checks = []", "unknown setting of a gate 'checks'"),
        ('missing = "zero"', "missing"),
        ('allow = ["everything"]', "allow"),
        ("quarantine = 3", "quarantine must be the name of a file"),
        ("benchmark = 3", "benchmark must be a table for each name"),
        ("benchmark.a = 3", "takes only metric, direction and tolerance"),
        ('[benchmark.a]\nbenchmark = "b"', "takes only metric, direction and tolerance"),
        ('[benchmark.a]\nmetric = "pas@1"', "unknown metric 'pas@1': did you mean pass@1"),
        ('[benchmark.a]\nmetric = "harness_error"', "unknown metric"),
        ("[benchmark.a]\ntolerance = 5", "tolerance is a share"),
        ('[benchmark.a]\ndirection = "up"', "direction"),
        ("[[benchmark.a]]\n[[benchmark.a]]", "the same metric twice"),
        ("alpha = ", "not valid TOML"),
    ],
)
def test_what_no_gate_can_do_is_refused_with_the_file_named(tmp_path, text, told):
    with pytest.raises(BadInputError) as caught:
        loaded(tmp_path, text)
    assert str(tmp_path / "gate.toml") in str(caught.value)
    assert told in str(caught.value)


def test_a_file_that_is_not_there_is_told(tmp_path):
    with pytest.raises(DataUnavailableError, match=r"none\.toml"):
        load_config(tmp_path / "none.toml")


def test_what_may_differ_is_named_with_commas():
    assert parse_allow([""]) == ()
    assert parse_allow(["data", " version", "data"]) == (Difference.DATA, Difference.VERSION)
    with pytest.raises(UnknownNameError, match="did you mean version"):
        parse_allow(["versions"])


def test_metrics_are_read_from_their_names():
    assert parse_measure("pass@10/plus").k == 10
    assert parse_measure("pass@10/plus").tests == "plus"
    assert parse_measure("time_limit").status is Status.TIME_LIMIT
    assert parse_measure("time_limit").direction is Direction.LOWER
    assert parse_measure("passed").direction is Direction.HIGHER
    for wrong in ("pass@0", "pass@", "pass@1/other", "", "accuracy/x"):
        with pytest.raises(UnknownNameError):
            parse_measure(wrong)


# -------------------------------------------------------------------------------- quarantine

ENTRY = {"benchmark": '"he+"', "problem": '"HE/1"', "until": "2026-11-23", "reason": '"flaky"'}


def entry(**changed):
    rows = {**ENTRY, **changed}
    return "[[problem]]\n" + "".join(f"{k} = {v}\n" for k, v in rows.items() if v is not None)


def quarantined(tmp_path, text, today=TODAY):
    path = tmp_path / "quarantine.toml"
    path.write_text(text)
    return load_quarantine(path, today)


def test_an_entry_holds_up_to_its_last_day_for_every_release(tmp_path):
    found = quarantined(tmp_path, entry() + entry(problem='"HE/2"', until="2026-11-22"))
    assert found.problems("he+") == found.problems("he+@v0.1.10") == {"HE/1"}
    assert found.problems("he") == frozenset()
    assert [gone.problem for gone in found.expired] == ["HE/2"]
    assert not quarantined(tmp_path, entry(), TODAY + dt.timedelta(days=1)).active


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (entry(until=None), "until"),
        (entry(until='"soon"'), "until"),
        (entry(reason='" "'), "needs a reason"),
        (entry(owner='"me"'), "unknown option of quarantined problem 1 'owner'"),
        ("problem = 3", "only [[problem]] entries"),
        ("[[problems]]", "only [[problem]] entries"),
        ("problem = [3]", "quarantined problem 1"),
    ],
)
def test_an_entry_that_lacks_something_is_refused(tmp_path, text, told):
    with pytest.raises(BadInputError) as caught:
        quarantined(tmp_path, text)
    assert told in str(caught.value)


def test_no_file_is_no_quarantine():
    assert load_quarantine(None, TODAY).problems("he+") == frozenset()
