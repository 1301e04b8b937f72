"""Published pairs: every file of the set, read back by others and by us, on disk and on a hub."""

import json

import pytest
import tiny
from hub_server import COMMIT, hub

import lcbrb
from lcbrb import codec
from lcbrb.errors import BadInputError, DataUnavailableError, UsageError
from lcbrb.pair_columns import columns, from_columns, to_columns
from lcbrb.protocols.reward import PairSet
from lcbrb.sources.pairs import by_name
from lcbrb.types import Cell, Judgement, Message, PairKind, PreferencePair, Side, Status, Verdict

HOSTILE = (
    "</script><script>window.harmed=1</script>", "\x1b[31mred", "a\x00b", "\u202etxt.exe", "x" * 1_000_000,
    "---\nlicense: mit\n---", '"quote\\', "| a | b |", "` `` ```", "`<b>bold</b>`", "\ufeff\u2028", "é𝔸",
)  # fmt: skip


def pairs(texts=("one", "two", "three")):
    side = Side(
        sampler="m", sha256="0" * 64, verdict=Verdict(status=Status.PASSED, tests_total=3),
        judgements=(Judgement(judge="j", sound=True),),
    )  # fmt: skip
    return [
        tiny.pair(
            f"p{i} {text[:50]}", f"{text} good", f"{text} bad", category=text[:50], chosen_side=side,
            turns=(Message(role="system", content=text), Message(role="user", content="Q")) if i % 2 else (),
        )
        for i, text in enumerate(texts)
    ]  # fmt: skip


@pytest.fixture(scope="module")
def hostile(tmp_path_factory):
    """A published set of hostile texts: its pairs, its folder, and what was said of it."""
    given = pairs(HOSTILE)
    audited = lcbrb.audit_pairs(given)
    folder = tmp_path_factory.mktemp("published") / "set"
    return given, folder, lcbrb.publish_pairs(given, folder, title=HOSTILE[0], audit=audited)


def test_we_read_the_same_pairs_back_from_every_file(hostile):
    given, folder, done = hostile
    for place in (folder, folder / "pairs.jsonl", folder / "data" / "test.parquet"):
        assert list(lcbrb.load_pairs(str(place)).pairs) == given
    assert lcbrb.load_pairs(str(folder)).name == "set"
    assert (done.load, done.revision, done.pairs) == (str(folder), None, len(given))


def test_datasets_reads_the_folder_back(hostile, tmp_path, monkeypatch):
    import datasets

    given, folder, _ = hostile
    rows = datasets.load_dataset(str(folder), split="test", cache_dir=str(tmp_path))
    assert rows["chosen"] == [pair.chosen for pair in given]
    assert [codec.from_dict(PreferencePair, from_columns(row)) for row in rows] == given


def test_eval_takes_the_folder_at_once(hostile, tmp_path, monkeypatch):
    _, folder, _ = hostile
    report = lcbrb.evaluate("length", str(folder))
    assert report.results[0].record.counts["pairs"] == len(HOSTILE)


def test_checksums_are_those_of_the_files(hostile):
    _, folder, done = hostile
    lines = (folder / "SHA256SUMS").read_text().splitlines()  # as sha256sum --check reads them
    assert dict(line.split("  ")[::-1] for line in lines).items() <= done.files.items()
    assert len(lines) == len(done.files) - 1
    found = {str(p.relative_to(folder)) for p in folder.rglob("*") if p.is_file()}
    assert found == set(done.files)
    assert all(codec.sha256_file(folder / name) == digest for name, digest in done.files.items())


def test_the_card_is_data_for_a_hub_and_harmless_text_for_people(hostile):
    import yaml

    _, folder, _ = hostile
    text = (folder / "README.md").read_text(encoding="utf-8")
    _, front, body = text.split("---\n", 2)
    card = yaml.safe_load(front)
    assert card["pretty_name"] == HOSTILE[0]
    assert card["license"] == "unknown"
    assert card["configs"][0]["data_files"] == [{"split": "test", "path": "data/test.parquet"}]
    assert not {"\x1b", "\x00", "\u202e", "\ufeff"} & set(text)
    for line in body.splitlines():
        outside = "".join(line.split("`")[::2])
        assert "<" not in outside, line
        assert not line.startswith("| `") or line.count("|") in {3, 5}, line
    assert "| `labels in doubt` | " in body


def test_the_card_counts_kinds_and_cells_of_the_factory(tmp_path):
    sound = Side(sampler="m", cell=Cell.PASS_SOUND)
    flawed = Side(sampler="m", cell=Cell.PASS_FLAWED)
    told = {"kind": PairKind.OUTCOME_MATCHED, "chosen_side": sound, "rejected_side": flawed}
    lcbrb.publish_pairs([tiny.pair(**told)], tmp_path / "set")
    card = (tmp_path / "set" / "README.md").read_text()
    assert "| `outcome-matched` | 1 |" in card
    assert "| `pass-sound over pass-flawed` | 1 |" in card


def test_the_benchmark_file_names_the_split(hostile):
    import yaml

    _, folder, _ = hostile
    found = yaml.safe_load((folder / "eval.yaml").read_text(encoding="utf-8"))
    assert found["name"] == HOSTILE[0]
    (task,) = found["tasks"]
    assert (task["config"], task["split"]) == ("default", "test")
    assert set(found) == {"name", "description", "tasks"}


