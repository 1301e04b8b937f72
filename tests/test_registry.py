"""Spec strings, tables of strings, and kinds that other distributions add."""

from __future__ import annotations

import contextlib
import fnmatch
import os
import pathlib
import re
import subprocess
import sys
import textwrap

import pytest
from hypothesis import given, settings, strategies as st

from evaluators import BENCHMARKS
from lcbrb import registry
from lcbrb.errors import MissingExtraError, SetupError, UnknownNameError, UsageError
from lcbrb.policies import POLICIES
from lcbrb.registry import EXTRAS, Entry, Registry, parse_spec, require
from lcbrb.rewards import REWARD_MODELS
from lcbrb.sources import PAIR_SOURCES, hub

OURS = [BENCHMARKS, POLICIES, REWARD_MODELS, PAIR_SOURCES]
GROUP = "lcbrb.reward_models"

# ------------------------------------------------------------------------------------- specs


@pytest.mark.parametrize(
    ("text", "kind", "target", "options"),
    [
        ("random", "random", "", {}),
        ("random?seed=7", "random", "", {"seed": "7"}),
        (" random?seed=7\n", "random", "", {"seed": "7"}),
        ("hf:org/name@main", "hf", "org/name@main", {}),
        (
            "hf:/a b/model?batch=4&max_tokens=512",
            "hf",
            "/a b/model",
            {"batch": "4", "max_tokens": "512"},
        ),
        ("likelihood:hf:org/name", "likelihood", "hf:org/name", {}),
        ("openai:m@http://host:80/v1", "openai", "m@http://host:80/v1", {}),
        ("openai:m@http://host/v1?", "openai", "m@http://host/v1?", {}),
        ("openai:m@http://h/?v=1?max-tokens=5", "openai", "m@http://h/?v=1", {"max-tokens": "5"}),
        ("replay:what?.jsonl", "replay", "what?.jsonl", {}),
        ("replay:what?.jsonl?column=b", "replay", "what?.jsonl", {"column": "b"}),
        ("replay:why?/a=b.jsonl", "replay", "why?/a=b.jsonl", {}),
        ("replay:a=b&c=d.jsonl", "replay", "a=b&c=d.jsonl", {}),
        ("judge:m?note=why?", "judge", "m", {"note": "why?"}),
        ("x?empty=", "x", "", {"empty": ""}),
        ("x?formula=a=b", "x", "", {"formula": "a=b"}),
        ("x:", "x", "", {}),
        ("both:(a?x=1&y)|(b?x=2)", "both", "(a?x=1&y)|(b?x=2)", {}),
        ("both:(a?x=1)|(b)?how=min", "both", "(a?x=1)|(b)", {"how": "min"}),
        ("x:y(a?x=1", "x", "y(a", {"x": "1"}),
    ],
)
def test_a_spec_is_taken_apart(text, kind, target, options):
    spec = parse_spec(text)
    assert (spec.kind, spec.target, spec.options) == (kind, target, options)
    assert spec.text == text.strip()


keys = st.from_regex(r"[a-z_][a-z0-9_-]{0,8}", fullmatch=True)
targets = st.text(max_size=12).filter(lambda text: not text.startswith("("))  # those hold specs
values = st.text(st.characters(codec="utf-8", exclude_characters="&?"), max_size=8)


@settings(max_examples=100)
@given(keys, targets, st.dictionaries(keys, values, min_size=1, max_size=3))
def test_what_is_put_together_is_taken_apart_again(kind, target, options):
    text = f"{kind}:{target}?" + "&".join(f"{key}={value}" for key, value in options.items())
    spec = parse_spec(text + "&end=.")  # an end that strip() leaves alone
    assert (spec.kind, spec.target, spec.options) == (kind, target, {**options, "end": "."})


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "empty spec ''"),
        ("  ", "empty spec"),
        (":target", "empty spec ':target': expected KIND or KIND:TARGET"),
        ("?seed=7", "empty spec"),
        ("x?a=1&b", "'b' in 'x.a=1&b' is not key=value"),
        ("x?a=1&", "'' in .* is not key=value"),
        ("x?a=1&=2", "'=2' in .* is not key=value"),
        ("x?a=1&b=2&a=1", "'a' is given twice in 'x"),
    ],
)
def test_a_spec_that_makes_no_sense_is_refused(text, message):
    with pytest.raises(UsageError, match=message):
        parse_spec(text)


# ------------------------------------------------------------------------------------ tables


@pytest.mark.parametrize("table", OURS, ids=lambda table: table.what)
def test_every_name_of_our_own_tables_leads_somewhere(table):
    assert list(table.table)
    for name in table.table:
        assert name in table
        assert callable(table.load(name))


