"""Best-of-n as a run: which models may choose, resuming, draws, and what else reads its folder."""

import dataclasses
import datetime as dt

import fakes
import pytest
from choosing import ByLength, evaluated, opened

from lcbrb.api.evaluate import best_of
from lcbrb.errors import UsageError
from lcbrb.gates.compare import compare_runs
from lcbrb.gates.config import GateConfig
from lcbrb.rewards.best_of.sample_scores import PORTION
from lcbrb.runs.folder import SAMPLE_SCORES
from lcbrb.runs.results import ResultKind, read_results
from lcbrb.sources.pairs.by_name import draw


def test_a_model_that_compares_pairs_is_refused():
    with pytest.raises(UsageError, match=r"can't choose among samples.*mode=pointwise"):
        best_of("judge:openai:m@http://localhost:1/v1", "samples")


# ----------------------------------------------------------------------------------------- resuming


def many(tmp_path, groups=40, each=4):
    rows = [
        {
            "question": f"What is {i}?",
            "response": ["x" * (j + 1) for j in range(each)],
            "score": [(i + j) % 3 == 0 for j in range(each)],
        }
        for i in range(groups)
    ]
    return opened(fakes.write_lines(tmp_path / "many.jsonl", rows))


def test_portions_hold_whole_groups(tmp_path):
    model = ByLength()
    evaluated(model, many(tmp_path), tmp_path / "out")
    assert [len(call) for call in model.calls] == [PORTION, PORTION, 160 - 2 * PORTION]
    for call in model.calls:
        assert all(sum(one.prompt == item.prompt for one in call) == 4 for item in call)


@pytest.mark.parametrize("kept", [0, 1, PORTION, PORTION + 3, 160])
def test_resumed_after_some_samples_gives_the_same_and_repeats_no_full_portion(tmp_path, kept):
    samples, first = many(tmp_path), ByLength()
    whole = evaluated(first, samples, tmp_path / "out")
    path = whole.path / SAMPLE_SCORES
    lines = path.read_text().splitlines(keepends=True)
    path.write_text("".join(lines[:kept]) + '{"torn')
    model = ByLength()
    again = evaluated(model, samples, tmp_path / "out")
    assert again.record.estimates == whole.record.estimates
    assert again.fresh == 160 - kept
    assert model.calls == ([] if kept == 160 else first.calls[kept // PORTION :])
    assert path.read_text().splitlines(keepends=True) == lines
    assert model.loads == (kept < 160)


@pytest.mark.parametrize(("drawn_of", "limit"), [(20, None), (None, 20)])
def test_other_samples_or_settings_are_another_run(tmp_path, drawn_of, limit):
    samples = many(tmp_path)
    evaluated(ByLength(), samples, tmp_path / "out")
    part = dataclasses.replace(samples, samples=draw(samples.samples, drawn_of, 0))
    with pytest.raises(UsageError, match="contains another run"):
        evaluated(ByLength(), part, tmp_path / "out", limit=limit, total=160)


def test_a_draw_takes_whole_problems_and_the_same_for_the_same_seed(tmp_path):
    samples = many(tmp_path)
    chosen = draw(samples.samples, 30, 1)
    assert len(chosen) == 32
    assert chosen == draw(samples.samples, 30, 1)
    assert chosen != draw(samples.samples, 30, 2)
    assert draw(samples.samples, 10**6, 1) == samples.samples
    part = dataclasses.replace(samples, samples=chosen)
    done = evaluated(ByLength(), part, tmp_path / "out", limit=30, total=160)
    assert done.record.partial
    assert done.record.coverage == 0.2


# ---------------------------------------------------------------------- what else reads run folders


def test_a_leaderboard_shows_the_figures_and_a_gate_leaves_them_out_by_name(run_folder, tmp_path):
    bench = run_folder("runs/bench")
    done = evaluated(ByLength(), opened(bench), tmp_path / "runs")
    results = {result.kind: result for result in read_results([tmp_path / "runs"])}
    assert set(results) == {ResultKind.POLICY, ResultKind.FIGURES}
    assert str(next(iter(results[ResultKind.FIGURES].record.estimates))) == "best_of@4"
    report = compare_runs(
        tmp_path / "runs", tmp_path / "runs", GateConfig(), today=dt.date(2026, 1, 1)
    )
    assert [check.benchmark for check in report.checks] == ["code"]
    assert f"{done.path.name} was left out: a gate can't compare best-of-n runs" in report.notes
    with pytest.raises(UsageError, match="only best-of-n runs, which a gate"):
        compare_runs(done.path, done.path, GateConfig())


def test_a_page_is_built_with_best_of_runs_in_it(run_folder, tmp_path, lcbrb_main):
    bench = run_folder("runs/bench")
    evaluated(ByLength(), opened(bench), tmp_path / "runs")
    page = tmp_path / "board.html"
    assert lcbrb_main(["leaderboard", str(tmp_path / "runs"), "-o", str(page)]) == 0
    assert "by-length" in page.read_text()


@pytest.fixture
def lcbrb_main():
    from lcbrb.cli.main import main

    return main
