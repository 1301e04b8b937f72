"""A review in numbers, worked out by hand; what it accepts."""

import dataclasses

import pytest
from reviews import opened, pair_set, say
from statsmodels.stats.inter_rater import cohens_kappa

from lcbrb import codec
from lcbrb.errors import IncompleteRunError
from lcbrb.pairs.review.accept import write_accepted
from lcbrb.pairs.review.findings import Choice, Preference
from lcbrb.pairs.review.order import first_side
from lcbrb.pairs.review.summary import rounded_up, summarise
from lcbrb.sources.pairs.by_name import open_pairs
from lcbrb.types import PairManifest, Review

PAIRS = pair_set(20)
ANN = "ccccccccrr"
BEN = "ccccccrrr="


@pytest.fixture
def store(tmp_path):
    """A review of 10 pairs of 20, on which two people have their say."""
    with opened(tmp_path / "r.sqlite", PAIRS, sample=10) as store:
        say(store, "ann", ANN)
        say(store, "ben", BEN)
        yield store


def adjudicate(store, *choices):
    """Decide the disputed pairs, in the order of the sample."""
    disputed = [p for p, one in store.said().items() if one.finding(2) == "disputed"]
    for pair_id, choice in zip(disputed, choices, strict=True):
        store.adjudicate(Preference(pair_id=pair_id, annotator="zoe", choice=choice))


def test_findings_and_certificate_by_hand(store):
    summary = summarise(store, PAIRS.pairs)
    assert summary.findings == {
        "open": 0, "disputed": 3, "confirmed": 6, "wrong": 1, "no_difference": 0, "undecided": 0,
    }  # fmt: skip
    assert (summary.unsettled, summary.certificate.errors) == (3, 4)
    assert "3 pairs are not settled yet and count as wrong" in summary.certificate.sentence
    adjudicate(store, Choice.CHOSEN, Choice.CHOSEN, Choice.EQUAL)
    certificate = summarise(store, PAIRS.pairs).certificate
    assert (certificate.errors, certificate.wrong, certificate.no_difference) == (2, 1, 1)
    # of 20, 10 looked at, 2 wrong: were 8 wrong, so few had a chance of
    # (C(8,0) C(12,10) + C(8,1) C(12,9) + C(8,2) C(12,8)) / C(20,10) = 15686/184756 = 0.085;
    # were 9, of 0.035
    assert certificate.in_set.high == pytest.approx(8 / 20)
    assert certificate.of_process.high == pytest.approx(0.5069, abs=1e-4)
    assert certificate.sentence == (
        "in a random sample of 10 of 20 pairs 2 labels were not confirmed: at most 40.0% of the "
        "labels are wrong (95%, one-sided, exact)"
    )


def test_agreement_by_hand_and_as_statsmodels_has_it(store):
    (agreement,) = summarise(store, PAIRS.pairs).agreement
    assert (agreement.a, agreement.b, agreement.same.value, agreement.same.n) == (
        "ann",
        "ben",
        0.7,
        10,
    )
    turned = [first_side(0, "", pair_id) is Choice.REJECTED for pair_id in store.sample]
    flip = {"c": "r", "r": "c", "=": "="}
    words = [
        [flip[w] if t else w for w, t in zip(said, turned, strict=True)] for said in (ANN, BEN)
    ]
    table = [
        [sum(pair == (x, y) for pair in zip(*words, strict=True)) for y in "cr="] for x in "cr="
    ]
    assert agreement.kappa.value == pytest.approx(cohens_kappa(table).kappa)
    assert agreement.kappa.clusters == 10


def test_what_a_draw_calls_the_sides_keeps_kappa_from_falling_with_good_labels(tmp_path):
    """39 of 40 labels confirmed by both: by their labels nearly all agreement is chance."""
    pairs = pair_set(40)
    with opened(tmp_path / "r.sqlite", pairs) as store:
        say(store, "ann", "c" * 39 + "r")
        say(store, "ben", "c" * 40)
        (agreement,) = summarise(store, pairs.pairs).agreement
    assert agreement.same.value == 39 / 40
    assert agreement.kappa.value == pytest.approx(0.95, abs=0.01)


