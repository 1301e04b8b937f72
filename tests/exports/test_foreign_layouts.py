"""Every Eval Ever and inspect_ai's logs: what is written is what their readers take."""

import json
from pathlib import Path

import pytest
from boards import policy_run, reward_run
from foreign_files import evalplus_file, humaneval

import lcbrb
from evaluators import benchmark
from lcbrb import codec
from lcbrb.cli.main import main
from lcbrb.errors import BadInputError, UsageError
from lcbrb.exports.inspect_log import clustered_error
from lcbrb.exports.naming import model_id
from lcbrb.runs.folder import RECORD
from lcbrb.runs.results import read_folder
from lcbrb.types import Metric, RunRecord

SCHEMA = Path(__file__).parent / "every_eval_ever-0.3.0" / "eval.schema.json"
LETTERS = {"q0": "pp", "q1": "pw", "q2": "nt", "q3": "ww", "q4": "pp"}


@pytest.fixture
def policy(tmp_path):
    """A finished run of a policy with two samples of each of five problems."""
    given = {"config": {"sampling": {"temperature": 0.6, "max_tokens": 512, "stop": ["x"]}}}
    run = policy_run(
        tmp_path / "runs" / "policy", {"hf:org/name@main": LETTERS}, texts="a reply", **given
    )
    record = codec.read_record(RunRecord, run / RECORD)
    (estimate,) = record.estimates.values()
    renamed = codec.to_dict(record) | {"subject": "hf:org/name@main"}
    assert estimate.value == 0.5
    (run / RECORD).write_text(json.dumps(renamed))
    return run


def exported(runs, to, out, **options):
    return [
        json.loads(path.read_text(encoding="utf-8"))
        for path in lcbrb.export_runs(runs, to, out, **options)
    ]


# -------------------------------------------------------------------------------- every eval ever


def test_every_eval_ever_s_own_schema_takes_what_is_written(policy, tmp_path):
    jsonschema = pytest.importorskip("jsonschema", reason="jsonschema is not installed")
    outcomes = {f"p{n}": (f"q{n}", letter) for n, letter in enumerate("WWTLWWWLWT")}
    reward_run(tmp_path / "runs" / "reward", "length", outcomes)
    source = evalplus_file(tmp_path / "m_eval_results.json", humaneval("++-"))
    lcbrb.import_results(source, tmp_path / "runs")
    validator = jsonschema.Draft7Validator(json.loads(SCHEMA.read_text(encoding="utf-8")))
    documents = exported(tmp_path / "runs", "every-eval-ever", tmp_path / "out", dataset="a/b#c")
    assert len(documents) == 3
    for document in documents:
        validator.validate(document)
    documents[0]["evaluation_results"][0]["score_details"].pop("score")
    assert not validator.is_valid(documents[0])  # it is a schema that refuses


def test_every_eval_ever_has_each_number_with_its_uncertainty(policy, tmp_path):
    (path,) = lcbrb.export_runs(policy, "every-eval-ever", tmp_path / "out", organization="us")
    assert path.relative_to(tmp_path / "out").parts[:4] == ("data", "bench", "org", "name")
    document = json.loads(path.read_text(encoding="utf-8"))
    assert document["schema_version"] == "0.3.0"
    assert document["model_info"]["id"] == "org/name"
    assert document["model_info"]["developer"] == "org"
    assert document["source_metadata"]["source_organization_name"] == "us"
    (result,) = document["evaluation_results"]
    record = codec.read_record(RunRecord, policy / RECORD)
    (estimate,) = record.estimates.values()
    assert result["score_details"]["score"] == estimate.value == 0.5
    assert result["score_details"]["uncertainty"] == {
        "num_samples": 10,
        "confidence_interval": {
            "lower": estimate.low,
            "upper": estimate.high,
            "confidence_level": 0.95,
            "method": estimate.method,
        },
    }
    assert result["metric_config"]["metric_id"] == "pass_at_k"
    assert result["metric_config"]["metric_parameters"]["k"] == 1
    generation = result["generation_config"]
    assert generation["generation_args"] == {"temperature": 0.6, "max_tokens": 512}
    assert generation["additional_details"] == {"stop": '["x"]'}


def test_whose_verdicts_an_imported_run_has_goes_along(tmp_path):
    source = evalplus_file(tmp_path / "m_eval_results.json", humaneval("++-"))
    lcbrb.import_results(source, tmp_path / "runs", model="org/name")
    (document,) = exported(tmp_path / "runs", "every-eval-ever", tmp_path / "out")
    assert document["eval_library"]["name"] == "evalplus"
    assert document["eval_library"]["version"] == "unknown"
    details = document["source_metadata"]["additional_details"]
    assert "evalplus (no version told), imported, not verified" in details["provenance"]
    data = document["evaluation_results"][0]["source_data"]
    assert (data["source_type"], data["hf_repo"]) == ("hf_dataset", "evalplus/humanevalplus")
    (log,) = exported(tmp_path / "runs", "inspect", tmp_path / "logs")
    assert list(log["eval"]["packages"]) == ["evalplus", "lcbrb"]


def test_names_of_models_hold_no_path_of_this_machine():
    assert [model_id(name) for name in NAMES] == list(NAMES.values())


NAMES = {
    "hf:org/name@abc?dtype=x": "org/name",
    "openai:gpt-x@http://localhost:8000/v1": "gpt-x",
    "hf:/home/me/models/mine": "mine",
    "./runs/policy/": "policy",
    "smollm2": "smollm2",
    "org/name": "org/name",
    "hf:/": "unknown",
}


