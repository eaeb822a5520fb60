"""What workers do while their study is still being read: import the model, and compile it if nobody has yet.

In a fresh clone the loops of a month take half a minute to compile. One process at a time compiles a function, and the
others wait for it (`sim.kernel.compiled`), so workers that begin the same month would all wait for one of them. The
first goes through the month with its first world; each other one goes ahead of it, from a later process on, in a world
without startups. Machine code depends on the kinds of arguments alone, so an empty world suffices for most of it.
"""

from __future__ import annotations

from contextlib import suppress
from importlib import import_module
from pathlib import Path

_MODEL = ("sim.model.branches", "sim.model.outcomes", "sim.model.twins", "sim.studies.store", "numba")


def get_ready(of: int, number: int) -> None:
    """Import what a world needs, and compile a share of it if no machine code is there.

    Args:
        of: number of workers.
        number: number of this worker; 0 is the first.
    """
    for module in _MODEL:
        with suppress(ImportError):  # the model runs without Numba, too
            import_module(module)
    if number and _nothing_is_compiled():
        rehearse(of, number)


def rehearse(of: int, number: int) -> None:
    """Let processes act on a world without startups, and record it; arguments as in `get_ready`."""
    from sim.model.bundle import acts_on_one
    from sim.model.exit import close
    from sim.model.side_by_side import SideBySide
    from sim.processes import LIVING
    from sim.scenario import builtin_scenarios, load_scenario

    _, path = builtin_scenarios()[0]
    worlds = SideBySide.begin([load_scenario(path)], 1, 0)
    begin = number * len(LIVING) // (of + 2)  # the first soon needs what comes early
    later = [process for process in LIVING[begin:] if not acts_on_one(process)]
    for process in later:
        process.act(worlds.bundle)
    close(worlds.bundle, worlds.bundle.leaving)
    worlds.bundle.record.record(worlds.bundle)
    worlds.release()


def _nothing_is_compiled() -> bool:
    """Whether the folder where machine code of the processes is kept has none; False if it cannot be kept."""
    from sim import processes

    try:
        from numba import njit

        folder = njit(cache=True)(processes.__getattr__).stats.cache_path
    except (ImportError, RuntimeError, AttributeError):  # without Numba, without a folder, or without compiling
        return False
    return folder is not None and not any(Path(folder).glob("*.nbi"))
