"""Our verdicts beside the Qwen2.5-Math grader's: a sample of each file, and every known difference.

All of it is graded by ``lcbrb bench`` on the nine files; perf/RESULTS.md says of each difference who
is right. Here are the differences that we call a wrong pass of theirs, all of them, and a sample of
the rest.
"""

import pytest
from fakes import DATA, reads_data

from evaluators import benchmark
from lcbrb.policies.replay import from_spec
from lcbrb.registry import parse_spec
from lcbrb.types import Status

WRONG, NONE, CUT = Status.WRONG_ANSWER, Status.NO_ANSWER, Status.TRUNCATED
QWEN, GEMMA = "Qwen2.5-14B-Instruct", "gemma-2-27b-it"
SKY14, SKY27 = "Sky-T1-math-wrong-5K-14B", "Sky-T1-math-wrong-5K-27B"
# rows (from 0) that they pass and we do not
THEIR_PASSES = {
    ("aime24", QWEN): {},
    ("aime24", GEMMA): {},
    ("aime24", SKY14): {7: CUT},  # the last number of a loop that never ends
    ("aime24", SKY27): {24: NONE},  # its solution is cut off; the box is in its reasoning
    ("math500", QWEN): {184: WRONG},  # [2, oo) for (2, oo): brackets are stripped
    ("math500", GEMMA): {
        290: WRONG,  # a second, wrong solution beside the right one
        293: WRONG,  # an open interval for a half-open one
        480: WRONG,  # three values where there is one
    },
    ("minerva_math", QWEN): {},
    ("minerva_math", SKY27): {
        44: CUT,  # the last number of reasoning that never ends
        46: CUT,
        48: CUT,
        142: NONE,  # right in prose, but nothing is said to be the answer
        211: NONE,
    },
    ("minerva_math", GEMMA): {39: NONE, 153: NONE, 168: NONE},  # the same
}
#: rows that they fail and we pass, of each kind one or more
OUR_PASSES = {
    ("math500", QWEN): {198, 217, 284},
    ("math500", GEMMA): {8, 74, 85, 198, 277, 284, 296, 313, 424},
    ("minerva_math", QWEN): {1, 3, 5, 11, 60, 85, 88, 101, 119, 129, 131},
    ("minerva_math", SKY27): {54, 59, 70, 91, 122, 237, 260},
    ("minerva_math", GEMMA): {4, 50, 64, 67, 127, 252},
}


def graded(name, model, wanted):
    """Row to (recorded pass, our status)."""
    bench = benchmark(name.removesuffix("_math"))
    problems = {one.id: one for one in bench.load()}
    path = f"{DATA}/judged/math/{name}.{model}.jsonl.gz"
    replayed = from_spec(parse_spec(f"replay:{path}")).replay(list(problems.values()))
    assert not replayed.unknown
    return {
        one.recorded.row: (
            one.recorded.passed,
            bench.verify(problems[one.problem_id], one, None).status,
        )
        for one in replayed.completions
        if wanted(one.recorded.row)
    }


@reads_data
@pytest.mark.parametrize(("name", "model"), THEIR_PASSES)
def test_a_sample_and_every_pass_of_theirs_that_we_refuse(name, model):
    refused = THEIR_PASSES[name, model]
    passes = OUR_PASSES.get((name, model), set())
    step = 1 if name == "aime24" else 7
    found = graded(name, model, lambda row: row % step == 0 or row in refused or row in passes)
    theirs = {
        row: ours for row, (passed, ours) in found.items() if passed and ours is not Status.PASSED
    }
    assert theirs == refused
    assert all(found[row] == (False, Status.PASSED) for row in passes)
    assert not {ours for _, ours in found.values()} & {Status.HARNESS_ERROR, Status.TIME_LIMIT}
