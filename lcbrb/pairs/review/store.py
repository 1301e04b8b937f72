"""What people said, kept in one SQLite file: nothing is written over, and a kill loses nothing.

Every preference, every question who wrote the sides, and every adjudication is a row of `events`,
written and synced before the page goes on. What counts is read off them.
"""

from __future__ import annotations

import datetime as dt
import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from lcbrb.codec import sha256_text
from lcbrb.errors import UsageError
from lcbrb.pairs.review.database import Database
from lcbrb.pairs.review.findings import Choice, Preference, Said, counting
from lcbrb.pairs.review.order import drawn

_TABLES = """
create table settings (name text primary key, value text not null) strict;
create table events (
    id integer primary key, at text not null, kind text not null, annotator text not null,
    pair_id text not null, choice text, first text, blind integer not null, note text not null,
    seconds real, origin text not null
) strict;
create index events_of_pair on events (pair_id);
"""
_INSERT = "insert into events values (null, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
_EVENTS = "select kind, annotator, pair_id, choice, first, blind, note, seconds, origin from events"
_CHOSE, _ASKED, _ADJUDICATED = "chose", "asked", "adjudicated"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewSettings:
    """How a review is done; what is None is taken from the store, or the default in a new one.

    Attributes:
        sample: how many pairs are drawn to be reviewed; all where neither says.
        seed: of the sample, of everybody's order, and of which side stands first; 0.
        annotators: how many people compare each pair; 2.
    """

    sample: int | None = None
    seed: int | None = None
    annotators: int | None = None

    def __post_init__(self) -> None:
        """Refuse what is no number of pairs or people."""
        for name in ("sample", "annotators"):
            value = getattr(self, name)
            if value is not None and value < 1:
                raise UsageError(f"{name} must be at least 1, not {value}")


