"""A made-up result folder with the columns of a real one, for the tests of figures."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from sim.declare.calendar import month_after

POLICIES = {
    "today": ("Six hubs, as today", 0.0),
    "ten-hubs-2027": ("Ten hubs by 2027", 1.0),
    "ten-hubs-late": ("Ten hubs, two years late", 0.6),
    "ten-hubs-same-mentors": ("Ten hubs with the same mentor hours", 0.25),
    "six-hubs-deeper": ("Six hubs, deeper accompaniment", 0.8),
    "ten-hubs-deeper": ("Ten hubs, deeper accompaniment", 1.7),
    "ten-hubs-underserved": ("Ten hubs, underserved regions", 0.7),
    "six-hubs-half-intensity": ("Half the accompaniment", -0.4),
    "six-hubs-double-intensity": ("Twice the accompaniment", 0.5),
    "ministry-grant": ("Ministry grant for accompaniment", 0.3),
    "remote-accompaniment": ("Remote accompaniment", 0.45),
    "export-push": ("Export push", 0.02),
    "no-hubs": ("No hubs from 2024 on", -4.0),
}
REGIONS = (
    "Tanger-Tétouan-Al Hoceïma", "Oriental", "Fès-Meknès", "Rabat-Salé-Kénitra", "Béni Mellal-Khénifra",
    "Casablanca-Settat", "Marrakech-Safi", "Drâa-Tafilalet", "Souss-Massa", "Guelmim-Oued Noun",
    "Laâyoune-Sakia El Hamra", "Dakhla-Oued Ed-Dahab",
)  # fmt: skip
HUBS = {
    "Casablanca": 250,
    "Rabat": 80,
    "Tanger": 95,
    "Cité de l'innovation": 32,
    "Agadir": 107,
    "Essaouira": 60,
}
NEW_HUBS = {"Fès": 66, "Oujda": 60, "Tiznit": 28, "Khémisset": 58}
OPENINGS = [{"hub": "Fès", "opens": "2026-07", "places": 66}]
OUTCOMES = {
    "survivors_5y": (1300.0, 22.0, 30.0),
    "exporters": (240.0, 9.0, 12.0),
    "cost": (410e6, 60e6, 3e6),
    "success_rate": (0.91, 0.004, 0.01),
    "cohort_success_rate": (0.77, 0.006, 0.01),
    "survival_5y": (0.51, 0.003, 0.006),
    "export_rate": (0.35, 0.008, 0.01),
    "residents": (600.0, 60.0, 12.0),
    "regional_balance": (0.42, 0.03, 0.02),
}


def _table(scenario: str, replication: int, **columns: object) -> pd.DataFrame:
    return pd.DataFrame({"scenario": scenario, "replication": replication, **columns})


def monthly(scenario: str, replication: int, months: Sequence[str], effect: float) -> pd.DataFrame:
    """Series that grow, wobble with the replication's luck, and bend by `effect` after 2024-06."""
    luck = np.random.default_rng(replication)
    own = np.random.default_rng([replication, *scenario.encode()])
    count = len(months)
    since = (
        np.clip(np.arange(count) - months.index("2024-06"), 0, None) / 126 if "2024-06" in months else np.zeros(count)
    )
    trend = np.linspace(0, 1, count)

    def series(start: float, end: float, gain: float, noise: float) -> np.ndarray:
        shared = luck.normal(0, noise, count).cumsum() / np.sqrt(count) * 2
        return (
            start
            + (end - start) * trend
            + shared
            + gain * effect * since
            + (own.normal(0, noise / 4, count).cumsum() / 12 * (since > 0))
        )

    rates = {
        "survival_5y": np.clip(series(0.50, 0.52, 0.01, 0.01) + luck.normal(0, 0.07, count), 0, 1),
        "cohort_success_rate": np.clip(series(0.74, 0.77, 0.01, 0.02) + luck.normal(0, 0.08, count), 0, 1),
    }
    return _table(
        scenario,
        replication,
        month=list(months),
        operating=series(1500, 2600, 80, 60).round(),
        residents=np.maximum(series(380, 600, 55, 8), 0).round() * (1.0 if effect > -3 else (since == 0)),
        exporters=series(120, 260, 20, 14).round(),
        export_rate=series(0.30, 0.36, 0.015, 0.02) * np.where((effect < -3) & (since > 0), np.nan, 1),
        **rates,
    )


