"""Grading by HTTP beside grading in one process: rates, waiting times, memory, nothing lost.

    python perf/serve.py [--clients 200] [--programs 20000] [--batch 20] [--kill]

Programs that print a sum, one in three of which is wrong, with tests of their own. First in this
process (`LocalExecutor`), then from so many client threads through `lcbrb serve` on loopback, which
with --kill is killed in the middle and started again. Every verdict is compared with the known one.
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import re
import signal
import statistics
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

from lcbrb.engine.local import LocalExecutor
from lcbrb.grading.grader import Grader
from lcbrb.grading.problem_set import ProblemSet
from lcbrb.sandbox.levels import sandbox_for
from lcbrb.serving.requests import GivenTest, GradeItem
from lcbrb.types import Completion, Status

WRONG = 3  # one in so many
OK, TOO_MANY = 200, 429


def item(number: int) -> dict:
    """A program, and a test that it passes or not."""
    expected = number + 1 + (number % WRONG == 0)
    return {
        "program": f"print(int(input()) + {number})",
        "tests": [{"input": "1\n", "expected": f"{expected}\n"}],
    }


def directly(count: int) -> float:
    """Programs per second in this process."""
    bench = ProblemSet(name="given", version="1", problems=())
    sandbox = sandbox_for()
    grader = Grader(benchmark=bench, sandbox=sandbox, executor=LocalExecutor())
    problems, completions = {}, []
    for number in range(count):
        given = item(number)
        tests = tuple(GivenTest(**test) for test in given["tests"])
        problem = GradeItem(program=given["program"], tests=tests).problem()
        problems[number] = problem
        completions.append(
            Completion(
                problem_id=problem.id,
                policy_id="given",
                sample_index=number,
                text=given["program"],
                solution=given["program"],
            )
        )
    began = time.monotonic()
    for done, verdict in LocalExecutor().map(
        lambda one: grader.verdict(one, problems[one.sample_index]), completions
    ):
        assert (verdict.status is Status.PASSED) == (done.sample_index % WRONG != 0)
    seconds = time.monotonic() - began
    sandbox.close()
    return count / seconds


class Server:
    """`lcbrb serve`, which may be killed and started again at the same port."""

    def __init__(self) -> None:
        self.port = 0
        self.start()

    def start(self) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "lcbrb", "serve", "--port", str(self.port)],
            stdout=subprocess.PIPE,
            text=True,
        )
        self.port = int(re.search(r":(\d+);", self.process.stdout.readline())[1])

    def kill(self) -> None:
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def memory_mib(self) -> float:
        """Resident memory of the server's own process."""
        status = Path(f"/proc/{self.process.pid}/status").read_text(encoding="utf-8")
        return int(re.search(r"VmRSS:\s+(\d+)", status)[1]) / 1024


def ask(connection: http.client.HTTPConnection, batch: range) -> tuple[list[dict], int]:
    """Verdicts of a batch, and how often it was sent again.

    By the standard library's client: httpx took 0.9 ms of CPU a program, as much as the server.
    """
    again, body = 0, json.dumps({"items": [item(number) for number in batch]})
    while True:
        try:
            connection.request("POST", "/grade", body, {"Content-Type": "application/json"})
            answer = connection.getresponse()
            told = json.loads(answer.read())
        except (OSError, http.client.HTTPException):
            connection.close()
            again += 1
            time.sleep(0.5)
            continue
        if answer.status == TOO_MANY:
            again += 1
            time.sleep(float(answer.headers["retry-after"]))
            continue
        assert answer.status == OK, told
        return told["verdicts"], again


def main() -> None:
    """Measure, compare, print."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--clients", type=int, default=200)
    parser.add_argument("--programs", type=int, default=20_000)
    parser.add_argument("--batch", type=int, default=20)
    parser.add_argument("--kill", action="store_true")
    given = parser.parse_args()
    here = directly(min(given.programs, 4000))
    server, verdicts, times, sent_again, memory = Server(), {}, [], 0, []
    lock, batches = threading.Lock(), iter(range(0, given.programs, given.batch))
    half = threading.Event()

    def client() -> None:
        nonlocal sent_again
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=600)
        with closing(connection):
            while True:
                with lock:
                    at = next(batches, None)
                if at is None:
                    return
                batch = range(at, min(at + given.batch, given.programs))
                began = time.monotonic()
                found, again = ask(connection, batch)
                with lock:
                    times.append(time.monotonic() - began)
                    sent_again += again
                    for number, verdict in zip(batch, found, strict=True):
                        assert number not in verdicts
                        verdicts[number] = verdict
                    if len(verdicts) * 2 > given.programs:
                        half.set()

    began = time.monotonic()
    with ThreadPoolExecutor(given.clients) as pool:
        clients = [pool.submit(client) for _ in range(given.clients)]
        if given.kill:
            half.wait()
            server.kill()
            server.start()
        while not all(one.done() for one in clients):
            memory.append(server.memory_mib())
            time.sleep(1)
        for one in clients:
            one.result()
    seconds = time.monotonic() - began
    server.process.send_signal(signal.SIGTERM)
    wrong = [n for n, one in verdicts.items() if one["passed"] != (n % WRONG != 0)]
    ordered, rate = sorted(times), given.programs / seconds
    p50, p99 = statistics.median(ordered), ordered[int(len(ordered) * 0.99)]
    rows = {
        "clients, programs in a request": f"{given.clients}, {given.batch}",
        "in this process": f"{here:.0f} programs/s",
        "by HTTP": f"{rate:.0f} programs/s ({rate / here:.0%})",
        "a request, p50 and p99": f"{p50:.2f} s, {p99:.2f} s",
        "memory of the server, first and last": f"{memory[0]:.0f} MiB, {memory[-1]:.0f} MiB",
        "answered, wrong, sent again": f"{len(verdicts)}, {len(wrong)}, {sent_again}",
        "exit code": server.process.wait(),
    }
    print(
        "\n".join(["| | |", "|---|---|", *(f"| {name} | {told} |" for name, told in rows.items())])
    )
    if wrong or len(verdicts) != given.programs:
        raise SystemExit(1)


if __name__ == "__main__":
    os.environ.pop("LCBRB_SERVE_TOKEN", None)
    main()
