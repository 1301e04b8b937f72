"""Pairs from a file or a hub data set: ours, or any rows with a prompt and two responses.

A row of somebody else's has `prompt`, `chosen` and `rejected` (other column names can be given:
``pairs.parquet?prompt=question&chosen=good&rejected=bad``). Each is a text or a list of messages
(`role`, `content`); where `prompt` is missing, the messages before the last are the prompt. Used
where present: `problem_id` or `id` (the cluster), `category` or `subset`, `difficulty`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from lcbrb.codec import from_dict, sha256_file
from lcbrb.config import build
from lcbrb.errors import DataUnavailableError, UsageError, first_line
from lcbrb.pair_columns import from_columns
from lcbrb.pair_identity import make_pair, mend_text, text_id
from lcbrb.protocols.reward import PairSet
from lcbrb.registry import Spec
from lcbrb.rows import Row, parse_rows
from lcbrb.sources.hub import check_hub
from lcbrb.types import Message, PreferencePair, Provenance, Relation

_ROLES = {"human": "user", "gpt": "assistant", "model": "assistant", "bot": "assistant"}
FILE_SUFFIXES = (".jsonl", ".json", ".parquet")


@dataclass(frozen=True, slots=True, kw_only=True)
class Columns:
    """The names under which a row holds its parts; `split` is for hub data sets."""

    prompt: str = "prompt"
    chosen: str = "chosen"
    rejected: str = "rejected"
    problem: str = ""
    category: str = ""
    split: str = ""


def read_pair_file(path: Path, spec: Spec) -> PairSet:
    """All pairs of a JSONL, JSON (a list) or Parquet file, gzipped or not.

    Raises:
        BadInputError: a row that is no pair; file and line are named.
        UnknownNameError, UsageError: options that don't fit.
    """
    columns = build(Columns, spec.options, str(path))
    parse = partial(_pair, columns=columns, source=path.name)
    pairs = list(parse_rows(path, "a pair", parse))
    synthetic = sorted({s for pair in pairs if "synthetic" in (s := pair.provenance.source)})
    notes = tuple(f"pairs are from {source}" for source in synthetic)
    return PairSet(name=path.name, version=sha256_file(path)[:12], pairs=pairs, notes=notes)


def hub_pairs(where: str, spec: Spec) -> PairSet:
    """All pairs of a hub data set, at the revision given or, without one, at today's commit.

    Raises:
        DataUnavailableError: the hub can't be reached or has no such data set.
        UsageError: a row that is no pair.
    """
    import datasets  # seconds to import
    from huggingface_hub import HfApi

    columns = build(Columns, spec.options, where)
    repo, _, revision = where.partition("@")
    try:
        check_hub()
        revision = HfApi().dataset_info(repo, revision=revision or None).sha or revision
        split = columns.split or datasets.get_dataset_split_names(repo, revision=revision)[0]
        rows = datasets.load_dataset(repo, revision=revision, split=split)
    except Exception as error:  # its errors and its transport's have no base of their own
        raise DataUnavailableError(
            f"no file {where}, and no such data set on the hub: {first_line(error)}"
        ) from error
    parse = partial(_pair, columns=columns, source=repo)
    here = f"{repo}, split {split}"
    pairs = list(parse_rows(here, "a pair", parse, rows=enumerate(rows)))
    return PairSet(name=repo, version=f"{revision}/{split}", pairs=pairs)


def _pair(row: Row, columns: Columns, source: str) -> Iterator[PreferencePair]:
    if "schema_version" in row:
        yield from_dict(PreferencePair, from_columns(row))
        return
    *before, chosen = messages(row, columns.chosen, "assistant")
    *rejected_before, rejected = messages(row, columns.rejected, "assistant")
    asked = messages(row, columns.prompt, "user") if columns.prompt in row else []
    if not asked and not before:
        raise _missing(columns.prompt, row)
    turns, others = _conversation(asked, before), _conversation(asked, rejected_before)
    differ = bool(others) and others != turns
    problem = _named_or(row, columns.problem, "problem_id", "id")
    prompt = _text(turns)
    yield make_pair(
        problem_id=text_id(prompt) if problem is None else problem,
        prompt=prompt,
        rejected_prompt=_text(others) if differ else None,
        turns=_several(turns),
        rejected_turns=_several(others) if differ else (),
        chosen=chosen.content,
        rejected=rejected.content,
        relation=Relation.GIVEN,
        category=_named_or(row, columns.category, "category", "subset"),
        difficulty=_named_or(row, "", "difficulty"),
        provenance=Provenance(source=source),
    )


def _conversation(asked: list[Message], before: list[Message]) -> list[Message]:
    """What stands before a response: the prompt, and the messages that a side has of its own.

    A side's messages begin with the prompt, in which case they are all there is, or go on from it.
    """
    if not before or not asked:
        return before or asked
    if [turn.role for turn in (*asked, *before)] == ["user", "user"]:
        return asked  # the prompt in other words
    repeats = [turn.content for turn in before[: len(asked)]] == [turn.content for turn in asked]
    whole = repeats or (len(asked) == 1 and before[0].role != "assistant")
    return before if whole else [*asked, *before]


def _several(turns: list[Message]) -> tuple[Message, ...]:
    """The turns of a prompt that is more than one user's message."""
    return () if [turn.role for turn in turns] == ["user"] else tuple(turns)


def _text(turns: list[Message]) -> str:
    return "\n\n".join(turn.content for turn in turns)


def messages(row: Row, column: str, role: str) -> list[Message]:
    """The messages in a column; a text is one of this role.

    Raises:
        UsageError: no such column, or something else in it.
    """
    texts, value = contents(row, column), row[column]
    given = value if isinstance(value, list) else [{}]
    roles = [str(message.get("role") or message.get("from") or role) for message in given]
    return [
        Message(role=_ROLES.get(name.lower(), name), content=text)
        for name, text in zip(roles, texts, strict=True)
    ]


def contents(row: Row, column: str) -> list[str]:
    """The text in a column, or the contents of the messages there.

    Raises:
        UsageError: no such column, or something else in it.
    """
    if column not in row:
        raise _missing(column, row)
    value = row[column]
    texts = [value]
    if isinstance(value, list):
        texts = [part.get("content") if isinstance(part, dict) else None for part in value]
    if not texts or not all(isinstance(text, str) for text in texts):
        raise UsageError(f"'{column}' is neither a text nor a list of messages with content")
    return [mend_text(text) for text in texts]


def _missing(column: str, row: Iterable[str]) -> UsageError:
    there = ", ".join(sorted(map(str, row))) or "nothing"
    return UsageError(
        f"no column '{column}' (found: {there}); name the columns with "
        "?prompt=…&chosen=…&rejected=…"
    )


def _named_or(row: Row, named: str, *usual: str) -> str | None:
    """The value of the column that the user named, else of the first usual one that has one."""
    if named and named not in row:
        raise _missing(named, row)
    names = (named,) if named else usual
    there = next((name for name in names if row.get(name) is not None), None)
    if there is None:
        return None
    if isinstance(row[there], float | bool):  # as tables hold numbers and flags
        return str(row[there])
    return row.label(there)
