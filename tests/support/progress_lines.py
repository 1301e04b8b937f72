"""What a command says without a terminal, but for how far it is: on a slow machine it says that."""

import re

_LINE = re.compile(r"^.*: (\d+(/\d+)? \S.* left|.* after \d+ s)\n", re.MULTILINE)


def without_progress(text):
    """A command's stderr without lines of progress."""
    return _LINE.sub("", text)
