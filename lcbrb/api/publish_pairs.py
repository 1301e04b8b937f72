"""`lcbrb.publish_pairs`: pairs as a data set in a folder or on a hub."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from lcbrb import codec
from lcbrb.pairs.audit.report import PairAudit
from lcbrb.pairs.publish.about import UNKNOWN, Publication
from lcbrb.pairs.publish.publishing import Wanted, publish
from lcbrb.protocols.reward import PairSet
from lcbrb.sources.pairs.by_name import as_pair_set
from lcbrb.types import PreferencePair


def publish_pairs(
    pairs: str | PairSet | Sequence[PreferencePair],
    to: Path | str,
    *,
    title: str = "",
    licence: str = UNKNOWN,
    audit: PairAudit | Path | str | None = None,
    private: bool = False,
    force: bool = False,
) -> Publication:
    """Publish pairs: Parquet, JSONL, a card, croissant metadata, ``eval.yaml``, checksums.

    `datasets.load_dataset` and `lcbrb.load_pairs` read the folder, or the repository, back.

    Args:
        pairs: as in `load_pairs`, or pairs.
        to: a folder, or ``hf://datasets/OWNER/NAME``.
        title: title of the data set; default: the name of the pairs.
        licence: one of the hub's licence identifiers, such as ``cc-by-4.0``.
        audit: the result of `audit_pairs` for these pairs, or its ``audit.json``; it is published
            with them.
        private: make a new repository private.
        force: replace a folder that holds other files.

    Returns:
        Where it is, its files with their checksums, and on a hub the commit.

    Raises:
        LcbrbError: the pairs can't be read or published, or the audit is of others.
    """
    if isinstance(audit, Path | str):
        audit = codec.read_record(PairAudit, Path(audit).expanduser())
    wanted = Wanted(title=title, licence=licence, audit=audit, private=private, force=force)
    return publish(as_pair_set(pairs), str(to), wanted)
