"""The view of level A: what is where, as far as it can be told without entering one."""

import pytest

from lcbrb.sandbox.inside import namespaces


@pytest.mark.parametrize(
    ("folders", "place"),
    [
        (["/usr/lib", "/opt/venv/lib"], "/tmp"),
        (["/usr/lib", "/tmp/checkout/.venv/lib"], "/scratch"),
        (["/tmp"], "/scratch"),
        (["/tmpfs/lib"], "/tmp"),
        (["/tmp/a", "/scratch/b"], "/lcbrb-scratch"),
    ],
)
def test_the_scratch_folder_covers_nothing_to_read(folders, place):
    """A checkout below /tmp has its interpreter there; the scratch folder must not hide it."""
    assert namespaces.scratch_beside(folders) == place
