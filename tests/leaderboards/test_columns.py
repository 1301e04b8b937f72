"""Entries to columns: which runs stand together, how they are packed, what their rows are called."""

import datetime as dt

import pytest
from boards import pair, policy_run, problems, reward_run

from lcbrb.rewards.metrics.length_gap import GAPS, gap_of
from lcbrb.runs.results import ResultKind, read_results
from lcbrb.types import Status
from leaderboards.columns import LETTERS, base_name, columns, subject_name
from leaderboards.models import NO_FILE, ModelFile


def columns_of(folder, models=NO_FILE):
    return columns(read_results([folder]), models)


def test_every_status_has_a_letter_of_its_own():
    assert len(set(LETTERS.values())) == len(Status)
    assert (LETTERS[Status.PASSED], LETTERS[Status.HARNESS_ERROR]) == ("p", "h")
    assert "." not in LETTERS.values()


def test_rows_share_their_column_s_problems_in_natural_order(tmp_path):
    policy_run(tmp_path / "a", {"a": {"q10": "p", "q9": "w"}})
    policy_run(tmp_path / "b", {"b": {"q9": "t", "q1": "h"}})
    (column,) = columns_of(tmp_path)
    assert column.problems == ("q1", "q9", "q10")
    assert {row.name: row.verdicts for row in column.rows} == {"a": ".wp", "b": "ht."}


def test_several_samples_fill_a_block_a_problem(tmp_path):
    policy_run(tmp_path / "a", {"a": {"q1": "ppw", "q2": "n"}})
    (column,) = columns_of(tmp_path)
    assert (column.rows[0].width, column.rows[0].verdicts) == (3, "ppwn..")


def test_base_and_plus_verdicts_are_kept_and_no_answer_fails_both(tmp_path):
    parts = {"q0": ("p", "w"), "q1": (None, None)}
    policy_run(tmp_path / "a", {"a": {"q0": "w", "q1": "n"}}, parts=parts)
    (row,) = columns_of(tmp_path)[0].rows
    assert (row.verdicts, row.base, row.plus) == ("wn", "pn", "wn")


def test_versions_and_kinds_and_data_are_never_mixed(tmp_path):
    policy_run(tmp_path / "a", {"a": problems("p")})
    policy_run(tmp_path / "b", {"b": problems("p")}, benchmark_version="v2")
    policy_run(tmp_path / "c", {"c": problems("p")}, dataset_sha256="cd" * 32)
    reward_run(tmp_path / "d", "d", {"x": ("q1", "W")}, benchmark="bench")
    labels = [column.label for column in columns_of(tmp_path)]
    assert labels == [
        "bench v1 (data abababab)",
        "bench v1 (data cdcdcdcd)",
        "bench v2",
        "bench v1",
    ]


def test_a_policy_s_and_a_reward_model_s_benchmark_of_one_name_have_two_labels(tmp_path):
    policy_run(tmp_path / "a", {"a": problems("p")}, benchmark="mini")
    reward_run(tmp_path / "b", "b", {"x": ("q1", "W")}, benchmark="mini")
    assert [column.label for column in columns_of(tmp_path)] == [
        "mini v1 · policy",
        "mini v1 · reward model",
    ]


def test_a_release_in_the_name_joins_the_same_release_without_it(tmp_path):
    policy_run(tmp_path / "a", {"a": problems("p")}, benchmark="bench@v1")
    policy_run(tmp_path / "b", {"b": problems("p")})
    (column,) = columns_of(tmp_path)
    assert [row.name for row in column.rows] == ["a", "b"]


def test_a_drawn_part_joins_the_data_that_holds_its_problems(tmp_path):
    policy_run(tmp_path / "a", {"a": problems("ppp")}, dataset_sha256="11" * 32)
    policy_run(tmp_path / "b", {"b": problems("ppp", start=10)}, dataset_sha256="22" * 32)
    drawn = {"config": {"limit": 1}, "dataset_sha256": "33" * 32}
    policy_run(tmp_path / "c", {"c": problems("w", start=11)}, **drawn)
    one, other = columns_of(tmp_path)
    assert [row.name for row in one.rows] == ["a"]
    assert [(row.name, row.verdicts) for row in other.rows] == [("b", "ppp"), ("c", ".w.")]


