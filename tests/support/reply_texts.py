"""Texts for the tests of `lcbrb.replies.extract`: what it looks for, and what it must survive."""

from __future__ import annotations

from hypothesis import strategies as st

# Texts made of what the functions look for, so that random ones reach every branch.
PIECES = [
    *(
        "```",
        "````",
        "~~~",
        "`",
        "python",
        "py",
        "text",
        " ",
        "    ",
        "\t",
        "\n",
        "\r\n",
        "- ",
        "1. ",
    ),
    *("<think>", "</think>", "<THINKING>", "</reasoning>", "<answer>", "</answer>", "'", '"'),
    *(
        "x = 1",
        "def f():",
        "return 1",
        "print(x)",
        "Prose here",
        "Note: this",
        "(",
        ")",
        '"""',
        "#",
    ),
    *("\\boxed", "\\fbox", "{", "}", "\\{", "\\}", "\\", "5", "$", "\0", "é", "\u2028", "\x0c"),
]
soup = st.lists(st.sampled_from(PIECES), max_size=40).map("".join)
any_text = st.one_of(st.text(), soup)
