"""A reward model behind a server on loopback."""

import pytest
import reward_serving
import tiny

import serving
from lcbrb.rewards import reward_model


@pytest.fixture
def site(monkeypatch):
    """A server that gives scores made of token ids, and no long waits."""
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    monkeypatch.setattr("lcbrb.servers.retries._FIRST_S", 0.01)
    with serving.serving(reward_serving.RewardSite()) as (site, url):
        site.url = url
        yield site


@pytest.fixture(scope="session")
def tokenizer_folder(tmp_path_factory):
    """A folder that holds a tokenizer and nothing else."""
    pytest.importorskip("transformers", reason="the extra 'hf' is not installed")
    folder = tmp_path_factory.mktemp("words")
    tiny.tokenizer(chat=True).save_pretrained(folder)
    return folder


@pytest.fixture
def remote(site, tokenizer_folder):
    """Makes a reward model that asks the server."""

    def made(options="", api="vllm", tokenizer=tokenizer_folder, model="rm", patience_s=20):
        more = "".join(f"&{part}" for part in (f"patience_s={patience_s}", options) if part)
        page = "/score" if api == "items" else ""
        known = "" if api == "items" else f"&tokenizer={tokenizer}"
        return reward_model(f"remote:{model}@{site.url}{page}?api={api}{known}{more}")

    return made
