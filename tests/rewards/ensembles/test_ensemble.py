"""`ensemble:`: how it is written, how scores come together, and that no company changes a score."""

import dataclasses
import math
import statistics

import pytest
import tiny
from hypothesis import given, strategies as st

from lcbrb.errors import BadScoreError, UnknownNameError, UsageError
from lcbrb.protocols.reward import Item, PairSet
from lcbrb.registry import parse_spec
from lcbrb.rewards import reward_model
from lcbrb.rewards.base import PairwiseModel, RewardModel
from lcbrb.rewards.ensembles import ensemble
from lcbrb.rewards.ensembles.scales import Scale, to_unit, unit_bounds
from lcbrb.rewards.ensembles.spec import Combine, EnsembleOptions, Spread, member_specs
from lcbrb.rewards.evaluation import evaluate
from lcbrb.rewards.selection import Selection
from lcbrb.types import Outcome

ITEMS = [Item(prompt="p", response=text) for text in ("one", "three", "eleven words or so")]


class Fixed(RewardModel):
    """A member that scores by a table."""

    bounds = None

    def __init__(self, name, scores, bounds=(-math.inf, math.inf), cut=()):
        self.id, self.scores, self.bounds, self.cut = name, scores, bounds, cut

    def score(self, items):
        return [self.scores[item.response] for item in items]

    def truncated(self, items):
        return [item.response in self.cut for item in items]


class Prefers(PairwiseModel):
    """A member that judges pairs, by the length of what is chosen."""

    def __init__(self, name, preferences):
        self.id, self.preferences = name, preferences

    def compare(self, pairs):
        return [self.preferences[pair.chosen] for pair in pairs]


def table(*scores):
    return dict(zip((item.response for item in ITEMS), scores, strict=True))


@pytest.fixture
def members(monkeypatch):
    """Makes specs mean given members."""

    def give(**named):
        monkeypatch.setattr(ensemble, "reward_model", named.__getitem__)

    return give


# ------------------------------------------------------------------------------- how it is written


def join_members(specs):
    return "|".join(f"({spec})" for spec in specs)


texts = st.text(st.sampled_from("ab:/?=&|+. "), min_size=1, max_size=10).filter(str.strip)
specs = st.recursive(
    texts | st.sampled_from(["a?b=1", "a:b?a=1&b=|", "a|b", "a?b=1&b"]),
    lambda inner: st.lists(inner, min_size=1, max_size=3).map(join_members),
)


@given(st.lists(specs, min_size=1, max_size=4))
def test_members_that_are_put_together_are_taken_apart_again(members):
    assert member_specs(join_members(members)) == members


@given(st.lists(specs, min_size=2, max_size=3), st.sampled_from(Combine))
def test_options_behind_brackets_are_the_ensemble_s_and_those_within_the_members(members, combine):
    spec = parse_spec(f"ensemble:{join_members(members)}?combine={combine}")
    assert spec.options == {"combine": combine}
    assert member_specs(spec.target) == members
    bare = parse_spec(f"ensemble:{join_members(members)}")
    assert bare.options == {}
    assert member_specs(bare.target) == members


def test_members_without_options_need_no_brackets():
    spec = parse_spec("ensemble:hf:org/a@v1|likelihood:smollm2|length?combine=min")
    assert member_specs(spec.target) == ["hf:org/a@v1", "likelihood:smollm2", "length"]
    assert spec.options == {"combine": "min"}


@pytest.mark.parametrize(
    "target",
    """
    length|   |length   length||random   random?seed=1|length   length|(random?seed=1)
    (length)|random   (length   (length)|   (length)|(   (length)(random)   ()|(length)
    (length))|(random)   ((length)|(random)
    """.split(),
)
def test_what_does_not_read_in_one_way_is_refused(target):
    with pytest.raises(UsageError, match=r"every member in brackets|brackets do not match"):
        member_specs(target)


@pytest.mark.parametrize("target", ["length", "(length)", ""])
def test_an_ensemble_has_two_members(target):
    with pytest.raises(UsageError):
        reward_model(f"ensemble:{target}")


