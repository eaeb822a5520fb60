"""Made-up folders of `hubsim compare` with the tables that a report reads, and what a page says, for its tests."""

from __future__ import annotations

import json
import math
import re
from functools import cache, lru_cache
from pathlib import Path
from xml.etree.ElementTree import Element

import html5lib
import pandas as pd
from figure_frames import REGIONS, older, write_study

from sim.scenario import load_scenario
from sim.studies.channels import FRAME
from sim.words.language import language

POLICIES = ("today", "ten-hubs-2027", "six-hubs-deeper", "no-hubs")
DRAWS, FEW = (4, 4, 1, 1), 2
"""The draws of four worlds, and how many of them there are."""
LEVELS = {
    "survivors_5y": 1641.33, "exporters": 2508.9, "cost": 547.17e6, "survival_5y": 0.5929, "success_rate": 0.878,
    "cohort_success_rate": 0.7399, "export_rate": 0.3336, "residents": 470.7,
}  # fmt: skip
SURE, LIKELY, OPEN = ("clear", 0.999, 0.1), ("likely", 0.93, 0.6), ("open", 0.6, 0.3)
"""Verdict, probability that the effect is above zero, share of chance."""
CHANGES = {
    "ten-hubs-2027": {
        "survivors_5y": (9.7, 2.3, 17.1, *SURE), "exporters": (21.3, -1.2, 36.5, *LIKELY),
        "cost": (177.956e6, 177.7e6, 178.2e6, *SURE),
    },
    "six-hubs-deeper": {
        "survivors_5y": (0.4, -5.2, 6.0, *OPEN), "exporters": (0.0, 0.0, 0.0, "practically none", 0.5, 0.0),
        "cost": (177.9e6, 177.7e6, 178.1e6, *SURE),
    },
    "no-hubs": {
        "survivors_5y": (-100.3, -108.9, -91.7, "clear", 0.001, 0.1),
        "success_rate": (math.nan, math.nan, math.nan, "not defined", math.nan, math.nan),
        "cost": (-338.8e6, -339.6e6, -338.0e6, "clear", 0.001, 0.1),
    },
}  # fmt: skip
PRICES = {
    "ten-hubs-2027": (18.3e6, 20.2e6, 10.1e6, math.nan, "price"),
    "six-hubs-deeper": (math.nan, math.nan, math.nan, math.nan, "less for more"),
    "no-hubs": (math.nan, math.nan, math.nan, math.nan, "saving"),
}
COLUMNS = [
    "scenario", "reference", "outcome", "difference", "median", "ci_low", "ci_high", "verdict", "p_positive",
    "chance_share", "n", "draws",
]  # fmt: skip


def table_of(changes: dict[str, dict[str, tuple]], draws: int = 0) -> pd.DataFrame:
    rows = []
    for policy, found in changes.items():
        places = {
            f"survivors_5y:{name}": (1.0, place - 4.0, place + 2.0, *(LIKELY if place > 3 else OPEN))
            for place, name in enumerate(REGIONS)
        }
        unclear = dict.fromkeys(LEVELS, (0.01, -0.02, 0.04, *OPEN))
        for outcome, (value, *rest) in (unclear | found | places).items():
            rows.append((policy, "today", outcome, 1.1 * value, value, *rest, 8, draws))
        value, median, low, high, bargain = PRICES[policy]
        name = "cost_per_additional_survivor"
        rows.append((policy, "today", name, value, median, low, high, bargain, math.nan, math.nan, 8, draws))
    return pd.DataFrame(rows, columns=COLUMNS)


def contrasts_of(changes: dict[str, dict[str, tuple]], draws: int = 0) -> pd.DataFrame:
    """Six deeper hubs against ten, and each with the reference."""
    table = table_of(changes, draws).rename(columns={"reference": "other"})
    pair = [
        ("six-hubs-deeper", "ten-hubs-2027", name, -21.0, -20.4, -51.2, -2.3, "clear", 0.01, 0.1, 8, draws)
        for name in ("survivors_5y", "exporters")
    ]
    own = table[table["outcome"].isin(LEVELS)]
    return pd.concat([own, pd.DataFrame(pair, columns=own.columns)], ignore_index=True)


