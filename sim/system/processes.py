"""How processes start and end beside the one that works with them.

It imports nothing of the program: a process that has just started follows its parent before it loads libraries.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys
import threading
import types
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from multiprocessing.connection import Connection

WORKER_SETTINGS = {
    "OPENBLAS_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "NUMEXPR_NUM_THREADS": "1",
    "GLIBC_TUNABLES": "glibc.malloc.hugetlb=1",
}
"""Environment of new processes: one BLAS thread, because the runs are parallel already, and memory in large pages.

All columns of a world pass by every month, and a tenth of that time went into finding their pages. Only Linux has them.
"""
_STARTING = threading.Lock()
"""Held while `isolated_spawn` changes `__main__` and the environment, which all threads share."""


def exit_with_parent(parent_pipe: Connection) -> None:
    """Initialize a worker: ignore Ctrl-C, which the parent handles, and exit when the parent exits."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)

    def follow() -> None:
        with suppress(EOFError, OSError):
            parent_pipe.recv_bytes()
        os._exit(1)

    threading.Thread(target=follow, daemon=True).start()


def give_memory_back() -> None:
    """Give the system the memory that is free between columns that stay, which glibc keeps otherwise."""
    if sys.platform == "linux":
        with suppress(AttributeError, OSError):  # another C library
            ctypes.CDLL(None).malloc_trim(0)


@contextmanager
def isolated_spawn() -> Iterator[None]:
    """Context in which new processes start isolated from this process's terminal, threads and script.

    Each has `WORKER_SETTINGS`. Ctrl-C is blocked until the new process ignores it. `__main__` is hidden, so that a
    script that calls `sim.compare` is not run again in every worker.
    """
    masking = hasattr(signal, "pthread_sigmask")
    if masking:
        mask = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        with _STARTING:
            before = {name: os.environ.get(name) for name in WORKER_SETTINGS}
            script = sys.modules["__main__"]
            os.environ.update(WORKER_SETTINGS)
            if theirs := before["GLIBC_TUNABLES"]:  # the last of equal names holds: what a user has set stays
                os.environ["GLIBC_TUNABLES"] += f":{theirs}"
            sys.modules["__main__"] = types.ModuleType("__main__")
            try:
                yield
            finally:
                sys.modules["__main__"] = script
                for name, value in before.items():
                    os.environ.pop(name) if value is None else os.environ.update({name: value})
    finally:
        if masking:
            signal.pthread_sigmask(signal.SIG_SETMASK, mask)
