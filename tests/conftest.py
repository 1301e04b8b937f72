"""Settings of every test."""

from hypothesis import HealthCheck, settings

# a busy machine makes an example slow, and no test says anything of speed
settings.register_profile("unhurried", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("unhurried")
