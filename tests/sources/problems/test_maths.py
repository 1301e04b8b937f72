"""Maths problems: rows to problems with one answer each, from a folder or from their homes."""

import datetime as dt

import pytest
from fakes import reads_data, write_lines

from lcbrb.errors import BadInputError, UsageError
from lcbrb.registry import parse_spec
from lcbrb.sources.hub import GitHubFile, HubFile
from lcbrb.sources.problems import maths

MATH500 = {
    "problem": "What is $1+1$?",
    "solution": "It is \\boxed{2}.",
    "answer": "2",
    "subject": "Algebra",
    "level": 3,
    "unique_id": "test/algebra/1.json",
}
MINERVA = {"problem": "How far?", "solution": "First \\boxed{1} but $\\boxed{1.6} m$", "idx": 7}
AIME24 = {
    "id": 75,
    "problem": "Count.",
    "answer": "073",
    "url": "x/2024_AIME_II_Problems/Problem_1",
}
AIME25 = {"question": "Count.", "answer": 70}


def read(tmp_path, source, *rows):
    return list(source.read_problems(write_lines(tmp_path / "rows.jsonl", rows)))


def test_a_math500_row_becomes_a_problem(tmp_path):
    (problem,) = read(tmp_path, maths.MATH500, MATH500)
    assert (problem.id, problem.prompt) == ("test/algebra/1.json", "What is $1+1$?")
    assert (problem.check.gold, problem.difficulty) == ("2", "level 3")


def test_the_last_box_of_a_minerva_solution_is_its_answer(tmp_path):
    (problem,) = read(tmp_path, maths.MINERVA, MINERVA)
    assert (problem.id, problem.check.gold) == ("minerva/7", "1.6")


def test_aime_problems_know_their_day(tmp_path):
    (second,) = read(tmp_path, maths.AIME24, AIME24)
    assert (second.id, second.check.gold) == ("aime24/75", "073")
    assert second.released == dt.date(2024, 2, 7)
    papers = read(tmp_path, maths.AIME25, *[AIME25] * 30)
    assert [one.id for one in papers[:2]] == ["aime25/1", "aime25/2"]
    assert papers[0].check.gold == "70"
    assert [papers[index].released.day for index in (14, 15)] == [6, 12]


@pytest.mark.parametrize(
    "row", [{"problem": "?"}, {**MINERVA, "solution": "no box"}, {**MINERVA, "solution": None}, []]
)
def test_a_row_in_another_layout_is_named(tmp_path, row):
    with pytest.raises(BadInputError, match=r"rows\.jsonl, line 2: not a minerva problem"):
        read(tmp_path, maths.MINERVA, MINERVA, row)


def test_options_and_releases_are_refused():
    for text in ("math500?level=3", "math500@v1"):
        with pytest.raises(UsageError, match="no releases"):
            maths.MATH500.load_problems(parse_spec(text))


def test_a_folder_is_read_in_place_of_the_homes(tmp_path, monkeypatch):
    write_lines(tmp_path / "math" / "math500.jsonl", [MATH500])
    monkeypatch.setenv("LCBRB_DATA", str(tmp_path))
    release = maths.MATH500.load_problems(parse_spec("math500"))
    assert len(release.problems) == 1
    assert len(release.version) == 12


def test_without_a_folder_every_home_is_fetched_in_order(tmp_path, monkeypatch):
    monkeypatch.delenv("LCBRB_DATA", raising=False)
    fetched = []

    def fetch(home):
        fetched.append(home.name)
        return write_lines(tmp_path / home.name, [{"question": home.name, "answer": 1}] * 15)

    monkeypatch.setattr(HubFile, "fetch", fetch)
    release = maths.AIME25.load_problems(parse_spec("aime25"))
    assert fetched == ["aime2025-I.jsonl", "aime2025-II.jsonl"]
    assert release.problems[15].prompt == "aime2025-II.jsonl"
    assert release.problems[15].id == "aime25/16"


@pytest.mark.parametrize("source", [maths.MATH500, maths.MINERVA, maths.AIME24, maths.AIME25])
def test_every_home_is_pinned_to_a_commit(source):
    for home in source.homes:
        assert isinstance(home, HubFile | GitHubFile)
        assert len(home.revision) == 40


@reads_data
@pytest.mark.parametrize(
    ("source", "count"),
    [(maths.MATH500, 500), (maths.MINERVA, 272), (maths.AIME24, 30), (maths.AIME25, 30)],
    ids=lambda value: getattr(value, "name", value),
)
def test_the_real_files_are_read_whole(source, count):
    problems = source.load_problems(parse_spec(source.name)).problems
    assert len({problem.id for problem in problems}) == count
    assert len({" ".join(problem.prompt.split()) for problem in problems}) == count