def test_members_are_made_by_their_own_specs():
    model = reward_model("ensemble:(random?seed=1)|(ensemble:(random?seed=2)|(random))?combine=min")
    assert [member.id for member in model.members] == [
        "random?seed=1",
        "ensemble:(random?seed=2)|(random)",
    ]
    assert model.members[0].seed == 1
    with pytest.raises(UnknownNameError, match="did you mean length"):
        reward_model("ensemble:lenght|random")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("length|random", r"different ranges \(length .*\?scale=unit"),
        ("length|random?scale=z", "scale=z needs centres: 2 numbers"),
        ("length|random?scale=z&centres=1,2&spreads=1", "scale=z needs spreads: 2 numbers"),
        ("length|random?scale=z&centres=1,2&spreads=1,0", "greater than 0"),
        ("length|random?scale=z&centres=1,x&spreads=1,1", "needs centres: 2 numbers"),
        ("length|random?scale=z&centres=1,nan&spreads=1,1", "needs centres: 2 numbers"),
        ("length|random?scale=unit&centres=1,2", "'centres' would have no effect"),
        ("length|random?scale=none&weight=1", "'weight' would have no effect"),
        ("length|random?combine=vote&scale=unit", "'scale' would have no effect"),
        ("length|random?combine=vote&spread=std", "'spread' would have no effect"),
        ("length|random?scale=rank", "option 'scale'"),
        ("length|random?combine=uncertainty&scale=none&weight=-1", "option 'weight'"),
        ("length|random?combin=min", "did you mean combine"),
    ],
)
def test_options_that_do_not_go_together_are_refused_at_once(text, words):
    with pytest.raises(UsageError, match=words):
        reward_model(f"ensemble:{text}")


# ------------------------------------------------------------------------------------ one score


def test_mean_min_and_uncertainty_are_what_they_say(members):
    rows = {"a": table(1.0, 2.0, -3.0), "b": table(3.0, 2.0, 0.0), "c": table(5.0, 2.0, 9.0)}
    members(**{name: Fixed(name, scores) for name, scores in rows.items()})
    columns = list(zip(*(scores.values() for scores in rows.values()), strict=True))

    def scores(options):
        return ensemble.from_spec(parse_spec(f"ensemble:a|b|c?{options}")).score(ITEMS)

    assert scores("combine=mean") == pytest.approx([statistics.fmean(row) for row in columns])
    assert scores("combine=min") == [min(row) for row in columns]
    for weight in (0.5, 2.0):
        expected = [statistics.fmean(row) - weight * statistics.pvariance(row) for row in columns]
        found = scores(f"combine=uncertainty&weight={weight}")
        assert found == pytest.approx(expected)
        expected = [statistics.fmean(row) - weight * statistics.pstdev(row) for row in columns]
        found = scores(f"combine=uncertainty&weight={weight}&spread=std")
        assert found == pytest.approx(expected)


rows = st.lists(st.floats(-1e6, 1e6), min_size=2, max_size=6)


@given(rows, st.sampled_from(Spread), st.floats(0, 10))
def test_caution_never_raises_a_score_and_no_order_of_members_counts(row, spread, weight):
    def of(combine, members=row):
        options = EnsembleOptions(combine=combine, spread=spread, weight=weight)
        return ensemble.combined(members, options)

    room = 1e-6 * (1 + max(map(abs, row)))
    assert of(Combine.UNCERTAINTY) <= of(Combine.MEAN) + room
    assert of(Combine.MIN) <= of(Combine.MEAN) + room
    for combine in (Combine.MEAN, Combine.MIN, Combine.UNCERTAINTY):
        assert of(combine, row[::-1]) == pytest.approx(of(combine), rel=1e-9, abs=1e-9)


@given(st.lists(st.sampled_from("abcde"), min_size=1, max_size=6))
def test_a_score_depends_on_its_text_alone(responses):
    model = reward_model("ensemble:length|random?combine=mean&scale=unit")
    batch = [Item(prompt="p", response=one * 3) for one in responses]
    alone = [model.score([item])[0] for item in batch]
    assert model.score(batch) == alone
    assert all(0 <= score <= 1 for score in alone)


finite = st.floats(-1e9, 1e9)
bounds = st.one_of(
    st.just((-math.inf, math.inf)),
    finite.map(lambda one: (-math.inf, one)),
    finite.map(lambda one: (one, math.inf)),
    st.tuples(finite, finite).map(lambda two: (min(two), max(two))),
)


