"""Pairs that a coarser precision decides: a seeded sample, scored in float32 too, kept and counted."""

import pytest
import tiny

from lcbrb import codec
from lcbrb.errors import SetupError
from lcbrb.protocols.reward import PairSet
from lcbrb.rewards import reward_model
from lcbrb.rewards.base import RewardModel
from lcbrb.rewards.ensembles.ensemble import Ensemble
from lcbrb.rewards.ensembles.jury import Jury
from lcbrb.rewards.ensembles.scales import Scale
from lcbrb.rewards.ensembles.spec import Combine, EnsembleOptions
from lcbrb.rewards.evaluation import evaluate
from lcbrb.rewards.forward.options import ModelOptions
from lcbrb.rewards.metrics.flips import FLIP_RATE, TWIN
from lcbrb.rewards.selection import Selection
from lcbrb.types import ScoredPair

PAIRS = [
    tiny.pair(f"p{i}", chosen="x" * (2 + i % 3), rejected="x" * (1 + i % 4)) for i in range(50)
]


class Exact(RewardModel):
    """The twin: scores by length, and remembers what it was asked."""

    id, bounds = "exact", (0.0, 99.0)

    def __init__(self, asked):
        self.asked = asked

    def score(self, items):
        self.asked += items
        return [float(len(item.response)) for item in items]


class Coarse(RewardModel):
    """Scores by length without the last bit, so that neighbours tie."""

    id, bounds = "coarse", (0.0, 99.0)

    def __init__(self, *, dtype="bfloat16", flips=32, twin=None):
        self.options = ModelOptions(dtype=dtype, flips=flips)
        self.asked, self.made, self.twin = [], 0, twin

    @property
    def flips(self):
        return 0 if self.options.dtype == "float32" else self.options.flips

    def in_float32(self):
        self.made += 1
        return self.twin(self.asked) if self.twin else Exact(self.asked)

    def score(self, items):
        return [float(len(item.response) // 2) for item in items]


def run(model, folder, seed=0, pairs=PAIRS):
    pair_set = PairSet(name="some", version="1", pairs=pairs)
    return evaluate(model, pair_set, Selection(total=len(pairs), seed=seed), folder).record


def differ(pair):
    exact = len(pair.chosen) - len(pair.rejected)
    coarse = len(pair.chosen) // 2 - len(pair.rejected) // 2
    return (exact > 0) - (exact < 0) != (coarse > 0) - (coarse < 0)


def test_all_pairs_where_the_sample_is_as_large(tmp_path):
    record = run(Coarse(flips=50), tmp_path)
    expected = sum(map(differ, PAIRS))
    assert 0 < expected < 50
    assert (record.counts["flips"], record.counts["flips_sampled"]) == (expected, 50)
    estimate = record.estimates[FLIP_RATE]
    assert estimate.value == pytest.approx(expected / 50)
    assert (estimate.n, estimate.clusters) == (50, 50)
    assert f"{expected} of 50 sampled pairs" in record.notes[-1]


def test_a_seeded_sample_of_the_size_asked_for(tmp_path):
    asked = []
    for name, seed in (("a", 0), ("b", 0), ("c", 1)):
        model = Coarse(flips=7)
        record = run(model, tmp_path / name, seed)
        assert record.counts["flips_sampled"] == 7
        asked.append({item.prompt for item in model.asked})
    assert asked[0] == asked[1] != asked[2]


def test_what_is_kept_is_not_scored_again(tmp_path):
    first, second, third = Coarse(), Coarse(), Coarse()
    record = run(first, tmp_path)
    path = next(tmp_path.rglob(TWIN))
    assert run(second, tmp_path).counts == record.counts
    assert second.made == 0
    path.write_text("".join(path.read_text().splitlines(keepends=True)[:20]) + '{"torn')
    assert run(third, tmp_path).counts == record.counts
    assert len({item.prompt for item in third.asked}) == 32 - 20


@pytest.mark.parametrize("options", [{"flips": 0}, {"dtype": "float32"}])
def test_nothing_where_it_is_not_wanted_or_exact_already(tmp_path, options):
    model = Coarse(**options)
    record = run(model, tmp_path)
    assert model.made == 0
    assert FLIP_RATE not in record.estimates
    assert "flips" not in record.counts
    assert record.notes == ()


def test_a_model_that_turns_out_to_be_exact_is_asked_once(tmp_path):
    for model, made in (
        (Coarse(dtype="auto", twin=lambda asked: None), 1),
        (Coarse(dtype="auto"), 0),
    ):
        assert "flips" not in run(model, tmp_path).counts
        assert model.made == made


def test_a_twin_that_can_t_be_had_costs_no_accuracy(tmp_path):
    def too_large(asked):
        raise SetupError("out of memory")

    record = run(Coarse(twin=too_large), tmp_path)
    assert record.complete
    assert record.counts["pairs"] == 50
    assert record.notes == ("flips against float32 were not counted: out of memory",)


class Alike(RewardModel):
    """Has no twin and no opinion."""

    id, bounds = "alike", (0.0, 0.0)

    def score(self, items):
        return [0.0] * len(items)


def ensemble(*members, combine="mean"):
    if combine == "vote":
        return Jury(id="votes", members=members)
    options = EnsembleOptions(combine=Combine(combine))
    return Ensemble(id="all", members=members, options=options, scale=Scale.NONE)


@pytest.mark.parametrize("combine", ["mean", "vote"])
def test_an_ensemble_is_held_against_its_members_twins(tmp_path, combine):
    coarse, other = Coarse(flips=50), Alike()
    record = run(ensemble(coarse, other, combine=combine), tmp_path)
    assert (coarse.made, record.counts["flips_sampled"]) == (1, 50)
    whole = run(ensemble(Exact([]), other, combine=combine), tmp_path / "whole")
    assert "flips_sampled" not in whole.counts
    inside, outside = (run_scores(tmp_path / part) for part in ("", "whole"))
    expected = sum(inside[name] is not outside[name] for name in inside)
    assert record.counts["flips"] == expected
    assert expected > 0


def run_scores(folder):
    (path,) = folder.glob("*/scores.jsonl")
    return {one.pair_id: one.outcome for one in codec.read_records(ScoredPair, path)}


@pytest.mark.parametrize("combine", ["mean", "vote"])
def test_an_ensemble_of_exact_members_has_no_flips(tmp_path, combine):
    members = [Coarse(dtype="float32"), Coarse(flips=0), Exact([])]
    record = run(ensemble(*members, combine=combine), tmp_path)
    assert "flips_sampled" not in record.counts
    assert [one.made for one in members[:2]] == [0, 0]


def test_a_real_model_in_half_precision(tmp_path):
    pytest.importorskip("torch", reason="the extra 'hf' is not installed")
    folder = tiny.save_classifier(tmp_path / "model", "llama", chat=True)
    half = run(reward_model(f"hf:{folder}?dtype=bfloat16&flips=20"), tmp_path / "half")
    assert half.counts["flips_sampled"] == 20
    whole = run(reward_model(f"hf:{folder}"), tmp_path / "whole")
    assert "flips_sampled" not in whole.counts
    mean = run(
        reward_model(
            f"likelihood:{tiny.save_language_model(tmp_path / 'lm')}?dtype=bfloat16&flips=4"
        ),
        tmp_path / "lm-run",
    )
    assert mean.counts["flips_sampled"] == 4
