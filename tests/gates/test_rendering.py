"""JUnit XML, Markdown and annotations: valid, and harmless whatever a record is called."""

import re
from pathlib import Path

import pytest
from gate_runs import bench_run
from hypothesis import example, given, settings, strategies as st
from lxml import etree, html
from markdown_it import MarkdownIt
from strategies import AWKWARD, records

from lcbrb.gates import check_text
from lcbrb.gates.annotations import escape_data, escape_property, workflow_commands
from lcbrb.gates.config import Check, Missing
from lcbrb.gates.junit import junit
from lcbrb.gates.markdown import escape, markdown
from lcbrb.gates.report import CheckResult, Direction, GateReport, GateVerdict

SCHEMA = etree.XMLSchema(etree.parse(Path(__file__).with_name("junit.xsd")))
HOSTILE = (
    "<script>alert(1)</script>|`rm`\n::error::gone%0A ##[error]gone ]]> & \x1b[31m\u202e "
    "<img src=x onerror=alert(1)> [link](javascript:alert(1)) **bold** @team www.example.org"
)
some = settings(max_examples=60)
texts = st.text(max_size=60) | st.sampled_from(AWKWARD) | st.just(HOSTILE)


@pytest.fixture
def report(gate, tmp_path):
    """A PASS, a FAIL, an INCONCLUSIVE, a MISSING that stops and one that does not."""
    sides = {
        "base": {"pass": "+-" * 150, "fail": "+" * 30, "open": "+" * 20, "gone": "+"},
        "cand": {"pass": "+-" * 150, "fail": "-" * 30, "open": "+" * 18 + "--", "new": "+"},
    }
    for side, benchmarks in sides.items():
        for name, signs in benchmarks.items():
            bench_run(tmp_path / side / name, signs, policy=HOSTILE + side, benchmark=name)
    return gate()


@pytest.fixture
def hostile(gate, tmp_path):
    """Everything that a record names is hostile."""
    for side, sign in (("base", "+"), ("cand", "-")):
        bench_run(
            tmp_path / side, {f"{HOSTILE}{i}": sign for i in range(12)}, HOSTILE, benchmark=HOSTILE
        )
    return gate()


def test_ids_of_pairs_are_short_and_told_apart_where_people_read_them():
    check = CheckResult(
        benchmark="pairs",
        metric="accuracy",
        direction=Direction.HIGHER,
        tolerance=0.02,
        verdict=GateVerdict.FAIL,
        reason="worse",
        lost=("0123456789" + "a" * 54, "01234567" + "b" * 56, "HumanEval/1"),
        won=("c" * 64,),
    )
    worse = "3 worse: 012345678, 01234567b, HumanEval/1"
    assert check_text.flips(check) == [worse, "1 better: ccccccccc"]


# -------------------------------------------------------------------------------------- JUnit


def parsed(report, *, strict=False):
    document = etree.fromstring(junit(report, strict=strict).encode())
    SCHEMA.assertValid(document)
    return document


def outcomes(document):
    found = {}
    for case in document.iter("testcase"):
        kinds = [child.tag for child in case if child.tag in {"failure", "error", "skipped"}]
        found[case.get("classname").removeprefix("lcbrb.gate.")] = kinds
    return found


def test_junit_is_valid_and_says_what_the_gate_says(report):
    document = parsed(report)
    assert outcomes(document) == {
        "fail": ["failure"],
        "gone": ["error"],
        "new": ["skipped"],
        "open": ["skipped"],
        "pass": [],
    }
    (suite,) = document.iter("testsuite")
    counts = [suite.get(name) for name in ("tests", "failures", "errors", "skipped")]
    assert counts == ["5", "1", "1", "2"]
    failure = document.find(".//failure")
    assert failure.get("type") == "FAIL"
    assert failure.get("message").startswith("FAIL: worse by 100.0 points")
    assert "30 worse: p0000, p0001" in failure.text


def test_under_strict_what_is_open_fails(report):
    document = parsed(report, strict=True)
    assert outcomes(document)["open"] == ["failure"]
    assert outcomes(document)["new"] == ["failure"]


def test_junit_is_valid_where_every_name_is_hostile(hostile):
    document = parsed(hostile)
    (case,) = document.iter("testcase")
    assert "<script>alert(1)</script>" in case.get("classname")
    assert not list(document.iter("script"))


def test_the_schema_can_fail(report):
    broken = (
        junit(report, strict=False).replace("<failure ", "<failed ").replace("/failure", "/failed")
    )
    assert not SCHEMA.validate(etree.fromstring(broken.encode()))


@some
@given(records(GateReport))
def test_junit_of_any_report_is_valid(report):
    parsed(report)
    parsed(report, strict=True)


# ----------------------------------------------------------------------------------- Markdown


def rendered(text):
    return html.fromstring(
        "<div>" + MarkdownIt("commonmark", {"html": True}).enable("table").render(text) + "</div>"
    )


