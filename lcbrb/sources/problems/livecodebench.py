"""LiveCodeBench code generation, in the layout of the official lite release.

Names: ``livecodebench``, ``livecodebench@v5``, with options ``since``, ``until`` (dates, both
inclusive), ``difficulty`` and ``platform``: ``livecodebench@v6?since=2024-08-01&difficulty=hard``.

A row holds `public_test_cases` (JSON) and `private_test_cases` (JSON, or base64 of zlib of a pickle
of a JSON string). The pickle is read as data and never run. Source: LiveCodeBench,
``lcb_runner/benchmarks/code_generation.py``, commit 28fef95.
"""

from __future__ import annotations

import base64
import binascii
import datetime as dt
import pickletools
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from lcbrb.config import build
from lcbrb.errors import UsageError
from lcbrb.input_files import MIB, budget
from lcbrb.json_text import parse_json, parse_json_with_infinities
from lcbrb.protocols.benchmark import Release
from lcbrb.registry import Spec
from lcbrb.rows import Row, is_whole, parse_rows
from lcbrb.sources.base import Source, asked_release
from lcbrb.sources.hub import hub_files, local_files
from lcbrb.sources.stored_tests import StoredLine, StoredTests, stored_rows
from lcbrb.types import CodeCheck, JsonValue, Limits, Problem, TestCase, TestKind

#: release k is the first k of these files
_FILES = ("test.jsonl", *(f"test{k}.jsonl" for k in range(2, 7)))
RELEASES = tuple(f"v{k}" for k in range(1, len(_FILES) + 1))
#: what the single local file holds (see docs/data.md)
_LOCAL_RELEASE = "v5"
SOURCE = Source(
    name="livecodebench",
    row="a LiveCodeBench problem",
    local=tuple(f"livecodebench/{name}" for name in _FILES),
    homes=hub_files(
        "livecodebench/code_generation_lite", "0fe84c3912ea0c4d4a78037083943e8f0c4dd505", *_FILES
    ),
)

