"""Decoding a batch with transformers' `generate`, each row with random numbers of its own.

A row draws its numbers from its own seed, one a token, and turns each into a token by inverting the
cumulated probabilities; `generate` then has nothing left to decide. So a sample does not depend on
which others are in the batch, up to rounding: another batch shape may change logits in their last
bits, and then a token where a number falls that close to a boundary.

Rows are given out as they end. Once half of a batch has ended, `generate` goes on with the others
alone, from the key-value cache that it left. A prompt's samples share its prefill.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from lcbrb import models
from lcbrb.policies.rendering import drops_special
from lcbrb.protocols.progress import METER
from lcbrb.types import StopReason

if TYPE_CHECKING:
    import torch

_LIKELIEST = 1024  # tokens that nearly always hold top-p's share
_TAIL = 8  # tokens beyond a stop string's length in which it may end
_FEW = 4  # rows of which it does not pay to drop some


@dataclass(slots=True, kw_only=True)
class Row:
    """One sample under way. it may have `max_tokens`."""

    prompt: int  # its place among the batch's prompts
    seed: int
    max_tokens: int
    stop: tuple[str, ...] = ()
    tokens: list[int] = field(default_factory=list)
    text: str = ""
    stop_reason: StopReason = StopReason.UNKNOWN
    latency_s: float = 0.0


@dataclass(frozen=True, kw_only=True)
class Decoder:
    """A loaded model, and what its tokens mean. `ends` are the tokens that end a reply."""

    model: Any
    tokenizer: Any
    ends: frozenset[int]
    temperature: float
    top_p: float

    def decode(
        self,
        prompts: Sequence[Sequence[int]],
        rows: Sequence[Row],
        on_end: Callable[[Row], None],
        cancelled: Callable[[], bool] = lambda: False,
    ) -> None:
        """Fill the rows in; each is given to `on_end` when it ends.

        Args:
            prompts: token ids, none of them empty.
            rows: what is wanted of them.
            on_end: called in this thread.
            cancelled: asked between tokens; once true, what is under way is dropped.
        """
        import torch

        with torch.inference_mode():
            batch = self._prefilled(prompts, rows)
            watch = _Watch(self, list(rows), on_end, cancelled)
            while watch.active and not cancelled():
                batch = self._generate(batch, watch).rows(watch.active)
                watch.rows = [watch.rows[index] for index in watch.active]
                watch.active = list(range(len(watch.rows)))

    def _prefilled(self, prompts: Sequence[Sequence[int]], rows: Sequence[Row]) -> _Batch:
        """The rows' prompts, left-padded, with a cache of all but their last token."""
        import torch
        from transformers import DynamicCache

        device = self.model.device
        width = max(map(len, prompts))
        ids_P_T = torch.zeros((len(prompts), width), dtype=torch.long)
        mask_P_T = torch.zeros((len(prompts), width), dtype=torch.long)
        for place, ids in enumerate(prompts):
            ids_P_T[place, width - len(ids) :] = torch.tensor(list(ids))
            mask_P_T[place, width - len(ids) :] = 1
        ids_P_T, mask_P_T = ids_P_T.to(device), mask_P_T.to(device)
        order = torch.tensor([row.prompt for row in rows], device=device)
        cache = None
        if width > 1 and len(rows) > len(prompts):
            cache = DynamicCache(config=self.model.config)
            self.model(
                input_ids=ids_P_T[:, :-1],
                attention_mask=mask_P_T[:, :-1],
                position_ids=(mask_P_T.cumsum(1) - 1).clamp(min=0)[:, :-1],
                past_key_values=cache,
                use_cache=True,
                **({"logits_to_keep": 1} if models.keeps_logits(self.model) else {}),
            )
            cache.batch_select_indices(order)
        return _Batch(ids_B_T=ids_P_T[order], mask_B_T=mask_P_T[order], cache=cache)

    def _generate(self, batch: _Batch, watch: _Watch) -> _Batch:
        import torch
        from transformers import GenerationConfig, LogitsProcessorList, StoppingCriteriaList

        watch.width = batch.ids_B_T.shape[1]
        drawn = self._drawing(watch)
        made = self.model.generate(
            input_ids=batch.ids_B_T,
            attention_mask=batch.mask_B_T,
            past_key_values=batch.cache,
            generation_config=GenerationConfig(
                max_new_tokens=max(row.max_tokens - len(row.tokens) for row in watch.rows),
                do_sample=False,
                use_cache=True,
                return_dict_in_generate=True,
            ),
            logits_processor=LogitsProcessorList([drawn] if drawn else []),
            stopping_criteria=StoppingCriteriaList([watch]),
        )
        new = made.sequences.shape[1] - batch.mask_B_T.shape[1]
        ones_B_N = torch.ones_like(made.sequences[:, :new])
        return _Batch(
            ids_B_T=made.sequences,
            mask_B_T=torch.cat([batch.mask_B_T, ones_B_N], dim=1),
            cache=made.past_key_values,
        )

    def _drawing(self, watch: _Watch) -> Any:
        """What leaves one token a row to choose; None where the likeliest is wanted anyway."""
        import torch

        if self.temperature == 0:
            return None
        most = max(row.max_tokens for row in watch.rows)
        uniform_B_R = torch.stack([_uniform(row.seed, most) for row in watch.rows])
        uniform_B_R = uniform_B_R.to(self.model.device)
        done = torch.tensor([len(row.tokens) for row in watch.rows], device=self.model.device)
        start = watch.width

        def draw(ids_B_T: torch.Tensor, scores_B_V: torch.Tensor) -> torch.Tensor:
            step = (done + (ids_B_T.shape[1] - start)).clamp(max=most - 1)
            uniform_B_1 = uniform_B_R.gather(1, step[:, None])
            chosen_B_1 = draw_tokens(scores_B_V, uniform_B_1, self.temperature, self.top_p)
            return torch.full_like(scores_B_V, float("-inf")).scatter(1, chosen_B_1, 0.0)

        return draw


