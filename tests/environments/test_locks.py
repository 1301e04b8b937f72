"""Locks that ship with the project are whole: hashes for every package, every Python and option."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, strategies as st

from lcbrb.environments.definition import definition, lock_id, packaged
from lcbrb.environments.lock import Pin, differences, normalized, read_pins
from lcbrb.errors import BadInputError

NAMES = st.from_regex(r"[A-Za-z][A-Za-z0-9]*([-_.][A-Za-z0-9]+)*", fullmatch=True)
VERSIONS = st.from_regex(r"[0-9]+(\.[0-9]+){0,2}(\.post1)?", fullmatch=True)


@pytest.mark.parametrize("name", packaged())
def test_every_lock_has_hashes_and_no_package_twice(name):
    of = definition(name)
    for python in of.settings.pythons:
        pins = of.pins(python, tuple(of.settings.options))
        assert len({pin.key for pin in pins}) == len(pins)
        for pin in pins:
            assert pin.hashes
            assert all(re.fullmatch(r"sha256:[0-9a-f]{64}", found) for found in pin.hashes)
    assert all(len(borrowed.hash) == 71 for borrowed in of.settings.borrowed)


def test_under_310_bigcodebenchs_libraries_are_at_its_own_pins_but_two():
    of = definition("bigcodebench")
    pins = of.pins("3.10", ("tensorflow",))
    assert differences(pins, of.upstream()) == [
        "Flask-Mail 0.10.0 (upstream 0.9.1)",
        "scikit-image 0.19.0 (upstream 0.18.0)",
        "tensorflow is not installed (upstream 2.11.1)",
    ]
    assert len(differences(of.pins("3.11", ("tensorflow",)), of.upstream())) == 8


@given(pins=st.lists(st.builds(Pin, name=NAMES, version=VERSIONS, hashes=st.just(("sha256:ab",)))))
def test_what_is_written_is_read(tmp_path_factory, pins):
    path = tmp_path_factory.mktemp("lock") / "lock.txt"
    path.write_text("# a comment\n\n" + "".join(f"{pin.requirement}\n" for pin in pins), "utf-8")
    assert read_pins(path) == pins


@given(name=NAMES, version=VERSIONS)
def test_a_wheel_is_told_by_its_name_however_it_is_spelt(name, version):
    pin = Pin(name=name, version=version)
    in_file = re.sub(r"[-_.]+", "_", name)
    assert pin.is_wheel(f"{in_file}-{version}-py3-none-any.whl")
    assert not pin.is_wheel(f"{in_file}-{version}9-py3-none-any.whl")
    assert not pin.is_wheel(f"{in_file}x-{version}-py3-none-any.whl")
    assert normalized(in_file) == pin.key


@pytest.mark.parametrize("line", ["apple", "apple==", "==1", "apple==1 --index=x"])
def test_a_line_that_is_no_pin_is_refused(tmp_path, line):
    path = tmp_path / "lock.txt"
    path.write_text(line, "utf-8")
    with pytest.raises(BadInputError, match=r"lock.txt, line 1"):
        read_pins(path)


def test_a_lock_is_the_same_in_any_order():
    pins = [Pin(name="B.c", version="1"), Pin(name="a", version="2")]
    assert lock_id(pins) == lock_id([Pin(name="A", version="2"), Pin(name="b_c", version="1")])
    assert lock_id(pins) != lock_id(pins[:1])
