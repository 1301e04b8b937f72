"""What counts as a verdict in a judge's reply, and what does not."""

from fractions import Fraction

import pytest
from hypothesis import given, strategies as st

from lcbrb.judges.judgements import Reading, comparison, exact, mean, plain, read_vote, score
from lcbrb.judges.templates import Rubric
from lcbrb.types import Generation, PromptForm, StopReason

A, B, TIE = Fraction(1), Fraction(0), Fraction(1, 2)
WORDS = Rubric(user="", marker="Verdict")
NAMES = {"A": A, "B": B, "tie": TIE}


def compared(text, words=WORDS, **fields):
    return read_vote(Generation(text=text, **fields), comparison(words))


def scored(text, low=1.0, high=10.0, **fields):
    return read_vote(Generation(text=text, **fields), score("Score", low, high))


# -------------------------------------------------------------------------------- comparisons


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("Verdict: A", A),
        ("verdict: b", B),
        ("VERDICT: Tie.", TIE),
        ("Long talk.\n\nVerdict: B\n", B),
        ("**Verdict: A**", A),
        ("**Verdict:** B", B),
        ("### Verdict: [[A]]", A),
        ("- Verdict: `B`", B),
        ("> Final verdict: A!", A),
        ("My verdict: candidate B.", B),
        ("Verdict = A", A),
        ("Verdict: the reasoning B", B),
        ("Verdict: a tie", TIE),
        ("Verdict: tie, neither is better", TIE),
        ("Verdict: A, as its steps hold", A),
        ("Verdict: A is better", A),
        ("Verdict: A is better than B.", A),
        ("Verdict: B is better than candidate A", B),
        ("Verdict: A (a close call)", A),
        ("Verdict: A is the better candidate.", A),
        ("Verdict: **B** wins!", B),
        ("Verdict: B is clearly better overall", B),
        ("Verdict: A is better than B, as its steps hold", A),
        ("Verdict: B \u2014 its facts are true", B),
        ("Verdict: A - sound in every step", A),
        ("Verdict: A because its facts are true", A),
        ("Verdict: candidate a", A),
        ("Verdict: tie (both are correct)", TIE),
        ("Verdict: tie between the two.", TIE),
        ("## Verdict\n\nB", B),
        ("**Verdict:**\n**A**", A),
        ("Verdict: A\nWait. The second step of A is wrong.\nVerdict: B", B),
        ("<think>Verdict: A</think>Verdict: B", B),
        ("<think>Hm.</think>\n\nVerdict: A", A),
    ],
)
def test_the_last_declared_line_is_the_verdict(text, value):
    vote = compared(text)
    assert (vote.reading, vote.value) == (Reading.READ, value)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "A",
        "A is better.",
        "The verdict is A",
        "I say Verdict: A",
        "Verdict:",
        "Verdict: A or B",
        "Verdict: A, B",
        "Verdict: A/B",
        "Verdict: A > B",
        "Verdict: A close call",
        "Verdict: a close call",
        "Verdict: Apples",
        "Verdict: B2",
        "Verdict: A, B or tie",
        "Verdict: A tie or B",
        "Verdict: neither",
        "Verdict: C",
        "Verdict: A is worse.",
        "Verdict: A is wrong",
        "Verdict: A is not better",
        "Verdict: A is no better than B",
        "Verdict: A has more errors.",
        "Verdict: A (has more errors)",
        "Verdict: A, but the second is better",
        "Verdict: A is better, but B is right",
        "Verdict: A is better in nothing",
        "Verdict: A is better than A",
        "Verdict: A - the other is better",
        "Verdict: A (b does better)",
        "Verdict: A, as it isn't as good",
        "Verdict: A?",
        "Verdict: A. The second is better",
        "Verdict: A loses",
        "Verdict: tie is not possible, candidate one",
        "Verdict: tie - no, the first",
        "Verdict: tie, neither is better than it should be, so A",
        "Verdict: A\nVerdict: A or B",
        "Verdict: A\nVerdict:",
        "<think>Verdict: A",
        "<think>Verdict: A</think>",
    ],
)
def test_what_does_not_name_one_side_is_no_vote(text):
    vote = compared(text)
    assert (vote.reading, vote.value) == (Reading.UNPARSABLE, None)


@pytest.mark.parametrize(
    ("text", "reading"),
    [
        ("Verdict: A", Reading.TRUNCATED),  # of "Verdict: A or B", perhaps
        ("Let me see", Reading.TRUNCATED),
        ("", Reading.TRUNCATED),
        ("<think>Verdict: A\n", Reading.TRUNCATED),
        ("Verdict: A\nand then it ran on", Reading.READ),
    ],
)
def test_of_a_cut_reply_whole_lines_are_read(text, reading):
    assert compared(text, stop_reason=StopReason.LENGTH).reading is reading


def test_reasoning_that_comes_apart_is_not_read():
    assert compared("Verdict: B", reasoning="Verdict: A").value == B
    assert compared("", reasoning="Verdict: A").reading is Reading.UNPARSABLE
    # where it comes apart, the rest is the answer, whatever tags it speaks of
    assert compared("<think> has no end.\nVerdict: A", reasoning="Hm.").value == A


def test_a_base_model_s_reply_goes_on_from_its_prompt():
    def read(text, form, **fields):
        generation = Generation(text=text, form=form, **fields)
        return read_vote(generation, comparison(WORDS), "Verdict:")

    assert read(" B", PromptForm.RAW).value == B
    assert read(" A or B", PromptForm.RAW).reading is Reading.UNPARSABLE
    assert read(" A", PromptForm.RAW, stop_reason=StopReason.LENGTH).reading is Reading.TRUNCATED
    assert read(" A\n", PromptForm.RAW, stop_reason=StopReason.LENGTH).value == A
    assert read(" B", PromptForm.CHAT).reading is Reading.UNPARSABLE


