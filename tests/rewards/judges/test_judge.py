"""`judge:` against a server on loopback that judges by rules."""

import dataclasses
import threading
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

import judged
import serving
import tiny
from lcbrb import codec
from lcbrb.codec import sha256_file
from lcbrb.errors import BadScoreError, IncompleteRunError, SetupError
from lcbrb.protocols import Item, PairSet, PairwiseModel, RewardModel, Sampled
from lcbrb.rewards import reward_model
from lcbrb.rewards.ensembles.scales import to_unit
from lcbrb.rewards.evaluation import evaluate
from lcbrb.rewards.judges import position
from lcbrb.rewards.records import Selection
from lcbrb.rewards.replicas import replicated
from lcbrb.runs import SCORES
from lcbrb.types import Generation, JudgeVotes, Outcome, RunRecord, ScoredPair


@pytest.fixture(autouse=True)
def quick(monkeypatch, tmp_path):
    monkeypatch.setenv("LCBRB_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    monkeypatch.setattr("lcbrb.policies._pacing._FIRST_S", 0.01)


@pytest.fixture
def server():
    with serving.serving() as (site, url):
        site.text, site.usual, site.url = judged.verdict, judged.manners, url
        yield site


@pytest.fixture
def judge(server, tmp_path):
    """Makes a judge in the rules' own words."""
    for name, text in (("two", judged.TEMPLATE), ("one", judged.ONE)):
        (tmp_path / f"{name}.toml").write_text(text)

    def made(options="", mode="pairwise", policy="concurrency=4&patience_s=10"):
        file = tmp_path / ("two.toml" if mode == "pairwise" else "one.toml")
        more = f"&{options}" if options else ""
        return reward_model(
            f"judge:openai:m@{server.url}?{policy}&mode={mode}&template={file}{more}"
        )

    return made


def pair(name, chosen, rejected, **fields):
    return tiny.pair(name, chosen=chosen, rejected=rejected, **fields)


def scored(model, *pairs):
    found = {one.pair_id: one for _, some in model.score_portions([tuple(pairs)]) for one in some}
    return [found[one.id] for one in pairs if one.id in found]


PAIRS = [
    pair("p1", "is 3", "is 1"),
    pair("p2", "is 1", "is 3"),
    pair("p3", "is 2", "is also 2"),
    pair("p4", "is 3 vain", "is 1"),
    pair("p5", "is 1", "is 3 vain"),
    pair("p6", "is 3 mumbles", "is 1"),
    pair("p7", "is 3 rambles", "is 1"),
]


# ------------------------------------------------------------------------------ in both orders


def test_the_preference_is_the_mean_of_the_orders_and_half_is_a_tie(judge):
    outcomes = [one.outcome for one in scored(judge(), *PAIRS)]
    assert outcomes == [Outcome.WIN, Outcome.LOSS, *[Outcome.TIE] * 5]
    assert [one.chosen_score for one in scored(judge(), *PAIRS)] == [1, 0, *[0.5] * 5]


def test_each_order_is_kept_apart_and_what_gave_no_vote_is_counted_by_kind(judge):
    found = scored(judge(), *PAIRS)
    orders = [(one.judged.chosen_first, one.judged.chosen_second) for one in found]
    assert orders == [(1, 1), (0, 0), (0.5, 0.5), (1, 0), (1, 0), (None, None), (None, None)]
    assert [one.unparsable for one in found] == [False] * 5 + [True, True]
    last = [(one.judged.votes, one.judged.unparsable, one.judged.truncated) for one in found[4:]]
    assert last == [(2, 0, 0), (0, 2, 0), (0, 0, 2)]
    assert {one.judged.orders for one in found} == {2}


def test_an_order_without_a_vote_leaves_the_say_to_the_other(server, judge):
    def text(body, number):
        first, _ = judged.sides(body)
        return "Hm." if first == "is 1" else judged.verdict(body, number)

    server.text = text
    (one,) = scored(judge(), PAIRS[0])
    assert (one.outcome, one.unparsable) == (Outcome.WIN, False)
    assert one.judged == JudgeVotes(orders=2, votes=1, unparsable=1, chosen_first=1.0)
    assert position.counts([one])["one_order"] == 1


def test_position_bias_can_be_worked_out_from_what_is_kept(judge):
    found = scored(judge(), *PAIRS)
    estimates = position.estimates(found)
    changes, first = estimates[position.ORDER_CHANGES], estimates[position.FIRST_PLACE]
    assert (changes.value, changes.n) == (2 / 5, 5)
    # p1, p2, p3 give half of their votes to the first place, p4 and p5 all of them
    assert (first.value, first.n) == (0.7, 10)
    assert changes.clusters == first.clusters == 5
    assert position.counts(found) == {
        "unparsable": 2,
        "one_order": 0,
        "replies_read": 10,
        "replies_unparsable": 2,
        "replies_truncated": 2,
    }


@pytest.mark.parametrize(
    ("first", "second", "changes"),
    [
        (1.0, 0.75, False),
        (0.25, 0.0, False),
        (0.75, 0.5, True),
        (0.5, 0.5, False),
        (0.6, 0.4, True),
    ],
)
def test_a_verdict_changes_with_its_side_not_with_its_strength(first, second, changes):
    votes = JudgeVotes(orders=2, votes=8, chosen_first=first, chosen_second=second)
    assert position.changes_with_order(votes) is changes


def test_models_that_are_no_judges_have_no_position(judge):
    plain = [tiny.scored(one, Outcome.WIN) for one in PAIRS]
    assert position.estimates(plain) == {}
    assert position.counts(plain) == {}


def test_several_votes_are_averaged_within_their_order(server, judge):
    seen = threading.Lock(), {}

    def text(body, number):
        lock, asked = seen
        with lock:  # of three replies to a prompt, the first says the other thing
            key = body["messages"][-1]["content"]
            asked[key] = asked.get(key, 0) + 1
            said = judged.verdict(body, number)
            return said if asked[key] > 1 else {"A": "Verdict: B", "B": "Verdict: A"}[said[-1]]

    server.text = text
    (one,) = scored(judge("votes=3"), PAIRS[0])
    assert one.judged == JudgeVotes(orders=2, votes=6, chosen_first=2 / 3, chosen_second=2 / 3)
    assert one.chosen_score == 2 / 3
    assert len({body["seed"] for body in server.bodies}) == 6
    assert {body["temperature"] for body in server.bodies} == {0.7}


def test_one_vote_is_drawn_greedily_and_bounded(server, judge):
    scored(judge("max_tokens=77"), PAIRS[0])
    assert {(b["temperature"], b["max_tokens"]) for b in server.bodies} == {(0.0, 77)}


# -------------------------------------------------------------------------------- in one order


def test_one_drawn_order_favours_no_side_and_knows_no_labels(server, judge):
    pairs = [pair(f"p{i}", f"is 3 {i}", f"is 1 {i}") for i in range(60)]
    found = scored(judge("orders=seeded"), *pairs)
    assert {one.outcome for one in found} == {Outcome.WIN}
    assert len(server.bodies) == 60
    firsts = sum(one.judged.chosen_first is not None for one in found)
    assert 15 < firsts < 45
    swapped = scored(judge("orders=seeded"), *[one.swap() for one in pairs])
    assert len(server.bodies) == 60, "the same prompts, from the cache"
    assert {one.outcome for one in swapped} == {Outcome.LOSS}
    scored(judge("orders=seeded&seed=1"), *pairs)
    assert len({body["messages"][-1]["content"] for body in server.bodies}) > 60


def test_one_order_has_no_changes_but_first_place_votes(judge):
    found = scored(
        judge("orders=seeded"), *[pair(f"p{i}", f"is 3 vain {i}", "1") for i in range(9)]
    )
    estimates = position.estimates(found)
    assert position.ORDER_CHANGES not in estimates
    assert estimates[position.FIRST_PLACE].value == 1.0
    assert position.counts(found)["one_order"] == 0


def test_two_versions_of_a_problem_stand_beside_their_candidates_in_both_orders(server, judge):
    one = pair("p", "is 3", "is 1", prompt="Whole.", rejected_prompt="Lacking.")
    scored(judge(), one)
    asked = [body["messages"][-1]["content"] for body in server.bodies]
    assert len(asked) == 2
    for text in asked:
        a, b = (
            ("Whole.", "Lacking.")
            if text.index("is 3") < text.index("is 1")
            else ("Lacking.", "Whole.")
        )
        assert f"version that A was given:\n{a}\n" in text
        assert f"version that B was given:\n{b}\n" in text


# ------------------------------------------------------------------------------------- symmetry


_FRACTIONS = st.fractions(0, 1, max_denominator=5)


@given(st.none() | _FRACTIONS, st.none() | _FRACTIONS)
def test_swapping_a_pair_turns_its_score_around(first, second):
    from lcbrb.rewards.judges.pairwise import _FIRST, _SECOND, _compared
    from lcbrb.rewards.judges.verdicts import Reading, Vote

    def votes(one):
        return [Vote(Reading.UNPARSABLE)] if one is None else [Vote(Reading.READ, one)]

    one = PAIRS[0]
    straight = _compared(one, {_FIRST: votes(first), _SECOND: votes(second)})
    turned = _compared(one.swap(), {_FIRST: votes(second), _SECOND: votes(first)})
    assert (straight.chosen_score, straight.rejected_score) == (
        turned.rejected_score,
        turned.chosen_score,
    )
    assert (straight.outcome is Outcome.TIE) == (turned.outcome is Outcome.TIE)
    read = [x for x in (first, None if second is None else 1 - second) if x is not None]
    exact = sum(read, Fraction(0)) / len(read) if read else Fraction(1, 2)
    assert (straight.outcome is Outcome.TIE) == (exact == Fraction(1, 2))


# ------------------------------------------------------------------------------------ pointwise


def test_scores_are_the_judge_s_and_lie_in_its_bounds(server, judge):
    server.text = judged.scores
    model = judge(mode="pointwise")
    assert isinstance(model, RewardModel)
    assert not isinstance(model, PairwiseModel)
    assert model.bounds == (1.0, 10.0)
    items = [
        Item(prompt="P", response=text) for text in ("is 7", "is 3", "is 7", "is 11", "mumbles")
    ]
    found = dict(model.opinions(items))
    assert [found[item] for item in items] == [7.0, 3.0, 7.0, None, None]
    assert model.score(items) == [7.0, 3.0, 7.0, 5.5, 5.5]
    assert len(server.bodies) == 4


def test_a_side_without_a_score_makes_a_marked_tie(server, judge):
    server.text = judged.scores
    found = scored(judge(mode="pointwise"), *PAIRS[:3], PAIRS[5], PAIRS[6])
    assert [(one.chosen_score, one.rejected_score) for one in found] == [
        (3, 1),
        (1, 3),
        (2, 2),
        (5.5, 5.5),
        (5.5, 5.5),
    ]
    assert [one.unparsable for one in found] == [False] * 3 + [True] * 2
    assert found[3].judged == JudgeVotes(orders=0, votes=1, unparsable=1)
    assert found[4].judged == JudgeVotes(orders=0, votes=1, truncated=1)


@pytest.mark.parametrize("texts", [("mumbles", "is 9"), ("is 9", "mumbles")])
def test_either_side_may_be_the_one_without_a_score(server, judge, texts):
    server.text = judged.scores
    (one,) = scored(judge(mode="pointwise"), pair("p", *texts))
    assert (one.chosen_score, one.rejected_score, one.unparsable) == (5.5, 5.5, True)


def test_the_range_is_declared(server, judge):
    server.text = judged.scores
    model = judge("low=0&high=3", mode="pointwise")
    assert model.bounds == (0.0, 3.0)
    found = dict(model.opinions(Item(prompt="P", response=f"is {n}") for n in (-1, 0, 3, 4)))
    assert {item.response: score for item, score in found.items()} == {
        "is -1": None,
        "is 0": 0.0,
        "is 3": 3.0,
        "is 4": None,
    }


def test_the_ends_of_the_range_are_shown_in_all_their_digits(server, judge, tmp_path):
    server.text = judged.scores
    (tmp_path / "one.toml").write_text(judged.ONE.replace("Only", "From {low} to {high}.\nOnly"))
    list(judge("low=0.5&high=1234567", mode="pointwise").opinions([Item(prompt="P", response="1")]))
    assert "From 0.5 to 1234567." in server.bodies[0]["messages"][-1]["content"]


# --------------------------------------------------------------------- failures are not verdicts


def test_a_refused_pair_has_no_score_and_the_others_have(judge):
    pairs = [PAIRS[0], pair("p8", "is 3 refused", "is 1"), PAIRS[1]]
    model, found = judge(), []

    def run():
        for _, some in model.score_portions([tuple(pairs)]):
            found.extend(some)

    with pytest.raises(IncompleteRunError, match=r"1 pairs have no score.*not allowed"):
        run()
    assert {one.problem_id for one in found} == {"p1", "p2"}
    with pytest.raises(IncompleteRunError):
        model.compare(pairs)


def test_a_run_goes_on_and_asks_only_for_what_is_missing(server, judge, tmp_path):
    pairs = [*PAIRS, pair("p8", "is 3 refused", "is 1")]
    pair_set = PairSet(name="set", version="1", pairs=pairs)

    def run():
        return evaluate(judge(), pair_set, Selection(total=len(pairs)), tmp_path / "out")

    with pytest.raises(IncompleteRunError):
        run()
    (folder,) = (tmp_path / "out").iterdir()
    record = codec.read_record(RunRecord, folder / "record.json")
    assert not record.complete
    assert (record.counts["pairs"], record.counts["unscored"]) == (7, 1)
    assert record.estimates["accuracy"].n == 7
    assert len(codec.read_records(ScoredPair, folder / SCORES)) == 7
    before = len(server.bodies)
    server.usual = None  # it has changed its mind
    done = run()
    assert len(server.bodies) == before + 2
    assert done.record.complete
    assert done.record.counts["pairs"] == 8
    assert "unscored" not in done.record.counts
    assert [one.pair_id for one in done.scored] == [one.id for one in pairs]
    assert done.scored[-1].outcome is Outcome.WIN


def test_a_refused_text_costs_no_other_score(server, judge):
    server.text = judged.scores
    items = [Item(prompt="P", response=text) for text in ("is 7 refused", "is 3", "mumbles")]
    found = {}

    def run():
        for item, score in judge(mode="pointwise").opinions(items):
            found[item.response] = score

    with pytest.raises(IncompleteRunError, match=r"1 texts have no score.*not allowed"):
        run()
    assert found == {"is 3": 3.0, "mumbles": None}


@pytest.mark.parametrize("mode", ["pairwise", "pointwise"])
def test_without_a_cache_too_only_what_is_missing_is_asked(server, judge, tmp_path, mode):
    server.text = judged.verdict if mode == "pairwise" else judged.scores
    pairs = [*PAIRS[:3], pair("p8", "is 3 refused", "is 1")]
    pair_set = PairSet(name="set", version="1", pairs=pairs)

    def run():
        model = judge("cache=false", mode=mode)
        return evaluate(model, pair_set, Selection(total=4), tmp_path / "out")

    with pytest.raises(IncompleteRunError):
        run()
    before, server.usual = len(server.bodies), None
    done = run()
    assert len(server.bodies) == before + 2
    assert (done.fresh, [one.pair_id for one in done.scored]) == (1, [one.id for one in pairs])


class GivesSome:
    """A policy that gives `given` of the samples of each prompt, and some that nobody asked for."""

    id, revision, identity = "some", None, {}

    def __init__(self, given):
        self.given = given

    def sample(self, asks, sampling):
        for ask in asks:
            for index in (*ask.samples[: self.given], 99):
                yield Sampled(
                    key=ask.key, sample_index=index, generation=Generation(text="Verdict: A")
                )
        yield Sampled(key="strange", sample_index=0, generation=Generation(text="Verdict: A"))


@pytest.mark.parametrize("given", [0, 1])
def test_a_policy_that_gives_too_few_samples_is_a_failure_of_ours(judge, given):
    model = judge("votes=2&cache=false")
    panel = dataclasses.replace(model.panel, policy=GivesSome(given))
    with pytest.raises(IncompleteRunError, match=f"2 pairs.*gave {given} of 2 samples"):
        dataclasses.replace(model, panel=panel).compare(PAIRS[:2])
    panel = dataclasses.replace(model.panel, policy=GivesSome(2))
    assert dataclasses.replace(model, panel=panel).compare(PAIRS[:2]) == [0.5, 0.5]


# ------------------------------------------------------------------------------- in an ensemble


def test_a_side_that_no_judge_could_score_is_no_win_of_an_ensemble(server, judge, tmp_path):
    server.text = judged.scores
    spec = judge(mode="pointwise").id
    model = reward_model(f"ensemble:({spec})|(length)?scale=unit")
    pairs = [PAIRS[0], pair("p6", "is 3 mumbles", "is 1"), pair("p8", "is 3 refused", "is 1")]
    pair_set = PairSet(name="set", version="1", pairs=pairs)
    with pytest.raises(IncompleteRunError, match=r"1 texts have no score"):
        evaluate(model, pair_set, Selection(total=3), tmp_path / "out")
    server.usual = None
    done = evaluate(model, pair_set, Selection(total=3), tmp_path / "out")
    assert [one.unparsable for one in done.scored] == [False, True, False]
    assert [one.outcome for one in done.scored] == [Outcome.WIN, Outcome.TIE, Outcome.WIN]
    items = [Item(prompt="P", response=text) for text in ("is 7", "mumbles", "is 10")]
    found = {item.response: score for item, score in model.opinions(items)}
    length = reward_model("length")
    lengths = [to_unit(one, length.bounds) for one in length.score(items)]
    assert found == {
        "is 7": pytest.approx((6 / 9 + lengths[0]) / 2),
        "mumbles": None,
        "is 10": pytest.approx((1 + lengths[2]) / 2),
    }
    assert model.score(items[::2]) == [found["is 7"], found["is 10"]]
    with pytest.raises(BadScoreError, match="no score that can be read for 1 of 3 texts"):
        model.score(items)
    assert replicated(model, None) is model


@pytest.mark.parametrize("mode", ["pairwise", "pointwise"])
def test_what_one_juror_was_refused_costs_no_other_pair(server, judge, mode):
    server.text = judged.verdict if mode == "pairwise" else judged.scores
    model = reward_model(f"ensemble:({judge(mode=mode).id})|(length)?combine=vote")
    portions, found = [(pair("p8", "is 3 refused", "is 1"), PAIRS[0]), (PAIRS[1],)], []

    def run():
        for _, some in model.score_portions(portions):
            found.extend(some)

    with pytest.raises(IncompleteRunError, match="have no score"):
        run()
    assert [one.problem_id for one in found] == ["p1", "p2"]
    assert [one.chosen_score for one in found] == [0.75, 0.25]
    with pytest.raises(IncompleteRunError):
        model.compare([one for some in portions for one in some])


def test_a_busy_server_costs_no_vote(server, judge):
    server.moods = [serving.says(429, headers=[("Retry-After", "0")]), serving.hangs_up] * 3
    assert scored(judge(), *PAIRS)[0].outcome is Outcome.WIN
    assert len(server.answered) >= 10
    assert set(server.answered.values()) == {1}


def test_a_server_that_is_not_there_is_no_verdict(judge, server, tmp_path):
    server.usual = serving.says(401)
    with pytest.raises(SetupError, match="wants a key"):
        scored(judge(), *PAIRS)


def test_all_prompts_go_out_together(server, judge):
    together = threading.Barrier(8, timeout=10)

    def wait(handler, body):
        together.wait()
        return False

    server.usual = wait
    found = scored(judge(policy="concurrency=8&patience_s=10"), *PAIRS[:4])
    assert len(found) == 4


def test_asking_again_costs_nothing(server, judge):
    first = scored(judge(), *PAIRS)
    asked = len(server.bodies)
    assert asked == 14
    assert scored(judge(), *PAIRS) == first
    assert len(server.bodies) == asked
    scored(judge("cache=false"), *PAIRS)
    assert len(server.bodies) == 2 * asked


def test_the_same_prompt_is_sent_once(server, judge):
    twins = [pair("p1", "is 3", "is 1"), pair("p1", "is 3", "is 1", category="twin")]
    assert [one.outcome for one in scored(judge("cache=false"), *twins)] == [Outcome.WIN] * 2
    assert len(server.bodies) == 2


# ------------------------------------------------------------------------------- what is recorded


def test_the_record_says_who_was_asked_in_which_words_and_how(server, judge, tmp_path):
    server.root = "/weights/m"
    pair_set = PairSet(name="set", version="1", pairs=PAIRS)
    done = evaluate(judge("votes=2"), pair_set, Selection(total=len(PAIRS)), tmp_path / "out")
    told = done.record.config["model"]
    assert done.record.revision == "/weights/m"
    assert told["policy"]["model"] == "m"
    assert told["policy"]["revision"] == "/weights/m"
    assert told["template"] == {
        "name": "rules@1",
        "sha256": sha256_file(tmp_path / "two.toml"),
    }
    assert (told["mode"], told["orders"], told["votes"]) == ("pairwise", "both", 2)
    assert told["sampling"] == {"temperature": 0.7, "top_p": 1.0, "max_tokens": 1024, "seed": 0}
    assert done.record.counts["unparsable"] == 2
    assert {position.ORDER_CHANGES, position.FIRST_PLACE} <= done.record.estimates.keys()
    assert codec.read_record(RunRecord, done.path / "record.json") == done.record


def test_a_score_s_range_is_recorded(judge):
    told = judge("low=0&high=5", mode="pointwise").identity
    assert (told["mode"], told["low"], told["high"]) == ("pointwise", 0.0, 5.0)
    assert "orders" not in told


def test_other_words_are_another_run(judge, tmp_path):
    pair_set = PairSet(name="set", version="1", pairs=PAIRS)
    evaluate(judge(), pair_set, Selection(total=len(PAIRS)), tmp_path / "out")
    file = tmp_path / "two.toml"
    file.write_text(file.read_text() + "# other\n")
    with pytest.raises(ValueError, match=r"holds another run \(different config \(model\)\)"):
        evaluate(judge(), pair_set, Selection(total=len(PAIRS)), tmp_path / "out")


# ------------------------------------------------------------------------- a model of this machine


def test_a_policy_in_this_process_is_asked_like_a_server(tmp_path):
    """A random model says nothing that can be read: marked ties, not losses."""
    folder = tiny.save_language_model(tmp_path / "lm", chat=True)
    template = tmp_path / "two.toml"
    template.write_text(judged.TEMPLATE)
    model = reward_model(f"judge:hf:{folder}?device=cpu&max_tokens=4&template={template}")
    one, long = scored(model, PAIRS[0], pair("p9", "x" * 2 * tiny.POSITIONS, "is 1"))
    assert (one.outcome, one.unparsable) == (Outcome.TIE, True)
    assert one.judged.unparsable + one.judged.truncated == 2
    # a prompt without room for a reply is a cut one
    assert (long.outcome, long.judged.truncated) == (Outcome.TIE, 2)
    assert model.identity["policy"]["dtype"] == "auto"
