"""Where examples come from: run folders of `lcbrb bench`, recorded files, rows of others.

``PATH[?benchmark=NAME]``, where PATH is

- a run folder of ``lcbrb bench``, or a folder of them: their completions that passed,
- with ``?benchmark=`` (or ``replay:`` in front), recorded completions as `replay:` reads them,
  whose rows say that they passed,
- any JSONL, JSON or Parquet file of rows with ``prompt`` and ``completion`` (texts, or lists of
  messages) or with ``messages``, of which the last one is the reply. Such a reply is trained on as
  it stands. ``problem_id`` and ``source`` are kept where a row has them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from lcbrb.codec import sha256_file
from lcbrb.config import build
from lcbrb.errors import DataUnavailableError, UsageError
from lcbrb.pair_identity import mend_text, text_id
from lcbrb.policies.replay import from_spec as replay
from lcbrb.registry import Spec, parse_spec
from lcbrb.rows import Row, parse_rows
from lcbrb.runs.benchmarks import Benchmarks, benchmark_of_run
from lcbrb.runs.folder import RECORD
from lcbrb.runs.results import find_runs, read_completions, read_folder, read_run
from lcbrb.training.sft.examples import Example, ExampleSet, passed_examples
from lcbrb.types import Completion, JsonValue, Message, Prompt, RunKind, RunRecord, Status

_ROLES = ("system", "user", "assistant")
_RECORDED = "completions passed according to the verdicts in their file"


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What ``PATH?…`` takes: the benchmark of completions, where a run does not name it."""

    benchmark: str = ""


def open_examples(texts: Sequence[str], benchmarks: Benchmarks) -> ExampleSet:
    """The examples of several specs, each example once.

    Raises:
        DataUnavailableError: nothing is there, or a benchmark's data is not to be had.
        UsageError, BadInputError: it holds something else.
    """
    example_sets = [_open(text, benchmarks) for text in texts]
    every = [example for example_set in example_sets for example in example_set.examples]
    examples = list({example.id: example for example in reversed(every)}.values())[::-1]
    left_out = sum((Counter(example_set.left_out) for example_set in example_sets), Counter[str]())
    if len(examples) < len(every):
        left_out["twice"] = len(every) - len(examples)
    return ExampleSet(
        name=" + ".join(example_set.name for example_set in example_sets),
        version=" + ".join(example_set.version for example_set in example_sets),
        examples=examples,
        left_out=dict(left_out),
        notes=tuple(
            dict.fromkeys(note for example_set in example_sets for note in example_set.notes)
        ),
    )


def _open(text: str, benchmarks: Benchmarks) -> ExampleSet:
    spec = parse_spec(text)
    options = build(Options, spec.options, "--data")
    where = f"{spec.kind}:{spec.target}" if spec.target else spec.kind
    target = where.removeprefix("replay:")
    path = Path(target).expanduser()
    if path.is_dir() and target == where and any(path.rglob(RECORD)):
        return _from_runs(path, options.benchmark, benchmarks)
    if options.benchmark or target != where:
        return _from_recorded(target, options.benchmark, benchmarks)
    if not path.is_file():
        raise DataUnavailableError(
            f"{where}: there is no such file of examples or run folder of lcbrb bench"
        )
    examples = list(parse_rows(path, "an example", _from_row))
    return ExampleSet(
        name=path.name, version=sha256_file(path)[:12], examples=examples, left_out={}
    )


# ----------------------------------------------------------------------------------- completions


def _from_runs(path: Path, named: str, benchmarks: Benchmarks) -> ExampleSet:
    folders = [(folder, read_run(folder)) for folder in find_runs(path)]
    runs = [(folder, record) for folder, record in folders if record.kind == RunKind.BENCH]
    if not runs:
        kinds = ", ".join(sorted({record.kind for _, record in folders}))
        raise UsageError(f"{path} holds a run of kind {kinds}, not a run of lcbrb bench")
    examples: list[Example] = []
    left_out: Counter[str] = Counter()
    for folder, record in runs:
        passed, missing = _from_run(folder, record, named, benchmarks)
        examples += passed
        left_out.update(missing)
    names = dict.fromkeys(record.benchmark for _, record in runs)
    return ExampleSet(
        name=", ".join(names),
        version=", ".join(dict.fromkeys(record.benchmark_version for _, record in runs)),
        examples=examples,
        left_out=dict(left_out),
        notes=tuple(
            f"the run {folder.name} is incomplete" for folder, record in runs if not record.complete
        ),
    )


