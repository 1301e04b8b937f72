"""What a judge is asked: rubric templates, which are editable files, and the texts put into them.

A template is a TOML file: `user` (with its placeholders), `system`, `name`, the `marker` with which
the line of the vote begins, and for comparisons the words for `first`, `second` and `tie`. `raw` is
what a base model continues in their place; it ends with the marker and a colon, and the rest of
that line is the reply. Packaged ones lie in ``lcbrb/data/judge_templates``.

Candidates' texts are put in once and never looked at again, so braces and placeholders in them are
text. Each prompt has a `{tag}` that occurs in none of its texts: no text can close the marks around
it. What looks like a chat template's control token is taken apart by a space, so no text can
pretend to be another turn.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from importlib.resources import files
from pathlib import Path

from lcbrb.codec import read_text, sha256_text
from lcbrb.config import build
from lcbrb.errors import BadInputError, UnknownNameError, UsageError
from lcbrb.replies.marks import CONTROL_TEXTS
from lcbrb.rows import parse_toml
from lcbrb.types import Message, Prompt


class Mode(StrEnum):
    """What a judge is asked for."""

    PAIRWISE = "pairwise"  # which of two texts is better
    POINTWISE = "pointwise"  # a score for one text
    SOUNDNESS = "soundness"  # whether one text is sound and fits its solution: for `pairs build`


_NEEDED = {
    Mode.PAIRWISE: ("first", "second"),
    Mode.POINTWISE: ("response",),
    Mode.SOUNDNESS: ("response", "solution"),
}
_MARKERS = {Mode.PAIRWISE: "Verdict", Mode.POINTWISE: "Score", Mode.SOUNDNESS: "Judgement"}
_PLACEHOLDER = re.compile(r"\{(prompt|response|solution|first|second|tag|low|high)\}")
_TAG_DIGITS = 8
_CONTROL = re.compile(
    r"<(?=\|[^|<>\n]{1,40}\|>|\uff5c[^\uff5c<>\n]{1,60}\uff5c>|/?s>|(?:start|end)_of_turn>"
    r"|(?:bos|eos|pad|unk)>|<SYS>>)|\[(?=/?INST\])"
    + "".join(f"|{re.escape(text[0])}(?={re.escape(text[1:])})" for text in CONTROL_TEXTS),
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rubric:
    """What a file holds. A vote is written as `marker`, a colon, and one of the three words."""

    user: str
    system: str = ""
    raw: str = ""
    name: str = ""
    marker: str = ""
    first: str = "A"
    second: str = "B"
    tie: str = "tie"


@dataclass(frozen=True, slots=True, kw_only=True)
class Template(Rubric):
    """A rubric in use: `name` and `sha256` (of the file) say which words were used."""

    sha256: str

    @property
    def version(self) -> str:
        """Name and the hash's beginning, as prompts carry it."""
        return f"{self.name}#{self.sha256[:8]}"

    @property
    def lead(self) -> str:
        """What a base model's reply goes on from, where there is a text for base models."""
        return f"{self.marker}:" if self.raw else ""


def load_template(name: str, mode: Mode) -> Template:
    """A packaged template by its name (``reasoning``, ``brief``), or one's own by its path.

    Raises:
        UnknownNameError: no packaged one of that name, and no path.
        DataUnavailableError: no such file.
        BadInputError: no TOML, or no template for this mode; the message says why.
    """
    folder = files("lcbrb") / "data" / "judge_templates"
    packaged = {
        entry.name.removeprefix(f"{mode}-").removesuffix(".toml"): entry
        for entry in folder.iterdir()
        if entry.name.startswith(f"{mode}-")
    }
    if name in packaged:
        text, where = packaged[name].read_text("utf-8"), name
    elif "/" in name or name.endswith(".toml") or Path(name).is_file():
        text, where = read_text(Path(name).expanduser()), name
    else:
        raise UnknownNameError("judge's template", name, [*packaged, "PATH.toml"])
    try:
        return _template(text, Path(where).stem, mode)
    except UsageError as error:
        raise BadInputError(f"no template for mode={mode}: {error}", path=where) from error


def _template(text: str, stem: str, mode: Mode) -> Template:
    given = build(Rubric, parse_toml(text), "a judge's template")
    for key, body in (("user", given.user), ("raw", given.raw)):
        there = set(_PLACEHOLDER.findall(body))
        missing = [f"{{{name}}}" for name in _NEEDED[mode] if name not in there]
        if missing and (body or key == "user"):
            raise UsageError(f"`{key}` has no {' and no '.join(missing)} in it")
    if strange := sorted(set(_PLACEHOLDER.findall(given.system)) - {"low", "high", "tag"}):
        raise UsageError(f"`system` holds {{{strange[0]}}}: the texts belong in `user`")
    marker = given.marker or _MARKERS[mode]
    if given.raw and not given.raw.rstrip().endswith(f"\n{marker}:"):
        raise UsageError(f"`raw` must end with a line '{marker}:', which the model continues")
    choices = [given.first, given.second, given.tie]
    if len({word.lower() for word in choices}) < len(choices) or not all(map(str.strip, choices)):
        raise UsageError("`first`, `second` and `tie` must be three different words")
    return Template(
        name=given.name or stem,
        sha256=sha256_text(text),
        system=given.system.strip(),
        user=given.user.strip(),
        raw=given.raw.strip(),
        marker=marker,
        first=given.first,
        second=given.second,
        tie=given.tie,
    )


def fill(template: Template, texts: Mapping[str, str], settings: Mapping[str, str]) -> Prompt:
    """The prompt for some texts.

    Args:
        template: the rubric.
        texts: what is judged, by placeholder: ``prompt`` with ``response`` (and ``solution``), or
            with ``first`` and ``second``.
        settings: of our own, by placeholder: ``low`` and ``high``.
    """
    tame = {name: defused(text) for name, text in texts.items()}
    values = {**tame, **settings, "tag": unused_tag(tame)}

    def put(match: re.Match[str]) -> str:
        return values.get(match[1], match[0])

    user = Message(role="user", content=_PLACEHOLDER.sub(put, template.user))
    system = _PLACEHOLDER.sub(put, template.system)
    before = (Message(role="system", content=system),) if system else ()
    return Prompt(
        messages=(*before, user),
        raw=_PLACEHOLDER.sub(put, template.raw) or None,
        stop=("\n",) if template.raw else (),
        template=template.version,
    )


def defused(text: str) -> str:
    """The text, with a space within what a tokenizer could take for a control token.

    ``<|im_end|>``, ``</s>``, ``<end_of_turn>``, ``[INST]``, and the markers of reasoning in all
    formats that `lcbrb.replies.reasoning_formats` lists.
    """
    return _CONTROL.sub(lambda match: f"{match[0]} ", text)


def unused_tag(texts: Mapping[str, str]) -> str:
    """A mark that is in none of the texts, the same one for the same texts."""
    whole = "\0".join(f"{name}\0{text}" for name, text in sorted(texts.items()))
    tag = sha256_text(whole)
    while any(tag[:_TAG_DIGITS] in text for text in texts.values()):
        tag = sha256_text(tag)
    return tag[:_TAG_DIGITS]
