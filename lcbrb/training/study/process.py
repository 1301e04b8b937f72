"""Processes that train policies of a million parameters: how they begin, and how they end."""

from __future__ import annotations

import ctypes
import multiprocessing
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from lcbrb.errors import IncompleteRunError

_THREADS = "OMP_NUM_THREADS"
_TRIM_THRESHOLD, _MMAP_MAX = -1, -4  # of <malloc.h>
_MOST = 2**31 - 1


def in_processes(count: int, work: Callable[..., object], *given: object) -> None:
    """The same work in several fresh interpreters, each of which has one thread.

    Raises:
        IncompleteRunError: one of them ended by an error.
    """
    context = multiprocessing.get_context("spawn")
    workers = [context.Process(target=work, args=given) for _ in range(count)]
    try:
        with _one_thread():
            for worker in workers:
                worker.start()
        for worker in workers:
            worker.join()
    except BaseException:  # an interrupt of this process alone
        for worker in workers:
            if worker.pid:
                worker.terminate()
        raise
    if any(worker.exitcode for worker in workers):
        raise IncompleteRunError(
            "a process of the study failed with the error above; what was done is kept: run the "
            "same command again"
        )


@contextmanager
def _one_thread() -> Iterator[None]:
    """For processes that begin meanwhile: their libraries read it when they are loaded."""
    before = os.environ.get(_THREADS)
    os.environ[_THREADS] = "1"
    try:
        yield
    finally:
        if before is None:
            del os.environ[_THREADS]
        else:
            os.environ[_THREADS] = before


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