def test_the_summary_is_a_headline_a_table_and_reasons(report):
    shown = rendered(markdown(report))
    assert shown.findtext(".//h2") == "lcbrb gate: FAIL: 1 PASS, 1 FAIL, 1 INCONCLUSIVE, 2 MISSING"
    rows = [[cell.text_content() for cell in row] for row in shown.iter("tr")]
    assert rows[0][:3] == ["verdict", "benchmark", "metric"]
    assert [row[:2] for row in rows[1:]] == [
        ["FAIL", "fail"],
        ["MISSING", "gone"],
        ["MISSING", "new"],
        ["INCONCLUSIVE", "open"],
        ["PASS", "pass"],
    ]
    assert rows[1][3:5] == ["100.0%", "0.0%"]
    assert all(len(row) == len(rows[0]) for row in rows)
    assert "30 worse: p0000" in shown.find(".//details").text_content()


def test_a_hostile_name_shows_as_it_is_written(hostile):
    shown = rendered(markdown(hostile))
    tags = {element.tag for element in shown.iter()}
    assert tags <= {
        *("div", "h2", "p", "table", "thead", "tbody", "tr", "th", "td"),
        *("ul", "li", "strong", "details", "summary", "sub"),
    }
    (_, row) = shown.iter("tr")
    assert row[1].text_content() == check_text.clean(HOSTILE)
    assert "\x1b" not in markdown(hostile)
    assert "\u202e" not in markdown(hostile)


@some
@given(texts)
@example("a|b\\|c\\")
@example("`` ` ``")
@example("&lt;b&gt; &#x41;")
@example("![x](y) <!-- -->")
def test_any_text_in_a_cell_shows_as_it_is_written(text):
    table = f"| a | b |\n| --- | --- |\n| x{escape(text)}x | y |\n"
    cells = [cell.text_content() for cell in rendered(table).iter("td")]
    assert cells == [f"x{check_text.clean(text)}x", "y"]


@some
@given(records(GateReport))
def test_any_report_becomes_a_table_with_a_row_a_check(report):
    shown = rendered(markdown(report))
    assert len(list(shown.iter("tr"))) == 1 + len(report.checks)


# -------------------------------------------------------------------------------- annotations

COMMAND = re.compile(r"::(error|warning|notice) title=([^:,\r\n]*)::([^\r\n]*)")


def read(line):
    """A command as GitHub's runner reads it."""
    level, title, message = COMMAND.fullmatch(line).groups()
    for code, sign in (("%3A", ":"), ("%2C", ","), ("%0D", "\r"), ("%0A", "\n"), ("%25", "%")):
        title = title.replace(code, sign)
        message = message.replace(code, sign) if code not in {"%3A", "%2C"} else message
    return level, title, message


def test_annotations_come_gravest_first_and_leave_out_what_is_good(report):
    found = [read(line) for line in workflow_commands(report, strict=False)]
    assert [(level, title) for level, title, _ in found] == [
        ("error", "lcbrb gate: fail pass@1"),
        ("error", "lcbrb gate: gone"),
        ("warning", "lcbrb gate: new"),
        ("warning", "lcbrb gate: open pass@1"),
    ]
    assert found[0][2].splitlines()[1].startswith("30 worse: p0000")
    strict = [read(line)[0] for line in workflow_commands(report, strict=True)]
    assert strict == ["error", "error", "warning", "error"]


def test_a_hostile_name_stays_within_its_annotation(hostile):
    lines = workflow_commands(hostile, strict=False)
    assert len(lines) == 1
    level, title, _ = read(lines[0])
    assert level == "error"
    assert title == check_text.clean(f"lcbrb gate: {check_text.name(hostile.checks[0])}")
    assert "##[" not in lines[0]


@some
@given(st.text())
def test_what_is_escaped_is_read_back(text):
    line = f"::error title={escape_property(text)}::{escape_data(text)}"
    assert read(line) == ("error", text, text)


@some
@given(texts)
def test_a_cleaned_text_is_one_short_line(text):
    cleaned = check_text.clean(text)
    assert len(cleaned.splitlines()) <= 1
    assert len(cleaned) <= check_text.LONGEST
    assert check_text.clean(cleaned) == cleaned


def test_a_long_text_is_cut():
    assert check_text.clean("x" * 10_000_000) == "x" * (check_text.LONGEST - 1) + "…"


def test_missing_that_is_only_noted_is_a_warning(gate, tmp_path):
    bench_run(tmp_path / "base" / "a", "+-", benchmark="a")
    bench_run(tmp_path / "base" / "b", "+" * 400, benchmark="b")
    bench_run(tmp_path / "cand" / "b", "+" * 400, benchmark="b")
    report = gate(missing=Missing.NOTE, checks=(Check(benchmark="b"),))
    assert [read(line)[0] for line in workflow_commands(report, strict=True)] == ["warning"]


def test_a_benchmark_too_small_to_decide_is_said_in_every_report(gate, both):
    both("++++", "----")
    report = gate()
    (check,) = report.checks
    assert check.verdict is GateVerdict.INCONCLUSIVE
    told = "code pass@1 can't decide anything: 4 problems are too few to detect even a drop"
    assert "1 of them TOO SMALL TO DECIDE" in check_text.headline(report)
    shown = markdown(report), junit(report, strict=False), *workflow_commands(report, strict=False)
    assert sum(told in text.replace("\\", "") for text in shown) == 3
    both("+++++", "-----")
    assert gate().verdict is GateVerdict.FAIL
    assert check_text.too_small(gate()) == []
