# ruff: noqa: S102, N802, ARG002 - the tests are the benchmark's own text; names are unittest's
"""Running a benchmark's unittest cases beside a program, in the program's own process.

Such tests patch and mock what the program uses, so they can't run anywhere else, and what they find
can be forged by a program that sets out to. What is done about it, in this process:

- the tests come after the program has been loaded, so loading can't read them;
- the machinery of testing (`unittest`, the comparisons of NumPy and pandas, a few builtins) is
  remembered before the program is there, and held against that before every test and at the end;
- a test that must fail is among the others, under a name that nobody knows before. It makes false
  statements by every assertion that the tests use, and none may pass.

The grader decides: it wants an outcome of every test that it expects, and of the one that must
fail. See ``docs/bigcodebench.md`` for what this can't stop.
"""

import builtins
import functools
import json
import sys
from types import FunctionType
from typing import Any

from lcbrb.sandbox.inside.start_state import FILE

_FILE = "__test__.py"
_DEPTH_MOST = 3
_DETAIL_MOST = 400
_encode = json.JSONEncoder().encode  # a program may rebind what others find
_WATCHED = (
    "json.encoder",
    "unittest.case",
    "unittest.result",
    "unittest.suite",
    "unittest.loader",
    "unittest.mock",
    "unittest.util",
    "numpy.testing._private.utils",
    "pandas._testing.asserters",
)
_BUILTINS = (
    "abs all any bool dict float getattr hasattr int isinstance issubclass len list max min next "
    "repr round set sorted str sum tuple type zip AssertionError Exception BaseException"
).split()
_CALLED = "__call__ __eq__ __ne__ __init__ __exit__ __enter__ run".split()


class Machinery:
    """What tests are run and compared with, as it was before a program was there."""

    def __init__(self) -> None:
        self.parts = {name: _parts(sys.modules[name]) for name in _WATCHED if name in sys.modules}
        self.builtins = {name: getattr(builtins, name) for name in _BUILTINS}
        self.keep = (isinstance, getattr, vars, sys.modules)

    def changed(self) -> str:
        """The name of something that is not as it was; empty where all is."""
        for name, found in self.builtins.items():
            if vars(builtins).get(name) is not found:
                return "builtins." + name
        for module, parts in self.parts.items():
            now = sys.modules.get(module)
            if now is None:
                return module
            for name, was in parts.items():
                if not _same(was, _found(now, name)):
                    return module + "." + name
        return ""


def _parts(module: Any) -> "dict[str, Any]":
    """Functions, classes and what is defined in them: each with what it does when called."""
    parts: dict[str, Any] = {}
    for name, value in vars(module).items():
        if isinstance(value, type) and value.__module__ == module.__name__:
            parts[name] = (value, None)
            parts[name + "."] = (frozenset(vars(value)), None)
            for inner, member in vars(value).items():
                if callable(member) or isinstance(member, (classmethod, staticmethod, property)):
                    parts[name + "." + inner] = (member, _code(member))
        elif isinstance(value, FunctionType):
            parts[name] = (value, _code(value))
    return parts


def _found(module: Any, name: str) -> Any:
    outer, dot, inner = name.partition(".")
    value = vars(module).get(outer)
    if not dot:
        return value
    if not isinstance(value, type):
        return None
    return vars(value).get(inner) if inner else frozenset(vars(value))


def _same(was: Any, now: Any) -> bool:
    value, code = was
    if isinstance(value, frozenset):  # the names of a class: nothing may be added
        return bool(value == now)
    return value is now and (code is None or code is _code(now))


def _code(value: Any) -> Any:
    return getattr(value, "__code__", None)


