"""What the page shows, as values for its templates; the templates escape every text."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from lcbrb.pairs.review.findings import Choice, Preference
from lcbrb.pairs.review.order import place_of
from lcbrb.pairs.review.tools import side_texts
from lcbrb.types import Judgement, PreferencePair, Side
from lcbrb.visible import readable, visible

HEAD, TAIL = 60_000, 20_000  # characters of a text on the page; the whole of it is a link away
PLACES = {
    "first": "First is better",
    "second": "Second is better",
    "equal": "No difference",
    "unsure": "Can't tell",
}
_SOUNDNESS = {True: "sound", False: "flawed", None: "undecided"}
_FENCE = "```"


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """A stretch of a text: prose, or a fenced program with its fences."""

    text: str
    code: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A text on the page; `cut`: its middle is left out."""

    blocks: tuple[Block, ...]
    characters: int
    cut: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class SideView:
    """One side: its own prompt where the two differ, and its text."""

    place: str
    name: str
    prompt: Shown | None
    text: Shown


@dataclass(frozen=True, slots=True, kw_only=True)
class HiddenView:
    """What is shown only to those who ask: a side's label, sampler, verdict and judges."""

    name: str
    label: str
    sampler: str
    verdict: str
    judges: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PairView:
    """A pair: the prompt, where it is one, and the sides in the order of their places."""

    prompt: Shown | None
    sides: tuple[SideView, SideView]


def pair_view(pair: PreferencePair, first: Choice) -> PairView:
    """A pair with this side first; nothing in it tells which side that is."""
    texts = side_texts(pair, first)
    (prompt, _), (other, _) = texts
    own = prompt != other
    left, right = (
        SideView(
            place=place,
            name=place.capitalize(),
            prompt=shown(asked) if own else None,
            text=shown(text),
        )
        for place, (asked, text) in zip(("first", "second"), texts, strict=True)
    )
    return PairView(prompt=None if own else shown(prompt), sides=(left, right))


def hidden_views(pair: PreferencePair, first: Choice) -> list[HiddenView]:
    """What is known of the two sides, in the order of their places."""
    sides = {Choice.CHOSEN: pair.chosen_side, Choice.REJECTED: pair.rejected_side}
    return [
        HiddenView(
            name=name,
            label=label.value,
            sampler=visible(side.sampler) if side else "not recorded",
            verdict=_verdict(side),
            judges=tuple(
                visible(_word(judgement)) for judgement in (side.judgements if side else ())
            ),
        )
        for name, label in (("First", first), ("Second", first.mirrored))
        for side in (sides[label],)
    ]


def _word(judgement: Judgement) -> str:
    word = f"{judgement.judge}: {_SOUNDNESS[judgement.sound]}"
    return f"{word} ({judgement.note})" if judgement.note else word


def _verdict(side: Side | None) -> str:
    if side is None or side.verdict is None:
        return "not recorded"
    verdict = side.verdict
    tests = (
        f" ({verdict.tests_passed} of {verdict.tests_total} tests)" if verdict.tests_total else ""
    )
    return verdict.status.value.replace("_", " ") + tests


def words(preference: Preference, first: Choice) -> str:
    """A preference in the words of this page's buttons."""
    return PLACES[place_of(preference.choice, first)]


def shown(text: str) -> Shown:
    """A text with its hidden characters written out, cut into prose and programs."""
    cut = len(text) > HEAD + TAIL
    return Shown(blocks=tuple(_blocks(readable(text, HEAD, TAIL))), characters=len(text), cut=cut)


def whole_text(pair: PreferencePair, first: Choice, part: str) -> str | None:
    """One of a pair's texts: ``first``, ``second`` or a prompt; None for any other part."""
    (prompt, left), (other, right) = side_texts(pair, first)
    parts = {"prompt": prompt, "first": left, "second": right}
    return {**parts, "first-prompt": prompt, "second-prompt": other}.get(part)


def _blocks(text: str) -> Iterator[Block]:
    lines: list[str] = []
    code = False
    for line in text.split("\n"):
        if line.lstrip().startswith(_FENCE):
            if not code:
                yield from _block(lines, code=False)
                lines = [line]
            else:
                yield from _block([*lines, line], code=True)
                lines = []
            code = not code
        else:
            lines.append(line)
    yield from _block(lines, code=code)


def _block(lines: list[str], *, code: bool) -> Iterator[Block]:
    text = "\n".join(lines).strip("\n")
    if text:
        yield Block(text=text, code=code)