@given(bounds, st.lists(st.floats(0, 1), min_size=2, max_size=2), st.floats(0, 100))
def test_the_unit_scale_keeps_the_order_within_0_and_1(ends, places, reach):
    low, high = ends
    if math.isinf(low):
        low = (high if math.isfinite(high) else 0.0) - reach
    if math.isinf(high):
        high = low + 2 * reach
    first, second = sorted(min(high, low + place * (high - low)) for place in places)
    one, other = to_unit(first, ends), to_unit(second, ends)
    assert unit_bounds(ends)[0] <= one <= other <= unit_bounds(ends)[1]


def test_the_unit_scale_is_the_one_that_is_documented():
    assert to_unit(7.0, (1.0, 10.0)) == pytest.approx(6 / 9)
    assert to_unit(math.log(0.3), (-math.inf, 0.0)) == pytest.approx(0.3)
    assert to_unit(3.0, (0.0, math.inf)) == pytest.approx(0.75)
    assert to_unit(2.0, (-math.inf, math.inf)) == pytest.approx(1 / (1 + math.exp(-2)))
    assert to_unit(-800.0, (-math.inf, math.inf)) == pytest.approx(0.0)


def test_z_takes_its_constants_from_the_spec_in_the_members_order(members):
    members(a=Fixed("a", table(1.0, 2.0, 3.0)), b=Fixed("b", table(10.0, 30.0, 10.0)))
    spec = "ensemble:a|b?scale=z&centres=1,20&spreads=2,10"
    model = ensemble.from_spec(parse_spec(spec))
    assert model.score(ITEMS) == pytest.approx([-0.5, 0.75, 0.0])
    assert model.identity["centres"] == [1.0, 20.0]
    assert model.identity["spreads"] == [2.0, 10.0]


def test_bounds_hold_as_far_as_the_members_do(members):
    def of(options, first=(0.0, 1.0), second=(0.0, 1.0)):
        members(a=Fixed("a", {}, first), b=Fixed("b", {}, second))
        return ensemble.from_spec(parse_spec(f"ensemble:a|b?{options}")).bounds

    assert of("combine=mean") == (0.0, 1.0)
    assert of("combine=min&scale=none", second=(-1.0, 3.0)) == (-1.0, 1.0)
    assert of("combine=mean&scale=none", second=(-1.0, 3.0)) == (-0.5, 2.0)
    assert of("combine=mean&scale=unit", second=(-math.inf, 0.0)) == (0.0, 1.0)
    assert of("combine=uncertainty") == (-math.inf, 1.0)
    assert of("combine=uncertainty&weight=0") == (0.0, 1.0)
    assert of("combine=mean&scale=z&centres=1,1&spreads=1,2") == (-0.75, 0.0)


def test_the_record_names_members_and_rules(members):
    members(a=Fixed("a", {}), b=Fixed("b", {}))
    model = ensemble.from_spec(parse_spec("ensemble:a|b?combine=uncertainty&weight=0.1"))
    assert isinstance(model, RewardModel)
    assert model.identity == {
        "members": [{"id": "a"}, {"id": "b"}],
        "combine": "uncertainty",
        "scale": "none",
        "weight": 0.1,
        "spread": "variance",
    }
    assert model.scale is Scale.NONE
    assert model.revision is None


def test_an_item_that_a_member_cuts_is_cut(members):
    members(a=Fixed("a", table(1, 2, 3), cut={"three"}), b=Fixed("b", table(1, 2, 3), cut={"one"}))
    model = ensemble.from_spec(parse_spec("ensemble:a|b"))
    assert model.truncated(ITEMS) == [True, True, False]


# ----------------------------------------------------------------------------- what goes wrong


@pytest.mark.parametrize("bad", [math.nan, math.inf])
@pytest.mark.parametrize("combine", ["mean", "min", "uncertainty"])
def test_a_member_s_failure_is_the_ensemble_s_and_the_member_is_named(members, bad, combine):
    members(a=Fixed("a", table(1, 2, 3)), b=Fixed("b", table(1, bad, 3)))
    model = ensemble.from_spec(parse_spec(f"ensemble:a|b?combine={combine}"))
    with pytest.raises(BadScoreError, match=r"member b scored an item as (nan|inf)"):
        model.score(ITEMS)


def test_a_member_that_gives_too_few_scores_is_named(members):
    short = Fixed("b", table(1, 2, 3))
    short.score = lambda items: [1.0]
    members(a=Fixed("a", table(1, 2, 3)), b=short)
    with pytest.raises(BadScoreError, match="b gave 1 numbers, but 3 were expected"):
        ensemble.from_spec(parse_spec("ensemble:a|b")).score(ITEMS)


