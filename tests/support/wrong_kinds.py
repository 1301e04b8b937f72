"""A document with each of its parts replaced by something else, or left out, one at a time."""

import copy
import json

from lcbrb import codec
from lcbrb.errors import LcbrbError

VALUES = (None, True, 0, -1, 1e400, 10**400, "", "x", [], [1], {}, {"a": 1})
_NOTHING = object()


def variants(document):
    """What was changed, in words, and the changed document: every part, by every value."""
    for path in _paths(document):
        for value in (*VALUES, _NOTHING):
            if not path and value is _NOTHING:
                continue
            changed = _changed(document, path, value)
            what = "left out" if value is _NOTHING else str(value)[:20]
            yield f"{'.'.join(map(str, path)) or 'all'} is {what}", changed


def _paths(value, path=()):
    yield path
    if isinstance(value, dict | list):
        for key, part in value.items() if isinstance(value, dict) else enumerate(value):
            yield from _paths(part, (*path, key))


def _changed(document, path, value):
    if not path:
        return copy.deepcopy(value)
    changed = copy.deepcopy(document)
    holder = changed
    for key in path[:-1]:
        holder = holder[key]
    if value is _NOTHING:
        del holder[path[-1]]
    else:
        holder[path[-1]] = copy.deepcopy(value)
    return changed


def as_toml(tables):
    """A document as TOML; None where TOML can't say it."""
    if not isinstance(tables, dict):
        return None
    try:
        return "".join(f"{json.dumps(name)} = {_toml(part)}\n" for name, part in tables.items())
    except TypeError:
        return None


def _toml(value):
    if isinstance(value, dict):
        return "{" + ", ".join(f"{json.dumps(k)} = {_toml(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list):
        return f"[{', '.join(map(_toml, value))}]"
    if value is None:
        raise TypeError("TOML has no null")
    if isinstance(value, float):
        return str(value)
    return json.dumps(value)


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
