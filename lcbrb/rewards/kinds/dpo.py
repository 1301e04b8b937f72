"""`dpo:POLICY+REFERENCE`: the reward that a policy trained by DPO has in itself.

    r(x, y) = beta * (log pi(y|x) - log pi_ref(y|x))

up to a term of the prompt alone (Rafailov et al. 2023, arXiv 2305.18290), summed over the tokens of
the response and the end of text behind it, as TRL trains and RewardBench scores. Both models read
the same tokens, laid out by the policy's chat template.

``dpo:POLICY`` alone is RewardBench's reference-free score, of the policy's log-probabilities only:
their mean (``avg``, its default), their sum (``sum``), or the negative of their Euclidean norm
(``norm``).
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Self

from pydantic import Field

from lcbrb.config import build
from lcbrb.errors import ModelLoadError, UsageError
from lcbrb.models import SMOLLM2
from lcbrb.protocols.reward import Item, Prepared
from lcbrb.registry import Spec
from lcbrb.rewards.base import RewardModel
from lcbrb.rewards.forward import options as hf
from lcbrb.rewards.forward.language import LanguageModel, Rated, prompt_ids, responses_cut, text_ids
from lcbrb.rewards.forward.vocabulary import token_log_likelihoods
from lcbrb.types import JsonValue

if TYPE_CHECKING:
    from torch import Tensor

_PROBE = "Let n = 3;\n\tthen n² ≥ 9, so it isn't “small”.  \n\ndef f(x):\n    return x + 1\n"


class Free(StrEnum):
    """A score of the policy's log-probabilities alone (RewardBench's ``--ref_free_type``)."""

    AVG = "avg"
    SUM = "sum"
    NORM = "norm"


@dataclass(frozen=True, slots=True, kw_only=True)
class DpoOptions(hf.ModelOptions):
    """What ``dpo:…?…`` takes beside the options of every model.

    With a reference: `beta`; `average`, the mean over tokens in place of the sum;
    `reference_device`, where the reference is not to stand beside the policy. Without one:
    `reference_free`. `eos` is whether the end of text is scored with the response.
    """

    beta: Annotated[float, Field(gt=0, allow_inf_nan=False)] = 0.1
    average: bool = False
    eos: bool = True
    reference_device: str | None = None
    reference_free: Free = Free.AVG


def from_spec(spec: Spec) -> Dpo:
    """``dpo:POLICY+REFERENCE`` or ``dpo:POLICY``; each a folder, ``ORG/NAME@REVISION``, smollm2.

    Raises:
        UsageError, SetupError: no model, options of the other form, a model that is not there.
    """
    options = build(DpoOptions, spec.options, spec.kind)
    policy, reference = split_models(spec.target)
    alien = ("reference_free",) if reference else ("beta", "average", "reference_device")
    for name in alien:
        if name in spec.options:
            form = "has a reference" if reference else "has no reference (dpo:POLICY+REFERENCE)"
            raise UsageError(f"'{name}' means nothing for {spec.text}, which {form}")
    beside = None
    if reference:
        there = dataclasses.replace(options, device=options.reference_device or options.device)
        whole = dataclasses.replace(there, base=None)  # ?base=… is for the policy's adapter
        beside = LanguageModel(weights=hf.locate(reference, whole), options=there)
    model = LanguageModel(weights=hf.locate(policy, options), options=options)
    return Dpo(id=spec.text, policy=model, reference=beside, options=options)


def split_models(target: str) -> tuple[str, str]:
    """Policy and reference; the latter empty where there is none.

    Names may hold a ``+`` of their own: of several, the one counts that stands between two things
    that can be models.

    Raises:
        UsageError: nothing named, or it can be read in several ways.
    """
    if not target.strip("+"):
        raise UsageError("dpo needs a policy: dpo:POLICY+REFERENCE, or dpo:POLICY alone")
    if "+" not in target or _is_folder(target):
        return target, ""
    places = [at for at, character in enumerate(target) if character == "+"]
    splits = [(target[:at], target[at + 1 :]) for at in places]
    if len(splits) > 1:
        splits = [(a, b) for a, b in splits if _may_be_model(a) and _may_be_model(b)]
    if len(splits) != 1 or not all(splits[0]):
        raise UsageError(f"'{target}' is not POLICY+REFERENCE: which + stands between them?")
    return splits[0]


def _is_folder(target: str) -> bool:
    return Path(target.removeprefix("hf:")).expanduser().is_dir()


def _may_be_model(target: str) -> bool:
    bare = target.removeprefix("hf:")
    return bare == SMOLLM2 or _is_folder(bare) or ("+" not in bare and bare.count("/") == 1)


@dataclass(frozen=True, kw_only=True)
class Dpo(RewardModel):
    """An implicit reward; both models are loaded once, when first needed."""

    id: str
    policy: LanguageModel
    reference: LanguageModel | None
    options: DpoOptions

    @property
    def logits(self) -> bool:
        """Where there is a reference; log-probabilities alone are none."""
        return self.reference is not None

    @property
    def bounds(self) -> tuple[float, float]:
        """None with a reference; log-probabilities alone are at most 0."""
        return float("-inf"), (0.0 if self.reference is None else float("inf"))

    @property
    def forward_passes(self) -> int:
        """How many models read each text, for the account of its tokens."""
        return 1 if self.reference is None else 2

    @property
    def revision(self) -> str | None:
        """Of policy and reference, or of the policy alone."""
        own = self.policy.weights.revision
        return own if self.reference is None else f"{own} + {self.reference.weights.revision}"

    @property
    def identity(self) -> dict[str, JsonValue]:
        """The formula's settings, for the record."""
        named: dict[str, JsonValue] = {"policy": self.policy.weights.name, "eos": self.options.eos}
        if self.reference is None:
            return {**named, "reference_free": self.options.reference_free.value}
        settings = {"beta": self.options.beta, "average": self.options.average}
        return {**named, "reference": self.reference.weights.name, **settings}

    def load(self) -> None:
        """Load now, so that the time to load is not counted as scoring.

        Raises:
            ModelLoadError: a model does not load, or the two have different tokenizers.
        """
        _ = self._loaded

    @cached_property
    def _loaded(self) -> tuple[Any, ...]:
        """What is in memory: done and held against one another once."""
        if self.reference is None:
            return self.policy.model, self.policy.tokenizer
        check_same_tokens(self.policy, self.reference)
        return self.policy.model, self.reference.model

    @property
    def flips(self) -> int:
        """How many pairs are scored in float32 too."""
        return self.options.flips_wanted

    def in_float32(self) -> Self | None:
        """The same two models in float32; None where flips are not wanted or the policy is that."""
        if hf.in_float32(self.policy.model, self.options) is None:
            return None
        twin = dataclasses.replace(self.options, dtype="float32")
        return dataclasses.replace(
            self,
            policy=_in_float32(self.policy),
            reference=self.reference and _in_float32(self.reference),
            options=twin,
        )

    def truncated(self, items: Sequence[Item]) -> list[bool]:
        """Whether each item is longer than both models take."""
        return hf.truncated(self, self.options, items)

    def prepare(self, items: Sequence[Item]) -> Prepared:
        """Ids, and how many at their end are the response.

        Raises:
            UsageError: an item is too long and `truncation` is ``refuse``, or the cut leaves
                nothing of a response.
        """
        tokenizer, how = self.policy.tokenizer, self.options.truncation
        return responses_cut(items, self._tokens(items), tokenizer, self._limit, how)

    def score(self, items: Sequence[Item]) -> list[float]:
        """The implicit reward of each response, in nats (times beta); NaN for an empty one.

        Raises:
            UsageError: an item is too long and `truncation` is ``refuse``.
            ModelLoadError: as `load`.
        """
        return self.score_prepared(self.prepare(items))

    def score_prepared(self, prepared: Prepared) -> list[float]:
        """As `score`."""
        self.load()
        tokens: list[Rated] = prepared.inputs
        ours = self._rated(self.policy, tokens)
        if self.reference is None:
            return [_free(one_R, self.options.reference_free) for one_R in ours]
        theirs = self._rated(self.reference, tokens)
        return [self._ratio(a_R, b_R) for a_R, b_R in zip(ours, theirs, strict=True)]

    @property
    def _limit(self) -> int:
        others = [] if self.reference is None else [self.reference.limit]
        return min([self.policy.limit, *others])

    def _tokens(self, items: Sequence[Item]) -> list[Rated]:
        """Prompt and response as ids, and how many at the end are the response."""
        tokenizer = self.policy.tokenizer
        end = tokenizer.eos_token_id if self.options.eos else None
        ending = [] if end is None else [end]
        prompts = prompt_ids(tokenizer, [item.prompt for item in items])
        replies = text_ids(tokenizer, [item.response for item in items])
        return [
            ([*prompt, *reply, *ending], len(reply) + len(ending))
            for prompt, reply in zip(prompts, replies, strict=True)
        ]

    def _rated(
        self, side: LanguageModel, tokens: Sequence[tuple[list[int], int]]
    ) -> list[Tensor | None]:
        """Log-probabilities of each response's tokens, in float64 on the CPU; None for no token."""
        sequences = [ids for ids, _ in tokens]
        known = side.model.get_input_embeddings().num_embeddings
        if any(max(ids) >= known for ids in sequences if ids):
            raise ModelLoadError(
                f"{side.weights.name} has {known} tokens and the texts have others: policy and "
                "reference of an implicit reward share their tokens"
            )
        firsts = [len(ids) - length for ids, length in tokens]
        found: list[Tensor | None] = [None] * len(tokens)
        for index, one_R in token_log_likelihoods(side.model, sequences, firsts, side.options):
            found[index] = one_R.double().cpu()
        return found

    def _ratio(self, ours_R: Tensor | None, theirs_R: Tensor | None) -> float:
        if ours_R is None or theirs_R is None:
            return float("nan")
        ratio_R = ours_R - theirs_R
        total = ratio_R.mean() if self.options.average else ratio_R.sum()
        return self.options.beta * float(total)


