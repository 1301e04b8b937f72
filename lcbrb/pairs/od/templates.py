"""What a policy is asked for OD pairs: editable template files, one for a dimension and direction.

``initial.toml`` asks for the first reasoning, ``DIMENSION-DIRECTION.toml`` for a rewrite, and
``tell-tale.txt`` lists phrases by which a rewrite gives itself away. Packaged ones lie in
``lcbrb/data/od_templates``; a folder of the user's own takes the place of those that it holds.

The paper (arXiv 2508.05170) names the three dimensions and gives no words: these are our own.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from importlib.resources import files
from pathlib import Path

from lcbrb.codec import read_text, sha256_text
from lcbrb.config import build
from lcbrb.errors import BadInputError, UsageError, in_file
from lcbrb.judges.templates import defused, unused_tag
from lcbrb.rows import parse_toml
from lcbrb.types import Message, Prompt

INITIAL = "initial"
TELL_TALE = "tell-tale.txt"
_PLACEHOLDER = re.compile(r"\{(problem|reasoning|answer|ending|tag)\}")


class Dimension(StrEnum):
    """Along which a reasoning is made better or worse."""

    FACTS = "factual-accuracy"
    RIGOR = "logical-rigor"
    COHERENCE = "logical-coherence"


class Direction(StrEnum):
    """Better or worse."""

    OPTIMIZED = "optimized"
    DEGRADED = "degraded"


@dataclass(frozen=True, slots=True, kw_only=True)
class _File:
    user: str
    name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RewriteTemplate:
    """Words of a template; `sha256` is of its file."""

    name: str
    user: str
    sha256: str

    @property
    def version(self) -> str:
        """Name and the hash's beginning, as prompts and pairs carry it."""
        return f"{self.name}#{self.sha256[:8]}"

    def prompt(self, texts: Mapping[str, str], ending: str) -> Prompt:
        """What asks for a rewrite.

        Args:
            texts: ``problem``, ``reasoning`` and ``answer``; braces in them are text.
            ending: what is to become of the answer.
        """
        tame = {name: defused(text) for name, text in texts.items()}
        values = {**tame, "ending": ending, "tag": unused_tag(tame)}
        text = _PLACEHOLDER.sub(lambda match: values[match[1]], self.user)
        return Prompt(
            messages=(Message(role="user", content=text),), raw=text, template=self.version
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class OdTemplates:
    """All that a run uses."""

    initial: RewriteTemplate
    rewrites: Mapping[tuple[Dimension, Direction], RewriteTemplate]
    tell_tale: tuple[str, ...]
    tell_tale_sha256: str

    @property
    def versions(self) -> dict[str, str]:
        """For the record: the hash of each file."""
        hashes = {template_name(*key): made.sha256 for key, made in self.rewrites.items()}
        return {INITIAL: self.initial.sha256, **hashes, TELL_TALE: self.tell_tale_sha256}


def template_name(dimension: Dimension, direction: Direction) -> str:
    """The name of a rewrite's template, without its ending."""
    return f"{dimension}-{direction}"


def load_od_templates(folder: Path | None = None) -> OdTemplates:
    """The packaged templates, or the user's where their folder holds some.

    Raises:
        UsageError: it is no folder, holds none of the files, or a ``.toml`` of another name.
        BadInputError: a file is no template; it is named.
    """
    known = [template_name(d, w) for d in Dimension for w in Direction]
    names = [f"{name}.toml" for name in (INITIAL, *known)] + [TELL_TALE]
    if folder is not None:
        _check_folder(folder, names)
    texts = {name: _text(name, folder) for name in names}
    return OdTemplates(
        initial=_template(*texts[f"{INITIAL}.toml"], ("prompt", "problem"), every=False),
        rewrites={
            (d, w): _template(
                *texts[f"{template_name(d, w)}.toml"], ("problem", "reasoning", "answer")
            )
            for d in Dimension
            for w in Direction
        },
        tell_tale=tuple(_phrases(texts[TELL_TALE][1])),
        tell_tale_sha256=sha256_text(texts[TELL_TALE][1]),
    )


def _check_folder(folder: Path, names: list[str]) -> None:
    if not folder.is_dir():
        raise UsageError(f"--templates {folder} is not a folder")
    there = {entry.name for entry in folder.iterdir()}
    if strange := sorted(name for name in there - set(names) if name.endswith(".toml")):
        raise UsageError(
            f"--templates {folder}: {strange[0]} is not the name of a template: known: "
            f"{', '.join(names)}"
        )
    if not there & set(names):
        raise UsageError(f"--templates {folder} contains none of {', '.join(names)}")


def _text(name: str, folder: Path | None) -> tuple[Path, str]:
    own = folder / name if folder is not None else None
    if own is not None and own.exists():
        return own, read_text(own)
    return Path(name), (files("lcbrb") / "data" / "od_templates" / name).read_text("utf-8")


def _template(
    path: Path, text: str, placeholders: tuple[str, ...], *, every: bool = True
) -> RewriteTemplate:
    with in_file(path):
        given = build(_File, parse_toml(text), "a template")
        missing = [name for name in placeholders if f"{{{name}}}" not in given.user]
        if missing and (every or len(missing) == len(placeholders)):
            what = " and no ".join(f"{{{name}}}" for name in missing)
            raise BadInputError(f"`user` has no {what} in it", path=path)
    return RewriteTemplate(
        name=given.name or path.stem, user=given.user.strip(), sha256=sha256_text(text)
    )


def _phrases(text: str) -> Iterator[str]:
    for line in text.splitlines():
        phrase = " ".join(line.split()).casefold()
        if phrase and not phrase.startswith("#"):
            yield phrase
