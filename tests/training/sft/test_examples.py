"""Which completions become examples and how they are written; rows of others; parts by problem."""

import json

import pytest
import tiny
from fakes import write_lines
from hypothesis import given, settings, strategies as st

import lcbrb
from evaluators import benchmark
from lcbrb.errors import LcbrbError, UsageError
from lcbrb.grading.check_kinds import solution_in
from lcbrb.prompts.think_answer import TEMPLATE, THINK_ANSWER
from lcbrb.replies.think_answer import think_answer
from lcbrb.training.sft.examples import (
    Example,
    ExampleSet,
    example_parts,
    passed_examples,
    problems_of,
)
from lcbrb.training.sft.sources import open_examples
from lcbrb.types import AnswerCheck, FunctionCheck, Message, Prompt, Status

PASSED = lambda _: Status.PASSED  # noqa: E731


class Asking:
    """A benchmark of given problems."""

    name = "asking"

    def __init__(self, *problems):
        self.problems = problems

    def load(self):
        return self.problems

    def prompt(self, problem):
        return Prompt(messages=(Message(role="user", content=problem.prompt),), template="t@1")


def examples_of(problem, *completions, status_of=PASSED):
    return passed_examples(Asking(problem), completions, status_of)


def test_a_reply_is_reasoning_and_solution_in_tags_under_the_prompt_that_asks_for_them():
    problem = tiny.problem(check=tiny_function("f"), prompt="Write f.")
    (example,), left_out = examples_of(
        problem,
        tiny.completion("Add one.", solution="def f(x):\n    return x + 1", problem_id="p1"),
    )
    assert not left_out
    assert example.reply == (
        "<think>\nAdd one.\n</think>\n<answer>\n```python\ndef f(x):\n    return x + 1\n```\n</answer>"
    )
    assert example.prompt.messages[0].content == TEMPLATE.replace("{prompt}", "Write f.")
    assert example.prompt.template.startswith(THINK_ANSWER)
    assert example.statement == "Write f."


def tiny_function(name):
    return FunctionCheck(entry_point=name, reference=f"def {name}(x): ...", base_inputs=("[1]",))


def test_an_answer_is_boxed():
    problem = tiny.problem(check=AnswerCheck(gold="7"))
    (example,), _ = examples_of(problem, tiny.completion("Count.", solution="7"))
    assert think_answer(example.reply).answer == r"\boxed{7}"


def test_imports_that_reading_puts_before_a_program_are_not_written_twice():
    prompt = "from typing import List\n\n\ndef f(x: List) -> int:\n    ''' The first. '''\n"
    problem = tiny.problem(check=tiny_function("f"), prompt=prompt)
    read = solution_in("```python\ndef f(x: List) -> int:\n    return x[0]\n```", problem)
    assert read.count("import") == 1
    (example,), _ = examples_of(problem, tiny.completion("Take it.", solution=read))
    answer = think_answer(example.reply).answer
    assert "import" not in answer
    assert solution_in(answer, problem) == read


@pytest.mark.parametrize(
    ("fields", "status", "why"),
    [
        ({}, Status.WRONG_ANSWER, "failed"),
        ({}, Status.TRUNCATED, "failed"),
        ({}, Status.HARNESS_ERROR, "no_verdict"),
        ({}, None, "no_verdict"),
        ({"reasoning": "  "}, Status.PASSED, "no_reasoning"),
        ({"reasoning": None}, Status.PASSED, "no_reasoning"),
        ({"solution": None}, Status.PASSED, "no_solution"),
        ({"reasoning": "a </think> b"}, Status.PASSED, "not_read_back"),
        ({"solution": "</answer>"}, Status.PASSED, "not_read_back"),
    ],
)
def test_a_completion_that_is_no_example_is_counted_by_what_it_lacks(fields, status, why):
    reasoning = fields.get("reasoning", "Think.")
    rest = {name: value for name, value in fields.items() if name != "reasoning"}
    given = tiny.completion(reasoning, **{"solution": "1", **rest})
    examples, left_out = examples_of(tiny.problem(), given, status_of=lambda _: status)
    assert (examples, dict(left_out)) == ([], {why: 1})


