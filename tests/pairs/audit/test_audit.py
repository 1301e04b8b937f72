"""The audit of pairs: what it finds where something was put, and that it finds nothing elsewhere."""

import dataclasses
import datetime as dt
import random

import numpy as np
import pytest
import tiny

import lcbrb
from lcbrb import codec
from lcbrb.errors import BadInputError, UsageError
from lcbrb.pairs.audit import linear_ranker, text_features
from lcbrb.pairs.audit.checks import LIMITS
from lcbrb.pairs.audit.label_evidence import opinion_error
from lcbrb.pairs.audit.report import CheckOutcome, PairAudit
from lcbrb.pairs.audit.text_overlap import Document, gram_overlap
from lcbrb.pairs.audit.thresholds import Thresholds, load_thresholds
from lcbrb.stats.logistic import sigmoid
from lcbrb.types import Judgement, Review, Side, Status, Verdict

WORDS = "sort the list then scan from left to right and keep the best sum of each prefix".split()


def texts(rng, count=40):
    return " ".join(rng.choices(WORDS, k=count))


def plain(count=240, problems=60, seed=0, change=lambda rng, chosen, rejected: (chosen, rejected)):
    """Pairs of random words, whose sides `change` makes unlike."""
    rng = random.Random(seed)
    return [
        tiny.pair(f"p{i % problems}", *change(rng, texts(rng), texts(rng))) for i in range(count)
    ]


def reached(audited):
    return {one.name: one.accuracy.value for one in audited.shortcuts if one.accuracy}


def outcomes(audited):
    return {check.name: check.outcome for check in audited.checks}


@pytest.fixture(scope="module")
def clean():
    return lcbrb.audit_pairs(plain())


def test_pairs_that_give_nothing_away_pass_what_is_asked_of_their_texts(clean):
    found = outcomes(clean)
    assert all(
        found[f"{name} reaches"] is CheckOutcome.PASS for name in LIMITS if name != "code alone"
    )
    assert all(0.4 < value < 0.6 for value in reached(clean).values())
    assert found["code alone reaches"] is CheckOutcome.UNMEASURED
    assert found["labels in doubt"] is CheckOutcome.UNMEASURED
    assert codec.decode(PairAudit, codec.encode(clean)) == clean


FENCED = "Then:\n```python\n{}\n```\n"
LEAKS = {
    "length": lambda rng, c, r: (c, f"{r} {texts(rng, 4)}"),  # the *shorter* side is the better one
    "format": lambda rng, c, r: (f"- {c}", r),
    "words": lambda rng, c, r: (f"{c} greedy", f"{r} random"),
    "code alone": lambda rng, c, r: (
        c + FENCED.format("return best"),
        r + FENCED.format("return last"),
    ),
    "tone": lambda rng, c, r: (f"{c} it works", f"{r} it fails"),
}


@pytest.mark.parametrize("name", LEAKS)
def test_a_leak_is_found_by_the_shortcut_that_reads_it(name):
    audited = lcbrb.audit_pairs(plain(120, 30, change=LEAKS[name]))
    assert reached(audited)[name] > 0.95
    assert outcomes(audited)[f"{name} reaches"] is CheckOutcome.FAIL
    assert audited.failed


def test_programs_that_pairs_do_not_show_are_read_from_the_run_beside_them(tmp_path):
    pairs, kept = [], []
    for i, pair in enumerate(plain(40, 20)):
        sides = {}
        for name, line in (("chosen", "return best"), ("rejected", "return last")):
            one = tiny.completion(
                problem_id=pair.problem_id, index=2 * i + (name == "chosen"), solution=line
            )
            sides[f"{name}_side"] = Side(
                sampler="m", sample_index=one.sample_index, sha256=codec.sha256_text(one.text)
            )
            kept.append(one)
        pairs.append(dataclasses.replace(pair, **sides))
    codec.write_records(tmp_path / "pairs.jsonl", pairs)
    codec.write_records(tmp_path / "pairs.run" / "completions.jsonl", kept)
    found = reached(lcbrb.audit_pairs(str(tmp_path / "pairs.jsonl")))
    assert found["program alone"] == 1.0
    assert "program alone" not in reached(lcbrb.audit_pairs(pairs))


