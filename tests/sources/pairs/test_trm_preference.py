"""TRM-Preference: lists of messages, and the reasoning that its own model reads."""

import json

import pytest
from fakes import StandIn

from lcbrb.errors import BadInputError, DataUnavailableError, UsageError
from lcbrb.sources.pairs import trm_preference
from lcbrb.sources.pairs.by_name import open_pairs


def said(text, role="assistant"):
    return {"role": role, "content": text}


def row(**fields):
    return {
        "prompt": [said("What is one and two?", "user")],
        "chosen": [said("<think>\nOne and two make three.\n</think>\nIt is 3.")],
        "rejected": [said("<think>\nTwo? No. Four? No. Three.\n</think>\nIt is 3.")],
        **fields,
    }


def write(path, *rows):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(list(rows)))
    return path


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    """An empty LCBRB_DATA."""
    monkeypatch.setenv("LCBRB_DATA", str(tmp_path))
    return tmp_path / "preference" / "trm-preference"


def test_a_side_is_the_reasoning_before_its_end_mark(folder):
    write(folder / "TRM-preference-test.json", row())
    found = open_pairs("trm-preference")
    (pair,) = found.pairs
    assert pair.prompt == "What is one and two?"
    assert (pair.chosen, pair.rejected) == (
        "One and two make three.",
        "Two? No. Four? No. Three.",
    )
    assert pair.problem_id.startswith("trm-preference/sha256:")
    assert found.version == "local"


def test_pairs_of_one_prompt_are_one_problem(folder):
    other = row(rejected=[said("Perhaps.</think> It is 3.")])
    write(folder / "TRM-preference-test.json", row(), other)
    assert len({pair.problem_id for pair in open_pairs("trm-preference").pairs}) == 1


def test_texts_without_a_mark_and_repeated_prompts_are_read(tmp_path):
    prompt = said("Q", "user")
    path = write(
        tmp_path / "mine.json",
        row(prompt=[prompt], chosen=[prompt, said("good")], rejected=[prompt, said("bad")]),
        row(prompt="Q", chosen="good", rejected="good"),
    )
    found = open_pairs(f"trm-preference:{path}")
    assert [(pair.prompt, pair.chosen, pair.rejected) for pair in found.pairs] == [
        ("Q", "good", "bad")
    ]
    assert found.notes == ("1 pairs with identical sides left out",)


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        ({"chosen": [{"role": "assistant"}]}, "'chosen' is neither a text nor a list of messages"),
        ({"rejected": []}, "'rejected' is neither"),
        ({"prompt": None}, "'prompt' is neither"),
        ({"chosen": [said("Other", "user"), said("x")]}, "'chosen' holds messages before its last"),
    ],
)
def test_a_row_in_another_layout_is_named(tmp_path, wrong, why):
    path = write(tmp_path / "mine.json", row(), row(**wrong))
    with pytest.raises(BadInputError, match=f"not a TRM-Preference row: .*{why}") as caught:
        open_pairs(f"trm-preference:{path}")
    assert (caught.value.path, caught.value.row) == (str(path), 2)


def test_the_split_decides_what_is_fetched_at_the_pinned_commit(monkeypatch, tmp_path):
    import huggingface_hub

    path = write(tmp_path / "hub.json", row())
    client = StandIn(huggingface_hub.hf_hub_download, str(path))
    monkeypatch.setattr(huggingface_hub, "hf_hub_download", client)
    monkeypatch.delenv("LCBRB_DATA")
    for name in ("trm-preference", "trm-preference:test", "trm-preference:train"):
        assert open_pairs(name).version == trm_preference.SOURCE.revision
    assert [call["filename"] for call in client.calls] == [
        "TRM-preference-test.json",
        "TRM-preference-test.json",
        "TRM-preference-train.json",
    ]
    assert {call["repo_id"] for call in client.calls} == {"zzzhr97/TRM-Preference"}


def test_another_target_is_a_file_and_options_are_refused():
    with pytest.raises(DataUnavailableError, match=r"no-such\.json"):
        open_pairs("trm-preference:no-such.json")
    with pytest.raises(UsageError, match="takes no options"):
        open_pairs("trm-preference?split=test")
