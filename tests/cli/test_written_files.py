"""No command writes over its own input, over a run's files, or over what is none of its output."""

import json

import pytest

from lcbrb.cli.written_files import JUNIT, PAGE, PAIRS, SUMMARY, check_output
from lcbrb.errors import UsageError

OURS = {
    PAGE: '<!DOCTYPE html>\n<meta name="generator" content="lcbrb">',
    JUNIT: '<?xml version="1.0"?><testsuites name="lcbrb gate" tests="1">',
    SUMMARY: "## lcbrb gate: PASS\n",
    PAIRS: json.dumps({"schema_version": 1, "id": "x", "relation": "given"}) + "\n",
}


@pytest.mark.parametrize("kind", OURS, ids=lambda kind: kind.name)
def test_a_new_an_empty_and_an_own_file_may_be_written(tmp_path, kind):
    path = tmp_path / "out"
    check_output(path, kind, force=False)
    path.touch()
    check_output(path, kind, force=False)
    path.write_text(OURS[kind])
    check_output(path, kind, force=False)


@pytest.mark.parametrize("kind", OURS, ids=lambda kind: kind.name)
def test_a_file_of_somebody_else_needs_force(tmp_path, kind):
    path = tmp_path / "out"
    for other, text in {**OURS, None: "my notes\n"}.items():
        if other is not kind:
            path.write_text(text)
            with pytest.raises(UsageError, match="--force"):
                check_output(path, kind, force=False)
            check_output(path, kind, force=True)


def test_an_input_is_never_written_over(tmp_path):
    path = tmp_path / "pairs.jsonl"
    path.write_text(OURS[PAIRS])
    link = tmp_path / "link.jsonl"
    link.symlink_to(path)
    for read in (path, str(path), f"replay:{path}", f"replay:{tmp_path}/*.jsonl?model=m", link):
        with pytest.raises(UsageError, match="also an input of this command"):
            check_output(path, PAIRS, inputs=["mini", read], force=True)


def test_a_run_s_files_are_kept(tmp_path):
    (tmp_path / "record.json").write_text("{}")
    for name in ("record.json", "samples.jsonl", "log.txt"):
        (tmp_path / name).write_text(OURS[PAIRS])
        with pytest.raises(UsageError, match="run folder"):
            check_output(tmp_path / name, PAIRS, force=True)
    check_output(tmp_path / "new.jsonl", PAIRS, force=False)
