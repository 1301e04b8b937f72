"""What is said of documents that are laid out in another way."""

import pytest

from lcbrb.errors import BadInputError
from lcbrb.imports.fields import laid_out


@pytest.mark.parametrize(
    ("read", "why"),
    [
        (lambda: {}["task"], "no field 'task'"),
        (lambda: "text".get("task"), r"a value of the wrong type \('str'"),
        (lambda: len(3), "a value of the wrong type"),
        (lambda: int("few"), "invalid literal"),
    ],
)
def test_each_way_not_to_fit_has_its_words(tmp_path, read, why):
    with (
        pytest.raises(BadInputError, match=f"not a log: {why}") as refused,
        laid_out(tmp_path, "a log"),
    ):
        read()
    assert refused.value.path == str(tmp_path)
