"""A study's folder: stopped and gone on with, shared by processes, and of one study only."""

import dataclasses
import time
from pathlib import Path

import numpy as np
import pytest
from made_up_study import cell_result, warm_result

import lcbrb
from lcbrb import codec
from lcbrb.errors import BadScoreError, IncompleteRunError, UsageError
from lcbrb.training.study import (
    folder as folder_module,
    study as study_module,
    warm_policy as warm_policy_module,
)
from lcbrb.training.study.budget import left_of
from lcbrb.training.study.folder import StudyFolder, settings_hash
from lcbrb.training.study.grid import PRESETS, STUDY_VERSION, cells
from lcbrb.training.study.study import Plan, run_study, write_page
from lcbrb.training.study.warm_policy import WarmPolicy, check_bounds, warm_hash

TINY = PRESETS["tiny"]
HASH = settings_hash(TINY.settings)


@pytest.fixture
def folder(tmp_path):
    made = StudyFolder(path=tmp_path / "study", settings=TINY.settings)
    made.open(2)
    return made


@pytest.fixture
def trained(monkeypatch):
    """Trainings that take no time; `trained.stop` is how many are done before one is stopped."""

    class Trained:
        cells, warmed, stop = [], [], None

    def run_cell(cell, ground, warm):
        assert warm.result.seed == cell.seed
        if Trained.stop is not None and len(Trained.cells) >= Trained.stop:
            raise KeyboardInterrupt
        Trained.cells.append(cell.name)
        draw = np.random.default_rng(0)
        return cell_result(draw, cell.condition, cell.seed, settings=HASH)

    def make(folder, settings, seed, *more):
        Trained.warmed.append(seed)
        folder.mkdir(parents=True)
        result = warm_result(np.random.default_rng(seed), seed, settings=warm_hash(settings))
        (folder / "warm.json").write_text(codec.encode_pretty(result))
        (folder / "samples.json").write_text("[]")
        return WarmPolicy(folder=folder, result=result, samples=[])

    Trained.cells, Trained.warmed = [], []
    monkeypatch.setattr(study_module, "run_cell", run_cell)
    monkeypatch.setattr(study_module, "make", make)
    return Trained


def plan(folder, **more):
    return Plan(**{"out": folder.path, "preset": TINY, "seeds": 2, **more})


def test_all_cells_are_trained_once_seed_by_seed(folder, trained):
    left = run_study(plan(folder))
    assert trained.cells == [cell.name for cell in cells(TINY.settings, 2)]
    assert trained.warmed == [0, 1]
    assert (left.cells_left, left.warm_ups_left, left.measured) == (0, 0, True)
    assert left.cell_s == 150.0
    assert "2 of 2 seeds are whole" in (folder.path / "study.html").read_text()
    run_study(plan(folder))
    assert len(trained.cells) == left.cells


def test_a_study_that_was_stopped_goes_on_where_it_was(folder, trained):
    trained.stop = 3
    with pytest.raises(KeyboardInterrupt):
        run_study(plan(folder))
    trained.stop = None
    assert plan(folder).budget().cells_left == plan(folder).budget().cells - 3
    run_study(plan(folder))
    assert trained.cells == [cell.name for cell in cells(TINY.settings, 2)]
    assert trained.warmed == [0, 1]


def test_what_another_process_has_is_left_to_it(folder, trained):
    first, second = list(cells(TINY.settings, 1))[:2]
    ground = None
    with folder.claim(first.name) as ours:
        assert ours
        with folder.claim(first.name) as theirs:
            assert not theirs
        assert not study_module._tried(first, plan(folder), ground, print)
    with folder.claim("warm-0"):
        assert not study_module._tried(second, plan(folder), _ground(), print)
    assert study_module._tried(second, plan(folder), _ground(), lambda _: None)
    assert trained.cells == [second.name]


def test_a_warm_up_of_another_process_does_not_hold_up_the_others(folder, trained, monkeypatch):
    claim = folder.claim("warm-0")
    claim.__enter__()

    def wait(_):
        assert trained.warmed == [1], "while seed 0 is another's, seed 1 is made"
        claim.__exit__(None, None, None)

    monkeypatch.setattr(study_module.time, "sleep", wait)
    run_study(plan(folder))
    assert trained.warmed == [1, 0]


def _ground():
    @dataclasses.dataclass
    class Ground:
        grading: object = None
        held_out: tuple = ()

    return Ground()


