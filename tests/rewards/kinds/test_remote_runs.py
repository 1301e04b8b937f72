"""Runs of a reward model behind a server: kept, gone on with, and never mixed with another model."""

import pytest
import tiny

import serving
from lcbrb import codec
from lcbrb.errors import IncompleteRunError, UsageError
from lcbrb.protocols.reward import PairSet
from lcbrb.rewards.evaluation import evaluate
from lcbrb.rewards.selection import Selection
from lcbrb.runs.folder import RECORD, SCORES
from lcbrb.types import RunRecord, ScoredPair

PAIRS = [tiny.pair(f"p{n}", chosen=f"good {n}", rejected=f"bad {n}") for n in range(8)]
OPTIONS = "batch_size=4&concurrency=1"


def run(model, folder):
    return evaluate(model, PairSet(name="pairs", version="1", pairs=PAIRS), Selection(), folder)


def stops_after(count):
    """A server that answers so many requests and hangs up on all others."""
    left = [count]

    def mood(handler, body):
        left[0] -= 1
        return left[0] < 0 and serving.hangs_up(handler, body)

    return mood


def interrupted(site, remote, folder):
    """The folder of a run whose server went away, and how many texts it had scored."""
    site.usual = stops_after(2 + 2)  # the look at the server: a page for tokens, and the probes
    with pytest.raises(IncompleteRunError):
        run(remote(OPTIONS, patience_s=0.1), folder)
    site.usual = None
    (path,) = folder.iterdir()
    return path


def test_a_run_that_goes_on_asks_only_for_what_is_missing(site, remote, tmp_path):
    whole = run(remote(OPTIONS, patience_s=0.1), tmp_path / "whole")
    path = interrupted(site, remote, tmp_path / "run")
    kept = codec.read_records(ScoredPair, path / SCORES)
    assert len(kept) == 4
    record = codec.read_record(RunRecord, path / RECORD)
    assert (record.complete, record.counts["unscored"]) == (False, 4)
    site.bodies.clear()
    done = run(remote(OPTIONS, patience_s=0.1), tmp_path / "run")
    asked = [ids for batch in site.asked[1:] for ids in batch]  # behind the probes
    assert len(asked) == 2 * (len(PAIRS) - len(kept))
    assert done.record.complete
    scores = {line.pair_id: line for line in whole.scored}
    assert {line.pair_id: line for line in done.scored} == scores
    assert done.record.revision == "/weights/rm"
    assert done.record.config["model"]["api"] == "vllm"


def test_other_weights_under_the_same_name_are_noticed(site, remote, tmp_path):
    path = interrupted(site, remote, tmp_path)
    before = (path / RECORD).read_bytes(), (path / SCORES).read_bytes()
    honest = site.score
    site.score = lambda ids: honest(ids) + 0.5
    for _ in range(2):  # the refusal must not become the new truth
        with pytest.raises(
            UsageError, match=r"is a different model than when this run began.*folder"
        ):
            run(remote(OPTIONS, patience_s=0.1), tmp_path)
    assert (path / SCORES).read_bytes() == before[1]
    site.score = lambda ids: honest(ids) * 1.001  # its kernels round in another way
    assert run(remote(OPTIONS, patience_s=0.1), tmp_path).record.complete


def test_another_root_or_limit_is_another_run(site, remote, tmp_path):
    interrupted(site, remote, tmp_path)
    site.root = "/weights/rm-2"
    with pytest.raises(UsageError, match=r"contains another run.*revision"):
        run(remote(OPTIONS, patience_s=0.1), tmp_path)
    site.root, site.limit = "/weights/rm", 500
    with pytest.raises(UsageError, match=r"contains another run.*model"):
        run(remote(OPTIONS, patience_s=0.1), tmp_path)


def test_a_key_is_in_no_file_of_a_run(site, remote, tmp_path, monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", "open-sesame")
    done = run(remote(OPTIONS), tmp_path)
    assert site.headers[-1]["Authorization"] == "Bearer open-sesame"
    assert all(b"open-sesame" not in file.read_bytes() for file in done.path.iterdir())
    assert done.record.complete
