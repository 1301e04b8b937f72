"""Texts that nearly repeat those of other sets, by MinHash (the library datasketch).

Within a problem texts are few and compared exactly (`lcbrb.pairs.texts.jaccard`); across sets they
are many, so their shingles are sketched by 128 hashes, whose similarity is known to about 0.04.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from lcbrb.pairs.texts import shingles

_HASHES = 128


@dataclass(frozen=True, slots=True)
class NearTexts:
    """Texts of other sets, to be asked whether a text is nearly one of them."""

    index: Any
    threshold: float

    @classmethod
    def of(cls, texts: Iterable[str], threshold: float) -> NearTexts:
        """The texts, each once.

        Args:
            texts: what must not be repeated.
            threshold: the Jaccard similarity of shingles from which two texts are nearly one.
        """
        from datasketch import MinHashLSH

        # datasketch refuses 1.0: the same shingles give the same sketch
        index = MinHashLSH(threshold=min(threshold, 0.99), num_perm=_HASHES)
        for number, text in enumerate(dict.fromkeys(texts)):
            index.insert(str(number), _sketch(text))
        return cls(index, threshold)

    def __contains__(self, text: str) -> bool:
        """Whether the text is nearly one of them."""
        return bool(self.index.query(_sketch(text)))


def _sketch(text: str) -> Any:
    from datasketch import MinHash

    sketch = MinHash(num_perm=_HASHES)
    sketch.update_batch([shingle.encode("utf-8", "replace") for shingle in shingles(text)])
    return sketch