def test_no_cell_begins_that_is_not_likely_to_end_in_time(folder, trained):
    said = []
    run_study(plan(folder, until=time.time() + TINY.cell_s / 2), said.append)
    assert trained.cells == []
    assert "time limit (--hours) is reached" in said[-1]
    assert trained.warmed == []
    run_study(plan(folder, until=time.time() + TINY.warm_up_s + TINY.cell_s / 2))
    assert (trained.warmed, trained.cells) == ([0], []), "a made-up warm-up takes a minute"
    run_study(plan(folder, until=time.time() + 80.0))
    assert (trained.warmed, len(trained.cells)) == ([0, 1], 1), "and a cell 150 s, not 20"


def test_a_policy_that_can_not_be_trained_from_stops_the_study_before_any_training(
    folder, trained, monkeypatch
):
    bounds = dataclasses.replace(TINY.settings, pass_rates=(0.2, 0.6), most_greedy=0.85)
    preset = dataclasses.replace(TINY, settings=bounds)
    made = study_module.make

    def make(place, settings, seed, *more):
        warm = made(place, settings, seed, *more)
        if seed == 1:
            result = warm_result(np.random.default_rng(1), 1, 0.1, settings=warm_hash(settings))
            (place / "warm.json").write_text(codec.encode_pretty(result))
            return dataclasses.replace(warm, result=result)
        return warm

    monkeypatch.setattr(study_module, "make", make)
    given = {"out": folder.path / "more", "preset": preset}
    for _ in range(2):
        with pytest.raises(IncompleteRunError, match=r"seed 1 has pass@1 0\.1.*0\.2 to 0\.6"):
            run_study(plan(folder, **given))
    assert (trained.cells, trained.warmed) == ([], [0, 1])
    page = (folder.path / "more" / "study.html").read_text()
    assert "No training is done yet." in page


@pytest.mark.parametrize(
    ("rate", "greedy", "refused"),
    [(0.4, 0.8, False), (0.1, 0.5, True), (0.7, 0.8, True), (0.4, 0.9, True)],
)
def test_bounds_are_of_both_pass_rates(rate, greedy, refused):
    result = warm_result(np.random.default_rng(0), 3)
    right = tuple(int(n < 400 * rate) * 2 for n in range(400))
    one = dataclasses.replace(
        result.measured,
        samples=2,
        right=right,
        greedy=tuple(int(n < 400 * greedy) for n in range(400)),
    )
    told = dataclasses.replace(result, measured=one, reached=False)
    settings = PRESETS["small"].settings
    if not refused:
        check_bounds(told, settings)
        return
    with pytest.raises(IncompleteRunError, match="short of its target"):
        check_bounds(told, settings)


def test_a_cell_that_fails_is_told_and_the_others_are_trained(folder, trained, monkeypatch):
    run = study_module.run_cell
    wanted = [cell.name for cell in cells(TINY.settings, 2)]

    def run_cell(cell, ground, warm):
        if cell.name == wanted[1]:
            raise BadScoreError("a score is NaN")
        return run(cell, ground, warm)

    monkeypatch.setattr(study_module, "run_cell", run_cell)
    with pytest.raises(IncompleteRunError, match=r"1 trainings failed.*a score is NaN"):
        run_study(plan(folder))
    assert trained.cells == [name for name in wanted if name != wanted[1]]
    assert "failed: a score is NaN." in (folder.path / "study.html").read_text()
    monkeypatch.setattr(study_module, "run_cell", run)
    assert run_study(plan(folder)).cells_left == 0
    assert trained.cells[-1] == wanted[1]
    assert folder.failures() == []
    assert "a score is NaN" not in (folder.path / "study.html").read_text()


def test_the_budget_is_told(folder, trained):
    told = plan(folder, processes=2).budget()
    assert told.hours == pytest.approx((told.cells * TINY.cell_s + 2 * TINY.warm_up_s) / 2 / 3600)
    assert "as measured elsewhere" in told.told(None)
    assert "should be enough" in told.told(100)
    assert "run the same command again" in told.told(0.01)
    assert f"{told.cells} of {told.cells} trainings are left" in told.told(None)


def test_a_folder_holds_one_study(folder):
    folder.open(2)
    other = dataclasses.replace(TINY.settings, problems=17)
    with pytest.raises(UsageError, match="other settings"):
        StudyFolder(path=folder.path, settings=other).open(2)


