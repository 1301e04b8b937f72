"""Parquet files: rows as they were written, and files that are far more than they look."""

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings, strategies as st

from lcbrb.errors import BadInputError
from lcbrb.input_files import MIB
from lcbrb.parquet import read_parquet

ROWS = [
    {"a": "x", "l": ["p", None], "s": {"k": "v", "n": [1]}, "i": 1, "b": b"x", "m": [{"r": "u"}]},
    {"a": None, "l": None, "s": None, "i": None, "b": None, "m": []},
    {"a": "y" * 99, "l": [], "s": {"k": None, "n": None}, "i": 2, "b": b"", "m": None},
]


def written(path, table, **options):
    pq.write_table(table, path, **options)
    return path


@pytest.mark.parametrize("options", [{}, {"row_group_size": 1}, {"use_dictionary": False}])
def test_rows_come_back_in_order_with_their_places(tmp_path, options):
    rows = ROWS * 50
    path = written(tmp_path / "f", pa.Table.from_pylist(rows), **options)
    assert list(read_parquet(path)) == list(enumerate(rows, start=1))


@settings(max_examples=25)
@given(st.lists(st.fixed_dictionaries({"t": st.text() | st.none(), "l": st.lists(st.text())})))
def test_any_texts_come_back(tmp_path_factory, rows):
    kinds = pa.schema({"t": pa.string(), "l": pa.list_(pa.string())})
    path = written(
        tmp_path_factory.mktemp("p") / "f", pa.Table.from_pylist(rows, kinds), row_group_size=2
    )
    assert [row for _, row in read_parquet(path)] == rows


def repeated(count):
    """A text of a megabyte, many times: kilobytes on disk."""
    zeros = pa.array([0] * count, pa.int32())
    return pa.DictionaryArray.from_arrays(zeros, pa.array(["x" * MIB]))


def in_one_list(count):
    return pa.ListArray.from_arrays(pa.array([0, count], pa.int32()), repeated(count))


@pytest.mark.parametrize(
    ("column", "what"),
    [
        (repeated(5_000), "rows come to more than"),
        (in_one_list(100), "rows come to more than 100 MiB"),
        (pa.array([["x"] * 2_000_000]), "1 rows of it come to"),
        (pa.nulls(100_000), "holds 100000 rows"),
    ],
    ids=["texts", "texts in a list", "a list", "nulls"],
)
def test_what_is_packed_beyond_the_budget_is_refused(tmp_path, monkeypatch, column, what):
    path = written(tmp_path / "f", pa.table({"c": column}))
    assert path.stat().st_size < MIB
    monkeypatch.setenv("LCBRB_INPUT_MIB", "16")
    with pytest.raises(BadInputError, match=what):
        list(read_parquet(path))


def test_what_is_no_parquet_file_or_cut_off_is_refused(tmp_path):
    path = written(tmp_path / "f", pa.Table.from_pylist(ROWS))
    content = path.read_bytes()
    for end in range(0, len(content), 97):
        path.write_bytes(content[:end])
        with pytest.raises(BadInputError, match="not a Parquet file"):
            list(read_parquet(path))
