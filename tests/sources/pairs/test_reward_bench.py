"""RewardBench: subsets as categories, sections and the paper's code and maths halves as parts."""

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from fakes import parquet_hub

from lcbrb.errors import BadInputError, DataUnavailableError, UnknownNameError, UsageError
from lcbrb.registry import parse_spec
from lcbrb.sources.pairs import reward_bench
from lcbrb.sources.pairs.reward_bench import CODE, MATH, SECTIONS, load_pairs


def row(subset, number=0, **fields):
    """A row in the filtered split's layout."""
    return {
        "prompt": f"Q {subset} {number}",
        "chosen": "good",
        "chosen_model": "one",
        "rejected": "bad",
        "rejected_model": "other",
        "subset": subset,
        "id": number,
        **fields,
    }


@pytest.fixture(autouse=True)
def hub(monkeypatch, tmp_path):
    return parquet_hub(monkeypatch, tmp_path / "filtered.parquet")


def load(text="reward-bench"):
    return load_pairs(parse_spec(text))


def test_a_row_becomes_a_pair_at_the_pinned_revision(hub):
    hub.rows(row("math-prm", 7))
    found = load()
    (pair,) = found.pairs
    assert (pair.prompt, pair.chosen, pair.rejected) == ("Q math-prm 7", "good", "bad")
    assert (pair.category, pair.provenance.rule) == ("math-prm", "7")
    assert found.version == reward_bench.SOURCE.revision
    assert hub.calls[0]["repo_id"] == "allenai/reward-bench"
    assert hub.calls[0]["filename"] == "data/filtered-00000-of-00001.parquet"
    assert hub.calls[0]["revision"] == reward_bench.SOURCE.homes[0].revision


@pytest.mark.parametrize(
    ("part", "subsets"),
    [
        ("code", {"hep-go"}),
        ("math", {"math-prm"}),
        ("reasoning", {"hep-go", "math-prm"}),
        ("chat-hard", {"llmbar-natural"}),
        ("safety", {"donotanswer"}),
        ("chat", {"alpacaeval-easy"}),
    ],
)
def test_a_part_holds_its_subsets_and_no_others(hub, part, subsets):
    names = ("hep-go", "math-prm", "llmbar-natural", "donotanswer", "alpacaeval-easy")
    hub.rows(*map(row, names))
    assert {pair.category for pair in load(f"reward-bench:{part}").pairs} == subsets
    assert len(load().pairs) == 5


def test_the_sections_hold_the_23_subsets_once():
    subsets = [subset for section in SECTIONS.values() for subset in section]
    assert len(subsets) == len(set(subsets)) == 23
    assert set(SECTIONS["reasoning"]) == {*CODE, *MATH}


def test_the_same_task_in_six_languages_is_one_problem(hub):
    hub.rows(*(row(subset, 100 * i + n) for i, subset in enumerate(CODE) for n in (1, 2)))
    found = load().pairs
    assert len(found) == 12
    assert {pair.problem_id for pair in found} == {"reward-bench/hep/1", "reward-bench/hep/2"}


def test_elsewhere_one_prompt_is_one_problem(hub):
    hub.rows(row("mt-bench-easy", prompt="P"), row("mt-bench-hard", prompt="P"), row("donotanswer"))
    ids = [pair.problem_id for pair in load().pairs]
    assert ids[0] == ids[1] != ids[2]


def test_a_subset_of_no_section_is_kept_and_said(hub):
    hub.rows(row("math-prm"), row("newcomer"))
    found = load()
    assert len(found.pairs) == 2
    assert found.notes == ("subsets of no section: newcomer",)


def test_local_files_are_read_first(hub, monkeypatch, tmp_path):
    folder = tmp_path / "data" / "preference" / "reward-bench"
    folder.mkdir(parents=True)
    pq.write_table(pa.Table.from_pylist([row("hep-js")]), folder / "filtered.parquet")
    monkeypatch.setenv("LCBRB_DATA", str(tmp_path / "data"))
    assert (load().version, len(load().pairs), hub.calls) == ("local", 1, [])


@pytest.mark.parametrize("fields", [{"chosen": None}, {"subset": None}, {"prompt": None}])
def test_a_row_that_is_none_is_named(hub, fields):
    hub.rows(row("math-prm"), {**row("math-prm", 1), **fields})
    with pytest.raises(BadInputError, match="row 2: not a RewardBench row"):
        load()


def test_a_file_with_other_columns_is_named(hub):
    hub.rows({"question": "Q"})
    with pytest.raises(BadInputError, match="row 1: not a RewardBench row"):
        load()


def test_what_is_not_there_is_said(hub):
    with pytest.raises(UnknownNameError, match="did you mean code"):
        load("reward-bench:cod")
    with pytest.raises(UsageError, match="takes no options"):
        load("reward-bench?part=code")
    hub.outcome = OSError("gone")
    with pytest.raises(DataUnavailableError, match="allenai/reward-bench"):
        load()


def test_of_local_files_the_filtered_split_is_read(hub, monkeypatch, tmp_path):
    folder = tmp_path / "preference" / "reward-bench"
    folder.mkdir(parents=True)
    names = ("filtered-00000-of-00001.parquet", "raw-00000-of-00001.parquet")
    for number, name in enumerate(names):
        pq.write_table(pa.Table.from_pylist([row("math-prm", number)]), folder / name)
    monkeypatch.setenv("LCBRB_DATA", str(tmp_path))
    found = load()
    assert [pair.provenance.rule for pair in found.pairs] == ["0"]
    assert (found.version, hub.calls) == ("local", [])
