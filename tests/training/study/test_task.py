"""Problems and reasonings of the study: exact, disjoint, graded by running programs."""

import itertools
import random
from collections import Counter

import pytest
from hypothesis import given, settings, strategies as st

from lcbrb.engine.local import LocalExecutor
from lcbrb.errors import UsageError
from lcbrb.grading.grader import Grader
from lcbrb.grading.isolation import sandbox_to_grade
from lcbrb.replies.extract import program_in
from lcbrb.replies.think_answer import think_answer
from lcbrb.training.study.sampling import make_tokenizer
from lcbrb.training.study.task import (
    Chain,
    Part,
    TaskSettings,
    benchmark,
    chain_of,
    chains,
    program,
)
from lcbrb.training.study.traces import (
    HAND_WAVE,
    MIXED,
    Quality,
    all_shown,
    drill,
    is_shown,
    read,
    reply,
    soundness,
    steps_due,
    trace,
)
from lcbrb.types import Completion, Status

TASK = TaskSettings()
CHAIN = Chain(((3, 5), (4, 2), (7, 11)), 17)
STEPS = [
    "a2 3 *4 = 12", "m2 5 *4 = 3", "b2 3 +2 = 5",
    "a3 12 *7 = 16", "m3 5 *7 = 1", "b3 1 +11 = 12",
]  # fmt: skip
some = settings(max_examples=40, deadline=None)
drawn = st.builds(
    lambda maps, modulus: Chain(tuple((m % (modulus - 2) + 2, c % modulus) for m, c in maps), modulus),
    st.lists(st.tuples(st.integers(0, 99), st.integers(0, 99)), min_size=2, max_size=4),
    st.sampled_from([5, 11, 17, 23]),
)  # fmt: skip


def thought(items):
    """The reasoning as a trainer reads it."""
    found = think_answer(reply(items, program(1, 2, 17)))
    assert found.well_formed
    return found.think


def test_a_worked_chain():
    assert CHAIN.prompt == "1: *3 +5 2: *4 +2 3: *7 +11 mod 17 :"
    assert CHAIN.composed() == (16, 12)
    assert CHAIN.value(2) == ((2 * 3 + 5) * 4 + 2) * 7 % 17 + 11 - 17
    assert steps_due(CHAIN) == STEPS


@some
@given(drawn, st.integers(-50, 50))
def test_one_map_does_what_the_chain_does(chain, x):
    value = x
    for multiplier, addend in chain.maps:
        value = value * multiplier + addend
    assert chain.value(x) == value % chain.modulus
    assert chain_of(chain.prompt) == chain


@pytest.mark.parametrize("text", ["", "1: *3 +5", "1: *3 +x mod 17 :", "x 1: *3 +5 mod 17 :"])
def test_another_prompt_is_refused(text):
    with pytest.raises(ValueError, match="not a problem of the study"):
        chain_of(text)


def test_parts_are_disjoint_and_large_enough():
    parts = {
        part: {c.prompt for c in itertools.islice(chains(TASK, part, seed), 3000)}
        for part in Part
        for seed in (0,)
    }
    assert {len(prompts) for prompts in parts.values()} == {3000}
    assert not set.intersection(*parts.values())


def test_a_part_that_is_too_small_says_so():
    small = TaskSettings(modulus=5, maps=2)  # (3 * 4) ** 2 chains
    assert len(list(itertools.islice(chains(small, Part.HELD_OUT, 0), 18))) == 18
    with pytest.raises(UsageError, match="larger prime or longer chains"):
        list(itertools.islice(chains(small, Part.HELD_OUT, 0), 19))


@some
@given(drawn, st.integers(0, 1000))
def test_clean_traces_are_sound_and_right(chain, seed):
    told = think_answer(trace(chain, random.Random(seed), [Quality(weight=1.0)]))
    assert told.well_formed
    assert soundness(chain.prompt, told.think) == 1.0
    a, b = chain.composed()
    assert program_in(told.answer) == program(a, b, chain.modulus).strip()


def test_soundness_is_the_share_of_true_steps():
    assert soundness(CHAIN.prompt, thought(STEPS)) == 1.0
    assert soundness(CHAIN.prompt, thought([f"so {step}" for step in STEPS])) == 1.0
    wrong = [*STEPS[:2], "b2 3 +2 = 6", *STEPS[3:]]
    assert soundness(CHAIN.prompt, thought(wrong)) == pytest.approx(5 / 6)
    waved = [*STEPS[:2], HAND_WAVE, HAND_WAVE, *STEPS[4:]]
    assert soundness(CHAIN.prompt, thought(waved)) == pytest.approx(4 / 6)
    assert soundness(CHAIN.prompt, thought(STEPS[:3])) == 0.5
    assert soundness(CHAIN.prompt, thought([*STEPS, HAND_WAVE])) == pytest.approx(6 / 7)
    assert soundness(CHAIN.prompt, thought([STEPS[0], *STEPS])) == pytest.approx(6 / 7)
    assert soundness(CHAIN.prompt, "") == 0.0


