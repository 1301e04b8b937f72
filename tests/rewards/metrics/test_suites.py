"""Headline scores of known benchmarks, against their definitions written out once more."""

import dataclasses
import math
import random
from itertools import product

import numpy as np
import pytest
from estimates import by_name
from fakes import write_lines
from hypothesis import given, strategies as st

from lcbrb.pair_identity import make_pair
from lcbrb.protocols.reward import PairSet
from lcbrb.rewards.base import PairwiseModel
from lcbrb.rewards.evaluation import evaluate
from lcbrb.rewards.kinds.baselines import Length
from lcbrb.rewards.metrics import suites
from lcbrb.rewards.pair_sides import outcome_of
from lcbrb.rewards.selection import Selection
from lcbrb.sources.pairs.by_name import open_pairs
from lcbrb.sources.pairs.reward_bench import SECTIONS
from lcbrb.types import Outcome, Provenance, Relation, ScoredPair


def pair(source, problem, category, *, rule="", **fields):
    return make_pair(
        problem_id=problem,
        prompt=problem,
        relation=Relation.GIVEN,
        category=category,
        provenance=Provenance(source=source, rule=rule),
        **{"chosen": "a", "rejected": "b", **fields},
    )


def scored(one, chosen, rejected):
    return ScoredPair(
        pair_id=one.id,
        problem_id=one.problem_id,
        chosen_score=chosen,
        rejected_score=rejected,
        outcome=outcome_of(chosen, rejected),
    )


def suite(rows, *, per_text=True, unparsable=()):
    pairs = [one for one, _, _ in rows]
    found = [
        dataclasses.replace(scored(*row), unparsable=i in unparsable) for i, row in enumerate(rows)
    ]
    return suites.suite(pairs, found, per_text=per_text)


def estimates(rows, **more):
    return by_name(suite(rows, **more).estimates)


# ----------------------------------------------------------------------------- RewardBench


def section_rows(section, *, wins, each=20):
    """Pairs of every subset of a section; `wins` says how many of each subset are won."""
    return [
        (
            pair("reward-bench", f"{subset}/{i}", subset),
            float(i < wins.get(subset, 0)),
            0.5,
        )
        for subset in SECTIONS[section]
        for i in range(each)
    ]


def test_maths_weighs_as_much_as_all_code():
    rows = section_rows("reasoning", wins={"math-prm": 20})
    assert estimates(rows)["suite/section=reasoning"].value == pytest.approx(0.5)
    rows = section_rows("reasoning", wins={"hep-go": 20})
    assert estimates(rows)["suite/section=reasoning"].value == pytest.approx(1 / 12)


def test_a_section_needs_all_its_subsets():
    rows = [row for row in section_rows("safety", wins={}) if row[0].category != "donotanswer"]
    assert estimates(rows) == {}
    assert set(estimates(section_rows("safety", wins={}))) == {"suite/section=safety"}


def test_the_score_is_the_mean_of_the_four_sections():
    rows = [row for section in SECTIONS for row in section_rows(section, wins={})]
    chat = [(one, 1.0 if one.category in SECTIONS["chat"] else 0.0, 0.5) for one, _, _ in rows]
    found = estimates(chat)
    assert found["suite/section=chat"].value == 1.0
    assert found["suite/section=chat"].method == "wilson over clusters: no variation"
    assert found["suite/score"].value == pytest.approx(0.25)
    assert (found["suite/score"].n, found["suite/score"].low is None) == (460, False)


def test_other_benchmarks_have_no_score_of_their_own():
    assert estimates([(pair("mini", "p", "c"), 1.0, 0.0)]) == {}


# ------------------------------------------------------------------------- RM-Bench, PRMBench


def style_rows(domain, won, *, prompts=2):
    """Nine pairs a prompt; `won` says of chosen and rejected style which are ranked right."""
    return [
        (
            pair(
                "rm-bench",
                f"{domain}/{number}",
                domain,
                difficulty="normal" if i == j else "hard" if i < j else "easy",
                rule=f"{domain} {number} {i} {j}",
            ),
            float(won(i, j)),
            0.5,
        )
        for number in range(prompts)
        for i, j in product(range(3), repeat=2)
    ]


def test_rm_bench_weighs_its_four_domains_alike():
    rows = [
        *style_rows("chat", lambda i, j: True, prompts=5),
        *style_rows("code", lambda i, j: i > j),
        *style_rows("math", lambda i, j: i >= j),
        *style_rows("safety", lambda i, j: False),
    ]
    found = estimates(rows)
    assert found["suite/domain mean"].value == pytest.approx((1 + 1 / 3 + 2 / 3 + 0) / 4)
    levels = [found[f"suite/domain mean={level}"].value for level in ("easy", "normal", "hard")]
    assert levels == pytest.approx([3 / 4, 2 / 4, 1 / 4])
    assert suite(rows).notes == ()


def test_what_rm_benchs_own_score_lacks_is_said():
    rows = [*style_rows("chat", lambda i, j: True), *style_rows("code", lambda i, j: False)]
    found = suite(rows)
    assert by_name(found.estimates)["suite/mean of chat, code"].value == 0.5
    (note,) = found.notes
    assert "of which math, safety are not here" in note
    alone = suite(style_rows("code", lambda i, j: True))
    assert alone.estimates == {}
    assert "chat, math, safety are not here" in alone.notes[0]


