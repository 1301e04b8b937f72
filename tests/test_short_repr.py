"""What a notebook shows of reports that hold much."""

import dataclasses
from collections.abc import Mapping

import lcbrb
from lcbrb import codec
from lcbrb.types import Estimate, PreferencePair, RunRecord
from lcbrb.types.short_repr import ShortRepr


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Holding(ShortRepr):
    name: str
    share: float = 0.5
    rows: tuple[Estimate | str, ...] = ()
    by_name: Mapping[str, int] = dataclasses.field(default_factory=dict)


def test_a_report_shows_how_many_rows_it_holds_and_not_the_rows():
    pairs = lcbrb.load_pairs("mini")
    assert f"pairs=<{len(pairs.pairs)} PreferencePair>" in repr(pairs)
    report = lcbrb.evaluate(["length", "format"], pairs)
    assert len(repr(report)) < 1500
    (accuracy,) = [e for m, e in report.results[0].record.estimates.items() if str(m) == "accuracy"]
    assert f"{accuracy.value:.4g}" in repr(report)
    record = report.results[0].record
    assert codec.decode(RunRecord, codec.encode(record)) == record


def test_few_values_are_shown_and_what_is_empty_or_long_is_not():
    held = Holding(name="x" * 500, rows=("a", "b"), by_name={"a": 1, "b": 2, "c": 3})
    assert repr(held) == (
        f"Holding(name='{'x' * 119}…, share=0.5, rows=['a', 'b'], by_name={{a: 1, b: 2, … 3 in all}})"
    )
    assert (
        repr(Holding(name="n", rows=("a", "b", "c")))
        == "Holding(name='n', share=0.5, rows=<3 str>)"
    )
    assert Holding(name="n") == Holding(name="n") != Holding(name="m")
    assert not issubclass(PreferencePair, ShortRepr)  # a single pair is read as it is
