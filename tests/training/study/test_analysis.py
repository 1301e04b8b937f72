"""Findings of made-up studies: what was put in is found, and what was not is not."""

import dataclasses
import json

import numpy as np
import pytest
from made_up_study import PROBLEMS, measured, study, warm_result

from lcbrb.training.study import analysis, figures
from lcbrb.training.study.endpoints import Endpoint, values
from lcbrb.training.study.grid import BEST, OUTCOME, PRESETS, StudySettings
from lcbrb.training.study.page import Done, render_study
from lcbrb.training.study.results import CopyMade, Look
from lcbrb.training.study.sensitivity import detectable, least_p, sensitivity
from lcbrb.training.study.sequence import fixed_sequence
from lcbrb.types import Estimate

SETTINGS = StudySettings()


EIGHT = range(8)
WRONG = dataclasses.replace(
    measured(np.random.default_rng(1), 0.4), right=(0,) * PROBLEMS, sound=(0,) * PROBLEMS
)


def page(done, warm, planned=8):
    return render_study(SETTINGS, Done(cells=done, warm=warm, planned=planned))


def results(done, warm):
    return analysis.by_condition(done, {one.seed: one.measured for one in warm})


@pytest.fixture(scope="module")
def made_up():
    return study(8)


def test_an_endpoint_by_problem_has_the_endpoint_as_its_mean():
    one = measured(np.random.default_rng(1), 0.4, soundness=0.75)
    assert values(one, Endpoint.SAMPLED).mean() == pytest.approx(one.pass_at_1)
    assert values(one, Endpoint.GREEDY).mean() == pytest.approx(one.greedy_pass)
    assert values(one, Endpoint.SOUNDNESS).mean() == pytest.approx(one.soundness)
    assert values(one, Endpoint.ANY).mean() == pytest.approx(np.mean(np.array(one.right) > 0))
    assert values(WRONG, Endpoint.SOUNDNESS) is None
    assert not values(WRONG, Endpoint.SAMPLED).any()


def test_what_was_put_in_is_found(made_up):
    found = analysis.findings(results(*made_up), analysis.contrasts(SETTINGS), EIGHT)
    planned = {f.contrast.name: f for f in found if f.endpoint is Endpoint.SAMPLED and f.p_value}
    assert set(planned) == {
        "oracle - outcome", "oracle - placebo", "slope by noise", "noise - style",
        "trapdoor-pgrpo - trapdoor-ungated",
    }  # fmt: skip
    assert planned["oracle - outcome"].estimate.value == pytest.approx(0.10, abs=0.02)
    assert planned["slope by noise"].estimate.value == pytest.approx(0.02, abs=0.004)
    sure = [planned["oracle - outcome"], planned["slope by noise"]]
    assert all(one.p_value == pytest.approx(2 / 256) for one in sure)
    assert all(one.p_adjusted == pytest.approx(5 * 2 / 256) for one in sure)
    for one in planned.values():
        assert one.estimate.low < one.estimate.value < one.estimate.high
        assert one.estimate.value == pytest.approx(np.mean(one.by_seed))


def test_nothing_is_found_where_nothing_was_put_in():
    done = study(8, gain=lambda condition: 0.0)
    found = analysis.findings(results(*done), analysis.contrasts(SETTINGS), EIGHT)
    tested = [one for one in found if one.p_adjusted is not None]
    assert len(tested) == 10
    assert min(one.p_adjusted for one in tested) > 0.05


def test_only_planned_contrasts_are_tested_and_only_on_two_endpoints(made_up):
    found = analysis.findings(results(*made_up), analysis.contrasts(SETTINGS), EIGHT)
    tested = {(one.endpoint, one.contrast.planned) for one in found if one.p_value is not None}
    assert tested == {(Endpoint.SAMPLED, True), (Endpoint.SOUNDNESS, True)}


def test_nothing_is_tested_before_all_planned_seeds_are_whole(made_up):
    done, warm = made_up
    assert analysis.seeds_to_test(results(done, warm), SETTINGS, 8) == tuple(range(8))
    assert analysis.seeds_to_test(results(done, warm), SETTINGS, 9) == ()
    assert analysis.seeds_to_test(results(done[:-1], warm), SETTINGS, 8) == ()
    html = page(done[:-1], warm)
    assert "Nothing is tested before all 8 seeds that were planned are whole" in html
    assert "from chance (p" not in html
    assert "distinguishable from chance (p" in page(done, warm)


def test_seeds_beyond_the_plan_are_not_tested(made_up):
    found = analysis.findings(results(*made_up), analysis.contrasts(SETTINGS), range(6))
    for one in found:
        planned = one.contrast.planned and one.endpoint in analysis.TESTED
        assert len(one.by_seed) == (6 if planned else 8)
        assert (one.p_value is not None) == planned


