"""Answers graded: same mathematics, and the outcomes kept apart."""

import os
import signal
import subprocess
import sys

import pytest

from evaluators import benchmark
from evaluators.minerva import RULES as MEASURED
from lcbrb.grading.answer_check import AnswerKind, compared
from lcbrb.grading.maths_answers import comparing, pool as pools, worker
from lcbrb.grading.maths_answers.pool import AnswerPool, Reply
from lcbrb.grading.maths_answers.rules import Rules
from lcbrb.grading.problem_set import ProblemSet
from lcbrb.types import AnswerCheck, Completion, Problem, Status, StopReason

EXACT = Rules()
WHOLE = Rules(whole=True)

SAME = [
    ("\\frac{\\sqrt{3}}{3}", "\\frac{1}{\\sqrt{3}}"),
    ("11\\sqrt2", "\\sqrt{242}"),
    ("6 - 5i", "-5i+6"),
    ("2k+2", "2(k+1)"),
    ("3, 5, 7", "x = 7, 3, 5"),
    ("1 \\pm \\sqrt{19}", "1+\\sqrt{19}, 1-\\sqrt{19}"),
    ("\\{1\\pm\\sqrt{5},-2\\}", "-2, 1+\\sqrt5, 1-\\sqrt5"),
    (
        "\\begin{pmatrix} -1/3 \\\\ 2 \\end{pmatrix}",
        "\\begin{bmatrix} -\\frac{1}{3} \\\\ 2 \\end{bmatrix}",
    ),
    ("\\begin{pmatrix} 1 \\\\ 2 \\end{pmatrix}", "(1, 2)"),
    ("(3,4]", "3 < x \\le 4"),
    ("x \\in [-2,7]", "[-2, 7]"),
    ("(0,9) \\cup (9,36)", "(0, 9) \u222a (9, 36)"),
    ("y = 2x + 3", "2x - y + 3 = 0"),
    ("y = 2x + 3", "2x+3"),
    ("x=5", "5"),
    ("\\cot x", "\\frac{\\cos x}{\\sin x}"),
    ("56", "\\binom{8}{3}"),
    ("1024", "2^{10}"),
    ("52_8", "52_{8}"),
    ("52_8", "52"),
    ("\\text{(C)}", "C"),
    ("\\text{Evelyn}", "evelyn"),
    ("90^\\circ", "90"),
    ("10,\\!080", "10080"),
    ("1\\frac{4}{5}", "1.8"),
    ("12", "12^{\\text{th}} \\text{ grade}"),
]
DIFFERENT = [
    ("(2,\\infty)", "[2,\\infty)"),
    ("4", "4, \\frac{7}{2}"),  # a subset, either way round
    ("1,2", "1"),
    ("(2,3)", "(3,2)"),
    ("\\frac{V}{v}", "\\frac{v}{V}"),
    ("\\frac{V}{v}", "1"),
    ("5x - 7y + 4 = 0", "10x - 14y + 8 = 0"),  # the form was asked for
    ("x=5", "x^2=25"),
    ("-\\sqrt{3}", "\\tan 100^\\circ + 4 \\sin 100^\\circ"),  # the question over again
    ("3", "\\log_2 8"),
    ("3", "3x"),
    ("11\\sqrt2", "15.556"),
    ("52_8", "42"),
    ("52_8", "52_7"),
    ("1e-8", "2e-8"),
    ("\\text{(C)}", "D"),
    ("42", "x_{42}"),
    ("7", "\\text{none}"),
    ("7", "}{"),
]


@pytest.mark.parametrize(("gold", "answer"), SAME)
def test_the_same_mathematics_passes(gold, answer):
    assert compared(gold, answer, EXACT) is Status.PASSED


@pytest.mark.parametrize(("gold", "answer"), DIFFERENT)
def test_other_mathematics_is_wrong(gold, answer):
    assert compared(gold, answer, EXACT) is Status.WRONG_ANSWER