class _Outcomes:
    """A test result (see `unittest.TestResult`) that keeps one word for each test."""

    def __init__(self, machinery: Machinery) -> None:
        self.machinery = machinery
        self.found: dict[str, list[str]] = {}
        self.class_failures: list[str] = []
        self.changed = ""
        self.shouldStop = False
        self.failfast = self.buffer = self.tb_locals = False
        self._mirrorOutput = self._moduleSetUpFailed = self._testRunEntered = False
        self._previousTestClass: Any = None
        self.testsRun = 0

    def _note(self, test: Any, word: str, detail: str = "") -> None:
        name = getattr(test, "_testMethodName", None)
        if name is None:  # setUpClass and the like
            self.class_failures.append(word + ": " + detail)
        elif name not in self.found or self.found[name][0] == "passed":
            self.found[name] = [word, detail[-_DETAIL_MOST:]]

    def startTest(self, test: Any) -> None:
        self.testsRun += 1
        self.changed = self.changed or self.machinery.changed()

    def stopTest(self, test: Any) -> None:
        self.changed = self.changed or self.machinery.changed()

    def startTestRun(self) -> None: ...

    def stopTestRun(self) -> None: ...

    def addSuccess(self, test: Any) -> None:
        self._note(test, "passed")

    def addFailure(self, test: Any, error: Any) -> None:
        self._note(test, "failed", _said(error))

    def addError(self, test: Any, error: Any) -> None:
        self._note(test, "error", _said(error))

    def addSkip(self, test: Any, reason: str) -> None:
        self._note(test, "skipped", str(reason))

    def addExpectedFailure(self, test: Any, error: Any) -> None:
        self._note(test, "expected failure", _said(error))

    def addUnexpectedSuccess(self, test: Any) -> None:
        self._note(test, "unexpected success")

    def addSubTest(self, test: Any, subtest: Any, error: Any) -> None:
        if error is not None:
            assertion = issubclass(error[0], test.failureException)
            self._note(test, "failed" if assertion else "error", _said(error))

    def addDuration(self, test: Any, elapsed: float) -> None: ...

    def wasSuccessful(self) -> bool:
        return not self.class_failures

    def stop(self) -> None:
        self.shouldStop = True


def _said(error: Any) -> str:
    kind, value, _ = error
    name: str = kind.__name__
    try:
        text = str(value)
    except BaseException:  # noqa: BLE001 - an exception that can't even be shown
        text = ""
    return (name + ": " + text.strip())[:_DETAIL_MOST]


def run(namespace: "dict[str, Any]", order: str, machinery: "Machinery | None") -> str:
    """Run the tests of an order beside a program; JSON of what became of each.

    Args:
        namespace: of the program.
        order: JSON: `source` of the tests, `name` of the class that holds them, `canary`: the name
            of the test that must fail, and the statements that it makes, as source; `watched`: the
            name of a function whose values must not equal everything, or null.
        machinery: as it was before the program; None where nobody remembered it.
    """
    import unittest

    machinery = machinery or Machinery()
    wanted = json.loads(order)
    changed: str = machinery.changed()
    outcomes = _Outcomes(machinery)
    lies: list[str] = []
    if not changed:
        module = namespace["__name__"]
        exec(compile(wanted["source"], _FILE, "exec", dont_inherit=True), namespace)
        cases = namespace[wanted["name"]]
        if wanted["watched"]:
            namespace[wanted["watched"]] = _watched(namespace[wanted["watched"]], lies)
        setattr(cases, wanted["canary"], _canary(wanted["statements"], namespace, lies))
        sys.modules["__test__"] = sys.modules[module]  # as upstream calls it
        result: Any = outcomes
        unittest.TestLoader().loadTestsFromTestCase(cases).run(result)
        changed = outcomes.changed or machinery.changed()
    return _encode(
        {
            "tests": outcomes.found,
            "class": outcomes.class_failures[:3],
            "changed": changed,
            "lies": lies,
        }
    )


def _watched(function: Any, lies: "list[str]") -> Any:
    """The function; what it returns is asked whether it equals what nothing equals."""

    @functools.wraps(function)
    def call(*positional: Any, **named: Any) -> Any:
        value = function(*positional, **named)
        if _lies(value, 0):
            lies.append("a value of the program equals everything")
        return value

    return call


def _lies(value: Any, depth: int) -> bool:
    """Whether something in a value equals a new object, by a method that the program wrote."""
    for kind in type(value).__mro__:
        method = vars(kind).get("__eq__")
        if isinstance(method, FunctionType) and method.__code__.co_filename == FILE:
            return bool(value == object())
    if depth < _DEPTH_MOST:
        if isinstance(value, (list, tuple, set, frozenset)):
            return any(_lies(part, depth + 1) for part in value)
        if isinstance(value, dict):
            return any(_lies(part, depth + 1) for part in [*value, *value.values()])
    return False


def _canary(statements: "list[str]", namespace: "dict[str, Any]", lies: "list[str]") -> Any:
    """A test that makes false statements: each that passes is noted, and at the end it fails."""
    codes = [(text, compile(text, _FILE, "exec", dont_inherit=True)) for text in statements]

    def test(self: Any) -> None:
        for text, code in codes:
            try:
                exec(code, {**namespace, "self": self})
            except (AssertionError, self.failureException):
                continue
            lies.append(text)
        raise AssertionError("as it must")

    return test
