"""Every layout of pairs and scores with every part of it replaced: it can be used, or the error is ours.

A reader that lets an object pass where a text belongs shows it by an error of Python's, here or,
worse, hours later. So what a reader gives must be writable as a record, too.
"""

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from wrong_kinds import in_lines, refused_or_used, whole

from lcbrb.protocols.reward import Item
from lcbrb.registry import parse_spec
from lcbrb.rewards.kinds.recorded import from_spec as recorded_scores
from lcbrb.sources.pairs.by_name import open_pairs

PROGRAM = "def twice(x):\n    return 2 * x\n"
REPLY = f"Double it.\n```python\n{PROGRAM}```"


MESSAGES = [{"role": "user", "content": "Q"}, {"role": "assistant", "content": "A"}]
PAIR_FILES = {
    "texts": {
        "prompt": "Q",
        "chosen": "A",
        "rejected": "B",
        "id": 1,
        "category": "c",
        "difficulty": "hard",
    },
    "messages": {"chosen": MESSAGES, "rejected": MESSAGES},
}
SOURCES = {
    "rm-bench/code_filtered.json": (
        "rm-bench",
        [{"id": 1, "prompt": "Q", "domain": "code", "chosen": ["A"], "rejected": ["B"]}],
    ),
    "prmbench/p.jsonl": (
        "prmbench",
        {
            "idx": "circular_1",
            "classification": "circular",
            "original_question": "Q",
            "modified_question": "Q",
            "original_process": ["A"],
            "modified_process": ["B"],
        },
    ),
    "llmbar/LLMBar_Natural_dataset.json": (
        "llmbar",
        [{"input": "Q", "output_1": "A", "output_2": "B", "label": 1}],
    ),
    "judge-bench/j.jsonl": (
        "judge-bench",
        {
            "pair_id": "1",
            "source": "mmlu-pro-law",
            "label": "A>B",
            "question": "Q",
            "response_model": "gpt-4o-2024-05-13",
            "response_A": "A",
            "response_B": "B",
        },
    ),
    "processbench/math.json": (
        "process-bench",
        [
            {
                "id": f"math-{label}",
                "generator": "g",
                "problem": "Q",
                "steps": ["A", f"B{label}"],
                "label": label,
                "final_answer_correct": True,
            }
            for label in (-1, 1)
        ],
    ),
    "tracelift/g.jsonl": (
        "tracelift",
        {
            "problem_id": "p",
            "source": "math",
            "problem": "Q",
            "positive_pool": [{"reasoning": "A"}],
            "negative_bank": [{"reasoning": "B", "negative_kind": "k"}],
        },
    ),
    "trm-preference/TRM-preference-test.json": (
        "trm-preference",
        [
            {
                "prompt": MESSAGES[:1],
                "chosen": MESSAGES[1:],
                "rejected": [{"role": "assistant", "content": "B"}],
            }
        ],
    ),
}
PARQUET_SOURCES = {
    "reward-bench/filtered.parquet": (
        "reward-bench",
        {"id": 1, "prompt": "Q", "chosen": "A", "rejected": "B", "subset": "hep-python"},
    ),
    "reward-bench-2/t.parquet": (
        "reward-bench-2",
        {"id": "ref:1", "prompt": "Q", "chosen": ["A"], "rejected": ["B"], "subset": "Math"},
    ),
}


def pairs_of(name):
    return lambda _: open_pairs(str(name)).pairs


@pytest.mark.parametrize("name", PAIR_FILES)
def test_files_of_pairs(tmp_path, name):
    write, path = in_lines(tmp_path / "p.jsonl"), tmp_path / "p.jsonl"
    assert refused_or_used(write, pairs_of(path), PAIR_FILES[name]) == []


@pytest.mark.parametrize("file", SOURCES)
def test_sources_of_pairs(tmp_path, monkeypatch, file):
    monkeypatch.setenv("LCBRB_DATA", str(tmp_path))
    name, document = SOURCES[file]
    path = tmp_path / "preference" / file
    write = in_lines(path) if path.suffix == ".jsonl" else whole(path)
    write(document)
    assert pairs_of(name)(None)
    assert refused_or_used(write, pairs_of(name), document) == []


@pytest.mark.parametrize("file", [*PARQUET_SOURCES, "own"])
def test_parquet_files_of_pairs(tmp_path, monkeypatch, file):
    monkeypatch.setenv("LCBRB_DATA", str(tmp_path))
    path = tmp_path / "preference" / (file if file in PARQUET_SOURCES else "p.parquet")
    path.parent.mkdir(parents=True)
    name, document = PARQUET_SOURCES.get(file, (path, PAIR_FILES["texts"]))

    def write(row):
        try:
            pq.write_table(pa.Table.from_pylist([row]), path)
        except (pa.ArrowException, AttributeError, TypeError, OverflowError):
            return None  # nothing that Parquet can hold
        return path

    write(document)
    assert pairs_of(name)(None)
    assert refused_or_used(write, pairs_of(name), document) == []


def test_files_of_scores(tmp_path):
    def read(path):
        recorded_scores(parse_spec(f"recorded:{path}")).score([Item(prompt="Q", response="A")])
        return ()

    write = in_lines(tmp_path / "s.jsonl")
    for row in (
        {"prompt": "Q", "response": "A", "reward": 0.5},
        {"question": "Q", "responses": ["A", "B"], "rm_scores": [[0.5], [0.7]]},
    ):
        read(write(row))
        assert refused_or_used(write, read, row) == []
