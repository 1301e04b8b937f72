"""A set of pairs into a folder, whole or not at all, or into a hub's repository."""

from __future__ import annotations

import datetime as dt
import secrets
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from lcbrb.codec import sha256_records
from lcbrb.errors import UsageError
from lcbrb.pairs.audit.report import PairAudit
from lcbrb.pairs.publish.about import CARD, CROISSANT, UNKNOWN, Publication, about
from lcbrb.pairs.publish.dataset_files import write_dataset
from lcbrb.pairs.publish.hub_upload import home_of, hub_id, upload
from lcbrb.protocols.reward import PairSet
from lcbrb.sources.pairs.published import PAIRS, SUMS

_OURS = (PAIRS, SUMS, CROISSANT, CARD)  # by which an earlier publication is known


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """How a set is to be published.

    `title` is its name for people; empty: the set's own. `licence` is an identifier of the hub's.
    `private` holds for a repository that is made. `force`: a folder with other files is replaced.
    """

    title: str = ""
    licence: str = UNKNOWN
    audit: PairAudit | None = None
    private: bool = False
    force: bool = False
    date: dt.date | None = None


def publish(pair_set: PairSet, where: str, wanted: Wanted) -> Publication:
    """Write a set where it is to be.

    Raises:
        UsageError: there are no pairs, two have one id, one can't be written, the audit is of other
            pairs, or the folder holds something else.
        DataUnavailableError: the hub does not take it.
        OSError: the folder can't be written; what was there stays.
    """
    pairs = pair_set.pairs
    if not pairs:
        raise UsageError(f"{pair_set.name}: there are no pairs to publish")
    if len({pair.id for pair in pairs}) < len(pairs):
        raise UsageError(f"{pair_set.name}: two pairs have the same id: give each its own")
    digest = sha256_records(pairs)
    if wanted.audit is not None and wanted.audit.pairs_sha256 != digest:
        raise UsageError(
            f"the audit is of other pairs (sha256 {wanted.audit.pairs_sha256[:12]}, these have "
            f"{digest[:12]}): run lcbrb pairs audit on the pairs that you publish"
        )
    name = hub_id(where)
    words = about(
        pair_set,
        digest,
        title=wanted.title or pair_set.name.removesuffix(".jsonl"),
        licence=wanted.licence,
        home=home_of(name) if name else "",
        date=wanted.date or dt.datetime.now(dt.UTC).date(),
        audit=wanted.audit,
    )
    revision = None
    if name:
        with tempfile.TemporaryDirectory(prefix="lcbrb-publish-") as folder:
            files = write_dataset(Path(folder), pairs, words)
            message = f"{words.pairs} pairs of {words.problems} problems, sha256 {digest[:12]}"
            revision = upload(Path(folder), name, private=wanted.private, message=message)
        load = f"{name}@{revision}"
    else:
        target = Path(where).expanduser()
        with _replaced(target, force=wanted.force) as folder_:
            files = write_dataset(folder_, pairs, words)
        load = str(target)
    return Publication(
        where=where if name else load,
        revision=revision,
        load=load,
        pairs=words.pairs,
        problems=words.problems,
        pairs_sha256=digest,
        files=dict(files),
    )


@contextmanager
def _replaced(target: Path, *, force: bool) -> Iterator[Path]:
    """An empty folder beside the target, which takes its place at the end.

    What was there before is put back if that fails, and is only then removed.
    """
    _check(target, force=force)
    target.parent.mkdir(parents=True, exist_ok=True)
    token = secrets.token_hex(4)
    fresh, old = (target.with_name(f".{target.name}.{token}.{end}") for end in ("tmp", "old"))
    fresh.mkdir()
    try:
        yield fresh
        if target.exists():
            target.replace(old)
        try:
            fresh.replace(target)
        except OSError:
            if old.exists():
                old.replace(target)
            raise
    finally:
        shutil.rmtree(fresh, ignore_errors=True)
    shutil.rmtree(old, ignore_errors=True)


def _check(target: Path, *, force: bool) -> None:
    """Refuse what may be somebody's work.

    Raises:
        UsageError: the target is a link or no folder, or holds what we did not publish.
    """
    if target.is_symlink() or (target.exists() and not target.is_dir()):
        raise UsageError(f"{target} is not a folder: name a folder to publish to")
    if not target.is_dir() or force:
        return
    held = [path.name for path in target.iterdir()]
    if held and not all(name in held for name in _OURS):
        raise UsageError(
            f"{target} holds other files: name an empty folder, or replace what is there with "
            "--force"
        )
