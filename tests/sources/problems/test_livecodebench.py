"""LiveCodeBench's problems: the official layout, hostile files, windows and releases."""

import base64
import datetime as dt
import gzip
import json
import os
import pickle
import zlib
from collections import Counter
from pathlib import Path

import pytest
from fakes import DATA, StandIn, case, encoded, lcb_row, reads_data, write_lines
from hypothesis import given, strategies as st

from lcbrb.codec import read_json_lines
from lcbrb.errors import BadInputError, DataUnavailableError, UnknownNameError, UsageError
from lcbrb.registry import parse_spec
from lcbrb.sources.problems.livecodebench import (
    SOURCE,
    Window,
    decode_tests,
    load_problems,
    read_problems,
)
from lcbrb.types import TestKind


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    """An empty LCBRB_DATA."""
    monkeypatch.setenv("LCBRB_DATA", str(tmp_path))
    return tmp_path / "livecodebench"


def load(text="livecodebench"):
    return load_problems(parse_spec(text))


def names(release):
    return [problem.id for problem in release.problems]


def read(path, **row):
    """The one problem of a file with one row."""
    (problem,) = read_problems(write_lines(path / "q.jsonl", [lcb_row(**row)]))
    return problem


# ------------------------------------------------------------------------------- the layout


def test_a_row_becomes_a_problem(tmp_path):
    problem = read(
        tmp_path, public=[case("1\n", "2\n")], private=[case("3\n", "4\n")], difficulty="hard"
    )
    assert (problem.id, problem.prompt, problem.source) == ("q1", "Solve q1.", "livecodebench")
    assert (problem.released, problem.difficulty) == (dt.date(2024, 5, 1), "hard")
    assert [(t.input, t.expected, t.hidden) for t in problem.check.tests] == [
        ("1\n", "2\n", False),
        ("3\n", "4\n", True),
    ]
    assert {test.kind for test in problem.check.tests} == {TestKind.STDIN}
    assert problem.check.entry_point is None


def test_functional_tests_name_their_function(tmp_path):
    problem = read(
        tmp_path,
        public=[case("[1]\n2", "3", "functional")],
        metadata='{"func_name": "join"}',
        starter_code="class Solution:",
    )
    assert problem.check.entry_point == "join"
    assert problem.check.starter_code == "class Solution:"
    assert problem.check.tests[0].kind is TestKind.CALL


def test_private_tests_may_be_plain_json(tmp_path):
    problem = read(tmp_path, private_test_cases=json.dumps([case("5", "6")]))
    assert problem.check.tests[-1].expected == "6"


def test_a_gzipped_file_is_read_too(tmp_path):
    path = tmp_path / "q.jsonl.gz"
    path.write_bytes(gzip.compress(json.dumps(lcb_row()).encode()))
    assert [problem.id for problem in read_problems(path)] == ["q1"]


@pytest.mark.parametrize(
    ("row", "what"),
    [
        ("{", "not valid JSON"),
        ("[]", "not a LiveCodeBench problem"),
        ("{}", "no field 'contest_date'"),
        (lcb_row(contest_date="soon"), "soon"),
        (lcb_row(public=[]), "q1 has no tests"),
        (lcb_row(public=[{"input": "1"}]), "no field 'testtype'"),
        (lcb_row(public_test_cases="null"), "not a LiveCodeBench problem"),
        (lcb_row(private_test_cases=7), "not a LiveCodeBench problem"),
        (lcb_row(private_test_cases="{}"), "neither JSON nor encoded"),
        (lcb_row(metadata="null"), "not a LiveCodeBench problem"),
        (lcb_row(public=[case("1", "2", "functional")]), "func_name"),
        (lcb_row(metadata='{"func_name": "f"}'), "func_name"),
        (
            lcb_row(public=[case("1", "{", "functional")], metadata='{"func_name": "f"}'),
            "property name",
        ),
        (
            lcb_row(public=[case("[1", "2", "functional")], metadata='{"func_name": "f"}'),
            "delimiter",
        ),
    ],
)
def test_a_row_that_can_not_be_used_names_file_line_and_reason(tmp_path, row, what):
    path = write_lines(tmp_path / "q.jsonl", [lcb_row("fine"), "", row])
    with pytest.raises(BadInputError, match=what) as caught:
        list(read_problems(path))
    assert (caught.value.path, caught.value.line) == (str(path), 3)


# --------------------------------------------------------------------------- packed tests


@given(st.lists(st.fixed_dictionaries({"input": st.text(), "output": st.text()}), max_size=4))
def test_packed_tests_are_unpacked_as_they_were(tests):
    assert decode_tests(encoded(json.dumps(tests))) == tests


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_every_pickle_protocol_is_read(protocol):
    packed = zlib.compress(pickle.dumps('[{"input": "é"}]', protocol))
    assert decode_tests(base64.b64encode(packed).decode()) == [{"input": "é"}]


