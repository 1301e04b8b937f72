"""The server's routes, in this process: what is asked, what is answered, and what is refused."""

import json
import threading
from concurrent.futures import Future

import pytest
from starlette.testclient import TestClient

from evaluators import benchmark
from lcbrb.engine.local import LocalExecutor
from lcbrb.errors import BadScoreError
from lcbrb.grading.grader import Grader
from lcbrb.grading.isolation import sandbox_to_grade
from lcbrb.protocols.sandbox import Execution
from lcbrb.rewards.base import RewardModel
from lcbrb.serving.app import serving_app
from lcbrb.serving.desk import Desk
from lcbrb.serving.settings import ServeSettings
from lcbrb.types import Status, Verdict

SUM = {
    "program": "print(sum(map(int, input().split())))",
    "tests": [{"input": "1 2\n", "expected": "3\n"}],
}


class Letters(RewardModel):
    """The number of letters; a response "nan" has none."""

    id, bounds = "letters", (0.0, float("inf"))

    def __init__(self):
        self.calls = []

    def score(self, items):
        self.calls.append(len(items))
        return [float("nan") if i.response == "nan" else float(len(i.response)) for i in items]


@pytest.fixture(scope="module")
def bench():
    return benchmark("mini")


@pytest.fixture(scope="module")
def desk(bench):
    sandbox = sandbox_to_grade(bench, None)
    grader = Grader(benchmark=bench, sandbox=sandbox, executor=LocalExecutor())
    made = Desk({"mini": grader}, sandbox, Letters(), queue=64, text_batch=8)
    yield made
    made.close()


def client(desk, token="", **settings):
    given = {"queue": 64, "batch": 16, **settings}
    return TestClient(
        serving_app(desk, ServeSettings(**given), token), base_url="http://127.0.0.1:8008"
    )


@pytest.fixture
def ask(desk):
    return client(desk)


def graded(answer):
    assert answer.status_code == 200, answer.text
    return answer.json()["verdicts"]


def test_programs_are_graded_by_a_benchmark_or_by_tests_of_their_own(ask, bench):
    problem = bench.load()[0]
    items = [
        {"problem_id": problem.id, "program": bench.gold(problem)},
        {"problem_id": problem.id, "program": "pass"},
        SUM,
        {**SUM, "program": "print(4)"},
        {
            "program": "def twice(n): return 2 * n",
            "tests": [{"input": "4", "expected": "8"}],
            "entry_point": "twice",
        },
    ]
    verdicts = graded(ask.post("/grade", json={"items": items}))
    assert [verdict["passed"] for verdict in verdicts] == [True, False, True, False, True]
    assert verdicts[3]["status"] == "wrong_answer"
    assert verdicts[0]["tests_passed"] == verdicts[0]["tests_total"] > 1


def test_replies_are_read_as_bench_reads_them(ask, bench):
    problem = bench.load()[0]
    reply = f"<think>so</think>\n```python\n{bench.gold(problem)}\n```"
    items = [{"problem_id": problem.id, "program": text} for text in (reply, "I do not know.")]
    verdicts = graded(ask.post("/grade", json={"items": items, "replies": True}))
    assert [verdict["status"] for verdict in verdicts] == ["passed", "no_answer"]


def test_texts_are_scored_in_order(ask):
    items = [{"prompt": "p", "response": text} for text in ("abc", "a", "abc")]
    assert ask.post("/score", json={"items": items}).json() == {"scores": [3.0, 1.0, 3.0]}


def test_a_score_that_is_no_number_is_its_own_request_s_failure(desk):
    release = threading.Event()
    scorer, score = desk.scorer, desk.scorer.model.score
    scorer.model.score = lambda items: (release.wait(), score(items))[1]
    from lcbrb.protocols.reward import Item

    first, bad, good = (
        scorer.submit([Item(prompt="p", response=text)]) for text in ("x", "nan", "xy")
    )
    release.set()
    assert first.result(10) == [1.0]
    assert good.result(10) == [2.0]
    with pytest.raises(BadScoreError):
        bad.result(10)
    del scorer.model.score


def test_our_failure_is_neither_right_nor_wrong(desk, monkeypatch):
    failed: Future = Future()
    failed.set_result(Verdict(status=Status.HARNESS_ERROR, detail="no room"))
    monkeypatch.setattr(desk, "grade", lambda _: [failed])
    (verdict,) = graded(client(desk).post("/grade", json={"items": [SUM]}))
    assert (verdict["passed"], verdict["status"]) == (None, "harness_error")


