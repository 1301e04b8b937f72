"""The benchmark that a run was made on, found again."""

from __future__ import annotations

from collections.abc import Callable

from lcbrb.errors import DataUnavailableError, UsageError
from lcbrb.protocols.benchmark import Benchmark
from lcbrb.types import RunRecord

Benchmarks = Callable[[str], Benchmark]  # gives a benchmark by its name


def benchmark_of_run(record: RunRecord, benchmarks: Benchmarks, named: str = "") -> Benchmark:
    """The benchmark of a run, in the version that it was made on.

    The user may have `named` it, where it is not to be found by the record's name.

    Raises:
        DataUnavailableError: its data is not to be had by the record's name.
        UsageError: it is of another version here; as `benchmarks` says.
    """
    name = named or record.benchmark
    try:
        benchmark = benchmarks(name)
    except (UsageError, DataUnavailableError) as error:
        if named:
            raise
        raise DataUnavailableError(
            f"the problems of {name} are needed, but were not found by that name ({error}): name "
            "them with ?benchmark=NAME|PATH"
        ) from error
    if benchmark.version != record.benchmark_version:
        raise UsageError(
            f"the run was made on {record.benchmark} {record.benchmark_version}, but {name} is "
            f"{benchmark.version} here: name the right one with ?benchmark=NAME@RELEASE"
        )
    return benchmark
