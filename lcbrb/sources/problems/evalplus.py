"""HumanEval+ and MBPP+: EvalPlus' releases, every test an input that the reference answers too.

Names: ``humaneval+``, ``humaneval+@v0.1.9``, ``mbpp+@v0.2.0``; without a release, the newest.

A row holds `prompt`, `entry_point`, `canonical_solution`, `base_input`, `plus_input` and `atol`.
JSON has no tuples, sets and complex numbers, so some of MBPP's inputs must be rebuilt, task by task
(EvalPlus 0.3.1, ``evalplus/data/mbpp.py``, ``mbpp_deserialize_inputs``); what answers count as
right is in ``evalplus/eval/__init__.py`` and ``evalplus/eval/_special_oracle.py``.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from lcbrb.errors import UsageError
from lcbrb.input_files import read_lines
from lcbrb.json_text import parse_json_with_infinities
from lcbrb.protocols.benchmark import Release
from lcbrb.registry import Spec
from lcbrb.rows import Row, parse_rows
from lcbrb.sandbox.inside import wire
from lcbrb.sources.base import Source, asked_release, refuse_options
from lcbrb.sources.hub import github_files
from lcbrb.types import FunctionCheck, JsonValue, Limits, Oracle, Problem

#: what loading the program may take; a test's own limit follows the reference (`evaluators`)
LIMITS = Limits(cpu_s=10.0, wall_s=60.0, memory_mib=4096)


@dataclass(frozen=True, slots=True, kw_only=True)
class Family:
    """One of EvalPlus' two benchmarks: where its releases are, oldest first.

    `releases` maps a release to the MD5 of its unpacked file, which EvalPlus writes into a result
    file as ``hash``.
    """

    name: str
    file: str
    repo: str
    releases: Mapping[str, str]

    def source(self, release: str) -> Source:
        """Where a release is: one file, at GitHub among the repository's release files."""
        return Source(
            name=self.name,
            row=f"a problem of {self.name}",
            local=(f"evalplus/{self.file}-{release}.jsonl",),
            homes=github_files(
                self.repo,
                f"releases/download/{release}",
                f"{self.file}.jsonl.gz",
                host="https://github.com",
            ),
        )


HUMANEVAL_PLUS = Family(
    name="humaneval+",
    file="HumanEvalPlus",
    repo="evalplus/humanevalplus_release",
    releases={
        "v0.1.9": "84f4b93a1270b492e4c54d5212da7a5b",
        "v0.1.10": "fe585eb4df8c88d844eeb463ea4d0302",
    },
)
MBPP_PLUS = Family(
    name="mbpp+",
    file="MbppPlus",
    repo="evalplus/mbppplus_release",
    releases={
        "v0.1.0": "ebe95df0d5220f00cedd6f4bddea35e4",
        "v0.2.0": "ee43ecabebf20deef4bb776a405ac5b1",
    },
)


def load_problems(family: Family, spec: Spec) -> Release:
    """The problems of a release.

    Raises:
        UnknownNameError: no such release.
        UsageError: options, of which there are none.
        DataUnavailableError: neither `LCBRB_DATA` nor GitHub has the file.
        BadInputError: a row is not in the layout; file and line are named.
    """
    release = asked_release(spec, "release", family.releases, list(family.releases)[-1])
    refuse_options(spec)
    _, (path, *_) = family.source(release).locate()
    md5 = hashlib.md5(usedforsecurity=False)
    for _, line in read_lines(path):
        md5.update(line)
    digest = md5.hexdigest()
    changed = "" if digest == family.releases[release] else f"-changed-{digest[:8]}"
    return Release(version=release + changed, problems=tuple(read_problems(family, path)))


def read_problems(family: Family, path: Path) -> Iterator[Problem]:
    """The problems of one release file; raises as `parse_rows`."""
    # not the strict decoder: inputs hold infinities, which are no JSON to it
    parse = partial(_problem, family)
    return parse_rows(path, f"a problem of {family.name}", parse, decode=parse_json_with_infinities)


