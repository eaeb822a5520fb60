"""Runs chunks on a Dask cluster; chunks, parts and ledger are the same as on one machine."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, Self

from sim.errors import StudyError, said
from sim.scenario.arguments import word
from sim.studies.environment import changes, environment
from sim.studies.extras import needs
from sim.studies.points import RunPoints

PATIENCE = 30
"""Seconds to wait for the scheduler, and for its first worker."""


class ClusterWorkers:
    """The workers of a Dask scheduler. They must see the result folder under the same path.

    If a worker dies, Dask gives its chunk to another worker. Start one worker per processor with `--nthreads 1`,
    because a run uses one processor fully.
    """

    def __init__(self, address: str):
        self.address = word("cluster", address)
        self._count = 1

    @property
    def count(self) -> int:
        """Number of threads of all workers now, or when the client was last connected."""
        if self._client.status == "running":
            self._count = max(1, sum(self._client.nthreads().values()))
        return self._count

    @property
    def room(self) -> int:
        """Largest number of chunks that may be submitted at a time, at present."""
        return 2 * self.count

    def submit[Task, Result](self, work: Callable[[Task], Result], task: Task) -> Future[Result]:
        """Queue a task; its result comes through the future."""
        found: Future[Result] = self._executor.submit(work, task)
        return found

    def restart(self) -> None:
        """Do nothing: the scheduler replaces workers that died."""

    def __enter__(self) -> Self:
        """Connect; raises StudyError if no scheduler answers, or if a worker's environment would change the numbers."""
        with needs("cluster", "--cluster"):
            from distributed import Client
        try:
            self._client: Any = Client(self.address, timeout=PATIENCE, set_as_default=False)
        except (OSError, ValueError) as error:
            raise StudyError(
                said(
                    "no Dask scheduler answers at {address}: {error}. Start one with: dask scheduler",
                    address=self.address,
                    error=error,
                )
            ) from None
        try:
            self._check()
        except BaseException:
            self._client.close()
            raise
        self._executor = self._client.get_executor(pure=False)
        return self

    def __exit__(self, *error: object) -> None:
        self._executor.shutdown(wait=False)
        self._client.close()

    def _check(self) -> None:
        try:
            self._client.wait_for_workers(1, timeout=PATIENCE)
        except TimeoutError:
            raise StudyError(
                said(
                    "the Dask scheduler at {address} has no workers; start one per processor with: dask worker "
                    "{address} --nthreads 1",
                    address=self.address,
                )
            ) from None
        ours = environment(RunPoints)
        for worker, theirs in self._client.run(environment, RunPoints).items():
            if changed := changes(ours, theirs):
                raise StudyError(
                    said(
                        "the worker {worker} would give other numbers: {names}", worker=worker, names="; ".join(changed)
                    )
                )
