"""A wrong `report_to` is told before a model is loaded."""

import pytest
from tiny import pair

import lcbrb
from lcbrb.errors import SetupError, UsageError
from lcbrb.training.reports import check_report_to


@pytest.mark.parametrize("name", ["none", "all"])
def test_the_library_s_words_are_taken(name):
    check_report_to(name)


def test_a_name_that_nobody_has_is_refused_before_the_base_is_looked_for(tmp_path):
    with pytest.raises(UsageError, match="unknown report_to 'tensorbord': did you mean tensorb"):
        lcbrb.train_reward_model(
            [pair()], "no/such/base", tmp_path / "run", config={"report_to": "tensorbord"}
        )
    assert not (tmp_path / "run").exists()


def test_what_is_not_installed_is_named(monkeypatch):
    from transformers.integrations import integration_utils

    monkeypatch.setattr(
        integration_utils, "get_available_reporting_integrations", lambda: ["tensorboard"]
    )
    check_report_to("tensorboard")
    with pytest.raises(SetupError, match="wandb is not installed: pip install wandb"):
        check_report_to("tensorboard,wandb")


def test_a_frozen_trunk_reports_to_nobody(tmp_path):
    with pytest.raises(UsageError, match="without it"):
        lcbrb.train_reward_model(
            [pair()], "no/such/base", tmp_path, config={"trunk": "frozen", "report_to": "wandb"}
        )