def _free(log_likelihood_R: Tensor | None, how: Free) -> float:
    if log_likelihood_R is None:
        return float("nan")
    if how is Free.NORM:
        return -float(log_likelihood_R.norm())
    return float(log_likelihood_R.sum() if how is Free.SUM else log_likelihood_R.mean())


def _in_float32(side: LanguageModel) -> LanguageModel:
    """The same weights, loaded anew."""
    return dataclasses.replace(side, options=dataclasses.replace(side.options, dtype="float32"))


def check_same_tokens(policy: LanguageModel, reference: LanguageModel) -> None:
    """Hold that two models read the same tokens; the policy may know some more.

    Raises:
        ModelLoadError: they don't.
    """
    ours, theirs = policy.tokenizer.get_vocab(), reference.tokenizer.get_vocab()
    other = next((word for word in sorted(theirs) if ours.get(word) != theirs[word]), None)
    if other is None and _probe(policy.tokenizer) == _probe(reference.tokenizer):
        return
    why = "cut the same text differently"
    if other is not None:
        why = f"'{other}' is {theirs[other]} in the reference and {ours.get(other, 'not')} here"
    raise ModelLoadError(
        f"policy {policy.weights.name} and reference {reference.weights.name} have different "
        f"tokenizers ({why}): an implicit reward compares the same tokens; name the reference that "
        "the policy was trained from"
    )


def _probe(tokenizer: Any) -> list[int]:
    return list(tokenizer(_PROBE, add_special_tokens=False)["input_ids"])
