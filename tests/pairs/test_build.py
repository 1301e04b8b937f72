"""A build: every completion accounted for, the file and its manifest agreeing, twice the same."""

import dataclasses
import datetime as dt
import itertools
import json
from contextlib import contextmanager

import pytest
import tiny

from lcbrb import codec
from lcbrb.engine.local import LocalExecutor
from lcbrb.grading.grader import Grader
from lcbrb.pairs.build import PairingTerms, pair_recorded, write_pairs
from lcbrb.pairs.labels import Label
from lcbrb.pairs.manifest import manifest_path
from lcbrb.pairs.pairing import PairingRule
from lcbrb.pairs.sampling import Workshop
from lcbrb.protocols.benchmark import Benchmark
from lcbrb.protocols.progress import SILENT, Progress
from lcbrb.runs.folder import COMPLETIONS, open_run
from lcbrb.types import (
    Completion,
    PairManifest,
    PreferencePair,
    Recorded,
    RunRecord,
    Status,
    Verdict,
)

PROBLEMS = (
    tiny.problem("p1", difficulty="easy"),
    tiny.problem("p2", difficulty="hard"),
    tiny.problem("p3", difficulty="hard"),
)
NOW = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)


class Scripted(Benchmark):
    """A benchmark that finds what a completion's solution says, at a cost that never repeats."""

    name, version = "scripted", "v9"

    def __init__(self):
        self.clock = itertools.count()
        self.graded = []

    def load(self):
        return PROBLEMS

    def verify(self, problem, completion, sandbox):
        self.graded.append(completion)
        cost = float(next(self.clock))
        return Verdict(status=Status(completion.solution), cpu_s=cost, wall_s=cost, detail="NOISE")


def completions():
    """Two samplers, all kinds of ends; (problem, sampler, status, reasoning, graded sound)."""
    table = [
        ("p1", "a", "passed", "a passes", True),
        ("p1", "a", "wrong_answer", "a fails", False),
        ("p1", "a", "time_limit", "a is slow", True),
        ("p1", "b", "passed", "b passes", False),
        ("p2", "a", "runtime_error", "a raises", False),
        ("p2", "b", "passed", "b passes again", None),
        ("p2", "b", "no_answer", "b gives up", None),
        ("p2", "b", "truncated", "b goes on and", None),
        ("p2", "b", "harness_error", "b is our fault", None),
        ("p2", "b", "wrong_answer", None, None),
        ("p2", "b", "wrong_answer", "b fails", None),
    ]
    numbers = itertools.count()
    return [
        tiny.completion(
            reasoning, sampler, next(numbers), problem_id=problem, solution=status, sound=sound
        )
        for problem, sampler, status, reasoning, sound in table
    ]


def record(**fields):
    return RunRecord(
        kind="pairs",
        run_id="r",
        subject="tests",
        benchmark="scripted",
        benchmark_version="v9",
        dataset_sha256="d" * 64,
        estimates={},
        counts={},
        started_at=NOW,
        wall_s=0.0,
        config={"seed": 1},
        environment={"python": "3"},
        notes=("a note",),
        **fields,
    )


def paired(given, rule, run, benchmark=None, progress=SILENT):
    grader = Grader(
        benchmark=benchmark or Scripted(), sandbox=None, executor=LocalExecutor(workers=2)
    )
    workshop = Workshop(problems=PROBLEMS, grader=grader, judge=None, run=run, progress=progress)
    return pair_recorded(given, workshop, PairingTerms(rule=rule))


def built(folder, given=None, rule=None, benchmark=None):
    """Build into a folder; the file of pairs, its manifest, and what was built."""
    given = completions() if given is None else given
    rule = rule or PairingRule()
    with open_run(folder / "pairs.run", record()) as run:
        result = paired(given, rule, run, benchmark)
    manifest = write_pairs(folder / "pairs.jsonl", result, record())
    return folder / "pairs.jsonl", manifest, result


def tally(counts, group):
    return {k.removeprefix(f"{group}_"): v for k, v in counts.items() if k.startswith(f"{group}_")}


def test_every_completion_is_in_one_status_and_one_label(tmp_path):
    _, manifest, _ = built(tmp_path)
    statuses, labels = tally(manifest.counts, "status"), tally(manifest.counts, "label")
    assert statuses == {
        "passed": 3,
        "wrong_answer": 3,
        "time_limit": 1,
        "runtime_error": 1,
        "no_answer": 1,
        "truncated": 1,
        "harness_error": 1,
    }
    assert labels == {"superior": 3, "inferior": 4, "undecided": 3, "no_reasoning": 1}
    assert sum(statuses.values()) == sum(labels.values()) == len(completions())
    assert set(labels) <= {label.value for label in Label}


def test_the_manifest_agrees_with_the_file_beside_it(tmp_path):
    path, manifest, result = built(tmp_path, rule=PairingRule(across_samplers=True))
    pairs = codec.read_records(PreferencePair, path)
    assert pairs == list(result.pairs)
    assert manifest.pairs_file == "pairs.jsonl"
    assert manifest.pairs_sha256 == codec.sha256_file(path)
    assert manifest.pairs == len(pairs) == len({pair.id for pair in pairs}) == 6
    assert manifest.problems == len({pair.problem_id for pair in pairs}) == 2
    across = [pair for pair in pairs if pair.provenance.across_samplers]
    assert manifest.counts["across_samplers"] == len(across) == 3
    assert manifest.counts["same_sampler"] == len(pairs) - len(across)
    assert tally(manifest.counts, "difficulty") == {"easy": 4, "hard": 2}
    assert tally(manifest.counts, "category") == {}
    assert tally(manifest.counts, "cell") == {
        "fail": 1,
        "fail-flawed": 2,
        "fail-sound": 1,
        "pass": 1,
        "pass-flawed": 1,
        "pass-sound": 1,
    }