def _from_run(
    folder: Path, record: RunRecord, named: str, benchmarks: Benchmarks
) -> tuple[list[Example], Counter[str]]:
    whole = benchmark_of_run(record, benchmarks, named)
    known = {problem.id for problem in whole.load()}
    verdicts = {row.key: row.status for result in read_folder(folder) for row in result.samples}
    completions = read_completions(folder, record)
    for completion in completions:
        if completion.problem_id not in known:
            raise UsageError(
                f"{folder}: {completion.problem_id} is not a problem of {whole.name} here: name "
                "the run's benchmark with ?benchmark=NAME"
            )
    return passed_examples(whole, completions, lambda completion: verdicts.get(completion.key))


def _from_recorded(target: str, named: str, benchmarks: Benchmarks) -> ExampleSet:
    policy = replay(Spec(text=f"replay:{target}", kind="replay", target=target, options={}))
    if not named and not policy.packaged:
        raise UsageError(
            f"--data {target}: these are completions, so name their benchmark with "
            "?benchmark=NAME|PATH"
        )
    whole = benchmarks(named or "mini")
    replayed = policy.replay(whole.load())
    examples, left_out = passed_examples(whole, replayed.completions, _recorded)
    if unknown := sum(replayed.unknown.values()):
        left_out["unknown_problem"] += unknown
    if not examples and left_out["no_verdict"]:
        raise UsageError(
            f"--data {target}: {left_out['no_verdict']} completions have no verdict, but only "
            "completions that passed are trained on: grade them first (lcbrb bench --policy "
            f"replay:{target} --benchmark {whole.name} --out DIR), then name DIR"
        )
    return ExampleSet(
        name=f"{whole.name} ({Path(target).name})",
        version=whole.version,
        examples=examples,
        left_out=dict(left_out),
        notes=(_RECORDED,),
    )


def _recorded(completion: Completion) -> Status | None:
    passed = completion.recorded.passed if completion.recorded else None
    if passed is None:
        return None
    return Status.PASSED if passed else Status.WRONG_ANSWER


# -------------------------------------------------------------------------------- rows of others


def _from_row(row: Row) -> Iterator[Example]:
    if "messages" in row:
        *asked, last = _messages(row["messages"], "messages")
        if last.role != "assistant":
            raise UsageError(
                f"its last message has the role {last.role}: it must be the assistant's reply"
            )
        raw, reply = None, last.content
    elif "prompt" in row and "completion" in row:
        asked, raw = _asked(row)
        reply = _reply(row)
    else:
        there = ", ".join(sorted(row)) or "none"
        raise UsageError(
            f"it has neither prompt and completion nor messages (fields: {there}); for "
            "completions of a benchmark, add ?benchmark=NAME"
        )
    if not asked or not any(message.content.strip() for message in asked):
        raise UsageError("its prompt is empty")
    if not reply.strip():
        raise UsageError("its reply is empty")
    statement = "\n\n".join(message.content for message in asked if message.role == "user")
    yield Example(
        problem_id=text_id(statement) if row.get("problem_id") is None else row.label("problem_id"),
        source=row.optional_text("source") or row.path.name,
        statement=statement,
        prompt=Prompt(messages=tuple(asked), raw=raw, template="rows@1"),
        reply=reply,
    )


def _asked(row: Row) -> tuple[list[Message], str | None]:
    given = row["prompt"]
    if isinstance(given, str):
        text = mend_text(given)
        return [Message(role="user", content=text)], text
    return _messages(given, "prompt"), None


def _reply(row: Row) -> str:
    given = row["completion"]
    if isinstance(given, str):
        return mend_text(given)
    messages = _messages(given, "completion")
    if len(messages) != 1 or messages[0].role != "assistant":
        raise UsageError("its completion must be a single message of the assistant")
    return messages[0].content


def _messages(given: JsonValue, name: str) -> list[Message]:
    """Messages of texts; tools and images are not trained on."""
    if not isinstance(given, list) or not given:
        raise UsageError(f"field '{name}' is neither a text nor a list of messages")
    messages = []
    for message in given:
        if not isinstance(message, dict) or not isinstance(message.get("content"), str):
            raise UsageError(f"field '{name}' contains something that is not a message with text")
        if message.get("role") not in _ROLES:
            raise UsageError(
                f"field '{name}' has a role {message.get('role')!r}, not one of {_ROLES}"
            )
        messages.append(Message(role=message["role"], content=mend_text(message["content"])))
    return messages
