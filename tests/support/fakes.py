"""Stand-ins for what a test must not use: other people's machines, and slow or failing programs."""

import base64
import dataclasses
import inspect
import json
import os
import pickle
import threading
import zlib
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from lcbrb.protocols.benchmark import Benchmark
from lcbrb.protocols.policy import Policy, Sampled
from lcbrb.protocols.sandbox import Execution
from lcbrb.sources import mini
from lcbrb.types import Generation, Message, Prompt

# ---------------------------------------------------------------------------------- grading


class FakeSandbox:
    """Gives prepared executions, in order, whatever it is asked to run; `alone` counts fresh runs."""

    level = "fake"

    def __init__(self, *executions):
        self.executions = [
            one if isinstance(one, Execution) else Execution(status=None, output=one)
            for one in executions
        ]
        self.inputs = []
        self.alone = 0

    def run(self, program, inputs, limits, *, fresh=False, together=False):
        self.alone += fresh
        for text in inputs:
            if not self.executions:
                return
            self.inputs.append(text)
            yield self.executions.pop(0)


class FakeBenchmark(Benchmark):
    """Gives prepared verdicts: one for each call, the last one for all that follow."""

    name, version = "fake", "1"

    def __init__(self, problems, *verdicts):
        self.problems = problems
        self.verdicts = list(verdicts)
        self.graded = []

    def load(self):
        return self.problems

    def prompt(self, problem):
        message = Message(role="user", content=problem.prompt)
        return Prompt(messages=(message,), raw=f"# {problem.prompt}\n", template="fake@1")

    def verify(self, problem, completion, sandbox):
        self.graded.append((problem.id, completion.policy_id, completion.sample_index))
        return self.verdicts.pop(0) if len(self.verdicts) > 1 else self.verdicts[0]


class InTurn:
    """An executor without threads; `backwards` gives results in the other order."""

    def __init__(self, *, backwards=False):
        self.backwards = backwards

    def map(self, work, items):
        items = list(items)
        for item in reversed(items) if self.backwards else items:
            yield item, work(item)


# ------------------------------------------------------------------------------------ files


def write_lines(path, rows):
    """Rows as JSONL; a string is written as it is."""
    lines = (row if isinstance(row, str) else json.dumps(row) for row in rows)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(line + "\n" for line in lines), encoding="utf-8")
    return path


def encoded(value):
    """A value as the official lite release packs private tests (there: a JSON text)."""
    return base64.b64encode(zlib.compress(pickle.dumps(value))).decode()


def case(given="1\n", expected="2\n", kind="stdin"):
    return {"input": given, "output": expected, "testtype": kind}


def lcb_row(name="q1", *, public=None, private=(), **fields):
    """A problem in the layout of LiveCodeBench's official lite release; one public test if unsaid."""
    public = [case()] if public is None else public
    return {
        "question_title": name,
        "question_content": f"Solve {name}.",
        "platform": "atcoder",
        "question_id": name,
        "contest_id": "c",
        "contest_date": "2024-05-01T00:00:00",
        "starter_code": "",
        "difficulty": "easy",
        "public_test_cases": json.dumps(list(public)),
        "private_test_cases": encoded(json.dumps(list(private))),
        "metadata": "{}",
        **fields,
    }


# ----------------------------------------------------------------------------------- the hub


class StandIn:
    """A function that records its calls; each must fit the real one's signature.

    What it is made with comes back: a value, an exception to raise, or a function to call.
    """

    def __init__(self, real, outcome):
        self.signature = inspect.signature(real)
        self.outcome = outcome
        self.calls = []

    def __call__(self, *args, **kwargs):
        self.calls.append(dict(self.signature.bind(*args, **kwargs).arguments))
        if isinstance(self.outcome, Exception):
            raise self.outcome
        return self.outcome(*args, **kwargs) if callable(self.outcome) else self.outcome


def parquet_hub(monkeypatch, path):
    """The hub's client, which gives the file `path`; its `rows` writes that file, as Parquet."""
    import huggingface_hub
    import pyarrow as pa
    import pyarrow.parquet as pq

    client = StandIn(huggingface_hub.hf_hub_download, str(path))
    client.rows = lambda *rows: pq.write_table(pa.Table.from_pylist(list(rows)), path)
    monkeypatch.setattr(huggingface_hub, "hf_hub_download", client)
    monkeypatch.delenv("LCBRB_DATA", raising=False)
    return client


class Website:
    """A real server on loopback. `pages` maps a path to its content; other paths are a 404."""

    def __init__(self, pages):
        self.pages = pages
        self.asked = []
        self.drops = False  # say how much there is, send half of it and hang up

    def answer(self, request):
        self.asked.append(request.path)
        content = self.pages.get(request.path)
        request.send_response(200 if content is not None else 404)
        content = content or b""
        request.send_header("Content-Length", str(len(content)))
        request.end_headers()
        request.wfile.write(content[: len(content) // 2] if self.drops else content)


@contextmanager
def serving(pages):
    """A `Website` and its address."""
    site = Website(pages)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            site.answer(self)

        def log_message(self, *parts):
            """Keep quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield site, f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


# ----------------------------------------------------------------------------- the real data

DATA = os.environ.get("LCBRB_DATA")


def hurry_mini(monkeypatch):
    """Have the embedded benchmark's programs that are too slow stopped soon."""
    monkeypatch.setattr(mini, "LIMITS", dataclasses.replace(mini.LIMITS, cpu_s=0.5))


def reads_data(test):
    """A test over the real benchmark files; skips where they are not."""
    absent = pytest.mark.skipif(not DATA, reason="LCBRB_DATA names no folder with the real files")
    return pytest.mark.data(absent(test))


class CountingPolicy(Policy):
    """Answers at once, and counts what it is asked for; `answer` may raise or give None."""

    revision = identity = None  # plain attributes in place of the properties

    def __init__(self, answer=None, revision="1", name="fake"):
        self.id, self.revision = name, revision
        self.identity = {"kind": "fake", "name": name, "revision": revision}
        self.answer = answer or (lambda key, index: f"{key} {index}")
        self.asked = []

    def sample(self, asks, sampling):
        for ask in asks:
            for index in ask.samples:
                self.asked.append((ask.key, index))
                text = self.answer(ask.key, index)
                generation = None if text is None else Generation(text=text, completion_tokens=3)
                error = "" if generation else "it would not"
                yield Sampled(key=ask.key, sample_index=index, generation=generation, error=error)
