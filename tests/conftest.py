"""Settings of every test."""

import gc

from hypothesis import HealthCheck, settings

# a busy machine makes an example slow, and no test says anything of speed
settings.register_profile("unhurried", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("unhurried")


def pytest_collection_finish():
    """What thousands of tests consist of is looked at once, and not at each collection of garbage.

    Tests that wait for garbage to be collected would pay half a second each.
    """
    gc.collect()
    gc.freeze()
