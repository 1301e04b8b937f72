"""What may be asked of the server, read strictly: an unknown name or a wrong type is refused."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, TypeVar

from pydantic import ConfigDict, TypeAdapter, ValidationError

from lcbrb.errors import UsageError, first_problem
from lcbrb.types import CodeCheck, Problem, TestCase, TestKind

_STRICT = ConfigDict(strict=True, extra="forbid")
_LOOSE = ConfigDict(extra="ignore")

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class GivenTest:
    """A test that comes with its program: what it reads, or the JSON arguments, one on a line."""

    __pydantic_config__: ClassVar[ConfigDict] = _STRICT

    input: str
    expected: str


@dataclass(frozen=True, slots=True, kw_only=True)
class GradeItem:
    """A program for a problem of the benchmark, or with tests of its own.

    `entry_point` is the function that the tests call; without it the program reads and prints.
    """

    __pydantic_config__: ClassVar[ConfigDict] = _STRICT

    program: str
    problem_id: str | None = None
    tests: tuple[GivenTest, ...] = ()
    entry_point: str | None = None

    def __post_init__(self) -> None:
        if (self.problem_id is None) == (not self.tests):
            raise ValueError("expected either problem_id or tests")
        if self.entry_point is not None and not self.tests:
            raise ValueError("entry_point goes with tests")

    def problem(self) -> Problem:
        """Its own tests as a problem."""
        kind = TestKind.STDIN if self.entry_point is None else TestKind.CALL
        tests = tuple(
            TestCase(kind=kind, input=test.input, expected=test.expected) for test in self.tests
        )
        check = CodeCheck(tests=tests, entry_point=self.entry_point)
        return Problem(id="given", source="given", prompt="", check=check)


@dataclass(frozen=True, slots=True, kw_only=True)
class GradeRequest:
    """`POST /grade`. With `replies`, programs (for maths: answers) are looked for in whole replies.

    `benchmark` may be left out where the server has one.
    """

    __pydantic_config__: ClassVar[ConfigDict] = _STRICT

    items: tuple[GradeItem, ...]
    benchmark: str | None = None
    replies: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoreItem:
    """A response to a prompt."""

    __pydantic_config__: ClassVar[ConfigDict] = _STRICT

    prompt: str
    response: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoreRequest:
    """`POST /score`."""

    __pydantic_config__: ClassVar[ConfigDict] = _STRICT

    items: tuple[ScoreItem, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RunCodeRequest:
    """`POST /run_code`, as SandboxFusion documents it; what is not used here is left unread."""

    __pydantic_config__: ClassVar[ConfigDict] = _LOOSE

    code: str
    language: str
    stdin: str | None = None
    run_timeout: float = 10.0
    files: dict[str, Any] | None = None
    fetch_files: tuple[str, ...] = ()


#: made once: making one costs as much as grading some programs
_READERS: dict[type[Any], TypeAdapter[Any]] = {
    kind: TypeAdapter(kind) for kind in (GradeRequest, ScoreRequest, RunCodeRequest)
}


def read(kind: type[T], body: bytes) -> T:
    """A request's body.

    Raises:
        UsageError: it is no JSON, or not what is asked for; the place is named.
    """
    try:
        request: T = _READERS[kind].validate_json(body)
    except ValidationError as error:
        where, why = first_problem(error)
        raise UsageError(f"{where}: {why}" if where else why) from error
    return request