STEPS = {
    "idx": "1",
    "original_question": "q",
    "modified_question": "q",
    "original_process": ["a", "b", "c"],
    "modified_process": ["a", "x", "y", "c"],
    "error_steps": [2, 3],
    "classification": "circular",
}


def test_prm_score_is_the_mean_of_two_f1s_over_the_degraded_sides(tmp_path, monkeypatch):
    rows = [STEPS, {**STEPS, "idx": "2", "classification": "confidence", "error_steps": []}]
    write_lines(tmp_path / "preference" / "prmbench" / "a.jsonl", rows)
    monkeypatch.setenv("LCBRB_DATA", str(tmp_path))
    one, other = open_pairs("prmbench").pairs
    lines = [
        dataclasses.replace(scored(one, 1.0, 0.0), rejected_steps=(0.9, 0.5, 0.1, 0.4)),
        dataclasses.replace(scored(other, 1.0, 0.0), rejected_steps=(0.9, 0.5, 0.6, 0.4)),
    ]
    found = suites.suite([one, other], lines, per_text=True)
    # of 6 right steps 4 are called so, of 2 wrong ones 1
    right, wrong = 2 * 4 / (2 * 4 + 2 + 1), 2 * 1 / (2 * 1 + 2 + 1)
    values = by_name(found.estimates)
    assert values["suite/PRMScore"].value == pytest.approx((right + wrong) / 2)
    assert (values["suite/PRMScore"].n, values["suite/PRMScore"].clusters) == (8, 2)
    assert values["suite/PRMScore=circular"].value == pytest.approx((0.5 + 0.5) / 2)
    assert found.notes == ()
    cut = dataclasses.replace(lines[1], rejected_steps=(0.9, 0.5))
    found = suites.suite([one, other], [lines[0], cut], per_text=True)
    assert by_name(found.estimates)["suite/PRMScore"].n == 4
    assert "leaves out 1 of 2 pairs" in found.notes[0]


def test_prmbench_says_that_its_score_of_steps_is_missing():
    found = suite([(pair("prmbench", "p", "circular"), 1.0, 0.0)])
    assert found.estimates == {}
    assert "PRMScore" in found.notes[0]


# --------------------------------------------------------------------------- RewardBench 2


def question(problem, right, wrong, subset="math", form=None):
    """All pairs of a question's responses, given their scores."""
    return [
        (
            pair(
                "reward-bench-2",
                f"reward-bench-2/{subset}/{problem}",
                subset,
                chosen=f"right {i}",
                rejected=f"wrong {j}",
                rule=f"chosen {i} x rejected {j}",
                difficulty=form,
            ),
            good,
            bad,
        )
        for (i, good), (j, bad) in product(enumerate(right), enumerate(wrong))
    ]


@pytest.mark.parametrize(
    ("right", "wrong", "credit"),
    [
        (3.0, (1.0, 2.0, 0.0), 1.0),
        (3.0, (3.0, 2.0, 0.0), 1 / 2),
        (3.0, (3.0, 3.0, 3.0), 1 / 4),
        (3.0, (4.0, 0.0, 0.0), 0.0),
        (3.0, (4.0, 3.0, 3.0), 0.0),
    ],
)
def test_best_of_4_shares_the_top_among_equals(right, wrong, credit):
    rows = question("1", (right,), wrong) + question("2", (right,), wrong)
    assert estimates(rows)["suite/best of 4"].value == pytest.approx(credit)


def test_best_of_4_comes_by_subset_where_there_are_several():
    rows = question("1", (1.0,), (0.0,) * 3, "math") + question("1", (0.0,), (1.0,) * 3, "focus")
    found = estimates(rows)
    assert {key: one.value for key, one in found.items()} == {
        "suite/best of 4": 0.5,
        "suite/best of 4=focus": 0.0,
        "suite/best of 4=math": 1.0,
    }
    assert set(estimates(question("1", (1.0,), (0.0,)))) == {"suite/best of 4"}


def test_equal_texts_at_two_places_are_two_responses():
    rows = [(row[0], 1.0, 1.0) for row in question("1", (1.0,), (1.0, 1.0, 1.0))]
    same = [
        (pair("reward-bench-2", "q", "math", rule=row[0].provenance.rule), *row[1:]) for row in rows
    ]
    assert estimates(same)["suite/best of 4"].value == 0.25


def test_a_model_that_only_compares_has_no_best():
    rows = question("1", (1.0,), (0.0, 0.0))
    found = suite(rows, per_text=False)  # equal scores or not: they are of pairs
    assert found.estimates == {}
    (note,) = found.notes
    assert "best of 4" in note
    assert "compares" in note
    assert suite(rows).notes == ()


