"""`lcbrb eval --best-of` from its options to its exit code."""

import json

import fakes
import judged
import pytest
import tiny
from estimates import by_name

import serving
from lcbrb import codec
from lcbrb.runs.folder import RECORD, SAMPLE_SCORES
from lcbrb.types import RunRecord, ScoredSample


@pytest.fixture
def samples(tmp_path):
    rows = [
        {
            "question": f"What is {i}?",
            "response": ["x", "xx" * (i % 3 + 1), "xxx", "x" * i],
            "score": [i % 2 == 0, i % 3 == 1, True, i % 5 == 0],
        }
        for i in range(30)
    ]
    return fakes.write_lines(tmp_path / "samples.jsonl", rows)


def one_sentence(ended):
    assert ended.err.startswith("lcbrb: ")
    assert ended.err.count("\n") == 1
    return ended.err


def test_the_tables_show_curves_gains_correlations_and_comparisons(lcbrb, samples):
    ended = lcbrb("eval", "--best-of", samples, "-m", "random", "-m", "length")
    assert (ended.code, ended.err) == (0, "")
    head, *rest = ended.out.splitlines()
    assert head.startswith("samples.jsonl (")
    assert head.endswith("): 120 samples of 30 problems")
    cells = [[one.strip() for one in line.split("│")[1:-1]] for line in rest if line[:1] == "│"]
    curves = {row[0]: row for row in cells if row[0].isdigit()}
    assert list(curves) == ["1", "2", "4"]
    assert len(set(curves["1"][1:])) == 1  # one sample is chance, whoever chooses
    models = [row for row in cells if row[0] in {"random", "length"}]
    assert [len(row) for row in models] == [6, 6]
    assert "paired comparisons at k = 4" in ended.out
    assert "length - random" in ended.out
    assert "Spearman correlation within problems leaves out" in ended.out
    assert "note: verdicts come from the file" in ended.out


def test_many_models_fit_the_width_in_several_tables(lcbrb, samples):
    seeds = [part for n in range(5) for part in ("-m", f"random?seed={n}")]
    ended = lcbrb("eval", "--best-of", samples, *seeds)
    assert ended.code == 0
    assert "problems solved by the best of k (1 to 3)" in ended.out
    assert "problems solved by the best of k (4 to 5)" in ended.out
    assert max(map(len, ended.out.splitlines())) <= 120
    for n in range(5):
        assert f"random?seed={n}" in ended.out


def test_json_prints_one_document_and_nothing_else(lcbrb, samples):
    ended = lcbrb("eval", "--best-of", samples, "-m", "length", "-m", "random", "--json")
    document = json.loads(ended.out)
    assert (ended.code, ended.err) == (0, "")
    assert [one["subject"] for one in document["records"]] == ["length", "random"]
    assert {one["kind"] for one in document["records"]} == {"best-of-n"}
    assert {"best_of@4", "oracle@4", "random", "gain@4"} <= set(
        by_name(document["records"][0]["estimates"])
    )
    assert len(document["comparisons"]) == 1
    assert document["failures"] == []


def test_without_models_the_baselines_choose(lcbrb):
    ended = lcbrb("eval", "--best-of", "replay:mini", "--json")
    assert ended.code == 0
    assert [one["subject"] for one in json.loads(ended.out)["records"]] == ["random", "length"]


def test_out_keeps_run_folders_that_are_taken_up_again(lcbrb, samples, tmp_path):
    command = ("eval", "--best-of", samples, "-m", "length", "--out", tmp_path / "out")
    assert f"run folders: {tmp_path / 'out'}" in lcbrb(*command).out
    (folder,) = (tmp_path / "out").iterdir()
    assert folder.name.startswith("best-of-length")
    assert len(codec.read_records(ScoredSample, folder / SAMPLE_SCORES)) == 120
    before = (folder / SAMPLE_SCORES).read_bytes()
    assert lcbrb(*command).code == 0
    assert (folder / SAMPLE_SCORES).read_bytes() == before
    # a run on pairs has a folder of its own beside it
    assert lcbrb("eval", "-m", "length", "--pairs", "mini", "--out", tmp_path / "out").code == 0
    assert {one.name for one in (tmp_path / "out").iterdir()} == {folder.name, "length"}


def test_a_limit_draws_whole_problems(lcbrb, samples):
    ended = lcbrb("eval", "--best-of", samples, "-m", "length", "--limit", 10, "--seed", 3)
    assert "12 samples of 120 (seed 3) of 3 problems" in ended.out


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("-m", "judge:openai:m@http://localhost:1/v1"), "can't choose among samples"),
        (("-m", "length", "-m", "length"), "given twice"),
        (("--pairs", "rm-bench"), "--pairs can't be used with --best-of"),
        (("--executor", "ray"), "--executor can't be used with --best-of"),
        (("-m", "lenght"), "did you mean length"),
    ],
)
def test_what_makes_no_sense_is_one_sentence(lcbrb, samples, options, words):
    ended = lcbrb("eval", "--best-of", samples, *options)
    assert (ended.code, ended.out) == (2, "")
    assert words in one_sentence(ended)


def test_samples_that_are_not_there_are_the_machine_s_fault(lcbrb, tmp_path):
    ended = lcbrb("eval", "--best-of", tmp_path / "gone")
    assert (ended.code, ended.out) == (3, "")
    assert "gone" in one_sentence(ended)