def test_a_path_or_a_hub_s_id_without_its_kind_is_told_what_to_write(tmp_path):
    file = tmp_path / "samples.jsonl"
    file.touch()
    for table, name, meant in [
        (REWARD_MODELS, "rm.py", "python:rm.py:NAME"),  # its nearest name is prm
        (REWARD_MODELS, "./folder", "hf:./folder"),
        (POLICIES, "Org/Name", "hf:Org/Name"),
        (POLICIES, str(file), f"replay:{file}"),
        (BENCHMARKS, "own/tasks.py", "python:own/tasks.py:NAME"),
    ]:
        with pytest.raises(UnknownNameError, match=rf": .* (?:is|are) {re.escape(meant)}\.$"):
            table.load(name)
    for table, name in [(PAIR_SOURCES, "a/b"), (BENCHMARKS, "a/b"), (POLICIES, "nope.jsonl")]:
        with pytest.raises(UnknownNameError, match=r"known: |did you mean"):
            table.load(name)


@pytest.mark.parametrize("table", OURS, ids=lambda table: table.what)
def test_every_entry_says_what_it_is_and_names_an_extra_that_there_is(table):
    for entry in table.table.values():
        assert entry.about
        assert "\n" not in entry.about
        assert entry.extra in {"", *EXTRAS}


@pytest.mark.parametrize("table", [BENCHMARKS, PAIR_SOURCES], ids=lambda table: table.what)
def test_an_entry_names_the_data_that_its_factory_reads(table, monkeypatch, tmp_path):
    """Each factory, with what `local_files` is asked for; nothing lies there, and no network."""
    asked = []
    monkeypatch.setenv(hub.DATA_VARIABLE, str(tmp_path))
    monkeypatch.setattr(pathlib.Path, "glob", lambda self, pattern: asked.append(pattern) or [])
    for at in (hub.HubFile, hub.GitHubFile):
        monkeypatch.setattr(at, "fetch", lambda self: pathlib.Path(os.devnull))
    for name, entry in table.table.items():
        if name in {"python", "lm-eval"}:  # have no data of their own
            continue
        asked.clear()
        with contextlib.suppress(Exception):  # an empty file is no benchmark
            table.load(name)(parse_spec(name))
        named = {pattern.rstrip("*") for pattern in entry.data}
        for pattern in asked:
            assert any(fnmatch.fnmatch(pattern.removesuffix("*"), f"{one}*") for one in named), name
        assert bool(asked) == bool(entry.data), name


def test_looking_names_up_loads_nothing_heavy():
    code = """
    import sys
    from evaluators import BENCHMARKS
    from lcbrb.policies import POLICIES
    from lcbrb.rewards import REWARD_MODELS
    from lcbrb.sources import PAIR_SOURCES
    for table in (BENCHMARKS, POLICIES, REWARD_MODELS, PAIR_SOURCES):
        assert table.names() and "nothing" not in table
    REWARD_MODELS.load("hf")
    print(sorted({"torch", "transformers", "datasets"} & set(sys.modules)))
    """
    command = [sys.executable, "-c", textwrap.dedent(code)]
    assert subprocess.run(command, capture_output=True, text=True, check=True).stdout == "[]\n"


TABLE = Registry(
    "tool", {"dumps": Entry("json:dumps", "a text"), "length": Entry("builtins:len", "n")}
)


def test_a_name_is_loaded_from_where_the_table_says():
    assert TABLE.load("length") is len
    assert TABLE.names() == ["dumps", "length"]
    assert "dumps" in TABLE
    assert "loads" not in TABLE


def test_an_unknown_name_is_refused_with_the_nearest():
    with pytest.raises(UnknownNameError, match=r"unknown tool 'lenght': did you mean length\?"):
        TABLE.load("lenght")


def test_without_a_group_nobody_adds_a_name(plugin):
    plugin("made = len")
    assert "fancy" not in TABLE
    with pytest.raises(UnknownNameError):
        TABLE.load("fancy")


# ------------------------------------------------------------------------------- entry points


@pytest.fixture
def plugin(tmp_path, monkeypatch):
    """Puts a distribution on the path whose module `lcbrb_test_plugin` has the given source."""

    def install(source, points="fancy = lcbrb_test_plugin:made\n"):
        (tmp_path / "lcbrb_test_plugin.py").write_text(textwrap.dedent(source), encoding="utf-8")
        info = tmp_path / "lcbrb_test_plugin-1.0.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(
            "Metadata-Version: 2.1\nName: lcbrb-test-plugin\nVersion: 1.0\n"
        )
        (info / "entry_points.txt").write_text(f"[{GROUP}]\n{points}")
        monkeypatch.syspath_prepend(tmp_path)
        monkeypatch.delitem(sys.modules, "lcbrb_test_plugin", raising=False)
        return Registry("reward model", {"length": Entry("builtins:len", "n")}, group=GROUP)

    yield install
    sys.modules.pop("lcbrb_test_plugin", None)