@pytest.mark.filterwarnings("ignore")  # what mlcroissant and its dependencies deprecate
def test_croissant_is_valid_and_reads_the_records(tmp_path, caplog):
    croissant = pytest.importorskip("mlcroissant", reason="mlcroissant is not installed")
    given = pairs()
    lcbrb.publish_pairs(given, tmp_path / "set", title="A set", licence="cc-by-4.0")
    found = croissant.Dataset(jsonld=tmp_path / "set" / "croissant.json")
    assert not found.metadata.ctx.issues.errors
    assert not found.metadata.ctx.issues.warnings
    rows = list(found.records("pairs"))
    assert [row["pairs/chosen"].decode() for row in rows] == [pair.chosen for pair in given]
    assert not caplog.records


def test_croissant_names_every_column(hostile):
    _, folder, done = hostile
    found = json.loads((folder / "croissant.json").read_text(encoding="utf-8"))
    fields = [field["source"]["extract"]["column"] for field in found["recordSet"][0]["field"]]
    assert tuple(fields) == columns()
    for file in found["distribution"]:
        assert file["sha256"] == done.files[file["contentUrl"]]


def test_a_changed_copy_is_refused(tmp_path):
    lcbrb.publish_pairs(pairs(), tmp_path / "set")
    path = tmp_path / "set" / "pairs.jsonl"
    path.write_text(path.read_text().replace("one good", "one fine"))
    with pytest.raises(BadInputError, match=r"differs from the published file \(by SHA256SUMS\)"):
        lcbrb.load_pairs(str(tmp_path / "set"))
    (tmp_path / "set" / "SHA256SUMS").write_text("nonsense\n")
    with pytest.raises(BadInputError, match=r"SHA256SUMS, line 1"):
        lcbrb.load_pairs(str(tmp_path / "set"))
    with pytest.raises(DataUnavailableError, match=r"a folder without pairs\.jsonl"):
        lcbrb.load_pairs(str(tmp_path))


def test_a_folder_is_replaced_by_its_like_alone(tmp_path):
    folder = tmp_path / "set"
    lcbrb.publish_pairs(pairs(), folder)
    lcbrb.publish_pairs(pairs(["new"]), folder)
    assert len(lcbrb.load_pairs(str(folder)).pairs) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["set"]
    other = tmp_path / "other"
    other.mkdir()
    (other / "thesis.tex").write_text("mine")
    with pytest.raises(UsageError, match="holds other files"):
        lcbrb.publish_pairs(pairs(), other)
    assert (other / "thesis.tex").exists()
    with pytest.raises(UsageError, match="is not a folder"):
        lcbrb.publish_pairs(pairs(), other / "thesis.tex")


def test_what_can_not_be_published_leaves_what_is_there(tmp_path, monkeypatch):
    folder = tmp_path / "set"
    lcbrb.publish_pairs(pairs(), folder)
    before = (folder / "SHA256SUMS").read_text()
    given = pairs(["new"])
    for wrong, told in (
        ([], "no pairs"),
        ([*given, *given], "the same id"),
        ([tiny.pair("p", "a\ud800", "b")], "can't be written"),
    ):
        with pytest.raises(UsageError, match=told):
            lcbrb.publish_pairs(wrong, folder)
    with pytest.raises(UsageError, match="audit is of other pairs"):
        lcbrb.publish_pairs(given, folder, audit=lcbrb.audit_pairs(pairs()))

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("lcbrb.pairs.publish.dataset_files.dataset_card", full)
    with pytest.raises(OSError, match="No space left"):
        lcbrb.publish_pairs(given, folder)
    assert (folder / "SHA256SUMS").read_text() == before
    assert [path.name for path in tmp_path.iterdir()] == ["set"]


def test_a_hub_gets_one_commit_and_its_revision_is_told(tmp_path, monkeypatch):
    given = pairs()
    with hub({}) as (site, address):
        monkeypatch.setenv("HF_ENDPOINT", address)
        done = lcbrb.publish_pairs(given, "hf://datasets/me/set", private=True)
    assert (done.revision, done.load) == (COMMIT, f"me/set@{COMMIT}")
    (asked,) = site.made
    assert (asked["organization"], asked["name"], asked["type"]) == ("me", "set", "dataset")
    assert asked["visibility"] == "private"
    sent = site.commits["me/set"]
    assert set(sent) == set(done.files)
    for name, content in sent.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(content)
    assert list(lcbrb.load_pairs(str(tmp_path)).pairs) == given
    at = json.loads(sent["croissant.json"])["distribution"][0]["contentUrl"]
    assert at == f"{address}/datasets/me/set/resolve/main/data/test.parquet"


def test_a_hub_that_says_no_ends_in_words(monkeypatch):
    with hub({}, locked=["me/set"]) as (_, address):
        monkeypatch.setenv("HF_ENDPOINT", address)
        with pytest.raises(DataUnavailableError, match=r"refused it: .*401.*hf auth login"):
            lcbrb.publish_pairs(pairs(), "hf://datasets/me/set")
    with pytest.raises(UsageError, match="not a hub data set"):
        lcbrb.publish_pairs(pairs(), "hf://models/me/set")


def test_a_hub_s_own_address_names_the_data_set(monkeypatch):
    asked = []

    def give(where, spec):
        asked.append(where)
        return PairSet(name=where, version="1", pairs=pairs())

    monkeypatch.setattr(by_name, "hub_pairs", give)
    lcbrb.load_pairs(f"hf://datasets/me/set@{COMMIT}?split=test")
    assert asked == [f"me/set@{COMMIT}"]


def test_a_row_of_columns_is_flat_and_loses_nothing():
    (pair,) = pairs(["x"])
    row = to_columns(pair)
    assert all(value is None or isinstance(value, str | int) for value in row.values())
    assert codec.from_dict(PreferencePair, from_columns(row)) == pair
    assert from_columns(codec.to_dict(pair)) == codec.to_dict(pair)
