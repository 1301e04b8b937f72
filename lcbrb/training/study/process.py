"""What a process sets before it trains policies of a million parameters."""

from __future__ import annotations

import ctypes

_TRIM_THRESHOLD, _MMAP_MAX = -1, -4  # of <malloc.h>
_MOST = 2**31 - 1


def prepare_process() -> None:
    """One thread, no progress bars, and memory that is kept; for the rest of this process."""
    import torch
    from transformers.utils import logging

    logging.disable_progress_bar()
    torch.set_num_threads(1)  # beside other work two threads are slower than one
    keep_freed_memory()


def keep_freed_memory() -> bool:
    """Keep memory that is freed, in place of giving it back and asking for it again.

    By default glibc maps blocks above 32 MiB afresh each time, and the kernel clears every page:
    of sampling 512 replies at once that was a third of the time. No result changes by it.

    Returns:
        Whether the C library has such a setting.
    """
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (AttributeError, OSError):
        return False
    return bool(mallopt(_MMAP_MAX, 0) and mallopt(_TRIM_THRESHOLD, _MOST))
