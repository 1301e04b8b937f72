"""`lcbrb pairs build` from its options to its files and exit code.

Programs run for real where that is the point; elsewhere the recorded verdicts are taken.
"""

import dataclasses
import json

import pytest
import tiny
from estimates import by_name
from fakes import write_lines

from lcbrb import codec
from lcbrb.grading.problem_set import ProblemSet
from lcbrb.runs.folder import COMPLETIONS, RECORD, SAMPLES
from lcbrb.types import (
    PairManifest,
    PreferencePair,
    RunRecord,
    SampleVerdict,
    Status,
    VerdictOrigin,
)

COUNT = 2  # problems; four completions each, two that pass


@pytest.fixture
def work(tmp_path):
    """A folder with problems and the completions of one sampler."""
    tiny.write_problems(tmp_path, COUNT)
    tiny.write_completions(tmp_path, COUNT)
    return tmp_path


@pytest.fixture
def build(lcbrb, work):
    """Runs the command on them; other options come after."""

    def run(*more, policy="some-model.jsonl", output="out/pairs.jsonl", verdicts="recorded"):
        return lcbrb(
            *("pairs", "build", "--problems", work / "problems.jsonl", "--verdicts", verdicts),
            *("--policy", f"replay:{work / policy}", "-o", work / output, *more),
        )

    return run


@pytest.fixture
def no_programs(monkeypatch):
    """Makes running a program an error."""

    def verify(self, problem, completion, sandbox):
        raise AssertionError("a program was run")

    monkeypatch.setattr(ProblemSet, "verify", verify)


def one_sentence(ended):
    assert ended.err.startswith("lcbrb: ")
    assert ended.err.count("\n") == 1
    return ended.err


def pairs_of(work, output="out/pairs.jsonl"):
    return codec.read_records(PreferencePair, work / output)


# ------------------------------------------------------------------------------ what it writes


def test_it_writes_pairs_a_manifest_and_a_run_folder(build, work):
    ended = build(verdicts="executed")
    assert (ended.code, ended.err) == (0, "")
    out = work / "out"
    pairs = pairs_of(work)
    assert len(pairs) == 4 * COUNT
    for pair in pairs:
        assert pair.chosen in {"Way 0 to do it.", "Way 1 to do it."}
        assert pair.rejected in {"Way 2 to do it.", "Way 3 to do it."}
        assert pair.chosen_side.verdict.status is Status.PASSED
        assert pair.chosen_side.verdict.origin is VerdictOrigin.EXECUTED
        assert pair.chosen_side.sampler == "some-model"
        assert pair.provenance.source == "livecodebench"
    manifest = codec.read_record(PairManifest, out / "pairs.manifest.json")
    assert manifest.pairs_sha256 == codec.sha256_file(out / "pairs.jsonl")
    assert (manifest.pairs, manifest.problems) == (len(pairs), COUNT)
    assert manifest.counts["status_passed"] == manifest.counts["label_superior"] == 2 * COUNT
    assert manifest.counts["label_inferior"] == 2 * COUNT
    record = codec.read_record(RunRecord, out / "pairs.run" / RECORD)
    assert (record.complete, record.partial, record.coverage) == (True, False, 1.0)
    assert by_name(record.estimates)["pass@1/sampler=some-model"].value == 0.5
    assert record.counts["pairs"] == len(pairs)
    assert len(codec.read_records(SampleVerdict, out / "pairs.run" / SAMPLES)) == 4 * COUNT


def test_it_shows_the_account_and_where_the_pairs_are(build, work):
    out = build().out
    assert "some-model" in out
    assert "50.0% [" in out
    for line in ("verdict: passed", "verdict: wrong_answer", "label: superior", "label: inferior"):
        assert line in out
    assert f"{4 * COUNT} pairs of {COUNT} problems" in out.replace("\n", " ")


def test_json_is_the_manifest_and_nothing_else(build, work):
    ended = build("--json")
    assert (ended.code, ended.err) == (0, "")
    manifest = codec.from_dict(PairManifest, json.loads(ended.out))
    assert manifest == codec.read_record(PairManifest, work / "out" / "pairs.manifest.json")


def test_built_again_elsewhere_the_pairs_are_the_same_bytes(build, work):
    for name in ("a/pairs.jsonl", "b/pairs.jsonl"):
        assert build(output=name, verdicts="executed").code == 0
    first, second = (work / name / "pairs.jsonl" for name in "ab")
    assert first.read_bytes() == second.read_bytes()


def test_a_finished_build_runs_no_program_again(build, work, request):
    assert build(verdicts="executed").code == 0
    before = (work / "out" / "pairs.jsonl").read_bytes()
    request.getfixturevalue("no_programs")
    assert build(verdicts="executed").code == 0
    assert (work / "out" / "pairs.jsonl").read_bytes() == before


