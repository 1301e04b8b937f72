"""Judges that ask a server on loopback, which goes by the rules of `judged`."""

import judged
import pytest

import serving
from lcbrb.rewards import reward_model


@pytest.fixture
def quick(monkeypatch, tmp_path):
    """A cache of its own, no key, and no long waits."""
    monkeypatch.setenv("LCBRB_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    monkeypatch.setattr("lcbrb.servers.retries._FIRST_S", 0.01)


@pytest.fixture
def server(quick):
    with serving.serving() as (site, url):
        site.text, site.usual, site.url = judged.verdict, judged.manners, url
        yield site


@pytest.fixture
def judge(server, tmp_path):
    """Makes a judge in the rules' own words."""
    for name, text in (("two", judged.TEMPLATE), ("one", judged.ONE)):
        (tmp_path / f"{name}.toml").write_text(text)

    def made(options="", mode="pairwise", policy="concurrency=4&patience_s=10"):
        file = tmp_path / ("two.toml" if mode == "pairwise" else "one.toml")
        more = f"&{options}" if options else ""
        return reward_model(
            f"judge:openai:m@{server.url}?{policy}&mode={mode}&template={file}{more}"
        )

    return made
