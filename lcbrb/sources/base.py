"""What all sources share: where their files are, what a name asks for, how a pair is made."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any, TypeVar

from lcbrb.codec import sha256_file, sha256_text
from lcbrb.errors import DataUnavailableError, UnknownNameError, UsageError
from lcbrb.pair_identity import make_pair, text_id
from lcbrb.protocols.benchmark import Release
from lcbrb.protocols.reward import PairSet
from lcbrb.registry import Spec
from lcbrb.rows import Row, parse_rows
from lcbrb.sources.hub import DATA_VARIABLE, GitHubFile, HubFile, local_files
from lcbrb.types import PreferencePair, Problem, Provenance, Side

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A public data set: its name, its files, and the parts that a name can ask for.

    Args:
        name: as users write it.
        row: what a row of it is, for error messages ("an RM-Bench row").
        local: patterns of its files below `LCBRB_DATA`; packed copies (``X.gz``) are found as well.
        homes: its files on the network, read where there are no local ones; all of one revision.
            None where no revision is known: a file is then named, or lies below `LCBRB_DATA`.
        part: what a part of it is, in a word.
        parts: what may follow the colon of its name, and the categories of pairs that each holds;
            under the empty name those of the whole, where some are left out of it.
    """

    name: str
    row: str
    local: tuple[str, ...]
    homes: tuple[HubFile | GitHubFile, ...] = ()
    part: str = "part"
    parts: Mapping[str, Collection[str]] = field(default_factory=dict)

    @property
    def revision(self) -> str:
        """The beginning of the pinned revision; empty where there is none."""
        return self.homes[0].revision[:12] if self.homes else ""

    def locate(self) -> tuple[str, list[Path]]:
        """A version (``local`` or the revision) and the files, local or else from their homes.

        Raises:
            DataUnavailableError: neither `LCBRB_DATA` nor a home has them.
        """
        if local := local_files(*self.local):
            return "local", local
        if not self.homes:
            raise DataUnavailableError(
                f"{self.name} is read from a file: name the file ({self.name}:FILE), or set "
                f"{DATA_VARIABLE} to a folder with {self.local[0]} (see docs/data.md)"
            )
        return self.revision, [home.fetch() for home in self.homes]

    def read(
        self, parse: Callable[[Row], Iterable[T]], file: Path | None = None
    ) -> tuple[str, list[T]]:
        """The version, and what `parse` makes of every row of every file, or of the one named.

        The version of a file that a user names is a hash of it.
        """
        version, paths = (sha256_file(file)[:12], [file]) if file else self.locate()
        return version, [made for path in paths for made in parse_rows(path, self.row, parse)]

    def load(self, spec: Spec, parse: Callable[[Row], Iterable[PreferencePair]]) -> PairSet:
        """The pairs of all parts, or of the one named after the colon.

        Raises:
            UnknownNameError: no such part.
            UsageError: options, of which there are none.
            DataUnavailableError, BadInputError: a file is not there, or not in the layout.
        """
        refuse_options(spec)
        self.check_part(spec)
        version, pairs = self.read(parse)
        if (wanted := self.parts.get(spec.target)) is not None:
            pairs = [pair for pair in pairs if pair.category in wanted]
        return PairSet(name=spec.text, version=version, pairs=pairs)

    def without_equal_sides(
        self, spec: Spec, version: str, pairs: Sequence[PreferencePair], notes: Sequence[str] = ()
    ) -> PairSet:
        """A set whose pairs tell something: both sides are not one and the same text."""
        kept = [pair for pair in pairs if pair.chosen != pair.rejected or pair.rejected_prompt]
        if alike := len(pairs) - len(kept):
            notes = (*notes, f"{alike} pairs with identical sides left out")
        return PairSet(name=spec.text, version=version, pairs=kept, notes=tuple(notes))

    def check_part(self, spec: Spec) -> None:
        """Refuse a part that there is not."""
        if spec.target and spec.target not in self.parts:
            raise UnknownNameError(
                f"{self.part} of {self.name}", spec.target, filter(None, self.parts)
            )

    def pair(
        self,
        *,
        prompt: str,
        problem: object = None,
        samplers: tuple[str, str] | None = None,
        rule: str = "",
        **fields: Any,
    ) -> PreferencePair:
        """A pair of this source.

        Args:
            prompt: what both sides answer.
            problem: the row's own id of its problem; without one, equal prompts are one problem.
            samplers: who wrote the chosen and the rejected side, where that is known.
            rule: what its provenance says of it.
            fields: others of `PreferencePair`.
        """
        if samplers:
            chosen, rejected = samplers
            fields |= {"chosen_side": Side(sampler=chosen), "rejected_side": Side(sampler=rejected)}
        return make_pair(
            problem_id=f"{self.name}/{text_id(prompt) if problem is None else problem}",
            prompt=prompt,
            provenance=Provenance(
                source=self.name,
                version=self.revision,
                rule=rule,
                across_samplers=len(set(samplers or ())) > 1,
            ),
            **fields,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ProblemSource(Source):
    """A benchmark's problems; `problem` makes one of a row and its place, from 1."""

    problem: Callable[[Row, int], Problem]

    def load_problems(self, spec: Spec) -> Release:
        """All problems, where the name takes nothing else.

        Raises:
            UsageError: options or a release, of which there are none.
            DataUnavailableError: neither `LCBRB_DATA` nor a home has the files.
            BadInputError: a row is not in the layout; file and line are named.
        """
        only_the_name(spec)
        return self.release()

    def release(self) -> Release:
        """All problems; the version is a hash of the files. Raises as `load_problems`."""
        _, paths = self.locate()
        return Release(version=files_version(paths), problems=tuple(self.read_problems(*paths)))

    def read_problems(self, *paths: Path) -> Iterator[Problem]:
        """The problems of files in the layout, in order; raises as `parse_rows`."""
        places = count(1)

        def problems(row: Row) -> Iterator[Problem]:
            yield self.problem(row, next(places))

        for path in paths:
            yield from parse_rows(path, self.row, problems)


def files_version(paths: Iterable[Path]) -> str:
    """A hash of files, in order: the version of what they hold."""
    sums = [sha256_file(path) for path in paths]
    return (sums[0] if len(sums) == 1 else sha256_text("".join(sums)))[:12]


def asked_release(spec: Spec, what: str, releases: Collection[str], default: str) -> str:
    """The release after the ``@`` of a name, or the default.

    Raises:
        UnknownNameError: no such release.
    """
    name, _, release = spec.kind.partition("@")
    if release and release not in releases:
        raise UnknownNameError(f"{what} of {name}", release, releases)
    return release or default


def refuse_options(spec: Spec) -> None:
    """For a source that has no options."""
    if spec.options:
        raise UsageError(f"{spec.kind.partition('@')[0]} takes no options, found {spec.text}")


def only_the_name(spec: Spec) -> None:
    """For a source that has neither releases nor parts nor options."""
    name = spec.kind.partition("@")[0]
    if spec.text != name:
        raise UsageError(f"{name} has no releases and takes no options, found {spec.text}")
