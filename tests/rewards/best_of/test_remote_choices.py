"""Best of n by a reward model behind a server: chosen as by the same scores computed here."""

import pytest
import reward_serving
from choosing import ByLength, evaluated, opened

import serving
from lcbrb.errors import IncompleteRunError
from lcbrb.rewards import reward_model


def texts_of(bodies):
    return {item["reasoning"] for body in bodies for item in body["items"]}


def test_a_server_chooses_as_the_same_scores_do_and_is_asked_once(run_folder, tmp_path):
    samples = opened(run_folder())
    here = evaluated(ByLength(), samples, tmp_path / "here")
    with serving.serving(reward_serving.RewardSite()) as (site, url):
        spec = f"remote:rm@{url}/score?api=items&batch_size=2&concurrency=1&patience_s=0.1"
        left = [3]  # the probes, and two requests

        def goes_away(handler, body):
            left[0] -= 1
            return left[0] < 0 and serving.hangs_up(handler, body)

        site.usual = goes_away
        with pytest.raises(IncompleteRunError, match="Earlier answers are kept"):
            evaluated(reward_model(spec), samples, tmp_path / "there")
        site.usual, answered = None, texts_of(site.bodies[1:3])
        before = len(site.bodies)
        there = evaluated(reward_model(spec), samples, tmp_path / "there")
        later = texts_of(site.bodies[before + 1 :])
    assert there.record.complete
    assert there.record.estimates == here.record.estimates
    assert len(answered) == 4
    assert later
    assert not answered & later
