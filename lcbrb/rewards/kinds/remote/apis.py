"""What each kind of server is sent, and where the scores are in what it answers.

- vLLM, ``/classify`` (``ClassificationCompletionRequest`` and ``ClassificationResponse`` of
  ``vllm/entrypoints/pooling/classify/protocol.py``). ``use_activation: false`` asks for the logit.
  Its older names ``softmax`` and ``activation`` are not sent as well: versions that know all three
  read a given ``false`` in one of these as true.
- SGLang, ``/v1/embeddings`` (``serving_embedding.py``): the one number of a scalar head stands
  where an embedding would. Its ``/v1/classify`` gives a softmax, which is 1 with one label.
- ``items``: the reward service of TraceLift (arXiv 2605.03862): problems and reasoning as text,
  answered by numbers from 0 to 1.

A request sets no flag that lets vLLM or SGLang cut a text, so they refuse one that is too long.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import ClassVar

from lcbrb.errors import BadScoreError
from lcbrb.pair_identity import mend_text
from lcbrb.protocols.reward import Item
from lcbrb.rewards.kinds.remote.options import Activation, Api, RemoteOptions
from lcbrb.types import JsonValue

_LISTS = ("scores", "results", "outputs", "data")
_SHOWN = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """An item as it is sent: with its token ids, after cutting, where the server takes ids."""

    item: Item
    ids: Sequence[int] = ()
    truncated: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What one request asks."""

    model: str
    texts: Sequence[Text]
    activation: Activation


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout(ABC):
    """How one kind of server is asked; `path` follows the server's address."""

    path: ClassVar[str]

    options: RemoteOptions

    @abstractmethod
    def body(self, question: Question) -> JsonValue:
        """The request."""

    @abstractmethod
    def entries(self, answer: JsonValue, count: int) -> list[JsonValue]:
        """What an answer says of each text, in the order of the request.

        Raises:
            BadScoreError: it has another form, or another number of entries.
        """

    def scores(self, answer: JsonValue, texts: Sequence[Text]) -> list[float]:
        """The finite number that an answer gives each text.

        Raises:
            BadScoreError: it does not.
        """
        entries = self.entries(answer, len(texts))
        return [_number(*both) for both in zip(entries, texts, strict=True)]


class Indexed(Layout):
    """OpenAI's form: under ``data`` an object for each text, with its ``index`` and numbers."""

    key: ClassVar[str]

    def entries(self, answer: JsonValue, count: int) -> list[JsonValue]:
        """By index: servers may answer in another order."""
        data = answer.get("data") if isinstance(answer, dict) else None
        if not isinstance(data, list) or not all(isinstance(entry, dict) for entry in data):
            raise BadScoreError(f"a response without objects under 'data': {_shown(answer)}")
        _check_count(len(data), count)
        by_index: dict[int, JsonValue] = {}
        for entry in data:
            index = entry.get("index")
            if type(index) is not int or not 0 <= index < count or index in by_index:
                raise BadScoreError(f"a result with the index {_shown(index)} of {count} texts")
            by_index[index] = _only(entry.get(self.key), self.key)
        return [by_index[index] for index in range(count)]


class Vllm(Indexed):
    """vLLM's classification."""

    path = "/classify"
    key = "probs"

    def body(self, question: Question) -> JsonValue:
        """Token ids, and whether the activation is wanted."""
        return {
            "model": question.model,
            "input": [list(text.ids) for text in question.texts],
            "use_activation": question.activation is Activation.SERVER,
        }


class Sglang(Indexed):
    """SGLang's embeddings."""

    path = "/v1/embeddings"
    key = "embedding"

    def body(self, question: Question) -> JsonValue:
        """Token ids."""
        return {"model": question.model, "input": [list(text.ids) for text in question.texts]}


class Items(Layout):
    """TraceLift's reward service."""

    path = ""

    def body(self, question: Question) -> JsonValue:
        """Texts, with what the options say of all."""
        options = self.options
        items: list[JsonValue] = [
            {
                "problem": mend_text(text.item.prompt),
                "reasoning": mend_text(text.item.response),
                "task_name": options.task_name,
                "task_type": options.task_type,
            }
            for text in question.texts
        ]
        body: dict[str, JsonValue] = {"items": items, "batch_size": len(items)}
        return body if options.max_length is None else {**body, "max_length": options.max_length}

    def entries(self, answer: JsonValue, count: int) -> list[JsonValue]:
        """A list, or the one that an object holds."""
        held = answer if isinstance(answer, dict) else {}
        named = [held[name] for name in _LISTS if name in held]
        listed = next((given for given in [answer, *named] if isinstance(given, list)), None)
        if listed is None:
            raise BadScoreError(f"a response without a list of numbers: {_shown(answer)}")
        _check_count(len(listed), count)
        return listed


LAYOUTS: dict[Api, type[Layout]] = {Api.VLLM: Vllm, Api.SGLANG: Sglang, Api.ITEMS: Items}


def _check_count(given: int, wanted: int) -> None:
    if given != wanted:
        raise BadScoreError(f"{given} results for {wanted} texts")


def _only(numbers: JsonValue, key: str) -> JsonValue:
    """The only number of a text's list."""
    if not isinstance(numbers, list) or not numbers:
        raise BadScoreError(f"a result without a list of numbers under '{key}': {_shown(numbers)}")
    if len(numbers) > 1:
        raise BadScoreError(
            f"{len(numbers)} numbers for one text: the served model is not a reward model with a "
            "scalar head"
        )
    return numbers[0]


def _number(value: JsonValue, text: Text) -> float:
    if not isinstance(value, bool) and isinstance(value, int | float):
        with suppress(OverflowError):  # an integer of hundreds of digits
            if math.isfinite(value):
                return float(value)
    raise BadScoreError(
        f"{_shown(value)} as the score of the response that begins '{text.item.response[:30]}': "
        "not a finite number"
    )


def _shown(value: JsonValue) -> str:
    return repr(value)[:_SHOWN]