#: six seconds a test as upstream, here of CPU time; 4 GB is what upstream's comment says
LIMITS = Limits(cpu_s=6.0, wall_s=30.0, memory_mib=4096)
_PICKLED_STRING = frozenset({"UNICODE", "SHORT_BINUNICODE", "BINUNICODE", "BINUNICODE8"})
_PICKLE_FRAME = frozenset({"PROTO", "FRAME", "PUT", "BINPUT", "LONG_BINPUT", "MEMOIZE", "STOP"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """Which problems of a release are wanted."""

    since: dt.date | None = None
    until: dt.date | None = None
    difficulty: str | None = None
    platform: str | None = None

    def admits(self, row: Row, released: dt.date) -> bool:
        """Whether a problem lies in the window."""
        return (
            (self.since is None or released >= self.since)
            and (self.until is None or released <= self.until)
            and (self.difficulty is None or row.optional_text("difficulty") == self.difficulty)
            and (self.platform is None or row.optional_text("platform") == self.platform)
        )


def load_problems(spec: Spec) -> Release:
    """The problems that a name asks for, oldest file first, each once.

    Raises:
        UnknownNameError: no such release or option.
        UsageError: an option's value does not fit, or the window is empty.
        DataUnavailableError: neither `LCBRB_DATA` nor the hub has the files.
        BadInputError: a row is not in the layout; file and line are named.
    """
    if spec.target:
        raise UsageError(f"a release comes after '@', as in livecodebench@v5: found {spec.text}")
    release = asked_release(spec, "release", RELEASES, "")
    window = build(Window, spec.options, spec.kind)
    version, paths = _locate(release)
    problems: dict[str, Problem] = {}
    for path in paths:
        for problem in read_problems(path, window):
            problems.setdefault(problem.id, problem)
    if not problems:
        raise UsageError(f"no problem of livecodebench {version} lies in the window of {spec.text}")
    return Release(version=version, problems=tuple(problems.values()))


def _locate(release: str) -> tuple[str, list[Path]]:
    local = {path.name.removesuffix(".gz"): path for path in local_files(*SOURCE.local)}
    if set(local) == {_FILES[0]}:  # everything in one file
        if release not in ("", _LOCAL_RELEASE):
            raise UsageError(
                f"LCBRB_DATA holds livecodebench {_LOCAL_RELEASE} in one file, not {release}: "
                "ask for a window of dates with ?since=…&until=…"
            )
        return f"{_LOCAL_RELEASE}-local", list(local.values())
    version = release or RELEASES[-1]
    parts = RELEASES.index(version) + 1
    if local.keys() >= set(_FILES[:parts]):
        return version, [local[name] for name in _FILES[:parts]]
    return version, [home.fetch() for home in SOURCE.homes[:parts]]


def read_problems(path: Path, window: Window | None = None) -> Iterator[Problem]:
    """The problems of one file in the official layout; raises as `parse_rows`.

    Every row is checked; tests of rows in lines are not kept (`lcbrb.sources.stored_tests`).
    """
    window = window or Window()
    line: StoredLine | None = None

    def rows() -> Iterator[tuple[int, JsonValue]]:
        nonlocal line
        for line, value in stored_rows(path):  # `line` is of the row that is parsed next
            yield line.number, value

    def problems(row: Row) -> Iterator[Problem]:
        released = dt.datetime.fromisoformat(row.text("contest_date")).date()
        if window.admits(row, released):
            yield _problem(row, released, line)

    if is_whole(path):
        return parse_rows(path, SOURCE.row, problems)
    return parse_rows(path, SOURCE.row, problems, rows=rows(), place="line")


def _problem(row: Row, released: dt.date, line: StoredLine | None) -> Problem:
    metadata = Row(
        json_object(parse_json(row.optional_text("metadata") or "{}"), "metadata"), row.path
    )
    entry_point = metadata.optional_text("func_name") or None
    tests = _tests(row)
    if not tests:
        raise UsageError(f"{row.label('question_id')} has no tests")
    if {test.kind for test in tests} != {TestKind.CALL if entry_point else TestKind.STDIN}:
        raise UsageError("functional tests go with a func_name in the metadata, others with none")
    return Problem(
        id=row.label("question_id"),
        source="livecodebench",
        prompt=row.text("question_content"),
        check=CodeCheck(
            tests=tests if line is None else StoredTests(line, _tests, len(tests)),
            entry_point=entry_point,
            starter_code=row.optional_text("starter_code") or "",
        ),
        limits=LIMITS,
        released=released,
        difficulty=row.optional_text("difficulty"),
    )


def _tests(row: Row) -> tuple[TestCase, ...]:
    """A row's tests, public ones first."""
    public = decode_tests(row.text("public_test_cases"))
    private = decode_tests(row.text("private_test_cases"))
    return tuple(
        _test(Row(json_object(case, "a test"), row.path), hidden=hidden)
        for hidden, cases in ((False, public), (True, private))
        for case in cases
    )


def json_object(value: JsonValue, what: str) -> dict[str, JsonValue]:
    """An object of JSON.

    Raises:
        UsageError: it is something else.
    """
    if not isinstance(value, dict):
        raise UsageError(f"{what} is a {type(value).__name__}, expected an object")
    return value


def _test(case: Row, *, hidden: bool) -> TestCase:
    kind = case.choice("testtype", {"functional": TestKind.CALL, "stdin": TestKind.STDIN})
    given, expected = case.text("input"), case.text("output")
    if kind is TestKind.CALL:
        return call_test(given, expected, hidden=hidden)
    return TestCase(kind=kind, input=given, expected=expected, hidden=hidden)


def call_test(given: str, expected: str, *, hidden: bool) -> TestCase:
    """A call: one argument a line, and the answer, as JSON.

    Raises:
        UsageError: one of them is no JSON.
    """
    for value in (expected, *filter(None, given.split("\n"))):
        parse_json_with_infinities(value)
    return TestCase(kind=TestKind.CALL, input=given, expected=expected, hidden=hidden)


def decode_tests(text: str) -> list[JsonValue]:
    """Private tests: a JSON list, or base64 of zlib of a pickled JSON string.

    Raises:
        UsageError: neither, or a pickle that holds anything but one string.
    """
    if text.lstrip().startswith("["):
        return _test_list(parse_json(text))
    most = budget().document_bytes
    try:
        unpacker = zlib.decompressobj()
        packed = unpacker.decompress(base64.b64decode(text, validate=True), most)
    except (binascii.Error, zlib.error) as error:
        raise UsageError(f"tests are neither JSON nor encoded tests ({error})") from error
    if not unpacker.eof:
        raise UsageError(f"encoded tests are cut off or larger than {most // MIB} MiB")
    return _test_list(parse_json(_pickled_string(packed)))


def _pickled_string(packed: bytes) -> str:
    """The string in a pickle that holds one string and nothing else."""
    operations = ((op.name, value) for op, value, _ in pickletools.genops(packed))
    parts = (part for part in operations if part[0] not in _PICKLE_FRAME)
    try:
        name, value = next(parts, ("nothing", None))
        more, _ = next(parts, ("", None))
    except ValueError as error:
        raise UsageError(f"encoded tests are no pickle ({error})") from error
    if name not in _PICKLED_STRING or more:
        raise UsageError(f"encoded tests hold {name} {more}".rstrip() + ", expected one string")
    return str(value)


def _test_list(value: JsonValue) -> list[JsonValue]:
    if not isinstance(value, list):
        raise UsageError(f"tests are a {type(value).__name__}, expected a list")
    return value
