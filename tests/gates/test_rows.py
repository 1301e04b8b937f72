"""Rows that were changed since a run was finished decide no gate."""

import pytest
from gate_runs import bench_run, pair_run

from lcbrb.errors import BadInputError
from lcbrb.runs.folder import SAMPLES, SCORES


@pytest.mark.parametrize(
    ("kind", "counts", "said"),
    [
        (bench_run, {"completions": 6, "passed": 4, "wrong_answer": 2}, None),
        (
            bench_run,
            {"completions": 6, "passed": 2, "wrong_answer": 4},
            "4 of its rows are 'passed'",
        ),
        (
            bench_run,
            {"completions": 6, "passed": 4, "truncated": 2},
            "0 of its rows are 'truncated'",
        ),
        (bench_run, {"completions": 6}, None),  # a record of others that counts no verdicts
        (pair_run, {"pairs": 6, "wins": 4, "ties": 0, "losses": 2}, None),
        (pair_run, {"pairs": 6, "wins": 5, "ties": 0, "losses": 1}, "2 of its rows are 'losses'"),
    ],
)
def test_rows_are_held_against_what_the_record_counts(gate, tmp_path, kind, counts, said):
    rows = {"p1": "++", "p2": "+-", "p3": "-+"}
    for side in ("base", "cand"):
        kind(tmp_path / side, rows, counts=counts)
    if said is None:
        gate()
        return
    with pytest.raises(BadInputError, match=said) as caught:
        gate()
    assert caught.value.path.endswith(SCORES if kind is pair_run else SAMPLES)


def test_a_run_that_is_not_finished_is_compared_as_far_as_it_is(gate, tmp_path):
    for side in ("base", "cand"):
        counts = {"completions": 6, "passed": 1}
        bench_run(tmp_path / side, {"p1": "++"}, counts=counts, complete=False)
    gate()