@settings(max_examples=60)
@given(reasoning=st.text(max_size=40), program=st.text(max_size=40))
def test_whatever_is_written_reads_back_as_what_it_was(reasoning, program):
    problem = tiny.problem(check=tiny_function("f"), prompt="Write f.")
    given = tiny.completion(reasoning, solution=program)
    for example in examples_of(problem, given)[0]:
        parts = think_answer(example.reply)
        assert parts.well_formed
        assert parts.think == reasoning.strip()
        assert solution_in(parts.answer, problem) == program


# ---------------------------------------------------------------------------------------- sources


def test_recorded_completions_count_where_their_file_says_that_they_passed(tmp_path):
    problems = tiny.write_problems(tmp_path, 3)
    recorded = tiny.write_completions(tmp_path, 3)
    found = open_examples([f"{recorded}?benchmark={problems}"], benchmark)
    assert len(found.examples) == 6
    assert found.left_out == {"failed": 6}
    assert "verdicts in their file" in found.notes[0]
    assert {example.problem_id for example in found.examples} == {"q1", "q2", "q3"}
    assert think_answer(found.examples[0].reply).think == "Way 0 to do it."
    with pytest.raises(UsageError, match=r"\?benchmark=NAME"):
        open_examples([f"replay:{recorded}"], benchmark)


def test_completions_of_a_run_of_bench_count_by_its_verdicts(tmp_path):
    problems = tiny.write_problems(tmp_path, 2)
    recorded = tiny.write_completions(tmp_path, 2)
    lcbrb.bench(f"replay:{recorded}", str(problems), out=tmp_path / "runs" / "one")
    sources = {(problem.id, problem.source) for problem in benchmark(str(problems)).load()}
    for path in (tmp_path / "runs", next((tmp_path / "runs" / "one").iterdir())):
        found = open_examples([f"{path}?benchmark={problems}"], benchmark)
        assert {(e.problem_id, e.source) for e in found.examples} == sources
        assert (len(found.examples), found.left_out, found.notes) == (4, {"failed": 4}, ())
    with pytest.raises(LcbrbError, match=r"\?benchmark=NAME"):
        open_examples([str(tmp_path / "runs")], benchmark)
    (tmp_path / "other").mkdir()
    other = tiny.write_problems(tmp_path / "other", 1)
    with pytest.raises(UsageError, match="name the right one"):
        open_examples([f"{tmp_path / 'runs'}?benchmark={other}"], benchmark)


def test_completions_without_verdicts_are_sent_to_the_grader(tmp_path):
    problems = tiny.write_problems(tmp_path, 1)
    rows = [{"question_id": "q1", "output_list": ["So.\n```python\nprint(1)\n```"]}]
    recorded = write_lines(tmp_path / "r.jsonl", rows)
    with pytest.raises(UsageError, match="lcbrb bench --policy replay:"):
        open_examples([f"{recorded}?benchmark={problems}"], benchmark)


ASKED = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Two?"}]


@pytest.mark.parametrize(
    ("row", "messages", "raw", "statement"),
    [
        ({"prompt": "Two?", "completion": "2"}, ["Two?"], "Two?", "Two?"),
        (
            {"prompt": ASKED, "completion": [{"role": "assistant", "content": "2"}]},
            ["Be brief.", "Two?"],
            None,
            "Two?",
        ),
        (
            {"messages": [*ASKED, {"role": "assistant", "content": "2"}]},
            ["Be brief.", "Two?"],
            None,
            "Two?",
        ),
    ],
)
def test_rows_of_others_are_trained_on_as_they_stand(tmp_path, row, messages, raw, statement):
    path = write_lines(tmp_path / "rows.jsonl", [{**row, "problem_id": 7, "source": "theirs"}, row])
    found = open_examples([str(path)], benchmark)
    (example,) = found.examples
    assert found.left_out == {"twice": 1}
    assert [one.content for one in example.prompt.messages] == messages
    assert (example.prompt.raw, example.statement, example.reply) == (raw, statement, "2")
    assert (example.problem_id, example.source) == ("7", "theirs")


