"""`vllm:`: a model in this process through `vllm.LLM`; for a server of vLLM's there is `openai:`.

``vllm:ORG/NAME@REVISION`` or ``vllm:FOLDER``. Written against vLLM's public interface
(``LLM``, ``LLM.generate``, ``SamplingParams``, ``LLM.get_tokenizer``); a test pins the calls. Each
sample is a request of its own with its own seed; prefix caching makes the shared prompt cheap.
vLLM's kernels depend on what else is in the batch, so equal seeds give equal texts only as far as
rounding allows (see its own notes on batch invariance).
"""

from __future__ import annotations

import atexit
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from pydantic import PositiveInt

from lcbrb import models
from lcbrb.config import build
from lcbrb.errors import ModelLoadError, UsageError, first_line
from lcbrb.policies.language_model import LanguageModel, LanguageModelOptions, SampleRequest
from lcbrb.policies.rendering import drops_special, stop_reason
from lcbrb.protocols.policy import Sampled
from lcbrb.registry import Spec, require
from lcbrb.types import JsonValue, Sampling


@dataclass(frozen=True, slots=True, kw_only=True)
class Options(LanguageModelOptions):
    """What ``vllm:…?…`` takes.

    `tensor_parallel` is the number of GPUs that share the model, `gpu_memory` the share of their
    memory (0.9), `max_length` a lower limit on prompt and reply together, in tokens. `wave` samples
    are given to vLLM at a time: programs of one wave are graded while the next is sampled.
    """

    tensor_parallel: PositiveInt = 1
    gpu_memory: float = 0.9
    max_length: PositiveInt | None = None
    wave: PositiveInt = 1024
    seed: int = 0


def from_spec(spec: Spec) -> VllmPolicy:
    """The policy that a spec names; the model is loaded when first needed.

    Raises:
        UsageError, SetupError: unknown options, no model, the extra is missing.
    """
    options = build(Options, spec.options, spec.kind)
    if not spec.target:
        raise UsageError("vllm needs a model: vllm:ORG/NAME@REVISION or vllm:FOLDER")
    require(("vllm",), spec.text)
    weights = models.locate(spec.target)
    if weights.base is not None:
        raise UsageError(
            f"{spec.target} is an adapter, but vllm: takes only whole models: merge it and name "
            f"the merged folder, or use hf:{spec.target}"
        )
    return VllmPolicy(id=spec.text, weights=weights, options=options)


@dataclass(frozen=True, kw_only=True)
class VllmPolicy(LanguageModel):
    """A causal language model under vLLM."""

    kind = "vllm"

    options: Options

    @property
    def identity(self) -> dict[str, JsonValue]:
        """Model, revision, precision, form, and the limit on lengths."""
        return {**super().identity, "max_length": self.options.max_length}

    @property
    def tokenizer(self) -> Any:
        """As vLLM loaded it."""
        return self._llm.get_tokenizer()

    @property
    def length_limit(self) -> int:
        """vLLM's, from the options or the model."""
        limit: int = self._llm.llm_engine.model_config.max_model_len
        return limit

    def load(self) -> None:
        """Start the engine now."""
        _ = self._llm

    @cached_property
    def _llm(self) -> Any:
        import vllm

        options, weights = self.options, self.weights
        path = "/".join([weights.path, *filter(None, [weights.arguments.get("gguf_file")])])
        length = {} if options.max_length is None else {"max_model_len": options.max_length}
        try:
            llm = vllm.LLM(
                model=path,
                revision=weights.arguments.get("revision"),
                dtype=options.dtype,
                tensor_parallel_size=options.tensor_parallel,
                gpu_memory_utilization=options.gpu_memory,
                seed=options.seed,
                enable_prefix_caching=True,
                # a model's own sampling defaults are in no record: none is applied
                generation_config="vllm",
                **length,
            )
        except Exception as error:  # it raises nearly anything: no device, no memory, no model
            raise ModelLoadError(
                f"vLLM did not load {weights.name}: {first_line(error)}"
            ) from error
        # its engine is a process that multiprocessing waits for at exit: for ever, where vLLM's own
        # finalizer comes after that, as it does when others (of warm processes) were made before it
        atexit.register(_end_engine, llm)
        return llm

    def draw(self, requests: Sequence[SampleRequest], sampling: Sampling) -> Iterator[Sampled]:
        """Samples in waves, those of a wave together."""
        for start in range(0, len(requests), self.options.wave):
            yield from self._wave(requests[start : start + self.options.wave], sampling)

    def _wave(self, requests: Sequence[SampleRequest], sampling: Sampling) -> Iterator[Sampled]:
        from vllm import SamplingParams

        skip = drops_special(self.tokenizer)
        began = time.perf_counter()
        outputs = self._llm.generate(
            [{"prompt_token_ids": request.rendered.ids} for request in requests],
            [
                SamplingParams(
                    temperature=sampling.temperature,
                    top_p=sampling.top_p,
                    max_tokens=sampling.max_tokens,
                    stop=list(request.stop),
                    seed=request.seed,
                    skip_special_tokens=skip,
                )
                for request in requests
            ],
            use_tqdm=False,
        )
        latency_s = time.perf_counter() - began
        for request, output in zip(requests, outputs, strict=True):
            reply = output.outputs[0]
            reason = stop_reason(reply.finish_reason)
            yield request.sampled(reply.text, reason, len(reply.token_ids), latency_s)


def _end_engine(llm: Any) -> None:
    engine = getattr(llm.llm_engine, "engine_core", None)
    if engine is not None:
        engine.shutdown()