def test_the_manifest_repeats_how_the_run_was_made(tmp_path):
    path, manifest, _ = built(tmp_path)
    assert (manifest.source, manifest.source_version) == ("scripted", "v9")
    assert manifest.source_sha256 == "d" * 64
    assert (manifest.config, manifest.environment) == ({"seed": 1}, {"python": "3"})
    assert manifest.notes == ("a note",)
    assert codec.read_record(PairManifest, manifest_path(path)) == manifest


def test_two_builds_give_the_same_bytes_whatever_the_clock_says(tmp_path):
    first, _, one = built(tmp_path / "one")
    slower = Scripted()
    slower.clock = itertools.count(1000)
    second, _, two = built(tmp_path / "two", benchmark=slower)
    assert first.read_bytes() == second.read_bytes()
    assert b"NOISE" not in first.read_bytes()
    for line in first.read_text().splitlines():
        for side in ("chosen_side", "rejected_side"):
            kept = json.loads(line)[side]["verdict"]
            assert kept["cpu_s"] is kept["wall_s"] is kept["peak_memory_mib"] is None
    assert one.pass_rates == two.pass_rates


def test_pairs_come_in_the_order_of_the_problems_not_of_the_completions(tmp_path):
    first, _, _ = built(tmp_path / "one")
    second, _, _ = built(tmp_path / "two", given=completions()[::-1])
    assert first.read_bytes() == second.read_bytes()
    ids = [pair.problem_id for pair in codec.read_records(PreferencePair, first)]
    assert ids == sorted(ids)
    assert set(ids) == {"p1", "p2"}


def test_pass_rates_are_means_over_problems_without_our_own_failures(tmp_path):
    _, _, result = built(tmp_path)
    assert set(result.pass_rates) == {"a", "b"}
    # a: 1 of 3 on p1, 0 of 1 on p2; b: 1 of 1 on p1, 1 of 5 on p2 (a sixth was our failure)
    assert result.pass_rates["a"].value == pytest.approx((1 / 3 + 0) / 2)
    assert result.pass_rates["b"].value == pytest.approx((1 + 1 / 5) / 2)
    assert (result.pass_rates["b"].n, result.pass_rates["b"].clusters) == (6, 2)
    assert result.harness_errors == 1


def test_a_sampler_of_whom_we_judged_nothing_has_no_pass_rate(tmp_path):
    given = [tiny.completion("x", solution="harness_error")]
    _, manifest, result = built(tmp_path, given)
    assert result.pass_rates == {}
    assert manifest.pairs == 0


def test_no_pairs_make_an_empty_file_and_a_manifest(tmp_path):
    path, manifest, _ = built(tmp_path, [tiny.completion("x", solution="passed")])
    assert path.read_bytes() == b""
    assert (manifest.pairs, manifest.problems) == (0, 0)
    assert manifest.pairs_sha256 == codec.sha256_file(path)


def test_the_run_folder_keeps_the_completions_once(tmp_path):
    built(tmp_path)
    kept = tmp_path / "pairs.run" / COMPLETIONS
    assert codec.read_records(Completion, kept) == completions()
    before = kept.stat().st_ino
    built(tmp_path)
    assert kept.stat().st_ino == before


def test_a_second_build_judges_only_what_we_failed_to_judge(tmp_path):
    first, _, one = built(tmp_path)
    before = first.read_bytes()
    again = Scripted()
    second, _, two = built(tmp_path, benchmark=again)
    assert {completion.solution for completion in again.graded} == {"harness_error"}
    assert second.read_bytes() == before
    assert (two.statuses, two.labels) == (one.statuses, one.labels)


def test_agreement_with_recorded_verdicts_is_counted(tmp_path):
    given = [
        dataclasses.replace(completion, recorded=Recorded(file="f", row=0, passed=passed))
        for completion, passed in zip(completions(), (True, True, None), strict=False)
    ]
    _, manifest, result = built(tmp_path, given)
    assert manifest.agreement == {
        "answer: recorded pass, ours fail": 1,
        "answer: recorded pass, ours pass": 1,
    }
    assert [one.completion for one in result.agreement.disagreements] == [given[1]]


@pytest.mark.parametrize(
    ("output", "manifest"),
    [("a/pairs.jsonl", "a/pairs.manifest.json"), ("pairs.txt", "pairs.txt.manifest.json")],
)
def test_the_manifest_lies_beside_the_pairs(tmp_path, output, manifest):
    assert manifest_path(tmp_path / output) == tmp_path / manifest


class Counting(Progress):
    """Counts what a bar is told."""

    def __init__(self):
        self.done = 0

    @contextmanager
    def bar(self, title, total, unit):
        def advance(count):
            self.done += count

        yield advance


def test_the_bar_moves_once_a_completion_resumed_or_not(tmp_path):
    for _ in range(2):
        counting = Counting()
        with open_run(tmp_path / "run", record()) as run:
            paired(completions(), PairingRule(), run, progress=counting)
        assert counting.done == len(completions())
