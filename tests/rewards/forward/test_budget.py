"""A budget that shrinks: nothing lost, nothing done twice, an end where one item is too much."""

import pytest
from hypothesis import given, strategies as st

from lcbrb.errors import SetupError
from lcbrb.models.batching import batches
from lcbrb.rewards.forward import accounting
from lcbrb.rewards.forward.budget import Budget, adaptive, out_of_memory

torch = pytest.importorskip("torch", reason="the extra 'hf' is not installed")


class Device:
    """Takes so many tokens at once; keeps what it was asked and what it did."""

    def __init__(self, lengths, room, error=torch.OutOfMemoryError):
        self.lengths, self.room, self.error = lengths, room, error
        self.tried, self.done = [], []

    def cut(self, indices, budget):
        return batches([self.lengths[i] for i in indices], budget)

    def run(self, batch):
        tokens = sum(self.lengths[i] for i in batch)
        self.tried.append(tokens)
        if tokens > self.room:
            raise self.error("no memory")
        self.done += batch
        return [-i for i in batch]


@given(
    st.lists(st.integers(1, 20), min_size=1, max_size=12), st.integers(20, 60), st.integers(1, 300)
)
def test_everything_is_done_once_however_often_memory_runs_out(lengths, room, tokens):
    device, budget = Device(lengths, room), Budget(tokens=tokens)
    found = {}
    with accounting.tallying() as tally:
        for batch, results in adaptive(
            range(len(lengths)), lengths, device.cut, device.run, budget
        ):
            found.update(zip(batch, results, strict=True))
    assert found == {i: -i for i in range(len(lengths))}
    assert sorted(device.done) == list(range(len(lengths)))
    assert tally.tokens["out_of_memory"] == sum(one > room for one in device.tried)
    assert (budget.tokens < tokens) == bool(tally.tokens)


def test_the_budget_is_halved_and_stays_so():
    device, budget = Device([10] * 8, room=20), Budget(tokens=80)
    list(adaptive(range(len(device.lengths)), device.lengths, device.cut, device.run, budget))
    assert device.tried == [80, 40, 20, 20, 20, 20]
    assert budget.tokens == 20


def test_what_was_done_before_is_not_done_again():
    lengths, calls = [10, 10, 10, 10], []

    def run(batch):
        calls.append(batch)
        if len(calls) == 2:
            raise torch.OutOfMemoryError
        return batch

    device, budget = Device(lengths, 0), Budget(tokens=20)
    found = [batch for batch, _ in adaptive(range(len(lengths)), lengths, device.cut, run, budget)]
    assert found == [[0, 1], [2], [3]]


def test_one_item_that_does_not_fit_is_a_clear_end():
    device, budget = Device([5, 30, 5], room=20), Budget(tokens=40)
    with pytest.raises(SetupError, match=r"one input of 30 tokens.*max_length") as caught:
        list(adaptive(range(len(device.lengths)), device.lengths, device.cut, device.run, budget))
    assert isinstance(caught.value.__cause__, torch.OutOfMemoryError)


def test_another_error_is_not_taken_for_it():
    device = Device([5], room=0, error=RuntimeError)
    with pytest.raises(RuntimeError, match=r"^no memory$"):
        list(adaptive([0], [5], device.cut, device.run, Budget(tokens=9)))


def test_the_cpu_s_way_of_saying_it_counts_too():
    text = (
        "[enforce fail at alloc_cpu.cpp:127] DefaultCPUAllocator: can't allocate memory: you tried"
    )
    assert out_of_memory(RuntimeError(text))
    assert out_of_memory(MemoryError())
    assert not out_of_memory(RuntimeError("mat1 and mat2 shapes cannot be multiplied"))