def test_another_distribution_adds_a_kind(plugin):
    found = plugin("def made(spec): return ('made', spec)")
    assert found.names() == ["length", "fancy"]
    assert "fancy" in found
    assert found.load("fancy")("x") == ("made", "x")


def test_a_kind_is_added_to_the_real_table_of_reward_models(plugin):
    plugin("def made(spec): return spec.target.upper()")
    fresh = Registry(REWARD_MODELS.what, REWARD_MODELS.table, REWARD_MODELS.group)
    assert fresh.names() == [*REWARD_MODELS.table, "fancy"]
    spec = parse_spec("fancy:it")
    assert fresh.load(spec.kind)(spec) == "IT"


def test_a_name_of_ours_cannot_be_taken_over(plugin):
    points = "length = lcbrb_test_plugin:made\nfancy = lcbrb_test_plugin:made\n"
    found = plugin("made = 'theirs'", points)
    assert found.load("length") is len
    assert found.names() == ["length", "fancy"]


def test_a_plugin_is_not_imported_before_it_is_chosen(plugin):
    found = plugin("raise SystemError('imported')")
    assert found.names() == ["length", "fancy"]
    assert "fancy" in found
    assert "lcbrb_test_plugin" not in sys.modules


@pytest.mark.parametrize(
    ("source", "point"),
    [
        ("import no_such_module_anywhere", "lcbrb_test_plugin:made"),
        ("other = 1", "lcbrb_test_plugin:made"),
        ("made = (", "lcbrb_test_plugin:made"),
        ("raise RuntimeError('needs a GPU')", "lcbrb_test_plugin:made"),
        ("made = 1 / 0", "lcbrb_test_plugin:made"),
        ("made = 1", "no_such_plugin_module:made"),
        ("made = 1", "not an entry point"),
    ],
)
def test_a_broken_plugin_is_a_setup_error_that_names_it(plugin, source, point):
    found = plugin(source, f"fancy = {point}\n")
    with pytest.raises(
        SetupError, match=r"the reward model 'fancy' \(.*\) did not load: "
    ) as caught:
        found.load("fancy")
    assert point in str(caught.value)
    assert caught.value.__cause__ is not None


def test_a_broken_plugin_leaves_the_other_names_usable(plugin):
    assert plugin("made = (").load("length") is len


# ------------------------------------------------------------------------------------ extras


def test_modules_that_are_there_are_enough(monkeypatch):
    monkeypatch.setattr(registry, "EXTRAS", {"hf": ("json",)})
    require(("json",), "a model")


def test_a_missing_module_is_named_by_the_extra_that_brings_it(monkeypatch):
    monkeypatch.setattr(registry, "EXTRAS", {"hf": ("json", "no_such_module_anywhere")})
    with pytest.raises(MissingExtraError, match=r"^a model needs the extra 'hf': pip install"):
        require(("json", "no_such_module_anywhere"), "a model")


# ------------------------------------------------------------------------------- python:FILE:NAME

OWN = """
from lcbrb.errors import UsageError
class Made:
    def __init__(self, spec):
        self.spec = spec
def broken(spec):
    return 1 / 0
def picky(spec):
    raise UsageError("no options here")
value = 1
"""


@pytest.fixture
def own(tmp_path):
    file = tmp_path / "own.py"
    file.write_text(OWN, encoding="utf-8")
    return file


@pytest.mark.parametrize("table", [BENCHMARKS, POLICIES], ids=lambda table: table.what)
def test_a_file_of_ones_own_is_a_kind(table, own):
    spec = parse_spec(f"python:{own}:Made?x=1")
    made = table.load("python")(spec)
    assert type(made).__name__ == "Made"
    assert made.spec.options == {"x": "1"}


@pytest.mark.parametrize("table", [BENCHMARKS, POLICIES], ids=lambda table: table.what)
def test_a_module_of_ones_own_is_a_kind(table, own, monkeypatch):
    monkeypatch.syspath_prepend(own.parent)
    assert table.load("python")(parse_spec("python:own:Made")).spec.target == "own:Made"
    sys.modules.pop("own")


@pytest.mark.parametrize(
    ("name", "kind", "message"),
    [
        ("", UsageError, "python needs MODULE:NAME or FILE.py:NAME"),
        (":absent", SetupError, "own.py has no 'absent'"),
        (":value", SetupError, "is a int, which can't be called"),
        (":broken", SetupError, r"was not made: ZeroDivisionError.*own.py, line \d+"),
        (":picky", UsageError, "^no options here$"),
    ],
)
def test_what_is_wrong_with_ones_own_file_is_said(own, name, kind, message):
    with pytest.raises(kind, match=message):
        BENCHMARKS.load("python")(parse_spec(f"python:{own}{name}"))
