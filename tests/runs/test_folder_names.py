"""Names of run folders: readable, safe for a file system, different for different names."""

import re

import pytest
from hypothesis import assume, example, given, settings, strategies as st

from lcbrb.runs.folder import safe_name


@pytest.mark.parametrize("name", ["length", "mini", "Qwen2.5-Coder_7B+x", "a" * 80])
def test_a_plain_name_is_its_own_folder(name):
    assert safe_name(name) == name


@pytest.mark.parametrize(
    ("name", "begins"),
    [
        ("hf:org/name@main", "hf-org-name-main-"),
        ("../../etc/passwd", "etc-passwd-"),
        ("..", "run-"),
        ("", "run-"),
        ("日本", "run-"),
        ("-rf", "rf-"),
        (".hidden", "hidden-"),
        ("a" * 81, "a" * 80 + "-"),
    ],
)
def test_any_other_name_stays_readable_and_gets_a_mark_of_its_own(name, begins):
    assert re.fullmatch(re.escape(begins) + "[0-9a-f]{8}", safe_name(name))


names = st.text(max_size=20) | st.text("aA./\\-:é \x00~", max_size=8) | st.text("ab", min_size=75)


@settings(max_examples=200)
@given(names)
@example("con\n")
@example("a/../b")
def test_a_safe_name_is_safe(name):
    safe = safe_name(name)
    assert re.fullmatch(r"[A-Za-z0-9_+][A-Za-z0-9._+-]{0,88}", safe)
    assert not safe.endswith(".")
    assert safe_name(name) == safe


@settings(max_examples=200)
@given(names, names)
@example("a/b", "a-b")
@example("a/b", "a:b")
@example("a" * 81, "a" * 82)
@example("a.", "a")
def test_different_names_have_different_folders(one, other):
    assume(one != other)
    assert safe_name(one) != safe_name(other)


def test_a_safe_name_can_be_made_into_a_folder(tmp_path):
    for name in ["hf:a/b", "x" * 300, "..", "a\x00b", "é" * 90]:
        (tmp_path / safe_name(name)).mkdir()
    assert len(list(tmp_path.iterdir())) == 5
