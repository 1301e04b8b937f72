"""Choosing among recorded samples: what is read, what is scored, what is counted, and resuming."""

import datetime as dt
import json
import math

import pytest

import fakes
import gate_runs
import tiny
from lcbrb import codec
from lcbrb.errors import BadScoreError, DataUnavailableError, IncompleteRunError, UsageError
from lcbrb.gates.compare import compare_runs
from lcbrb.gates.config import GateConfig
from lcbrb.protocols import Item
from lcbrb.rewards import reward_model
from lcbrb.rewards.choices.best_of import drawn, evaluate_best_of, scores_samples
from lcbrb.rewards.choices.figures import compare, estimates
from lcbrb.rewards.choices.samples import open_samples
from lcbrb.rewards.choices.scores import PORTION
from lcbrb.rewards.records import Selection
from lcbrb.runs import COMPLETIONS, SAMPLE_SCORES
from lcbrb.stats import Samples, mean_pass_at_k
from lcbrb.types import Completion, RunRecord, ScoredSample
from leaderboards.collecting import Kind, collect

PROBLEMS = [tiny.problem(f"p{i}") for i in range(4)]
SIGNS = {"p0": "++--", "p1": "+---", "p2": "----", "p3": "++++"}


class ByLength:
    """Scores a text by its length and remembers what it was asked."""

    id, bounds = "by-length", (0.0, math.inf)

    def __init__(self, special=None):
        self.calls, self.loads, self.special = [], 0, special or {}

    def load(self):
        self.loads += 1

    def score(self, items):
        self.calls.append(list(items))
        return [float(self.special.get(one.response, len(one.response))) for one in items]


def benchmarks(name):
    if name not in {"code", "other"}:
        raise DataUnavailableError(f"{name}: no such file of problems")
    found = fakes.FakeBenchmark(PROBLEMS)
    found.name, found.version = name, "1"
    return found


@pytest.fixture
def run_folder(tmp_path):
    """A run of `bench` in which longer replies pass more often."""

    def made(name="run", signs=SIGNS, **fields):
        folder = gate_runs.bench_run(tmp_path / name, signs, benchmark="code", **fields)
        completions = [
            tiny.completion(
                f"Think {index}.",
                index=index,
                problem_id=problem,
                text=f"{problem} " + "x" * (4 - index),
            )
            for problem, some in signs.items()
            for index in range(len(some))
        ]
        codec.write_records(folder / COMPLETIONS, completions)
        return folder

    return made


def opened(folder, options=""):
    return open_samples(f"{folder}{options}", benchmarks)


def evaluated(model, samples, folder, **fields):
    selection = Selection(**{"total": len(samples.samples), **fields})
    return evaluate_best_of(model, samples, selection, folder)


# ------------------------------------------------------------------------------ a run folder


def test_a_run_s_samples_have_their_problem_s_text_and_our_verdict(run_folder):
    found = opened(run_folder())
    assert (found.name, found.version, found.left_out, found.notes) == ("code", "1", {}, ())
    assert len(found.samples) == 16
    first = found.samples[0]
    assert (first.problem_id, first.policy_id, first.sample_index) == ("p0", "m", 0)
    assert (first.prompt, first.response, first.passed) == ("Solve p0.", "p0 xxxx", True)
    assert [one.passed for one in found.samples[:4]] == [True, True, False, False]


def test_reasoning_alone_may_be_read(run_folder):
    found = opened(run_folder(), "?reads=reasoning")
    assert found.samples[1].response == "Think 1."


def test_our_failures_and_missing_verdicts_are_no_samples_but_counted(run_folder):
    folder = run_folder(signs={**SIGNS, "p0": "+h--"})
    lines = (folder / "samples.jsonl").read_text().splitlines(keepends=True)
    (folder / "samples.jsonl").write_text("".join(lines[:-1]))
    found = opened(folder)
    assert found.left_out == {"harness_error": 1, "no_verdict": 1}
    assert len(found.samples) == 14


def test_a_verdict_that_was_tried_again_counts_as_it_ended(run_folder):
    folder = run_folder()
    with (folder / "samples.jsonl").open("a") as file:
        file.write(codec.encode(gate_runs.sample("p2", 0, "+")) + "\n")
    assert opened(folder).samples[8].passed


