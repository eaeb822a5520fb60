"""The lesson of two hours: its text from `prose/`, its numbers from fixed worlds and the reference study.

`uv run python -m tools.documentation.lesson` runs the worlds (a quarter of a minute) and writes `lesson.json`; the
pages are then written as all others are, in `docs/tutorials/` and, as HTML, for visitors of the page
(`sim/page/lessons/`).
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import markdown
import pandas as pd

import sim
from sim.words.language import LANGUAGES, Language, language

HERE = Path(__file__).parent
NUMBERS = HERE / "lesson.json"
REFERENCE = HERE.parents[1] / "results" / "reference" / "differences.csv"
LESSONS = Path(sim.__file__).parent / "page" / "lessons"
HOURS = "accompaniment.hours_per_startup"
SEEDS = range(1, 6)
COUNTED = ("active", "residents", "exporters")
POLICY = "ten-hubs-2027"
EFFECTS = {"survivors_5y": 0, "exporters": 0, "residents": 0, "export_rate": 1, "cost": 0, "success_rate": 1,
           "cohort_export_rate": 1}  # fmt: skip
"""Outcomes of the reference study that the lesson tells, with the decimals of their numbers."""


def world(seed: int, names: tuple[str, ...] = ("today", "ten")) -> dict[str, dict[str, int]]:
    """What is counted in the last month of one world, as Watch shows it, by policy.

    Args:
        seed: root seed.
        names: `today`, `ten` hubs, and today with `two` or `sixteen` hours.
    """
    today = sim.load_scenario("builtin:today")
    policies = {
        "today": today,
        "ten": sim.load_scenario(f"builtin:{POLICY}"),
        "two": today.with_values({HOURS: 2}),
        "sixteen": today.with_values({HOURS: 16}),
    }
    trunk = sim.EcosystemModel(today, rng=seed)
    trunk.run_until(today.present_months)
    found = {}
    for name in names:
        model = trunk.fork(policies[name])
        model.run_until(policies[name].months)
        last = model.history.iloc[-1]
        found[name] = {one: int(last[one]) for one in COUNTED}
    return found


def worlds() -> dict[str, dict[str, dict[str, int]]]:
    """All numbers of the lesson that come from worlds, by seed and policy."""
    first = {"1": world(1, ("today", "ten", "two", "sixteen"))}
    return first | {str(seed): world(seed) for seed in SEEDS if seed != 1}


def numbers(code: str) -> dict[str, str]:
    """The numbers of the lesson as its text names them, in one language."""
    t, kept = language(code), json.loads(NUMBERS.read_text(encoding="utf-8"))
    told = {f"{name}_{one}": t.number(value) for name, counts in kept["1"].items() for one, value in counts.items()}
    for name in ("two", "sixteen"):
        for one in COUNTED:
            gap = kept["1"][name][one] - kept["1"]["today"][one]
            told[f"{name}_{one}_gap"] = t.number(gap, signed=True)
    levels = [kept[str(seed)]["today"]["exporters"] for seed in SEEDS]
    gaps = [kept[str(seed)]["ten"]["exporters"] - level for seed, level in zip(SEEDS, levels, strict=True)]
    for seed, level, gap in zip(SEEDS, levels, gaps, strict=True):
        told |= {f"level_{seed}": t.number(level), f"gap_{seed}": t.number(gap, signed=True)}
        told[f"ten_{seed}"] = t.number(level + gap)
    told |= {
        "least": t.number(min(levels)),
        "most": t.number(max(levels)),
        "spread": t.number(max(levels) - min(levels)),
    }
    told |= {"least_gap": t.number(min(gaps), signed=True), "most_gap": t.number(max(gaps), signed=True)}
    return told | _effects(t) | {"today": _title("today", t), "ten": _title(POLICY, t)}


def _title(key: str, t: Language) -> str:
    return t.typeset(sim.load_scenario(f"builtin:{key}").title(t.code))


def _effects(t: Language) -> dict[str, str]:
    """Effects of ten hubs in the reference study: median, ends, chance of more in 100, verdict."""
    table = pd.read_csv(REFERENCE).query("scenario == @POLICY and reference == 'today'").set_index("outcome")
    told = {}
    for name, decimals in EFFECTS.items():
        row: Any = table.loc[name]
        scale = 100 if name.endswith("rate") else 1e-6 if name == "cost" else 1
        for part, column in (("median", "median"), ("low", "ci_low"), ("high", "ci_high")):
            told[f"{name}_{part}"] = t.number(scale * row[column], decimals, signed=name != "cost")
        told[f"{name}_p"] = t.number(100 * row["p_positive"])
        told[f"{name}_verdict"] = t(str(row["verdict"]))
    return told


def page(code: str) -> str:
    """The lesson as Markdown."""
    text = (HERE / "prose" / f"lesson.{code}.md").read_text(encoding="utf-8")
    return text.format_map(numbers(code))


def fragments() -> dict[Path, str]:
    """The lesson as HTML for the page, by file: links to other documents become plain words."""
    made = {}
    for code in LANGUAGES:
        lines = [line for line in page(code).splitlines() if "](lesson" not in line and not line.startswith("<")]
        made[LESSONS / f"{code}.html"] = (
            markdown.markdown("\n".join(lines), extensions=["tables", "fenced_code"]) + "\n"
        )
    return made


if __name__ == "__main__":
    NUMBERS.write_text(json.dumps(worlds(), indent=1) + "\n", encoding="utf-8")
