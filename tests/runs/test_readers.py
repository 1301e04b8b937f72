"""One reader serves board, gate and best-of-n: what one of them takes or refuses, all do."""

import json
import shutil
from pathlib import Path

import fakes
import pytest
import tiny

from lcbrb.errors import BadInputError, UsageError
from lcbrb.gates import GateConfig, GateVerdict, compare_runs
from lcbrb.rewards.best_of.samples import open_samples
from lcbrb.runs.folder import COMPLETIONS, RECORD, SAMPLE_SCORES, SAMPLES, SCORES
from lcbrb.runs.results import ResultKind, read_results
from leaderboards import Options, build_board

# A folder of each kind, as lcbrb wrote it before results had one reader; never to be changed.
WRITTEN_BEFORE = Path(__file__).parent / "written_before"


def benchmark(name):
    """The problems of the folders, by ids alone."""
    if name == "lm-eval:sums":
        bench = fakes.FakeBenchmark([tiny.problem(f"sums/{number}") for number in range(5)])
        bench.name, bench.version = name, "1.5, lm-eval 0.4.13"
    else:
        bench = fakes.FakeBenchmark([tiny.problem(f"HumanEval/{number}") for number in range(3)])
        bench.name, bench.version = name, "v0.1.10-changed-9823f706"
    return bench


def board(folder):
    return build_board([folder], Options())


def gate(folder):
    return compare_runs(folder, folder, GateConfig())


def best_of_n(folder):
    return open_samples(f"{folder}?fewest=1", benchmark)


READERS = pytest.mark.parametrize("reader", [board, gate, best_of_n])


@pytest.fixture
def folder(tmp_path):
    """A copy of one of the folders."""
    return lambda name: shutil.copytree(WRITTEN_BEFORE / name, tmp_path / name)


# ------------------------------------------------------------------------------- written before


def test_several_samplers_in_one_folder_give_a_result_each(folder):
    half, right = sorted(read_results([folder("bench")]), key=lambda one: one.subject)
    assert [half.subject, right.subject] == ["half", "org/right"]
    assert {half.kind, right.kind} == {ResultKind.POLICY}
    for result, values in (
        (half, [1 / 3, 2 / 3, 2 / 3, 1 / 3]),
        (right, [1.0, 1.0, 1.0, 1.0]),
    ):
        estimates = {str(key): one.value for key, one in result.record.estimates.items()}
        assert list(estimates.values()) == pytest.approx(values)
        assert list(estimates) == ["pass@1", "pass@2", "pass@1/tests=base", "pass@1/tests=plus"]
        assert len(result.samples) == len(result.completions()) == 6


@pytest.mark.parametrize(
    ("name", "kind", "rows", "first"),
    [
        ("reward-model", ResultKind.REWARD_MODEL, "scored_pairs", "accuracy"),
        ("best-of-n", ResultKind.FIGURES, "scored_samples", "best_of@2"),
        ("lm-eval", ResultKind.POLICY, "samples", "exact_match,first-number"),
        ("pairs", ResultKind.POLICY, "samples", "pass@1"),
    ],
)
def test_each_kind_of_folder_is_read_with_its_rows(folder, name, kind, rows, first):
    results = read_results([folder(name)])
    for result in results:
        assert result.kind is kind
        assert getattr(result, rows)
        assert str(next(iter(result.record.estimates))) == first
    assert len(results) == (2 if name == "pairs" else 1)
    assert len(results[0].pairs) == (3 if name == "reward-model" else 0)


@pytest.mark.parametrize("name", ["bench", "reward-model", "lm-eval", "pairs"])
def test_board_and_gate_take_each_kind_of_folder(folder, name):
    path = folder(name)
    shown = board(path)
    assert (shown.benchmarks, shown.notes) == (1, ())
    assert gate(path).verdict is GateVerdict.PASS


def test_a_board_shows_a_best_of_n_run_and_a_gate_leaves_it_out(folder):
    path = folder("best-of-n")
    assert board(path).models == 1
    with pytest.raises(UsageError, match="only best-of-n runs, which a gate"):
        gate(path)


@pytest.mark.parametrize(("name", "samples"), [("bench", 12), ("lm-eval", 5)])
def test_best_of_n_takes_the_samples_of_runs_of_bench(folder, name, samples):
    sample_set = best_of_n(folder(name))
    assert (len(sample_set.samples), sample_set.left_out) == (samples, {})


def test_best_of_n_takes_no_other_kind(folder):
    with pytest.raises(UsageError, match="a run of kind reward-model, not a run of lcbrb bench"):
        best_of_n(folder("reward-model"))


# --------------------------------------------------------------------- rows lost and rows gained


def lose(path):
    path.write_text("".join(path.read_text().splitlines(keepends=True)[:-1]))


def gain(path):
    *_, last = path.read_text().splitlines()
    row = json.loads(last)
    row |= {"pair_id": "new"} if "pair_id" in row else {"sample_index": 99}
    with path.open("a") as file:
        file.write(json.dumps(row) + "\n")


CHANGES = pytest.mark.parametrize(
    ("change", "told"),
    [
        (lose, "has 11 of the 12 results that its finished record counts"),
        (gain, "has 13 results, but its finished record counts 12"),
    ],
)


@READERS
@CHANGES
def test_a_lost_and_a_gained_row_of_a_finished_run_are_refused(folder, reader, change, told):
    path = folder("bench")
    change(path / SAMPLES)
    with pytest.raises(BadInputError, match=told) as caught:
        reader(path)
    assert str(caught.value).startswith(f"{path / SAMPLES}: ")
    assert "copy or run it again" in str(caught.value)


@CHANGES
def test_best_of_n_also_needs_every_text(folder, change, told):
    path = folder("bench")
    change(path / COMPLETIONS)
    with pytest.raises(BadInputError, match=f"{COMPLETIONS}: {told}"):
        best_of_n(path)


@pytest.mark.parametrize("change", [lose, gain])
@pytest.mark.parametrize(
    ("name", "file"),
    [("reward-model", SCORES), ("best-of-n", SAMPLE_SCORES), ("pairs", SAMPLES)],
)
def test_rows_of_every_kind_of_run_are_held_against_its_record(folder, name, file, change):
    path = folder(name)
    change(path / file)
    with pytest.raises(BadInputError, match=r"finished record counts|were added"):
        read_results([path])


@READERS
def test_an_unfinished_run_is_read_as_far_as_it_is(folder, reader):
    path = folder("bench")
    record = json.loads((path / RECORD).read_text())
    (path / RECORD).write_text(json.dumps(record | {"complete": False}))
    text = (path / SAMPLES).read_text()
    (path / SAMPLES).write_text(text[:-40])  # the last line is torn
    reader(path)
    assert sum(len(result.samples) for result in read_results([path])) == 11


@READERS
def test_of_a_sample_that_was_tried_again_the_last_row_counts(folder, reader):
    path = folder("bench")
    first = json.loads((path / SAMPLES).read_text().split("\n")[0])
    first["status"] = first["verdict"]["status"] = "time_limit"
    with (path / SAMPLES).open("a") as file:
        file.write(json.dumps(first) + "\n")
    record = json.loads((path / RECORD).read_text())
    record["counts"] |= {"passed": record["counts"]["passed"] - 1, "time_limit": 1}
    (path / RECORD).write_text(json.dumps(record))
    reader(path)
    samples = [sample for result in read_results([path]) for sample in result.samples]
    assert [sample.status.value for sample in samples].count("time_limit") == 1
    assert len(samples) == 12
