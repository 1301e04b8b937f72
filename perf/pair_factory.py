"""A small model as sampler and as judge: `lcbrb pairs build` from end to end, on a CPU.

    python perf/pair_factory.py FOLDER [--only mini|livecodebench] [--max-tokens 256] [--limit N]
        [-c give_up_after=2] [--policy smollm2?dtype=bfloat16 --judge smollm2?dtype=bfloat16]

The judge is the same SmolLM2, in this process behind an OpenAI-compatible server on loopback, one
request at a time; its replies have at most ``--judge-tokens`` tokens. Mini is built with both kinds
of pairs, 30 problems of LiveCodeBench with the paper's, eight samples a problem at most. A stopped
run goes on where it was. For each set are printed: what the command said and its exit code, the
counts of its manifest, the time by the clock, and CPU time of the sampler and of the judge. So that
a judge that says nothing readable does not hide the rest of the way, ``--stand-in`` builds once
more, out of the same samples, with a server that answers at once by a hash of what it is asked.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import resource
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from lcbrb import codec
from lcbrb.policies import open_policy
from lcbrb.protocols.policy import Ask, Policy
from lcbrb.types import Generation, Message, PairManifest, Prompt, Sampling, StopReason

SETS = {
    "mini": ("mini", "lcb-rb,outcome-matched", 0),
    "livecodebench": ("livecodebench@v5", "lcb-rb", 30),
}
Judge = Callable[[list[dict[str, str]], Sampling], Generation]


def small_model(spec: str) -> Judge:
    """A model in this process, one request at a time."""
    model, lock = open_policy(spec), threading.Lock()
    if not isinstance(model, Policy):
        raise TypeError(f"{spec} is no policy that can be asked")

    def judge(messages: list[dict[str, str]], sampling: Sampling) -> Generation:
        turns = tuple(Message(role=turn["role"], content=turn["content"]) for turn in messages)
        prompt = Prompt(messages=turns, template="as asked")
        with lock:
            (sampled,) = model.sample([Ask(key="judge", prompt=prompt)], sampling)
        return sampled.generation or Generation(text="")

    return judge


def by_hash(messages: list[dict[str, str]], _: Sampling) -> Generation:
    """Sound and fitting or not, by a hash of all that is asked."""
    bits = hashlib.sha256(json.dumps(messages).encode()).digest()[0]
    said = json.dumps({"sound": bool(bits & 1), "fits": bool(bits & 2), "mistake": ""})
    return Generation(text=f"Judgement: {said}", stop_reason=StopReason.END)


@contextmanager
def serving(judge: Judge, port: int) -> Iterator[str]:
    """The address of a server of chat completions, on loopback."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send(json.dumps({"object": "list", "data": [{"id": "judge"}]}), "application/json")

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            sampling = Sampling(
                temperature=body.get("temperature", 0.0),
                max_tokens=body.get("max_tokens") or body["max_completion_tokens"],
                seed=body.get("seed") or 0,
            )
            reply = judge(body["messages"], sampling)
            ended = "length" if reply.stop_reason is StopReason.LENGTH else "stop"
            choice = {"index": 0, "delta": {"content": reply.text}, "finish_reason": ended}
            self.send(f"data: {json.dumps({'choices': [choice]})}\n\ndata: [DONE]\n\n")

        def send(self, text: str, kind: str = "text/event-stream") -> None:
            content = text.encode()
            self.send_response(200)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            """Keep quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{port}/v1"
    finally:
        server.shutdown()
        server.server_close()


def build(name: str, url: str, folder: Path, given: argparse.Namespace, judged_by: str) -> None:
    """Build one set, and print what came of it."""
    problems, kinds, limit = SETS[name]
    output = folder / f"{name}.{judged_by}.jsonl"
    judge = f"openai:{judged_by}@{url}?concurrency=1&max_tokens={given.judge_tokens}"
    command = [sys.executable, "-m", "lcbrb", "pairs", "build", "--problems", problems]
    command += ["--policy", given.policy, "--judge", judge, "--kind", kinds, "-o", str(output)]
    if not given.policy.startswith("replay:"):
        command += ["-n", "8", "-c", f"max_tokens={given.max_tokens}"]
    for setting in given.config:
        command += ["-c", setting]
    if limit := given.limit or limit:
        command += ["--limit", str(limit)]
    own, began = time.process_time(), time.monotonic()
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    ended = subprocess.run(command, check=False, stdout=subprocess.PIPE, text=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    print(f"== {name}, judged by {judged_by}: exit code {ended.returncode}")
    print(ended.stdout)
    print(
        f"{time.monotonic() - began:.0f} s by the clock, {cpu:.0f} s of CPU time to build, "
        f"{time.process_time() - own:.0f} s to judge, {after.ru_maxrss / 1024:.0f} MiB"
    )
    manifest = output.with_suffix(".manifest.json")
    if manifest.exists():
        counts = codec.read_record(PairManifest, manifest).counts
        print(json.dumps(counts, indent=1, sort_keys=True), flush=True)


def main() -> None:
    """Build the sets."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--only", choices=SETS)
    parser.add_argument(
        "--policy", default="smollm2", help="or replay:mini, to see the judge alone"
    )
    parser.add_argument("--judge", default="smollm2", help="or smollm2?dtype=bfloat16, say")
    parser.add_argument("--max-tokens", type=int, default=256)
    parser.add_argument("--judge-tokens", type=int, default=96)
    parser.add_argument("--limit", type=int, default=0, help="problems; else all, 30 of LCB")
    parser.add_argument("-c", "--config", action="append", default=[], help="as of pairs build")
    parser.add_argument("--port", type=int, default=8431, help="the judge's, part of its name")
    parser.add_argument("--stand-in", action="store_true")
    given = parser.parse_args()
    os.environ.setdefault("OPENAI_API_KEY", "none")
    given.folder.mkdir(parents=True, exist_ok=True)
    judged_by = "stand-in" if given.stand_in else "smollm2"
    with serving(by_hash if given.stand_in else small_model(given.judge), given.port) as url:
        for name in [given.only] if given.only else SETS:
            build(name, url, given.folder, given, judged_by)


if __name__ == "__main__":
    main()