def test_groups_that_are_too_small_are_left_out_and_counted(run_folder):
    folder = run_folder(signs={"p0": "++--", "p1": "+-", "p2": "-"})
    found = opened(folder)
    assert (len(found.samples), found.left_out) == (6, {"too_few": 1})
    found = opened(folder, "?fewest=4")
    assert (len(found.samples), found.left_out) == (4, {"too_few": 3})


def test_the_only_run_below_a_folder_is_meant(run_folder, tmp_path):
    run_folder("runs/one")
    assert opened(tmp_path / "runs") == opened(tmp_path / "runs" / "one")
    run_folder("runs/two")
    with pytest.raises(UsageError, match=r"holds 2 runs of lcbrb bench \(one, two\): name one"):
        opened(tmp_path / "runs")


@pytest.mark.parametrize(
    ("fields", "options", "words"),
    [
        ({"kind": "reward-model"}, "", "holds a run of kind reward-model"),
        (
            {"benchmark_version": "2"},
            "",
            r"made on code 2, and code is 1 here: .*\?benchmark=NAME@",
        ),
        ({}, "?fewest=5", "no problem with 5 judged samples .*16 too_few"),
        ({}, "?fewest=0", "option 'fewest' of --best-of"),
        ({}, "?reads=code", "option 'reads' of --best-of"),
        ({}, "?benchmrk=code", "did you mean benchmark"),
    ],
)
def test_what_can_not_be_used_is_said(run_folder, fields, options, words):
    with pytest.raises(UsageError, match=words):
        opened(run_folder(**fields), options)


def test_the_benchmark_may_be_named(run_folder, monkeypatch):
    folder = run_folder()
    record = codec.read_record(RunRecord, folder / "record.json")
    given = codec.to_dict(record) | {"benchmark": "problems.jsonl"}
    (folder / "record.json").write_text(json.dumps(given))
    with pytest.raises(DataUnavailableError, match=r"not found by that name .*\?benchmark="):
        opened(folder)
    assert len(opened(folder, "?benchmark=other").samples) == 16
    with pytest.raises(DataUnavailableError, match="wrong: no such"):
        opened(folder, "?benchmark=wrong")


def test_a_run_of_other_problems_is_refused(run_folder):
    with pytest.raises(UsageError, match="q9 is no problem of code here"):
        opened(run_folder(signs={"q9": "+-"}))


# ---------------------------------------------------------------------------------------- files


def maths_rows(count=3):
    return [
        {
            "question": f"What is {i} plus {i}?",
            "response": ["Surely four.", f"It is {2 * i}.", "Who knows"],
            "score": [False, True, False],
            "pred_score": [[0.5], [2.0], [1.0]],
        }
        for i in range(count)
    ]


def test_a_file_with_texts_and_verdicts_needs_no_benchmark(tmp_path):
    path = fakes.write_lines(tmp_path / "cot.jsonl", maths_rows())
    found = opened(path)
    assert found == opened(f"replay:{path}")
    assert (found.name, found.version) == ("cot.jsonl", codec.sha256_file(path)[:12])
    assert len(found.samples) == 9
    assert (found.samples[1].prompt, found.samples[1].response) == (
        "What is 0 plus 0?",
        "It is 0.",
    )
    assert [one.passed for one in found.samples[:3]] == [False, True, False]
    assert "verdicts are those that the file carries" in found.notes


def test_a_file_that_names_problems_by_id_needs_its_benchmark(tmp_path):
    rows = [
        {"task_id": name, "completion": text, "passed": passed}
        for name, text, passed in [("p0", "a", True), ("p0", "b", False), ("zz", "c", True)]
    ]
    path = fakes.write_lines(tmp_path / "some.jsonl", rows)
    with pytest.raises(UsageError, match=r"names problems by id \(p0\): .*\?benchmark="):
        opened(path)
    found = opened(path, "?benchmark=code")
    assert [one.prompt for one in found.samples] == ["Solve p0."] * 2
    assert found.left_out == {"unknown": 1}
    assert {one.policy_id for one in found.samples} == {"some"}
    named = opened(path, "?benchmark=code&model=big")
    assert {one.policy_id for one in named.samples} == {"big"}


def test_a_file_without_verdicts_is_told_how_to_get_some(tmp_path):
    rows = [{"question": "What is it?", "response": ["a", "b"]}]
    path = fakes.write_lines(tmp_path / "cot.jsonl", rows)
    with pytest.raises(UsageError, match=r"\(2 no_verdict\); .*lcbrb bench --policy replay"):
        opened(path)