def make(folder: Path, *, draws: tuple[int, ...] = DRAWS, **texts: str) -> Path:
    """A result folder as `hubsim compare` leaves it; `texts` replace the name and description of ten-hubs-2027."""
    write_study(folder, POLICIES, replications=len(draws) or 2, months=132, draws=draws)
    for key in POLICIES:
        scenario = load_scenario(f"builtin:{key}")
        if key == "ten-hubs-2027" and texts:
            scenario = scenario.with_values(texts)
        (folder / "resolved" / f"{key}.yaml").write_text(scenario.to_yaml(), encoding="utf-8")
    count = len(set(draws))
    table_of(CHANGES, count).to_csv(folder / "differences.csv", index=False)
    contrasts_of(CHANGES, count).to_csv(folder / "contrasts.csv", index=False)
    pd.DataFrame(
        [
            ("today", name, "expected", value, 0.98 * value, 1.02 * value, 8, count, 2768.3)
            for name, value in LEVELS.items()
        ],
        columns=["scenario", "outcome", "kind", "mean", "ci_low", "ci_high", "n", "draws", "denominator"],
    ).to_csv(folder / "summary.csv", index=False)
    ranks = [("all", POLICIES, (0.0, 0.72, 0.25, 0.03)), ("cost of ten-hubs-2027", POLICIES[1:3], (0.996, 0.004))]
    pd.DataFrame(
        [
            (name, group, key, share, 30 * (1 - share))
            for name in ("survivors_5y", "exporters")
            for group, keys, shares in ranks
            for key, share in zip(keys, shares, strict=True)
        ],
        columns=["outcome", "group", "scenario", "p_best", "regret"],
    ).to_csv(folder / "ranking.csv", index=False)
    parts = {"extra founders": 15.2, "founded again": 0.0, "relocated": 1.1, "housed": 5.9, "never housed": -0.2}
    pd.DataFrame(
        [
            ("ten-hubs-2027", "today", "survivors_5y", name, value, value, value - 1, value + 1)
            for name, value in parts.items()
        ]
        + [
            ("no-hubs", "today", "survivors_5y", name, -value, -value, -value - 1, -value + 1)
            for name, value in parts.items()
        ],
        columns=FRAME,
    ).to_csv(folder / "channels.csv", index=False)
    options = {"reference": "today"} | ({"parameters": "posterior", "draws": 200} if draws else {})
    manifest = {
        "kind": "compare", "command": "hubsim compare --replications 3", "seed": 1, "first_replication": 0,
        "replications": 8, "options": options, "environment": {"hubsim": "0.1.0", "model": "0" * 64},
        "scenarios": [{"scenario": key, "digest": "1" * 64} for key in POLICIES], "study": "2" * 64,
    }  # fmt: skip
    (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    return folder


def make_tables(folder: Path, draws: tuple[int, ...], **texts: str) -> Path:
    """The same without series, of which figures take long to draw."""
    make(folder, draws=draws, **texts)
    for name in ("monthly", "hubs", "regions", "survival"):
        (folder / f"{name}.parquet").unlink()
    return folder


def make_older(folder: Path) -> Path:
    """The tables as they were left before effects had a verdict."""
    make_tables(folder, DRAWS)
    table = older(pd.read_csv(folder / "differences.csv"))
    table.to_csv(folder / "differences.csv", index=False)
    pd.read_csv(folder / "summary.csv").drop(columns=["kind", "draws"]).to_csv(folder / "summary.csv", index=False)
    for name in ("contrasts.csv", "ranking.csv", "channels.csv"):
        (folder / name).unlink()
    return folder


def text_of(path: Path, what: str = "*") -> list[str]:
    return [" ".join("".join(element.itertext()).split()) for element in tree_of(path).iter(what)]


def rows_of(path: Path) -> list[list[str]]:
    """The cells of all rows of all tables."""
    return [[" ".join("".join(cell.itertext()).split()) for cell in row] for row in tree_of(path).iter("tr")]


def tree_of(path: Path) -> Element:
    """The elements of a page, which many tests read."""
    return _tree(path.read_text(encoding="utf-8"))


@lru_cache(maxsize=4)
def _tree(text: str) -> Element:
    return html5lib.parse(text, namespaceHTMLElements=False)


@cache
def titles(code: str) -> list[str]:
    """The names of the policies, as a page writes them."""
    names = (language(code).typeset(load_scenario(f"builtin:{key}").title(code)) for key in POLICIES)
    return [" ".join(name.split()) for name in names]


def numbers_in(text: str, code: str) -> list[float]:
    t = language(code)
    pattern = rf"[−+]?\d{{1,3}}(?:[{t.thousands}]\d{{3}})*(?:[{t.decimal}]\d+)?"
    plain = (
        found.replace(t.thousands, "").replace(t.decimal, ".").replace("−", "-") for found in re.findall(pattern, text)
    )
    return [float(number) for number in plain]
