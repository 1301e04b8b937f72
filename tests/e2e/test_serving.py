"""`openai:` against a real server: `transformers serve` with a tiny random model, on loopback."""

import os
import socket
import subprocess
import sys
import time
from contextlib import contextmanager

import httpx
import pytest
import tiny

from lcbrb.policies.openai.policy import from_spec
from lcbrb.protocols.policy import Ask
from lcbrb.registry import parse_spec
from lcbrb.types import Message, Prompt, Sampling, StopReason

for needed in ("torch", "transformers", "fastapi", "openai", "uvicorn"):
    pytest.importorskip(needed, reason="transformers serve is not installed")

MOST_S = 120


@contextmanager
def served(folder):
    """The address of a `transformers serve` of a model, once it answers."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = ["serve", str(folder), "--device", "cpu", "--host", "127.0.0.1", "--port", str(port)]
    start = "from transformers.cli.transformers import main; main()"
    process = subprocess.Popen(
        [sys.executable, "-c", start, *command],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "HF_HUB_OFFLINE": "1"},
    )
    url = f"http://127.0.0.1:{port}"
    try:
        deadline = time.monotonic() + MOST_S
        while not answers(url):
            assert process.poll() is None, "the server did not start"
            assert time.monotonic() < deadline
            time.sleep(0.2)
        yield f"{url}/v1"
    finally:
        process.kill()
        process.wait()


def answers(url):
    try:
        return httpx.get(f"{url}/health", trust_env=False).is_success
    except httpx.HTTPError:
        return False


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    """A model that samples unless told not to, as instruction-tuned ones are set up."""
    folder = tiny.save_language_model(tmp_path_factory.mktemp("m"), chat=True)
    (folder / "generation_config.json").write_text('{"do_sample": true, "eos_token_id": 2}')
    return folder


def asks(count=3, samples=(0, 1)):
    messages = [(Message(role="user", content=f"Say {i}."),) for i in range(count)]
    prompts = [Prompt(messages=one, raw="Go on: ", template="t@1") for one in messages]
    return [Ask(key=f"p{i}", prompt=one, samples=samples) for i, one in enumerate(prompts)]


@pytest.mark.slow
def test_a_real_server_gives_every_sample_once(model):
    sampling = Sampling(max_tokens=8, temperature=1.0)
    with served(model) as url:
        spec = f"openai:{model}@{url}?concurrency=2&patience_s=20"
        found = list(from_spec(parse_spec(spec)).sample(asks(), sampling))
        assert {(one.key, one.sample_index) for one in found} == {
            (f"p{i}", index) for i in range(3) for index in (0, 1)
        }
        assert len({one.generation.text for one in found}) == len(found) == 6
        for one in found:
            assert one.generation.stop_reason in {StopReason.LENGTH, StopReason.END}
            assert one.generation.prompt_tokens == len("[user]Say 0.[assistant]") + 2
            assert 0 < one.generation.completion_tokens <= 8
        raw = from_spec(parse_spec(f"{spec}&form=raw"))
        (one,) = raw.sample(asks(1, (0,)), sampling)
        assert one.generation.prompt_tokens == len("Go on: ") + 1
