"""`remote:`: a reward model behind a server, of which only the scores come here.

vLLM and SGLang are sent token ids, laid out as `hf:` lays them out, so that both read the same. A
text's score depends on no other, within the rounding of the server's kernels, so that a run that
goes on asks only for what is missing.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar

from lcbrb import models
from lcbrb.errors import UsageError
from lcbrb.protocols.reward import Item
from lcbrb.registry import Spec
from lcbrb.rewards.base import ItemScore, RewardModel
from lcbrb.rewards.forward.batching import Tokens
from lcbrb.rewards.forward.layout import head_tokens, leading, text_ids
from lcbrb.rewards.kinds.remote.apis import Text
from lcbrb.rewards.kinds.remote.options import RemoteOptions, read_options
from lcbrb.rewards.kinds.remote.server import PROBES, Answer, Batch, RewardServer, Served, missing
from lcbrb.rewards.scoring import score_items
from lcbrb.servers.connection import named_server
from lcbrb.types import JsonValue


def from_spec(spec: Spec) -> RemoteModel:
    """``remote:MODEL@URL?api=…``, with the options of `RemoteOptions`; nothing is sent yet.

    Raises:
        UsageError: no model, address or api, options that don't fit, or no tokenizer to be found.
        SetupError: the variable for the key is not set, or the extra ``hf`` is not installed.
    """
    options = read_options(spec)
    model, url = named_server(spec, options)
    return RemoteModel(
        id=spec.text,
        model=model,
        url=str(url).rstrip("/"),
        options=options,
        words=_located(spec, model, options) if options.sends_ids else None,
    )


def _located(spec: Spec, model: str, options: RemoteOptions) -> models.Weights:
    try:
        return models.locate_tokenizer(
            options.tokenizer or model, trust_remote_code=options.trust_remote_code
        )
    except UsageError as error:
        if options.tokenizer:
            raise
        raise UsageError(
            f"{spec.text}: texts are sent as tokens, but {error}: name the served model's "
            "tokenizer with ?tokenizer=FOLDER or ?tokenizer=ORG/NAME@REVISION"
        ) from error


@dataclass(frozen=True, kw_only=True)
class RemoteModel(RewardModel):
    """A model behind an address; `words` is where its tokenizer is, None where texts are sent."""

    each_alone: ClassVar[bool] = True
    asks_others: ClassVar[bool] = True

    id: str
    model: str
    url: str
    options: RemoteOptions
    words: models.Weights | None

    @property
    def bounds(self) -> tuple[float, float]:
        """None of logits, else 0 to 1."""
        return (0.0, 1.0) if self.options.bounded else (-math.inf, math.inf)

    @property
    def logits(self) -> bool:
        """Whether the head's output comes as it is, as Bradley & Terry have it."""
        return not self.options.bounded

    @property
    def revision(self) -> str | None:
        """What the options say, else where the server says that its weights come from.

        Raises:
            SetupError: nothing answers at the address, or something else is served there.
        """
        return self.options.revision or self._served.root

    @property
    def identity(self) -> dict[str, JsonValue]:
        """Model, address and api, what the server tells of itself, and the tokenizer."""
        words = self.words
        return {
            "kind": "remote",
            "model": self.model,
            "url": self.url,
            "api": str(self.options.api),
            "activation": self.options.activation.value,
            "limit": self.limit,
            "truncation": self.options.truncation.value,
            "tokenizer": words and {"name": words.name, "revision": words.revision},
        }

    @property
    def limit(self) -> int | None:
        """The most tokens of a text: the server's limit or the lower one asked for, if any."""
        limits = [self._served.limit, self.options.max_length]
        return min((limit for limit in limits if limit is not None), default=None)

    @property
    def probes(self) -> dict[str, Sequence[float]]:
        """The scores of two fixed texts.

        Raises:
            LcbrbError: as `RewardServer.probe`.
        """
        return {self.id: self._probe}

    def load(self) -> None:
        """Load the tokenizer and look at the server now."""
        _ = self._probe

    @cached_property
    def tokenizer(self) -> Any:
        """That of the served model; None where texts are sent."""
        return models.load_tokenizer(self.words) if self.words else None

    @cached_property
    def _served(self) -> Served:
        server = self._server()
        with server.http:
            return server.served()

    @cached_property
    def _probe(self) -> tuple[float, ...]:
        _ = self._served  # is it the right server at all?
        server = self._server()
        with server.http:
            if self.words:
                plain = PROBES[0].response
                server.check_tokenizer(plain, text_ids(self.tokenizer, [plain])[0])
            return server.probe(self._texts(PROBES, cut=False))

    def score(self, items: Sequence[Item]) -> list[float]:
        """The head's output for each item.

        Raises:
            LcbrbError: as `score_portions`.
        """
        return [float(score) for score in score_items(self, items) if score is not None]

    def truncated(self, items: Sequence[Item]) -> list[bool]:
        """Whether each item is longer than the limit; what is refused is never cut."""
        return [text.truncated for text in self._texts(items)]

    def score_portions(
        self, portions: Sequence[Sequence[Item]]
    ) -> Iterator[tuple[int, Mapping[Item, ItemScore]]]:
        """Each text, asked about once, when the server has answered.

        Raises:
            UsageError: a text is too long and `truncation` is ``refuse``.
            SetupError: no access, or another model, layout or tokenizer there.
            BadScoreError: an answer has no finite number for a text.
            IncompleteRunError: some texts got no answer; all others were given.
        """
        askers: dict[Item, list[int]] = defaultdict(list)
        for number, items in enumerate(portions):
            for item in items:
                askers[item].append(number)
        self.load()
        failures: Counter[str] = Counter()
        for text, given in self._answers(list(askers)):
            if isinstance(given, str):
                failures[given] += 1
                continue
            length = len(text.ids) if self.words else None
            item_score = ItemScore(score=given, truncated=text.truncated, tokens=length)
            for number in askers[text.item]:
                yield number, {text.item: item_score}
        if failures:
            raise missing(failures, self.id)

    def _answers(self, items: Sequence[Item]) -> Iterator[Answer]:
        """All texts with what came of them; they are made ready as requests go out."""
        size = self.options.batch_size
        places = range(0, len(items), size)
        batches = (
            Batch(texts=self._texts(items[place : place + size]), at_once=size) for place in places
        )
        server = self._server()
        threads = min(self.options.concurrency, len(places))
        with server.http:
            yield from server.answers(batches, threads, self.options.activation)

    def _server(self) -> RewardServer:
        return RewardServer(self.model, self.url, self.options)

    def _texts(self, items: Sequence[Item], *, cut: bool = True) -> list[Text]:
        if not self.words:
            return [Text(item=item) for item in items]
        texts = []
        for item, whole in zip(items, head_tokens(self.tokenizer, items), strict=True):
            if any(whole.marks):
                raise UsageError(
                    f"{self.id}: its tokenizer marks the response by token types, which can't be "
                    "sent to a server: score it with hf:"
                )
            kept = self._cut(whole) if cut else whole
            texts.append(Text(item=item, ids=kept.ids, truncated=len(kept.ids) < len(whole.ids)))
        return texts

    def _cut(self, whole: Tokens) -> Tokens:
        if self.limit is None:
            return whole
        how = self.options.truncation
        return whole.cut(self.limit, how, leading(self.tokenizer, whole.ids))