def _problem(family: Family, row: Row) -> Iterator[Problem]:
    name, entry_point, prompt = row.text("task_id"), row.text("entry_point"), row.text("prompt")
    is_mbpp = family is MBPP_PLUS
    oracles = _MBPP_ORACLES if is_mbpp else _HUMANEVAL_ORACLES
    rebuild = _REBUILDERS.get(name, list) if is_mbpp else list

    def encoded(inputs: str) -> tuple[JsonValue, ...]:
        calls = row[inputs] or []  # an empty object in a row of v0.1.0: no plus tests
        if not isinstance(calls, list) or not all(isinstance(call, list) for call in calls):
            raise UsageError(f"field '{inputs}' is not a list of lists of arguments")
        return tuple(wire.encode(rebuild(call), ordered=True) for call in calls)

    yield Problem(
        id=name,
        source=family.name,
        prompt=prompt,
        check=FunctionCheck(
            entry_point=entry_point,
            reference=prompt + row.text("canonical_solution"),
            base_inputs=encoded("base_input"),
            plus_inputs=encoded("plus_input"),
            oracle=oracles.get(entry_point, Oracle.EQUAL),
            atol=row.number("atol"),
        ),
        limits=LIMITS,
    )


_HUMANEVAL_ORACLES = {"find_zero": Oracle.ROOT}
_MBPP_ORACLES = {
    "are_equivalent": Oracle.ANYTHING,
    "sum_div": Oracle.EQUAL_OR_ZERO,
    "surface_Area": Oracle.SLANTED_SURFACE,
    "digit_distance_nums": Oracle.PADDED_DIGITS,
    **dict.fromkeys(
        (
            "similar_elements find_char_long common_in_nested_lists extract_singly larg_nnum "
            "intersection_array find_dissimilar Diff"
        ).split(),
        Oracle.SAME_SET,
    ),
    **dict.fromkeys("check_str text_match_three text_starta_endb".split(), Oracle.NOT_NONE),
}


# ------------------------------------------------------- what JSON made of MBPP's arguments

Call = list[JsonValue]


def _deep_tuple(value: JsonValue) -> JsonValue:
    return tuple(map(_deep_tuple, value)) if isinstance(value, list) else value


def _tuples(values: JsonValue) -> list[JsonValue]:
    return [tuple(value) for value in values]


_REBUILT: tuple[tuple[Callable[[Call], Call], str], ...] = (
    # every argument is a tuple
    (
        _tuples,
        "2 116 132 143 222 261 273 394 399 421 424 429 470 560 579 596 616 630 726 740 744 809",
    ),
    # every argument is a list of tuples, or a tuple of tuples
    (
        lambda call: [_tuples(argument) for argument in call],
        "63 64 70 94 120 237 272 299 400 409 417 438 473 614 780",
    ),
    (lambda call: [tuple(_tuples(argument)) for argument in call], "259 401 445"),
    # the first is a list of tuples, or a tuple; the second is a tuple
    (lambda call: [_tuples(call[0]), call[1]], "75 413 444 753"),
    (lambda call: [tuple(call[0]), *call[1:]], "250 307 405 446 617 720 763 808"),
    (lambda call: [call[0], tuple(call[1])], "106 750"),
    # the first is a list of sets; a tuple of tuples; maps to tuples
    # (an empty set was written as an empty dict)
    (lambda call: [[set(v) if isinstance(v, list) and v else {} for v in call[0]]], "115"),
    (
        lambda call: [tuple(tuple(item) if isinstance(item, list) else item for item in call[0])],
        "278",
    ),
    (lambda call: [{key: tuple(v) for key, v in call[0].items()}, *call[1:]], "722"),
    # a float and a complex number, or a complex number alone
    (lambda call: [float(call[0]), complex(call[1])], "124"),
    (lambda call: [complex(call[0])], "252"),
    # tuples at every depth
    (lambda call: [_deep_tuple(argument) for argument in call], "580 615 791"),
)
_REBUILDERS = {f"Mbpp/{task}": how for how, tasks in _REBUILT for task in tasks.split()}