def test_nothing_there_is_said(tmp_path):
    with pytest.raises(DataUnavailableError, match="gone"):
        opened(tmp_path / "gone.jsonl")


# -------------------------------------------------------------------------------------- figures


def test_the_curve_stands_between_chance_and_an_oracle(run_folder, tmp_path):
    done = evaluated(ByLength(), opened(run_folder()), tmp_path / "out")
    found = done.record.estimates
    assert done.ks == (1, 2, 4)
    # longest first: p0 passes, p1 passes, p2 never, p3 always
    assert found["best_of@4"].value == 3 / 4
    assert found["best_of@1"].value == found["random"].value == pytest.approx((0.5 + 0.25 + 1) / 4)
    counts = [(4, 2), (4, 1), (4, 0), (4, 4)]
    assert found["oracle@2"] == mean_pass_at_k(counts, 2)
    assert found["gain@4"].value == pytest.approx(3 / 4 - found["random"].value)
    assert (found["gain@4"].n, found["gain@4"].clusters) == (16, 4)
    assert found["spearman_within_problem"].n == 8
    assert found["spearman_within_problem"].value == pytest.approx((0.894427 + 0.774597) / 2)
    assert found["spearman_pooled"].n == 16
    assert next(iter(found)) == "best_of@4"
    assert done.record.counts == {
        "samples": 16,
        "problems": 4,
        "samplers": 1,
        "groups": 4,
        "groups_of_one_verdict": 2,
        "unscored": 0,
        "truncated": 0,
    }
    assert (done.record.kind, done.record.subject) == ("best-of-n", "by-length")
    assert done.record.complete


def test_correlations_that_do_not_exist_are_left_out():
    found = estimates({("p", "m"): Samples([1.0, 2.0], [True, True])}, (1, 2))
    assert "spearman_pooled" not in found
    assert "spearman_within_problem" not in found


def test_models_are_compared_at_the_largest_k(run_folder, tmp_path):
    samples = opened(run_folder())
    one = evaluated(ByLength(), samples, tmp_path / "out")
    other = ByLength()
    other.id, other.score = "shortest", lambda items: [-float(len(i.response)) for i in items]
    two = evaluated(other, samples, tmp_path / "out")
    (found,) = compare({"by-length": one.groups, "shortest": two.groups})
    assert (found.subject, found.baseline) == ("shortest", "by-length")
    assert found.difference.value == pytest.approx(1 / 4 - 3 / 4)
    assert found.p_adjusted == found.p_value
    assert compare({}) == []


def test_short_groups_end_the_curve_and_a_note_says_so(run_folder, tmp_path):
    done = evaluated(
        ByLength(), opened(run_folder(signs={"p0": "+-+", "p1": "+-"})), tmp_path / "o"
    )
    assert done.ks == (1, 2)
    (note,) = done.record.notes
    assert note.startswith("1 of 2 groups have fewer than 3 samples")


# -------------------------------------------------------------------------------------- scoring


def test_an_empty_reply_is_never_read_ranks_last_and_is_counted(tmp_path):
    rows = [{"question": "What is it?", "response": ["", "short", "  "], "score": [1, 0, 1]}]
    path = fakes.write_lines(tmp_path / "cot.jsonl", rows)
    model = ByLength()
    done = evaluated(model, opened(path), tmp_path / "out")
    assert model.calls == [[Item(prompt="What is it?", response="short")]]
    assert done.record.counts["unscored"] == 2
    assert done.record.estimates["best_of@3"].value == 0.0
    lines = codec.read_records(ScoredSample, done.path / SAMPLE_SCORES)
    assert [one.score for one in lines] == [None, 5.0, None]


def test_a_text_that_stands_twice_is_scored_once_and_cuts_are_counted(run_folder, tmp_path):
    class Cuts(ByLength):
        def truncated(self, items):
            return ["p0" in item.response for item in items]

    samples = opened(run_folder(), "?reads=reasoning")
    model = ByLength()
    evaluated(model, samples, tmp_path / "out")
    (call,) = model.calls
    assert len(call) == len(set(call)) == 16
    done = evaluated(Cuts(), opened(run_folder("other")), tmp_path / "cut")
    assert done.record.counts["truncated"] == 4


