"""Batches within a budget of tokens that shrinks when memory runs out. No model here.

What is lost to an out-of-memory is one attempt: its items go into smaller batches, and nothing that
was done is done again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

from lcbrb.errors import SetupError
from lcbrb.rewards.forward import accounting

T = TypeVar("T")

#: indices and a budget to batches, as places in the indices
Cut = Callable[[Sequence[int], int], Iterable[list[int]]]


@dataclass(slots=True)
class Budget:
    """The most tokens in a batch, as far as is known now."""

    tokens: int


def adaptive(
    indices: Sequence[int],
    lengths: Sequence[int],
    cut: Cut,
    run: Callable[[list[int]], T],
    budget: Budget,
) -> Iterator[tuple[list[int], T]]:
    """Run batches of indices, each index in one that went through.

    `cut` makes batches of indices and `run` does one, in which nothing but memory may run out; the
    budget is lowered where need be, for later calls too.

    Raises:
        SetupError: one item alone is too much.
    """
    import torch

    def batches(todo: Sequence[int]) -> list[list[int]]:
        return [[todo[place] for place in batch] for batch in cut(todo, budget.tokens)]

    todo = batches(indices)
    while todo:
        batch, todo = todo[0], todo[1:]
        done: list[T] = []
        failure: BaseException | None = None
        try:
            done.append(run(batch))
        except (RuntimeError, MemoryError) as error:
            if not out_of_memory(error):
                raise
            failure = error.with_traceback(None)  # its frames hold the tensors that did not fit
        if failure is None:
            yield batch, done.pop()
        elif len(batch) == 1:
            raise SetupError(
                f"out of memory with one input of {lengths[batch[0]]} tokens: shorten inputs with "
                "?max_length=…&truncation=…, or load the model smaller with ?dtype=bfloat16"
            ) from failure
        else:
            if torch.cuda.is_available():
                torch.cuda.empty_cache()  # cached blocks, so that smaller ones can be had
            accounting.count(out_of_memory=1)
            budget.tokens = max(1, min(budget.tokens, sum(lengths[i] for i in batch)) // 2)
            todo = batches([i for untried in (batch, *todo) for i in untried])


def out_of_memory(error: BaseException) -> bool:
    """Whether an exception is a device or the system being out of memory."""
    import torch

    if isinstance(error, torch.OutOfMemoryError | MemoryError):
        return True
    return "can't allocate memory" in str(error)  # torch's CPU allocator