def test_of_two_runs_of_a_model_the_newer_has_the_plain_name(tmp_path):
    policy_run(tmp_path / "new", {"m": problems("p")})
    early = dt.datetime(2026, 1, 2, 3, 4, tzinfo=dt.UTC)
    policy_run(tmp_path / "old", {"m": problems("w")}, started_at=early)
    (column,) = columns_of(tmp_path)
    assert {row.name: row.verdicts for row in column.rows} == {
        "m": "p",
        "m (run of 2026-01-02 03:04)": "w",
    }


def test_runs_of_a_model_are_named_by_what_differs(tmp_path):
    def run(name, hour, **given):
        at = dt.datetime(2026, 1, 2, hour, tzinfo=dt.UTC)
        policy_run(tmp_path / name, {"m": problems("p")}, started_at=at, run_id=name, **given)

    run("a", 1, seed=1, config={"sampling": {"temperature": 0.2}})
    run("b", 2, seed=2, config={"sampling": {"temperature": 0.2}})
    run("c", 3, seed=3, config={"sampling": {"temperature": 0.2}})
    run("d", 4, seed=3, config={"sampling": {"temperature": 0.8}})
    (column,) = columns_of(tmp_path)
    assert [row.name for row in column.rows] == [
        "m (seed 1, temperature 0.2)",
        "m (seed 2, temperature 0.2)",
        "m (temperature 0.2)",
        "m",
    ]


def test_aliases_bring_a_model_s_runs_together(tmp_path):
    policy_run(tmp_path / "a", {"m.humaneval": problems("p")})
    models = ModelFile({}, {"m.humaneval": "m"})
    assert columns_of(tmp_path, models)[0].rows[0].name == "m"


def test_pairs_bring_dates_difficulties_categories_and_gaps(tmp_path):
    day = dt.date(2024, 5, 1)
    pairs = [
        pair("x", "q1", "longer text", "short", category="c1", released=day, difficulty="hard"),
        pair("y", "q0", "same", "same!"[:4]),
    ]
    outcomes = {"x": ("q1", "W"), "y": ("q0", "T")}
    reward_run(tmp_path / "a", "a", outcomes, pairs=pairs)
    reward_run(tmp_path / "b", "b", {"x": ("q1", "L")})
    (column,) = columns_of(tmp_path)
    assert column.kind is ResultKind.REWARD_MODEL
    assert column.problems == ("q0", "q1")
    assert (column.released, column.difficulty) == ((None, day), (None, "hard"))
    assert [(one.id, one.problem, one.category, one.gap) for one in column.pairs] == [
        ("y", 0, None, 3),
        ("x", 1, "c1", 6),
    ]
    assert [row.verdicts for row in column.rows] == ["TW", ".L"]


@pytest.mark.parametrize(
    ("chosen", "rejected", "gap"),
    [(0, 100, 0), (69, 100, 0), (71, 100, 1), (96, 100, 2), (99, 100, 2), (5, 5, 3), (0, 0, 3),
     (100, 99, 4), (100, 94, 5), (100, 50, 6)],
)  # fmt: skip
def test_gaps_are_of_the_longer_side_and_never_lose_their_sign(chosen, rejected, gap):
    assert gap_of(pair("x", "q", "a" * chosen, "b" * rejected)) == gap
    assert gap_of(pair("x", "q", "a" * rejected, "b" * chosen)) == len(GAPS) - 1 - gap


@pytest.mark.parametrize(
    ("name", "base"),
    [
        ("humaneval+@v0.1.9", "humaneval+"),
        ("livecodebench@v5?since=2024-08-01", "livecodebench?since=2024-08-01"),
        ("mini", "mini"),
        ("@", "@"),
    ],
)
def test_a_benchmark_s_release_is_no_part_of_its_name(name, base):
    assert base_name(name) == base


def test_a_name_of_many_lines_and_great_length_becomes_one_short_line():
    name = subject_name("a\nb\t" + "x" * 5000)
    assert name.startswith("a b x")
    assert len(name) == 200


def test_names_of_models_and_columns_show_what_is_hidden_in_them(tmp_path):
    policy_run(tmp_path / "a", {"m\u202egpj.exe": {"q": "p"}}, benchmark="b\u2066\x1b[2J")
    (column,) = columns_of(tmp_path)
    assert column.label == r"b\u2066\x1b[2J v1"
    assert [row.name for row in column.rows] == [r"m\u202egpj.exe"]