def test_a_policy_without_right_answers_has_no_soundness(made_up):
    done, warm = made_up
    lost = [
        dataclasses.replace(one, measured=WRONG)
        if (one.condition, one.seed) == (BEST.name, 3)
        else one
        for one in done
    ]
    found = analysis.findings(results(lost, warm), analysis.contrasts(SETTINGS), EIGHT)
    by_name = {(one.contrast.name, one.endpoint): one for one in found}
    sound = by_name["oracle - outcome", Endpoint.SOUNDNESS]
    assert (len(sound.by_seed), sound.left_out) == (7, (3,))
    assert min(sound.by_seed) > -0.2, "no soundness is not a soundness of 0"
    assert sound.p_value == pytest.approx(2 / 128)
    assert by_name["oracle - outcome", Endpoint.SAMPLED].left_out == ()
    assert "Without seed 3, in which no answer is right." in page(lost, warm)
    estimate = analysis.estimates(results(lost, warm), Endpoint.SOUNDNESS)[BEST.name]
    assert estimate.clusters == 7


def test_holm_corrects_for_all_that_was_planned(made_up):
    asked = analysis.contrasts(SETTINGS)
    held = {name: by for name, by in results(*made_up).items() if name != "placebo"}
    found = analysis.findings(held, asked, EIGHT)
    adjusted = {f.contrast.name: f.p_adjusted for f in found if f.endpoint is Endpoint.SAMPLED}
    assert "oracle - placebo" not in adjusted
    assert adjusted["oracle - outcome"] == pytest.approx(5 * 2 / 256)


def test_six_seeds_can_not_pass_holm_over_five():
    assert least_p(6) * 5 > analysis.ALPHA
    assert least_p(PRESETS["small"].seeds) * 5 < analysis.ALPHA
    assert detectable(1.0, 6, 5) is None


@pytest.mark.parametrize("seeds", [8, 9, 12])
def test_what_is_detectable_is_found_in_four_of_five_studies(seeds):
    draw = np.random.default_rng(0)
    studies = draw.normal(detectable(1.0, seeds, 5), 1.0, (200, seeds))
    p_values = [analysis._sign_flips(one).p_value for one in studies]
    found = np.mean([5 * p <= analysis.ALPHA for p in p_values])
    assert 0.66 < found < 0.92  # 0.8, four standard errors of 0.03


def test_chance_says_what_could_be_told(made_up):
    told = {one.endpoint: one for one in sensitivity(results(*made_up), 8, 5)}
    one = told[Endpoint.SAMPLED]
    assert (one.seeds, one.planned) == (8, 8)
    assert 0.003 < one.sd < 0.04
    assert one.detectable == pytest.approx(1.92 * one.sd, rel=2e-3)
    assert one.least_p == pytest.approx(0.0390625)


def test_the_sequence_stops_at_the_first_step_that_is_no_gain():
    steps = {100.0: 0.1, 90.0: 0.08, 75.0: 0.0, 62.6: 0.06}

    def gain(condition):
        if condition.scorer != "copy" or condition.arm == "placebo" or condition.flaw == "style":
            return 0.0
        return steps.get(condition.accuracy, 0.0)

    done, warm = study(8, gain=gain)
    told = fixed_sequence(results(done, warm), SETTINGS, EIGHT)
    assert [(one.accuracy, one.gains) for one in told] == [
        (100.0, True), (90.0, True), (75.0, False), (62.6, None), (55.0, None), (50.0, None),
    ]  # fmt: skip
    html = page(done, warm)
    assert "a gain can be distinguished from chance down to a pairwise accuracy of 90%" in html
    assert html.count("<td>not asked</td>") == 3
    assert fixed_sequence(results(done, warm), SETTINGS, ()) == []


def test_a_loss_is_no_gain():
    done, warm = study(8, gain=lambda c: -0.1 if c.name == BEST.name else 0.0)
    told = fixed_sequence(results(done, warm), SETTINGS, EIGHT)
    assert [one.gains for one in told] == [False, None, None, None, None, None]
    assert "not even the oracle" in page(done, warm)


def test_a_study_that_has_just_begun_has_what_it_has():
    done, warm = study(1)
    found = analysis.findings(results(done[:2], warm), analysis.contrasts(SETTINGS))
    assert all(one.estimate.low is None and one.p_value is None for one in found)
    assert sensitivity(results(done[:2], warm), 8, 5) == []


def test_seeds_that_lack_a_condition_are_left_out(made_up):
    done, warm = made_up
    fewer = [one for one in done if (one.condition, one.seed) != (BEST.name, 0)]
    found = analysis.findings(results(fewer, warm), analysis.contrasts(SETTINGS))
    seeds = {f.contrast.name: len(f.by_seed) for f in found if f.endpoint is Endpoint.SAMPLED}
    assert seeds["oracle - outcome"] == 7
    assert seeds["noise - style"] == 8


def looks(passes, thinking):
    """A training that was looked at so often."""
    given = {"soundness": 0.6, "waved": 0.1, "verbose": 0.5, "words": 30.0}
    return tuple(
        Look(step=20 * n, pass_at_1=rate, thinking=score, **given)
        for n, (rate, score) in enumerate(zip(passes, thinking, strict=True))
    )