MEASURED_SAME = [
    ("4.5e33", "4.5 \\times 10^{33} \\, \\text{erg s}^{-1}"),
    ("0.006", "6 \u00d7 10⁻³ m/s²"),
    ("np.arcsin(10/13)", "\\theta_c = \\arcsin\\left(\\frac{1}{1.3}\\right)"),
    ("\\frac{37}{4} m", "k = \\frac{37m}{4}"),
    ("m \\frac{d v}{d t}+b v=f", "\\dot{v} = \\frac{f}{m} - \\frac{b}{m}v"),
    ("y^{\\prime}+r y-r x(t)=0", "y' + ry = rx"),
    ("C_{1} \\sin (2 t)+C_{2} \\cos (2 t)", "x(t) = C_1 \\cos(2t) + C_2 \\sin(2t)"),
    ("c e^{-2 x}", "y = Ce^{-2x}"),
    ("\\frac{1}{2a}(\\exp{a*t} - \\exp{-a*t})", "\\frac{1}{a} \\sinh(at)"),
    ("\\frac{4 A}{3+3 i} e^{i t}", "\\frac{2A}{3}(1 - i) e^{it}"),
    ("\\frac{1}{3} E_{1}+\\frac{2}{3} E_{2}", "\\frac{E_1 + 2E_2}{3}"),
    ("c^{2}\\left(\\gamma^{2}-1\\right)", "c^2\\gamma^2 - c^2"),
    ("I(0) e^{-t/RC}", "I(t) = I(0)e^{-\\frac{t}{RC}}"),
    ("-\\tau \\ln \\Delta", "t_{s} = -τ * ln(Δ)"),
    ("3\\sqrt{13}", "3 sqrt(13)"),
    ("MR=SRMC", "\\text{MR} = \\text{SRMC}"),
    ("E_{1},E_{2}", "E_2, E_1"),
]
MEASURED_DIFFERENT = [
    ("m \\frac{d v}{d t}+b v=f", "\\dot{v} = \\frac{f}{m} + \\frac{b}{m}v"),
    ("\\frac{1}{3} E_{1}+\\frac{2}{3} E_{2}", "\\frac{E_1 + E_2}{3}"),
    ("c^{2}\\left(\\gamma^{2}-1\\right)", "c^2\\gamma^2"),
    ("I(0)", "1"),
    ("X_{d}=125-1.25 P", "P = 145 - 1.25X_{d}"),
    ("C_{1} \\sin (2 t)+C_{2} \\cos (2 t)", "C_1 \\sin(2t) + C_1 \\cos(2t)"),
]


@pytest.mark.parametrize(("gold", "answer"), MEASURED_SAME)
def test_a_formula_passes_in_the_notation_of_science(gold, answer):
    assert compared(gold, answer, MEASURED) is Status.PASSED


@pytest.mark.parametrize(("gold", "answer"), MEASURED_DIFFERENT)
def test_another_formula_is_wrong(gold, answer):
    assert compared(gold, answer, MEASURED) is Status.WRONG_ANSWER


AIME_FORMS = [
    "073",
    "73",
    "73.",
    "73.0",
    "73.00",
    "\\text{73}",
    "$73$",
    "73^\\circ",
    "73°",
    "73 degrees",
    "73\\text{ degrees}",
    "m+n = 73",
    "36 + 37 = 73",
    "\\mathbf{73}",
    "\\frac{146}{2}",
    "7.3 \\times 10^1",
    " 73 ",
]


@pytest.mark.parametrize("answer", AIME_FORMS)
def test_an_aime_answer_counts_in_every_form_that_models_write(answer):
    assert compared("073", answer, WHOLE) is Status.PASSED


@pytest.mark.parametrize(
    "answer", ["73.4", "72", "730", "73, 74", "-73", "73\\%x", "\\frac{73}{2}", "unknown"]
)
def test_other_aime_answers_are_wrong(answer):
    assert compared("073", answer, WHOLE) is Status.WRONG_ANSWER


# --------------------------------------------------------------------------------- outcomes


def problem(gold="7"):
    return Problem(id="p", source="tests", prompt="?", check=AnswerCheck(gold=gold))


def reply(text, solution=None, stop=StopReason.UNKNOWN):
    return Completion(
        problem_id="p",
        policy_id="m",
        sample_index=0,
        text=text,
        solution=solution,
        stop_reason=stop,
    )


@pytest.mark.parametrize(
    ("completion", "status"),
    [
        (reply("\\boxed{7}", "7"), Status.PASSED),
        (reply("\\boxed{8}", "8"), Status.WRONG_ANSWER),
        (reply("no idea"), Status.NO_ANSWER),
        (reply("so far", stop=StopReason.LENGTH), Status.TRUNCATED),
        (reply("\\boxed{8} or", "8", StopReason.LENGTH), Status.TRUNCATED),
        (reply("\\boxed{7} or", "7", StopReason.LENGTH), Status.PASSED),
        (reply("<think>so"), Status.TRUNCATED),
        (reply("<think>so", stop=StopReason.END), Status.NO_ANSWER),
    ],
)
def test_each_outcome_has_its_status(completion, status):
    assert AnswerKind(rules=EXACT).verify(problem(), completion, None).status is status


@pytest.mark.parametrize("status", [Status.TIME_LIMIT, Status.MEMORY_LIMIT, Status.HARNESS_ERROR])
def test_a_comparison_that_ends_badly_is_no_wrong_answer(monkeypatch, status):
    class Pool:
        def ask(self, request):
            return Reply(failure=status, content={})

    monkeypatch.setattr(comparing, "answer_pool", Pool)
    assert AnswerKind(rules=EXACT).verify(problem("x"), reply("", "y+1"), None).status is status


@pytest.fixture
def pool():
    pool = AnswerPool(1)
    yield pool
    pool.close()


def asked(*pair):
    return {"pairs": [pair], "rules": EXACT.plain()}


@pytest.mark.slow
def test_a_tower_of_powers_costs_its_limit_and_the_next_answer_is_judged(pool):
    tower = pool.ask(asked("5", "9^{9^{9^{9}}}"), cpu_s=1)
    assert (tower.failure, tower.content) == (Status.TIME_LIMIT, {"limit": "cpu"})
    assert pool.ask(asked("x+1", "1+x")).content["same"]


