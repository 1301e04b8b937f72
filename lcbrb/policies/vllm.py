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
from lcbrb.errors import ModelLoadError, UsageError
from lcbrb.policies.rendering import Rendered, form_for, no_room, render, sample_seed, stops
from lcbrb.protocols.policy import Ask, Sampled
from lcbrb.registry import Spec, require
from lcbrb.types import Generation, JsonValue, PromptForm, Sampling, StopReason


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What ``vllm:…?…`` takes.

    `tensor_parallel` is the number of GPUs that share the model, `gpu_memory` the share of their
    memory (0.9), `max_length` a lower limit on prompt and reply together, in tokens. `wave` samples
    are given to vLLM at a time: the judge works on one wave while the next is sampled.
    """

    dtype: str = "auto"
    tensor_parallel: PositiveInt = 1
    gpu_memory: float = 0.9
    max_length: PositiveInt | None = None
    wave: PositiveInt = 1024
    seed: int = 0
    form: PromptForm | None = None
    thinking: bool | None = None

    @property
    def template(self) -> dict[str, Any]:
        """What goes to the chat template."""
        return {} if self.thinking is None else {"enable_thinking": self.thinking}


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
            f"{spec.target} is an adapter, and vllm: takes whole models: merge it and name the "
            f"merged folder, or use hf:{spec.target}"
        )
    return VllmPolicy(id=spec.text, weights=weights, options=options)


@dataclass(frozen=True, kw_only=True)
class VllmPolicy:
    """A causal language model under vLLM."""

    id: str
    weights: models.Weights
    options: Options

    @cached_property
    def revision(self) -> str | None:
        """The commit or fingerprint of the weights; a branch's name is resolved to its commit."""
        return models.commit_of(self.weights) or self.weights.revision

    @property
    def identity(self) -> dict[str, JsonValue]:
        """Model, revision, precision and form."""
        options = self.options
        return {
            "kind": "vllm",
            "model": self.weights.name,
            "revision": self.revision,
            "dtype": options.dtype,
            "max_length": options.max_length,
            "form": options.form.value if options.form else None,
            "thinking": options.thinking,
        }

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
            lines = str(error).strip().splitlines() or [type(error).__name__]
            raise ModelLoadError(f"vLLM did not load {weights.name}: {lines[0]}") from error
        # its engine is a process that multiprocessing waits for at exit: for ever, where vLLM's own
        # finalizer comes after that, as it does when others (of warm processes) were made before it
        atexit.register(_end_engine, llm)
        return llm

    def sample(self, asks: Sequence[Ask], sampling: Sampling) -> Iterator[Sampled]:
        """Samples in waves, those of a wave together.

        A prompt that leaves the model no room has a generation without text, cut at its length.

        Raises:
            UsageError, SetupError: no chat template; the model does not load.
        """
        if not asks:
            return
        tokenizer = self._llm.get_tokenizer()
        form = form_for(tokenizer, self.options.form)
        prompts = [ask.prompt for ask in asks]
        rendered = render(tokenizer, prompts, sampling, form, self.options.template)
        limit = self._llm.llm_engine.model_config.max_model_len
        wanted = []
        for ask, one in zip(asks, rendered, strict=True):
            for index in ask.samples:
                if len(one.ids) < limit:
                    wanted.append((ask, index, one))
                else:
                    yield no_room(ask, index, one)
        for start in range(0, len(wanted), self.options.wave):
            yield from self._wave(wanted[start : start + self.options.wave], sampling)

    def _wave(
        self, wanted: Sequence[tuple[Ask, int, Rendered]], sampling: Sampling
    ) -> Iterator[Sampled]:
        from vllm import SamplingParams

        began = time.perf_counter()
        seeds = [sample_seed(sampling, ask.prompt, index) for ask, index, _ in wanted]
        outputs = self._llm.generate(
            [{"prompt_token_ids": one.ids} for _, _, one in wanted],
            [
                SamplingParams(
                    temperature=sampling.temperature,
                    top_p=sampling.top_p,
                    max_tokens=sampling.max_tokens,
                    stop=list(stops(ask.prompt, sampling, one.form)),
                    seed=seed,
                )
                for (ask, _, one), seed in zip(wanted, seeds, strict=True)
            ],
            use_tqdm=False,
        )
        latency_s = round(time.perf_counter() - began, 3)
        for (ask, index, one), seed, output in zip(wanted, seeds, outputs, strict=True):
            reply = output.outputs[0]
            generation = Generation(
                text=one.lead + reply.text,
                form=one.form,
                stop_reason=_STOPS.get(reply.finish_reason, StopReason.UNKNOWN),
                prompt_tokens=len(one.ids),
                completion_tokens=len(reply.token_ids),
                latency_s=latency_s,
                seed=seed,
            )
            yield Sampled(key=ask.key, sample_index=index, generation=generation)


def _end_engine(llm: Any) -> None:
    engine = getattr(llm.llm_engine, "engine_core", None)
    if engine is not None:
        engine.shutdown()


_STOPS = {"stop": StopReason.END, "length": StopReason.LENGTH}
