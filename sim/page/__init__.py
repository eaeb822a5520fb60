"""The browser page: watch one world, compare two policies, and take the scenario along.

`sim.page.view` starts it. Models live in the processes of a pool (`worker`, `pool`); what is drawn are plain,
immutable frames and pictures (`frames`, `films`, `ensemble`); the address is a visitor's only state (`visit`).
"""

from sim.page.start import view

__all__ = ["view"]