class Hostile:
    """Unpickling this would run a command."""

    def __init__(self, mark):
        self.command = f"touch {mark}"

    def __reduce__(self):
        return os.system, (self.command,)


@pytest.mark.parametrize("wrap", [lambda x: x, lambda x: [x, "[]"], lambda x: ["[]", x]])
def test_a_hostile_pickle_is_refused_and_never_run(tmp_path, wrap):
    mark = tmp_path / "mark"
    text = encoded(wrap(Hostile(mark)))
    pickle.loads(zlib.decompress(base64.b64decode(text)))  # noqa: S301 - shows that it bites
    mark.unlink()
    with pytest.raises(UsageError, match="expected one string"):
        decode_tests(text)
    assert not mark.exists()


def test_a_pickle_that_asks_for_a_huge_memo_costs_nothing():
    packed = b"\x80\x04\x8c\x02[]r\xff\xff\xff\x7f."
    assert decode_tests(base64.b64encode(zlib.compress(packed)).decode()) == []


@pytest.mark.parametrize("value", [{"input_output": "[]"}, ["[]"], b"[]", 7, None, ("[]", "[]")])
def test_a_pickle_of_anything_but_one_string_is_refused(value):
    with pytest.raises(UsageError, match="expected one string"):
        decode_tests(encoded(value))


@pytest.mark.parametrize("cut", [1, 5, 30])
def test_a_pickle_that_is_cut_off_is_refused(cut):
    packed = zlib.compress(pickle.dumps(json.dumps([case()]))[:-cut])
    with pytest.raises(UsageError, match="encoded tests"):
        decode_tests(base64.b64encode(packed).decode())


@pytest.mark.parametrize("text", ["", "?", "a", base64.b64encode(b"no zlib").decode()])
def test_what_is_neither_json_nor_packed_is_refused(text):
    with pytest.raises(UsageError, match=r"neither JSON nor encoded|cut off"):
        decode_tests(text)


def test_packed_data_that_is_cut_off_is_refused():
    packed = zlib.compress(pickle.dumps("[" + "1," * 500 + "1]"))[:-8]
    with pytest.raises(UsageError, match="cut off"):
        decode_tests(base64.b64encode(packed).decode())


def test_a_zip_bomb_is_unpacked_no_further_than_the_bound(monkeypatch):
    monkeypatch.setenv("LCBRB_INPUT_MIB", "1")
    bomb = base64.b64encode(zlib.compress(b"\0" * (50 << 20))).decode()
    with pytest.raises(UsageError, match="larger than"):
        decode_tests(bomb)


@pytest.mark.parametrize("value", [{}, "x", 1, None])
def test_tests_that_are_no_list_are_refused(value):
    with pytest.raises(UsageError, match="expected a list"):
        decode_tests(encoded(json.dumps(value)))


# --------------------------------------------------------------------------------- windows


@pytest.fixture
def dated(folder):
    """Problems of three dates, in one file."""
    rows = [
        lcb_row("a", contest_date="2024-01-01T00:00:00", difficulty="easy", platform="leetcode"),
        lcb_row("b", contest_date="2024-02-01T23:59:59", difficulty="hard"),
        lcb_row("c", contest_date="2024-03-01T00:00:00", difficulty="hard"),
    ]
    return write_lines(folder / "test.jsonl", rows)


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ("", "abc"),
        ("?since=2024-02-01", "bc"),
        ("?until=2024-02-01", "ab"),
        ("?since=2024-02-01&until=2024-02-01", "b"),
        ("?difficulty=hard", "bc"),
        ("?platform=leetcode", "a"),
        ("?difficulty=hard&since=2024-02-15", "c"),
    ],
)
def test_a_window_admits_its_first_and_last_day(dated, options, expected):
    assert "".join(names(load(f"livecodebench{options}"))) == expected


def test_an_empty_window_is_said_so(dated):
    with pytest.raises(
        UsageError, match=r"no problem of livecodebench v5-local lies in .*since=2030"
    ):
        load("livecodebench?since=2030-01-01")


def test_a_date_that_is_none_is_said_so(dated):
    with pytest.raises(UsageError, match="option 'since'"):
        load("livecodebench?since=soon")


def test_an_unknown_option_gives_the_nearest(dated):
    with pytest.raises(UnknownNameError, match="did you mean since"):
        load("livecodebench?sinse=2024-01-01")


def test_rows_outside_the_window_are_not_unpacked(folder):
    rows = [lcb_row("old", contest_date="2020-01-01", private_test_cases="broken"), lcb_row("new")]
    write_lines(folder / "test.jsonl", rows)
    assert names(load("livecodebench?since=2024-01-01")) == ["new"]


def test_a_window_may_be_used_on_a_file(dated):
    window = Window(since=dt.date(2024, 3, 1))
    assert [problem.id for problem in read_problems(dated, window)] == ["c"]


# -------------------------------------------------------------------------------- releases


