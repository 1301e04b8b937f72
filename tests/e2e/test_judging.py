"""`lcbrb eval` with a judge behind a real server on loopback, from the command to its record."""

import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import fakes
import judged
import pytest
from estimates import by_name
from tiny import pair

import serving
from lcbrb import codec
from lcbrb.rewards import reward_model
from lcbrb.runs.folder import RECORD, SCORES
from lcbrb.types import Outcome, RunRecord, ScoredPair

ROOT = Path(__file__).parent.parent.parent
MOST_S = 120

#: chosen, rejected; and how the pair must end, given the judge's rules
KINDS = [
    ("is 3", "is 1", Outcome.WIN),
    ("is 4 indeed", "is 2", Outcome.WIN),
    ("is 1", "is 3", Outcome.LOSS),
    ("is 2", "is also 2", Outcome.TIE),
    ("is 3 vain", "is 1", Outcome.TIE),
    ("is 3 mumbles", "is 1", Outcome.TIE),
    ("is 3 rambles", "is 1", Outcome.TIE),
]
ROUNDS = 4


@pytest.fixture
def server():
    with serving.serving() as (site, url):
        site.text, site.usual, site.url = judged.verdict, judged.manners, url
        yield site


@pytest.fixture
def pairs(tmp_path):
    rows = [
        {"prompt": f"Ask {n} {kind}.", "chosen": chosen, "rejected": rejected}
        for n in range(ROUNDS)
        for kind, (chosen, rejected, _) in enumerate(KINDS)
    ]
    return fakes.write_lines(tmp_path / "pairs.jsonl", rows)


@pytest.fixture
def start(server, pairs, tmp_path):
    """Starts the command in a process of its own."""
    template = tmp_path / "rules.toml"
    template.write_text(judged.TEMPLATE)
    judge = f"judge:openai:m@{server.url}?concurrency=2&patience_s=20&template={template}"
    out = tmp_path / "out"
    run = ("eval", "-m", judge, "--pairs", pairs, "--out", out, "--json")
    environment = {**os.environ, "LCBRB_CACHE": str(tmp_path / "cache")}
    environment.pop("OPENAI_API_KEY", None)

    def process():
        return subprocess.Popen(
            [sys.executable, "-m", "lcbrb.cli.main", *map(str, run)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
            cwd=ROOT,
            env=environment,
        )

    return process


def ended(process):
    with process:
        out, err = process.communicate(timeout=MOST_S)
    return process.returncode, out, err


def scores(tmp_path):
    (path,) = (tmp_path / "out").glob(f"*/{SCORES}")
    return codec.read_records(ScoredPair, path)


def check(record):
    """Every figure, worked out from the rules by hand."""
    of = {name: one["value"] for name, one in by_name(record["estimates"]).items()}
    assert of["accuracy"] == pytest.approx((2 + 0 + 4 * 0.5) / 7)
    # of the five kinds that can be read, the vain one changes with the order
    assert of["order_changes"] == pytest.approx(1 / 5)
    assert of["first_place"] == pytest.approx((4 * 0.5 + 1) / 5)
    counts = record["counts"]
    assert (counts["pairs"], counts["ties"], counts["unparsable"]) == (28, 16, 8)
    assert (counts["replies_read"], counts["replies_unparsable"]) == (40, 8)
    assert counts["replies_truncated"] == 8
    assert record["config"]["model"]["template"]["name"] == "rules@1"
    assert record["complete"]


def test_accuracy_position_bias_and_unreadable_replies_are_what_the_rules_make_them(
    server, start, tmp_path
):
    busy = serving.says(429, "slow down", [("Retry-After", "0.05")])
    server.moods = [mood for _ in range(4) for mood in (None, busy, None, serving.hangs_up)]
    code, out, err = ended(start())
    assert code == 0, err
    (record,) = json.loads(out)["records"]
    check(record)
    outcomes = Counter(one.outcome for one in scores(tmp_path))
    assert outcomes == Counter(kind[2] for kind in KINDS * ROUNDS)
    asked = Counter(body["messages"][-1]["content"] for body in server.bodies)
    again = sum(asked.values()) - len(asked)
    assert (len(asked), again) == (56, 8), "what was refused or cut was asked again, nothing else"


def test_killed_and_started_again_it_asks_only_for_what_is_missing(server, start, tmp_path):
    def slow(handler, body):
        time.sleep(0.03)
        return judged.manners(handler, body)

    server.usual = slow
    for most in (3, 15):
        with start() as process:
            deadline = time.monotonic() + MOST_S
            path = tmp_path / "out"
            while sum(p.read_bytes().count(b"\n") for p in path.glob(f"*/{SCORES}")) < most:
                assert process.poll() is None, process.communicate()
                assert time.monotonic() < deadline
                time.sleep(0.002)
            os.killpg(process.pid, signal.SIGKILL)
            process.communicate()
    code, out, err = ended(start())
    assert code == 0, err
    (record,) = json.loads(out)["records"]
    check(record)
    assert Counter(one.pair_id for one in scores(tmp_path)).most_common(1)[0][1] == 1
    asked = Counter(body["messages"][-1]["content"] for body in server.bodies)
    # two requests at a time were on their way at each of two kills
    assert len(asked) == 56
    assert sum(asked.values()) - len(asked) <= 2 * 2


def test_a_server_that_refuses_a_pair_leaves_the_run_incomplete(server, start, tmp_path):
    refused = []

    def once(handler, body):
        if "Ask 2 0." in body["messages"][-1]["content"] and len(refused) < 2:
            refused.append(body)
            return serving.says(400, "this content is not allowed")(handler, body)
        return judged.manners(handler, body)

    server.usual = once
    code, out, err = ended(start())
    assert code == 4
    assert err.startswith("lcbrb: judge:openai:m@")
    assert "1 pairs have no score" in err
    assert "this content is not allowed" in err
    assert err.count("\n") == 1
    assert len(scores(tmp_path)) == 27
    (path,) = (tmp_path / "out").glob(f"*/{RECORD}")
    assert not codec.read_record(RunRecord, path).complete
    before = len(server.bodies)
    code, out, err = ended(start())
    assert code == 0, err
    assert len(server.bodies) - before == 2
    check(json.loads(out)["records"][0])


@pytest.mark.model
@pytest.mark.usefixtures("smollm2")
def test_a_real_small_model_judges(tmp_path, monkeypatch):
    """SmolLM2 is no judge worth the name; here it shows that the machinery fits a real model."""
    monkeypatch.setenv("LCBRB_CACHE", str(tmp_path))
    pairs = (pair("p", "2 + 2 = 4.", "2 + 2 = 5.", prompt="What is 2 + 2?"),)
    asked = "judge:smollm2?form=raw&votes=2&temperature=1&max_tokens=6&template=brief"
    ((one,),) = reward_model(asked).compare_portions([pairs])
    votes = one.judged
    assert votes.votes + votes.unparsable + votes.truncated == 4
    assert votes.votes > 0
    assert one.chosen_score + one.rejected_score == pytest.approx(1.0)
    (again,) = reward_model(asked).compare_portions([pairs])
    assert again == [one]
