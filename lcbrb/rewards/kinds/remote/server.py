"""A server of a reward model: asked, and held to what it was sent.

Before anything is scored, two fixed texts are (`RewardServer.probe`): that shows whether the server
serves the model that is named, reads the tokens that it was sent, and gives logits. Their scores
are kept beside a run's, so that other weights under the same name are noticed when it goes on.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from lcbrb.errors import BadScoreError, IncompleteRunError, SetupError
from lcbrb.protocols.reward import Item
from lcbrb.rewards.kinds.remote.apis import LAYOUTS, Question, Text
from lcbrb.rewards.kinds.remote.options import Activation, Api, RemoteOptions
from lcbrb.servers.bodies import Bounds
from lcbrb.servers.connection import Connection, Refused
from lcbrb.servers.requests import Requests
from lcbrb.servers.retries import Failures, Pacer, Retry
from lcbrb.types import JsonValue

_BASE_BYTES, _TEXT_BYTES = 1 << 20, 1 << 18  # of an answer; an embedding's numbers, to be named
_NAMED = 5  # models in an error
_SAME = 5e-3  # of two probabilities, through a server that rounds

PROBES = (
    Item(prompt="What is 2 + 3?", response="2 + 3 = 5, so the answer is 5."),
    Item(prompt="Name a river in Africa.", response="The Nile is one."),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    """What a server tells of the model: where its weights are, and the most tokens it reads."""

    root: str | None = None
    limit: int | None = None


@dataclass(slots=True, kw_only=True)
class Batch:
    """Texts of a request that are still to be scored; one that is refused is sent one by one."""

    texts: list[Text]
    at_once: int
    failures: Failures = field(default_factory=Failures)

    @property
    def is_open(self) -> bool:
        """Whether there are any."""
        return bool(self.texts)

    def next(self) -> list[Text]:
        """Those that the next request asks about."""
        return self.texts[: self.at_once]


#: a text with its score, or with the reason why it has none
Answer = tuple[Text, float | str]


class RewardServer(Connection):
    """Asks for scores; many threads may use it."""

    def __init__(self, model: str, url: str, options: RemoteOptions) -> None:
        root = url.removesuffix("/v1") if options.sends_ids else url
        super().__init__(model, f"{root}/v1" if options.sends_ids else url, options)
        self.options = options
        self._layout = LAYOUTS[options.api or Api.ITEMS](options=options)
        self._root, self.address = root, f"{root}{self._layout.path}"

    def served(self) -> Served:
        """What the server's list of models says; nothing where it has none.

        Raises:
            SetupError: nothing answers, access is denied, or the model is not in the list.
        """
        if not self.options.sends_ids:
            return Served()
        listed = self.listed()
        entry = next((entry for entry in listed if entry["id"] == self.model), None)
        if entry is None and listed:
            names = ", ".join(str(entry["id"]) for entry in listed[:_NAMED])
            raise SetupError(f"{self.base_url} serves {names}, but no model '{self.model}'")
        return _served(entry or {}, self.model)

    def probe(self, texts: Sequence[Text]) -> tuple[float, ...]:
        """The scores of the probes.

        Raises:
            SetupError: the server refuses them, or gives no logits although they are wanted.
            IncompleteRunError, BadScoreError: as `answers`.
        """
        wanted = self.options.activation
        given = self._probed(texts, wanted)
        if self.options.api is not Api.VLLM:
            return given
        if len(set(given)) == 1:
            raise SetupError(
                f"{self.address} gives two unrelated texts the same score, {given[0]:g}: a "
                "softmax over one label makes all scores equal, and old versions of vLLM always "
                "apply it"
            )
        if wanted is Activation.NONE and _within_unit(given):
            activated = self._probed(texts, Activation.SERVER)
            if all(abs(a - b) <= _SAME for a, b in zip(given, activated, strict=True)):
                raise SetupError(
                    f"{self.address} gives {given[0]:.4g} with and without its activation: it "
                    "ignores use_activation=false, or the model has no activation. If its scores "
                    "are meant to lie between 0 and 1, use ?activation=server"
                )
        return given

    def check_tokenizer(self, text: str, ids: Sequence[int]) -> None:
        """Hold the tokens of a text against the server's, where it tells them.

        Raises:
            SetupError: they are others.
        """
        body: JsonValue = {"model": self.model, "prompt": text, "add_special_tokens": False}
        try:
            answer = self.post(f"{self._root}/tokenize", body, _bounds(self.options, 1))
        except (Refused, Retry, SetupError):
            return  # it has no such page; what it reads is counted all the same
        tokens = answer.get("tokens") if isinstance(answer, dict) else None
        if isinstance(tokens, list) and tokens and tokens != list(ids):
            raise SetupError(
                f"{self.base_url} tokenises a text differently from the tokenizer here "
                f"({len(tokens)} and {len(ids)} tokens): name the served model's tokenizer with "
                "?tokenizer=…"
            )

    def answers(
        self, batches: Iterable[Batch], threads: int, activation: Activation
    ) -> Iterator[Answer]:
        """Each text with its score, or why it has none, as answers come.

        Raises:
            SetupError: no access, or the server reads other tokens than it was sent.
            BadScoreError: an answer has no finite number for a text, or is of another form.
            IncompleteRunError: the server stopped answering.
        """
        options = self.options
        pacer = Pacer(server=self.address, patience_s=options.patience_s, per_minute=options.rpm)
        requests = Requests(
            tasks=batches,
            send=lambda batch: self._once(batch, activation),
            give_up=_given_up,
            pacer=pacer,
        )
        with requests.answers(threads) as buffer:
            yield from buffer.taken()

    def _once(self, batch: Batch, activation: Activation) -> list[Answer]:
        texts = batch.next()
        try:
            scores = self._scores(texts, activation)
        except Refused:
            if len(texts) == 1:
                raise
            batch.at_once = 1  # one of them is to blame
            return []
        del batch.texts[: len(texts)]
        return list(zip(texts, scores, strict=True))

    def _scores(self, texts: Sequence[Text], activation: Activation) -> list[float]:
        body = self._layout.body(Question(model=self.model, texts=texts, activation=activation))
        answer = self.post(self.address, body, _bounds(self.options, len(texts)))
        self._check_count(answer, texts)
        try:
            scores = self._layout.scores(answer, texts)
        except BadScoreError as error:
            raise BadScoreError(f"{self.address} gave {error}") from error
        if self.options.bounded and not _within_unit(scores):
            beyond = next(score for score in scores if not 0 <= score <= 1)
            raise BadScoreError(f"{self.address} gave the score {beyond:g}: not from 0 to 1")
        return scores

    def _check_count(self, answer: JsonValue, texts: Sequence[Text]) -> None:
        """Hold the tokens that the server counted against those that it was sent."""
        usage = answer.get("usage") if isinstance(answer, dict) else None
        read = usage.get("prompt_tokens") if isinstance(usage, dict) else None
        sent = sum(len(text.ids) for text in texts)
        if type(read) is not int or not read or not sent or read == sent:
            return
        if read - sent == len(texts):
            why = "one more for each text, as if it adds a BOS token to each"
        elif read < sent:
            why = "it cuts texts, or has an undeclared limit"
        else:
            why = "it formats the texts in its own way"
        raise SetupError(
            f"{self.address} read {read} tokens but was sent {sent} in {len(texts)} texts: "
            f"{why}. Scores of other tokens are not this model's scores: check how the server "
            "was started, and that it uses token ids unchanged"
        )

    def _probed(self, texts: Sequence[Text], activation: Activation) -> tuple[float, ...]:
        batch = Batch(texts=list(texts), at_once=len(texts))
        given_scores = {text.item: given for text, given in self.answers([batch], 1, activation)}
        scores = []
        for text in texts:
            score = given_scores[text.item]
            if isinstance(score, str):
                raise SetupError(f"{self.address} refuses a request: {score}")
            scores.append(score)
        return tuple(scores)


def missing(failures: Mapping[str, int], model_id: str) -> IncompleteRunError:
    """The error of a run in which some texts got no answer; `failures` counts them by reason."""
    reason = max(failures, key=lambda name: failures[name])
    return IncompleteRunError(
        f"{sum(failures.values())} texts have no score because {model_id} got no answer for them "
        f"({reason}). The scores so far are kept: run the same command again to request the rest"
    )


def _served(entry: Mapping[str, JsonValue], model: str) -> Served:
    root, limit = entry.get("root"), entry.get("max_model_len")
    return Served(
        root=root if isinstance(root, str) and root != model else None,
        limit=limit if type(limit) is int and limit > 0 else None,
    )


def _given_up(batch: Batch, reason: str) -> list[Answer]:
    texts = batch.next()
    del batch.texts[: len(texts)]
    return [(text, reason) for text in texts]


def _within_unit(scores: Sequence[float]) -> bool:
    return all(0 <= score <= 1 for score in scores)


def _bounds(options: RemoteOptions, texts: int) -> Bounds:
    return Bounds(
        most_bytes=_BASE_BYTES + texts * _TEXT_BYTES,
        seconds=options.timeout_s,
        silent_s=options.patience_s,
    )
