"""What unit tests are run and compared with beside a program, as it was before the program.

Held against that before and after every test: a program that replaced an assertion, a builtin, a
class of `unittest` or a test itself is found out, unless it puts all back before the next look.
"""

import builtins
import sys
from types import CodeType, FunctionType, ModuleType
from typing import Any

from lcbrb.sandbox.inside.start_state import FILE

#: all that is defined in them is watched
_DEFINING = (
    "json.decoder",
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
#: where tests find it: every name that they offer is watched
_OFFERING = ("unittest", "numpy.testing", "pandas.testing")
#: comparisons of which tests assert that they hold, by module or class
_COMPARING = {
    "numpy": "testing allclose array_equal array_equiv isclose all any",
    "pandas": "testing DataFrame Series Index",
    "pandas:DataFrame": "equals eq ne all any empty shape __eq__ __ne__",
    "pandas:Series": "equals eq ne all any empty shape __eq__ __ne__",
    "pandas:Index": "equals all any empty shape __eq__ __ne__",
}
_REPLACEABLE = frozenset({"print", "input"})  # nothing here is read or written by them
#: builtins by which tests judge what a program gives
_JUDGING = frozenset(
    "abs all any hasattr isinstance issubclass len max min repr round set sorted str sum tuple "
    "type AssertionError".split()
)
_vars, _getattr, _type, _isinstance = vars, getattr, type, isinstance
_gettrace, _getprofile = sys.gettrace, sys.getprofile


class Machinery:
    """What was there before a program. `loader` finds the tests of a class."""

    def __init__(self) -> None:
        import unittest

        self.loader = unittest.TestLoader()
        self.modules = {name: sys.modules[name] for name in _modules() if name in sys.modules}
        self.parts = {
            name: _parts(self.modules[name]) for name in _DEFINING if name in self.modules
        }
        for name in _OFFERING:
            if name in self.modules:
                self.parts[name] = _offered(self.modules[name])
        self.comparing = {
            (place, name): _attribute(self.modules, place, name)
            for place, names in _COMPARING.items()
            if place.partition(":")[0] in self.modules
            for name in names.split()
        }
        self.builtins = {
            name: value
            for name, value in vars(builtins).items()
            if getattr(value, "__module__", None) == "builtins" and name not in _REPLACEABLE
        }
        self.case_names = frozenset(dir(unittest.TestCase))
        self.cases: Any = None
        self.watched: dict[type, dict[str, Any]] = {}

    def watch(self, cases: Any, outcomes: type) -> None:
        """Remember the tests too, their class and its bases, and who notes outcomes."""
        self.cases = (cases, type(cases), cases.__bases__)
        self.watched = {cases: _functions(cases), outcomes: _functions(outcomes)}

    def changed(self) -> str:
        """The name of something that is not as it was; empty where all is."""
        if _gettrace() is not None or _getprofile() is not None:
            return "sys.settrace"
        return self._changed_modules() or self._changed_parts() or self._changed_tests()

    def _changed_modules(self) -> str:
        there = _vars(builtins)
        for name, builtin in self.builtins.items():
            if there.get(name) is not builtin:
                return "builtins." + name
        for name, module in self.modules.items():
            outer, _, last = name.rpartition(".")
            held = _vars(self.modules[outer]).get(last) if outer in self.modules else module
            if sys.modules.get(name) is not module or held is not module:
                return name
        return ""

    def _changed_parts(self) -> str:
        for name, parts in self.parts.items():
            for part, was in parts.items():
                if not _same(was, _found(self.modules[name], part)):
                    return name + "." + part
        for (place, name), value in self.comparing.items():
            if _attribute(self.modules, place, name) is not value:
                return place.replace(":", ".") + "." + name
        return ""

    def _changed_tests(self) -> str:
        if self.cases is None:
            return ""
        cases, kind, bases = self.cases
        if _type(cases) is not kind or cases.__bases__ != bases:
            return "the class of tests"
        for owner, functions in self.watched.items():
            now = _vars(owner)
            for name, was in functions.items():
                if not _same(was, now.get(name)):
                    return f"the tests' {name}"
        for name, value in _vars(cases).items():  # what hides a method of `unittest.TestCase`
            known = name in self.watched[cases] or name not in self.case_names
            if not known and _isinstance(value, FunctionType):
                return f"the tests' {name}"
        return ""

    def surroundings_changed(self, namespace: "dict[str, Any]", tests: CodeType) -> str:
        """What a program put in the place of a builtin in its own module, where tests run."""
        given = namespace.get("__builtins__")
        if given is not None and given is not builtins and given is not _vars(builtins):
            return "__builtins__"
        for name in _JUDGING & _names(tests):
            if name in namespace and _of_program(namespace[name], namespace):
                return name
        return ""


def _names(code: CodeType) -> "frozenset[str]":
    """The names that code, and what is defined in it, looks up outside."""
    inner = [_names(part) for part in code.co_consts if isinstance(part, CodeType)]
    return frozenset(code.co_names).union(*inner)


def _modules() -> "list[str]":
    named = [place for place in _COMPARING if ":" not in place]
    return [*_DEFINING, *_OFFERING, *named]


def _of_program(value: Any, namespace: "dict[str, Any]") -> bool:
    """Whether a program defined a function or class itself."""
    if isinstance(value, FunctionType):
        return value.__code__.co_filename == FILE
    return isinstance(value, type) and value.__module__ == namespace.get("__name__")


def _functions(kind: type) -> "dict[str, Any]":
    return {
        name: (value, _code(value))
        for name, value in vars(kind).items()
        if isinstance(value, (FunctionType, classmethod, staticmethod))
    }


def _attribute(modules: "dict[str, ModuleType]", place: str, name: str) -> Any:
    module, _, inner = place.partition(":")
    if not inner:
        return _vars(modules[module]).get(name)
    return _getattr(_vars(modules[module]).get(inner), name, None)


def _offered(module: Any) -> "dict[str, Any]":
    """Functions and classes under the names that a module gives them, wherever they are defined."""
    return {
        name: (value, None)
        for name, value in vars(module).items()
        if isinstance(value, (type, FunctionType))
    }


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
    value = _vars(module).get(outer)
    if not dot:
        return value
    if not _isinstance(value, _type):
        return None
    return _vars(value).get(inner) if inner else frozenset(_vars(value))


def _same(was: Any, now: Any) -> bool:
    value, code = was
    if _isinstance(value, frozenset):  # the names of a class: nothing may be added
        return bool(value == now)
    return value is now and (code is None or code is _code(now))


def _code(value: Any) -> Any:
    return _getattr(_getattr(value, "__func__", value), "__code__", None)
