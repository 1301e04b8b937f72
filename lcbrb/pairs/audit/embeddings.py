"""Prompts that mean the same as a document's text, by the embeddings of a transformers encoder."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from lcbrb.errors import UsageError
from lcbrb.models import device_of, load_tokenizer, load_with, locate, own_limit
from lcbrb.pairs.audit.report import TextOverlap
from lcbrb.pairs.audit.text_overlap import Document, parts_of, summed_up
from lcbrb.registry import parse_spec
from lcbrb.types import PreferencePair

Floats = npt.NDArray[np.float32]

_BATCH = 32
_TOKENS = 512  # of a text; what follows is not read
_ROWS = 512  # of similarities that are held at once


class Encoder:
    """A transformers encoder: texts to unit vectors, the mean over the tokens' last states.

    Args:
        spec: ``hf:FOLDER`` or ``hf:ORG/NAME@REVISION``.

    Raises:
        UsageError: another spec.
        MissingExtraError, ModelLoadError: it can't be loaded.
    """

    def __init__(self, spec: str) -> None:
        parsed = parse_spec(spec)
        if parsed.kind != "hf" or not parsed.target or parsed.options:
            raise UsageError(f"an encoder is hf:FOLDER or hf:ORG/NAME@REVISION, not '{spec}'")
        weights = locate(parsed.target)
        from transformers import AutoModel

        self.name = spec
        self._tokenizer = load_tokenizer(weights)
        self._model = load_with(AutoModel, weights, "float32", "auto").model
        self._most = min(_TOKENS, own_limit(self._model))

    def vectors(self, texts: Sequence[str], on_texts: Callable[[int], object] = int) -> Floats:
        """Shape (texts, width), each of length 1."""
        import torch

        order = sorted(range(len(texts)), key=lambda i: len(texts[i]))
        rows: list[Any] = [None] * len(texts)
        for begin in range(0, len(order), _BATCH):
            places = order[begin : begin + _BATCH]
            inputs = self._tokenizer(
                [texts[i][: 8 * _TOKENS] or " " for i in places],
                padding=True,
                truncation=True,
                max_length=self._most,
                return_tensors="pt",
            ).to(device_of("auto"))
            with torch.no_grad():
                states_B_T_D = self._model(**inputs).last_hidden_state
            mask_B_T_1 = inputs["attention_mask"].unsqueeze(-1)
            means = (states_B_T_D * mask_B_T_1).sum(1) / mask_B_T_1.sum(1).clamp(min=1)
            unit = torch.nn.functional.normalize(means, dim=-1).cpu().numpy()
            for place, vector in zip(places, unit, strict=True):
                rows[place] = vector
            on_texts(len(places))
        return np.stack(rows)


def embedding_overlap(
    pairs: Sequence[PreferencePair],
    source: str,
    documents: Sequence[Document],
    *,
    encoder: Encoder,
    cosine: float,
) -> TextOverlap:
    """Pairs whose prompt lies near a document.

    Two texts overlap from a cosine of `cosine` on.
    """
    parts = parts_of(pairs, sides=False)
    ours = encoder.vectors([part.text for part in parts])
    theirs = encoder.vectors([document.text for document in documents])
    near = []
    for begin in range(0, len(parts), _ROWS):
        alike = ours[begin : begin + _ROWS] @ theirs.T
        for row, best in enumerate(alike.argmax(axis=1)):
            score = float(alike[row, best])
            if score >= cosine:
                near.append((parts[begin + row], documents[int(best)].id, min(1.0, score)))
    method = f"cosine of {cosine:g} by {encoder.name}"
    return summed_up(pairs, source, method, len(documents), near)
