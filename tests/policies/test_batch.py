"""Files of requests and results: what is written, what is found again, and rows that are broken."""

import json

import pytest
from hypothesis import given
from strategies import json_values

from lcbrb.errors import BadInputError, UsageError
from lcbrb.policies import open_policy
from lcbrb.policies.openai.batch import Batch, in_batches
from lcbrb.protocols.policy import Ask
from lcbrb.types import Message, Prompt, Sampling, StopReason

PROMPT = Prompt(messages=(Message(role="user", content="Why?"),), raw="Why?", template="t")
ASKS = [Ask(key="p1", prompt=PROMPT, samples=(0, 1))]


def result(name, text="So.", **fields):
    choice = {"index": 0, "message": {"content": text}, "finish_reason": "stop"}
    body = {"choices": [choice], "usage": {"prompt_tokens": 3, "completion_tokens": 2}}
    return {"custom_id": name, "response": {"status_code": 200, "body": body}, **fields}


def written(tmp_path, spec="openai:m@http://localhost:1/v1", **sampling):
    """The requests of two samples, as they stand in a file."""
    path = tmp_path / "requests.jsonl"
    with Batch.open(path, []) as batch:
        policy = in_batches(open_policy(spec), batch)
        assert list(policy.sample(ASKS, Sampling(n=2, **sampling))) == []
        assert list(policy.sample(ASKS, Sampling(n=2, **sampling))) == []  # asked twice, kept once
        assert batch.finish() == path
    assert [entry.name for entry in tmp_path.iterdir()] == ["requests.jsonl"]
    return [json.loads(line) for line in path.read_text().splitlines()]


def collected(tmp_path, rows, **sampling):
    path = tmp_path / "results.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    batch = Batch.open(None, [path])
    policy = in_batches(open_policy("openai:m@http://localhost:1/v1"), batch)
    return list(policy.sample(ASKS, Sampling(n=2, **sampling))), batch


def test_each_sample_is_a_request_of_its_own_with_all_that_is_asked(tmp_path):
    first, second = written(tmp_path, temperature=0.5, max_tokens=9)
    assert first["custom_id"] != second["custom_id"]
    assert (first["method"], first["url"]) == ("POST", "/v1/chat/completions")
    body = first["body"]
    assert body["messages"] == [{"role": "user", "content": "Why?"}]
    assert (body["model"], body["temperature"], body["max_tokens"]) == ("m", 0.5, 9)
    assert body["seed"] != second["body"]["seed"]
    assert not {"stream", "stream_options", "n"} & body.keys()


@pytest.mark.parametrize(
    ("spec", "url", "field"),
    [
        ("openai:m@http://localhost:1/v1?form=raw", "/v1/completions", "max_tokens"),
        ("openai:m", "/v1/chat/completions", "max_completion_tokens"),
    ],
)
def test_form_and_vendor_decide_how_a_request_is_written(tmp_path, monkeypatch, spec, url, field):
    monkeypatch.delenv("OPENAI_BASE_URL", raising=False)
    request, _ = written(tmp_path, spec)
    assert request["url"] == url
    assert field in request["body"]


def test_results_are_found_by_what_was_asked(tmp_path):
    first, second = (row["custom_id"] for row in written(tmp_path))
    sampled, batch = collected(tmp_path, [result(second, "two"), result(first, "one")])
    assert [(one.sample_index, one.generation.text) for one in sampled] == [(0, "one"), (1, "two")]
    assert sampled[0].generation.completion_tokens == 2
    assert (batch.waiting, batch.notes) == (0, [])
    other, batch = collected(tmp_path, [result(first)], temperature=0.1)
    assert (other, batch.waiting) == ([], 2)
    with pytest.raises(UsageError, match="none of the 1 results answers one of the 2 requests"):
        batch.finish()


def test_a_result_without_a_reply_waits_and_one_that_was_too_long_is_cut(tmp_path):
    first, second = (row["custom_id"] for row in written(tmp_path))
    long = {"status_code": 400, "body": {"error": {"message": "maximum context length is 9"}}}
    rows = [result(first, error={"message": "busy"}), {"custom_id": second, "response": long}]
    sampled, batch = collected(tmp_path, rows)
    (only,) = sampled
    assert (only.sample_index, only.generation.stop_reason) == (1, StopReason.LENGTH)
    assert batch.waiting == 1
    assert batch.notes == ["1 requests failed in the batch: busy"]
    # a row that succeeded counts, whichever comes first
    assert len(collected(tmp_path, [*rows, result(first)])[0]) == 2
    assert len(collected(tmp_path, [result(first), *rows])[0]) == 2


@given(json_values, json_values)
def test_no_row_breaks_the_reading(response, error):
    batch = Batch(results={"a": {"custom_id": "a", "response": response, "error": error}})
    batch.answer("a")
    assert all(isinstance(note, str) for note in batch.notes)


@given(json_values)
def test_no_body_breaks_the_reading(body):
    batch = Batch(results={"a": {"response": {"status_code": 200, "body": body}}})
    assert batch.answer("a") is None or batch.answer("a").text is not None


@pytest.mark.parametrize(
    "row", ["[]", '{"custom_id": 1, "error": null}', '{"custom_id": "a"}', "{"]
)
def test_a_line_that_is_no_result_is_named(tmp_path, row):
    path = tmp_path / "results.jsonl"
    path.write_text(json.dumps(result("a")) + "\n" + row + "\n")
    with pytest.raises(BadInputError, match=r"results\.jsonl, line 2"):
        Batch.open(None, [path])