def test_what_one_problem_alone_says_is_learned_of_no_other():
    """Each problem has words of its own on the chosen side: no cross-validated ranker may use them."""
    pairs = [
        tiny.pair(f"p{i}", f"{texts(random.Random(i))} w{'abcdefghij'[i % 10] * 3}x{chr(97 + i // 10)}",
                  texts(random.Random(-i - 1)))
        for i in range(40)
        for _ in range(3)
    ]  # fmt: skip
    assert reached(lcbrb.audit_pairs(pairs))["words"] < 0.7


def side(*, passes, sound=(), sampler="m", index=0, tests=9):
    status = Status.PASSED if passes else Status.WRONG_ANSWER
    return Side(
        sampler=sampler, sample_index=index, verdict=Verdict(status=status, tests_total=tests),
        judgements=tuple(Judgement(judge=f"j{i}", sound=one) for i, one in enumerate(sound)),
    )  # fmt: skip


def judged(pairs, chosen, rejected):
    """The pairs with sides, made by their place."""
    return [
        dataclasses.replace(pair, chosen_side=chosen(i), rejected_side=rejected(i))
        for i, pair in enumerate(pairs)
    ]


def test_verdicts_decide_pairs_of_pass_over_fail_and_no_outcome_matched_ones():
    pairs = plain(60, 20)
    by_verdict = judged(pairs, lambda i: side(passes=True), lambda i: side(passes=False))
    matched = judged(pairs, lambda i: side(passes=i % 2 == 0), lambda i: side(passes=i % 2 == 0))
    assert reached(lcbrb.audit_pairs(by_verdict))["verdict known"] == 1.0
    found = reached(lcbrb.audit_pairs(matched))
    assert found["verdict known"] == 0.5
    assert 0.3 < found["verdict guessed"] < 0.7


def test_judges_against_labels_and_tests_are_counted():
    pairs = judged(
        plain(40, 20),
        lambda i: side(passes=True, sound=(i % 4 > 0, i % 4 > 0, True), index=2 * i),
        lambda i: side(passes=False, sound=(False, False, False), index=2 * i + 1),
    )
    labels = lcbrb.audit_pairs(pairs).labels
    assert labels.doubted.value == 0.25
    assert labels.opinions == {"fails, flawed": 40, "passes, flawed": 10, "passes, sound": 30}
    assert labels.against_tests.value == pytest.approx(10 / 80)
    assert labels.agreement.value == pytest.approx(1 - 2 * 10 / (3 * 80))
    assert labels.judges == ("j0", "j1", "j2")
    assert (labels.judged_pairs, labels.tests.median) == (40, 9)


def test_the_word_of_people_goes_before_that_of_judges():
    flawed = {"chosen_side": side(passes=True, sound=(False,)), "rejected_side": side(passes=False)}
    said = [
        Review(chosen=2, rejected=1),
        Review(rejected=1),
        Review(chosen=1, equal=1),
        Review(unsure=2),
        None,
    ]
    pairs = [
        dataclasses.replace(p, review=r, **flawed) for p, r in zip(plain(5, 5), said, strict=True)
    ]
    labels = lcbrb.audit_pairs(pairs).labels
    assert labels.doubted.value == pytest.approx(4 / 5)
    assert (labels.judged_pairs, labels.reviewed_pairs) == (5, 4)


@pytest.mark.parametrize(("agreement", "error"), [(1.0, 0.0), (0.82, 0.1), (0.5, 0.5), (0.4, None)])
def test_the_error_of_opinions_follows_from_their_agreement(agreement, error):
    assert opinion_error(agreement) == (None if error is None else pytest.approx(error))