@some
@given(st.lists(st.sampled_from([*STEPS, HAND_WAVE, "nonsense", "a2 3 *4 = 13"]), max_size=12))
def test_idle_items_never_raise_soundness(items):
    before = soundness(CHAIN.prompt, thought(items))
    for idle in (HAND_WAVE, "nonsense", *items):
        if idle not in STEPS or idle in items:
            assert soundness(CHAIN.prompt, thought([*items, idle])) <= before + 1e-12


@some
@given(st.text())
def test_any_text_has_a_soundness(text):
    assert 0.0 <= soundness(CHAIN.prompt, text) <= 1.0
    assert read(text).waved <= len(read(text).items)


def test_the_mixture_has_all_kinds_and_no_wrong_program():
    rng, found = random.Random(0), Counter()
    for chain in itertools.islice(chains(TASK, Part.TRAINING, 0), 400):
        told = think_answer(trace(chain, rng, MIXED))
        assert program_in(told.answer) == program(*chain.composed(), 17).strip()
        found[round(6 * soundness(chain.prompt, told.think))] += 1
    assert 0.35 < found[6] / 400 < 0.6
    assert len(found) > 4


def test_drills_are_true_sums_in_the_words_of_replies():
    text, words = drill(TASK, random.Random(0), 300), make_tokenizer(TASK)
    assert words.unk_token_id not in words(text)["input_ids"]
    told = [item.split() for item in read(text).items]
    assert {name for name, *_ in told} == {"a2", "m2", "b2", "a3", "m3", "b3"}
    for name, left, right, equals, result in told:
        assert equals == "="
        assert right[0] == ("+" if name[0] == "b" else "*")
        value = int(left) + int(right[1:]) if name[0] == "b" else int(left) * int(right[1:])
        assert int(result) == value % 17
        assert is_shown(int(left), right)


def test_some_sums_are_never_shown_so_that_training_has_something_to_find():
    sums = [(n, f"{sign}{m}") for n in range(17) for m in range(1, 17) for sign in "*+"]
    unshown = {one for one in sums if not is_shown(*one)}
    assert 0.05 < len(unshown) / len(sums) < 0.12
    drawn = list(itertools.islice(chains(TASK, Part.HELD_OUT, 0), 500))
    assert 0.5 < sum(map(all_shown, drawn)) / 500 < 0.75
    known = next(chain for chain in drawn if all_shown(chain))
    assert all(is_shown(int(s.split()[1]), s.split()[2]) for s in steps_due(known))


def test_every_word_is_known_and_comes_back():
    words = make_tokenizer(TASK)
    for chain in itertools.islice(chains(TASK, Part.HELD_OUT, 0), 50):
        text = f"{chain.prompt} {trace(chain, random.Random(1))}"
        ids = words(text)["input_ids"]
        assert words.unk_token_id not in ids
        assert words.decode(ids, skip_special_tokens=True) == text
        assert len(words(trace(chain, random.Random(1)))["input_ids"]) + 1 <= 60
    tags = words("<think> </think> <answer> </answer>")["input_ids"]
    assert not set(tags) & set(words.all_special_ids)


def test_programs_are_graded_by_running_them():
    held_out = benchmark(TASK, Part.HELD_OUT, 1)
    problem = held_out.problems[0]
    a, b = chain_of(problem.prompt).composed()
    programs = [
        program(a, b, 17),
        program(a, b + 17, 17),
        program((a + 1) % 17, b, 17),
        program(a, (b + 1) % 17, 17),
        "\nprint((",
    ]
    sandbox = sandbox_to_grade(held_out, None)
    grader = Grader(benchmark=held_out, sandbox=sandbox, executor=LocalExecutor(workers=1))
    try:
        verdicts = [
            grader.verdict(
                Completion(
                    problem_id=problem.id, policy_id="x", sample_index=i, text="", solution=text
                ),
                problem,
            )
            for i, text in enumerate(programs)
        ]
    finally:
        sandbox.close()
    wrong = Status.WRONG_ANSWER
    found = [verdict.status for verdict in verdicts]
    assert found == [Status.PASSED, Status.PASSED, wrong, wrong, Status.SYNTAX_ERROR]
    assert [verdict.tests_passed for verdict in verdicts[:4]] == [4, 4, 2, 0]
    assert held_out.gold(problem) == program(a, b, 17).strip()