# -------------------------------------------------------------------------------- inspect_ai


def test_a_log_of_inspect_ai_comes_back_as_the_same_samples(policy, tmp_path):
    (path,) = lcbrb.export_runs(policy, "inspect", tmp_path / "logs")
    assert path.name.startswith("2026-11-23T05-00-00_bench_")
    (back,) = lcbrb.import_results(path, tmp_path / "back")
    (before,), (after,) = read_folder(policy), read_folder(back.path)
    assert after.subject == before.subject

    def passes(result):
        return [(one.key, one.status == "passed") for one in result.samples]

    assert passes(after) == passes(before)
    assert [one.text for one in after.completions()] == [one.text for one in before.completions()]
    rate = Metric("pass@1")
    assert back.record.estimates[rate] == before.record.estimates[rate]
    assert back.record.estimates[Metric("passed:accuracy")].value == 0.5  # as the log says
    (log,) = exported(policy, "inspect", tmp_path / "again")
    accuracy = log["results"]["scores"][0]["metrics"]["accuracy"]
    assert accuracy["metadata"]["method"] == before.record.estimates[rate].method
    assert log["eval"]["metadata"]["lcbrb"]["run_id"] == before.record.run_id


def test_inspect_ai_s_own_reader_takes_a_log(policy, tmp_path):
    log = pytest.importorskip("inspect_ai.log", reason="inspect_ai is not installed")
    outcomes = {f"p{n}": (f"q{n // 2}", letter) for n, letter in enumerate("WWTLWW")}
    reward = reward_run(tmp_path / "runs" / "reward", "length", outcomes)
    lcbrb.export_runs([policy, reward], "inspect", tmp_path / "logs")
    listed = log.list_eval_logs(str(tmp_path / "logs"))
    read = {one.eval.model: one for one in (log.read_eval_log(info.name) for info in listed)}
    assert {name: one.status for name, one in read.items()} == dict.fromkeys(
        ["hf:org/name@main", "length"], "success"
    )
    metrics = read["hf:org/name@main"].results.scores[0].metrics
    assert metrics["accuracy"].value == 0.5
    assert metrics["stderr"].value == pytest.approx(clustered_error([[1], [0.5], [0], [0], [1]])[1])
    assert len(read["length"].samples) == 6


def test_errors_by_cluster_are_those_of_the_mean():
    assert clustered_error([[1.0], [0.0], [1.0], [1.0]]) == pytest.approx((0.75, 0.25))
    assert clustered_error([[1.0, 0.0]]) == (0.5, None)
    together = clustered_error([[1.0, 1.0], [0.0, 0.0], [1.0, 1.0]])
    assert together == pytest.approx((2 / 3, 1 / 3))  # doubling every value tells nothing new


def test_our_failures_are_errors_and_no_scores(tmp_path):
    run = policy_run(tmp_path / "run", {"m": {"q0": "ph", "q1": "w"}}, complete=False)
    (log,) = exported(run, "inspect", tmp_path / "out")
    assert log["status"] == "cancelled"
    assert [bool(one["scores"]) for one in log["samples"]] == [True, False, True]
    assert log["samples"][1]["error"]["message"] == "detail of q0"
    assert log["results"]["scores"][0]["unscored_samples"] == 1
    assert log["results"]["scores"][0]["metrics"]["accuracy"]["value"] == 0.5


def test_what_does_not_go_into_a_layout_is_one_sentence(policy, tmp_path, capfd):
    figures = tmp_path / "figures"
    figures.mkdir()
    record = codec.to_dict(codec.read_record(RunRecord, policy / RECORD))
    named = [{**record["estimates"][0], "metric": "spearman_pooled"}]
    (figures / RECORD).write_text(
        json.dumps(record | {"kind": "best-of-n", "counts": {}, "estimates": named})
    )
    unfinished = policy_run(tmp_path / "part", {"m": {"q0": "p"}}, complete=False)
    for run, to, words in (
        (figures, "inspect", "figures"),
        (figures, "every-eval-ever", "neither pass@k nor accuracy"),
        (unfinished, "every-eval-ever", "the run is incomplete"),
    ):
        assert main(["export", str(run), "--to", to, "-o", str(tmp_path / "out")]) == 2
        told = capfd.readouterr().err
        assert words in told
        assert told.count("\n") == 1
        assert not (tmp_path / "out").exists()


def test_a_reward_model_s_log_does_not_come_back_as_a_policy(tmp_path):
    reward = reward_run(tmp_path / "run", "length", {"p0": ("q0", "W"), "p1": ("q0", "L")})
    written = lcbrb.export_runs(reward, "inspect", tmp_path / "logs")
    with pytest.raises(BadInputError, match="for a reward model"):
        lcbrb.import_results(written, tmp_path / "back")


def test_statements_stand_in_a_log_only_where_asked_for(tmp_path):
    problem = benchmark("mini").load()[0]
    run = policy_run(tmp_path / "run", {"m": {problem.id: "p"}}, benchmark="mini")
    for asked, words in ((False, f"(the statement of {problem.id})"), (True, problem.prompt)):
        (log,) = exported(run, "inspect", tmp_path / str(asked), statements=asked)
        assert log["samples"][0]["input"] == words
    other = policy_run(tmp_path / "other", {"m": {"q": "p"}}, benchmark="nobody's")
    with pytest.raises(UsageError, match="nobody's"):
        lcbrb.export_runs(other, "inspect", tmp_path / "none", statements=True)
