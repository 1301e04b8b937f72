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
import math
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
from lcbrb.rewards.forward.batching import Tokens
from lcbrb.rewards.forward.options import ModelOptions
from lcbrb.rewards.kinds.likelihood import Likelihood
from lcbrb.types import JsonValue, TrainedProblem

if TYPE_CHECKING:
    from torch import Tensor

_PROBE = "Let n = 3;\n\tthen n² ≥ 9, so it isn't “small”.  \n\ndef f(x):\n    return x + 1\n"


class Free(StrEnum):
    """A score of the policy's log-probabilities alone (RewardBench's ``--ref_free_type``)."""

    AVG = "avg"
    SUM = "sum"
    NORM = "norm"


@dataclass(frozen=True, slots=True, kw_only=True)
class DpoOptions(ModelOptions):
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
            raise UsageError(f"'{name}' has no effect on {spec.text}, which {form}")
    beside = None
    if reference:
        there = dataclasses.replace(options, device=options.reference_device or options.device)
        whole = dataclasses.replace(there, base=None)  # ?base=… is for the policy's adapter
        beside = Likelihood(id=reference, weights=whole.locate(reference), options=there)
    weights = options.locate(policy)
    return Dpo(id=spec.text, weights=weights, options=options, reference=beside)


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
        raise UsageError(
            f"'{target}' is not POLICY+REFERENCE: it is unclear which + separates the two"
        )
    return splits[0]


def _is_folder(target: str) -> bool:
    return Path(target.removeprefix("hf:")).expanduser().is_dir()


def _may_be_model(target: str) -> bool:
    bare = target.removeprefix("hf:")
    return bare == SMOLLM2 or _is_folder(bare) or ("+" not in bare and bare.count("/") == 1)


@dataclass(frozen=True, kw_only=True)
class Dpo(Likelihood):
    """An implicit reward; `weights` and `options` are the policy's."""

    options: DpoOptions
    reference: Likelihood | None

    @property
    def logits(self) -> bool:
        """Where there is a reference; log-probabilities alone are none."""
        return self.reference is not None

    @property
    def bounds(self) -> tuple[float, float]:
        """None with a reference; log-probabilities alone are at most 0."""
        return -math.inf, (0.0 if self.reference is None else math.inf)

    @property
    def forward_passes(self) -> int:
        """One, or two with a reference."""
        return 1 if self.reference is None else 2

    @property
    def revision(self) -> str | None:
        """Of policy and reference, or of the policy alone."""
        own = self.weights.revision
        return own if self.reference is None else f"{own} + {self.reference.revision}"

    @property
    def trained_on(self) -> Sequence[TrainedProblem]:
        """Of policy and reference."""
        of_reference = self.reference.trained_on if self.reference is not None else ()
        return [*super().trained_on, *of_reference]

    @property
    def identity(self) -> dict[str, JsonValue]:
        """The formula's settings, for the record."""
        named: dict[str, JsonValue] = {"policy": self.weights.name, "eos": self.options.eos}
        if self.reference is None:
            return {**named, "reference_free": self.options.reference_free.value}
        settings = {"beta": self.options.beta, "average": self.options.average}
        return {**named, "reference": self.reference.weights.name, **settings}

    @cached_property
    def model(self) -> Any:
        """The policy.

        Raises:
            ModelLoadError: it does not load, or the reference has another tokenizer.
        """
        if self.reference is not None:
            check_same_tokens(self, self.reference)
        return super().model

    @property
    def limit(self) -> int:
        """The most tokens that both models take."""
        own = super().limit
        return own if self.reference is None else min(own, self.reference.limit)

    def load(self) -> None:
        """Load both models now."""
        super().load()
        if self.reference is not None:
            self.reference.load()

    def in_float32(self) -> Self | None:
        """The same two models in float32; None where flips are not wanted or the policy is that."""
        twin = super().in_float32()
        if twin is None or self.reference is None:
            return twin
        reference = self.reference.in_float32() or self.reference
        return dataclasses.replace(twin, reference=reference)

    def tokens(self, items: Sequence[Item]) -> list[Tokens]:
        """As `likelihood:` reads them, and the end of text as part of the response."""
        tokens, end = super().tokens(items), self.tokenizer.eos_token_id
        if end is None or not self.options.eos:
            return tokens
        return [Tokens([*token.ids, end], [*token.marks, 1], parts=1) for token in tokens]

    def score_prepared(self, prepared: Prepared) -> list[float]:
        """The implicit reward of each response, in nats (times beta); NaN for an empty one."""
        scores = [math.nan] * len(prepared.inputs)
        theirs = {} if self.reference is None else _in_float64(self.reference, prepared.inputs)
        for index, ours_R in _in_float64(self, prepared.inputs).items():
            if self.reference is None:
                scores[index] = _free(ours_R, self.options.reference_free)
            else:
                ratio_R = ours_R - theirs[index]
                total = ratio_R.mean() if self.options.average else ratio_R.sum()
                scores[index] = self.options.beta * float(total)
        return scores


def _in_float64(model: Likelihood, tokens: Sequence[Tokens]) -> dict[int, Tensor]:
    """Log-probabilities of each response's tokens on the CPU, by index; none of an empty one."""
    known = model.model.get_input_embeddings().num_embeddings
    if any(max(token.ids, default=0) >= known for token in tokens):
        raise ModelLoadError(
            f"{model.weights.name} has {known} tokens, but the texts contain others: policy and "
            "reference must share their tokens"
        )
    return {index: rated_R.double().cpu() for index, rated_R in model.rated(tokens)}


def _free(log_likelihood_R: Tensor, how: Free) -> float:
    if how is Free.NORM:
        return -float(log_likelihood_R.norm())
    return float(log_likelihood_R.sum() if how is Free.SUM else log_likelihood_R.mean())


def check_same_tokens(policy: Likelihood, reference: Likelihood) -> None:
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