def test_the_alarm_sees_a_thinking_score_that_rises_alone(made_up):
    cell = next(one for one in made_up[0] if one.condition == "trapdoor-ungated")
    rising = [0.2, 0.4, 0.6, 0.8, 0.9]
    hacked = dataclasses.replace(cell, looks=looks([0.4, 0.4, 0.38, 0.36, 0.35], rising))
    sound = dataclasses.replace(cell, looks=looks([0.4, 0.55, 0.7, 0.8, 0.9], rising))
    unwatched = dataclasses.replace(cell, looks=looks([0.4, 0.2, 0.1], [None] * 3))
    assert analysis.alarm_of(hacked, 512).step <= 80
    assert analysis.alarm_of(sound, 512) is None
    assert analysis.alarm_of(unwatched, 512) is None
    html = page([hacked], [])
    assert "<td>1 of 1, first at step 60</td>" in html


def test_the_page_says_what_was_found_and_what_was_not(made_up):
    html = page(*made_up)
    assert "8 of 8 seeds are whole" in html
    assert "distinguishable from chance (p = 0.039 by Holm)" in html
    assert "No p value can be below 0.039 by Holm" in html
    assert "what is paid for is what is measured" in html
    assert "pass@4" in html
    assert "nothing here says how large an effect is for a 7B model" in html
    assert html.count('<th scope="row">noise-62.6</th>') == 1
    assert 'id="dose"' in html
    meta = json.loads(html.split('id="meta">')[1].split("</script>")[0])
    gains = {one["endpoint"]: one["lines"] for one in meta["gains"]}
    noise = next(line for line in gains["pass@1"] if line["name"] == "errors by noise")
    assert [level for level, _ in noise["points"]] == [50, 55, 62.6, 75, 90, 100]
    assert noise["points"][-1][1]["value"] == pytest.approx(0.10, abs=0.02)


def test_the_page_of_nothing_is_a_page():
    html = page([], [])
    assert "No training is done yet." in html
    done, warm = study(1)
    assert "0 of 1 seeds are whole: 1 trainings" in page(done[:1], warm)


def test_the_arm_of_each_condition_is_one_of_the_formulas_and_names_are_apart():
    names = [condition.name for condition in SETTINGS.conditions]
    assert len(set(names)) == len(names) == 19
    assert names[0] == OUTCOME.name


def test_the_page_shows_what_the_trainer_logged_and_outcomes_own_hand_waves(made_up):
    done, warm = made_up
    scored = [
        dataclasses.replace(
            one,
            looks=tuple(dataclasses.replace(look, thinking=0.5) for look in one.looks),
            log={"all_correct": [0.1] * 20 + [0.3, None] * 10, "unscored": [1.0, 2.0, None]},
        )
        if one.condition in {OUTCOME.name, "trapdoor-ungated"}
        else dataclasses.replace(one, log={})
        for one in done
    ]
    told = list(figures.curves(SETTINGS, scored))
    by_figure = {(one["title"], one["figure"]): one["lines"] for one in told}
    logged = by_figure["against the trapdoor", "all_correct"]
    assert {line["name"] for line in logged} == {OUTCOME.name, "trapdoor-ungated"}
    assert [step for step, _ in logged[0]["points"]] == [20, 40]
    assert [value for _, value in logged[0]["points"]] == pytest.approx([0.1, 0.3])
    thinking = by_figure["against the trapdoor", "thinking"]
    assert {line["name"] for line in thinking} == {OUTCOME.name, "trapdoor-ungated"}
    assert ("against the oracle", "thinking") not in by_figure
    html = page(scored, warm)
    assert "48 replies in training could not be graded" in html
    assert "could not be graded" not in page(done, warm)
    row = html.split('<th scope="row">outcome</th>')[1].split("</tr>")[0]
    assert " of 8" not in row, "no alarm of what is not paid"


def test_an_accuracy_after_training_says_over_how_many_seeds(made_up):
    done, warm = made_up
    fewer = [dataclasses.replace(one, accuracy_after=None if one.seed < 3 else 0.7) for one in done]
    assert "<td>70.0 (5 of 8 seeds)</td>" in page(fewer, warm)


def test_only_copies_have_an_accuracy_and_only_worse_ones_a_flaw():
    for one in SETTINGS.conditions:
        assert (one.accuracy is not None) == (one.scorer == "copy")
        assert (one.flaw is not None) == one.name.startswith(("noise-", "style-"))


def test_figures_stand_at_the_accuracy_that_was_measured():
    def warm(accuracy):
        made = warm_result(np.random.default_rng(0), 0)
        copy = CopyMade(name="noise-55", share=0.8, accuracy=accuracy, pairs=50)
        return dataclasses.replace(made, copies=(*made.copies, copy))

    found = figures.measured_accuracies([warm(0.56), warm(0.58), warm(None)])
    assert found == {"oracle": 100.0, "noise-55": pytest.approx(57.0)}
    told = Estimate(value=0.5, low=0.4, high=0.6, n=9, clusters=3, level=0.95, method="made up")
    by_name = {"noise-55": told, BEST.name: told}
    lines = figures.dose(StudySettings(), Endpoint.SAMPLED, by_name, found)["lines"]
    assert [place for place, _ in lines[0]["points"]] == [pytest.approx(57.0), 100.0]
