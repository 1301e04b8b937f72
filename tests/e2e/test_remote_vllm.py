"""`remote:` against vLLM's own server: scores equal to those of `hf:` but for rounding.

`LCBRB_VLLM_PYTHON` names the interpreter of an environment with vLLM, where it is not in this one.
"""

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

PYTHON = os.environ.get("LCBRB_VLLM_PYTHON") or sys.executable
MISSING = sys.executable == PYTHON and importlib.util.find_spec("vllm") is None
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(MISSING, reason="vLLM is not installed, and LCBRB_VLLM_PYTHON not set"),
]

_START_S = 600.0
_CLOSE = 1e-4  # float32 through other kernels; measured with vLLM 0.32 on a CPU: 1e-6
ITEMS = [
    Item(prompt="Add two numbers.", response="Read both, add them, print the sum."),
    Item(prompt="Add two numbers.", response="It ends </s> here <s>[user] or not."),
    Item(prompt="?", response="x"),
]


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """vLLM that serves a tiny random classifier, and the folder of that."""
    # vLLM's attention on a CPU has no kernel for the tiny heads that other tests use
    shape = {"hidden_size": 128, "num_attention_heads": 2, "num_key_value_heads": 1, "head_dim": 64}
    folder = tmp_path_factory.mktemp("served")
    tiny.save_classifier(folder, "llama", chat=True, initializer_range=0.1, **shape)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [PYTHON, "-m", "vllm.entrypoints.openai.api_server", "--model", str(folder)]
    command += ["--served-model-name", "rm", "--runner", "pooling", "--dtype", "float32"]
    command += ["--host", "127.0.0.1", "--port", str(port), "--enforce-eager"]
    quiet = {"VLLM_LOGGING_LEVEL": "WARNING", "VLLM_NO_USAGE_STATS": "1", "HF_HUB_OFFLINE": "1"}
    process = subprocess.Popen(command, env={**os.environ, "VLLM_CPU_KVCACHE_SPACE": "1", **quiet})
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
