"""This version side by side with an earlier revision, in turns: a world, a bundle, what `explain` and the page run.

The earlier revision is checked out and installed in a folder of its own. Both live at their default parameters, under
which their countries are not equally large: times are for each active startup and month, or whole. The page's worlds
are those that a visitor sees: of today's, a draw of the posterior each, with half as many startups again.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from benchmarks.measuring import Measurement
from sim.system.processes import WORKER_SETTINGS

REVISION = "006b80e"
"""The revision before a bundle of policies was one table."""
HERE = Path(__file__).parents[2]
AIMS = {
    "one policy": 1.8,
    "thirteen policies": 4.0,
    "what explain runs in a world": 4.0,
    "what calibrate's bank runs in a world": 3.0,
    "24 worlds of the page after a slider": 3.0,
    "a pair of the page's worlds": 3.0,
}
MOST = {"a pair of the page's worlds": 0.15}
"""Aims in seconds of processor."""
WORK = """
import sys, time
import sim
try:
    from sim.studies.study import Chunk
    from sim.studies.worlds import run_policies
    from sim.inference.ladder import LadderWorlds as Ladder
    from sim.inference.moments import PlaceboPair as Pair
except ImportError:
    from sim.experiment.study import Chunk
    from sim.experiment.worlds import run_policies
    from sim.analysis.explanation import Worlds as Ladder
    from sim.analysis.moments import Twins as Pair
from pathlib import Path

policies = tuple(sim.load_scenario(f"builtin:{path.stem}") for path in sorted(Path("scenarios").glob("*.yaml")))
today = next(one for one in policies if one.key == "today")

def one_world(replication):
    model = sim.EcosystemModel(today, rng=1, replication=replication)
    model.run_until(today.months)
    return float(model.history["active"].sum())

def all_policies(replication):
    runs = run_policies(Chunk("all", replication, policies), 1, ("monthly",))
    months = [sum(list(run.series["monthly"]["active"])[-126:]) for run in runs]  # a frame or arrays
    return float(sum(months))

def per_startup(work):
    begun = time.process_time()
    startups = work(int(sys.argv[2]))
    return (time.process_time() - begun) / startups * 1e9

def whole(kind):
    begun = time.process_time()
    made = kind(today, 1, int(sys.argv[2])) if kind is Ladder else kind.run(today, 1, int(sys.argv[2]))
    return time.process_time() - begun

class Page:  # its tasks, in one process
    def __init__(self):
        self.ten = next(one for one in policies if one.key == "ten-hubs-2027")
        self.hours = 8.0
        try:
            from sim.page.worker import Memory
        except ImportError:
            from sim.app.worker import Memory
        self.memory = Memory()

    def run(self, policy, number):  # both policies of a world, as a visitor asks for them
        try:
            from sim.page.worker import Compare
            from sim.parameters.draws import draws_of
        except ImportError:
            from sim.app.worker import Continue
            tasks = [Continue(one, 1, number) for one in (policy, *[today] * (number not in self.known))]
        else:
            tasks = [Compare(policy, today, 1, number, draws_of("posterior").of(number))]
        for task in tasks:
            list(task.parts(self.memory, lambda: False))
        self.known.add(number)

    def after_a_slider(self, worlds, known):  # whose reference has been run if it is known
        if not known:
            self.known = set()
            getattr(self.memory, "lived", self.known).clear()
        self.hours += 0.25
        policy = self.ten.with_values({"accompaniment.hours_per_startup": self.hours})
        begun = time.process_time()
        for number in range(worlds):
            self.run(policy, number)
        return time.process_time() - begun

work = {
    "one policy": lambda: per_startup(one_world),
    "thirteen policies": lambda: per_startup(all_policies),
    "what explain runs in a world": lambda: whole(Ladder),
    "what calibrate's bank runs in a world": lambda: whole(Pair),
    "a pair of the page's worlds": lambda: pages.after_a_slider(8, False) / 8,
    "24 worlds of the page after a slider": lambda: pages.after_a_slider(24, True),
}[sys.argv[1]]
pages = Page()
if "page" in sys.argv[1]:
    pages.after_a_slider(24 if "24" in sys.argv[1] else 8, False)  # their pasts, and the reference
work()  # compiles, or loads what was compiled
print(min(work() for _ in range(int(sys.argv[3]))))
"""


def _checked_out(folder: Path) -> Path:
    """The earlier revision, installed."""
    setting = {**os.environ, "UV_PROJECT_ENVIRONMENT": str(folder / ".venv")}
    setting.pop("VIRTUAL_ENV", None)
    for line in (
        ("git", "clone", "--quiet", "--shared", str(HERE), str(folder)),
        ("git", "-C", str(folder), "checkout", "--quiet", REVISION),
        ("uv", "sync", "--quiet", "--directory", str(folder), "--all-extras", "--python", sys.executable),
    ):
        subprocess.run(line, check=True, env=setting)
    return folder


def _measured(folder: Path, python: Path, name: str, rounds: int) -> float:
    line = (str(python), "-c", WORK, name, "0", str(rounds))
    setting = {**os.environ, **(WORKER_SETTINGS if folder == HERE else {})}
    done = subprocess.run(line, cwd=folder, capture_output=True, text=True, check=False, env=setting)
    if done.returncode:
        raise RuntimeError(f"{name} at {folder} failed: {done.stderr.strip()[-500:]}")
    return float(done.stdout.split()[-1])


def measure(quick: bool) -> Iterator[Measurement]:
    """Both revisions in turns, the least of each."""
    with tempfile.TemporaryDirectory() as room:
        before = _checked_out(Path(room) / "before")
        contestants = {"before": (before, before / ".venv" / "bin" / "python"), "now": (HERE, Path(sys.executable))}
        for name, aim in AIMS.items():
            least = dict.fromkeys(contestants, float("inf"))
            for _ in range(1 if quick else 3):
                for who, (folder, python) in contestants.items():
                    least[who] = min(least[who], _measured(folder, python, name, 1 if quick else 2))
            unit = "ns per startup and month" if "policy" in name or "policies" in name else "s of processor"
            for who, value in least.items():
                most = MOST.get(name) if who == "now" else None
                revision = REVISION if who == "before" else who
                yield Measurement("before", f"{name}, {revision}", value, unit, at_most=most)
            yield Measurement("before", f"{name}, times as fast", least["before"] / least["now"], "times", at_least=aim)
