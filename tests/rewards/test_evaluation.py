"""One reward model on one set of pairs, as a run that says what it was."""

import datetime as dt
import json
import math

import pytest
import tiny
from estimates import by_name

from lcbrb import codec
from lcbrb.errors import BadScoreError, UsageError
from lcbrb.protocols.reward import PairSet
from lcbrb.rewards import reward_model
from lcbrb.rewards.base import RewardModel
from lcbrb.rewards.evaluation import evaluate
from lcbrb.rewards.forward import accounting
from lcbrb.rewards.selection import Selection
from lcbrb.runs.folder import PAIRS as PAIRS_FILE, RECORD, SCORES, safe_name
from lcbrb.types import PreferencePair, RunRecord, ScoredPair

PAIRS = [
    tiny.pair(f"p{i // 2}", "x" * (3 + i % 4), "x" * (2 + i % 3), difficulty="ab"[i % 2])
    for i in range(40)
]
PAIRS[35] = tiny.pair("p17", "poison", "xxxx", difficulty="b")
SET = PairSet(name="some", version="v3", pairs=PAIRS, notes=("they are synthetic",))
ALL = Selection(total=len(PAIRS))


class Model(RewardModel):
    """Scores by length; where it is broken, "poison" as NaN."""

    id, bounds, revision = "org/model:x", (0.0, math.inf), "abc123"

    def __init__(self, *, broken=False):
        self.broken = broken

    def score(self, items):
        return [
            math.nan if self.broken and i.response == "poison" else len(i.response) for i in items
        ]


def read(path):
    return codec.read_record(RunRecord, path / RECORD)


def test_the_record_says_what_was_measured_on_what(tmp_path):
    done = evaluate(Model(), SET, ALL, tmp_path)
    record = done.record
    assert (record.kind, record.subject, record.revision) == (
        "reward-model",
        "org/model:x",
        "abc123",
    )
    assert (record.benchmark, record.benchmark_version) == ("some", "v3")
    assert record.dataset_sha256 == codec.sha256_records(PAIRS)
    assert record.notes == ("they are synthetic",)
    assert (record.complete, record.partial, record.coverage) == (True, False, 1.0)
    assert record.started_at.utcoffset() == dt.timedelta(0)
    assert record.counts == {"pairs": 40, "wins": 31, "ties": 6, "losses": 3, "truncated": 0}
    assert by_name(record.estimates)["accuracy"].value == 34 / 40
    assert by_name(record.estimates)["accuracy"].clusters == 20
    assert {"accuracy/difficulty=a", "accuracy/difficulty=b"} <= set(by_name(record.estimates))
    assert record.environment["python"]


def test_the_record_on_disk_is_the_record_given_and_survives_json(tmp_path):
    done = evaluate(Model(), SET, ALL, tmp_path)
    assert done.path == tmp_path / safe_name("org/model:x")
    assert read(done.path) == done.record
    text = (done.path / RECORD).read_text()
    assert codec.from_dict(RunRecord, json.loads(text)) == done.record
    assert codec.read_records(ScoredPair, done.path / SCORES) == list(done.scored)


def test_a_model_that_gives_no_number_leaves_an_incomplete_record_and_its_scores(tmp_path):
    with pytest.raises(BadScoreError):
        evaluate(Model(broken=True), SET, ALL, tmp_path)
    folder = tmp_path / safe_name("org/model:x")
    record = read(folder)
    assert not record.complete
    assert record.estimates == {}
    assert record.notes[0] == "they are synthetic"
    assert "as nan" in record.notes[1]
    assert len(codec.read_records(ScoredPair, folder / SCORES)) == 32