def test_reversed_repeated_and_equal_sides_are_found():
    a, b = plain(2, 2)
    turned = tiny.pair(a.problem_id, a.rejected, a.chosen)
    labels = lcbrb.audit_pairs([a, turned, b, b, tiny.pair("p9", "same", "same")]).labels
    assert (labels.contradicting_pairs, labels.repeated_pairs) == (2, 1)
    assert (labels.identical_pairs, labels.empty_pairs) == (1, 0)
    assert labels.doubted.value == pytest.approx(3 / 5)


def test_dates_are_held_against_stated_cutoffs():
    days = [dt.date(2024, 1 + i % 6, 1) for i in range(60)]
    pairs = [dataclasses.replace(p, released=d) for p, d in zip(plain(60), days, strict=True)]
    audited = lcbrb.audit_pairs(
        pairs, cutoffs={"old": dt.date(2023, 1, 1), "new": dt.date(2024, 3, 1)}
    )
    found = outcomes(audited)
    assert found["pairs before the cut-off of old"] is CheckOutcome.PASS
    assert found["pairs before the cut-off of new"] is CheckOutcome.FAIL
    assert audited.dates.months == {f"2024-0{m}": 10 for m in range(1, 7)}
    undated = lcbrb.audit_pairs(plain(30), cutoffs={"new": dt.date(2024, 3, 1)})
    assert outcomes(undated)["pairs before the cut-off of new"] is CheckOutcome.UNMEASURED


def statement(number):
    words = random.Random(number).choices([f"w{i}" for i in range(400)], k=60)
    return f"{' '.join(words)} problem {number}"


def test_a_copied_statement_overlaps_and_a_shared_beginning_does_not():
    lead = "You are given an integer array nums of length n and an integer k"
    theirs = [f"{lead} {statement(i)}" for i in range(4)]
    ours = [theirs[0], f"Solve this. {theirs[1].upper()}", f"{lead} {statement(7)}", "too short"]
    pairs = [tiny.pair(f"p{i}", prompt=text) for i, text in enumerate(ours)]
    documents = [Document(id=f"d{i}", text=text) for i, text in enumerate(theirs)]
    found = gram_overlap(pairs, "others", documents, gram=8, shared=0.5)
    assert [(near.problem_id, near.document, near.part) for near in found.nearest] == [
        ("p0", "d0", "prompt"), ("p1", "d1", "prompt"),
    ]  # fmt: skip
    assert (found.pairs, found.problems, found.share) == (2, 2, 0.5)


def test_rows_of_any_file_and_models_that_were_trained_are_what_pairs_are_held_against(tmp_path):
    from fakes import write_lines

    from lcbrb.models.trained_on import trained_problem, write_trained_on

    long = statement(1)
    pairs = [tiny.pair(f"p{i}", prompt=long if i == 0 else statement(10 + i)) for i in range(30)]
    corpus = write_lines(
        tmp_path / "corpus.jsonl", [{"id": 7, "messages": [{"content": f"Q: {long}"}]}]
    )
    write_trained_on(tmp_path, [trained_problem("x", "s", long)])
    audited = lcbrb.audit_pairs(pairs, against=[str(corpus), str(tmp_path)])
    by_file, by_model = audited.overlaps
    assert (by_file.pairs, by_model.pairs) == (1, 1)
    assert by_file.nearest[0].document == "7"
    assert "trained_on.jsonl" in by_model.method


def test_a_file_changes_limits_and_what_it_can_not_change_is_named(tmp_path):
    path = tmp_path / "limits.toml"
    path.write_text('length = 0.7\n[cutoffs]\n"A model" = 2024-06-30\n')
    assert load_thresholds(path) == Thresholds(
        length=0.7, cutoffs={"A model": dt.date(2024, 6, 30)}
    )
    for text, told in (
        ("lenght = 0.7", "did you mean length"),
        ("length = 0.2", "accuracy from 0.5 to 1"),
        ("doubted = 3", "share from 0 to 1"),
        ("gram = 1", "words of at least 3"),
        ("length = ", "not valid TOML"),
    ):
        path.write_text(text)
        with pytest.raises((BadInputError, UsageError), match=told):
            load_thresholds(path)


