"""What a fork of the judge must make anew: locks that its parent's threads may have held."""

from __future__ import annotations

import os
from collections.abc import Callable


def after_fork(renew: Callable[[], object]) -> None:
    """Call `renew` in every fork of this process, before anything else runs there."""
    if hasattr(os, "register_at_fork"):
        os.register_at_fork(after_in_child=renew)
