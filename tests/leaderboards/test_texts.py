"""Texts within a budget: failures first, every model its share, long ones cut."""

import random
import string

from boards import pair, policy_run, problems, reward_run
from packed import inflated

from lcbrb.runs.results import read_results
from leaderboards.columns import columns
from leaderboards.models import NO_FILE
from leaderboards.texts import excerpt, pack_texts


def noise(seed, size=2000):
    """Text that does not deflate to nothing."""
    return "".join(random.Random(seed).choices(string.printable, k=size))


def packed(folder, budget):
    found = columns(read_results([folder]), NO_FILE)
    texts = pack_texts(found, budget)
    items = {
        key: [i for c in chunks for i in inflated(texts.chunks[c])]
        for key, chunks in texts.rows.items()
    }
    pairs = {
        key: [i for c in chunks for i in inflated(texts.chunks[c])]
        for key, chunks in texts.pairs.items()
    }
    return texts, items, pairs


def test_without_a_budget_nothing_is_read(tmp_path):
    folder = policy_run(tmp_path / "a", {"a": problems("pw")}, texts="text")
    (folder / "completions.jsonl").write_text("broken")
    texts, items, _ = packed(tmp_path, 0)
    assert (texts.chunks, items) == ([], {})


def test_failures_come_first_then_no_answers_then_passes(tmp_path):
    policy_run(tmp_path / "a", {"a": problems("pnwht")}, texts=lambda p, q, i: f"{p} {q} {i}")
    texts, items, _ = packed(tmp_path, 1)
    assert [one["at"][0] for one in items[0, 0]] == [2, 4, 1, 3, 0]
    assert items[0, 0][0]["text"] == "a q2 0"
    assert items[0, 0][0]["detail"] == "detail of q2"
    assert (texts.shown, texts.total) == (5, 5)


def test_samples_whose_text_is_gone_are_listed_but_have_none(tmp_path):
    folder = policy_run(tmp_path / "a", {"a": problems("pwp")}, texts="text")
    kept = (folder / "completions.jsonl").read_text().splitlines(keepends=True)
    (folder / "completions.jsonl").write_text(kept[0])
    texts, items, _ = packed(tmp_path, 1)
    assert len(items[0, 0]) == 3
    assert (texts.shown, texts.total) == (1, 3)


def test_first_samples_of_all_problems_come_before_second_ones(tmp_path):
    policy_run(tmp_path / "a", {"a": {"q1": "ww", "q2": "ww"}}, texts="x")
    _, items, _ = packed(tmp_path, 1)
    assert [one["at"] for one in items[0, 0]] == [[0, 0], [1, 0], [0, 1], [1, 1]]


def test_the_budget_holds_and_every_model_has_its_share(tmp_path):
    for name in "abc":
        policy_run(
            tmp_path / name,
            {name: problems("w" * 100)},
            texts=lambda policy, problem, i: noise(f"{policy}{problem}"),
        )
    texts, items, _ = packed(tmp_path, 0.2)
    assert sum(map(len, texts.chunks)) <= 0.2 * 1024**2
    assert 0 < texts.shown < texts.total == 300
    shares = [len(one) for one in items.values()]
    assert max(shares) - min(shares) <= 25


def test_a_run_that_kept_no_texts_still_tells_details(tmp_path):
    policy_run(tmp_path / "a", {"a": problems("w")})
    _, items, _ = packed(tmp_path, 1)
    assert items[0, 0][0]["text"] is None
    assert items[0, 0][0]["detail"]


def test_a_text_of_ten_megabytes_is_cut(tmp_path):
    policy_run(tmp_path / "a", {"a": problems("w")}, texts="x" * 10_000_000)
    texts, items, _ = packed(tmp_path, 1)
    assert len(items[0, 0][0]["text"]) < 5000
    assert "9,996,000 characters left out" in items[0, 0][0]["text"]
    assert len(texts.chunks[0]) < 5000


def test_a_short_text_is_whole_and_a_long_one_keeps_both_ends():
    assert excerpt("x" * 4000) == "x" * 4000
    long = "start" + "x" * 5000 + "end"
    assert excerpt(long).startswith("start")
    assert excerpt(long).endswith("end")


def test_pairs_are_kept_once_with_every_model_s_scores_hardest_first(tmp_path):
    pairs = [pair("x", "q0"), pair("y", "q1", "good", "bad", rejected_prompt="other")]
    reward_run(tmp_path / "a", "a", {"x": ("q0", "W"), "y": ("q1", "L")}, pairs=pairs)
    reward_run(tmp_path / "b", "b", {"x": ("q0", "W"), "y": ("q1", "T")}, pairs=pairs)
    texts, _, shown = packed(tmp_path, 1)
    assert [one["at"] for one in shown[0]] == [1, 0]
    assert (shown[0][0]["chosen"], shown[0][0]["rejected_prompt"]) == ("good", "other")
    assert shown[0][0]["scores"] == [[0.0, 0.5], [0.5, 0.5]]
    assert texts.total == 2
