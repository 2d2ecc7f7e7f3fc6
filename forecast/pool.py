"""Worker processes for fitting: they receive arrays, never connections, and compute on one thread each."""

import os
import signal
import threading
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing import get_context, parent_process, resource_tracker
from multiprocessing.process import BaseProcess

from forecast.worker import warm_up

_THREAD_VARIABLES = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


def process_pool(workers: int) -> ProcessPoolExecutor:
    """Start fitting processes; the caller shuts the pool down.

    They are spawned, so that nothing of the parent's threads, locks and connections is copied, and have imported what
    they need when this returns.

    Args:
        workers: number of processes, at least 1.

    """
    pool = ProcessPoolExecutor(workers, mp_context=get_context("spawn"), initializer=_hang_on_the_parent)
    with _single_threaded_children():
        with _deaf_children():
            starting = [pool.submit(warm_up) for _ in range(workers)]
        for future in starting:
            future.result()
    return pool


def _hang_on_the_parent() -> None:
    """Live as long as the parent: Ctrl-C, which reaches all processes of a terminal, is the parent's; its death, even by -9, is ours."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = parent_process()
    assert parent is not None, "runs in workers alone"
    threading.Thread(target=_end_with, args=(parent,), name="parent", daemon=True).start()


def _end_with(parent: BaseProcess) -> None:
    parent.join()
    os._exit(1)  # nobody is left to take a result, and a fit may not come back for a while


@contextmanager
def _deaf_children() -> Iterator[None]:
    """Let processes started meanwhile begin with Ctrl-C held back: one that is still importing would end with a long complaint."""
    resource_tracker.ensure_running()  # it would let Ctrl-C through again when it starts
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


@contextmanager
def _single_threaded_children() -> Iterator[None]:
    """Let processes started meanwhile use one thread for linear algebra: the libraries read this when they load."""
    before = {name: os.environ.get(name) for name in _THREAD_VARIABLES}
    os.environ.update(dict.fromkeys(_THREAD_VARIABLES, "1"))
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