def regions(scenario: str, replication: int, months: Sequence[str], effect: float) -> pd.DataFrame:
    """Founders and five-year survivors of each region and month; the last regions have hardly any."""
    luck = np.random.default_rng([replication, 2])
    share = np.array([0.14, 0.05, 0.07, 0.2, 0.03, 0.33, 0.09, 0.02, 0.05, 0.005, 0.01, 0.005])
    founders = luck.poisson(43 * share, (len(months), 12))
    chance = np.clip(np.linspace(0.58, 0.40, 12) + 0.02 * effect * (np.arange(12) % 3 == 1), 0, 1)
    alive = luck.binomial(founders, chance)
    return _table(
        scenario,
        replication,
        month=np.repeat(list(months), 12),
        region=np.tile(REGIONS, len(months)),
        founders_5y=founders.ravel(),
        survivors_5y=alive.ravel(),
        active=(founders * 30).ravel(),
    )


def hubs(scenario: str, replication: int, months: Sequence[str], effect: float) -> pd.DataFrame:
    """Hubs that are nine tenths full; the four new ones open under the `ten-hubs` policies."""
    luck = np.random.default_rng([replication, 3])
    places = HUBS | (NEW_HUBS if scenario.startswith("ten-hubs") else {})
    count = len(months)
    size = np.tile(list(places.values()), count)
    open_now = effect > -3
    return _table(
        scenario,
        replication,
        month=np.repeat(list(months), len(places)),
        hub=np.tile(list(places), count),
        open=open_now,
        places=size * open_now,
        residents=np.round(size * luck.uniform(0.7, 1.0, len(size))) * open_now,
    )


def survival(scenario: str, replication: int, effect: float) -> pd.DataFrame:
    """Share that has not failed by age, of three cohorts; nobody is admitted without hubs."""
    luck = np.random.default_rng([replication, 4])
    tables = []
    for population, loss, size in (("founded", 0.0115, 2600), ("admitted", 0.006, 700)):
        for place, cohort in enumerate(("2016-2019", "2020-2024", "2025-2029")):
            if scenario == "no-hubs" and population == "admitted" and place == 2:
                continue
            ages = np.arange(61)
            pull = loss * (1 - 0.04 * place - 0.03 * effect * (place == 2)) + luck.normal(0, loss / 30)
            tables.append(
                _table(
                    scenario,
                    replication,
                    population=population,
                    cohort=cohort,
                    age_months=ages,
                    at_risk=size,
                    surviving=np.exp(-pull * ages * (1 + 0.3 * np.sin(ages / 40))),
                )
            )
    return pd.concat(tables)