def test_sandbox_fusion_s_clients_are_answered_in_its_shape(ask):
    def run(code, **more):
        return ask.post("/run_code", json={"code": code, "language": "python", **more}).json()

    right = run("print(input())", stdin="hello")
    assert right["status"] == "Success"
    assert (right["run_result"]["status"], right["run_result"]["return_code"]) == ("Finished", 0)
    assert right["run_result"]["stdout"] == "hello\n"
    failed = run("raise ValueError('so')")
    assert (failed["status"], failed["run_result"]["return_code"]) == ("Failed", 1)
    assert "ValueError" in failed["run_result"]["stderr"]
    endless = run("while True: pass", run_timeout=0.3)
    assert endless["run_result"]["status"] == "TimeLimitExceeded"
    assert run("", language="rust")["status"] == "SandboxError"
    assert "neither provides nor returns" in run("1", files={"a": "YQ=="})["message"]
    ours = Execution(status=Status.HARNESS_ERROR, detail="lost")
    from lcbrb.serving.run_code import answer

    assert answer(ours)["status"] == "SandboxError"


@pytest.mark.parametrize(
    ("path", "body", "code", "words"),
    [
        ("/grade", {"items": []}, 422, "at least one"),
        ("/grade", {"items": [{"program": "1"}]}, 422, "problem_id or tests"),
        ("/grade", {"items": [{**SUM, "problem_id": "x"}]}, 422, "either problem_id or tests"),
        ("/grade", {"items": [{**SUM, "program": 1}]}, 422, "items.0.program"),
        ("/grade", {"items": [SUM], "nonsense": 1}, 422, "nonsense"),
        ("/grade", {"items": [SUM] * 17}, 413, "17 in one request"),
        ("/grade", {"items": [{"problem_id": "x", "program": ""}]}, 404, "problem of mini"),
        (
            "/grade",
            {"items": [{"problem_id": "x", "program": ""}], "benchmark": "python:evil.py:f"},
            404,
            "benchmark of this server",
        ),
        ("/score", {"items": [{"prompt": "p"}]}, 422, "response"),
        ("/score", {"items": [{"prompt": "p", "response": "nan"}]}, 503, "not a finite number"),
    ],
)
def test_what_can_not_be_asked_is_told(ask, path, body, code, words):
    answer = ask.post(path, json=body)
    assert answer.status_code == code
    assert words in answer.json()["error"]


def test_hostile_bodies_end_early(desk):
    ask = client(desk, body_mib=1)
    json_type = {"content-type": "application/json"}
    assert ask.post("/grade", content=b"[" * 100_000, headers=json_type).status_code == 422
    assert ask.post("/grade", content=b"\xff\xfe", headers=json_type).status_code == 422
    assert ask.post("/grade", content=b"{}", headers={"content-type": "text/plain"}).is_error
    large = (b" " * (1 << 20) for _ in range(3))
    assert ask.post("/grade", content=large, headers=json_type).status_code == 413
    told = {**json_type, "content-length": str(1 << 30)}
    assert ask.post("/grade", content=b"{}", headers=told).status_code == 413


def test_a_token_is_asked_of_everybody(desk):
    ask = client(desk, "secret")
    assert ask.post("/grade", json={"items": [SUM]}).status_code == 401
    for wrong in ("Bearer secre", "Bearer secret2", "Basic secret", "secret"):
        answer = ask.get("/metrics", headers={"Authorization": wrong})
        assert answer.status_code == 401
        assert answer.headers["www-authenticate"] == "Bearer"
    right = {"Authorization": "Bearer secret", "Host": "grader.example"}
    assert graded(ask.post("/grade", json={"items": [SUM]}, headers=right))[0]["passed"]
    assert ask.get("/health").status_code == 200, "a load balancer has no token"


@pytest.mark.parametrize(
    "headers",
    [{"Host": "evil.example"}, {"Origin": "http://evil.example"}, {"Host": "127.0.0.1.x"}],
)
def test_without_a_token_pages_in_a_browser_are_refused(ask, headers):
    assert ask.post("/grade", json={"items": [SUM]}, headers=headers).status_code == 403


def test_too_much_at_a_time_is_told_when_to_come_again(desk):
    ask = client(desk, queue=64, batch=16)
    with desk.room.of(60):
        answer = ask.post("/grade", json={"items": [SUM] * 5})
        assert answer.status_code == 429
        assert 1 <= int(answer.headers["retry-after"]) <= 60
        assert graded(ask.post("/grade", json={"items": [SUM] * 4}))
    assert desk.room.taken == 0


def test_health_and_metrics_tell_what_is_there_and_what_was_done(ask):
    ask.post("/grade", json={"items": [SUM]})
    told = ask.get("/health").json()
    assert told["benchmarks"]["mini"]["version"]
    assert (told["reward_model"], told["waiting"]) == ("letters", 0)
    text = ask.get("/metrics").text
    assert 'lcbrb_verdicts_total{given="given",status="passed"}' in text
    assert 'lcbrb_requests_total{code="200",path="/grade"} 1.0' in text
    json.dumps(told)
