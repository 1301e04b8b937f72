"""Our tasks under inspect_ai's own `eval`, with its mock model."""

import gc
import json
import threading

import pytest

pytest.importorskip("inspect_ai", reason="inspect_ai is not installed (extra inspect)")

import anyio
from inspect_ai import Epochs, eval as run_eval, score as run_score
from inspect_ai._util.error import PrerequisiteError
from inspect_ai.model import ModelOutput, ModelUsage, get_model
from word_policy import Digits

import lcbrb
from evaluators import BENCHMARKS, benchmark
from lcbrb.integrations import kept
from lcbrb.integrations.inspect import TASKS, benchmark_task, verdict
from lcbrb.integrations.reply_grader import ReplyGrader

pytestmark = [  # inspect_ai's own, and its libraries'
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
    pytest.mark.filterwarnings("ignore:.*MemoryObject:pytest.PytestUnraisableExceptionWarning"),
]
DIGITS, BROKEN = "python:word_policy:digits", "python:word_policy:broken_digits"


@pytest.fixture(scope="module", autouse=True)
def nothing_is_left():
    yield
    kept.close_all()
    gc.collect()


def answering(reply, stop_reason="stop"):
    """The mock model; `reply` is given what was asked last."""

    def output(messages, *_):
        return said(reply(messages[-1].text), stop_reason)

    return get_model("mockllm/model", custom_outputs=output, memoize=False)


def said(text, stop_reason="stop"):
    """A reply that tells its tokens: inspect_ai would count them by a file of the network's."""
    found = ModelOutput.from_content("mockllm/model", text, stop_reason)
    found.usage = ModelUsage(input_tokens=1, output_tokens=1, total_tokens=2)
    return found


def evaluated(task, model, tmp_path, **options):
    (log,) = run_eval(
        task, model=model, display="none", log_dir=str(tmp_path), log_format="json", **options
    )
    return log


def metrics(log):
    return {
        (score.reducer, name): metric.value
        for score in log.results.scores
        for name, metric in score.metrics.items()
    }


def test_a_task_found_by_its_name_grades_right_and_wrong_programs(tmp_path):
    bench = benchmark("mini")
    first, second = bench.load()[:2]

    def reply(asked):
        right = first.prompt.strip() in asked
        return f"So:\n```python\n{bench.gold(first) if right else 'print(0)'}\n```"

    log = evaluated("lcbrb/mini", answering(reply), tmp_path, limit=2)
    assert log.status == "success"
    assert log.eval.task_version == bench.version
    assert log.eval.metadata["lcbrb"]["isolation"] in {"A", "B"}
    scores = {sample.id: sample.scores["verdict"] for sample in log.samples}
    assert {name: score.value for name, score in scores.items()} == {first.id: "C", second.id: "I"}
    assert scores[first.id].answer.strip() == bench.gold(first).strip()
    assert scores[second.id].metadata["status"] == "wrong_answer"
    assert metrics(log)[None, "accuracy"] == 0.5
    assert metrics(log)[None, "stderr"] == 0.5
    (imported,) = lcbrb.import_results(log.location, tmp_path / "runs")
    assert imported.record.counts["passed"] == imported.record.counts["wrong_answer"] == 1
    text = json.dumps([sample.model_dump(mode="json") for sample in log.samples])
    assert not [t for t in first.check.tests if t.hidden and json.dumps(t.expected)[1:-1] in text]


def test_epochs_give_pass_at_k(tmp_path):
    seen = {}

    def reply(asked):  # of four replies to a problem, one is right
        seen[asked] = seen.get(asked, 0) + 1
        return f"\\boxed{{{int(seen[asked] == 2)}}}"

    epochs = Epochs(4, ["pass_at_1", "pass_at_2"])
    log = evaluated(
        benchmark_task(DIGITS), answering(reply), tmp_path, epochs=epochs, max_samples=1
    )
    assert metrics(log)["pass_at_1", "accuracy"] == pytest.approx(0.25)
    assert metrics(log)["pass_at_2", "accuracy"] == pytest.approx(0.5)


def test_a_failure_of_ours_is_an_error_of_the_sample_and_no_zero(tmp_path):
    log = evaluated(
        benchmark_task(BROKEN), answering(lambda _: "\\boxed{1}"), tmp_path, fail_on_error=False
    )
    (failed,) = [sample for sample in log.samples if sample.error]
    assert failed.id == "d00"
    assert not failed.scores
    assert "d00 has no verdict because the runner failed" in failed.error.message
    assert metrics(log)[None, "accuracy"] == 1.0
    assert log.results.completed_samples == len(log.samples) - 1


def test_what_a_filter_took_away_is_unscored_and_what_was_cut_is_truncated(tmp_path):
    model = answering(lambda _: "", "content_filter")
    log = evaluated(benchmark_task(DIGITS), model, tmp_path, limit=1)
    assert (log.results.scores[0].scored_samples, log.results.scores[0].unscored_samples) == (0, 1)
    model = answering(lambda _: "It is", "max_tokens")
    log = evaluated(benchmark_task(DIGITS), model, tmp_path, limit=1)
    assert log.samples[0].scores["verdict"].metadata["status"] == "truncated"


def test_a_log_is_scored_again_without_the_samples_that_have_no_reply(tmp_path):
    def reply(asked):
        if asked.endswith(" 0"):
            raise OSError("the model went away")
        return "\\boxed{1}"

    log = evaluated(
        benchmark_task(DIGITS),
        answering(reply),
        tmp_path,
        sample_id=["d10", "d01", "d11"],
        fail_on_error=False,
    )
    again = run_score(log, verdict(DIGITS), display="none", action="overwrite")
    (score,) = again.results.scores
    assert (score.scored_samples, score.unscored_samples) == (2, 1)
    assert metrics(again)[None, "accuracy"] == 1.0


def test_replies_are_awaited_while_others_are_graded(tmp_path, monkeypatch):
    grading, answered = threading.Event(), threading.Event()

    class Waits(Digits):
        def verify(self, problem, completion, sandbox):
            if problem.id == "d10":  # until the other reply is there, which comes meanwhile
                grading.set()
                assert answered.wait(5)
            return super().verify(problem, completion, sandbox)

    async def output(messages, *_):
        if messages[-1].text.endswith("1 0"):
            return said("\\boxed{1}")
        with anyio.move_on_after(20):
            while not grading.is_set():  # noqa: ASYNC110 - a thread sets it
                await anyio.sleep(0.01)
            answered.set()
        return said("\\boxed{1}")

    grader = ReplyGrader(Waits(2))
    monkeypatch.setattr("lcbrb.integrations.inspect.reply_grader", lambda *_: grader)
    model = get_model("mockllm/model", custom_outputs=output, memoize=False)
    log = evaluated(benchmark_task("waits"), model, tmp_path)
    grader.close()
    assert metrics(log)[None, "accuracy"] == 1.0


def test_every_benchmark_has_a_task_and_bad_options_are_refused():
    assert set(TASKS) == set(BENCHMARKS.table) - {"python", "lm-eval"}
    with pytest.raises(PrerequisiteError) as refused:
        benchmark_task(DIGITS, template="nothing of it")
    assert "the template has neither" in refused.value.message
    with pytest.raises(PrerequisiteError):
        benchmark_task("lm-eval:gsm8k")
    words = benchmark_task(DIGITS, template="think-answer").dataset[0].input[-1].text
    assert "<answer>" in words