def test_people_s_own_numbers(tmp_path):
    with opened(tmp_path / "r.sqlite", PAIRS, sample=6) as store:
        for pair_id in store.sample[:4]:
            store.keep(
                Preference(
                    pair_id=pair_id,
                    annotator="ann",
                    choice=Choice.CHOSEN,
                    first=Choice.CHOSEN,
                    seconds=10,
                )
            )
        store.ask(store.sample[4], "ann")
        say(store, "ann", "....c")
        say(store, "cat", "c?")
        summary = summarise(store, PAIRS.pairs)
    ann, cat = summary.annotators
    assert (ann.compared, ann.after_asking, ann.left, ann.median_seconds) == (5, 1, 1, 10.0)
    assert (ann.first_preferred.value, ann.first_preferred.n) == (1.0, 4)
    assert ann.choices == {"chosen": 4, "rejected": 0, "equal": 0, "unsure": 0}
    assert (cat.compared, cat.left, cat.first_preferred) == (2, 4, None)
    assert (summary.asked, summary.agreement[0].same.n) == (1, 1)  # who can't tell is left out
    text = codec.encode_pretty(summary)
    assert codec.decode(type(summary), text) == summary


def test_alpha_takes_three_people_who_each_saw_a_part(tmp_path):
    with opened(tmp_path / "r.sqlite", PAIRS, sample=6) as store:
        for name, letters in (("ann", "ccrc.."), ("ben", "cc..rc"), ("cat", "..rcrr")):
            say(store, name, letters)
        summary = summarise(store, PAIRS.pairs)
    assert summary.alpha.n == 6
    assert len(summary.agreement) == 3
    assert summary.alpha.value < 1


def test_nothing_is_accepted_before_all_is_settled(store, tmp_path):
    with pytest.raises(IncompleteRunError, match=r"3 of the 10 pairs .* \(3 need an adjudication"):
        write_accepted(PAIRS, store, tmp_path / "out.jsonl")
    assert not (tmp_path / "out.jsonl").exists()


def test_what_was_confirmed_or_not_drawn_is_accepted_with_a_manifest_that_says_so(store, tmp_path):
    adjudicate(store, Choice.CHOSEN, Choice.REJECTED, Choice.UNSURE)
    output = tmp_path / "out.jsonl"
    accepted = write_accepted(PAIRS, store, output)
    again = open_pairs(str(output))
    kept = {pair.id: pair for pair in again.pairs}
    assert list(again.pairs) == list(accepted.pairs)
    sampled = [kept.get(pair_id) for pair_id in store.sample]
    assert [one is not None for one in sampled] == [True] * 7 + [False] * 3
    assert sampled[0].review == Review(chosen=2)
    assert sampled[6].review == Review(chosen=1, rejected=1, adjudicated=True)
    assert all(kept[one.id].review is None for one in PAIRS.pairs if one.id not in store.sample)
    manifest = codec.read_record(PairManifest, tmp_path / "out.manifest.json")
    assert manifest.counts | {"review_confirmed": 7, "review_wrong": 2, "review_not_drawn": 10} == (
        manifest.counts
    )
    assert manifest.config["review"] == {"sample": 10, "annotators": 2}
    notes = " ".join(manifest.notes)
    assert "reviewed by two people for each pair, blind to model and verdict" in notes
    # 3 of 10 not confirmed, so at most 10 of 20 are wrong; 3 of these are out, of 17 that stay
    assert "at most 50.0% of the labels are wrong" in notes
    assert "at most 41.2% of the 17 labels here" in notes


def test_a_bound_is_never_rounded_down():
    assert [rounded_up(x) for x in (0.0, 0.0644, 0.06401, 0.064, 0.4, 1.0)] == [
        "0.0%", "6.5%", "6.5%", "6.4%", "40.0%", "100.0%",
    ]  # fmt: skip


def test_a_reviewed_pair_is_the_same_pair_and_swaps_its_review():
    one = dataclasses.replace(PAIRS.pairs[0], review=Review(chosen=2, rejected=1, unsure=1))
    assert one.swap().review == Review(chosen=1, rejected=2, unsure=1)
    assert one.swap().swap() == one
    assert '"review"' not in codec.encode(PAIRS.pairs[0])
    assert codec.decode(type(one), codec.encode(one)) == one
