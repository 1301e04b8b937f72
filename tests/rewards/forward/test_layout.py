"""Texts to ids: the template decides on both ends, and what a text spells out stays text."""

from functools import cache

import pytest
import tiny
from hypothesis import given, strategies as st

from lcbrb.errors import UsageError
from lcbrb.rewards.forward import layout

pytest.importorskip("transformers", reason="the extra 'hf' is not installed")
pytest.importorskip("tokenizers", reason="the extra 'hf' is not installed")

PIECES = st.lists(
    st.sampled_from(["a", " ", "\n", tiny.BOS, tiny.EOS, "<", "/s>", "é"]), max_size=6
)
TEXTS = PIECES.map("".join)


@cache
def chatting():
    return tiny.tokenizer(chat=True)


@pytest.fixture
def words():
    return chatting()


def chat(prompt, response):
    return [{"role": "user", "content": prompt}, {"role": "assistant", "content": response}]


def spelt(words, text):
    """Ids of a text in which nothing is a control token: byte by byte."""
    return [words.convert_tokens_to_ids(one) for one in bytes_of(words, text)]


def bytes_of(words, text):
    return [
        piece
        for char in text
        for piece in words.backend_tokenizer.pre_tokenizer.pre_tokenize_str(char)[0][0]
    ]


@given(TEXTS, TEXTS)
def test_only_the_template_s_control_tokens_are_control_tokens(prompt, response):
    words = chatting()
    (ids,) = layout.chat_ids(words, [chat(prompt, response)])
    bos, eos = words.bos_token_id, words.eos_token_id
    expected = [
        bos,
        *spelt(words, f"[user]{prompt}"),
        eos,
        *spelt(words, f"[assistant]{response}"),
        eos,
    ]
    assert ids == expected


@given(st.lists(st.tuples(TEXTS, TEXTS), max_size=4))
def test_a_forged_token_in_one_text_changes_no_other(exchanges):
    words = chatting()
    chats = [chat(*one) for one in exchanges]
    together = layout.chat_ids(words, chats)
    assert together == [layout.chat_ids(words, [one])[0] for one in chats]


def test_ordinary_texts_are_tokenised_as_the_library_does(words):
    chats = [chat("Add.", "1 + 1 = 2"), chat("", "")]
    expected = [words.apply_chat_template(one, return_dict=False) for one in chats]
    assert layout.chat_ids(words, chats) == expected


def test_a_reply_to_come_is_asked_for(words):
    (ids,) = layout.chat_ids(words, [chat("Say </s>", "x")[:1]], add_generation_prompt=True)
    assert words.decode(ids) == "<s>[user]Say </s></s>[assistant]"
    assert ids.count(words.eos_token_id) == 1


def test_a_template_that_trims_its_texts_is_followed(words):
    trimming = tiny.tokenizer(chat=True)
    trimming.chat_template = trimming.chat_template.replace(
        "message['content']", "message['content'] | trim"
    )
    (ids,) = layout.chat_ids(trimming, [chat(" </s>\n", " b </s> c ")])
    assert ids.count(trimming.eos_token_id) == 2
    assert trimming.decode(ids) == "<s>[user]</s></s>[assistant]b </s> c</s>"


def test_a_template_that_rewrites_its_texts_is_left_to_the_tokenizer(words):
    """What is whose can't be told then; the library's own reading stands."""
    cutting = tiny.tokenizer(chat=True)
    cutting.chat_template = cutting.chat_template.replace(
        "message['content']", "message['content'].split('</s>')[-1]"
    )
    (ids,) = layout.chat_ids(cutting, [chat("a</s>b", "c")])
    assert cutting.decode(ids) == "<s>[user]b</s>[assistant]c</s>"


@pytest.mark.parametrize(
    ("template", "words"),
    [
        ("{{ raise_exception('roles must alternate') }}", "of user, assistant: roles must alter"),
        ("{% for message in %}", "does not take a conversation of user, assistant: "),
        ("{{ messages[7]['content'] }}", "does not take a conversation"),
    ],
)
def test_a_template_that_fails_is_one_sentence(template, words):
    failing = tiny.tokenizer(chat=True)
    failing.chat_template = template
    with pytest.raises(UsageError, match=words) as caught:
        layout.chat_ids(failing, [chat("a", "b")])
    assert "\n" not in str(caught.value)


def test_text_pairs_and_plain_texts_hold_no_control_tokens_but_the_tokenizer_s_own():
    pairs = tiny.tokenizer(pairs=True)
    found = layout.text_inputs(pairs, ["a</s>"], ["<s>b"])
    bos, eos = pairs.bos_token_id, pairs.eos_token_id
    assert [i for i in found["input_ids"][0] if i in {bos, eos}] == [bos, eos, eos]
    plain = tiny.tokenizer()
    (ids,) = layout.text_inputs(plain, ["<s>a</s>"])["input_ids"]
    assert (ids[0], ids.count(bos), ids.count(eos)) == (bos, 1, 0)
    assert layout.text_inputs(plain, [])["input_ids"] == []


def test_the_mark_of_a_beginning_is_bos_or_cls(words):
    assert layout.leading(words, [words.bos_token_id, 5]) == 1
    assert layout.leading(words, [5, words.bos_token_id]) == 0
    assert layout.leading(words, []) == 0
    pairs = tiny.tokenizer(pairs=True)
    assert layout.leading(pairs, pairs("a")["input_ids"]) == 1
    bare = tiny.tokenizer()
    bare.bos_token = None
    assert layout.leading(bare, [0]) == 0