def test_a_stopped_run_goes_on_as_the_same_run(tmp_path):
    with pytest.raises(BadScoreError):
        evaluate(Model(broken=True), SET, ALL, tmp_path)
    before = read(tmp_path / safe_name("org/model:x"))
    done = evaluate(Model(), SET, ALL, tmp_path)
    assert done.fresh == 8
    assert (done.record.run_id, done.record.started_at) == (before.run_id, before.started_at)
    assert done.record.complete
    assert done.record.notes == ("they are synthetic",)
    whole = evaluate(Model(), SET, ALL, tmp_path / "undisturbed")
    assert done.scored == whole.scored
    assert done.record.estimates == whole.record.estimates


def test_a_finished_run_is_read_and_not_scored_again(tmp_path):
    first = evaluate(Model(), SET, ALL, tmp_path)
    again = evaluate(Model(broken=True), SET, ALL, tmp_path)
    assert (again.fresh, again.seconds) == (0, 0.0)
    assert again.record == first.record
    assert again.scored == first.scored


def test_other_pairs_or_another_revision_need_another_folder(tmp_path):
    evaluate(Model(), SET, ALL, tmp_path)
    fewer = PairSet(name="some", version="v3", pairs=PAIRS[:10])
    with pytest.raises(UsageError, match="dataset_sha256"):
        evaluate(Model(), fewer, Selection(total=10), tmp_path)
    other = Model()
    other.revision = "def456"
    with pytest.raises(UsageError, match="revision"):
        evaluate(other, SET, ALL, tmp_path)


def test_a_part_is_marked_partial_with_its_coverage_and_draw(tmp_path):
    part = PairSet(name="some", version="v3", pairs=PAIRS[:10])
    record = evaluate(Model(), part, Selection(limit=9, seed=5, total=40), tmp_path).record
    assert (record.partial, record.coverage) == (True, 0.25)
    assert (record.config["limit"], record.seed) == (9, 5)


def test_models_lie_side_by_side_in_folders_of_their_own(tmp_path):
    paths = {
        evaluate(reward_model(spec), SET, ALL, tmp_path).path
        for spec in ("random", "random?seed=1", "random?seed=2", "length")
    }
    assert len(paths) == 4
    assert {path.parent for path in paths} == {tmp_path}
    assert all(read(path).complete for path in paths)
    assert read(tmp_path / "length").revision is None


def test_the_run_keeps_the_pairs_that_it_scored(tmp_path):
    done = evaluate(Model(), SET, ALL, tmp_path)
    assert codec.read_records(PreferencePair, done.path / PAIRS_FILE) == list(SET.pairs)
    (done.path / PAIRS_FILE).unlink()  # a run that was begun before pairs were kept gets them later
    assert (evaluate(Model(), SET, ALL, tmp_path).path / PAIRS_FILE).exists()


class Costly(Model):
    """Says what it spends; each call has a text and a step that is cut for every item."""

    def score(self, items):
        tokens = dict.fromkeys(("tokens_real", "tokens_shared", "tokens_computed"), len(items))
        accounting.count("the slow way", **tokens, steps=2 * len(items), steps_cut=len(items))
        return super().score(items)


def test_counts_add_up_over_starts_and_notes_of_passes_stay(tmp_path):
    with pytest.raises(BadScoreError):
        evaluate(Costly(broken=True), SET, ALL, tmp_path)
    stopped = read(tmp_path / safe_name("org/model:x"))
    done = evaluate(Costly(), SET, ALL, tmp_path).record
    again = evaluate(Costly(), SET, ALL, tmp_path).record
    assert again == done
    assert done.notes == ("they are synthetic", "scoring: the slow way")
    assert stopped.notes[:2] == done.notes
    whole = evaluate(Costly(), SET, ALL, tmp_path / "undisturbed").record
    assert whole.notes == done.notes
    # the portion that broke was computed at both starts
    assert done.counts["tokens_real"] > whole.counts["tokens_real"]
    assert stopped.counts["tokens_real"] == whole.counts["tokens_real"]
    assert [stopped.counts["tokens_pairs"], done.counts["tokens_pairs"]] == [32, 40]
    assert done.counts["steps"] == 2 * done.counts["tokens_real"] == 2 * done.counts["steps_cut"]
