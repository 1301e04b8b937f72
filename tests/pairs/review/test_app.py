"""The review's page by requests: who may come in, what is hidden, what is kept."""

import re

import pytest
from reviews import HOSTILE, opened, pair, pair_set
from starlette.testclient import TestClient
from starlette.websockets import WebSocketDisconnect

from lcbrb.pairs.review.access import Sessions, refusal
from lcbrb.pairs.review.app import review_app
from lcbrb.pairs.review.findings import Choice, Finding
from lcbrb.protocols.reward import PairSet

BASE = "http://127.0.0.1:8765"
PAIRS = pair_set(4)
SECRETS = (
    "secret-model",
    "wrong answer",
    "wrong_answer",
    "passed",
    "gpt-judge",
    "tests only",
    "rejected",
    "made up",
)


class Visitor:
    """A browser, as far as requests show one."""

    def __init__(self, app, token=None, base=BASE):
        self.client = TestClient(app, base_url=base, follow_redirects=False)
        if token is not None:
            self.get(f"/enter?token={token}")

    def get(self, path, status=None, **headers):
        answer = self.client.get(path, headers=headers)
        assert status is None or answer.status_code == status, answer.text
        return answer

    def post(self, path, status=303, *, origin=BASE, **fields):
        headers = {} if origin is None else {"Origin": origin}
        answer = self.client.post(path, data=fields or {"x": ""}, headers=headers)
        assert answer.status_code == status, answer.text
        return answer

    def come(self, name):
        """Say a name; gives the address of the first pair."""
        return self.post("/name", name=name).headers["location"]


@pytest.fixture
def review(tmp_path):
    """Opens a review of pairs: its store, and a way to visit it."""
    stores = []

    def start(pairs=PAIRS, **settings):
        store = opened(tmp_path / "r.sqlite", pairs, **settings)
        stores.append(store)
        sessions = Sessions()
        app = review_app(pairs, store, sessions)

        def visit(token=sessions.token):
            return Visitor(app, token)

        return store, visit

    yield start
    for store in stores:
        store.close()


@pytest.mark.parametrize(
    ("method", "hosts", "origins", "allowed"),
    [
        ("GET", ["127.0.0.1:8765"], [], True),
        ("GET", ["localhost"], [], True),
        ("POST", ["localhost:1"], ["http://localhost:1"], True),
        ("POST", ["LOCALHOST:1"], ["http://localhost:1"], True),
        ("POST", ["127.0.0.1:8765"], [], False),
        ("POST", ["127.0.0.1:8765"], ["null"], False),
        ("POST", ["127.0.0.1:8765"], ["http://127.0.0.1:8766"], False),
        ("POST", ["127.0.0.1:8765"], ["https://127.0.0.1:8765"], False),
        ("POST", ["127.0.0.1:8765"], ["http://127.0.0.1:8765", "http://evil.org"], False),
        ("GET", ["127.0.0.1:8765"], ["http://evil.org"], False),
        ("GET", ["evil.org"], [], False),
        ("GET", ["127.0.0.1.evil.org"], [], False),
        ("GET", ["127.0.0.1:8765@evil.org"], [], False),
        ("GET", ["evil.org:8765#127.0.0.1"], [], False),
        ("GET", ["127.0.0.1\n:80"], [], False),
        ("GET", ["0.0.0.0:8765"], [], False),
        ("GET", ["[::1]:8765"], [], False),
        ("GET", [""], [], False),
        ("GET", [], [], False),
        ("GET", ["127.0.0.1:8765", "evil.org"], [], False),
    ],
)  # fmt: skip
def test_only_this_machine_and_this_page_may_ask(method, hosts, origins, allowed):
    assert (refusal(method, hosts, origins) is None) == allowed


def test_nothing_is_shown_without_the_link_and_every_answer_carries_the_policies(review):
    _, visit = review()
    stranger = visit("not the token")
    answers = [
        *(stranger.get(path, 403) for path in ("/", "/compare/1", "/summary", "/text/1/first")),
        stranger.post("/name", 403, name="ann"),
        stranger.get("/nowhere", 404),
        stranger.get("/", 403, Host="evil.org"),
        stranger.get("/review.js", 200),
        stranger.get("/review.css", 200),
        stranger.get("/enter", 403),
    ]
    for answer in answers:
        assert "Statement of problem" not in answer.text
        policy = answer.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert "access-control-allow-origin" not in answer.headers
    friend = visit()
    assert "set-cookie" not in friend.get("/enter?token=x", 403).headers


