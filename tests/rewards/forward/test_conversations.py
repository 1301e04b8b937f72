"""Prompts of several turns, templates that drop reasoning, templates that ask what day it is."""

import pytest
import tiny

from lcbrb.errors import UsageError
from lcbrb.protocols.reward import Item
from lcbrb.rewards.forward import accounting, layout
from lcbrb.types import Message

ROLES = "{% for m in messages %}[{{ m['role'] }}]{{ m['content'] }}{% endfor %}"
DROPS = (
    "{% for m in messages %}{% set c = m['content'] %}{% if '</think>' in c %}"
    "{% set c = c.split('</think>')[-1] %}{% endif %}[{{ m['role'] }}]{{ c }}{% endfor %}"
)
CUTS = DROPS.replace("{{ c }}", "{{ c[:3] }}")
TODAY = "{{ strftime_now('%d %b %Y') }}" + ROLES


@pytest.fixture
def words():
    return tiny.tokenizer(chat=True)


def text_of(words, item):
    (tokens,) = layout.head_tokens(words, [item])
    return words.decode(tokens.ids)


TURNS = (Message(role="system", content="s"), Message(role="user", content="a"))
TURNS += (Message(role="assistant", content="b"), Message(role="user", content="c"))


def test_a_head_reads_the_turns_of_a_prompt(words):
    words.chat_template = ROLES
    item = Item(prompt="s\n\na\n\nb\n\nc", response="d", turns=TURNS)
    whole = "[system]s[user]a[assistant]b[user]c[assistant]d"
    (tokens,) = layout.head_tokens(words, [item])
    assert list(tokens.ids) == words(whole, add_special_tokens=False)["input_ids"]
    (asked,) = layout.prompt_ids(words, [item])
    assert asked == words(whole[: -len("[assistant]d")], add_special_tokens=False)["input_ids"]


def test_a_reader_of_text_sees_who_speaks():
    item = Item(prompt="flat", response="d", turns=TURNS[:2])
    assert item.spoken == "system: s\n\nuser: a"
    assert Item(prompt="flat", response="d").spoken == "flat"


def test_reasoning_that_a_template_drops_is_put_back_and_noted(words):
    words.chat_template = DROPS
    good, bad = (Item(prompt="q", response=f"<think>{r}</think>4") for r in ("ab", "cd"))
    with accounting.tallying() as tally:
        one, other = layout.head_tokens(words, [good, bad])
    assert list(one.ids) != list(other.ids)
    expected = "[user]q[assistant]<think>ab</think>4"
    assert list(one.ids) == words(expected, add_special_tokens=False)["input_ids"]
    assert any("drops the reasoning" in note for note in tally.notes)


def test_a_template_that_keeps_a_response_is_not_noted(words):
    words.chat_template = ROLES
    with accounting.tallying() as tally:
        layout.head_tokens(words, [Item(prompt="q", response=" <think>ab</think>4\n")])
    assert not tally.notes


def test_a_template_without_a_place_for_the_response_is_refused(words):
    words.chat_template = CUTS
    with pytest.raises(UsageError, match="drops the text before"):
        layout.head_tokens(words, [Item(prompt="q", response="<think>ab</think>4567")])


def test_a_template_that_asks_for_the_day_is_told_the_same_one_and_that_is_noted(words):
    words.chat_template = TODAY
    with accounting.tallying() as tally:
        (tokens,) = layout.head_tokens(words, [Item(prompt="q", response="r")])
    dated = "26 Jul 2024[user]q[assistant]r"
    assert list(tokens.ids) == words(dated, add_special_tokens=False)["input_ids"]
    assert any("26 Jul 2024" in note for note in tally.notes)
