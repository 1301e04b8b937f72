"""While work is under way: who has left is not waited for, and a request's results come together."""

import asyncio
import json
import threading
from concurrent.futures import Future

import pytest
from loops import awaited

from lcbrb.errors import IncompleteRunError
from lcbrb.sandbox.levels import sandbox_for
from lcbrb.serving.app import serving_app
from lcbrb.serving.desk import Desk
from lcbrb.serving.settings import ServeSettings
from lcbrb.types import Status, Verdict

RIGHT, WRONG = Verdict(status=Status.PASSED), Verdict(status=Status.WRONG_ANSWER)


class ByHand(Desk):
    """A desk whose futures the test sets."""

    def __init__(self):
        super().__init__({}, sandbox_for("D"), None, queue=8, text_batch=8)
        self.futures, self.asked = [Future() for _ in range(3)], threading.Event()

    def grade(self, asked):
        self.asked.set()
        return self.futures


@pytest.fixture
def desk():
    made = ByHand()
    yield made
    made.close()


def answered(desk, then=lambda: None, *, leaves=False, ends=False):
    """Status and document of a request of three programs; `then` is called once it is taken."""
    item = {"program": "", "tests": [{"input": "", "expected": ""}]}
    body, sent = json.dumps({"items": [item] * 3}).encode(), []
    scope = {
        "type": "http",
        "method": "POST",
        "path": "/grade",
        "query_string": b"",
        "headers": [(b"host", b"127.0.0.1"), (b"content-type", b"application/json")],
    }

    async def run():
        gone = asyncio.Event()
        messages = [{"type": "http.request", "body": body}]

        async def receive():
            if messages:
                return messages.pop()
            await gone.wait()
            return {"type": "http.disconnect"}

        async def send(message):
            sent.append(message)

        app = serving_app(desk, ServeSettings(queue=8, batch=8))
        answer = asyncio.ensure_future(app(scope, receive, send))
        assert await asyncio.to_thread(desk.asked.wait, 20)
        await asyncio.to_thread(then)
        if leaves:
            gone.set()
        if ends:
            answer.cancel()  # as uvicorn does when it has waited long enough
        await asyncio.wait_for(answer, 20)

    awaited(run())
    return sent[0]["status"], json.loads(sent[1]["body"] or "null")


def test_results_that_come_in_any_order_are_given_in_the_order_of_the_items(desk):
    def then():
        for at, verdict in ((2, RIGHT), (0, WRONG), (1, RIGHT)):
            desk.futures[at].set_result(verdict)

    status, told = answered(desk, then)
    assert status == 200
    assert [verdict["passed"] for verdict in told["verdicts"]] == [False, True, True]
    assert desk.room.taken == 0


def test_what_has_not_begun_is_given_up_once_the_asker_has_left(desk):
    def then():
        desk.futures[0].set_result(RIGHT)
        desk.futures[1].set_running_or_notify_cancel()

    status, _ = answered(desk, then, leaves=True)
    assert status == 499
    assert [future.cancelled() for future in desk.futures] == [False, False, True]
    assert desk.room.taken == 0


def test_the_first_failure_is_told_at_once_and_the_rest_given_up(desk):
    status, told = answered(desk, lambda: desk.futures[1].set_exception(IncompleteRunError("lost")))
    assert (status, told) == (503, {"error": "lost"})
    assert [future.cancelled() for future in desk.futures] == [True, False, True]


def test_work_that_the_end_of_the_server_gave_up_is_told(desk):
    status, told = answered(desk, desk.futures[2].cancel)
    assert (status, told) == (503, {"error": "the server is shutting down"})


def test_a_request_that_the_end_cuts_off_is_told_and_leaves_nothing_behind(desk):
    status, told = answered(desk, ends=True)
    assert (status, told) == (503, {"error": "the server is shutting down"})
    assert all(future.cancelled() for future in desk.futures)
    assert desk.room.taken == 0
