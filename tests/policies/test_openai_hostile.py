"""Servers that send without an end, packed bombs or nonsense: a request fails, and nothing else."""

import contextlib
import gzip
import json

import pytest
from hypothesis import given, strategies as st

import serving
from lcbrb.codec import encode
from lcbrb.errors import IncompleteRunError, SetupError
from lcbrb.policies.openai.policy import from_spec
from lcbrb.protocols.policy import Ask
from lcbrb.registry import parse_spec
from lcbrb.servers import bodies
from lcbrb.servers.bodies import Bounds, lines
from lcbrb.types import Message, Prompt, Sampling

MIB = 1 << 20
PROMPT = Prompt(messages=(Message(role="user", content="Ask."),), template="t@1")


@pytest.fixture(autouse=True)
def small(monkeypatch):
    for name in ("OPENAI_API_KEY", "OPENAI_BASE_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr("lcbrb.servers.retries._FIRST_S", 0.01)
    monkeypatch.setattr(bodies, "_BASE_BYTES", MIB)


@pytest.fixture
def server():
    with serving.serving() as (site, url):
        site.url = url
        yield site


def sampled(server, options="patience_s=20"):
    policy = from_spec(parse_spec(f"openai:m@{server.url}?{options}"))
    ask = Ask(key="p", prompt=PROMPT, samples=(0,))
    (only,) = policy.sample([ask], Sampling(max_tokens=1, seed=3))
    return only


def begins(handler, kind, **headers):
    handler.send_response(200)
    handler.send_header("Content-Type", kind)
    handler.send_header("Connection", "close")
    for name, value in headers.items():
        handler.send_header(name.replace("_", "-"), value)
    handler.end_headers()
    handler.close_connection = True


def endless(kind, first, again):
    """An answer that goes on until the client hangs up; it must, or the test would never end."""

    def mood(handler, body):
        begins(handler, kind)
        with contextlib.suppress(OSError):
            handler.wfile.write(first)
            while True:
                handler.wfile.write(again)
        return True

    return mood


def packed(content, encoding="gzip", kind="application/json"):
    def mood(handler, body):
        begins(handler, kind, Content_Encoding=encoding)
        with contextlib.suppress(OSError):
            handler.wfile.write(content)
        return True

    return mood


def event(**delta):
    return f"data: {json.dumps({'choices': [{'index': 0, 'delta': delta}]})}\n\n".encode()


def says(document):
    """A whole answer, whatever it is."""

    def mood(handler, body):
        begins(handler, "application/json")
        handler.wfile.write(document if isinstance(document, bytes) else document.encode())
        return True

    return mood


def choice(**fields):
    return json.dumps({"choices": [{"index": 0, "finish_reason": "stop", **fields}]})


STREAM = "text/event-stream"
BOMB = gzip.compress(b" " * (64 * MIB))
HOSTILE = {
    "text without an end": endless(STREAM, b"", event(content="x" * 999)),
    "reasoning without an end": endless(STREAM, b"", event(reasoning_content="x" * 999)),
    "comments without an end": endless(STREAM, b"", b": still here\n\n" * 99),
    "a line without an end": endless(STREAM, b'data: {"choices": "', b"x" * 9999),
    "blank lines without an end": endless(STREAM, b"", b"\n" * 9999),
    "a page without an end": endless("application/json", b'{"choices": "', b"x" * 9999),
    "a packed page": packed(BOMB),
    "a packed stream": packed(gzip.compress(b"data: " + b"x" * (64 * MIB)), kind=STREAM),
    "a page packed twice": packed(gzip.compress(BOMB), "gzip, gzip"),
    "an unknown encoding": packed(b"xxxx", "br"),
    "broken gzip data": packed(BOMB[:-9][5:]),
    "deep JSON": says("[" * 100_000),
    "no object": says("[]"),
    "a number that is none": says('{"choices": [{"index": 1e999}]}'),
    "a choice that is not an object": says('{"choices": [7]}'),
    "a reply that is an object": says(choice(message={"content": {"a": 1}})),
    "a reply that is a list": says(choice(message={"content": ["x"]})),
    "bytes that are no text": says(b'\xff\xfe{"choices": []}'),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_the_request_is_sent_again_and_nothing_is_lost(server, name):
    server.moods = [HOSTILE[name]]
    generation = sampled(server).generation
    assert generation.text.startswith("Ask.|")
    assert len(server.bodies) == 2


def test_a_server_that_never_does_better_ends_the_run_in_a_sentence(server):
    server.usual = HOSTILE["text without an end"]
    with pytest.raises(IncompleteRunError, match=r"a response of more than 1 MiB"):
        sampled(server, "patience_s=0.2")


def test_a_stream_that_only_says_that_it_is_there_counts_as_silent(server):
    def pings(handler, body):
        return serving.stream(handler, body, [{"choices": []}] * 1000, pause_s=0.02) or True

    server.usual = pings
    with pytest.raises(IncompleteRunError, match=r"without any part of a reply for 0 s"):
        sampled(server, "patience_s=0.3")


def test_a_stream_that_takes_too_long_ends(server, monkeypatch):
    monkeypatch.setattr(bodies, "_TOKEN_S", 0.0)

    def drips(handler, body):
        with contextlib.suppress(OSError):
            events = ({"choices": [{"index": 0, "delta": {"content": "x"}}]} for _ in range(1000))
            serving.stream(handler, body, events, pause_s=0.02)
        return True

    server.usual = drips
    with pytest.raises(IncompleteRunError, match="did not end within"):
        sampled(server, "patience_s=0.3&timeout_s=0.3")


def test_an_error_without_an_end_is_shown_short(server):
    def mood(handler, body):
        handler.send_response(400)
        handler.send_header("Connection", "close")
        handler.end_headers()
        handler.close_connection = True
        with contextlib.suppress(OSError):
            while True:
                handler.wfile.write(b"no " * 9999)
        return True

    server.usual = mood
    found = sampled(server)
    assert found.generation is None
    assert found.error.startswith("HTTP 400: no no")
    assert len(found.error) < 400


def test_a_redirect_is_named_and_not_followed(server):
    def mood(handler, body):
        serving.send(handler, 307, {}, [("Location", "http://127.0.0.1:1/elsewhere")])
        return True

    server.usual = mood
    with pytest.raises(SetupError, match=r"redirects requests to http://127.0.0.1:1/elsewhere"):
        sampled(server)


@pytest.mark.parametrize("content", [b"[" * 100_000, b"[]", b"\xff", b'{"data": 7}', BOMB])
def test_a_list_of_models_that_is_none_says_nothing_of_the_weights(server, content):
    def get(handler):
        encoding = {"Content_Encoding": "gzip"} if content is BOMB else {}
        begins(handler, "application/json", **encoding)
        handler.wfile.write(content)

    server.get = get
    assert from_spec(parse_spec(f"openai:m@{server.url}")).revision is None


# ------------------------------------------------------------------------- what may be odd


@pytest.mark.parametrize("tokens", ["7", -1, True, 1.5, {}, [], None, 10**400, 10**18])
def test_counts_of_tokens_that_are_none_are_left_out(server, tokens):
    usage = {"usage": {"prompt_tokens": tokens, "completion_tokens": tokens}}
    server.usual = says(json.dumps({**json.loads(choice(message={"content": "x"})), **usage}))
    generation = sampled(server).generation
    assert (generation.prompt_tokens, generation.completion_tokens) == (None, None)
    encode(generation)


@pytest.mark.parametrize("text", ["a\u2028b", "a\u2029b\u0085c\x1cd\x0be\x0cf"])
@pytest.mark.parametrize("streams", [True, False])
def test_line_ends_that_json_does_not_have_stay_in_the_text(server, text, streams):
    server.streams = streams
    whole = json.dumps({"choices": [{"index": 0, "delta": {"content": text}}]}, ensure_ascii=False)
    end = json.dumps({"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]})

    def mood(handler, body):
        begins(handler, STREAM)
        handler.wfile.write(f"data: {whole}\r\n\r\ndata: {end}\n\ndata: [DONE]".encode())
        return True

    server.usual = mood
    assert sampled(server).generation.text == text


def test_halves_of_a_surrogate_pair_are_joined_or_replaced(server):
    server.text = lambda body, number: "abc\ud83d\ude00d\ud800"
    generation = sampled(server).generation
    assert generation.text == "abc😀d\ufffd"
    encode(generation)


# -------------------------------------------------------------------------------- the parts


@given(st.lists(st.text(), min_size=1), st.data(), st.sampled_from(["\n", "\r\n", "\r"]))
def test_lines_do_not_depend_on_how_they_come(texts, data, end):
    wanted = [text.replace("\n", "").replace("\r", "") for text in texts]
    raw = end.join(wanted).encode()
    cuts = sorted(data.draw(st.lists(st.integers(0, len(raw)))))
    parts = [raw[a:b] for a, b in zip([0, *cuts], [*cuts, len(raw)], strict=True)]
    assert list(lines(iter(parts))) == (wanted[:-1] if wanted[-1] == "" else wanted)


def test_bounds_grow_with_what_is_asked_for():
    one = Bounds.of(1, 100, timeout_s=300, patience_s=600)
    four = Bounds.of(4, 100, timeout_s=300, patience_s=600)
    free = Bounds.of(1, None, timeout_s=300, patience_s=600)
    assert (one.seconds, four.seconds) == (1300, 4300)
    assert four.most_bytes == 4 * one.most_bytes < 4 * free.most_bytes
