"""What sources share; that their table in the documentation says what they do."""

import importlib
import pkgutil
from fnmatch import fnmatch
from pathlib import Path

import pytest

from evaluators import BENCHMARKS
from lcbrb import sources
from lcbrb.errors import UsageError
from lcbrb.registry import parse_spec
from lcbrb.sources import PAIR_SOURCES
from lcbrb.sources.base import Source, only_the_name
from lcbrb.sources.problems.evalplus import HUMANEVAL_PLUS, MBPP_PLUS

DOCUMENT = (Path(__file__).parents[2] / "docs" / "data.md").read_text(encoding="utf-8")


def described():
    """Every source there is, by name."""
    modules = [
        importlib.import_module(module.name)
        for module in pkgutil.walk_packages(sources.__path__, "lcbrb.sources.")
    ]
    found = [value for module in modules for value in vars(module).values()]
    found += [value for table in found if isinstance(table, dict) for value in table.values()]
    found += [
        family.source(release)
        for family in (HUMANEVAL_PLUS, MBPP_PLUS)
        for release in family.releases
    ]
    return {str(one.local): one for one in found if isinstance(one, Source)}.values()


def test_every_source_is_found():
    assert len(described()) == 26


@pytest.mark.parametrize("source", described(), ids=lambda source: source.name)
def test_the_documentation_names_every_home_and_revision(source):
    (line,) = [
        line
        for line in DOCUMENT.splitlines()
        if line.startswith("|")
        and f"`{source.name}`" in line.split("|")[1]
        and (f"`{source.homes[0].repo}`" if source.homes else "a file that you name") in line
    ]
    assert source.local[0].rpartition("/")[0] in line
    if not source.homes:
        return
    pinned = {home.revision for home in source.homes}
    assert len(pinned) == 1
    revision = pinned.pop().rpartition("/")[2]
    assert revision in line or revision[:8] in line


@pytest.mark.parametrize("source", described(), ids=lambda source: source.name)
def test_the_tables_of_names_know_the_files_that_a_source_reads(source):
    """`lcbrb doctor` counts what the entry names."""
    table = (PAIR_SOURCES if source.name in PAIR_SOURCES.table else BENCHMARKS).table
    for pattern in source.local:
        assert any(fnmatch(pattern, known) for known in table[source.name].data)


@pytest.mark.parametrize("text", ["name@v1", "name:part", "name?a=b"])
def test_a_bare_name_is_all_that_some_sources_take(text):
    only_the_name(parse_spec("name"))
    with pytest.raises(UsageError, match="name has no releases and takes no options"):
        only_the_name(parse_spec(text))
