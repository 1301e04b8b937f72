"""What TRL ends by, as errors of ours: settings that it refuses, and a training that stops."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from lcbrb.errors import LcbrbError, SetupError, UsageError, first_line
from lcbrb.training.quiet import calm


@contextmanager
def taking_settings() -> Iterator[None]:
    """While a trainer is made: a `UsageError` where TRL refuses its settings."""
    try:
        with calm():
            yield
    except LcbrbError:
        raise
    except (ImportError, RuntimeError, ValueError) as error:
        raise UsageError(f"TRL does not accept these settings: {first_line(error)}") from error


@contextmanager
def training() -> Iterator[None]:
    """While a model is trained: a `SetupError` where memory or disk run out, or a process ended."""
    from safetensors import SafetensorError  # a full disk, of no common kind

    try:
        with calm():
            yield
    except LcbrbError:
        raise
    except (OSError, RuntimeError, ValueError, SafetensorError) as error:
        raise SetupError(
            f"training stopped: {first_line(error)}. Run the same command again to continue from "
            "the last complete checkpoint"
        ) from error