def test_a_model_that_fails_stops_no_other_and_decides_the_exit_code(lcbrb, tmp_path, plugin):
    rows = [{"question": "Which one?", "response": ["chosen 3", "b"], "score": [True, False]}]
    samples = fakes.write_lines(tmp_path / "s.jsonl", rows)
    ended = lcbrb(
        "eval", "--best-of", samples, "-m", "nan", "-m", "length", "--out", tmp_path / "o"
    )
    assert ended.code == 4
    assert "length" in ended.out
    assert "as nan" in one_sentence(ended)
    (folder,) = [one for one in (tmp_path / "o").iterdir() if "nan" in one.name]
    assert not codec.read_record(RunRecord, folder / RECORD).complete


@pytest.mark.usefixtures("hurried_mini")
def test_a_run_of_bench_is_chosen_among(lcbrb, tmp_path):
    out = tmp_path / "runs"
    ended = lcbrb(
        "bench", "--policy", "replay:mini", "--benchmark", "mini", "--limit", 3, "--out", out
    )
    assert ended.code == 0
    assert len(list(out.rglob("record.json"))) > 1  # the packaged samples are of several samplers
    ended = lcbrb("eval", "--best-of", out, "-m", "length", "--json")
    (record,) = json.loads(ended.out)["records"]
    assert (record["benchmark"], record["counts"]["problems"]) == ("mini", 3)


def test_a_judge_chooses_by_its_scores_and_goes_on_where_a_server_refused(
    lcbrb, tmp_path, monkeypatch
):
    monkeypatch.setenv("LCBRB_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    (tmp_path / "one.toml").write_text(judged.ONE)
    rows = [
        {
            "question": f"Ask {n} of it.",
            "response": [f"is 7 {n}", f"is 5 {n}", f"mumbles {n}", ""],
            "score": [True, False, True, False],
        }
        for n in range(3)
    ]
    samples = fakes.write_lines(tmp_path / "s.jsonl", rows)
    refuses = [True]

    def manners(handler, body):
        if refuses[0] and "is 5 2" in body["messages"][-1]["content"]:
            return serving.says(400, "not allowed")(handler, body)
        return False

    with serving.serving() as (site, url):
        site.text, site.usual = judged.scores, manners
        judge = f"judge:openai:m@{url}?mode=pointwise&patience_s=10&template={tmp_path}/one.toml"
        command = ("eval", "--best-of", samples, "-m", judge, "--out", tmp_path / "o", "--json")
        ended = lcbrb(*command)
        assert ended.code == 4
        assert "1 texts have no score" in one_sentence(ended)
        asked, refuses[0] = len(site.bodies), False
        ended = lcbrb(*command)
        assert (ended.code, ended.err) == (0, "")
        assert len(site.bodies) == asked + 1
    (record,) = json.loads(ended.out)["records"]
    # 7 before 5; what mumbles or is empty comes last
    assert by_name(record["estimates"])["best_of@4"]["value"] == 1.0
    assert record["counts"]["unscored"] == 6
    assert record["config"]["model"]["mode"] == "pointwise"


def test_the_footer_names_every_method_that_is_shown(lcbrb, tmp_path):
    # the longer sample is always right: the best of 2 has Wilson's interval, chance as well
    rows = [
        {"question": f"What is {i}?", "response": ["x", "xx"], "score": [False, True]}
        for i in range(8)
    ]
    command = ("eval", "--best-of", fakes.write_lines(tmp_path / "a.jsonl", rows))
    command = (*command, "-m", "length", "-m", "random")
    ended = lcbrb(*command)
    _, _, footer = ended.out.partition("intervals, clustered by problem: ")
    footer = " ".join(footer.split())
    document = json.loads(lcbrb(*command, "--json").out)
    found = {one["method"] for row in document["records"] for one in row["estimates"]}
    assert {"wilson over clusters: no variation", "none: no variation between resamples"} <= found
    assert len(found) > 2
    for method in found:
        assert footer.count(method.partition(" resamples")[0]) == 1


def test_what_a_model_computed_is_told_and_adds_up(lcbrb, samples, tmp_path, monkeypatch):
    pytest.importorskip("torch", reason="the extra 'hf' is not installed")
    monkeypatch.setattr(
        "lcbrb.rewards.forward.hidden_states._objection", lambda base, how: "for a reason"
    )
    model = f"hf:{tiny.save_classifier(tmp_path / 'model', 'llama', chat=True)}?dtype=bfloat16"
    command = ("eval", "--best-of", samples, "-m", model, "-m", "length", "--out", tmp_path / "out")
    first = lcbrb(*command)
    assert (first.code, first.err) == (0, "")
    (path,) = [one for one in (tmp_path / "out").rglob(RECORD) if "model" in one.parent.name]
    record = codec.read_record(RunRecord, path)
    assert record.counts["tokens_samples"] == record.counts["samples"] == 120
    told = " ".join(first.out.split())
    assert f"{record.counts['tokens_real']:,} tokens, " in told
    assert "can't process packed sequences (for a reason)" in told
    assert "flips against float32 are counted only on pairs" in told
    assert [sum(part in note for note in record.notes) for part in ("packed", "flips")] == [1, 1]
    again = lcbrb(*command)
    assert " ".join(again.out.split()) == told
    kept = codec.read_record(RunRecord, path)
    assert (kept.counts, kept.notes) == (record.counts, record.notes)
    scores = path.parent / SAMPLE_SCORES
    scores.write_text("".join(scores.read_text().splitlines(keepends=True)[:100]))
    document = json.loads(lcbrb(*command, "--json").out)
    assert any("tokens, " in note for note in document["notes"])
    counts = codec.read_record(RunRecord, path).counts
    assert counts["tokens_samples"] == 120 + 20
    assert counts["tokens_real"] > record.counts["tokens_real"]
