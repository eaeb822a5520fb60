"""Where the objects' luck comes from: hubsim's streams, to compare results, or Mesa's generator, to compare speed."""

from __future__ import annotations

from math import exp, log
from random import Random
from statistics import NormalDist

import numpy as np

from sim.kernel.randomness import Streams

_QUANTILE = NormalDist().inv_cdf


class Luck:
    """Draws for a named decision of whoever has the key, in the current month or in another one."""

    world = 0
    month = 0

    def uniform(self, name: str, key: int, month: int | None = None) -> float:
        """Uniform in (0, 1)."""
        raise NotImplementedError

    def normal(self, name: str, key: int, month: int | None = None) -> float:
        """Standard normal."""
        return _QUANTILE(self.uniform(name, key, month))

    def exponential(self, name: str, key: int) -> float:
        """Exponential of mean one."""
        return -log(self.uniform(name, key))

    def poisson(self, name: str, key: int, mean: float) -> int:
        """Poisson count by inversion."""
        chance, count = self.uniform(name, key), 0
        term = below = exp(-mean)
        while below < chance and term > 0:
            count += 1
            term *= mean / count
            below += term
        return count


class StreamLuck(Luck):
    """The same luck as a world of `EcosystemModel` with the same seed and replication."""

    def __init__(self, streams: Streams):
        self._streams = streams
        self.world = int(streams.world)

    def uniform(self, name: str, key: int, month: int | None = None) -> float:
        """The stream's draw for one key."""
        moment = self.month if month is None else month
        return float(self._streams[name].uniform(moment, np.array([key], dtype=np.uint64))[0])


class MesaLuck(Luck):
    """Mesa's generator, as fast as Python draws: nobody's luck is his own."""

    def __init__(self, random: Random):
        self._random, self._gauss, self._exponential = random.random, random.gauss, random.expovariate

    def uniform(self, name: str, key: int, month: int | None = None) -> float:
        """Uniform in [0, 1)."""
        return self._random()

    def normal(self, name: str, key: int, month: int | None = None) -> float:
        """Standard normal."""
        return self._gauss()

    def exponential(self, name: str, key: int) -> float:
        """Exponential of mean one."""
        return self._exponential()
