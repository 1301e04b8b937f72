"""Validation of maths benchmarks: a gold passes, a broken copy fails, an unreadable one is named."""

import pytest
from fakes import InTurn, reads_data

from evaluators import benchmark
from lcbrb.grading.maths_answers.answer_mutants import answer_mutants
from lcbrb.grading.problem_set import ProblemSet
from lcbrb.types import AnswerCheck, Problem
from lcbrb.validation.gold import Outcome, check_golds


def checked(gold):
    one = Problem(id="p", source="t", prompt="?", check=AnswerCheck(gold=gold))
    bench = ProblemSet(name="b", version="1", problems=[one])
    (found,) = check_golds(bench, [one], None, InTurn())
    return found


GOLDS = ["7", "\\text{Evelyn}", "(3,4]", "p - q", "\\frac{1}{2}", "x^2+1", "\\text{(C)}", "52_8"]


@pytest.mark.parametrize("gold", GOLDS)
def test_a_gold_passes_and_a_mutated_gold_fails(gold):
    found = checked(gold)
    assert found.outcome is Outcome.GOOD
    assert found.tried == 1  # the smallest change is noticed


@pytest.mark.parametrize("gold", GOLDS)
def test_mutants_are_other_answers(gold):
    mutants = [mutant.text for mutant in answer_mutants(gold)]
    assert gold not in mutants
    assert len(set(mutants)) == len(mutants) > 50


FORMS = {
    "7": {"number", "beside", "denied", "scaled", "counted", "nothing"},
    "x^2 - 3x": {"number", "sign", "letter", "power", "beside", "scaled"},
    "(3,4]": {"bracket", "swapped", "missing", "extra", "other member", "union", "inequality", "kind"},
    "(1,2) \\cup (3,4)": {"bracket", "part", "union"},
    "3, 5": {"missing", "other member", "extra member", "kind"},
    "\\{1 \\pm \\sqrt{5}\\}": {"missing", "extra member"},
    "x = 5": {"other name", "beside", "scaled"},
    "x - y + 4 = 0": {"side", "sign"},
    "\\begin{pmatrix} 1 \\\\ 2 \\end{pmatrix}": {"entry", "swapped", "missing", "extra", "scaled"},
    "52_8": {"base", "scaled"},
    "\\text{(C)}": {"choice", "hedge", "denied"},
    "\\text{east}": {"word", "hedge", "denied"},
}  # fmt: skip


@pytest.mark.parametrize("gold", FORMS)
def test_each_kind_of_answer_is_broken_in_its_own_forms(gold):
    assert {mutant.form for mutant in answer_mutants(gold)} >= FORMS[gold]


def test_an_arbitrary_constant_keeps_its_name_and_sign():
    texts = {
        one.text for one in answer_mutants("x - 2 + C e^{x}") if one.form in ("sign", "letter")
    }
    assert texts == {"x + 2 + C e^{x}", "q - 2 + C e^{x}", "x - 2 + C q^{x}", "x - 2 + C e^{q}"}


def test_a_gold_that_does_not_close_its_braces_fails():
    assert checked("\\frac{1}{2").outcome is Outcome.FAILS


@reads_data
@pytest.mark.parametrize("name", ["aime24", "aime25"])
def test_every_real_aime_gold_is_told_from_a_mutant(name):
    bench = benchmark(name)
    found = check_golds(bench, bench.load(), None, InTurn())
    assert {one.outcome for one in found} == {Outcome.GOOD}
