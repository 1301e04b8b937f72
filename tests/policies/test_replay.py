"""`replay:PATH`: files found, completions matched with problems, and none lost in silence."""

from pathlib import Path

import pytest
from fakes import DATA, reads_data, write_lines
from tiny import completion, problem

from lcbrb.codec import encode
from lcbrb.errors import DataUnavailableError, UnknownNameError, UsageError
from lcbrb.policies import POLICIES
from lcbrb.policies.replay import merge
from lcbrb.protocols.policy import Replayed
from lcbrb.registry import parse_spec
from lcbrb.sources import mini
from lcbrb.sources.problems import livecodebench

PROBLEMS = [problem("a", prompt="Add two\nnumbers."), problem("b", prompt="Sort.")]


def policy(text):
    spec = parse_spec(text)
    return POLICIES.load(spec.kind)(spec)


def row(name, **fields):
    return {"question_id": name, "output_list": ["x"], "code_list": ["y"], **fields}


def keys(replayed):
    return [(one.problem_id, one.policy_id, one.sample_index) for one in replayed.completions]


# ------------------------------------------------------------------------------------ matching


def test_completions_find_their_problem_by_id(tmp_path):
    path = write_lines(tmp_path / "m.jsonl", [row("b"), row("a")])
    assert keys(policy(f"replay:{path}").replay(PROBLEMS)) == [("b", "m", 0), ("a", "m", 0)]


def test_completions_find_their_problem_by_its_text(tmp_path):
    path = write_lines(tmp_path / "m.jsonl", [row(" Add  two numbers.\n")])
    assert keys(policy(f"replay:{path}").replay(PROBLEMS)) == [("a", "m", 0)]


def test_an_id_goes_before_a_text(tmp_path):
    problems = [*PROBLEMS, problem("c", prompt="a")]
    path = write_lines(tmp_path / "m.jsonl", [row("a")])
    assert keys(policy(f"replay:{path}").replay(problems)) == [("a", "m", 0)]


def test_completions_of_unknown_problems_are_counted_by_name(tmp_path):
    path = write_lines(tmp_path / "m.jsonl", [row("z"), row("a"), row("z"), row("y")])
    replayed = policy(f"replay:{path}").replay(PROBLEMS)
    assert (len(replayed.completions), replayed.unknown) == (1, {"z": 2, "y": 1})


def test_samples_are_numbered_by_problem_and_sampler(tmp_path):
    rows = [row("a"), row("a", model="other"), row("a"), row("b")]
    path = write_lines(tmp_path / "m.jsonl", rows)
    assert keys(policy(f"replay:{path}").replay(PROBLEMS)) == [
        ("a", "m", 0),
        ("a", "other", 0),
        ("a", "m", 1),
        ("b", "m", 0),
    ]


def test_our_own_completions_are_numbered_through_too(tmp_path):
    rows = [
        encode(completion(problem_id="a", index=9)),
        encode(completion(problem_id="a", index=9)),
    ]
    path = write_lines(tmp_path / "m.jsonl", rows)
    assert keys(policy(f"replay:{path}").replay(PROBLEMS)) == [("a", "m", 0), ("a", "m", 1)]


# --------------------------------------------------------------------------------------- paths


def test_a_folder_gives_all_its_files_of_completions(tmp_path):
    for name in ("b.jsonl", "a.json", "notes.txt"):
        text = [row("a")] if name != "a.json" else ["[]"]
        write_lines(tmp_path / name, text)
    assert [path.name for path in policy(f"replay:{tmp_path}").paths] == ["a.json", "b.jsonl"]


def test_a_pattern_gives_what_it_matches(tmp_path):
    for name in ("one/x.jsonl", "two/x.jsonl", "two/y.jsonl"):
        write_lines(tmp_path / name, [row("a")])
    found = policy(f"replay:{tmp_path}/*/x.jsonl")
    assert [path.parent.name for path in found.paths] == ["one", "two"]


def test_a_pattern_passes_folders_over(tmp_path):
    (tmp_path / "x.jsonl").mkdir()
    write_lines(tmp_path / "y.jsonl", [row("a")])
    assert [path.name for path in policy(f"replay:{tmp_path}/*").paths] == ["y.jsonl"]


def test_relative_patterns_start_at_the_working_directory(tmp_path, monkeypatch):
    write_lines(tmp_path / "runs" / "m.jsonl", [row("a")])
    monkeypatch.chdir(tmp_path)
    assert policy("replay:runs/*.jsonl").paths == [Path("runs/m.jsonl")]


def test_a_file_whose_name_looks_like_a_pattern_is_that_file(tmp_path):
    path = write_lines(tmp_path / "m[1].jsonl", [row("a")])
    assert policy(f"replay:{path}").paths == [path]


@pytest.mark.parametrize("name", ["gone.jsonl", "*.jsonl", "a**b", "gone/*"])
def test_a_path_that_leads_nowhere_is_unavailable(tmp_path, name):
    with pytest.raises(DataUnavailableError, match="no such file or folder, and no file matches"):
        policy(f"replay:{tmp_path}/{name}")


def test_a_folder_without_completions_is_unavailable(tmp_path):
    with pytest.raises(DataUnavailableError, match="no file matches"):
        policy(f"replay:{tmp_path}")


def test_replay_needs_a_path():
    with pytest.raises(UsageError, match="replay:PATH"):
        policy("replay")


# --------------------------------------------------------------------------------- the sampler


