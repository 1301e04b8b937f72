"""Tasks of lm-evaluation-harness through our policies: the same numbers as the harness' own model."""

import json
import os
from typing import NamedTuple

import harness_tasks
import pytest
import tiny
from estimates import by_name
from fakes import CountingPolicy
from foreign_files import LM_EVAL

from evaluators import benchmark
from lcbrb import codec
from lcbrb.api.import_results import import_results
from lcbrb.cli.main import main
from lcbrb.errors import IncompleteRunError, MissingExtraError, UnknownNameError, UsageError
from lcbrb.harness.run import Part
from lcbrb.harness.sampling import Live
from lcbrb.policies import POLICIES
from lcbrb.registry import parse_spec
from lcbrb.types import Sampling

os.environ.setdefault("HF_DATASETS_OFFLINE", "1")
pytestmark = [
    # other people's modules warn of their own
    pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning"),
    pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::UserWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]


def test_without_the_extra_the_error_names_it(monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(MissingExtraError, match=r"pip install 'lcbrb\[lm-eval\]'"):
        benchmark("lm-eval:sums")


@pytest.mark.parametrize(
    ("text", "error", "words"),
    [
        ("lm-eval", UsageError, "needs a task"),
        ("lm-eval:sums?shots=1", UnknownNameError, "option of lm-eval"),
        ("lm-eval:sums?fewshot=-1", UsageError, "fewshot"),
    ],
)
def test_a_spec_that_makes_no_sense_is_refused(text, error, words):
    with pytest.raises(error, match=words):
        benchmark(text)


@pytest.fixture
def lcbrb(capfd):
    """Runs the command in this process."""

    def command(*arguments):
        capfd.readouterr()
        code = main([str(one) for one in arguments])
        return Ended(code, *capfd.readouterr())

    return command


class Ended(NamedTuple):
    code: int
    out: str
    err: str


@pytest.fixture(scope="module")
def harness():
    return pytest.importorskip("lm_eval", reason="the extra lm-eval is not installed")


@pytest.fixture(scope="module")
def tasks(harness, tmp_path_factory):
    return harness_tasks.write_tasks(tmp_path_factory.mktemp("tasks"))


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    pytest.importorskip("transformers")
    return tiny.save_language_model(tmp_path_factory.mktemp("model"))


def named(tasks, name, **options):
    text = f"lm-eval:{name}?include={tasks}"
    return benchmark("&".join([text, *(f"{key}={value}" for key, value in options.items())]))


def policy(text):
    spec = parse_spec(text)
    return POLICIES.load(spec.kind)(spec)


def run(task, policy, folder, limit=None, sampling=None):
    from evaluators.lm_eval.run import bench_task  # needs the extra

    part = Part(benchmark=task, subject=policy.id, policies=(policy.id,), limit=limit)
    return bench_task(part, Live(policy=policy, sampling=sampling or Sampling()), folder)


def rows(folder, name):
    return [json.loads(line) for line in (folder / name).read_text().splitlines()]


def by_the_harness(tasks, name, model):
    """What lm-eval itself gives for its own kind of model."""
    import lm_eval
    from lm_eval.tasks import TaskManager

    manager = TaskManager(include_path=str(tasks), include_defaults=False)
    return lm_eval.simple_evaluate(model=model, tasks=[name], task_manager=manager)


def same_numbers(theirs, record, folder):
    """Every metric of every task is the harness' own, and so is every generated text."""
    values = by_name(record.estimates)
    wanted = {
        (key if len(theirs["results"]) == 1 else f"{task}:{key}"): value
        for task, found in theirs["results"].items()
        for key, value in found.items()
        if "," in key and "_stderr" not in key
    }
    assert wanted
    assert {key: values[key].value for key in wanted} == pytest.approx(wanted)
    replies = {
        (task, row["doc_id"]): row["resps"]
        for task, logged in theirs["samples"].items()
        for row in logged
    }
    for row in rows(folder, "completions.jsonl"):
        task, _, document = row["problem_id"].partition("/")
        if task == "sums":
            assert replies[task, int(document)] == [[row["text"].split("\n")[0]]]


@pytest.mark.slow
@pytest.mark.parametrize("name", ["sums", "animals", "both"])
def test_a_models_numbers_are_those_of_the_harness_own_model(tasks, model, tmp_path, name):
    from lm_eval.models.huggingface import HFLM

    own = HFLM(pretrained=str(model), device="cpu", dtype="float32", batch_size=1)
    ours = run(named(tasks, name), policy(f"hf:{model}?form=raw"), tmp_path / "run")
    assert ours.record.complete
    same_numbers(by_the_harness(tasks, name, own), ours.record, tmp_path / "run")


@pytest.mark.model
@pytest.mark.usefixtures("smollm2")
@pytest.mark.parametrize("name", ["sums", "animals"])
def test_smollm2_gets_what_lm_eval_gives_it(tasks, tmp_path, name):
    from lm_eval.models.huggingface import HFLM

    one = policy("smollm2?form=raw")
    own = HFLM(pretrained=one._model, tokenizer=one.tokenizer, batch_size=1)
    ours = run(named(tasks, name), one, tmp_path / "run")
    same_numbers(by_the_harness(tasks, name, own), ours.record, tmp_path / "run")


def test_worked_examples_are_asked_for_by_the_spec(harness, tmp_path):
    more = "fewshot_split: test\nfewshot_config: {sampler: first_n}"
    shown = harness_tasks.write_tasks(tmp_path / "tasks", more)
    seen = []

    class Watching(CountingPolicy):
        def sample(self, asks, sampling):
            seen.extend(ask.prompt.raw for ask in asks)
            return super().sample(asks, sampling)

    done = run(named(shown, "sums", fewshot=2), Watching(), tmp_path / "run")
    assert {text.count("The sum of") for text in seen} == {3}
    assert done.record.benchmark == "lm-eval:sums?fewshot=2"


def adds(key, index):
    """The right sum for the first three; for the others only where the task has said to stop."""
    one = harness_tasks.SUMS[int(key)]
    return f" {one['answer']}.\nThe sum of" if int(key) < 3 else f" many.\n{one['answer']}"


def test_problems_hash_as_those_of_the_harness_own_files(tasks, tmp_path):
    """So a run of ours and an imported one of the same documents are known to be of the same."""
    (imported,) = import_results(LM_EVAL / "group", tmp_path)
    task = named(tasks, "both")
    assert imported.record.dataset_sha256 == codec.sha256_records(task.load())
    assert imported.record.benchmark == task.name
    assert imported.record.benchmark_version == task.version.replace(task.harness, "0.4.13")


def test_a_run_folder_says_what_was_measured(tasks, tmp_path):
    done = run(named(tasks, "sums"), CountingPolicy(adds), tmp_path / "run")
    record = done.record
    assert record.benchmark == "lm-eval:sums"
    assert record.benchmark_version.startswith("1.5, lm-eval ")
    assert record.counts == {"completions": 5, "problems": 5, "passed": 3, "wrong_answer": 2}
    theirs = by_name(record.estimates)["exact_match,first-number"]
    assert (theirs.value, theirs.n) == (0.6, 5)
    assert theirs.low < 0.6 < theirs.high
    assert "its standard error" in theirs.method
    assert by_name(record.estimates)["pass@1"].value == pytest.approx(0.6)
    first = rows(tmp_path / "run", "completions.jsonl")[0]
    assert (first["problem_id"], first["text"], first["solution"]) == (
        "sums/0",
        " 3.\nThe sum of",
        "3",
    )
    verdicts = rows(tmp_path / "run", "samples.jsonl")
    assert [one["status"] for one in verdicts] == ["passed"] * 3 + ["wrong_answer"] * 2
    assert json.loads(verdicts[0]["verdict"]["detail"]) == {"exact_match": 1.0}
    assert record.notes == (
        "sums: a sample counts as passed if exact_match is 1; pass@1 is computed from these",
    )


def test_without_spread_there_is_no_interval(tasks, tmp_path):
    bad = CountingPolicy(lambda *_: "", name="bad")
    estimate = by_name(run(named(tasks, "sums"), bad, tmp_path / "run").record.estimates)
    assert estimate["exact_match,first-number"].value == 0.0
    assert estimate["exact_match,first-number"].low is None


def test_a_limit_draws_documents_by_the_seed_as_everywhere(tasks, tmp_path):
    asked = CountingPolicy(lambda key, index: " 1")
    done = run(named(tasks, "sums"), asked, tmp_path / "run", limit=2)
    drawn = Part(benchmark=named(tasks, "sums"), limit=2).problems()
    found = [row["problem_id"] for row in rows(tmp_path / "run", "completions.jsonl")]
    assert found == [problem.id for problem in drawn]
    assert (done.record.partial, done.record.coverage) == (True, 0.4)
    with pytest.raises(UsageError, match="contains none of"):
        run(named(tasks, "both"), asked, tmp_path / "other", limit=1)


def test_what_a_task_draws_is_drawn_with_its_settings(harness, tmp_path):
    more = "  do_sample: true\n  temperature: 0.5\nrepeats: 3"
    drawing = harness_tasks.write_tasks(tmp_path / "tasks", more)
    seen = []

    class Watching(CountingPolicy):
        def sample(self, asks, sampling):
            seen.append(sampling)
            return super().sample(asks, sampling)

    asked = Watching(lambda key, index: f" {index}")
    sampling = Sampling(seed=7)
    run(named(drawing, "sums"), asked, tmp_path / "run", sampling=sampling)
    assert sorted(asked.asked) == [(str(at), index) for at in range(5) for index in range(3)]
    (found,) = seen
    assert (found.temperature, found.max_tokens, found.stop, found.seed) == (0.5, 12, ("\n",), 7)


def test_greedy_repeats_are_one_sample(harness, tmp_path):
    greedy = harness_tasks.write_tasks(tmp_path / "tasks", "repeats: 3")
    asked = CountingPolicy(lambda key, index: " 1")
    run(named(greedy, "sums"), asked, tmp_path / "run")
    assert sorted(asked.asked) == [(str(at), 0) for at in range(5)]


def test_settings_that_no_policy_has_are_refused(harness, tmp_path):
    more = "  do_sample: true\n  temperature: 0.5\n  top_k: 5"
    drawing = harness_tasks.write_tasks(tmp_path / "tasks", more)
    done = run(named(drawing, "sums"), CountingPolicy(), tmp_path / "run")
    assert "asks for top_k" in str(done.failure)


def test_log_likelihoods_that_a_policy_has_not_are_a_clear_error(tasks, tmp_path):
    done = run(named(tasks, "animals"), CountingPolicy(), tmp_path / "run")
    assert "fake gives no log-likelihoods" in str(done.failure)
    assert not done.record.complete
    done = run(named(tasks, "reading"), CountingPolicy(), tmp_path / "other")
    assert "perplexity" in str(done.failure)


def test_a_sample_that_is_missing_is_no_wrong_answer(tasks, tmp_path):
    silent = CountingPolicy(lambda key, index: None if key == "2" else " 1")
    done = run(named(tasks, "sums"), silent, tmp_path / "run")
    assert isinstance(done.failure, IncompleteRunError)
    assert "1 of 5 prompts were not answered (it would not)" in str(done.failure)
    assert done.record.estimates == {}
    assert not done.record.complete


@pytest.mark.parametrize("field", [{"temperature": 0.1}, {"max_tokens": 5}, {"n": 2}])
def test_the_tasks_own_settings_hold(tasks, tmp_path, field):
    with pytest.raises(UsageError, match=f"leave {next(iter(field))} out"):
        run(named(tasks, "sums"), CountingPolicy(), tmp_path / "run", sampling=Sampling(**field))


def test_a_task_that_is_not_there_is_named(tasks):
    with pytest.raises(UnknownNameError, match="did you mean sums"):
        named(tasks, "sum")


def test_data_that_is_not_there_is_named(harness, tmp_path):
    lost = harness_tasks.write_tasks(tmp_path)
    (lost / "sums.jsonl").unlink()
    with pytest.raises(Exception, match="did not load") as caught:
        named(lost, "sums")
    assert caught.value.exit_code == 3


def test_other_commands_are_told_that_the_harness_judges(tasks):
    task = named(tasks, "sums")
    (problem, *_) = task.load()
    with pytest.raises(UsageError, match="lcbrb bench"):
        task.prompt(problem)
    with pytest.raises(UsageError, match="lcbrb bench"):
        task.verify(problem, tiny.completion(), None)


def test_the_command_asks_a_task(lcbrb, tasks, model, tmp_path, monkeypatch):
    monkeypatch.setenv("LCBRB_CACHE", str(tmp_path / "cache"))
    name = f"lm-eval:sums?include={tasks}"
    asked = ("bench", "--policy", f"hf:{model}?form=raw", "--benchmark", name)
    ended = lcbrb(*asked, "--out", tmp_path / "out", "--json")
    assert ended.code == 0, ended.err
    (record,) = json.loads(ended.out)["records"]
    assert record["benchmark"] == "lm-eval:sums"
    assert record["counts"]["problems"] == 5
    assert len(list((tmp_path / "out").glob("*/record.json"))) == 1
    ended = lcbrb("bench", "--policy", "replay:mini", "--benchmark", name)
    assert (ended.code, "can't grade recorded completions" in ended.err) == (2, True)
    ended = lcbrb(*asked, "-n", "3")
    assert (ended.code, "leave n out" in ended.err) == (2, True)