@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_no_number_stops_the_run_and_names_the_sample(run_folder, tmp_path, value):
    with pytest.raises(BadScoreError, match="sample 1 of p1 as"):
        evaluated(ByLength({"p1 xxx": value}), opened(run_folder()), tmp_path / "out")
    (folder,) = (tmp_path / "out").iterdir()
    record = codec.read_record(RunRecord, folder / "record.json")
    assert not record.complete
    assert any("sample 1 of p1" in note for note in record.notes)


def test_too_few_scores_are_no_scores(run_folder, tmp_path):
    model = ByLength()
    model.score = lambda items: [1.0]
    with pytest.raises(BadScoreError, match="gave 1 numbers where 16 were asked for"):
        evaluated(model, opened(run_folder()), tmp_path / "out")


def test_a_judge_s_missing_score_ranks_last(run_folder, tmp_path):
    model = ByLength()
    model.opinions = lambda items: (
        (item, None if "p0 xxxx" in item.response else -1.0) for item in items
    )
    done = evaluated(model, opened(run_folder(signs={"p0": "+-"})), tmp_path / "out")
    assert done.record.counts["unscored"] == 1
    assert done.record.estimates["best_of@2"].value == 0.0


class Refuses(ByLength):
    """A judge whose server refuses texts until `heals`."""

    each_alone = True

    def __init__(self, *refused):
        super().__init__()
        self.refused, self.asked = refused, []

    def opinions(self, items):
        self.asked += items
        for item in items:
            if item.response not in self.refused:
                yield item, None if item.response == "mumbles" else float(len(item.response))
        if any(item.response in self.refused for item in items):
            raise IncompleteRunError("a text was refused")


def test_a_refused_sample_costs_no_other_one(tmp_path):
    rows = [
        {
            "question": f"What is {i}?",
            "response": [f"{i}.{'x' * j}" for j in range(1, 4)] + ["mumbles"],
            "score": [False, False, True, False],
        }
        for i in range(100)
    ]
    samples = opened(fakes.write_lines(tmp_path / "many.jsonl", rows))
    model = Refuses("7.xxx")
    for start in range(2):  # a second start asks for what is missing alone
        with pytest.raises(IncompleteRunError, match="a text was refused"):
            evaluated(model, samples, tmp_path / "out")
        assert len(model.asked) == 400 + start
    (folder,) = (tmp_path / "out").iterdir()
    assert len(codec.read_records(ScoredSample, folder / SAMPLE_SCORES)) == 399
    record = codec.read_record(RunRecord, folder / "record.json")
    assert not record.complete
    assert (record.counts["samples"], record.counts["missing"]) == (399, 1)
    assert record.counts["unscored"] == 101
    assert record.estimates["best_of@3"].n == 399
    assert "a text was refused" in record.notes
    model.refused = ()
    done = evaluated(model, samples, tmp_path / "out")
    assert len(model.asked) == 402
    assert (done.record.complete, done.fresh) == (True, 1)
    assert done.record.estimates["best_of@4"].value == 1.0
    assert (done.record.counts["unscored"], "missing" in done.record.counts) == (100, False)


def test_what_is_left_of_a_group_that_was_refused_has_no_figures(tmp_path):
    rows = [
        {"question": f"What is {i}?", "response": [f"{i}.x", f"{i}.xx"], "score": [0, 1]}
        for i in range(3)
    ]
    samples = opened(fakes.write_lines(tmp_path / "some.jsonl", rows))
    with pytest.raises(IncompleteRunError):
        evaluated(Refuses("1.x"), samples, tmp_path / "out")
    (folder,) = (tmp_path / "out").iterdir()
    record = codec.read_record(RunRecord, folder / "record.json")
    assert (record.counts["groups"], record.estimates["best_of@2"].n) == (2, 4)
    with pytest.raises(IncompleteRunError):
        evaluated(Refuses("0.x", "1.x", "2.xx"), samples, tmp_path / "none")
    (folder,) = (tmp_path / "none").iterdir()
    assert codec.read_record(RunRecord, folder / "record.json").estimates == {}


def test_a_model_that_compares_pairs_is_refused():
    with pytest.raises(UsageError, match=r"can't choose among samples.*mode=pointwise"):
        scores_samples(reward_model("judge:openai:m@http://localhost:1/v1"))


