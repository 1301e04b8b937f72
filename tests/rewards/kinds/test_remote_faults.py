"""`remote:` where the server has a bad day, or answers what nobody can read."""

import json
import random
import time

import pytest
import reward_serving
from hypothesis import given, strategies as st

import serving
from lcbrb.errors import BadScoreError, IncompleteRunError, SetupError
from lcbrb.protocols.reward import Item
from lcbrb.rewards import reward_model
from lcbrb.rewards.kinds.remote.apis import Text, Vllm
from lcbrb.rewards.kinds.remote.options import Api, RemoteOptions

ITEMS = [Item(prompt=f"Ask {n}.", response=f"Think {n}, then answer.") for n in range(12)]


@pytest.fixture
def model(remote):
    """A model that has looked at its server already."""
    found = remote("batch_size=3&concurrency=3")
    found.load()
    return found


def expected(model):
    return [reward_serving.score_of(text.ids) for text in model._texts(ITEMS)]


def collect(model, found):
    for _, scores in model.score_portions([ITEMS]):
        found |= scores


# ----------------------------------------------------------------------------- what may pass


def raw(content, *, promised=None):
    """An answer of so many bytes, of which more may be promised than come."""

    def mood(handler, body):
        handler.send_response(200)
        handler.send_header("Content-Type", "application/json")
        handler.send_header("Content-Length", str(promised or len(content)))
        handler.end_headers()
        handler.wfile.write(content)
        handler.close_connection = True
        return True

    return mood


FAULTS = {
    "a rate limit": serving.says(429, headers=[("Retry-After", "0.1")]),
    "a broken server": serving.says(500),
    "a server that starts": serving.says(503),
    "a cut connection": serving.hangs_up,
    "a cut body": raw(b'{"data": [{"index": 0,', promised=500),
    "no JSON": raw(b"<html>Bad gateway</html>"),
    "no UTF-8": raw(b'{"data": "\xff"}'),
    "a body beyond bounds": raw(b" " * (3 << 20)),
    "nothing": raw(b""),
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_request_that_failed_is_sent_again(site, model, name):
    site.moods = [FAULTS[name]] * 2
    before = len(site.asked)
    assert model.score(ITEMS) == expected(model)
    assert len(site.asked) - before == 4 + 2


def test_a_server_that_is_silent_for_too_long_is_asked_again(site, remote):
    model = remote("batch_size=12&timeout_s=0.5")
    model.load()
    site.moods = [lambda handler, body: time.sleep(1.5) or True]
    assert model.score(ITEMS) == expected(model)


def test_answers_in_another_order_are_put_in_order(site, model):
    site.change = lambda entries: random.Random(3).sample(entries, len(entries))
    assert model.score(ITEMS) == expected(model)


@given(st.permutations(range(6)))
def test_any_order_is_read_by_its_indices(order):
    layout = Vllm(options=RemoteOptions(api=Api.VLLM))
    texts = [Text(item=ITEMS[n]) for n in range(6)]
    answer = {"data": [{"index": n, "probs": [n / 7]} for n in order]}
    assert layout.scores(answer, texts) == [n / 7 for n in range(6)]


def test_what_is_refused_is_found_among_its_company(site, model):
    def refuses(handler, body):
        if "input" in body and any(ids == bad for ids in body["input"]):
            serving.send(handler, 400, {"error": {"message": "token 5 is out of vocabulary"}})
            return True
        return False

    bad = list(model._texts(ITEMS)[4].ids)
    site.usual = refuses
    found = {}
    with pytest.raises(IncompleteRunError, match=r"^1 texts have no score.*out of vocabulary"):
        collect(model, found)
    wanted = dict(zip(ITEMS, expected(model), strict=True))
    del wanted[ITEMS[4]]
    assert {item: told.score for item, told in found.items()} == wanted


def test_a_server_that_refuses_everything_says_why_once(site, remote):
    site.usual = serving.says(422, "input should be a string")
    with pytest.raises(SetupError, match="refuses a request: HTTP 422: input should be a string"):
        remote().score(ITEMS)


def test_a_server_that_goes_away_costs_nothing_that_was_scored(site, remote):
    model = remote("batch_size=3&concurrency=1", patience_s=0.1)
    model.load()
    answered = []

    def goes_away(handler, body):
        answered.append(body)
        return len(answered) > 2 and serving.hangs_up(handler, body)

    site.usual = goes_away
    found = {}
    with pytest.raises(IncompleteRunError, match="Earlier answers are kept"):
        collect(model, found)
    assert list(found) == ITEMS[:6]


# ------------------------------------------------------------------------- what can't be read


def only(value):
    return lambda entries: [{**entries[0], "probs": value}, *entries[1:]]


UNREADABLE = {
    "too few": (lambda entries: entries[1:], "2 results for 3 texts"),
    "too many": (lambda entries: [*entries, entries[0]], "4 results for 3 texts"),
    "one twice": (lambda entries: [entries[1], *entries[1:]], "the index 1 of 3"),
    "no index": (lambda entries: [{"probs": [1.0]}, *entries[1:]], "the index None"),
    "an index beyond": (lambda entries: [{**entries[0], "index": 3}, *entries[1:]], "the index 3"),
    "an index that is true": (
        lambda entries: [entries[0], {**entries[1], "index": True}, entries[2]],
        "the index True",
    ),
    "NaN": (only([float("nan")]), "nan as the score of the response that begins 'Think"),
    "infinity": (only([float("inf")]), "inf as the score"),
    "too large": (only([10**400]), "as the score"),
    "null": (only([None]), "None as the score"),
    "a text": (only(["1.0"]), "'1.0' as the score"),
    "true": (only([True]), "True as the score"),
    "no list": (only(0.5), "without a list of numbers under 'probs'"),
    "an empty list": (only([]), "without a list of numbers under 'probs'"),
    "two labels": (only([0.2, 0.8]), "2 numbers for one text"),
    "no entries": (lambda entries: "none", "without objects under 'data'"),
    "entries that are none": (lambda entries: [1, 2, 3], "without objects under 'data'"),
}


@pytest.mark.parametrize("name", UNREADABLE)
def test_an_answer_that_can_not_be_read_is_an_error(site, model, name):
    site.change, words = UNREADABLE[name]
    with pytest.raises(BadScoreError, match=words) as caught:
        model.score(ITEMS[:3])
    assert site.url in str(caught.value)


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ([0.5], "1 results for 2 texts"),
        ([0.5, 1.5], "the score 1.5: not from 0 to 1"),
        ([0.5, None], "None as the score"),
        ({"rewards": [0.5, 0.5]}, "without a list of numbers"),
        ("0.5", "without a list of numbers"),
    ],
)
def test_items_that_can_not_be_read_are_an_error(site, remote, answer, words):
    site._items = lambda body: answer
    with pytest.raises(BadScoreError, match=words):
        remote(api="items").score(ITEMS[:2])


# ------------------------------------------------------------------------------ in an ensemble


def test_an_ensemble_keeps_what_all_members_scored(site, model):
    bad = list(model._texts(ITEMS)[4].ids)
    site.usual = lambda handler, body: (
        bad in body.get("input", ()) and serving.says(400, "no")(handler, body)
    )
    both = reward_model(f"ensemble:({model.id})|(length)?scale=unit")
    found = {}
    with pytest.raises(IncompleteRunError, match="1 texts have no score"):
        collect(both, found)
    assert len(found) == len(ITEMS) - 1
    assert both.probes == model.probes
    assert json.dumps(both.member_identities[0]["model"]["url"]) == json.dumps(site.url)
