"""Audits of several sets as one table."""

import dataclasses

import pytest
import tiny

import lcbrb
from lcbrb.pairs.audit.report import AuditCheck, CheckOutcome, TextOverlap
from lcbrb.pairs.audit.side_by_side import side_by_side


@pytest.fixture(scope="module")
def audited(tmp_path_factory):
    folder = tmp_path_factory.mktemp("pairs")
    return lcbrb.audit_pairs(str(tiny.write_pairs(folder / "one.jsonl", count=24)))


def test_a_line_is_of_one_figure_and_a_set_without_it_has_a_dash(audited):
    overlap = TextOverlap(
        source="x", method="8-grams", documents=9, pairs=6, problems=3, share=0.25, nearest=()
    )
    check = AuditCheck(
        name="overlap with x", outcome=CheckOutcome.FAIL, figure="", limit="", reason=""
    )
    alone = dataclasses.replace(audited.shortcuts[0], name="program alone")
    shortcuts = (*audited.shortcuts, alone)  # a ranker that the first set does not have
    other = dataclasses.replace(
        audited, name="two", overlaps=(overlap,), checks=(check,), shortcuts=shortcuts
    )
    heads, *rows = side_by_side([audited, other])
    assert heads == ["", "one.jsonl", "two"]
    assert [rows[0][0], rows[1][0], rows[-1][0]] == ["pairs", "problems", "checks that fail"]
    lines = {name: cells for name, *cells in rows}
    assert lines["pairs"] == ["24", "24"]
    assert lines["overlap with x"] == ["-", "25.0% (!)"]
    assert lines["checks that fail"][1] == "1"
    assert list(lines).index("program alone reaches") < list(lines).index("detectable difference")
    for one in audited.shortcuts:
        assert (f"{one.name} reaches" in lines) == (one.accuracy is not None)
