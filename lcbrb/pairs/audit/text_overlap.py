"""Text that pairs have in common with a benchmark or a training set.

Two texts overlap where they share enough n-grams of words: at least `shared` of those of the
shorter text, in one document, so that a phrase that all problems of a site begin with is not taken
for a copy. What was reworded is found by embeddings at best (`lcbrb.pairs.audit.embeddings`).
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from lcbrb.models.trained_on import TrainedOn
from lcbrb.pairs.audit.report import Near, TextOverlap
from lcbrb.types import PreferencePair, TrainedProblem

FEWEST_GRAMS = 12  # a shorter text is in common with much that is no copy
_NEAREST = 20
_MOST_WORDS = 20_000  # of a text that are looked at
_WORD = re.compile(r"\w+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A text that pairs are held against."""

    id: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A text of the pairs: a prompt or a side, with the places of the pairs that hold it."""

    problem_id: str
    name: str
    text: str
    places: tuple[int, ...]


def parts_of(pairs: Sequence[PreferencePair], *, sides: bool = True) -> list[Part]:
    """Prompts and sides, each text of a problem once."""
    held: defaultdict[tuple[str, str, str], list[int]] = defaultdict(list)
    for place, pair in enumerate(pairs):
        held[pair.problem_id, "prompt", pair.prompt].append(place)
        if pair.rejected_prompt is not None:
            held[pair.problem_id, "prompt", pair.rejected_prompt].append(place)
        if sides:
            held[pair.problem_id, "chosen", pair.chosen].append(place)
            held[pair.problem_id, "rejected", pair.rejected].append(place)
    return [
        Part(problem_id=problem, name=name, text=text, places=tuple(places))
        for (problem, name, text), places in held.items()
    ]


def gram_overlap(
    pairs: Sequence[PreferencePair],
    source: str,
    documents: Sequence[Document],
    *,
    gram: int,
    shared: float,
) -> TextOverlap:
    """Pairs with a prompt or a side that is near a document.

    Two texts overlap from `shared` on, a share of the n-grams of the shorter one; `source` names
    the documents to people.
    """
    index: defaultdict[int, list[int]] = defaultdict(list)
    sizes = []
    for place, document in enumerate(documents):
        grams = _grams(document.text, gram)
        sizes.append(len(grams))
        for ngram in grams:
            index[ngram].append(place)
    near = []
    for part in parts_of(pairs):
        grams = _grams(part.text, gram)
        if len(grams) < FEWEST_GRAMS:
            continue
        met = Counter(place for ngram in grams for place in index.get(ngram, ()))
        best = max(
            (
                (count / min(len(grams), sizes[place]), -place)
                for place, count in met.items()
                if sizes[place] >= FEWEST_GRAMS
            ),
            default=None,
        )
        if best is not None and best[0] >= shared:
            near.append((part, documents[-best[1]].id, best[0]))
    method = f"{gram}-grams of words, {100 * shared:g}% of the shorter text's"
    return summed_up(pairs, source, method, len(documents), near)


def statement_overlap(
    pairs: Sequence[PreferencePair], source: str, lines: Sequence[TrainedProblem]
) -> TextOverlap:
    """Pairs whose statement a model was trained on, as the hashes in its folder tell."""
    known = TrainedOn(lines)
    near = [(part, source, 1.0) for part in parts_of(pairs, sides=False) if part.text in known]
    method = "hashes of statements and sentences (trained_on.jsonl)"
    return summed_up(pairs, source, method, len(lines), near)


def summed_up(
    pairs: Sequence[PreferencePair],
    source: str,
    method: str,
    documents: int,
    near: Iterable[tuple[Part, str, float]],
) -> TextOverlap:
    """What near texts come to, by pairs and problems."""
    rows = sorted(near, key=lambda row: (-row[2], row[0].problem_id, row[0].name))
    places = {place for part, _, _ in rows for place in part.places}
    return TextOverlap(
        source=source,
        method=method,
        documents=documents,
        pairs=len(places),
        problems=len({pairs[place].problem_id for place in places}),
        share=len(places) / len(pairs),
        nearest=tuple(
            Near(problem_id=part.problem_id, part=part.name, document=document, score=score)
            for part, document, score in rows[:_NEAREST]
        ),
    )


def _grams(text: str, size: int) -> set[int]:
    """The n-grams of a text, as hashes that hold within this process."""
    words = list(_words(text))
    return {hash(tuple(words[at : at + size])) for at in range(len(words) - size + 1)}


def _words(text: str) -> Iterator[str]:
    folded = unicodedata.normalize("NFKC", text).casefold()
    for number, match in enumerate(_WORD.finditer(folded)):
        if number == _MOST_WORDS:
            return
        yield match[0]