# ---------------------------------------------------------------------------------- the rules


def test_per_problem_caps_and_the_seed_chooses(build, work):
    def built(seed):
        name = f"{seed}/pairs.jsonl"
        assert build("--per-problem", 1, "--seed", seed, output=name).code == 0
        return [pair.id for pair in pairs_of(work, name)]

    assert len(built(1)) == COUNT
    assert len({tuple(built(seed)) for seed in range(2, 6)}) > 1


def test_samplers_meet_only_across_samplers(build, work):
    rows = [json.loads(line) for line in (work / "some-model.jsonl").read_text().splitlines()]
    sides = {"passing": slice(0, 2), "failing": slice(2, 4)}
    (work / "some-model.jsonl").unlink()
    for name, part in sides.items():
        kept = [
            {key: value[part] if isinstance(value, list) else value for key, value in row.items()}
            for row in rows
        ]
        write_lines(work / "runs" / f"{name}.jsonl", kept)
    apart = build(policy="runs", output="apart.jsonl")
    assert apart.code == 4
    assert apart.err == (
        "lcbrb: no pairs: no problem has completions for both sides of a pair (from "
        "the same sampler, unless --across-samplers is given); completions: 4 superior, 4 inferior\n"
    )
    assert pairs_of(work, "apart.jsonl") == []
    assert build("--across-samplers", policy="runs", output="across.jsonl").code == 0
    across = pairs_of(work, "across.jsonl")
    assert len(across) == 4 * COUNT
    assert all(pair.provenance.across_samplers for pair in across)
    assert build(policy="runs?model=one", output="one.jsonl").code == 0
    assert {pair.chosen_side.sampler for pair in pairs_of(work, "one.jsonl")} == {"one"}


def test_recorded_verdicts_run_no_program(build, work, no_programs):
    rows = [json.loads(line) for line in (work / "some-model.jsonl").read_text().splitlines()]
    graded = [{**row, "graded_list": [False, True, True, False]} for row in rows]
    write_lines(work / "graded.jsonl", graded)
    assert build(policy="graded.jsonl").code == 0
    for pair in pairs_of(work):
        assert pair.chosen in {"Way 1 to do it.", "Way 2 to do it."}
        assert pair.chosen_side.verdict.origin is VerdictOrigin.RECORDED


def test_agreement_with_recorded_verdicts_is_shown(build, work):
    rows = [json.loads(line) for line in (work / "some-model.jsonl").read_text().splitlines()]
    graded = [{**row, "graded_list": [True, True, True, False]} for row in rows]
    write_lines(work / "graded.jsonl", graded)
    ended = build("--json", policy="graded.jsonl", verdicts="executed")
    assert json.loads(ended.out)["agreement"] == {
        "stdin: recorded fail, ours fail": COUNT,
        "stdin: recorded pass, ours fail": COUNT,
        "stdin: recorded pass, ours pass": 2 * COUNT,
    }


def test_soundness_leaves_out_what_nobody_judged_and_what_is_at_odds(build, work):
    assert build().code == 0
    completions = codec.read_records(tiny.Completion, work / "out" / "pairs.run" / COMPLETIONS)
    sound = {0: True, 1: False, 2: False}  # the fourth was graded by nobody
    graded = [
        dataclasses.replace(
            one,
            judgements=(tiny.Judgement(judge="j", sound=sound[one.sample_index]),)
            if one.sample_index in sound
            else (),
        )
        for one in completions
    ]
    codec.write_records(work / "graded.jsonl", graded)
    ended = build("--judge", "recorded", "--json", policy="graded.jsonl", output="sound.jsonl")
    counts = json.loads(ended.out)["counts"]
    assert {k: v for k, v in counts.items() if k.startswith(("label", "cell"))} == {
        "cell_fail": COUNT,
        "cell_fail-flawed": COUNT,
        "cell_pass-flawed": COUNT,
        "cell_pass-sound": COUNT,
        "label_superior": COUNT,
        "label_inferior": COUNT,
        "label_at_odds": COUNT,
        "label_not_judged": COUNT,
    }
    for pair in pairs_of(work, "sound.jsonl"):
        assert (pair.chosen, pair.rejected) == ("Way 0 to do it.", "Way 2 to do it.")
        assert pair.provenance.rule == "tests+soundness"


def test_completions_of_unknown_problems_are_counted_and_named(build, work):
    with (work / "some-model.jsonl").open("a") as file:
        file.write(json.dumps({"question_id": "q99", "output_list": ["a", "b"]}) + "\n")
    ended = build()
    assert ended.code == 0
    note = "2 completions belong to no problem here and were left out (q99, …)"
    assert f"note: {note}" in ended.out
    manifest = codec.read_record(PairManifest, work / "out" / "pairs.manifest.json")
    assert manifest.notes == (note,)


