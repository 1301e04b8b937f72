"""The server as a user starts it: many clients, a kill in the middle, slow ones, and its end."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import httpx2 as httpx
import pytest

from lcbrb.errors import UsageError
from lcbrb.serving.settings import ServeSettings, check_address

ANYWHERE = "0.0.0.0"  # noqa: S104 - that it is refused is what is tested
SERVE = [sys.executable, "-m", "lcbrb", "serve"]


def started(*more, env=None, port=0):
    process = subprocess.Popen(
        [*SERVE, "--port", str(port), *more],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env={**os.environ, **(env or {})},
    )
    line = process.stdout.readline()
    found = re.search(r"http://\S+:(\d+)", line)
    assert found, line + process.stdout.read()
    return process, int(found[1])


def item(number):
    return {
        "program": f"print(int(input()) + {number})",
        "tests": [{"input": "1\n", "expected": f"{number + 1 + (number % 3 == 0)}\n"}],
    }


def test_clients_that_try_again_lose_nothing_when_the_server_is_killed():
    process, port = started()
    killed = False

    def ask(batch):
        nonlocal process, killed
        while True:
            try:
                answer = httpx.post(
                    f"http://127.0.0.1:{port}/grade",
                    json={"items": [item(number) for number in batch]},
                    timeout=120,
                )
            except httpx.HTTPError:
                time.sleep(0.2)
                continue
            if answer.status_code == 429:
                time.sleep(float(answer.headers["retry-after"]) / 10)
                continue
            assert answer.status_code == 200, answer.text
            return dict(zip(batch, answer.json()["verdicts"], strict=True))

    batches = [range(at, at + 5) for at in range(0, 100, 5)]
    try:
        with ThreadPoolExecutor(8) as pool:
            asked = [pool.submit(ask, batch) for batch in batches]
            asked[0].result()
            process.send_signal(signal.SIGKILL)
            process.wait()
            process.stdout.close()
            process, _ = started(port=port)
            verdicts = {}
            for answer in asked:
                verdicts |= answer.result()
        assert {n: v["passed"] for n, v in verdicts.items()} == {n: n % 3 != 0 for n in range(100)}
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 0
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


def test_a_client_that_sends_nothing_holds_up_nobody():
    process, port = started("-c", "connections=40", "-c", "body_s=0.5", "-m", "length")
    idle = []
    try:
        idle += [socket.create_connection(("127.0.0.1", port)) for _ in range(20)]
        for one in idle[:10]:  # a body that does not come
            one.sendall(
                b"POST /score HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
                b"Content-Length: 9\r\n\r\n{"
            )
        items = [{"prompt": "p", "response": "abc"}]
        answer = httpx.post(f"http://127.0.0.1:{port}/score", json={"items": items}, timeout=60)
        assert answer.json() == {"scores": [3.0]}
        idle[0].settimeout(60)
        assert b" 408 " in idle[0].recv(4096)
        process.send_signal(signal.SIGINT)
        assert process.wait(60) == 0
    finally:
        for one in idle:
            one.close()
        process.kill()
        process.wait()
        process.stdout.close()


def test_other_machines_need_a_token():
    check_address("127.0.0.1", "")
    check_address("localhost", "")
    check_address(ANYWHERE, "secret")
    for host in (ANYWHERE, "192.168.0.1", "::", "grader.example"):
        with pytest.raises(UsageError, match="LCBRB_SERVE_TOKEN"):
            check_address(host, "")
    with pytest.raises(UsageError, match="without spaces"):
        check_address(ANYWHERE, "two words")
    with pytest.raises(UsageError, match="never be accepted"):
        ServeSettings(queue=4, batch=8)


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["--host", ANYWHERE], 2, "LCBRB_SERVE_TOKEN"),
        (["--benchmark", "nonsense"], 2, "nonsense"),
        (["-m", "nonsense"], 2, "nonsense"),
        (["-c", "queue=0"], 2, "queue"),
    ],
)
def test_what_can_not_be_served_is_one_sentence(arguments, code, words, capfd, monkeypatch):
    from lcbrb.cli.main import main

    monkeypatch.delenv("LCBRB_SERVE_TOKEN", raising=False)
    assert main(["serve", "--port", "0", *arguments]) == code
    told = capfd.readouterr().err
    assert words in told
    assert "Traceback" not in told
