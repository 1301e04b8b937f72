"""What other tools are given: tables that hold everything, and the hub's entries."""

import csv
import json

import pandas as pd
import pytest
import yaml

import lcbrb
from lcbrb.cli.main import main


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    folder = tmp_path_factory.mktemp("runs")
    lcbrb.evaluate(["length", "format"], "mini", out=folder / "whole")
    lcbrb.evaluate("length", "mini", limit=20, out=folder / "part")
    return folder


@pytest.mark.parametrize("layout", ["csv", "parquet"])
def test_tables_hold_what_the_frames_hold(runs, tmp_path, layout):
    written = lcbrb.export_runs(runs / "whole", layout, tmp_path)
    frames = lcbrb.read_runs(runs / "whole")
    assert {path.name for path in written} == {
        f"{n}.{layout}" for n in ("records", "estimates", "scores")
    }
    path = tmp_path / f"estimates.{layout}"
    if layout == "csv":
        with path.open(newline="") as file:
            rows = list(csv.DictReader(file))
    else:
        rows = pd.read_parquet(path).to_dict("records")
    assert [float(row["value"]) for row in rows] == frames.estimates["value"].tolist()
    assert [json.loads(row["slices"]) for row in rows] == frames.estimates["slices"].tolist()


def test_the_hub_s_entries_are_read_back_by_its_own_library(runs, tmp_path):
    from huggingface_hub import parse_eval_result_entries

    (path,) = lcbrb.export_runs(
        runs / "whole" / "length", "hf-eval-results", tmp_path, dataset="me/lcb-rb#reasoning"
    )
    assert path == tmp_path / "length" / ".eval_results" / "mini.yaml"
    (entry,) = parse_eval_result_entries(yaml.safe_load(path.read_text()))
    assert (entry.dataset_id, entry.task_id, entry.value) == ("me/lcb-rb", "reasoning", 46.55)
    assert "n 116, 95% [39.0, 54.1]" in entry.notes


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["part", "--to", "hf-eval-results", "--dataset", "a/b"], "over a part"),
        (["whole", "--to", "hf-eval-results"], "--dataset"),
        (["whole", "--to", "excel"], "unknown layout 'excel'"),
        (["nowhere", "--to", "csv"], "nowhere"),
    ],
)
def test_what_can_not_be_exported_is_one_sentence(runs, tmp_path, capfd, arguments, words):
    name, *more = arguments
    code = main(["export", str(runs / name), *more, "-o", str(tmp_path / "out")])
    assert code in {2, 3}
    told = capfd.readouterr().err
    assert words in told
    assert "Traceback" not in told
    assert not (tmp_path / "out").exists()


def test_nothing_is_written_over_unless_asked(runs, tmp_path, capfd):
    command = ["export", str(runs / "whole"), "--to", "csv", "-o", str(tmp_path)]
    assert main(command) == 0
    assert main(command) == 2
    assert "exists already" in capfd.readouterr().err
    assert main([*command, "--force"]) == 0