# ---------------------------------------------------------------------------------- preferences


PAIRS = [tiny.pair("p1", "one", "three"), tiny.pair("p2", "three", "eleven words or so")]


def test_pairwise_members_make_the_mean_of_preferences(members):
    members(a=Prefers("a", {"one": 1.0, "three": 0.5}), b=Prefers("b", {"one": 0.25, "three": 0.0}))
    model = ensemble.from_spec(parse_spec("ensemble:a|b"))
    assert isinstance(model, PairwiseModel)
    assert not isinstance(model, RewardModel)
    assert model.compare(PAIRS) == [0.625, 0.25]
    assert model.identity["combine"] == "mean of preferences"


def test_members_that_score_vote_beside_those_that_judge_pairs(members):
    members(a=Prefers("a", {"one": 1.0, "three": 0.0}), b=Fixed("b", table(2.0, 1.0, 1.0)))
    assert ensemble.from_spec(parse_spec("ensemble:a|b")).compare(PAIRS) == [1.0, 0.25]


def test_a_vote_needs_no_common_scale():
    model = reward_model("ensemble:length|random?combine=vote")
    by_random = [
        float(chosen > rejected)
        for chosen, rejected in (
            reward_model("random").score(
                [Item(prompt=pair.prompt, response=text) for text in (pair.chosen, pair.rejected)]
            )
            for pair in PAIRS
        )
    ]
    assert model.compare(PAIRS) == [vote / 2 for vote in by_random]  # length votes for neither


@pytest.mark.parametrize("combine", ["min", "uncertainty"])
def test_preferences_are_not_combined_as_scores(members, combine):
    members(a=Prefers("a", {}), b=Fixed("b", {}))
    with pytest.raises(UsageError, match="needs members that give scores"):
        ensemble.from_spec(parse_spec(f"ensemble:a|b?combine={combine}"))


def test_a_juror_s_failure_is_the_jury_s(members):
    members(a=Prefers("a", {"one": math.nan, "three": 0.0}), b=Fixed("b", table(2.0, 1.0, 1.0)))
    with pytest.raises(BadScoreError, match="a scored the chosen side"):
        ensemble.from_spec(parse_spec("ensemble:a|b")).compare(PAIRS)


def test_a_pair_of_which_a_juror_cuts_a_text_is_reported_as_cut(members, tmp_path):
    members(
        a=Prefers("a", {"one": 1.0, "three": 0.0}),
        b=Fixed("b", table(2.0, 1.0, 1.0), cut={"one"}),
    )
    model = ensemble.from_spec(parse_spec("ensemble:a|b"))
    pairs = PairSet(name="some", version="1", pairs=PAIRS)
    done = evaluate(model, pairs, Selection(total=2), tmp_path)
    assert [one.truncated for one in done.scored] == [True, False]
    assert [one.outcome.value for one in done.scored] == ["win", "loss"]
    assert done.record.counts["truncated"] == 1


class Judge(Prefers):
    """A member with lines of its own, as generative judges have them."""

    def compare_portions(self, portions):
        for portion in portions:
            for pair in reversed(portion):
                one = tiny.scored(pair, Outcome.TIE)
                yield [
                    dataclasses.replace(one, chosen_score=0.5, rejected_score=0.5, unparsable=True)
                ]


def test_a_juror_that_could_not_be_read_has_no_preference(members, tmp_path):
    pairs = PairSet(name="some", version="1", pairs=PAIRS)

    def scored(second):
        members(a=Judge("a", {}), b=second)
        model = ensemble.from_spec(parse_spec("ensemble:a|b"))
        return evaluate(model, pairs, Selection(total=2), tmp_path / second.id).scored

    beside = scored(Prefers("b", {"one": 1.0, "three": 0.0}))
    assert [one.chosen_score for one in beside] == [0.75, 0.25]
    assert [one.unparsable for one in beside] == [False, False]


def test_a_tie_of_jurors_that_could_not_be_read_is_marked(members):
    members(a=Judge("a", {}), b=Judge("b", {}))
    (found,) = ensemble.from_spec(parse_spec("ensemble:a|b")).compare_portions([PAIRS])
    assert [one.unparsable for one in found] == [True, True]
    assert [one.pair_id for one in found] == [pair.id for pair in PAIRS]
