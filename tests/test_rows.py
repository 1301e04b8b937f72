"""Rows of other people's files: what is made of each, and what is said of one that can't be used."""

import pytest
from fakes import write_lines

from lcbrb.errors import BadInputError, UsageError
from lcbrb.rows import Row, parse_rows, read_toml


def ids(row):
    yield row["id"]


def test_every_row_gives_as_many_things_as_it_likes(tmp_path):
    path = write_lines(tmp_path / "r.jsonl", [{"xs": [1, 2]}, {"xs": []}, {"xs": [3]}])
    assert list(parse_rows(path, "a row", lambda row: row["xs"])) == [1, 2, 3]


@pytest.mark.parametrize(
    ("name", "text", "place"),
    [("r.jsonl", '{"id": 1}\n\n{}\n', "line 3"), ("r.json", '[{"id": 1}, {}]', "row 2")],
)
def test_a_row_without_a_field_is_named_by_its_line_or_place(tmp_path, name, text, place):
    path = tmp_path / name
    path.write_text(text)
    with pytest.raises(BadInputError, match=rf"{name}, {place}: not a row of mine: no field 'id'"):
        list(parse_rows(path, "a row of mine", ids))


def test_rows_from_elsewhere_are_named_by_what_they_are_called(tmp_path):
    with pytest.raises(BadInputError, match="org/data, row 7: not a row: expected an object"):
        list(parse_rows("org/data", "a row", ids, rows=[(6, {"id": 1}), (7, None)]))


@pytest.mark.parametrize(
    ("read", "what"),
    [
        (lambda row: row.text("number"), "field 'number' is not a text"),
        (lambda row: row.texts("text"), "field 'text' is not a list of texts"),
        (lambda row: row.texts("mixed"), "field 'mixed' is not a list of texts"),
        (lambda row: row.choice("text", {"a": 1, "b": 2}), "is 'x', expected one of 'a', 'b'"),
        (lambda row: row.optional_text("number"), "field 'number' is not a text"),
        (lambda row: row.label("mixed"), "field 'mixed' is not a text"),
        (lambda row: row.label("flag"), "field 'flag' is not a text"),
        (lambda row: row.number("text"), "field 'text' is not a finite number"),
        (lambda row: row.number("flag"), "field 'flag' is not a finite number"),
        (lambda row: row.number("infinite"), "field 'infinite' is not a finite number"),
        (lambda row: row.choice("mixed", {"a": 1}), "expected one of 'a'"),
    ],
)
def test_a_field_of_the_wrong_kind_is_named(read, what):
    row = Row(
        {"number": 7, "text": "x", "mixed": ["x", 7], "flag": True, "infinite": float("inf")}, "r"
    )
    with pytest.raises(UsageError, match=what):
        read(row)


def test_texts_come_fit_to_be_written():
    row = Row({"text": "a\ud800", "texts": ["b\udc00"]}, "r.jsonl")
    assert (row.text("text"), row.texts("texts")) == ("a\ufffd", ["b\ufffd"])


def test_a_name_is_a_text_or_a_whole_number():
    row = Row({"text": "a\ud800", "number": 7}, "r.jsonl")
    assert (row.label("text"), row.label("number")) == ("a\ufffd", "7")
    assert (row.optional_text("missing"), row.number("number")) == (None, 7.0)


@pytest.mark.parametrize("error", [RecursionError, MemoryError, OverflowError("too large")])
def test_whatever_reading_a_row_ends_in_names_the_row(tmp_path, error):
    def parse(row):
        raise error

    path = write_lines(tmp_path / "r.jsonl", [{"id": 1}])
    with pytest.raises(BadInputError, match=r"line 1: not a row: (nested too deeply|too large)"):
        list(parse_rows(path, "a row", parse))


@pytest.mark.parametrize(
    ("text", "what"),
    [("a = " + "[" * 5000, "nested too deeply"), ("a = " + "1" * 5000, "digits"), ("a", "TOML")],
)
def test_tables_that_can_not_be_read_are_named(tmp_path, text, what):
    (tmp_path / "t.toml").write_text(text)
    with pytest.raises(BadInputError, match=rf"t\.toml: .*{what}"):
        read_toml(tmp_path / "t.toml")


@pytest.mark.parametrize("ending", ["jsonl", "json"])
def test_a_number_that_is_none_refuses_only_who_asks_for_it(tmp_path, ending):
    row = '{"text": "a", "loss": NaN, "far": 1e999}'
    path = tmp_path / f"rows.{ending}"
    path.write_text(f"[{row}]" if ending == "json" else row + "\n")
    assert [*parse_rows(path, "a row", lambda row: [row.text("text")])] == ["a"]
    for name in ("loss", "far"):
        with pytest.raises(BadInputError, match=f"field '{name}' is not a finite number"):
            list(parse_rows(path, "a row", lambda row, name=name: [row.number(name)]))