def test_a_template_may_have_words_of_its_own():
    words = Rubric(user="", marker="[[Winner]]", first="first", second="second", tie="draw")
    assert compared("[[Winner]]: second", words).value == B
    assert compared("[[winner]]: a draw", words).value == TIE
    assert compared("Verdict: A", words).reading is Reading.UNPARSABLE
    numbers = Rubric(user="", marker="Better", first="1", second="2", tie="0")
    assert [compared(f"Better: {n}", numbers).value for n in (1, 2, 0)] == [A, B, TIE]
    assert compared("Better: 12", numbers).reading is Reading.UNPARSABLE
    assert compared("Better: 1.5", numbers).reading is Reading.UNPARSABLE


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("Candidate A", A),
        ("candidate b.", B),
        ("Candidate A is better", A),
        ("The candidate B is better than Candidate A.", B),
        ("Candidate A (B is sounder)", None),
        ("Candidate A is better, as B is long", None),
        ("Candidate A is worse", None),
    ],
)
def test_a_word_may_begin_with_a_noun(text, value):
    words = Rubric(user="", marker="Verdict", first="Candidate A", second="Candidate B")
    assert compared(f"Verdict: {text}", words).value == value


@given(before=st.text(), name=st.sampled_from(list(NAMES)))
def test_a_verdict_line_at_the_end_decides_whatever_stands_before_it(before, name):
    vote = compared(f"{before}\nVerdict: {name}", reasoning="")
    assert vote.value == NAMES[name]


@given(st.text() | st.text(alphabet="Verdict: ABtie\n*[]<>think/"))
def test_no_text_is_too_strange_to_be_read(text):
    for stop in StopReason:
        for vote in (
            compared(text, stop_reason=stop),
            scored(text, stop_reason=stop),
        ):
            assert (vote.value is None) == (vote.reading is not Reading.READ)


# -------------------------------------------------------------------------------------- scores


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("Score: 7", 7),
        ("Score: **7**", 7),
        ("Score: 7.5", Fraction(15, 2)),
        ("Score: 8/10", 8),
        ("Score: 8 out of 10.", 8),
        ("Score: [9], since all holds", 9),
        ("Final score: 10", 10),
        ("Score: 3\nOn second thought:\nScore: 4", 4),
        ("Score: 1.", 1),
        ("## Score\n\n6", 6),
        ("Score: 6. Step 3 is weak", 6),
        ("Score: 7 points", 7),
        ("Score: **4**/10", 4),
        ("Score: 8 (out of 10)", 8),
        ("Score: 7 (sound, but long)", 7),
        ("Score: 7 as the steps hold", 7),
    ],
)
def test_the_last_declared_score_counts(text, value):
    assert scored(text).value == value


@pytest.mark.parametrize(
    "text",
    [
        "Score: 0",
        "Score: 11",
        "Score: -7",
        "Score: 7-8",
        "Score: 7 to 8",
        "Score: 7 or 8",
        "Score: 4/5",
        "Score: 80/100",
        "Score: seven",
        "Score: 1.2.3",
        "Score: 12345678901",
        "The score is 7",
        "7",
        "Score: nan",
        "Score: 1e1",
        "Score: 7,5",
        "Score: 7, 8",
        "Score: 6~7",
        "Score: 6 ~ 7",
        "Score: 7\u20148",
        "Score: 6 and 7",
        "Score: 7 and a half",
        "Score: 6 \u2014 seven",
        "Score: 8%",
        "Score: 8 %",
        "Score: 8 percent",
        "Score: 7\u00bd",
        "Score: 7x",
        "Score: 7/10/2",
        "Score: 6. On reflection, 7",
        "Score: 10 is too high",
    ],
)
def test_what_is_no_score_in_the_range_is_no_vote(text):
    assert scored(text).reading is Reading.UNPARSABLE


def test_the_range_may_begin_below_zero():
    assert scored("Score: -3", low=-5, high=5).value == -3
    assert scored("Score: 3/5", low=-5, high=5).value == 3


def test_a_denominator_is_the_highest_score_whatever_its_dress():
    assert scored("Score: **4**/10", high=5.0).reading is Reading.UNPARSABLE
    assert scored("Score: **4**/5", high=5.0).value == 4


@pytest.mark.parametrize("text", ["0.1", "0.7", "0.7/0.7"])
def test_the_ends_of_a_range_are_the_decimal_numbers_that_were_given(text):
    assert scored(f"Score: {text}", low=0.1, high=0.7).value == Fraction(text[:3])


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (1.0, "1"),
        (10.0, "10"),
        (1234567.0, "1234567"),
        (0.7, "0.7"),
        (1e-7, "0.0000001"),
        (-0.0, "0"),
    ],
)
def test_numbers_are_shown_in_all_their_digits(number, text):
    assert plain(number) == text
    assert exact(number) == Fraction(text)


@given(st.integers(1, 100), st.integers(0, 9))
def test_any_number_of_the_range_is_read_exactly(whole, tenth):
    value = Fraction(10 * whole + tenth, 10)
    found = scored(f"Score: {whole}.{tenth}", low=0, high=100).value
    assert found == (value if value <= 100 else None)


# ---------------------------------------------------------------------------------------- means


def test_the_mean_is_exact_and_of_what_was_read():
    votes = [compared(f"Verdict: {name}") for name in ("A", "A", "B", "no")]
    assert mean(votes) == Fraction(2, 3)
    assert mean(votes[3:]) is None
    assert mean([]) is None
