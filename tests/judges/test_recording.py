"""What a judge's run records: who was asked, in which words and how."""

import pytest
from judged import PAIRS

from lcbrb import codec
from lcbrb.codec import sha256_file
from lcbrb.protocols.reward import PairSet
from lcbrb.rewards.evaluation import evaluate
from lcbrb.rewards.metrics import position
from lcbrb.rewards.selection import Selection
from lcbrb.types import RunRecord


def test_the_record_says_who_was_asked_in_which_words_and_how(server, judge, tmp_path):
    server.root = "/weights/m"
    pair_set = PairSet(name="set", version="1", pairs=PAIRS)
    done = evaluate(judge("votes=2"), pair_set, Selection(total=len(PAIRS)), tmp_path / "out")
    told = done.record.config["model"]
    assert done.record.revision == "/weights/m"
    assert told["policy"]["model"] == "m"
    assert told["policy"]["revision"] == "/weights/m"
    assert told["template"] == {
        "name": "rules@1",
        "sha256": sha256_file(tmp_path / "two.toml"),
    }
    assert (told["mode"], told["orders"], told["votes"]) == ("pairwise", "both", 2)
    assert told["sampling"] == {"temperature": 0.7, "top_p": 1.0, "max_tokens": 1024, "seed": 0}
    assert done.record.counts["unparsable"] == 2
    assert {position.ORDER_CHANGES, position.FIRST_PLACE} <= done.record.estimates.keys()
    assert codec.read_record(RunRecord, done.path / "record.json") == done.record


def test_a_score_s_range_is_recorded(judge):
    told = judge("low=0&high=5", mode="pointwise").identity
    assert (told["mode"], told["low"], told["high"]) == ("pointwise", 0.0, 5.0)
    assert "orders" not in told


def test_other_words_are_another_run(judge, tmp_path):
    pair_set = PairSet(name="set", version="1", pairs=PAIRS)
    evaluate(judge(), pair_set, Selection(total=len(PAIRS)), tmp_path / "out")
    file = tmp_path / "two.toml"
    file.write_text(file.read_text() + "# other\n")
    with pytest.raises(ValueError, match=r"contains another run \(different config \(model\)\)"):
        evaluate(judge(), pair_set, Selection(total=len(PAIRS)), tmp_path / "out")
