"""Data in a page: it comes back whole, and no HTML parser finds anything in it."""

import json
import re

from hypothesis import given, settings, strategies as st
from packed import inflated
from strategies import json_values

from lcbrb.pages.packing import deflated, island, printable

some = settings(max_examples=80)


@some
@given(json_values)
def test_what_goes_in_comes_out(value):
    assert json.loads(island(value)) == value
    assert inflated(deflated(value)) == value


@some
@given(st.text())
def test_no_text_can_leave_a_script_element(text):
    shown = island([text, "</script><script>alert(1)</script>", "<!--", "]]>"])
    assert not set(shown) & set("<>&\u2028\u2029")
    assert re.fullmatch(r"[A-Za-z0-9+/=]+", deflated(text))


def test_half_a_surrogate_pair_is_replaced_rather_than_an_end():
    assert printable("a\ud800b") == "a?b"
    assert json.loads(island("a\ud800b")) == "a?b"