@pytest.fixture
def parts(folder):
    """The first three of the official files."""
    for number, ids in enumerate(("ab", "bc", "d"), start=1):
        name = "test.jsonl" if number == 1 else f"test{number}.jsonl"
        rows = [lcb_row(one, question_content=f"{one} of part {number}") for one in ids]
        write_lines(folder / name, rows)


def test_a_single_local_file_is_v5(dated):
    assert load().version == load("livecodebench@v5").version == "v5-local"


def test_a_single_local_file_is_no_other_release(dated):
    with pytest.raises(UsageError, match="holds livecodebench v5 in one file, not v6"):
        load("livecodebench@v6")


@pytest.mark.parametrize(("release", "expected"), [("v1", "ab"), ("v2", "abc"), ("v3", "abcd")])
def test_a_release_is_the_first_files_up_to_its_number(parts, release, expected):
    found = load(f"livecodebench@{release}")
    assert (found.version, "".join(names(found))) == (release, expected)


def test_a_problem_in_two_files_counts_once_as_it_was_first(parts):
    prompts = [problem.prompt for problem in load("livecodebench@v2").problems]
    assert prompts == ["a of part 1", "b of part 1", "c of part 2"]


def test_files_that_only_look_alike_are_no_part(parts, folder):
    write_lines(folder / "test2_old.jsonl", ["broken"])
    assert names(load("livecodebench@v2")) == ["a", "b", "c"]


def test_an_unknown_release_gives_the_nearest(parts):
    with pytest.raises(UnknownNameError, match="release of livecodebench 'v9': did you mean v"):
        load("livecodebench@v9")


def test_a_release_after_a_colon_is_refused(parts):
    with pytest.raises(UsageError, match="after '@'"):
        load("livecodebench:v2")


# ------------------------------------------------------------------------------------ the hub


@pytest.fixture
def hub(monkeypatch, tmp_path):
    """The hub's client, whose every file holds one problem named after it."""
    import huggingface_hub

    def download(repo_id, filename, **_):
        path = tmp_path / "hub" / filename
        return str(write_lines(path, [lcb_row(filename)]))

    client = StandIn(huggingface_hub.hf_hub_download, download)
    monkeypatch.setattr(huggingface_hub, "hf_hub_download", client)
    monkeypatch.delenv("LCBRB_DATA")
    return client


def test_the_hub_is_asked_for_the_files_of_a_release_at_the_pinned_commit(hub):
    release = load("livecodebench@v3")
    repo, revision = "livecodebench/code_generation_lite", SOURCE.homes[0].revision
    assert (release.version, len(release.problems)) == ("v3", 3)
    assert hub.calls == [
        {"repo_id": repo, "filename": name, "repo_type": "dataset", "revision": revision}
        for name in ("test.jsonl", "test2.jsonl", "test3.jsonl")
    ]
    assert len(revision) == 40


def test_without_a_release_the_hub_gives_the_newest(hub):
    assert load().version == "v6"
    assert [call["filename"] for call in hub.calls][-1] == "test6.jsonl"


def test_local_files_that_do_not_make_up_a_release_are_no_part_of_it(
    hub, parts, monkeypatch, tmp_path
):
    monkeypatch.setenv("LCBRB_DATA", str(tmp_path))
    assert names(load("livecodebench@v4")) == [
        "test.jsonl",
        "test2.jsonl",
        "test3.jsonl",
        "test4.jsonl",
    ]


def test_a_hub_out_of_reach_is_unavailable_data(hub):
    hub.outcome = RuntimeError("no route\nand much more")
    with pytest.raises(
        DataUnavailableError, match=r"could not get livecodebench/.*no route \(offline\?"
    ):
        load()


# ------------------------------------------------------------------------------- the real data


@reads_data
def test_the_real_file_holds_v5(monkeypatch):
    monkeypatch.setenv("LCBRB_DATA", DATA)
    problems = load().problems
    kinds = Counter(problem.check.entry_point is not None for problem in problems)
    assert (len(problems), kinds[False], kinds[True]) == (879, 498, 381)
    assert len(set(names(load()))) == 879
    assert {problem.difficulty for problem in problems} == {"easy", "medium", "hard"}
    assert all(problem.released for problem in problems)


@reads_data
def test_real_packed_tests_are_unpacked():
    """Three rows come in another harness's envelope: a pickled dict around the same JSON."""
    path = Path(DATA) / "livecodebench" / "lite_encoding_samples.jsonl.gz"
    found = []
    for _, row in read_json_lines(path):
        with pytest.raises(UsageError, match="expected one string"):
            decode_tests(row["test"])
        envelope = pickle.loads(zlib.decompress(base64.b64decode(row["test"])))  # noqa: S301
        tests = json.loads(envelope["input_output"])
        rows = [case(*pair) for pair in zip(tests["inputs"], tests["outputs"], strict=True)]
        found.append(len(rows))
        assert decode_tests(encoded(json.dumps(rows))) == rows
    assert found == [5, 14, 15]
