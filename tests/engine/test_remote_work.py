"""Work by a recipe: plain values in, the same function out."""

import pickle

import pytest

from lcbrb.engine.remote_work import Portable, Recipe


def test_a_recipe_builds_what_its_factory_gives():
    recipe = Recipe(factory="fractions:Fraction.from_float", arguments={})
    with pytest.raises(AttributeError):  # one attribute of a module, nothing deeper
        recipe.build(1)
    assert Recipe(factory="builtins:dict", arguments={"a": 1}).build(3) == {"a": 1, "cores": 3}


def test_a_recipe_travels():
    recipe = Recipe(factory="builtins:dict", arguments={"a": [1, "b", None]})
    assert pickle.loads(pickle.dumps(recipe)) == recipe  # noqa: S301 - our own


def test_portable_work_is_done_here_by_whoever_calls_it():
    work = Portable(here=lambda item: item + 1, recipe=None, lost=lambda item, why: f"{item} {why}")
    assert work(2) == 3
    assert work.lost(2, "gone") == "2 gone"