# ------------------------------------------------------------------------------------- resuming


def many(tmp_path, groups=40, each=4):
    rows = [
        {
            "question": f"What is {i}?",
            "response": ["x" * (j + 1) for j in range(each)],
            "score": [(i + j) % 3 == 0 for j in range(each)],
        }
        for i in range(groups)
    ]
    return opened(fakes.write_lines(tmp_path / "many.jsonl", rows))


def test_portions_hold_whole_groups(tmp_path):
    model = ByLength()
    evaluated(model, many(tmp_path), tmp_path / "out")
    assert [len(call) for call in model.calls] == [PORTION, PORTION, 160 - 2 * PORTION]
    for call in model.calls:
        assert all(sum(one.prompt == item.prompt for one in call) == 4 for item in call)


@pytest.mark.parametrize("kept", [0, 1, PORTION, PORTION + 3, 160])
def test_resumed_after_some_samples_gives_the_same_and_repeats_no_full_portion(tmp_path, kept):
    samples, first = many(tmp_path), ByLength()
    whole = evaluated(first, samples, tmp_path / "out")
    path = whole.path / SAMPLE_SCORES
    lines = path.read_text().splitlines(keepends=True)
    path.write_text("".join(lines[:kept]) + '{"torn')
    model = ByLength()
    again = evaluated(model, samples, tmp_path / "out")
    assert again.record.estimates == whole.record.estimates
    assert again.fresh == 160 - kept
    assert model.calls == ([] if kept == 160 else first.calls[kept // PORTION :])
    assert path.read_text().splitlines(keepends=True) == lines
    assert model.loads == (kept < 160)


def test_other_samples_or_settings_are_another_run(tmp_path):
    samples = many(tmp_path)
    evaluated(ByLength(), samples, tmp_path / "out")
    with pytest.raises(UsageError, match="holds another run"):
        evaluated(ByLength(), drawn(samples, 20, 0), tmp_path / "out", limit=20, total=160)


def test_a_draw_takes_whole_problems_and_the_same_for_the_same_seed(tmp_path):
    samples = many(tmp_path)
    part = drawn(samples, 30, 1)
    assert len(part.samples) == 32
    assert part == drawn(samples, 30, 1)
    assert part != drawn(samples, 30, 2)
    assert drawn(samples, 10**6, 1).samples == samples.samples
    done = evaluated(ByLength(), part, tmp_path / "out", limit=30, total=160)
    assert done.record.partial
    assert done.record.coverage == 0.2


# ------------------------------------------------------------------- what else reads run folders


def test_a_leaderboard_shows_the_figures_and_a_gate_leaves_them_out_by_name(run_folder, tmp_path):
    bench = run_folder("runs/bench")
    done = evaluated(ByLength(), opened(bench), tmp_path / "runs")
    entries = {entry.kind: entry for entry in collect([tmp_path / "runs"])}
    assert set(entries) == {Kind.POLICY, Kind.FIGURES}
    assert next(iter(entries[Kind.FIGURES].estimates)) == "best_of@4"
    report = compare_runs(
        tmp_path / "runs", tmp_path / "runs", GateConfig(), today=dt.date(2026, 1, 1)
    )
    assert [check.benchmark for check in report.checks] == ["code"]
    assert f"{done.path.name} was left out: a gate does not compare best-of-n runs" in report.notes
    with pytest.raises(UsageError, match="best-of-n runs alone"):
        compare_runs(done.path, done.path, GateConfig())


def test_a_page_is_built_with_best_of_runs_in_it(run_folder, tmp_path, lcbrb_main):
    bench = run_folder("runs/bench")
    evaluated(ByLength(), opened(bench), tmp_path / "runs")
    page = tmp_path / "board.html"
    assert lcbrb_main(["leaderboard", str(tmp_path / "runs"), "-o", str(page)]) == 0
    assert "by-length" in page.read_text()


@pytest.fixture
def lcbrb_main():
    from lcbrb.cli.main import main

    return main


def test_completions_are_kept_as_they_were(run_folder):
    folder = run_folder()
    before = (folder / COMPLETIONS).read_bytes()
    opened(folder)
    assert (folder / COMPLETIONS).read_bytes() == before
    assert len(codec.read_records(Completion, folder / COMPLETIONS)) == 16
