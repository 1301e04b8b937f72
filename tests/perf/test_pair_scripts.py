"""What the scripts about pairs count and make, on cases worked by hand."""

import pytest
import tiny
from perf_scripts import load

from lcbrb.types import Judgement, Side


def test_a_label_is_right_turned_or_equal_and_noise_pulls_accuracy_to_a_half():
    script = load("label_noise")

    def side(sound):
        word = Judgement(judge="author", sound=sound)
        return Side(sampler="m", judgements=(word, Judgement(judge=script.JUDGE, sound=True)))

    truths = [(True, False), (True, True), (False, False), (False, True)]
    pairs = [
        tiny.pair(chosen_side=side(chosen), rejected_side=side(rejected))
        for chosen, rejected in truths
    ]
    kinds = script.kinds_of(pairs)
    assert kinds == {"right": 1, "equal": 2, "turned": 1}
    assert script.measured(kinds, 0.9) == pytest.approx(0.5)
    assert script.measured({"right": 3, "equal": 1, "turned": 0}, 0.8) == pytest.approx(0.725)


@pytest.mark.parametrize("mutated", [0.0, 0.5])
def test_no_two_samples_of_the_scale_run_are_one(mutated):
    script = load("pair_scale")
    made = list(script.samples(tiny.problem(), ["print(1 + 1)", "x = 1 <"], 50, mutated))
    as_recorded = [one for one in made if one.solution.startswith(("print(1 + 1)\n", "x = 1 <\n"))]
    assert len(as_recorded) == round(50 * (1 - mutated))
    assert len({one.solution for one in made}) == len({one.reasoning for one in made}) == 50
    assert {one.sample_index for one in made} == set(range(50))
