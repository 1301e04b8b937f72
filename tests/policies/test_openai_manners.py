"""`openai:` with servers of other vendors: their words, their parts, what they do not take."""

import json

import pytest

import serving
from lcbrb.policies.openai.policy import from_spec
from lcbrb.policies.rendering import is_filtered, stop_reason
from lcbrb.protocols.policy import Ask
from lcbrb.registry import parse_spec
from lcbrb.servers.bodies import lines
from lcbrb.types import Message, Prompt, Sampling, StopReason

SAMPLING = Sampling(max_tokens=50, seed=3)


@pytest.fixture
def server(monkeypatch):
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    monkeypatch.setattr("lcbrb.servers.retries._FIRST_S", 0.01)
    with serving.serving() as (site, url):
        site.url = url
        yield site


def sampled(server, count=1):
    policy = from_spec(parse_spec(f"openai:m@{server.url}?patience_s=10"))
    prompt = Prompt(messages=(Message(role="user", content="Ask."),), template="t@1")
    asks = [Ask(key=f"p{n}", prompt=prompt, samples=(0,)) for n in range(count)]
    return policy, list(policy.sample(asks, SAMPLING))


def whole(server, **message):
    """The server answers with this message, and not in a stream."""
    reason = message.pop("finish_reason", "stop")

    def answer(handler, body):
        del body
        choice = {"index": 0, "message": message, "finish_reason": reason}
        serving.send(handler, 200, {"choices": [choice]})
        return True

    server.usual = answer


@pytest.mark.parametrize(
    "word", ["length", "model_length", "MAX_TOKENS", "FINISH_REASON_MAX_TOKENS", "max_length", "token_limit"]
)  # fmt: skip
def test_a_reply_is_cut_off_in_the_words_of_any_vendor(server, word):
    whole(server, content="x", finish_reason=word)
    _, [one] = sampled(server)
    assert one.generation.stop_reason is StopReason.LENGTH


@pytest.mark.parametrize("word", ["STOP", "end_turn", "COMPLETE", "eos_token", "tool_use"])
def test_a_reply_ends_in_the_words_of_any_vendor(word):
    assert stop_reason(word) is StopReason.END
    assert not is_filtered(word)


@pytest.mark.parametrize("word", ["content_filter", "SAFETY", "RECITATION", "sensitive", "refusal"])
def test_what_a_filter_takes_away_is_no_reply_of_the_model(server, word):
    whole(server, content="I ca", finish_reason=word)
    _, [one] = sampled(server)
    assert one.generation is None
    assert "filter" in one.error
    assert word in one.error


def test_a_server_that_does_not_take_top_p_is_asked_without_and_that_is_noted(server):
    def refuse(handler, body):
        if "top_p" not in body:
            return False
        error = {"message": "Unsupported parameter: 'top_p' is not supported with this model."}
        serving.send(handler, 400, {"error": error})
        return True

    server.usual = refuse
    policy, found = sampled(server, count=3)
    assert all(one.generation is not None for one in found)
    assert policy.notes == ("m: the server does not accept top_p, so its own default was used",)
    assert all("temperature" in body for body in server.bodies)


def test_a_value_that_a_server_finds_wrong_is_not_left_out(server):
    def refuse(handler, body):
        del body
        serving.send(handler, 400, {"error": {"message": "temperature must be between 0 and 0.5"}})
        return True

    server.usual = refuse
    policy, [one] = sampled(server)
    assert one.generation is None
    assert policy.notes == ()


def test_content_may_come_in_parts(server):
    parts = [
        {"type": "thinking", "thinking": [{"type": "text", "text": "Hm."}]},
        {"type": "text", "text": "x = "},
        {"type": "text", "text": "1"},
    ]
    whole(server, content=parts)
    _, [one] = sampled(server)
    assert (one.generation.text, one.generation.reasoning) == ("x = 1", "Hm.")


def test_an_image_is_no_reply(server):
    whole(server, content=[{"type": "image_url", "image_url": {"url": "data:"}}])
    server.moods = [server.usual]
    server.usual = None
    _, [one] = sampled(server)
    assert one.generation.text.startswith("Ask.")  # asked again


def test_a_reply_that_came_as_reasoning_alone_is_its_text_where_it_ended_by_itself(server):
    whole(server, content=None, reasoning_content="x = 1")
    _, [one] = sampled(server)
    assert (one.generation.text, one.generation.reasoning) == ("x = 1", None)
    whole(server, content="", reasoning_content="well, ", finish_reason="length")
    _, [one] = sampled(server)
    assert (one.generation.text, one.generation.reasoning) == ("", "well, ")


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("size", [1, 3, 1000])
def test_a_stream_is_cut_at_line_ends_alone(end, size):
    event = "data: " + json.dumps("a\u2028b\u0085c\u000bd", ensure_ascii=False)
    text = f"{event}{end}{end}data: [DONE]{end}".encode()
    parts = (text[at : at + size] for at in range(0, len(text), size))
    assert [line for line in lines(parts) if line] == [event, "data: [DONE]"]
