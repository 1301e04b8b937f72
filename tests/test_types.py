"""The records themselves: frozen, slotted, standard library only; and the few things they do."""

from __future__ import annotations

import ast
import dataclasses
import inspect
import sys
from enum import StrEnum
from pathlib import Path

import pytest
import tiny
from hypothesis import given, settings, strategies as st
from strategies import RECORD_TYPES, records

from lcbrb import codec, types
from lcbrb.types import (
    Cell,
    Judgement,
    Message,
    PreferencePair,
    Record,
    SampleVerdict,
    Side,
    Status,
    Verdict,
)

few = settings(max_examples=40)
pairs = records(PreferencePair)

ENUMS = [v for v in vars(types).values() if inspect.isclass(v) and issubclass(v, StrEnum)]


def test_the_module_holds_records_and_nothing_half_way():
    assert len(RECORD_TYPES) > 15
    assert all(issubclass(cls, Record) for cls in RECORD_TYPES)


@pytest.mark.parametrize("cls", RECORD_TYPES, ids=lambda cls: cls.__name__)
def test_a_record_is_frozen_slotted_and_made_by_keyword(cls):
    assert cls.__dataclass_params__.frozen
    assert cls.__dictoffset__ == 0  # instances have no __dict__
    assert all(field.kw_only for field in dataclasses.fields(cls))


@few
@given(records(Verdict))
def test_a_verdict_cannot_be_changed_or_given_a_field_that_it_has_not(verdict):
    with pytest.raises(dataclasses.FrozenInstanceError):
        verdict.status = Status.PASSED
    with pytest.raises((AttributeError, TypeError)):
        object.__setattr__(verdict, "note", "a slotted class has no room for it")


def test_a_file_says_a_member_of_an_enum_by_its_lower_case_name():
    assert ENUMS
    names = {member: member.name.lower() for kind in ENUMS for member in kind}
    # a run's kind is written with hyphens, as run folders always have
    assert {member: member.value.replace("-", "_") for member in names} == names


@pytest.mark.parametrize(
    "path", sorted(Path(types.__file__).parent.glob("*.py")), ids=lambda p: p.stem
)
def test_records_need_the_standard_library_alone(path):
    tree = ast.parse(path.read_text("utf-8"))
    found = {alias.name for n in ast.walk(tree) if isinstance(n, ast.Import) for alias in n.names}
    found |= {n.module for n in ast.walk(tree) if isinstance(n, ast.ImportFrom)}
    others = {name for name in found if not name.startswith("lcbrb.types.")}
    assert {name.partition(".")[0] for name in others} <= sys.stdlib_module_names


@few
@given(pairs)
def test_swapping_twice_gives_the_pair_back(pair):
    assert pair.swap().swap() == pair


@few
@given(pairs)
def test_a_swap_exchanges_all_that_belongs_to_a_side_and_nothing_else(pair):
    swapped = pair.swap()
    assert (swapped.chosen, swapped.rejected) == (pair.rejected, pair.chosen)
    assert (swapped.chosen_side, swapped.rejected_side) == (pair.rejected_side, pair.chosen_side)
    sided = {"chosen", "rejected", "chosen_side", "rejected_side", "prompt", "rejected_prompt"}
    sided |= {"turns", "rejected_turns", "review"}
    for field in dataclasses.fields(PreferencePair):
        if field.name not in sided:
            assert getattr(swapped, field.name) == getattr(pair, field.name)


@few
@given(pairs)
def test_after_a_swap_each_text_still_answers_its_own_prompt(pair):
    def prompt_of_rejected(one):
        return one.prompt if one.rejected_prompt is None else one.rejected_prompt

    swapped = pair.swap()
    assert swapped.prompt == prompt_of_rejected(pair)
    assert prompt_of_rejected(swapped) == pair.prompt
    assert (swapped.rejected_prompt is None) == (pair.rejected_prompt is None)


MEASURED = {"cpu_s": 0.5, "wall_s": 0.7, "peak_memory_mib": 12.0, "detail": "line 3"}


@few
@given(records(Verdict))
def test_two_runs_of_one_program_agree_once_what_was_measured_is_left_out(verdict):
    again = dataclasses.replace(verdict, **MEASURED)
    assert again.reproducible() == verdict.reproducible()


@few
@given(records(Verdict), st.sampled_from(Status))
def test_the_reproducible_part_still_tells_verdicts_apart(verdict, status):
    other = dataclasses.replace(verdict, status=status)
    assert (other.reproducible() == verdict.reproducible()) == (status is verdict.status)
    longer = dataclasses.replace(verdict, tests_total=verdict.tests_total + 1)
    assert longer.reproducible() != verdict.reproducible()


def test_fields_that_came_later_are_written_only_where_they_hold_something():
    plain = tiny.pair()
    assert not {"turns", "rejected_turns", "kind", "flags", "review"} & codec.to_dict(plain).keys()
    assert plain.cell is None
    sides = (Side(sampler="m", cell=cell) for cell in (Cell.PASS_SOUND, Cell.FAIL_FLAWED))
    sided = dataclasses.replace(
        plain, **dict(zip(("chosen_side", "rejected_side"), sides, strict=True))
    )
    assert sided.cell == "pass-sound over fail-flawed"
    assert sided.swap().cell == "fail-flawed over pass-sound"
    assert (
        "cell"
        not in codec.to_dict(dataclasses.replace(plain, chosen_side=Side(sampler="m")))[
            "chosen_side"
        ]
    )
    judged = codec.to_dict(Judgement(judge="j", sound=True))
    assert set(judged) == {"schema_version", "judge", "sound", "note"}
    turns = (Message(role="user", content="q"),)
    filled = dataclasses.replace(plain, turns=turns)
    assert codec.to_dict(filled)["turns"] == [{"role": "user", "content": "q"}]
    assert codec.decode(PreferencePair, codec.encode(filled)) == filled
    sample = SampleVerdict(
        problem_id="p", policy_id="m", sample_index=0, status=Status.PASSED, verdict=tiny.verdict()
    )
    assert "lenient_status" not in codec.to_dict(sample)["verdict"]
    lenient = Verdict(status=Status.NO_ANSWER, lenient_status=Status.PASSED)
    assert codec.to_dict(lenient)["lenient_status"] == "passed"