@dataclass(frozen=True, slots=True, kw_only=True)
class _Batch:
    """What `generate` goes on from: ids and mask of shape (B, T), and a cache or None."""

    ids_B_T: torch.Tensor
    mask_B_T: torch.Tensor
    cache: Any

    def rows(self, rows: list[int]) -> _Batch:
        """Some of its rows; the cache is cut in place."""
        import torch

        if rows:
            self.cache.batch_select_indices(torch.tensor(rows, device=self.ids_B_T.device))
        return _Batch(ids_B_T=self.ids_B_T[rows], mask_B_T=self.mask_B_T[rows], cache=self.cache)


class _Watch:
    """Sees every token of a batch as `generate` makes it: which rows end, and when to drop them."""

    def __init__(
        self,
        decoder: Decoder,
        rows: list[Row],
        on_end: Callable[[Row], None],
        cancelled: Callable[[], bool],
    ) -> None:
        self.decoder, self.rows, self.on_end, self.cancelled = decoder, rows, on_end, cancelled
        self.drops_special = drops_special(decoder.tokenizer)
        self.active = list(range(len(rows)))
        self.width = 0  # of what this call of `generate` began with
        self._began = time.perf_counter()

    def __call__(self, ids_B_T: torch.Tensor, *_: Any, **__: Any) -> torch.Tensor:
        """Which rows are to stop: those that ended, or all, to go on with fewer."""
        import torch

        METER.add(len(self.active))
        last = ids_B_T[:, -1].tolist()
        for index in tuple(self.active):
            row = self.rows[index]
            row.tokens.append(last[index])
            if self._ends(row):
                self.active.remove(index)
                row.latency_s = time.perf_counter() - self._began
                self.on_end(row)
        most = len(self.rows)
        drop = most >= _FEW and len(self.active) <= most // 2
        stop = torch.ones(most, dtype=torch.bool, device=ids_B_T.device)
        if not (drop or self.cancelled()):
            stop[self.active] = False
        return stop

    def _ends(self, row: Row) -> bool:
        decode = self.decoder.tokenizer.decode
        tail = max(map(len, row.stop), default=0) + _TAIL
        end = decode(row.tokens[-tail:]) if row.stop else ""
        if row.tokens[-1] in self.decoder.ends or any(stop in end for stop in row.stop):
            row.stop_reason = StopReason.END
        elif len(row.tokens) >= row.max_tokens:
            row.stop_reason = StopReason.LENGTH
        else:
            return False
        tokens = row.tokens[:-1] if row.tokens[-1] in self.decoder.ends else row.tokens
        row.text = _cut(decode(tokens, skip_special_tokens=self.drops_special), row.stop)
        return True


def _cut(text: str, stop: tuple[str, ...]) -> str:
    """The text before the first stop string in it."""
    places = [place for end in stop if (place := text.find(end)) >= 0]
    return text[: min(places)] if places else text


def _uniform(seed: int, count: int) -> torch.Tensor:
    """Numbers in [0, 1), the same on every device; more of them begin alike."""
    import torch

    generator = torch.Generator(device="cpu").manual_seed(seed)
    return torch.rand(count, generator=generator, dtype=torch.float64).float()


def draw_tokens(
    scores_B_V: torch.Tensor, uniform_B_1: torch.Tensor, temperature: float, top_p: float
) -> torch.Tensor:
    """A token a row, shape (B, 1): the smallest set of tokens that holds `top_p`, then by chance.

    Args:
        scores_B_V: logits.
        uniform_B_1: a number in [0, 1) a row; it decides.
        temperature: above 0.
        top_p: in (0, 1].
    """
    probabilities_B_V = (scores_B_V.float() / temperature).softmax(-1)
    size = probabilities_B_V.shape[-1]
    for count in (min(_LIKELIEST, size), size):
        sorted_B_K, tokens_B_K = probabilities_B_V.topk(count, dim=-1)
        cumulated_B_K = sorted_B_K.cumsum(-1)
        if top_p < 1 and bool((cumulated_B_K[:, -1] >= top_p).all()):
            break
    # kept: tokens before which less than top_p is gathered
    kept_B_1 = ((cumulated_B_K - sorted_B_K) < top_p).sum(-1, keepdim=True)
    share_B_1 = cumulated_B_K.gather(1, kept_B_1 - 1)
    place_B_1 = (cumulated_B_K <= uniform_B_1 * share_B_1).sum(-1, keepdim=True)
    return tokens_B_K.gather(1, place_B_1.minimum(kept_B_1 - 1))
