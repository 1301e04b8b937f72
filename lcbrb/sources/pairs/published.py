"""Pairs from a folder that `lcbrb pairs publish` wrote, or a copy of one from a hub."""

from __future__ import annotations

import dataclasses
from pathlib import Path

from lcbrb.codec import read_text_lines, sha256_file
from lcbrb.errors import BadInputError, DataUnavailableError
from lcbrb.protocols.reward import PairSet
from lcbrb.registry import Spec
from lcbrb.sources.pairs.pair_files import read_pair_file

PAIRS = "pairs.jsonl"
SUMS = "SHA256SUMS"  # as `sha256sum --check` reads it
_DIGITS = 64


def read_published(folder: Path, spec: Spec) -> PairSet:
    """The pairs of a folder, held to its checksum.

    Raises:
        DataUnavailableError: it holds no such file.
        BadInputError: the pairs are not those that were published.
    """
    path = folder / PAIRS
    if not path.is_file():
        raise DataUnavailableError(
            f"{folder} is a folder without {PAIRS}: name a file of pairs, or a folder written by "
            "lcbrb pairs publish"
        )
    digests = checksums(folder)
    if PAIRS in digests and digests[PAIRS] != sha256_file(path):
        raise BadInputError(
            f"it differs from the published file (by {SUMS}): download the folder again, or name "
            "the file itself if you changed it on purpose",
            path=path,
        )
    return dataclasses.replace(read_pair_file(path, spec), name=folder.resolve().name)


def checksums(folder: Path) -> dict[str, str]:
    """What the folder's list of checksums says, by file; empty without a list.

    Raises:
        BadInputError: a line of it is no checksum and file.
    """
    if not (folder / SUMS).is_file():
        return {}
    digests = {}
    for number, line in read_text_lines(folder / SUMS):
        digest, gap, name = line.rstrip("\n").partition("  ")
        if not gap or len(digest) != _DIGITS:
            raise BadInputError("not a checksum and a file", path=folder / SUMS, line=number)
        digests[name] = digest
    return digests
