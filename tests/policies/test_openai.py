"""`openai:`: what is sent, and that no sample is lost or doubled, whatever the server does."""

import threading
import time

import pytest

import serving
from lcbrb.errors import IncompleteRunError, SetupError
from lcbrb.policies.openai.client import Client, Options
from lcbrb.policies.openai.policy import from_spec
from lcbrb.policies.rendering import sample_seed
from lcbrb.protocols.policy import Ask
from lcbrb.registry import parse_spec
from lcbrb.types import Message, Prompt, Sampling, StopReason

SAMPLING = Sampling(max_tokens=50, seed=3)


@pytest.fixture(autouse=True)
def no_key(monkeypatch):
    for name in ("OPENAI_API_KEY", "OPENAI_BASE_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr("lcbrb.servers.retries._FIRST_S", 0.01)


@pytest.fixture
def server():
    with serving.serving() as (site, url):
        site.url = url
        yield site


def prompt(text="Ask.", **fields):
    return Prompt(messages=(Message(role="user", content=text),), template="t@1", **fields)


def asks(count=3, samples=(0, 1)):
    return [Ask(key=f"p{i}", prompt=prompt(f"Ask {i}."), samples=samples) for i in range(count)]


def policy(server, options=""):
    """With little patience, so that a test which goes wrong ends."""
    if "patience_s" not in options:
        options += f"{'&' if options else '?'}patience_s=10"
    return from_spec(parse_spec(f"openai:m@{server.url}{options}"))


def sampled(server, wanted, options="", sampling=SAMPLING):
    found = list(policy(server, options).sample(wanted, sampling))
    assert len({(one.key, one.sample_index) for one in found}) == len(found)
    return {(one.key, one.sample_index): one for one in found}


def whole(server, wanted, options=""):
    """All samples, each the reply to its own request."""
    found = sampled(server, wanted, options)
    assert set(found) == {(ask.key, index) for ask in wanted for index in ask.samples}
    for ask in wanted:
        for index in ask.samples:
            seed = sample_seed(SAMPLING, ask.prompt, index)
            said = f"{ask.prompt.messages[0].content}|{seed}|0"
            assert found[ask.key, index].generation.text == said
    assert set(server.answered.values()) == {1}, "something was answered twice"
    return found


# ----------------------------------------------------------------------------- what is sent


def test_every_sample_is_a_request_of_its_own_with_its_own_seed(server):
    found = whole(server, asks())
    assert len(server.bodies) == 6
    generation = found["p0", 0].generation
    assert generation.stop_reason is StopReason.END
    assert (generation.prompt_tokens, generation.completion_tokens) == (7, 5)
    assert generation.latency_s >= 0
    body = server.bodies[0]
    assert {name: body[name] for name in ("model", "temperature", "top_p", "max_tokens")} == {
        "model": "m",
        "temperature": 0.8,
        "top_p": 0.95,
        "max_tokens": 50,
    }
    assert "stop" not in body
    assert "n" not in body


def test_the_raw_form_goes_to_the_other_endpoint_with_its_stops(server):
    wanted = [Ask(key="p", prompt=prompt(raw="def f(", stop=("\ndef",)))]
    sampling = Sampling(stop=("###",))
    found = sampled(server, wanted, "?form=raw", sampling)
    assert found["p", 0].generation.text.startswith("def f(|")
    assert server.bodies[0]["stop"] == ["\ndef", "###"]
    assert server.bodies[0]["prompt"] == "def f("


def test_a_system_prompt_and_a_thinking_switch_are_passed_on(server):
    sampling = Sampling(system_prompt="Be brief.")
    sampled(server, asks(1, (0,)), "?thinking=false", sampling)
    (body,) = server.bodies
    assert body["messages"][0] == {"role": "system", "content": "Be brief."}
    assert body["chat_template_kwargs"] == {"enable_thinking": False}


def test_an_answer_that_is_not_streamed_is_taken_whole(server):
    server.streams = False
    whole(server, asks())


def test_reasoning_that_comes_apart_stays_apart(server):
    def reasons(handler, body):
        deltas = [{"reasoning_content": "Let me "}, {"reasoning_content": "see."}, {"content": "4"}]
        events = [{"choices": [{"index": 0, "delta": one}]} for one in deltas]
        end = {"choices": [{"index": 0, "delta": {}, "finish_reason": "length"}]}
        serving.stream(handler, body, [*events, end])
        return True

    server.usual = reasons
    generation = sampled(server, asks(1, (0,)))["p0", 0].generation
    assert (generation.text, generation.reasoning) == ("4", "Let me see.")
    assert generation.stop_reason is StopReason.LENGTH
    assert generation.completion_tokens is None


def test_so_many_requests_at_a_time_and_no_more(server):
    busy, seen, lock = [0], [], threading.Lock()

    def takes_a_while(handler, body):
        with lock:
            busy[0] += 1
            seen.append(busy[0])
        time.sleep(0.03)
        with lock:
            busy[0] -= 1

    server.usual = takes_a_while
    whole(server, asks(8), "?concurrency=3")
    assert 1 < max(seen) <= 3


def test_so_many_requests_a_minute_and_no_more(server):
    began = time.monotonic()
    whole(server, asks(3, (0,)), "?rpm=1200")
    assert time.monotonic() - began >= 2 * 60 / 1200


# ----------------------------------------------------------------------- several in a request


def several(server, options):
    """Samples asked for several at a time: all there, none a copy of another."""
    found = sampled(server, asks(2, tuple(range(5))), options)
    texts = [one.generation.text for one in found.values()]
    assert len(texts) == len(set(texts)) == 10


def test_several_samples_a_request(server):
    several(server, "?choices=5")
    assert len(server.bodies) == 2
    assert {body["n"] for body in server.bodies} == {5}


def test_a_server_that_allows_fewer_is_asked_for_fewer(server):
    server.most_choices = 2
    several(server, "?choices=5&concurrency=1")
    assert max(body.get("n", 1) for body in server.bodies[2:]) <= 2


def test_a_server_that_ignores_n_is_asked_again(server):
    server.ignores_n = True
    several(server, "?choices=5")
    assert len(server.bodies) == 10


@pytest.mark.parametrize("promised", [None, 100_000], ids=["ends", "is cut"])
def test_choices_that_were_whole_before_the_break_are_kept(server, promised):
    def breaks_off(handler, body):
        events = list(serving.chunks(body, ["kept", "lost"]))
        serving.stream(handler, body, events[:-1], done=False, promised=promised)
        return True

    server.moods = [breaks_off]
    found = sampled(server, asks(1), "?choices=2")
    assert found["p0", 0].generation.text == "kept"
    assert found["p0", 1].generation.text.startswith("Ask 0.|")
    assert len(server.bodies) == 2


# --------------------------------------------------------------------- servers with bad days


@pytest.mark.parametrize(
    "mood",
    [
        serving.says(429, "slow down", [("Retry-After", "0.05")]),
        serving.says(500, "oops"),
        serving.says(503, "busy", [("Retry-After", "0")]),
        serving.hangs_up,
        serving.breaks_off,
        serving.slowly,
        lambda handler, body: serving.stream(handler, body, [{"choices": 3}]) or True,
        lambda handler, body: serving.stream(handler, body, [{"error": {"message": "x"}}]) or True,
        lambda handler, body: serving.send(handler, 200, {"choices": []}) or True,
    ],
    ids="429 500 503 hangs-up breaks-off slowly nonsense error-event empty".split(),
)
def test_what_may_pass_loses_nothing_and_doubles_nothing(server, mood):
    server.moods = [mood] * 4
    found = sampled(server, asks(4))
    assert len(found) == 8
    assert all(one.generation is not None for one in found.values())
    assert len({one.generation.text for one in found.values()}) == 8
    assert max(server.answered.values()) == 1


def test_a_wait_that_the_server_asks_for_holds_for_everyone(server):
    server.moods = [serving.says(429, "slow down", [("Retry-After", "0.3")])]
    began = time.monotonic()
    whole(server, asks(1, (0,)))
    assert time.monotonic() - began >= 0.3


def test_a_server_that_goes_away_and_comes_back(server):
    with serving.serving() as (first, url):
        port = int(url.rpartition(":")[2])
        first.usual = lambda handler, body: (
            len(first.bodies) > 3 and serving.hangs_up(handler, body)
        )
        found = []
        samples = from_spec(parse_spec(f"openai:m@{url}?concurrency=2&patience_s=10")).sample(
            asks(5), SAMPLING
        )
        found += [next(samples) for _ in range(3)]
    second = serving.Server()
    timer = threading.Timer(0.2, lambda: None)
    timer.start()
    timer.join()
    with serving.serving(second, port):
        found += list(samples)
    assert len({(one.key, one.sample_index) for one in found}) == len(found) == 10
    assert len({one.generation.text for one in found}) == 10
    assert not set(first.answered) & set(second.answered)


def test_a_server_that_stays_away_ends_the_run_and_what_it_gave_stands(server):
    server.usual = lambda handler, body: len(server.bodies) > 2 and serving.hangs_up(handler, body)
    found = []
    samples = policy(server, "?patience_s=0.2&concurrency=1").sample(asks(3), SAMPLING)
    with pytest.raises(IncompleteRunError, match="has been silent"):
        found.extend(samples)
    assert len(found) == 2


def test_a_wait_beyond_all_patience_ends_the_run_at_once(server):
    server.usual = serving.says(429, "quota", [("Retry-After", "86400")])
    with pytest.raises(IncompleteRunError, match="asks to wait 86400 s"):
        sampled(server, asks())


def test_one_request_that_never_works_does_not_stop_the_others(server, monkeypatch):
    monkeypatch.setattr("lcbrb.servers.retries._LONGEST_S", 0.01)
    bad = serving.says(500, "this prompt breaks me")
    server.usual = lambda handler, body: "Ask 0." in str(body) and bad(handler, body)
    found = sampled(server, asks(12, (0,)), "?concurrency=2")
    assert found["p0", 0].generation is None
    assert "this prompt breaks me" in found["p0", 0].error
    assert all(found[f"p{i}", 0].generation for i in range(1, 12))


def test_who_stops_reading_leaves_no_thread_behind(server):
    before = set(threading.enumerate())
    samples = policy(server, "?concurrency=2").sample(asks(20), SAMPLING)
    next(samples)
    samples.close()
    assert not [one for one in set(threading.enumerate()) - before if "fill" in one.name]


# ------------------------------------------------------------------------------ what is refused


def test_a_prompt_without_room_is_a_truncated_reply(server):
    server.usual = serving.says(400, "This model's maximum context length is 8 tokens.")
    generation = sampled(server, asks(1, (0,)))["p0", 0].generation
    assert (generation.text, generation.stop_reason) == ("", StopReason.LENGTH)
    assert "max_tokens" not in server.bodies[1]  # it may have had room for fewer tokens


def test_less_room_than_asked_for_is_used(server):
    too_long = serving.says(400, "maximum context length is 40 tokens; you requested 50")
    server.usual = lambda handler, body: "max_tokens" in body and too_long(handler, body)
    whole(server, asks(2))


def test_other_names_of_fields_are_learnt(server):
    old = serving.says(400, "'max_tokens' is not supported, use 'max_completion_tokens'")
    server.usual = lambda handler, body: "max_tokens" in body and old(handler, body)
    whole(server, asks(6))
    assert server.bodies[-1]["max_completion_tokens"] == 50


def test_a_field_that_is_not_known_is_left_out(server):
    unknown = serving.says(422, "extra field: stream_options")
    server.usual = lambda handler, body: "stream_options" in body and unknown(handler, body)
    whole(server, asks(6))


def test_a_refused_prompt_is_named_and_the_others_go_on(server):
    bad = serving.says(400, "I don't like it")
    server.usual = lambda handler, body: "Ask 1." in str(body) and bad(handler, body)
    found = sampled(server, asks(3, (0,)))
    assert found["p1", 0].generation is None
    assert found["p1", 0].error == "HTTP 400: I don't like it"
    assert found["p2", 0].generation


def test_a_server_that_refuses_everything_ends_the_run(server):
    server.usual = serving.says(400, "temperature must be 1")
    with pytest.raises(SetupError, match="refuses every request: HTTP 400: temperature must be 1"):
        sampled(server, asks(20))


def test_no_such_model_is_said(server):
    server.usual = serving.says(404, "The model `m` does not exist.")
    with pytest.raises(SetupError, match="has no model 'm'"):
        sampled(server, asks())


@pytest.mark.parametrize("status", [401, 403])
def test_without_access_the_variable_is_named_and_never_the_key(server, monkeypatch, status):
    server.usual = serving.says(status, "Incorrect API key provided: sk-secret-1")
    with pytest.raises(SetupError, match=r"needs a key; put it in .* OPENAI_API_KEY"):
        sampled(server, asks())
    monkeypatch.setenv("OTHER", "sk-secret-1")
    with pytest.raises(SetupError, match=r"refuses the key in .* OTHER") as caught:
        sampled(server, asks(), "?key_env=OTHER")
    assert "secret" not in str(caught.value)
    assert server.headers[-1]["Authorization"] == "Bearer sk-secret-1"


def test_a_key_that_a_server_repeats_is_not_repeated(server, monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", "sk-secret-1")
    server.usual = serving.says(400, "key sk-secret-1 may not do that")
    found = sampled(server, asks(1, (0,)))
    assert found["p0", 0].error == "HTTP 400: key *** may not do that"
    assert "secret" not in repr(vars(policy(server))) + repr(Client("m", server.url, Options()))


def test_the_revision_is_where_the_weights_come_from(server):
    assert policy(server).revision is None
    server.root = "/checkpoints/step-100"
    assert policy(server).revision == "/checkpoints/step-100"
    assert policy(server, "?revision=abc").identity["revision"] == "abc"
