"""`replay:PATH`: completions that were recorded earlier, matched with the problems at hand.

PATH is a file, a folder, a pattern (``runs/*.jsonl.gz``) or ``mini``, the packaged completions.
``replay:PATH?model=NAME`` says which model the files are from, where neither they nor their names
do: files of one model pair with each other, files of different models don't unless asked to.
"""

from __future__ import annotations

import dataclasses
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from difflib import get_close_matches
from itertools import chain, islice
from pathlib import Path

from lcbrb.config import build
from lcbrb.errors import DataUnavailableError, UsageError
from lcbrb.grading.check_kinds import kind_of
from lcbrb.policies.recorded_layouts import Draft, native_draft, read_drafts, sampler_of
from lcbrb.protocols.policy import RecordedPolicy, Replayed
from lcbrb.registry import Spec
from lcbrb.sources import mini
from lcbrb.types import Completion, Problem

PACKAGED = "mini"
_LONGEST_NAME, _NAMED = 60, 3
_DEFINED = re.compile(r"(?m)^def (\w+)\(")
_PATTERNS = ("*.jsonl", "*.jsonl.gz", "*.json", "*.json.gz")


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What ``replay:PATH?…`` takes."""

    model: str = ""


def from_spec(spec: Spec) -> Replay:
    """The policy that a spec names.

    Raises:
        UsageError: no path, or unknown options.
        DataUnavailableError: nothing is there.
    """
    options = build(Options, spec.options, "replay")
    if not spec.target:
        raise UsageError("replay needs a path: replay:PATH")
    if spec.target == PACKAGED and not Path(PACKAGED).exists():
        if options.model:
            raise UsageError("replay:mini has its own model names: leave ?model= out")
        return Replay(id=PACKAGED, packaged=mini.recorded_completions())
    return Replay(id=options.model or spec.target, paths=_paths(spec.target), model=options.model)


def _paths(target: str) -> list[Path]:
    path = Path(target).expanduser()
    if path.exists() and not path.is_dir():
        return [path]
    files: set[Path] = set()
    if path.is_dir():
        files = {file for pattern in _PATTERNS for file in path.glob(pattern)}
    else:
        with suppress(ValueError):  # no pattern at all, such as "a**b"
            matching = Path(path.anchor).glob(str(path.relative_to(path.anchor)))
            files = {file for file in matching if not file.is_dir()}
    if not files:
        raise DataUnavailableError(
            f"replay:{target}: no such file or folder, and no file matches the pattern"
        )
    return sorted(files)


@dataclass(frozen=True, slots=True, kw_only=True)
class Replay(RecordedPolicy):
    """Completions from files, or `packaged` ones.

    `model` names the sampler of all that files hold, where it is given.
    """

    id: str
    paths: Sequence[Path] = ()
    model: str = ""
    packaged: Sequence[Completion] = ()

    def replay(self, problems: Sequence[Problem]) -> Replayed:
        """All completions of these problems, in the files' order.

        A completion's problem is found by id, else by text (white space folded).

        Raises:
            BadInputError: a row is in no known layout.
        """
        index = _Index(problems)
        unknown: Counter[str] = Counter()
        numbers: Counter[tuple[str, str]] = Counter()
        completions: list[Completion] = []
        named: dict[Path, str | None] = dict.fromkeys(self.paths)
        for path, draft in self._drafts():
            if path is not None and not self.model and draft.sampler == sampler_of(path):
                named[path] = draft.sampler
            problem_id = index.find(draft.problem_id)
            if problem_id is None:
                unknown[_shown(draft.problem_id)] += 1
                continue
            sampler = self.model or draft.sampler
            number = numbers[problem_id, sampler]
            numbers[problem_id, sampler] += 1
            completions.append(
                draft.completion(problem_id, sampler, number, index.problems[problem_id])
            )
        return Replayed(completions=completions, unknown=unknown, sources=tuple(named.items()))

    def _drafts(self) -> Iterator[tuple[Path | None, Draft]]:
        for path in self.paths:
            for draft in read_drafts(path):
                yield path, draft
        for completion in self.packaged:
            yield None, native_draft(completion)


class _Index:
    """Problems by id, by the number at the end of it (MBPP's files have nothing else), by text.

    Where a text is code that no problem's is (CodeT's prompts lack the examples), its last function
    names the problem: the one that asks for that function, or the nearest of several.
    """

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = {problem.id: problem for problem in problems}
        self._names = {_folded(problem.prompt): problem.id for problem in self.problems.values()}
        numbers = [(name.rpartition("/")[2], name) for name in self.problems if "/" in name]
        if len(dict(numbers)) == len(numbers):
            self._names |= {number: name for number, name in numbers if number.isdigit()}
        self._functions: dict[str, list[Problem]] = defaultdict(list)
        for entry in self.problems.values():
            if name := kind_of(entry.check).function(entry.check):
                self._functions[name].append(entry)

    def find(self, name: str) -> str | None:
        if name in self.problems:
            return name
        return self._names.get(_folded(name)) or self._by_function(name)

    def _by_function(self, text: str) -> str | None:
        defined = _DEFINED.findall(text)
        candidates = self._functions.get(defined[-1], []) if defined else []
        prompts = {_folded(candidate.prompt): candidate.id for candidate in candidates}
        nearest = (
            get_close_matches(_folded(text), prompts, n=1) if len(candidates) > 1 else list(prompts)
        )
        return prompts[nearest[0]] if nearest else None


def _shown(name: str) -> str:
    """A problem's name, or the beginning of its text."""
    return name if len(name) <= _LONGEST_NAME else f"{_folded(name)[:_LONGEST_NAME]}…"