def test_a_study_of_other_constants_is_refused_and_has_other_hashes(folder, monkeypatch):
    before = settings_hash(TINY.settings), warm_hash(TINY.settings)
    for module in (folder_module, warm_policy_module):
        monkeypatch.setattr(module, "STUDY_VERSION", STUDY_VERSION + 1)
    after = settings_hash(TINY.settings), warm_hash(TINY.settings)
    assert before[0] != after[0]
    assert before[1] != after[1]
    with pytest.raises(UsageError, match="another version of lcbrb"):
        folder.open(2)


def test_the_plan_names_the_settings_that_are_run():
    log = Path(__file__).parents[3] / "LOG.md"
    told = f"`{settings_hash(PRESETS['small'].settings)}`"
    assert told in log.read_text(), f"the plan must name the settings as they are: {told}"


def test_a_reward_model_can_be_added_later(folder, trained, monkeypatch):
    run_study(plan(folder))
    more = dataclasses.replace(
        TINY, settings=dataclasses.replace(TINY.settings, reward_model="length")
    )
    made = study_module.run_cell

    def run_cell(cell, ground, warm):
        told = settings_hash(ground.settings, cell.condition.scorer)
        return dataclasses.replace(made(cell, ground, warm), settings=told)

    monkeypatch.setattr(study_module, "run_cell", run_cell)
    run_study(plan(folder, preset=more))
    added = [name for name in trained.cells if "given-" in name]
    assert len(added) == 10
    assert len(trained.cells) == len(set(trained.cells))
    assert len(run_study_results(folder, "")) == len(trained.cells) - 10
    assert len(run_study_results(folder, "length")) == len(trained.cells)
    with pytest.raises(UsageError, match="another reward model"):
        run_study_results(folder, "random")


def run_study_results(folder, reward_model):
    settings = dataclasses.replace(TINY.settings, reward_model=reward_model)
    return StudyFolder(path=folder.path, settings=settings).results()


def test_seeds_are_planned_once(folder, trained):
    run_study(plan(folder, seeds=1))
    assert folder.planned() == 2
    other = dataclasses.replace(folder, path=folder.path / "more")
    Plan(out=other.path, preset=TINY, seeds=3).open()
    Plan(out=other.path, preset=TINY, seeds=4).open()
    assert other.planned() == 3


def test_a_cell_of_other_settings_is_refused(folder):
    cell = next(cells(TINY.settings, 1))
    draw = np.random.default_rng(0)
    folder.keep(cell_result(draw, cell.condition, 0, settings="other"), folder.cell_file(cell))
    with pytest.raises(UsageError, match="belongs to a study with other settings"):
        write_page(folder)


def test_a_policy_that_was_lost_and_comes_out_otherwise_is_refused(folder, trained):
    run_study(plan(folder, seeds=1))
    wanted = list(cells(TINY.settings, 1))
    (folder.warm_folder(0) / "warm.json").unlink()
    (folder.warm_folder(0) / "samples.json").unlink()
    folder.warm_folder(0).rmdir()
    folder.cell_file(wanted[0]).unlink()
    draw = np.random.default_rng(9)
    folder.keep(warm_result(draw, 0, settings=warm_hash(TINY.settings)), folder.warm_file(0))
    for _ in range(2):  # also when it is found where it was made
        with pytest.raises(UsageError, match="came out differently"):
            run_study(plan(folder, seeds=1))
    assert left_of(folder, wanted) == wanted[:1]


def test_a_stop_between_a_policy_and_its_row_loses_no_row(folder, trained):
    run_study(plan(folder, seeds=1))
    wanted = next(cells(TINY.settings, 1))
    folder.warm_file(0).unlink()
    folder.cell_file(wanted).unlink()
    run_study(plan(folder, seeds=1))
    assert [result.seed for result in folder.warm_results()] == [0]
    assert trained.warmed == [0]


def test_a_process_that_ends_by_an_error_is_told(folder, monkeypatch, capfd):
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(IncompleteRunError, match="run the same command again"):
        run_study(plan(folder, processes=2, isolation="Z"))
    assert "isolation level" in capfd.readouterr().err


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"preset": "huge"}, "preset"),
        ({"seeds": 0}, "seeds"),
        ({"processes": 0}, "processes"),
        ({"hours": 0}, "hours"),
        ({"hours": float("nan")}, "hours"),
    ],
)
def test_a_wrong_setting_is_refused(tmp_path, given, told):
    with pytest.raises(UsageError, match=told):
        lcbrb.train_study(tmp_path / "x", **given)
    assert not (tmp_path / "x").exists()
