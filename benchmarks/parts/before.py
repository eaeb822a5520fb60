"""This version side by side with an earlier revision, in turns: one world, a bundle of policies, what `explain` runs.

The earlier revision is checked out and installed in a folder of its own. Both live at their default parameters, under
which their countries are not equally large: times are for each active startup and month, or whole.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from benchmarks.measuring import Measurement

REVISION = "006b80e"
"""The revision before a bundle of policies was one table."""
HERE = Path(__file__).parents[2]
AIMS = {
    "one policy": 1.8,
    "thirteen policies": 4.0,
    "what explain runs in a world": 4.0,
    "what calibrate's bank runs in a world": 3.0,
}
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
    months = [run.series["monthly"]["active"].iloc[-126:].sum() for run in runs]
    return float(sum(months))

def per_startup(work):
    begun = time.process_time()
    startups = work(int(sys.argv[2]))
    return (time.process_time() - begun) / startups * 1e9

def whole(kind):
    begun = time.process_time()
    made = kind(today, 1, int(sys.argv[2])) if kind is Ladder else kind.run(today, 1, int(sys.argv[2]))
    return time.process_time() - begun

work = {
    "one policy": lambda: per_startup(one_world),
    "thirteen policies": lambda: per_startup(all_policies),
    "what explain runs in a world": lambda: whole(Ladder),
    "what calibrate's bank runs in a world": lambda: whole(Pair),
}[sys.argv[1]]
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
    done = subprocess.run(line, cwd=folder, capture_output=True, text=True, check=False)
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
                yield Measurement("before", f"{name}, {REVISION if who == 'before' else 'now'}", value, unit)
            yield Measurement("before", f"{name}, times as fast", least["before"] / least["now"], "times", at_least=aim)