def test_the_model_can_be_named_for_all_files(tmp_path):
    for name in ("x.jsonl", "y.jsonl"):
        write_lines(tmp_path / name, [row("a", model="row"), encode(completion(problem_id="a"))])
    found = policy(f"replay:{tmp_path}?model=qwen")
    assert found.id == "qwen"
    assert keys(found.replay(PROBLEMS)) == [("a", "qwen", number) for number in range(4)]


def test_an_unknown_option_gives_the_nearest(tmp_path):
    with pytest.raises(UnknownNameError, match="did you mean model"):
        policy(f"replay:{tmp_path}?modle=x")


# ---------------------------------------------------------------------------------- the packaged


def test_mini_replays_the_packaged_completions(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    problems = mini.load_problems(parse_spec("mini")).problems
    replayed = policy("replay:mini").replay(problems)
    assert replayed.completions == mini.recorded_completions()
    assert replayed.unknown == {}


def test_mini_counts_what_is_asked_of_other_problems(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    problems = mini.load_problems(parse_spec("mini")).problems
    replayed = policy("replay:mini").replay(problems[:1])
    count = len(replayed.completions) + sum(replayed.unknown.values())
    assert {one.problem_id for one in replayed.completions} == {problems[0].id}
    assert count == len(mini.recorded_completions())


def test_a_file_called_mini_goes_before_the_packaged_completions(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write_lines(tmp_path / "mini", [row("a")])
    assert keys(policy("replay:mini").replay(PROBLEMS)) == [("a", "mini", 0)]


def test_the_packaged_completions_name_their_models_themselves(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UsageError, match=r"leave \?model= out"):
        policy("replay:mini?model=x")


# ---------------------------------------------------------------------------------------- merge


def replayed(*completions, **unknown):
    return Replayed(completions=completions, unknown=unknown)


def test_merging_numbers_a_samplers_samples_through():
    parts = [
        replayed(completion("x"), completion("y", index=1)),
        replayed(completion("z"), completion("z", sampler="other")),
    ]
    found = merge(parts)
    assert keys(found) == [("p1", "m", 0), ("p1", "m", 1), ("p1", "m", 2), ("p1", "other", 0)]
    assert [one.reasoning for one in found.completions] == ["x", "y", "z", "z"]


def test_merging_adds_up_what_is_unknown():
    assert merge([replayed(completion(), z=1), replayed(z=2, y=1)]).unknown == {"z": 3, "y": 1}


def test_nothing_but_unknown_problems_is_an_error_that_names_some():
    parts = [replayed(v=1, w=2), replayed(x=1, y=1)]
    with pytest.raises(
        UsageError, match=r"none of the 5 completions .*theirs: v, w, x\).*another benchmark"
    ):
        merge(parts)


def test_no_completions_at_all_is_an_error():
    with pytest.raises(UsageError, match="the files contain no completions"):
        merge([replayed()])


def together(*specs):
    return merge([policy(spec).replay(PROBLEMS) for spec in specs])


@pytest.mark.parametrize("specs", [["{0}/one/x.jsonl", "{0}/two/x.jsonl.gz"], ["{0}/*/x.*"]])
def test_two_files_that_would_name_two_samplers_alike_are_refused(tmp_path, specs):
    write_lines(tmp_path / "one" / "x.jsonl", [row("a")])
    write_lines(tmp_path / "two" / "x.jsonl.gz", [row("a")])
    specs = [f"replay:{spec}".format(tmp_path) for spec in specs]
    with pytest.raises(UsageError, match=r"would both be called 'x': add \?model=NAME"):
        together(*specs)
    named = together(*(f"{spec}?model=n{at}" for at, spec in enumerate(specs)))
    assert len(named.completions) == 2


def test_files_of_one_name_whose_rows_name_their_models_go_together(tmp_path):
    for name in ("one", "two"):
        write_lines(tmp_path / name / "x.jsonl", [row("a", model=name)])
    assert keys(together(f"replay:{tmp_path}/*/x.jsonl")) == [("a", "one", 0), ("a", "two", 0)]


@pytest.mark.parametrize("again", ["{0}/x.jsonl", "{0}/../{1}/x.jsonl", "{0}/*.jsonl"])
@pytest.mark.parametrize("model", ["", "?model=m"])
def test_a_file_that_is_given_twice_is_refused(tmp_path, again, model):
    write_lines(tmp_path / "x.jsonl", [row("a")])
    again = again.format(tmp_path, tmp_path.name)
    with pytest.raises(UsageError, match=r"x\.jsonl is given twice"):
        together(f"replay:{tmp_path}/x.jsonl{model}", f"replay:{again}{model}")


@pytest.mark.slow
@reads_data
def test_real_recorded_runs_match_the_real_problems(monkeypatch):
    monkeypatch.setenv("LCBRB_DATA", DATA)
    problems = livecodebench.load_problems(parse_spec("livecodebench")).problems
    folder = Path(DATA) / "judged" / "livecodebench"
    v5 = policy(f"replay:{folder}/o1-mini.jsonl.gz").replay(problems)
    v6 = policy(f"replay:{folder}/qwen2.5-7b-instruct-cot.jsonl.gz").replay(problems)
    assert (len(v5.completions), sum(v5.unknown.values())) == (879, 1)
    assert (len(v6.completions), sum(v6.unknown.values())) == (879, 176)
    assert all(one.recorded.passed is not None for one in v5.completions)
