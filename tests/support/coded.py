"""Records by hand, and how many examples to draw, for the tests of `lcbrb.codec`."""

from __future__ import annotations

import datetime as dt

from hypothesis import settings

from lcbrb.types import AnswerCheck, CodeCheck, Problem, RunRecord, TestCase, TestKind

some = settings(max_examples=25)
more = settings(max_examples=60)
ANSWER = AnswerCheck(gold="42")
ANSWER_LINE = '{"schema_version": 1, "gold": "42"}'
PROBLEM = Problem(
    id="p1",
    source="tests",
    prompt="Add, é.",
    check=CodeCheck(tests=(TestCase(kind=TestKind.STDIN, input="1 2\n", expected="3"),)),
    released=dt.date(2024, 2, 29),
)
RUN = RunRecord(
    kind="k",
    run_id="r",
    subject="s",
    benchmark="b",
    dataset_sha256="",
    estimates={},
    counts={"pairs": 3},
    started_at=dt.datetime(2026, 11, 23, 5, 0, 0, tzinfo=dt.UTC),
    wall_s=1.5,
)
