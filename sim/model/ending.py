"""A Mesa model with an end, whose monthly series Mesa's own tools can read."""

from __future__ import annotations

from abc import ABC, abstractmethod
from numbers import Real
from typing import TYPE_CHECKING

import mesa
import numpy as np
from mesa import DataCollector

from sim.errors import StudyError

if TYPE_CHECKING:
    import pandas as pd


class EndingModel(mesa.Model, ABC):
    """Stops where its months end: `running` is then False, and going further changes nothing."""

    @property
    @abstractmethod
    def end(self) -> int:
        """Number of months that it lives."""

    @property
    @abstractmethod
    def history(self) -> pd.DataFrame:
        """A row a month, the last of them that of now."""

    def run_until(self, end_time: float) -> None:
        """Run until `end_time` months have passed since the start, or to the end if that comes first.

        Raises:
            StudyError: it is no number.
        """
        if not isinstance(end_time, Real) or isinstance(end_time, bool) or end_time != end_time:
            raise StudyError(
                f"end_time is {end_time!r}, but must be a number of months since the start, such as model.end "
                f"({self.end}) or model.months_until('2030-12') + 1"
            )
        end = float(end_time)
        super().run_until(int(end) if end.is_integer() else end)  # Mesa's clock shows what it is given

    def _advance_time(self, until: float) -> None:
        if self.time < self.end:
            super()._advance_time(min(until, self.end))
        if self.time >= self.end:
            self.running = False

    @property
    def datacollector(self) -> DataCollector:
        """What has been recorded so far, as Mesa's collector holds it; `mesa.batch_run` reads it."""
        frame, found = self.history, DataCollector()
        last = int(self.time)
        found.model_vars = {str(name): values.tolist() for name, values in frame.items()}
        found.model_reporters = dict.fromkeys(found.model_vars)
        found._collection_steps = np.arange(last - len(frame) + 1, last + 1).tolist()
        return found