def test_the_cookie_is_for_the_page_alone(review):
    _, visit = review()
    (token,) = visit.__defaults__
    entered = visit("").get(f"/enter?token={token}", 200)
    given = entered.headers["set-cookie"].lower()
    assert '<meta http-equiv="refresh" content="0; url=/">' in entered.text
    assert token not in entered.text
    assert "httponly" in given
    assert "samesite=strict" in given
    assert token.lower() not in given


def test_another_origin_changes_nothing_even_with_the_cookie(review):
    store, visit = review()
    ann = visit()
    page = ann.come("ann")
    for origin in ("http://evil.org", "null", None):
        ann.post(page, 403, origin=origin, choice="first")
        ann.post(page.replace("compare", "ask"), 403, origin=origin)
    assert store.people() == []
    assert ann.get(page, 403, Host="evil.org:8765").text.startswith(
        "Refused: this page answers only at 127.0.0.1"
    )


def test_a_review_from_the_first_pair_to_the_last_with_a_restart(review):
    store, visit = review(sample=3)
    choices = {}
    for name in ("ann", "ben"):
        person = visit()  # each has a browser of their own
        page = person.come(name)
        while page != "/":
            text = person.get(page, 200).text
            assert not any(secret in text for secret in SECRETS), page
            right_first = text.index("Right reasoning") < text.index("Wrong reasoning")
            place = "first" if right_first else "second"
            if name == "ben" and len(choices) == 3:
                place = "equal"
            choices[name, page] = place
            person = visit() if name == "ann" else person  # the token of before, another browser
            if name == "ann":
                again = "ANN " if store.people() else "ann"
                assert person.come(again) == page  # and on where it was
            page = person.post(page, choice=place, note=f"note of {name}").headers["location"]
        assert "Nothing is left for you" in person.get("/").text
    findings = [one.finding(2) for one in store.said().values()]
    assert sorted(findings) == [Finding.CONFIRMED, Finding.CONFIRMED, Finding.DISPUTED]
    assert "equal" in choices.values()
    told = [one.by("ann") for one in store.said().values()]
    assert [(one.choice, one.note, one.blind) for one in told] == [
        (Choice.CHOSEN, "note of ann", True)
    ] * 3
    assert {one.first for one in told} <= {Choice.CHOSEN, Choice.REJECTED}


def test_who_differs_is_decided_between_and_the_numbers_are_shown(review):
    store, visit = review(sample=1)
    for name, place in (("ann", "equal"), ("ben", "unsure")):
        person = visit()
        assert (
            person.post(person.come(name), choice=place, note=f"{name} says").headers["location"]
            == "/"
        )
    zoe = visit()
    zoe.come("zoe")
    home = zoe.get("/").text
    assert "On 1 pair people differ" in home
    page = re.search(r'href="(/adjudicate/\d+)"', home)[1]
    text = zoe.get(page, 200).text
    assert "ann says" in text
    assert "No difference" in text
    assert not any(secret in text for secret in SECRETS)
    zoe.post(page, 400, choice="chosen")
    assert zoe.post(page, choice="equal", note="as ann").headers["location"] == "/"
    assert [one.finding(2) for one in store.said().values()] == [Finding.NO_DIFFERENCE]
    summary = zoe.get("/summary", 200).text
    assert "1 label was not confirmed" in summary
    assert "ann, ben" not in summary  # one of them could not tell: nothing to compare


def test_an_open_pair_can_not_be_adjudicated(review):
    _, visit = review()
    zoe = visit()
    page = zoe.come("zoe").replace("compare", "adjudicate")
    zoe.get(page, 404)
    zoe.post(page, 404, choice="first")


def test_asking_shows_what_was_hidden_and_is_recorded(review):
    store, visit = review()
    ann = visit()
    page = ann.come("ann")
    number = int(page.rpartition("/")[2])
    answer = ann.post(f"/ask/{number}", room="compare")
    assert answer.headers["location"] == f"/compare/{number}#hidden"
    text = ann.get(page).text
    for secret in (
        "secret-model-1",
        "secret-model-2",
        "wrong answer (3 of 4 tests)",
        "gpt-judge: sound (as it is)",
        "gpt-judge: undecided (as it is)",
    ):
        assert secret in text
    ann.post(f"/ask/{number}", room="http://evil.org")
    assert store.questions() == 1
    ann.post(page, choice="first")
    ((pair_id, stated),) = [
        (k, one.by("ann")) for k, one in store.said().items() if one.preferences
    ]
    assert (stated.blind, store.has_asked(pair_id, "ann"), store.has_asked(pair_id, "ben")) == (
        False,
        True,
        False,
    )
    assert "secret-model" not in ann.get(f"/compare/{number % 4 + 1}").text


