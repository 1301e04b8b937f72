"""`lcbrb.review_pairs` and what belongs to it: people say what labels are worth."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NamedTuple

from lcbrb.errors import DataUnavailableError, UnknownNameError, UsageError
from lcbrb.pairs.review import label_studio, potato
from lcbrb.pairs.review.accept import AcceptedReview, write_accepted
from lcbrb.pairs.review.findings import Preference
from lcbrb.pairs.review.store import ReviewSettings, ReviewStore
from lcbrb.pairs.review.summary import ReviewSummary, summarise
from lcbrb.pairs.review.tools import Shown, Task, shown_by, tasks
from lcbrb.protocols.reward import PairSet
from lcbrb.registry import EXTRAS, parse_spec, require
from lcbrb.runs.folder import safe_name
from lcbrb.sources.pairs.by_name import open_pairs


class _Tool(NamedTuple):
    """How tasks go to another tool, and how preferences come back."""

    write: Callable[[list[Task], Path], list[Path]]
    read: Callable[[Path, Mapping[str, Shown]], list[Preference]]


_TOOLS = {
    label_studio.ORIGIN: _Tool(label_studio.write_tasks, label_studio.read_annotations),
    potato.ORIGIN: _Tool(potato.write_tasks, potato.read_annotations),
}
_SUFFIX = ".review.sqlite"


def review_pairs(
    pairs: str | PairSet,
    *,
    store: Path | str | None = None,
    sample: int | None = None,
    seed: int | None = None,
    annotators: int | None = None,
    port: int = 0,
    opened: Callable[[str], object] = print,
) -> ReviewSummary:
    """Serve a web page on which people compare the two sides of each pair, until it is interrupted.

    They see the problem and the two sides in an order drawn for each person and pair. The author
    and the test results stay hidden until they ask, which is recorded. Every preference is saved
    before the next pair is shown; call it again to continue the review. The page is served only at
    127.0.0.1, to browsers that use the link.

    Args:
        pairs: what `lcbrb.load_pairs` reads, or gave.
        store: the SQLite file in which the review is kept; default: next to the file of pairs.
        sample: how many pairs to draw at random; default all. It can be raised later.
        seed: for the sample and all orders; default 0.
        annotators: how many people compare each pair; default 2.
        port: port to listen at; 0 picks a free one.
        opened: called with the link once the page can be opened.

    Returns:
        The review's results at the end.

    Raises:
        MissingExtraError: the extra ``review`` is not installed.
        UsageError: the store is of other pairs, or was begun otherwise.
        SetupError: the port can't be had, or the store can't be written.
    """
    require(EXTRAS["review"], "the review's page")
    from lcbrb.pairs.review.server import ReviewServer

    pair_set = _pair_set(pairs)
    settings = ReviewSettings(sample=sample, seed=seed, annotators=annotators)
    with _store(pairs, pair_set, store, settings) as kept:
        with ReviewServer(pair_set, kept, port) as server:
            opened(server.url)
            server.wait()
        return summarise(kept, pair_set.pairs)


def review_summary(pairs: str | PairSet, *, store: Path | str | None = None) -> ReviewSummary:
    """Summarise a review: confirmed labels, agreement, and an upper bound on wrong labels.

    Args:
        pairs: what is reviewed.
        store: where the review is kept; default: next to the file of pairs.

    Raises:
        DataUnavailableError: there is no such review.
        UsageError: the store is of other pairs.
    """
    pair_set = _pair_set(pairs)
    with _store(pairs, pair_set, store, None) as kept:
        return summarise(kept, pair_set.pairs)


def accept_review(
    pairs: str | PairSet, out: Path | str, *, store: Path | str | None = None
) -> AcceptedReview:
    """Write the pairs after a review: those that people confirmed, and those not drawn for review.

    Pairs whose label was not confirmed are left out. Each reviewed pair contains the preferences
    (`PreferencePair.review`: counts, no names), and the manifest the bound on wrong labels.

    Args:
        pairs: what was reviewed.
        out: the file of pairs to write, JSONL; its manifest is written beside it.
        store: where the review is kept; default: next to the file of pairs.

    Raises:
        IncompleteRunError: pairs are not settled yet; nothing is written.
        DataUnavailableError: there is no such review.
        UsageError: the store is of other pairs, or the output can't be used.
    """
    output = Path(out).expanduser()
    if output.is_dir():
        raise UsageError(f"{output} is a folder: name a file to write")
    pair_set = _pair_set(pairs)
    with _store(pairs, pair_set, store, None) as kept:
        return write_accepted(pair_set, kept, output)


def export_review(
    pairs: str | PairSet,
    tool: str,
    out: Path | str,
    *,
    store: Path | str | None = None,
    sample: int | None = None,
    seed: int | None = None,
    annotators: int | None = None,
) -> list[Path]:
    """Write the pairs as tasks for another annotation tool, and the configuration that shows them.

    Args:
        pairs: what is to be reviewed.
        tool: ``label-studio`` or ``potato``.
        out: the folder to write to.
        store: where the review is kept; it is created if it does not exist.
        sample: as in `review_pairs`.
        seed: as in `review_pairs`.
        annotators: as in `review_pairs`.

    Returns:
        The files that were written.

    Raises:
        UnknownNameError: no such tool.
        UsageError: the store is of other pairs, or was begun otherwise.
    """
    annotation_tool = _tool(tool)
    folder = Path(out).expanduser()
    if folder.exists() and not folder.is_dir():
        raise UsageError(f"{folder} is a file: name a folder to write the tasks to")
    pair_set = _pair_set(pairs)
    settings = ReviewSettings(sample=sample, seed=seed, annotators=annotators)
    with _store(pairs, pair_set, store, settings) as kept:
        return annotation_tool.write(tasks(pair_set.pairs, kept), folder)


def import_review(
    pairs: str | PairSet, tool: str, path: Path | str, *, store: Path | str | None = None
) -> ReviewSummary:
    """Import preferences from another annotation tool, for tasks written by `export_review`.

    Args:
        pairs: what is reviewed.
        tool: ``label-studio`` or ``potato``.
        path: Label Studio's export as JSON; potato's output folder, a person's
            ``user_state.json`` or its export as JSONL.
        store: where the review is kept.

    Returns:
        The review with the imported preferences; a file is imported completely or not at all.

    Raises:
        UnknownNameError: no such tool.
        DataUnavailableError: there is no such review or file.
        BadInputError: the file is no such export, or of other tasks.
    """
    annotation_tool = _tool(tool)
    pair_set = _pair_set(pairs)
    with _store(pairs, pair_set, store, None) as kept:
        kept.keep(*annotation_tool.read(Path(path).expanduser(), shown_by(kept)))
        return summarise(kept, pair_set.pairs)


def _tool(name: str) -> _Tool:
    if name not in _TOOLS:
        raise UnknownNameError("annotation tool", name, _TOOLS)
    return _TOOLS[name]


def _pair_set(pairs: str | PairSet) -> PairSet:
    return open_pairs(pairs) if isinstance(pairs, str) else pairs


def _store(
    pairs: str | PairSet,
    pair_set: PairSet,
    store: Path | str | None,
    settings: ReviewSettings | None,
) -> ReviewStore:
    """The review; one that must be there already where no settings are given."""
    path = Path(store).expanduser() if store is not None else _beside(pairs, pair_set)
    if settings is None and not path.is_file():
        raise DataUnavailableError(f"{path}: there is no such review")
    return ReviewStore(path, [pair.id for pair in pair_set.pairs], settings)


def _beside(pairs: str | PairSet, pair_set: PairSet) -> Path:
    """Beside a file of pairs; in the working folder for pairs from elsewhere."""
    if isinstance(pairs, str):
        spec = parse_spec(pairs)
        path = Path(f"{spec.kind}:{spec.target}" if spec.target else spec.kind).expanduser()
        if path.is_file():
            return path.with_name(path.name.removesuffix(".jsonl") + _SUFFIX)
    return Path(safe_name(pair_set.name) + _SUFFIX)