def test_scores_of_one_text_that_differ_by_rounding_are_one():
    eps = 1e-9
    rows = question("1", (1.0,), (1.0, 0.0, 0.0))
    rows = [(one, good + i * eps, bad) for i, (one, good, bad) in enumerate(rows)]
    assert set(estimates(rows)) == {"suite/best of 4"}
    # a text at two places is scored once a portion: it ties with itself, whatever the rounding
    same = pair("reward-bench-2", "q", "math", rule="chosen 0 x rejected 0", rejected="a")
    found = estimates([(same, 1.0, 1.0 + eps)])
    assert found["suite/best of 4"].value == 0.5


def test_a_question_with_an_unread_reply_is_left_out_and_counted():
    rows = question("1", (3.0,), (1.0, 2.0, 0.0)) + question("2", (0.0,), (1.0, 2.0, 5.0))
    found = suite(rows, unparsable={4})  # a wrong response of the second question
    assert by_name(found.estimates)["suite/best of 4"].value == 1.0
    assert by_name(found.estimates)["suite/best of 4"].n == 1
    (note,) = found.notes
    assert note.startswith("1 pair without a readable judgement")
    assert "1 of 2 questions" in note
    # one response is read in another pair: nothing is missing
    twice = question("1", (3.0, 4.0), (1.0, 2.0))
    assert by_name(suite(twice, unparsable={0}).estimates)["suite/best of 4"].n == 1
    nothing = suite(question("1", (1.0,), (0.0,)), unparsable={0})
    assert nothing.estimates == {}
    assert "1 of 1 questions" in nothing.notes[0]


@given(st.permutations(range(6)), st.floats(-1e-12, 1e-12))
def test_neither_order_nor_rounding_changes_the_score(order, eps):
    rows = question("1", (2.0,), (1.0, 3.0, 0.0)) + question("2", (2.0,), (1.0, 0.0, 0.5))
    moved = [(rows[i][0], rows[i][1] * (1 + eps * i), rows[i][2]) for i in order]
    assert estimates(moved)["suite/best of 4"].value == estimates(rows)["suite/best of 4"].value


def ties_score(forms):
    """The score of Ties, written out for {problem: {form: (right, wrong)}}."""

    def margin(right, wrong):
        return min(right) - max(wrong)

    tied = [margin(*one["tied"]) > 0 for one in forms.values()]
    ref = [margin(*one["ref"]) > 0 for one in forms.values()]
    spread = np.array([max(one["tied"][0]) - min(one["tied"][0]) for one in forms.values()])
    own = np.array([margin(*one["tied"]) for one in forms.values()])
    hard = np.minimum(own, [margin(*one["ref"]) for one in forms.values()])
    with np.errstate(divide="ignore", invalid="ignore"):
        bonus = np.nan_to_num(np.tanh(hard / spread - 1), nan=0.0)
    return (
        0.3 * np.mean(tied)
        + 0.3 * np.mean(ref)
        + 0.2 * np.mean(own > spread)
        + 0.2 * np.mean(hard > spread)
        + 0.01 * np.mean(bonus)
    )


@pytest.mark.parametrize("seed", range(5))
def test_ties_are_scored_as_their_paper_does(seed):
    rng = random.Random(seed)
    forms = {
        str(i): {
            "tied": ([rng.gauss(2, 1) for _ in range(3)], [rng.gauss(0, 1) for _ in range(4)]),
            "ref": ([rng.gauss(2, 1)], [rng.gauss(0, 1) for _ in range(3)]),
        }
        for i in range(12)
    }
    forms["0"]["tied"] = ([1.0, 1.0], [1.0, 0.0])  # no spread, no margin
    forms["1"]["tied"] = ([2.0, 2.0], [1.0])  # no spread, some margin
    rows = [
        row
        for name, found in forms.items()
        for form, (right, wrong) in found.items()
        for row in question(name, right, wrong, "ties", form)
    ]
    found = estimates(rows)
    assert set(found) == {"suite/ties"}
    assert found["suite/ties"].value == pytest.approx(ties_score(forms))
    assert found["suite/ties"].clusters == 12
    assert found["suite/ties"].low < found["suite/ties"].value < found["suite/ties"].high


def test_half_of_the_forms_gives_no_score_of_ties():
    assert estimates(question("1", (1.0, 1.0), (0.0,), "ties", "tied")) == {}


def test_the_tie_of_a_pair_stays_half_a_win():
    one, *_ = question("1", (1.0,), (1.0,))
    assert scored(*one).outcome is Outcome.TIE
    assert math.isclose(estimates([one])["suite/best of 4"].value, 0.5)


class Compares(PairwiseModel):
    id = "compares"

    def compare(self, pairs):
        return [1.0] * len(pairs)


@pytest.mark.parametrize("model", [Compares(), Length()])
def test_a_run_has_the_score_or_says_why_it_has_not(tmp_path, model):
    pairs = [one for one, _, _ in question("1", (1.0,), (0.0,) * 3)]
    pair_set = PairSet(name="reward-bench-2", version="1", pairs=pairs)
    record = evaluate(model, pair_set, Selection(total=3), tmp_path).record
    told = any("the model compares two" in note for note in record.notes)
    assert told is isinstance(model, Compares)
    assert ("suite/best of 4" in by_name(record.estimates)) is not told
