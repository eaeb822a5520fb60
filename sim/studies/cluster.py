"""Chunks on a Dask cluster: the same chunks, the same parts, the same ledger."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, Self

from sim.errors import StudyError
from sim.scenario.arguments import word
from sim.studies.environment import changes, environment
from sim.studies.extras import needs
from sim.studies.points import RunPoints

PATIENCE = 30
"""Seconds to wait for the scheduler, and for a first worker."""


class ClusterWorkers:
    """The workers of a Dask scheduler. They must see the result folder under the same path.

    Dask itself gives the chunk of a worker that died to another one. Start workers with
    `--nthreads 1`, one per processor: a run keeps one processor busy.
    """

    def __init__(self, address: str):
        self.address = word("cluster", address)
        self._count = 1

    @property
    def count(self) -> int:
        """Threads of all workers that are there now, or were there last."""
        if self._client.status == "running":
            self._count = max(1, sum(self._client.nthreads().values()))
        return self._count

    @property
    def room(self) -> int:
        """Chunks that may be in flight, now."""
        return 2 * self.count

    def submit[Task, Result](self, work: Callable[[Task], Result], task: Task) -> Future[Result]:
        """Queue a task."""
        found: Future[Result] = self._executor.submit(work, task)
        return found

    def restart(self) -> None:
        """Nothing to do: the scheduler replaces what died."""

    def __enter__(self) -> Self:
        """Connect; raises StudyError when nobody answers or a worker would give other numbers."""
        with needs("cluster", "--cluster"):
            from distributed import Client
        try:
            self._client: Any = Client(self.address, timeout=PATIENCE, set_as_default=False)
        except (OSError, ValueError) as error:
            raise StudyError(
                f"no Dask scheduler answers at {self.address}: {error}. Start one with: dask scheduler"
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
                f"the Dask scheduler at {self.address} has no workers; "
                f"start one per processor with: dask worker {self.address} --nthreads 1"
            ) from None
        ours = environment(RunPoints)
        for worker, theirs in self._client.run(environment, RunPoints).items():
            if changed := changes(ours, theirs):
                raise StudyError(f"the worker {worker} would give other numbers: {'; '.join(changed)}")
