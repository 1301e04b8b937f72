"""`openai:`: what a spec says, and what is refused before a request is sent."""

import datetime as dt
import email.utils

import pytest

from lcbrb.errors import SetupError, UsageError
from lcbrb.policies.openai.policy import from_spec
from lcbrb.registry import parse_spec
from lcbrb.servers.retries import retry_after


@pytest.fixture(autouse=True)
def no_key(monkeypatch):
    for name in ("OPENAI_API_KEY", "OPENAI_BASE_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr("lcbrb.servers.retries._FIRST_S", 0.01)


@pytest.mark.parametrize(
    ("spec", "model", "url"),
    [
        ("openai:gpt-x", "gpt-x", "https://api.openai.com/v1"),
        ("openai:org/name@rev@http://h:8000", "org/name@rev", "http://h:8000/v1"),
        ("openai:m@https://h/api/v3/?rpm=5", "m", "https://h/api/v3"),
    ],
)
def test_a_spec_is_a_model_and_an_address(spec, model, url):
    found = from_spec(parse_spec(spec))
    assert (found.model, found.base_url) == (model, url)


@pytest.mark.parametrize(
    ("spec", "words"),
    [
        ("openai", "needs a model"),
        ("openai:m@http://user:key@h/v1", "keys don't belong in an address"),
        ("openai:m@http://h/v1?concurrency=0", "concurrency"),
        ("openai:m@http://h/v1?temperature=1", "unknown option"),
        ("openai:m@localhost:8000/v1", "what follows @ must be an address"),
        ("openai:m@ftp://h/v1", "what follows @ must be an address"),
        ("openai:m@", "what follows @ must be an address"),
    ],
)
def test_a_spec_that_can_not_be_used_is_refused(spec, words):
    with pytest.raises(UsageError, match=words) as caught:
        from_spec(parse_spec(spec))
    assert "user:key" not in str(caught.value)


@pytest.mark.parametrize("value", [None, ""])
def test_a_key_that_is_to_be_in_a_variable_must_be_there(monkeypatch, value):
    monkeypatch.delenv("NOWHERE", raising=False)
    if value is not None:
        monkeypatch.setenv("NOWHERE", value)
    with pytest.raises(SetupError, match="variable NOWHERE, which is not set"):
        from_spec(parse_spec("openai:m@http://h/v1?key_env=NOWHERE"))


def test_an_address_where_nothing_answers_is_said():
    with pytest.raises(SetupError, match=r"no server answers at http://127\.0\.0\.1:9"):
        _ = from_spec(parse_spec("openai:m@http://127.0.0.1:9/v1")).revision


def test_a_wait_is_a_number_or_a_date():
    assert retry_after({"retry-after": "7"}) == 7
    later = dt.datetime.now(dt.UTC) + dt.timedelta(seconds=100)
    text = email.utils.format_datetime(later, usegmt=True)
    assert 95 < retry_after({"retry-after": text}) <= 100
    assert retry_after({}) is None
    assert retry_after({"retry-after": "soon"}) is None
