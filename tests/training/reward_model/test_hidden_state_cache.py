"""Hidden states on disk: by content, whole or not at all, and of one model."""

from contextlib import closing

import numpy as np
import pytest

from lcbrb.errors import SetupError, UsageError
from lcbrb.rewards.forward.batching import Tokens
from lcbrb.training.reward_model.frozen.cache import HiddenStates, key_of

ABOUT = {"revision": "one"}


def states(count, width=5):
    drawn = np.random.default_rng(0).normal(size=(count, width)).astype(np.float32)
    return {key_of(Tokens([i, 7], [])): row for i, row in enumerate(drawn)}


def written(root, rows):
    with closing(HiddenStates(root, ABOUT, 5)) as kept:
        for key, row in rows.items():
            kept.add(key, row)
    (path,) = root.glob("hidden_states/*/*.states")
    return path


def read(root, rows, about=ABOUT, width=5):
    with closing(HiddenStates(root, about, width)) as kept:
        return kept.read(list(rows))


def test_what_was_kept_is_read_again(tmp_path):
    rows = states(20)
    written(tmp_path, rows)
    found = read(tmp_path, rows)
    assert all(np.array_equal(found[key], row) for key, row in rows.items())


def test_another_model_or_width_has_none_of_it(tmp_path):
    rows = states(3)
    written(tmp_path, rows)
    assert read(tmp_path, rows, about={"revision": "two"}) == {}
    assert read(tmp_path, rows, width=6) == {}


@pytest.mark.parametrize("cut", [1, 20, 40, 55])
def test_a_torn_row_is_not_there_and_those_before_are(tmp_path, cut):
    rows = states(4)
    path = written(tmp_path, rows)
    path.write_bytes(path.read_bytes()[:-cut])
    assert len(read(tmp_path, rows)) == 3


@pytest.mark.parametrize("place", [0, 33, 50])
def test_a_spoilt_row_is_not_there(tmp_path, place):
    rows = states(4)
    path = written(tmp_path, rows)
    content = bytearray(path.read_bytes())
    content[place] ^= 1
    path.write_bytes(content)
    assert len(read(tmp_path, rows)) == 3


def test_a_folder_that_says_another_model_is_refused(tmp_path):
    path = written(tmp_path, states(1))
    (path.parent / "about.json").write_text('{"revision": "two", "width": 5}')
    with pytest.raises(UsageError, match="of another model: remove it"):
        read(tmp_path, {})


def test_token_types_are_part_of_the_content():
    assert key_of(Tokens([1, 2], [])) != key_of(Tokens([1], [2]))
    assert key_of(Tokens([1, 2], [0, 0])) != key_of(Tokens([1, 2], [0, 1]))


def test_a_full_disk_is_said_and_what_is_kept_stays(tmp_path):
    rows = states(3)
    written(tmp_path, rows)

    class Full:
        def write(self, row):
            raise OSError(28, "No space left on device")

        def close(self):
            pass

    with closing(HiddenStates(tmp_path, ABOUT, 5)) as kept:
        kept._file = Full()
        with pytest.raises(SetupError, match=r"No space left.*LCBRB_CACHE"):
            kept.add(b"x" * 32, np.zeros(5, np.float32))
    assert len(read(tmp_path, rows)) == 3
