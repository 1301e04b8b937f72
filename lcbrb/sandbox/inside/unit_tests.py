# ruff: noqa: N802, ARG002 - the tests are the benchmark's own text; names are unittest's
"""Running a benchmark's unittest cases beside a program, in the program's own process.

Such tests patch and mock what the program uses, so they can't run anywhere else, and what they find
can be forged by a program that sets out to. What is done about it, in this process:

- the tests come after the program has been loaded, so loading can't read them;
- what tests are run with is remembered before the program is there, the tests when they come, and
  both are held against that before and after every test (`testing_machinery`);
- a test that must fail is among the others. It makes false statements by every assertion that the
  tests use, and none may pass. It looks like the others: its name is one of theirs with a word
  behind, and it fails by an assertion, with words that nobody knows before. It runs last, so the
  others find what they would without it.

The grader decides: it wants an outcome of every test that it expects, and of the one that must
fail. See ``docs/bigcodebench.md`` for what this can't stop.
"""

import json
import sys
from typing import Any

from lcbrb.sandbox.inside.returned_values import watched
from lcbrb.sandbox.inside.testing_machinery import Machinery

_FILE = "__test__.py"
_DETAIL_MOST = 400
_UNDISTURBED_S = 1000.0
# a program may rebind what others find
_encode, _decode = json.JSONEncoder().encode, json.JSONDecoder().decode
_compile, _exec = compile, exec
_switch_every, _switches_every = sys.setswitchinterval, sys.getswitchinterval


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
            of the test that must fail, `fails`: what it says as its last, and the statements that
            it makes, as source; `watched`: the name of a function whose values must not equal
            everything, or null.
        machinery: as it was before the program; None where nobody remembered it.
    """
    machinery = machinery or Machinery()
    outcomes, look = _Outcomes(machinery), machinery.changed
    changed = look()
    if not changed:
        wanted = _decode(order)
        source = _compile(wanted["source"], _FILE, "exec", dont_inherit=True)
        changed = machinery.surroundings_changed(namespace, source)
    if not changed:
        module = namespace["__name__"]
        if wanted["watched"]:
            namespace[wanted["watched"]] = watched(namespace[wanted["watched"]])
        cases = _tests(namespace, source, wanted, machinery)
        sys.modules["__test__"] = sys.modules[module]  # as upstream calls it
        result: Any = outcomes
        machinery.loader.loadTestsFromTestCase(cases).run(result)
        changed = outcomes.changed or look()
    return _encode(
        {"tests": outcomes.found, "class": outcomes.class_failures[:3], "changed": changed}
    )


def _tests(
    namespace: "dict[str, Any]", source: Any, wanted: "dict[str, Any]", machinery: Machinery
) -> Any:
    """The class of tests, with the one that must fail; no thread meets it before it is watched."""
    canary = _compile(_canary(wanted), _FILE, "exec", dont_inherit=True)
    made: dict[str, Any] = {}
    usual_s = _switches_every()
    _switch_every(_UNDISTURBED_S)
    try:
        _exec(source, namespace)
        cases = namespace[wanted["name"]]
        _exec(canary, namespace, made)  # a test of their module, which leads to nothing of ours
        setattr(cases, wanted["canary"], made[wanted["canary"]])
        machinery.watch(cases, _Outcomes)
    finally:
        _switch_every(usual_s)
    return cases


def _canary(wanted: "dict[str, Any]") -> str:
    """The source of a test that makes false statements, one line each, and fails by the last."""
    lines = ["def " + wanted["canary"] + "(self):"]
    for number, statement in enumerate(wanted["statements"]):
        lines += [
            " try:",
            "  " + statement,
            " except AssertionError: pass",
            " else: raise ValueError('statement " + str(number) + "')",
        ]
    return "\n".join([*lines, " " + wanted["fails"], ""])