def _folded(text: str) -> str:
    return " ".join(text.split())


def _refuse_twins(sources: Sequence[tuple[Path, str | None]]) -> None:
    """Samples counted twice, or of two models under one name, would make wrong rates silently."""
    seen: set[Path] = set()
    names: dict[str, Path] = {}
    for path, name in sources:
        if path.resolve() in seen:
            raise UsageError(f"{path} is given twice: its samples would count twice")
        seen.add(path.resolve())
        if name is None:
            continue
        if name in names:
            raise UsageError(
                f"{names[name]} and {path} would both be called {name!r}: add ?model=NAME to "
                "each (the same name if one model wrote both)"
            )
        names[name] = path


class NothingRecordedError(UsageError):
    """Files in which no completion answers a problem of the benchmark."""


def merge(parts: Iterable[Replayed], problems: Iterable[Problem] = ()) -> Replayed:
    """Several replays as one; a sampler's samples of a problem are numbered through.

    Where no completion answers one of `problems`, the error names some of them.

    Raises:
        NothingRecordedError: not one completion has a problem here; what was found is named.
        UsageError: a file is given twice, or two files would give their samplers the same name.
    """
    parts = list(parts)
    _refuse_twins([source for part in parts for source in part.sources])
    completions: list[Completion] = []
    numbers: Counter[tuple[str, str]] = Counter()
    for completion in chain.from_iterable(part.completions for part in parts):
        key = completion.problem_id, completion.policy_id
        completions.append(dataclasses.replace(completion, sample_index=numbers[key]))
        numbers[key] += 1
    unknown = sum((Counter(part.unknown) for part in parts), Counter[str]())
    if not completions:
        if not unknown:
            raise NothingRecordedError("the files contain no completions")
        theirs = ", ".join(list(unknown)[:_NAMED])
        ours = ", ".join(_shown(problem.id) for problem in islice(problems, _NAMED))
        raise NothingRecordedError(
            f"none of the {sum(unknown.values())} completions has a problem here (theirs: {theirs}"
            + (f"; here: {ours}, …" if ours else "")
            + "); were they written for another benchmark?"
        )
    return Replayed(completions=completions, unknown=unknown)