def test_a_preference_made_blind_stands_after_asking(review):
    store, visit = review()
    ann = visit()
    page = ann.come("ann")
    ann.post(page, choice="first")
    ann.post(page.replace("compare", "ask"))
    ann.post(page, choice="second")
    (stated,) = [one.by("ann") for one in store.said().values() if one.preferences]
    assert (stated.blind, stated.choice is stated.first) == (True, True)
    assert "You said: First is better." in ann.get(page).text


def test_hostile_texts_and_names_are_text(review):
    pairs = PairSet(
        name=HOSTILE,
        version="1",
        pairs=[pair(1, prompt=HOSTILE, chosen=HOSTILE, rejected="```\n" + HOSTILE + "y" * 10**6)],
    )
    store, visit = review(pairs, annotators=1)
    ann = visit()
    page = ann.come("<script>window.harmed=1</script>\x1b[31m\x00")
    answer = ann.get(page, 200)
    for text in (answer.text, ann.get("/").text):
        assert text.count("<script") == 1  # our own, by its address
        assert "<img" not in text
        assert not any(hidden in text for hidden in "\x1b\x00\u202e")
    assert "\\x1b[31mred\\x1b[0m \\x00 \\ud83d \\u202etxt.exe" in answer.text
    assert "&lt;script&gt;window.harmed=1" in answer.text
    assert "1,000," in answer.text
    assert "middle is left out" in answer.text
    assert len(answer.content) < 400_000
    saved = [ann.get(f"/text/1/{part}", 200) for part in ("first", "second", "prompt")]
    for whole in saved:
        assert whole.headers["content-type"] == "text/plain; charset=utf-8"
        assert whole.headers["content-disposition"].startswith("attachment")
    assert max(len(whole.content) for whole in saved) > 10**6
    ann.post(page, choice="unsure", note=HOSTILE.encode("utf-8", "replace").decode() * 50)
    (said,) = store.said().values()
    assert len(said.preferences[0].note) == 2000
    assert "<script>" not in ann.get("/summary").text.replace('<script src="/review.js" defer>', "")


def test_what_means_nothing_is_refused_in_words(review):
    store, visit = review()
    ann = visit()
    assert ann.get("/compare/1", 303).headers["location"] == "/"  # no name yet
    assert ann.come("  \x00 ") in {"/", "/compare/1", "/compare/2", "/compare/3", "/compare/4"}
    page = ann.come("ann")
    for path in (
        "/compare/0",
        "/compare/5",
        "/compare/99999999999999999999",
        "/text/1/chosen",
        "/compare/x",
        "/compare/-1",
    ):
        assert "<h1>" in ann.get(path, 404).text
    ann.post(page, 400, choice="third")
    ann.post(page, 400)
    ann.post(page, 413, note="x" * 70_000)
    ann.post(page, 400, **{f"f{i}": "1" for i in range(30)})
    sent = ann.client.post(
        page, content=b"{}", headers={"Origin": BASE, "Content-Type": "application/json"}
    )
    assert sent.status_code == 415
    assert ann.client.put(page, headers={"Origin": BASE}).status_code == 405
    assert all(not one.preferences for one in store.said().values())
    ann.post("/leave")
    assert ann.get(page, 303).headers["location"] == "/"


def test_what_could_not_be_written_is_said_on_the_page(review):
    store, visit = review()
    ann = visit()
    page = ann.come("ann")
    store._base._base.execute("pragma query_only = on")
    answer = ann.post(page, 500, choice="first")
    assert "This was not saved" in answer.text
    store._base._base.execute("pragma query_only = off")
    ann.post(page, choice="first")
    assert store.people() == ["ann"]


def test_there_are_no_web_sockets(review):
    _, visit = review()
    with pytest.raises(WebSocketDisconnect), visit().client.websocket_connect("/"):
        pass