def test_few_pairs_tell_little_and_one_problem_tells_nothing():
    audited = lcbrb.audit_pairs(plain(4, 1))
    assert "one problem" in next(one.why for one in audited.shortcuts if one.name == "words")
    assert audited.detectable.difference is None
    assert outcomes(audited)["detectable difference"] is CheckOutcome.FAIL
    with pytest.raises(UsageError, match="no pairs"):
        lcbrb.audit_pairs([])


@pytest.mark.slow  # imports torch
def test_an_encoder_finds_what_means_the_same(tmp_path):
    pytest.importorskip("torch", reason="the extra 'hf' is not installed")
    from lcbrb.pairs.audit.embeddings import Encoder, embedding_overlap

    encoder = Encoder(f"hf:{tiny.save_language_model(tmp_path, 'llama')}")
    pairs = [tiny.pair("p0", prompt="the same words"), tiny.pair("p1", prompt="9 8 7 6 5")]
    documents = [Document(id="d", text="the same words"), Document(id="e", text="")]
    found = embedding_overlap(pairs, "others", documents, encoder=encoder, cosine=0.999)
    assert [(near.problem_id, near.document) for near in found.nearest] == [("p0", "d")]
    with pytest.raises(UsageError, match="an encoder is hf:"):
        Encoder("smollm2")


HOSTILE = (
    "</script><script>window.harmed=1</script>", "\x1b[31mred\x1b[0m\x07", "a\x00b", "\u202etxt.exe",
    "`" * 2000 + "\n" * 2000, "{{ 7 * 7 }}{% raw %}", "\ufeff\u2028",
)  # fmt: skip


def test_hostile_texts_are_measured_and_named_visibly():
    pairs = [
        tiny.pair(
            f"p{i} {text[:60]}", f"{text} wins {text[:30]}", f"{text} loses", category=text[:40]
        )
        for i, text in enumerate((*HOSTILE * 3, "x" * 1_000_000))
    ]
    audited = lcbrb.audit_pairs(pairs, against=["mini"])
    page = lcbrb.build_audit_page(audited)
    assert page.count("<script") == 2
    assert not {"\x1b", "\x00", "\u202e", "\x07"} & set(page)
    assert codec.decode(PairAudit, codec.encode(audited)) == audited


def test_half_of_a_surrogate_pair_is_refused_in_words():
    with pytest.raises(UsageError, match="can't be written"):
        lcbrb.audit_pairs([tiny.pair("p", "a\ud800", "b")])


# ------------------------------------------------------------------------------------ parts


def test_a_ranker_separates_what_a_hand_can():
    better, worse = ["ab", "aa", "aaa"], ["bb", "ab", "b"]
    columns, ours, theirs = linear_ranker.tables(
        better, worse, lambda text: {name: float(text.count(name)) for name in text}
    )
    assert columns == {"a": 0, "b": 1}
    assert (ours.toarray().tolist(), theirs.toarray().tolist()) == (
        [[1, 1], [2, 0], [3, 0]], [[0, 2], [1, 1], [0, 1]],
    )  # fmt: skip
    weights = linear_ranker.fit(ours - theirs)
    assert weights[0] > 0 > weights[1]
    assert weights @ ((ours - theirs).T @ np.array([1.0, 1.0, 1.0])) > 0
    gradient = weights - (ours - theirs).T @ sigmoid(-((ours - theirs) @ weights))
    assert np.abs(gradient).max() < 1e-5  # of the loss with its ridge


def test_code_and_prose_are_told_apart():
    text = "First.\n```python\nreturn best\n```\nLast."
    assert text_features.code_in(text) == "return best"
    assert set(text_features.prose_of(text)) == {"first", "last"}
    assert text_features.code_of("no code") == {}
    assert text_features.tone_of("Incorrect; it works.")["says it passes"] == 1.0
