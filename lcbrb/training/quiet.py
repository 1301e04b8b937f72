"""What libraries say to nobody: their advice, and their bars."""

from __future__ import annotations

import contextlib
import io
import warnings
from collections.abc import Iterator
from contextlib import redirect_stderr, redirect_stdout


@contextlib.contextmanager
def calm() -> Iterator[None]:
    """Without the library's advice on stderr."""
    from datasets.utils.logging import disable_progress_bar
    from transformers.utils import logging

    verbosity = logging.get_verbosity()
    logging.set_verbosity_error()
    disable_progress_bar()
    bars = logging.is_progress_bar_enabled()
    logging.disable_progress_bar()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", FutureWarning)  # of names that the library itself uses
            # PEFT looks beside a base in GGUF for a configuration, which has none
            warnings.filterwarnings("ignore", "Could not find a config file", UserWarning)
            yield
    finally:
        logging.set_verbosity(verbosity)
        if bars:
            logging.enable_progress_bar()


@contextlib.contextmanager
def silent() -> Iterator[None]:
    """Without anything on stdout and stderr, as where a model is saved."""
    with (
        warnings.catch_warnings(),
        redirect_stderr(io.StringIO()),
        redirect_stdout(io.StringIO()),
    ):
        warnings.simplefilter("ignore")
        yield