@pytest.mark.slow
def test_a_worker_that_stands_still_is_replaced(pool, monkeypatch):
    assert pool.ask(asked("x", "x")).failure is None
    worker = pool._free.get()
    os.kill(worker._process.pid, signal.SIGSTOP)
    pool._free.put(worker)
    monkeypatch.setattr(pools, "_WALL_FACTOR", 0.1)
    still = pool.ask(asked("x", "x"), cpu_s=1)
    assert (still.failure, still.content) == (Status.TIME_LIMIT, {"limit": "wall"})
    monkeypatch.undo()
    assert pool.ask(asked("x", "x")).content["same"]


@pytest.mark.parametrize(
    ("error", "reply"),
    [(MemoryError, {"memory": True}), (RecursionError, {"unreadable": "nested too deeply"})],
)
def test_a_worker_says_what_it_ran_out_of(monkeypatch, error, reply):
    def run_out(*_, **__):
        raise error

    monkeypatch.setattr(worker.equivalence, "same", run_out)
    assert worker.reply_to(asked("x", "y")) == reply


@pytest.mark.slow
def test_braces_without_end_are_no_answer_and_no_failure(pool):
    deep = "{" * 1500 + "x" + "}" * 1500
    assert not pool.ask(asked("x+1", deep), cpu_s=1).content.get("same")
    assert pool.ask(asked("x", "x")).content["same"]


@pytest.mark.slow
def test_a_worker_that_dies_is_replaced(pool):
    assert pool.ask({"no": "such thing"}).failure is Status.HARNESS_ERROR
    assert pool.ask(asked("x", "x")).content["same"]


@pytest.mark.slow
def test_a_worker_evaluates_no_text(pool):
    for text in ("__import__('os').system('true')", "\\text{__import__}('os')", "exec(1)"):
        assert pool.ask(asked("1", text)).content["same"] is False


def test_text_that_reaches_the_parser_of_sympy_is_refused():
    code = (
        "import sympy; from lcbrb.grading.maths_answers import parser as p; p.forbid_eval();"
        "assert sympy.sympify('2') == 2; sympy.sympify('print(7)')"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert "text is never evaluated here" in done.stderr
    assert not done.stdout


def test_a_benchmark_asks_for_a_box_and_says_which_template():
    bench = ProblemSet(name="b", version="1", problems=[problem()])
    prompt = bench.prompt(problem())
    assert "\\boxed{}" in prompt.messages[-1].content
    assert prompt.raw.endswith("Problem: ?\nSolution:")
    assert prompt.template == "math-boxed@1"
    assert any(stop in "\nProblem: next" for stop in prompt.stop)


def test_equivalent_wrong_answers_are_one():
    bench = ProblemSet(name="b", version="1", problems=[problem()])
    assert bench.same_answer("\\frac{1}{2}", "0.5")
    assert not bench.same_answer("\\frac{1}{2}", "2")


def test_names_with_options_are_refused():
    with pytest.raises(ValueError, match="no releases"):
        benchmark("math500@v2")


@pytest.mark.parametrize("mark", ["$", "\\text{}"])
def test_an_answer_that_is_a_mere_mark_is_no_answer(mark):
    problem = Problem(id="p", source="t", prompt="?", check=AnswerCheck(gold="12"))
    one = Completion(problem_id="p", policy_id="m", sample_index=0, text=mark, solution=mark)
    assert AnswerKind(rules=EXACT).verify(problem, one, None).status is Status.NO_ANSWER
    assert compared("12", mark, EXACT) is Status.WRONG_ANSWER


# ------------------------------------------------------------------------------ two readings

PROBLEM = Problem(id="p", source="s", prompt="How much?", check=AnswerCheck(gold="15\\%"))


def read_both(text, stop=StopReason.END):
    """Status of the strict and of the lenient reading."""
    kind = AnswerKind()
    one = Completion(
        problem_id="p",
        policy_id="m",
        sample_index=0,
        text=text,
        solution=kind.read(text, PROBLEM, PROBLEM.check),
        stop_reason=stop,
    )
    verdict = kind.verify(PROBLEM, one, None)
    return verdict.status, verdict.lenient_status


@pytest.mark.parametrize(
    ("text", "strict", "lenient"),
    [
        ("\\boxed{15\\%}", Status.PASSED, Status.PASSED),
        ("\\boxed{16\\%}. So it is 15%.", Status.WRONG_ANSWER, Status.WRONG_ANSWER),
        ("So the area grows by 15%.", Status.NO_ANSWER, Status.PASSED),
        ("So the area grows by 16%.", Status.NO_ANSWER, Status.WRONG_ANSWER),
        ("No idea.", Status.NO_ANSWER, Status.NO_ANSWER),
        ("<think>So it is 15%.", Status.NO_ANSWER, Status.NO_ANSWER),
    ],
)
def test_a_verdict_has_both_readings(text, strict, lenient):
    assert read_both(text) == (strict, lenient)


def test_a_reply_that_was_cut_off_has_no_lenient_answer():
    assert read_both("So it is 15%", StopReason.LENGTH) == (Status.TRUNCATED, Status.TRUNCATED)
