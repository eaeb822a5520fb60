"""What a measurement is, where it is made, how it is shown and kept."""

from __future__ import annotations

import csv
import multiprocessing
import os
import platform
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from rich.table import Table

from sim.report.layout import grid
from sim.studies.environment import source_revision

HISTORY = Path(__file__).with_name("history.csv")
PACKAGES = ("hubsim", "numpy", "mesa", "numba")


@dataclass(frozen=True)
class Measurement:
    """One line of the table and of the history.

    Attributes:
        part: the part of the benchmarks that made it.
        what: what was measured, with its size.
        value: the number, or None when it could not be measured.
        unit: its unit.
        at_most, at_least: the aim, if there is one.
        remark: why there is no number, or what the reader must know.
    """

    part: str
    what: str
    value: float | None
    unit: str
    at_most: float | None = None
    at_least: float | None = None
    remark: str = ""

    @property
    def aim(self) -> str:
        """The aim in words, empty if there is none."""
        if self.at_most is not None:
            return f"at most {self.at_most:g}"
        return "" if self.at_least is None else f"at least {self.at_least:g}"

    @property
    def reached(self) -> str:
        """`reached`, `not reached`, or empty without an aim or a number."""
        if not self.aim or self.value is None:
            return ""
        short = self.at_most is not None and self.value > self.at_most
        short |= self.at_least is not None and self.value < self.at_least
        return "not reached" if short else "reached"


def table(measurements: Iterable[Measurement]) -> Table:
    """Lay out measurements as a table."""
    rows = [
        (
            one.part,
            one.what,
            "-" if one.value is None else f"{one.value:,.4g}",
            one.unit,
            one.aim,
            one.reached,
            one.remark,
        )
        for one in measurements
    ]
    return grid(("part", "what", "value", "unit", "aim", "", "remark"), rows)


def append(measurements: Iterable[Measurement], quick: bool, file: Path = HISTORY) -> None:
    """Add one line per measurement to the history, with the machine and the versions."""
    setting = {"date": datetime.now(UTC).isoformat(timespec="minutes"), "quick": quick, **machine()}
    rows = [
        {
            **setting,
            "part": one.part,
            "what": one.what,
            "value": "" if one.value is None else f"{one.value:.6g}",
            "unit": one.unit,
            "aim": one.aim,
            "reached": one.reached,
            "remark": one.remark,
        }
        for one in measurements
    ]
    new = not file.exists()
    with file.open("a", encoding="utf-8", newline="") as target:
        writer = csv.DictWriter(target, list(rows[0]), lineterminator="\n")
        if new:
            writer.writeheader()
        writer.writerows(rows)


def machine() -> dict[str, Any]:
    """Processor, cores, memory, load and versions."""
    commit, _, changed = (source_revision() or "unknown").partition("+")
    return {
        "processor": processor(),
        "cores": os.cpu_count(),
        "memory_gb": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9, 1),
        "load": round(os.getloadavg()[0], 1),
        "commit": commit[:10] + (f"+{changed}" if changed else ""),
        "python": platform.python_version(),
        **{package: version(package) for package in PACKAGES},
    }


def processor() -> str:
    """The processor's name."""
    described = Path("/proc/cpuinfo")
    if described.exists():
        for line in described.read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


# --- how it is measured -----------------------------------------------------------------------------


def alone[R](function: Callable[..., R], *arguments: Any) -> R:
    """Call a function in a fresh process, so that its memory is its own."""
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
        return pool.submit(function, *arguments).result()


def peak_memory() -> int:
    """Largest memory that this process has had, in bytes."""
    status = Path("/proc/self/status")
    if status.exists():  # the kernel's other number, ru_maxrss, includes the parent's before this process began
        line = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
        return int(line.split()[1]) * 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)


def processor_time(work: Callable[[], Any]) -> float:
    """Seconds of processor time of a piece of work in this process."""
    begun = time.process_time()
    work()
    return time.process_time() - begun


def beside[R, S](one: Callable[[], R], other: Callable[[], S]) -> tuple[R, S]:
    """Do two pieces of work at the same time, so that what else happens on the machine slows both alike."""
    with ThreadPoolExecutor(2) as threads:
        first, second = threads.submit(one), threads.submit(other)
        return first.result(), second.result()


def command(*arguments: str) -> tuple[float, float]:
    """Run a Python command to its end: seconds that passed, and seconds of processor time with its children.

    Python keeps its bytecode, as it does on any machine that is not told otherwise.
    """
    setting = {**os.environ, "PYTHONDONTWRITEBYTECODE": ""}
    with tempfile.TemporaryFile("w+") as said:
        begun = time.perf_counter()
        process = subprocess.Popen([sys.executable, *arguments], stdout=subprocess.DEVNULL, stderr=said, env=setting)
        _, status, used = os.wait4(process.pid, 0)
        passed = time.perf_counter() - begun
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            said.seek(0)
            raise RuntimeError(f"{' '.join(arguments)} failed: {said.read().strip()[-500:]}")
    return passed, used.ru_utime + used.ru_stime
