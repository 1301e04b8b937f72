"""What runs beside a program works on Python 3.10 and stands alone."""

import ast
import sys
from pathlib import Path

import pytest

from lcbrb.sandbox import inside

OLDEST = (3, 10)
MODULES = sorted(Path(inside.__file__).parent.glob("*.py"))


def imported(tree):
    """Full names of all that a module imports, wherever it does."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert not node.level
            yield node.module


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.stem)
def test_a_module_has_the_syntax_of_the_oldest_python_and_imports_no_more_than_it_may(path):
    tree = ast.parse(path.read_text(encoding="utf-8"), feature_version=OLDEST)
    foreign = {
        name
        for name in imported(tree)
        if name.partition(".")[0] not in sys.stdlib_module_names
        and not (name + ".").startswith("lcbrb.sandbox.inside.")
    }
    assert not foreign
