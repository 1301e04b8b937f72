"""Tiny models with random weights that score steps, made once."""

import kinds
import pytest
import tiny


@pytest.fixture(scope="module")
def trl(tmp_path_factory):
    return kinds.save_step_model(tmp_path_factory.mktemp("trl"))


@pytest.fixture(scope="module")
def language_model(tmp_path_factory):
    return tiny.save_language_model(tmp_path_factory.mktemp("lm"), "llama", chat=True)
