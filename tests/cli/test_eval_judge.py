"""What `lcbrb eval` shows of judges."""

import fakes
import judged
import pytest

import serving


@pytest.fixture
def judges(tmp_path, monkeypatch):
    """Two judges by the rules, and pairs for them."""
    monkeypatch.setenv("LCBRB_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    (tmp_path / "two.toml").write_text(judged.TEMPLATE)
    (tmp_path / "one.toml").write_text(judged.ONE)
    texts = [("is 3", "is 1"), ("is 3 vain", "is 1"), ("is 3 mumbles", "is 1")]
    rows = [
        {"prompt": f"Ask {n} {at}.", "chosen": chosen, "rejected": rejected}
        for n in range(4)
        for at, (chosen, rejected) in enumerate(texts)
    ]
    pairs = fakes.write_lines(tmp_path / "pairs.jsonl", rows)

    def text(body, number):
        pointwise = "Only:" in body["messages"][-1]["content"]
        return (judged.scores if pointwise else judged.verdict)(body, number)

    with serving.serving() as (site, url):
        site.text = text
        policy = f"judge:openai:m@{url}?patience_s=10"
        yield (
            "-m",
            f"{policy}&template={tmp_path}/two.toml",
            "-m",
            f"{policy}&mode=pointwise&template={tmp_path}/one.toml",
            "--pairs",
            pairs,
        )


def cells(line):
    return [one.strip() for one in line.split("│")[1:-1]]


def test_position_and_what_could_not_be_read_are_in_the_audit(lcbrb, judges):
    ended = lcbrb("eval", *judges)
    assert (ended.code, ended.err) == (0, "")
    table = ended.out[ended.out.index("audit: position") :].splitlines()
    rows = [cells(line) for line in table if line.startswith("│")]
    found = {tuple(row[1:]) for row in rows if len(row) == 7 and row[3]}
    # of 12 pairs a third can't be read; of the others half change with the order
    two = [row for row in found if row[0] != "-"]
    assert [row[0].split("%")[0] for row in two] == ["50.0"]
    assert [row[1].split("%")[0] for row in two] == ["75.0"]
    assert two[0][2:] == ("4", "16", "8", "0")
    assert [row[2:] for row in found if row[0] == "-"] == [("4", "20", "4", "0")]


def test_what_an_ensemble_s_judge_could_not_read_is_counted_too(lcbrb, judges):
    _, _, _, pointwise, *pairs = judges
    ended = lcbrb("eval", "-m", f"ensemble:({pointwise})|(length)?scale=unit", *pairs)
    assert (ended.code, ended.err) == (0, "")
    table = ended.out[ended.out.index("audit: position") :].splitlines()
    (row,) = [found for line in table if len(found := cells(line)) == 7 and found[3].isdigit()]
    assert row[1:] == ["-", "-", "4", "-", "-", "-"]


def test_a_judge_that_is_refused_stops_no_other_model(lcbrb, judges):
    ended = lcbrb("eval", *judges, "-m", "judge:openai:m@http://127.0.0.1:9/v1?patience_s=1")
    assert ended.code == 3
    assert "no server answers at http://127.0.0.1:9/v1" in ended.err
    assert ended.err.count("\n") == 1
    assert "audit: position" in ended.out
