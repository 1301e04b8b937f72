"""Facts about models: from the file, the record, the name; a bad file ends in one sentence."""

import datetime as dt

import pytest

from lcbrb.errors import BadInputError, DataUnavailableError
from leaderboards.models import NO_FILE, model_info, read_models, size_in_name


@pytest.mark.parametrize(
    ("name", "size"),
    [
        ("Meta-Llama-3-8B-Instruct", 8.0),
        ("qwen2.5-coder-1.5b-base", 1.5),
        ("SmolLM2-135M-Instruct", 0.135),
        ("codegen-16b", 16.0),
        ("likelihood:smollm2", None),
        ("Mixtral-8x7B", None),
        ("7B-against-13B", None),
        ("o1-mini", None),
        ("abc3.5b1", None),
        ("v2b2", None),
    ],
)
def test_a_size_is_read_from_a_name_that_tells_one(name, size):
    assert size_in_name(name) == size


def test_the_file_goes_before_the_record_and_the_record_before_the_name(tmp_path):
    path = tmp_path / "models.toml"
    path.write_text(
        '[models."m-7B"]\naliases = ["m.he"]\nsize_b = 7.6\ncutoff = 2023-10-31\n[models.n]\n'
    )
    file = read_models(path)
    config = {"size_b": 5, "released": "2024-01-02", "cutoff": "2020-01-01"}
    info = model_info("m-7B", file, [config])
    assert (info.size_b, info.size_from) == (7.6, "given")
    assert (info.released, info.cutoff) == (dt.date(2024, 1, 2), dt.date(2023, 10, 31))
    assert model_info("x-3B", NO_FILE, [{}, config]).size_from == "recorded"
    assert model_info("x-3B", NO_FILE, [{}]).size_from == "from the name"
    assert (file.name("m.he"), file.name("other")) == ("m-7B", "other")
    assert file.unused(["m.he"]) == ["n"]


@pytest.mark.parametrize("value", ["7", True, -1, float("nan"), [7]])
def test_a_record_s_nonsense_is_not_a_size(value):
    assert model_info("m", NO_FILE, [{"size_b": value, "released": value}]).size_b is None


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("models = 3", "models"),
        ("[model.x]\nsize_b = 1", "'model'"),
        ("[models.x]\nsize = 1", "unknown option of model 'x' 'size'"),
        ('[models.x]\nsize_b = "big"', "size_b"),
        ("[models.x]\nsize_b = -1", "above 0"),
        ("[models.x]\nsize_b = nan", "above 0"),
        ("[models]\nx = 1", "not a table"),
        ('[models.x]\ncutoff = "soon"', "cutoff"),
        ('[models.x]\naliases = ["y"]\n[models.y]', "names two models"),
        ("[models.x", "not valid TOML"),
    ],
)
def test_a_bad_file_is_one_sentence_that_names_it(tmp_path, text, told):
    path = tmp_path / "models.toml"
    path.write_text(text)
    with pytest.raises(BadInputError) as caught:
        read_models(path)
    message = str(caught.value)
    assert message.startswith(f"{path}: ")
    assert told in message
    assert "\n" not in message


def test_no_file_is_told(tmp_path):
    with pytest.raises(DataUnavailableError):
        read_models(tmp_path / "none.toml")
