"""Which files are whose: results of other tools, told by what they hold."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from lcbrb.errors import BadInputError, DataUnavailableError, UsageError
from lcbrb.imports import evalplus, inspect_log, lm_eval
from lcbrb.imports.foreign import ForeignRun
from lcbrb.policies.result_files import is_result_file, read_document

_SAMPLES = "samples_*.jsonl*"  # of lm-eval, read with their results
#: names by which each tool's files are found in a folder
_PATTERNS = (
    "results_*.json",
    "*eval_results.json",
    "*eval_results.json.gz",
    "*.eval",
    "[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]T*.json",  # a log of inspect_ai begins with its time
)
_KNOWN = (
    "lm-eval's results_*.json, EvalPlus' and BigCodeBench's *_eval_results.json, inspect_ai's logs "
    "(.eval, and .json named by their time)"
)
_ARCHIVE = ".eval"

Reader = Callable[[Path, Mapping[str, Any]], list[ForeignRun]]


def read_foreign(paths: Iterable[Path]) -> list[ForeignRun]:
    """The runs that files hold, in the order of their names.

    Args:
        paths: files, or folders in which files of the tools' own names are looked for.

    Raises:
        DataUnavailableError: there is no such file or folder.
        UsageError: a folder holds nothing that is known.
        BadInputError: a file is broken, or in no known layout.
    """
    files: dict[Path, Path] = {}
    for path in paths:
        for file in _files(path):
            files.setdefault(file.resolve(), file)
    return [run for file in files.values() for run in _read(file)]


def _files(path: Path) -> Sequence[Path]:
    if not path.exists():
        raise DataUnavailableError(f"{path}: no such file or folder")
    if not path.is_dir():
        if path.match(_SAMPLES):
            return list(_results_beside(path))
        return [path]
    files = sorted({file for pattern in _PATTERNS for file in path.rglob(pattern)})
    if not files:
        raise UsageError(f"{path} contains no results of another tool; looked for {_KNOWN}")
    return files


def _results_beside(samples: Path) -> Iterator[Path]:
    """The results that belong to a file of lm-eval's samples.

    Raises:
        UsageError: they are not there.
    """
    date = samples.name.partition(".jsonl")[0].rpartition("_")[2]
    results = samples.with_name(f"results_{date}.json")
    if not results.exists():
        raise UsageError(
            f"{samples} are samples of lm-eval, but {results.name} is not next to them"
        )
    yield results


def _read(path: Path) -> list[ForeignRun]:
    if path.suffix == _ARCHIVE:
        return inspect_log.read_archive(path)
    document = read_document(path)
    return _reader(path, document)(path, document)


def _reader(path: Path, document: Any) -> Reader:
    if lm_eval.is_results(document):
        return lm_eval.read_results
    if inspect_log.is_log(document):
        return inspect_log.read_log
    if is_result_file(document):
        return evalplus.read_results
    raise BadInputError(f"its format is not known here; known: {_KNOWN}", path=path)