def write_study(
    folder: Path,
    policies: Sequence[str] = tuple(POLICIES),
    replications: int = 6,
    months: int = 228,
    names: dict[str, str] | None = None,
    draws: Sequence[int] = (),
) -> Path:
    """Write every file of a result folder that figures read; one replication has no differences.

    `draws` are those of the replications; without, the parameters are fixed.
    """
    calendar = [month_after("2034-12", back) for back in range(1 - months, 1)]
    (folder / "resolved").mkdir(parents=True)
    frames: dict[str, list[pd.DataFrame]] = {"monthly": [], "regions": [], "hubs": [], "survival": []}
    for key in policies:
        title, effect = POLICIES.get(key, (key, 0.5))
        title = (names or {}).get(key, title)
        text = f'name: {json.dumps({"en": title})}\ntime: {{"start": "2010-01", "present": "2024-06"}}\n'
        text += f'network: {{"openings": {json.dumps(OPENINGS if key.startswith("ten") else None)}}}\n'
        (folder / "resolved" / f"{key}.yaml").write_text(text, encoding="utf-8")
        for replication in range(replications):
            frames["monthly"].append(monthly(key, replication, calendar, effect))
            frames["regions"].append(regions(key, replication, calendar[-60:], effect))
            frames["hubs"].append(hubs(key, replication, calendar[-60:], effect))
            frames["survival"].append(survival(key, replication, effect))
    for name, parts in frames.items():
        pd.concat(parts, ignore_index=True).to_parquet(folder / f"{name}.parquet", index=False)
    manifest: dict[str, object] = {"command": "hubsim compare"}
    if draws:
        manifest["options"] = {"draws": 200, "parameters": "posterior"}
        runs = [(key, number, draw) for key in policies for number, draw in enumerate(draws)]
        pd.DataFrame(runs, columns=["scenario", "replication", "draw"]).to_parquet(folder / "runs.parquet", index=False)
    (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    if replications > 1:
        table = differences(policies, replications, len(set(draws)))
        priced = pd.concat([table, prices(policies, replications, len(set(draws)))], ignore_index=True)
        priced.to_csv(folder / "differences.csv", index=False)
        if len(policies) > 1:
            contrasts(table).to_csv(folder / "contrasts.csv", index=False)
            channels(table).to_csv(folder / "channels.csv", index=False)
    return folder


def older(table: pd.DataFrame) -> pd.DataFrame:
    """A table of differences as it was written before effects had a verdict."""
    return table.drop(columns=["median", "p_positive", "draws", "chance_share", "verdict"], errors="ignore")


def differences(policies: Sequence[str], replications: int, draws: int = 0) -> pd.DataFrame:
    """Effects whose size follows each policy's own, each with its verdict."""
    rows = []
    for place, key in enumerate(policies[1:]):
        effect = POLICIES.get(key, ("", 0.5))[1]
        regional = {f"survivors_5y:{name}": (100.0, 3.0 - n, 4.0) for n, name in enumerate(REGIONS)}
        for number, (outcome, (_, gain, noise)) in enumerate((OUTCOMES | regional).items()):
            tilt = 1 + 0.5 * np.sin(place * 2.1 + number)
            half = 1.96 * noise / np.sqrt(replications) * (0.6 + 0.4 * np.cos(place) ** 2)
            rows.append((key, policies[0], outcome, gain * effect * tilt, half))
    table = pd.DataFrame(rows, columns=["scenario", "reference", "outcome", "difference", "half"])
    table["ci_low"], table["ci_high"] = (
        table["difference"] - table["half"],
        table["difference"] + table["half"],
    )
    sure = (table["ci_low"] > 0) | (table["ci_high"] < 0)
    near = table["difference"].abs() < 2 * table["half"]
    table["verdict"] = np.select([sure & near, sure], ["likely", "clear"], "open")
    table.loc[table["outcome"].isin(["export_rate", "survival_5y"]) & ~sure, "verdict"] = "practically none"
    table = table.assign(median=table["difference"], n=replications, draws=draws, chance_share=0.2)
    table["p_positive"] = np.select([table["ci_low"] > 0, table["ci_high"] < 0], [0.99, 0.01], 0.6)
    return table.drop(columns="half").assign(sd_paired=1.0, sd_unpaired=4.0)


def prices(policies: Sequence[str], replications: int, draws: int) -> pd.DataFrame:
    """Prices of each kind, one policy after the other: with a range, without an upper end, and none."""
    kinds = [
        (11e6, 12e6, 5e6, 40e6, "price"), (7e6, 30e6, 0.4e6, np.nan, "price"), (9e6, np.nan, 3e6, np.nan, "price"),
        (np.nan, np.nan, np.nan, np.nan, "saving"), (np.nan, np.nan, np.nan, np.nan, "less for more"),
    ]  # fmt: skip
    rows = [
        (key, policies[0], f"cost_per_additional_{what}", *kinds[place % len(kinds)], replications, draws)
        for place, key in enumerate(policies[1:])
        for what in ("survivor", "exporter")
    ]
    columns = ["scenario", "reference", "outcome", "difference", "median", "ci_low", "ci_high", "verdict", "n", "draws"]
    return pd.DataFrame(rows, columns=columns)


def contrasts(table: pd.DataFrame) -> pd.DataFrame:
    """Every policy but the reference against those before it, as far from each other as they are from the reference."""
    policies = list(dict.fromkeys(table["scenario"]))
    parts = [
        table[table["scenario"] == key].drop(columns="reference").assign(other=other)
        for place, key in enumerate(policies)
        for other in policies[:place]
    ]
    return pd.concat(parts) if parts else table.assign(other="").head(0)


def channels(table: pd.DataFrame) -> pd.DataFrame:
    """Two parts of each difference in a count: three quarters are extra founders, the rest is not sure."""
    rows = table[table["outcome"].isin(["survivors_5y", "exporters"])]
    return pd.concat(
        rows.assign(
            channel=name, difference=rows["difference"] * share, median=rows["difference"] * share,
            ci_low=rows["ci_low"] * share - unsure, ci_high=rows["ci_high"] * share + unsure,
        )
        for name, share, unsure in (("extra founders", 0.75, 0.0), ("housed", 0.25, 1e3))
    )[["scenario", "reference", "outcome", "channel", "difference", "median", "ci_low", "ci_high"]]  # fmt: skip