class ReviewStore:
    """One review of one set of pairs. Close it, or use it in a ``with`` statement.

    Args:
        path: the file; made where it is not there.
        pair_ids: of all pairs of the set, whether drawn or not.
        settings: see `ReviewSettings`. A sample may grow, everything else stays as it was.

    Raises:
        UsageError: the file is something else, is of other pairs, or was begun otherwise.
        SetupError: it can't be read or written.
    """

    def __init__(
        self, path: Path, pair_ids: Sequence[str], settings: ReviewSettings | None = None
    ) -> None:
        if len(set(pair_ids)) < len(pair_ids):
            raise UsageError("two pairs have the same id, so a review can't tell them apart")
        self.path, self._base = path, Database(path, _TABLES)
        try:
            with self._base.transaction():
                (self._begin if self._base.new else self._go_on)(
                    pair_ids, settings or ReviewSettings()
                )
        except BaseException:
            self.close()
            raise
        kept = self._settings()
        self.seed, self.wanted, self.total = kept["seed"], kept["annotators"], len(pair_ids)
        #: the pairs that are reviewed, in the order in which they were drawn
        self.sample = drawn(self.seed, pair_ids)[: kept["sample"]]

    def __enter__(self) -> Self:
        """Itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close it."""
        self.close()

    def close(self) -> None:
        """Close the file; every row has been written by then."""
        self._base.close()

    # ------------------------------------------------------------------------------- settings

    def _begin(self, pair_ids: Sequence[str], settings: ReviewSettings) -> None:
        self._set("pairs_sha256", _hash_of(pair_ids))
        self._set("sample", _within(settings.sample, len(pair_ids)))
        self._set("seed", settings.seed or 0)
        self._set("annotators", settings.annotators or 2)

    def _go_on(self, pair_ids: Sequence[str], settings: ReviewSettings) -> None:
        kept = self._settings()
        if kept.get("pairs_sha256") != _hash_of(pair_ids):
            raise UsageError(
                f"{self.path} is a review of other pairs (or of an earlier version of this "
                "file): name another file with --store"
            )
        for name in ("seed", "annotators"):
            given = getattr(settings, name)
            if given is not None and given != kept[name]:
                raise UsageError(
                    f"{self.path} was begun with {name} {kept[name]}, not {given}: leave the "
                    "option out, or name another file with --store"
                )
        if settings.sample is not None:
            sample = _within(settings.sample, len(pair_ids))
            if sample < kept["sample"]:
                raise UsageError(
                    f"{self.path} is a review of {kept['sample']} pairs: the sample can grow, "
                    f"but not shrink to {sample}; leave --sample out, or name another file with "
                    "--store"
                )
            self._set("sample", sample)

    def _settings(self) -> dict[str, Any]:
        rows = self._base.rows("select name, value from settings")
        return {name: json.loads(value) for name, value in rows}

    def _set(self, name: str, value: object) -> None:
        self._base.write("insert or replace into settings values (?, ?)", name, json.dumps(value))

    # --------------------------------------------------------------------------------- events

    def keep(self, *preferences: Preference) -> None:
        """Keep preferences, all or none; those whose author had asked before are not blind."""
        self._add(_CHOSE, preferences)

    def adjudicate(self, preference: Preference) -> None:
        """Keep what was decided between people who differ."""
        self._add(_ADJUDICATED, [preference])

    def ask(self, pair_id: str, annotator: str) -> None:
        """Keep that somebody asked who wrote the sides and what the tests said."""
        with self._base.transaction():
            self._insert(_ASKED, annotator, pair_id, None, None, 0, "", None, "page")

    def has_asked(self, pair_id: str, annotator: str) -> bool:
        """Whether this person asked."""
        question = "select count(*) from events where kind = ? and pair_id = ? and annotator = ?"
        return bool(self._base.rows(question, _ASKED, pair_id, annotator)[0][0])

    def questions(self) -> int:
        """How often a person asked of a pair; again of the same one counts once."""
        question = "select distinct annotator, pair_id from events where kind = ?"
        return len(self._base.rows(question, _ASKED))

    def people(self) -> list[str]:
        """Who compared, asked or adjudicated, in the order of their first word."""
        rows = self._base.rows("select annotator from events group by annotator order by min(id)")
        return [name for (name,) in rows]

    def said(self) -> dict[str, Said]:
        """What was said of each pair of the sample."""
        return self._told(self._base.rows(f"{_EVENTS} order by id"))

    def said_of(self, pair_id: str) -> Said:
        """What was said of one pair."""
        rows = self._base.rows(f"{_EVENTS} where pair_id = ? order by id", pair_id)
        return self._told(rows).get(pair_id, Said())

    def _told(self, rows: Sequence[tuple[Any, ...]]) -> dict[str, Said]:
        stated: defaultdict[str, list[Preference]] = defaultdict(list)
        adjudicated: dict[str, Preference] = {}
        for kind, annotator, pair_id, choice, first, blind, note, seconds, origin in rows:
            if kind == _ASKED:
                continue
            preference = Preference(
                pair_id=pair_id,
                annotator=annotator,
                choice=Choice(choice),
                blind=bool(blind),
                first=None if first is None else Choice(first),
                note=note,
                seconds=seconds,
                origin=origin,
            )
            if kind == _ADJUDICATED:
                adjudicated[pair_id] = preference
            else:
                stated[pair_id].append(preference)
        return {
            pair_id: Said(
                preferences=counting(stated[pair_id]), adjudication=adjudicated.get(pair_id)
            )
            for pair_id in self.sample
        }

    def _add(self, kind: str, preferences: Iterable[Preference]) -> None:
        with self._base.transaction():
            for preference in preferences:
                blind = preference.blind and not self.has_asked(
                    preference.pair_id, preference.annotator
                )
                first = None if preference.first is None else preference.first.value
                about = (preference.annotator, preference.pair_id, preference.choice.value, first)
                self._insert(
                    kind, *about, int(blind), preference.note, preference.seconds, preference.origin
                )

    def _insert(self, *row: object) -> None:
        now = dt.datetime.now(dt.UTC).isoformat(timespec="milliseconds")
        self._base.write(_INSERT, now, *row)


def _within(sample: int | None, total: int) -> int:
    return total if sample is None else min(sample, total)


def _hash_of(pair_ids: Sequence[str]) -> str:
    return sha256_text("\n".join(sorted(pair_ids)))