@pytest.mark.parametrize(
    ("row", "told"),
    [
        ({"question": "Two?"}, "neither prompt and completion nor messages"),
        ({"prompt": "", "completion": "2"}, "prompt is empty"),
        ({"prompt": "Two?", "completion": " "}, "reply is empty"),
        ({"prompt": 2, "completion": "2"}, "'prompt' is neither"),
        ({"prompt": "Two?", "completion": [*ASKED]}, "a single message of the assistant"),
        ({"messages": ASKED}, "must be the assistant's reply"),
        ({"messages": [{"role": "assistant", "content": "2"}]}, "prompt is empty"),
        ({"messages": [{"role": "robot", "content": "2"}]}, "robot"),
        ({"messages": [{"role": "user", "content": [1]}]}, "not a message with text"),
        ({"messages": []}, "'messages' is neither"),
    ],
)
def test_a_row_that_is_no_example_is_named_with_its_line(tmp_path, row, told):
    path = write_lines(tmp_path / "rows.jsonl", [{"prompt": "a b", "completion": "c"}, row])
    with pytest.raises(LcbrbError, match=told) as error:
        open_examples([str(path)], benchmark)
    assert f"{path}, line 2" in str(error.value)


def test_what_is_not_there_is_said(tmp_path):
    for name in ("none.jsonl", "folder"):
        (tmp_path / "folder").mkdir(exist_ok=True)
        with pytest.raises(LcbrbError, match=name):
            open_examples([str(tmp_path / name)], benchmark)


# ------------------------------------------------------------------------------------------ parts


def example(name, statement, reply="r"):
    prompt = Prompt(messages=(Message(role="user", content=statement),), template="t@1")
    return Example(problem_id=name, source="s", statement=statement, prompt=prompt, reply=reply)


def given_set(*examples):
    return ExampleSet(name="set", version="1", examples=examples, left_out={"failed": 2})


def test_a_problem_is_on_one_side_by_its_name_or_its_words():
    rows = [example(f"p{i}", f"Question {i // 2}?", f"r{i}") for i in range(12)]
    rows += [example("p0", "Question 0 in other words?")]
    parts = example_parts(given_set(*rows), None, 0.3, seed=1)
    assert len(parts.train) + len(parts.held_out) == 13
    assert len(parts.held_out) >= 4
    words = [{e.statement for e in side} for side in (parts.train, parts.held_out)]
    names = [{e.problem_id for e in side} for side in (parts.train, parts.held_out)]
    assert not words[0] & words[1]
    assert not names[0] & names[1]
    assert example_parts(given_set(*rows), None, 0.3, seed=1) == parts
    assert example_parts(given_set(*rows), None, 0.0, seed=1).held_out == []


def test_examples_held_out_of_a_problem_that_is_trained_on_are_refused():
    with pytest.raises(UsageError, match=r"1 of 2 held-out examples .* \(q\)"):
        example_parts(
            given_set(example("p", "One?")),
            given_set(example("q", " ONE? "), example("r", "Two?")),
            0.1,
            0,
        )


def test_nothing_to_train_on_says_why():
    with pytest.raises(UsageError, match="2 failed"):
        example_parts(given_set(), None, 0.1, 0)


def test_each_problem_is_named_once():
    rows = [example("p", "One?", reply) for reply in "abc"] + [example("q", "Two?")]
    assert [one.id for one in problems_of(rows)] == ["p", "q"]
    assert json.dumps([one.total for one in problems_of(rows)]) == "[0, 0]"
