"""The browser page: watch one world, compare two policies, and download the scenario.

`sim.page.view` starts it. Models live in the processes of a pool (`worker`, `pool`). The page draws plain, immutable
frames and pictures (`frames`, `films`, `ensemble`). The address is the only state of a visitor (`visit`).
"""

from sim.page.start import view

__all__ = ["view"]
