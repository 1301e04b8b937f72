"""Samples put to the vote: equivalent answers are one candidate."""

from estimates import by_name
from fakes import FakeBenchmark

from lcbrb.harness.majority import answer_estimates, ballot_of
from lcbrb.protocols import benchmark
from lcbrb.stats import Ballot
from lcbrb.types import Completion, Status, Verdict


class Comparing(FakeBenchmark):
    votes = True

    def same_answer(self, answer, other):
        return answer.strip("0").strip(".") == other.strip("0").strip(".")


def sample(problem, index, answer, status):
    completion = Completion(
        problem_id=problem, policy_id="m", sample_index=index, text="", solution=answer
    )
    return completion, Verdict(status=status)


RIGHT, WRONG, NONE, CUT, OURS = (
    Status.PASSED,
    Status.WRONG_ANSWER,
    Status.NO_ANSWER,
    Status.TRUNCATED,
    Status.HARNESS_ERROR,
)


def estimates(*samples):
    completions, verdicts = zip(*samples, strict=True)
    return by_name(answer_estimates(Comparing([]), completions, verdicts))


def test_equivalent_wrong_answers_vote_as_one_and_none_is_silent():
    graded = [
        sample("p", 0, "5", RIGHT),
        sample("p", 1, "6", WRONG),
        sample("p", 2, "6.0", WRONG),
        sample("p", 3, "7", WRONG),
        sample("p", 4, None, NONE),
        sample("p", 5, "5.0", RIGHT),
    ]
    found = ballot_of(Comparing([]).grouped, graded)
    assert found == Ballot(right=2, wrong=(2, 1), silent=1)


def test_averages_votes_and_failures_of_extraction_are_estimated():
    found = estimates(
        sample("p", 0, "5", RIGHT),
        sample("p", 1, "5", RIGHT),
        sample("p", 2, "6", WRONG),
        sample("q", 0, "5", RIGHT),
        sample("q", 1, "6", WRONG),
        sample("q", 2, None, NONE),
    )
    assert found["avg@3"].value == 0.5
    assert found["maj@3"].value == (1 + 0.5) / 2  # q is a tie, split
    assert found["no_answer"].value == 1 / 6
    assert found["truncated"].value == 0
    assert {one.clusters for one in found.values()} == {2}
    assert {one.n for one in found.values()} == {6}


def test_one_sample_has_no_vote():
    assert set(estimates(sample("p", 0, "5", RIGHT))) == {"no_answer", "truncated"}


def test_failures_of_ours_count_nowhere():
    found = estimates(
        sample("p", 0, "5", RIGHT), sample("p", 1, "5", RIGHT), sample("p", 2, None, OURS)
    )
    assert found["avg@2"].value == 1
    assert found["no_answer"].n == 2


def test_cut_off_samples_are_counted_apart():
    found = estimates(sample("p", 0, None, CUT), sample("q", 0, None, NONE))
    assert found["truncated"].value == 0.5
    assert found["no_answer"].value == 0.5


def test_a_benchmark_without_answers_has_none_of_this():
    completion, verdict = sample("p", 0, "5", RIGHT)
    assert answer_estimates(FakeBenchmark([]), [completion], [verdict]) == {}


def test_an_answer_that_took_too_long_to_grade_is_compared_with_no_other():
    def grouped(answers):
        assert answers == ["6"]
        return [0]

    graded = [
        sample("p", 0, "6", WRONG),
        sample("p", 1, "9^{9^9}", Status.TIME_LIMIT),
        sample("p", 2, "9^{9^9}", Status.TIME_LIMIT),
        sample("p", 3, "8^{8^8}", Status.MEMORY_LIMIT),
    ]
    assert ballot_of(grouped, graded) == Ballot(right=0, wrong=(1, 2, 1), silent=0)


def test_comparing_answers_two_by_two_ends_when_its_time_is_spent(monkeypatch):
    monkeypatch.setattr(benchmark, "GROUPING_S", 0.0)
    assert Comparing([]).grouped(["5", "5.0", "6", "5"]) == [0, 1, 2, 0]


def test_two_readings_have_estimates_of_their_own_and_a_rate_at_which_they_differ():
    graded = [
        (Status.PASSED, Status.PASSED),
        (Status.NO_ANSWER, Status.PASSED),
        (Status.NO_ANSWER, Status.WRONG_ANSWER),
        (Status.WRONG_ANSWER, Status.WRONG_ANSWER),
    ]
    samples = [sample(f"p{place}", 0, None, strict) for place, (strict, _) in enumerate(graded)]
    completions = [completion for completion, _ in samples]
    verdicts = [Verdict(status=strict, lenient_status=lenient) for strict, lenient in graded]
    found = by_name(answer_estimates(Comparing([]), completions, verdicts))
    assert found["pass@1/reading=strict"].value == 0.25
    assert found["pass@1/reading=lenient"].value == 0.5
    assert found["readings_differ"].value == 0.25


def test_verdicts_of_one_reading_have_no_readings():
    assert "readings_differ" not in estimates(sample("p", 0, "4", Status.PASSED))