def test_a_part_of_the_problems_is_marked_with_its_coverage(build, work):
    lines = (work / "some-model.jsonl").read_text().splitlines(keepends=True)
    (work / "some-model.jsonl").write_text(lines[0])
    assert build().code == 0
    record = codec.read_record(RunRecord, work / "out" / "pairs.run" / RECORD)
    assert (record.partial, record.coverage) == (True, 1 / COUNT)


# --------------------------------------------------------------------------- what can go wrong


@pytest.mark.parametrize(
    ("option", "value", "words"),
    [
        ("--verdicts", "exectued", "unknown kind of verdicts 'exectued': did you mean executed"),
        ("--kind", "outcome-match", "unknown kind of pair 'outcome-match': did you mean outcome-m"),
        ("--judge", "repaly:x", "unknown policy 'repaly': did you mean replay?"),
        ("--judge", "replay:mini", "judge needs a policy that can generate replies"),
        ("--kind", "outcome-matched", "name a judge with --judge POLICY"),
        ("-n", "3", "-n sets how to sample, but recorded completions exist already"),
        ("--config", "top_p=0.5", "--config top_p sets how to sample"),
        ("--config", "near_duplicates=2", "near_duplicates is 2.0: it must be from 0"),
    ],
)
def test_a_mistyped_choice_is_usage_and_names_the_nearest(build, work, option, value, words):
    ended = build(verdicts=value) if option == "--verdicts" else build(option, value)
    assert (ended.code, ended.out) == (2, "")
    assert words in one_sentence(ended)
    assert not (work / "out").exists()


def test_missing_files_are_named(lcbrb, build, work):
    ended = build(policy="none.jsonl")
    assert (ended.code, ended.out) == (3, "")
    assert "none.jsonl: no such file or folder, and no file matches the pattern" in one_sentence(
        ended
    )
    (work / "problems.jsonl").unlink()
    ended = build()
    assert (ended.code, ended.out) == (3, "")
    assert "problems.jsonl: no such file of problems" in one_sentence(ended)


@pytest.mark.parametrize("name", ["problems.jsonl", "some-model.jsonl"])
def test_a_bad_line_is_usage_and_named(build, work, name):
    lines = (work / name).read_text().splitlines()
    (work / name).write_text("\n".join([lines[0], '{"question_id": 1}', *lines[2:]]))
    ended = build()
    assert (ended.code, ended.out) == (2, "")
    assert f"{work / name}, line 2: " in one_sentence(ended)


def test_an_unknown_policy_names_what_there_is(lcbrb, work):
    ended = lcbrb(
        *("pairs", "build", "--problems", work / "gone.jsonl"),
        *("--policy", "repaly:x", "-o", work / "p.jsonl"),
    )
    assert ended.code == 2  # and not that there are no problems: a name is checked first
    assert "did you mean replay?" in one_sentence(ended)


def test_completions_of_another_benchmark_are_an_error(build, work):
    write_lines(work / "other.jsonl", [{"question_id": "q99", "output_list": ["a"]}])
    ended = build(policy="other.jsonl")
    assert (ended.code, ended.out) == (2, "")
    said = one_sentence(ended)
    assert "none of the 1 completions has a problem here (theirs: q99; here: q" in said
    assert "were they written for another benchmark?" in said


def test_an_output_that_is_a_folder_is_usage_before_anything_runs(build, work, no_programs):
    (work / "folder").mkdir()
    for output in ("folder", "."):
        ended = build(output=output)
        assert (ended.code, ended.out) == (2, "")
        assert "is a folder: name a file in it" in one_sentence(ended)


def test_other_settings_for_the_same_output_are_refused(build):
    assert build().code == 0
    ended = build("--seed", 1)
    assert ended.code == 2
    assert "contains another run" in one_sentence(ended)


def test_our_own_failure_is_in_no_pair_exits_incomplete_and_is_mended_by_another_start(
    build, work, monkeypatch
):
    real = ProblemSet.verify

    def failing(self, problem, completion, sandbox):
        if "raise SystemExit" in completion.solution:
            return tiny.verdict(Status.HARNESS_ERROR)
        return real(self, problem, completion, sandbox)

    with monkeypatch.context() as patch:
        patch.setattr(ProblemSet, "verify", failing)
        ended = build("--json", verdicts="executed")
    assert ended.code == 4
    assert f"{COUNT} completions have no verdict because the runner failed" in one_sentence(ended)
    assert json.loads(ended.out)["counts"]["status_harness_error"] == COUNT
    assert {pair.rejected for pair in pairs_of(work)} == {"Way 2 to do it."}
    folder = work / "out" / "pairs.run"
    assert not codec.read_record(RunRecord, folder / RECORD).complete
    assert build(verdicts="executed").code == 0
    assert codec.read_record(RunRecord, folder / RECORD).complete
    assert len(pairs_of(work)) == 4 * COUNT
