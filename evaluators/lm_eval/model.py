"""A policy as lm-evaluation-harness' kind of model: its requests become our asks."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from lm_eval.api.model import LM
from lm_eval.models.utils import normalize_gen_kwargs

from lcbrb.errors import IncompleteRunError, UsageError
from lcbrb.protocols.policy import Ask, Policy
from lcbrb.types import Generation, Message, Prompt, Sampling

#: what a request may hold that greedy decoding has no use for
_OF_DRAWING = frozenset({"top_k", "min_p", "typical_p"})
_TEMPLATE = "lm-eval"
#: task, place of the document among those asked, number of the request
Name = tuple[str, int, int]


@dataclass(eq=False, kw_only=True)
class PolicyModel(LM):  # type: ignore[misc] # untyped
    """Answers a harness' requests by a policy.

    `base` gives seed and system prompt; the rest of the sampling is the task's. `named` gives the
    problem of a document: its task, and its place among those asked. `drawn` keeps, by problem, the
    first reply to its first request.
    """

    policy: Policy
    base: Sampling
    named: Callable[[str, int], str]
    on_answer: Callable[[], object] = lambda: None
    drawn: dict[str, Generation] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """The harness' own state."""
        super().__init__()

    def generate_until(self, requests: Sequence[Any]) -> list[str]:
        """A text for each request; one that stands there several times gets several samples.

        Raises:
            UsageError: a request asks for what policies don't have.
            IncompleteRunError: a sample was not given.
            LcbrbError: what the policy raises.
        """
        repeated: dict[Name, list[Any]] = defaultdict(list)
        for request in requests:
            repeated[_name(request)].append(request)
        groups: dict[Sampling, dict[Name, list[Any]]] = defaultdict(dict)
        for name, same in repeated.items():
            groups[self._sampling(same[0].args[1])][name] = same
        texts: dict[Name, Iterator[str]] = {}
        for sampling, group in groups.items():
            texts |= self._sample(sampling, group)
        return [next(texts[_name(request)]) for request in requests]

    def _sample(
        self, sampling: Sampling, requests: dict[Name, list[Any]]
    ) -> dict[Name, Iterator[str]]:
        """The texts of requests that are sampled alike, those of one name together."""
        greedy = sampling.temperature == 0  # one text, however often it is asked for
        asks = [
            Ask(
                key=str(at),
                prompt=_prompt(same[0].args[0]),
                samples=tuple(range(1 if greedy else len(same))),
            )
            for at, same in enumerate(requests.values())
        ]
        by_key: dict[tuple[str, int], Generation] = {}
        missing = []
        for sampled in self.policy.sample(asks, sampling):
            if sampled.generation is None:
                missing.append(sampled.error)
            else:
                by_key[sampled.key, sampled.sample_index] = sampled.generation
                self.on_answer()
        if missing:
            raise IncompleteRunError(
                f"{len(missing)} of {len(asks)} prompts were not answered ({missing[0]}), and "
                "lm-eval has no metric of a part. Run the same command again: what was answered "
                "is kept"
            )
        texts = {}
        for at, (name, same) in enumerate(requests.items()):
            drawn = [by_key[str(at), 0 if greedy else index] for index in range(len(same))]
            texts[name] = iter([_until(generation.text, sampling.stop) for generation in drawn])
            if name[2] == 0:
                self.drawn[self.named(name[0], name[1])] = drawn[0]
        return texts

    def _sampling(self, settings: dict[str, Any]) -> Sampling:
        """What a request asks for, with the harness' own defaults: greedy, 256 tokens."""
        wanted: dict[str, Any] = {**normalize_gen_kwargs(settings)}
        greedy = not wanted.pop("do_sample")
        temperature = 0.0 if greedy else float(wanted.pop("temperature", 1.0))
        top_p = 1.0 if greedy else float(wanted.pop("top_p", 1.0))
        stop, most = wanted.pop("until"), wanted.pop("max_gen_toks")
        unknown = wanted.keys() - ({"temperature", "top_p", *_OF_DRAWING} if greedy else set())
        if unknown:
            raise UsageError(
                f"the task needs {', '.join(sorted(unknown))}, which lcbrb's policies don't have"
            )
        return Sampling(
            temperature=temperature,
            top_p=top_p,
            max_tokens=most,
            stop=tuple(text for text in stop if text),
            seed=self.base.seed,
            system_prompt=self.base.system_prompt,
        )

    def loglikelihood(self, requests: Sequence[Any]) -> list[tuple[float, bool]]:
        """Log-probability in nats, and whether greedy decoding would give it, a request.

        Raises:
            UsageError: the policy has no log-likelihoods.
        """
        answers = self.policy.loglikelihood([request.args for request in requests])
        for _ in answers:
            self.on_answer()
        return [(answer.log_probability, answer.greedy) for answer in answers]

    def loglikelihood_rolling(self, requests: Sequence[Any]) -> list[float]:
        """Not to be had.

        Raises:
            UsageError: always.
        """
        del requests
        raise UsageError(
            "the task measures the perplexity of whole texts (loglikelihood_rolling), which "
            "lcbrb's policies can't compute: use lm-eval itself"
        )


def _name(request: Any) -> Name:
    return request.task_name, request.doc_id, request.idx


def _prompt(context: str) -> Prompt:
    """One user turn, or the bare text."""
    return Prompt(
        messages=(Message(role="user", content=context),), raw=context, template=_TEMPLATE
    )


def _until(text: str, stop: Sequence[str]) -> str:
    for end in stop:
        text = text.split(end, 1)[0]
    return text
