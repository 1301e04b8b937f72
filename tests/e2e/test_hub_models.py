"""Reward models from a hub: the real command against a hub on loopback, down to the HTTP requests."""

import json
import os
import subprocess
import sys
from importlib.util import find_spec

import kinds
import pytest
import tiny
from hub_server import hub
from progress_lines import without_progress

from lcbrb import codec
from lcbrb.rewards import reward_model
from lcbrb.rewards.pair_scores import score_portion
from lcbrb.runs.folder import SCORES
from lcbrb.sources.pairs.by_name import open_pairs
from lcbrb.types import ScoredPair

pytestmark = [
    pytest.mark.slow,  # every command is a process that imports torch anew
    pytest.mark.skipif(
        find_spec("torch") is None or find_spec("peft") is None,
        reason="the extra 'hf' is not installed",
    ),
]


@pytest.fixture
def lcbrb(tmp_path):
    """Runs the command in a process of its own, with a hub and an empty cache."""

    def run(address, *arguments):
        kept = {
            key: one for key, one in os.environ.items() if not key.startswith(("HF_", "TRANSF"))
        }
        home = {"HF_ENDPOINT": address, "HF_HOME": str(tmp_path / "cache")}
        code = "import sys; from lcbrb.cli.main import main; sys.exit(main(sys.argv[1:]))"
        command = [sys.executable, "-c", code, *map(str, arguments)]
        return subprocess.run(
            command, env={**kept, **home}, capture_output=True, text=True, check=False
        )

    return run


def test_an_adapter_and_its_base_come_from_the_hub_at_their_revisions(lcbrb, tmp_path):
    base = tiny.save_language_model(tmp_path / "base", "llama", chat=True, num_labels=2)
    adapter = kinds.save_adapter(tmp_path / "adapter", base)
    pairs = tiny.write_pairs(tmp_path / "pairs.jsonl", count=6)
    local = score_portion(reward_model(f"hf:{adapter}"), open_pairs(str(pairs)).pairs)
    kinds.edit(adapter, "adapter_config.json", base_model_name_or_path="org/base", revision="v7")
    with hub({"org/adapter": adapter, "org/base": base}) as (site, address):
        out = tmp_path / "out"
        ended = lcbrb(
            address, "eval", "-m", "hf:org/adapter@v1", "--pairs", pairs, "--out", out, "--json"
        )
    assert (ended.returncode, without_progress(ended.stderr)) == (0, "")
    (record,) = json.loads(ended.stdout)["records"]
    assert (record["revision"], record["complete"]) == ("v1", True)
    (folder,) = out.iterdir()
    found = {one.pair_id: one for one in codec.read_records(ScoredPair, folder / SCORES)}
    for one in local:
        assert found[one.pair_id].chosen_score == pytest.approx(one.chosen_score, abs=1e-4)
    assert {"org/adapter/adapter_model.safetensors", "org/base/model.safetensors"} <= {*site.files}


def test_code_is_not_even_downloaded_before_it_is_allowed(lcbrb, tmp_path):
    own = kinds.save_own_code(tmp_path / "own", name="hub")
    pairs = tiny.write_pairs(tmp_path / "pairs.jsonl", count=4)
    with hub({"org/own": own}) as (site, address):
        refused = lcbrb(address, "eval", "-m", "hf:org/own@v1", "--pairs", pairs)
        before = list(site.files)
        trusted = "hf:org/own@v1?trust_remote_code=true"
        allowed = lcbrb(address, "eval", "-m", trusted, "--pairs", pairs, "--json")
        after = site.files[len(before) :]
    assert (refused.returncode, refused.stdout) == (3, "")
    assert "org/own contains its own code" in refused.stderr
    assert without_progress(refused.stderr).count("\n") == 1
    assert not [name for name in before if name.endswith(".py")]
    assert "org/own/model.safetensors" not in before
    assert allowed.returncode == 0
    assert "org/own/modeling_own.py" in after


def test_a_repository_that_is_not_there_is_one_sentence(lcbrb, tmp_path):
    pairs = tiny.write_pairs(tmp_path / "pairs.jsonl", count=4)
    with hub({}) as (_, address):
        ended = lcbrb(address, "eval", "-m", "prm:org/gone?layout=trl", "--pairs", pairs)
    assert (ended.returncode, ended.stdout) == (3, "")
    assert "the model org/gone did not load" in ended.stderr
    assert without_progress(ended.stderr).count("\n") == 1
