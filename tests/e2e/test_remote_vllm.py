"""`remote:` against vLLM's own server, where vLLM is installed: scores equal to `hf:` but rounding."""

import importlib.util
import os
import socket
import subprocess
import sys
import time

import httpx
import pytest
import tiny

from lcbrb.protocols.reward import Item
from lcbrb.rewards import reward_model

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(importlib.util.find_spec("vllm") is None, reason="vLLM is not installed"),
]

_START_S = 600.0
_CLOSE = 2e-2  # float32 through other kernels
ITEMS = [
    Item(prompt="Add two numbers.", response="Read both, add them, print the sum."),
    Item(prompt="Add two numbers.", response="It ends </s> here <s>[user] or not."),
    Item(prompt="?", response="x"),
]


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """vLLM that serves a tiny random classifier, and the folder of that."""
    folder = tiny.save_classifier(tmp_path_factory.mktemp("served"), "llama", chat=True)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "vllm.entrypoints.openai.api_server", "--model", str(folder)]
    command += ["--served-model-name", "rm", "--runner", "pooling", "--dtype", "float32"]
    command += ["--host", "127.0.0.1", "--port", str(port), "--enforce-eager"]
    process = subprocess.Popen(command, env={**os.environ, "VLLM_LOGGING_LEVEL": "WARNING"})
    try:
        deadline = time.monotonic() + _START_S
        while time.monotonic() < deadline and process.poll() is None:
            try:
                if httpx.get(f"http://127.0.0.1:{port}/health", timeout=5).is_success:
                    break
            except httpx.HTTPError:
                time.sleep(1)
        assert process.poll() is None, "vLLM did not start"
        yield f"http://127.0.0.1:{port}", folder
    finally:
        process.terminate()
        process.wait(60)


def test_scores_are_those_of_hf(server):
    url, folder = server
    there = reward_model(f"remote:rm@{url}?api=vllm&tokenizer={folder}")
    expected = reward_model(f"hf:{folder}").score(ITEMS)
    assert there.score(ITEMS) == pytest.approx(expected, abs=_CLOSE)
    assert max(expected) - min(expected) > 10 * _CLOSE
