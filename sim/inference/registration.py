"""Registered forecasts: predictive distributions that are kept with their date before the facts come in.

A registration is two files in the folder `forecasts` of the country's tables, named by date: a table of quantiles, one
row for each policy, quantity and date, and what it was made of. It is never written again.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from sim.country.data import folder as tables_folder
from sim.country.data import table
from sim.errors import StudyError, did_you_mean, said
from sim.inference.run_forecasts import LAST_YEAR, run_forecasts
from sim.inference.validation import predictive_sample
from sim.parameters.draws import POSTERIOR, draws_of
from sim.studies.environment import environment, source_revision
from sim.studies.lookup import load_all
from sim.studies.session import OnProgress, open_session
from sim.studies.study import Extent, Study
from sim.system.spreadsheet import read_csv, write_csv

if TYPE_CHECKING:
    from sim.scenario import Scenario

POLICIES = ("ten-hubs-2027", "today")
"""What was announced, whose hubs open as late as the law of delay says, and nothing new."""
WORLDS = 400
"""Worlds by default: every draw of the posterior twice."""
LEVELS = np.arange(1, 40) / 40
"""Levels of the quantiles, from 0.025 to 0.975."""
COLUMNS = [f"q{level:.3f}" for level in LEVELS]
FORMAT = 1
_HEAD = ["scenario", "quantity", "date"]


@dataclass(frozen=True)
class Registration:
    """Forecasts that were registered together.

    Attributes:
        name: name of its files: the date, and a number if it is not the first of the day.
        about: when and of what it was made; `facts` are those that were in the table then.
        table: `scenario`, `quantity`, `date`, and the quantiles in `COLUMNS`.
    """

    name: str
    about: dict[str, Any]
    table: pd.DataFrame

    @property
    def month(self) -> str:
        """The month in which it was registered."""
        found: str = self.about["registered"][:7]
        return found


def forecasts_folder() -> Path:
    """Where the country's forecasts are registered."""
    return tables_folder() / "forecasts"


def registrations(folder: Path | None = None) -> list[Registration]:
    """All registered forecasts, the oldest first.

    Raises:
        StudyError: a file is missing or damaged.
    """
    folder = folder or forecasts_folder()
    files = sorted(folder.glob("*.json"), key=lambda file: (file.stem[:10], len(file.stem), file.stem))
    return [_read(file) for file in files]


def registration(name: str, folder: Path | None = None) -> Registration:
    """One of them by its name.

    Raises:
        StudyError: there is none of that name.
    """
    found = {one.name: one for one in registrations(folder)}
    if name not in found:
        raise StudyError(
            said(
                "no forecast was registered as {name}; registered are {names}{near}",
                name=repr(name),
                names=", ".join(found) or said("none"),
                near=did_you_mean(name, found),
            )
        )
    return found[name]


def _read(file: Path) -> Registration:
    numbers = file.with_suffix(".csv")
    try:
        about = json.loads(file.read_text(encoding="utf-8"))
        found = read_csv(numbers)
        if about["format"] != FORMAT or not {*_HEAD, *COLUMNS} <= set(found) or not about["registered"]:
            raise ValueError(f"it is not of format {FORMAT}")
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise StudyError(
            said(
                "{file} with {name} is no registered forecast: {error}; take both back from the source, because a "
                "forecast is never written again",
                file=file,
                name=numbers.name,
                error=error,
            )
        ) from None
    return Registration(file.stem, about, found.astype({"date": str}))


def policies() -> tuple[Scenario, ...]:
    """The policies under which forecasts are made, to the end of the last year that is forecast."""
    until = {"time.end": f"{LAST_YEAR}-12"}
    return tuple(
        policy.with_values(until | ({"network.random_openings": True} if policy.key != "today" else {}))
        for policy in load_all(POLICIES)
    )


def register(
    out: Path,
    *,
    replications: int = WORLDS,
    seed: int = 1,
    parameters: str = POSTERIOR,
    folder: Path | None = None,
    scenarios: Sequence[Scenario] | None = None,
    workers: int | None = None,
    command: str | None = None,
    progress: OnProgress | None = None,
    remark: Callable[[str], None] | None = None,
) -> Registration:
    """Run worlds under the policies, and register the distributions of what is forecast.

    They hold chance, the draws of the parameters and openings, and the error with which a quantity was last observed.

    Args:
        out: result folder of the worlds.
        replications: number of worlds; two share a draw.
        seed: root seed.
        parameters: as in a comparison.
        folder: where to register; by default the country's own.
        scenarios: the policies, `policies()` by default.
        workers: number of processes.
        command: command that repeats this, for the manifest.
        progress: called with a `Progress` after runs have ended.
        remark: called with sentences about the folder.

    Raises:
        StudyError: the parameters have no draws, or the folder cannot be written.
        StudyStoppedError, StudyInterrupted: as for a comparison.
    """
    draws = draws_of(parameters)
    if len(draws.values) < 2:
        raise StudyError(
            said(
                "--parameters {parameters} is one point, which forecasts nothing; name draws: {posterior}",
                parameters=parameters,
                posterior=POSTERIOR,
            )
        )
    folder = folder or forecasts_folder()
    study = Study("forecast", tuple(scenarios or policies()), seed, record=(), draws=draws)
    facts = table("facts")
    about = {
        "format": FORMAT,
        "registered": date.today().isoformat(),
        "revision": source_revision(),
        "study": study.digest,
        **{name: environment(run_forecasts)[name] for name in ("hubsim", "model", "data")},
        "parameters": parameters,
        "draws": min(len(draws.values), -(-replications // 2)),
        "draws_digest": draws.digest,
        "worlds": replications,
        "seed": seed,
        "facts": sorted(facts["id"]),
    }
    name = _free_name(folder, about)
    with open_session(
        study, Extent(replications), out, command=command, workers=workers, runner=run_forecasts, progress=progress,
        remark=remark,
    ) as (store, session):  # fmt: skip
        if session is not None:
            session.expect(replications * len(study.scenarios))
            session.run(study.chunk(position) for position in range(replications))
    errors = errors_of_observation(facts)
    found = Registration(name, about | {"errors": errors}, quantiles(store.frame("runs"), errors))
    try:
        folder.mkdir(parents=True, exist_ok=True)
        write_csv(folder / f"{name}.csv", found.table, float_format="%.6g")
        text = json.dumps(found.about, indent=1, ensure_ascii=False) + "\n"
        (folder / f"{name}.json").write_text(text, encoding="utf-8")
    except OSError as error:
        raise StudyError(
            said(
                "{folder} cannot be written: {reason}; the worlds are kept in {kept}",
                folder=folder,
                reason=error.strerror,
                kept=store.folder,
            )
        ) from None
    return found


def _free_name(folder: Path, about: dict[str, Any]) -> str:
    """The date, with a number if there is one of this day; the same forecast is not registered twice."""
    same = ("study", "model", "data", "worlds")
    there = registrations(folder)
    for one in there:
        if all(one.about.get(key) == about[key] for key in same):
            raise StudyError(
                said("this forecast is registered as {name} already; see it with: hubsim forecast", name=one.name)
            )
    today, names = str(about["registered"]), {one.name for one in there}
    return next(name for name in (today, *(f"{today}-{number}" for number in range(2, 1000))) if name not in names)


def errors_of_observation(facts: pd.DataFrame) -> dict[str, float]:
    """Error with which each quantity was observed last, as a share of the value: a quarter of the fact's band."""
    known = facts[facts["value"].notna() & (facts["high"] > facts["low"]) & (facts["value"] != 0)]
    known = known.assign(error=(known["high"] - known["low"]) / 4 / known["value"].abs())
    last = known.sort_values("date", key=lambda dates: dates.astype(str), kind="stable").groupby("outcome")["error"]
    return {str(name): round(float(error), 6) for name, error in last.last().items()}


def quantiles(runs: pd.DataFrame, errors: dict[str, float]) -> pd.DataFrame:
    """The table of a registration.

    Args:
        runs: one row a world, with `scenario` and columns `quantity@date`.
        errors: `errors_of_observation`; a quantity that was never observed has none.
    """
    rows = []
    for scenario, worlds in runs.groupby("scenario", sort=True):
        for column in (name for name in map(str, worlds) if "@" in name):
            values = worlds[column].dropna().to_numpy(dtype=float)
            if values.size:
                quantity, _, at = column.rpartition("@")
                error = errors.get(quantity, 0.0)
                sample = np.concatenate([predictive_sample(one, error * abs(float(one[0]))) for one in values[:, None]])
                rows.append((scenario, quantity, at, *np.quantile(sample, LEVELS)))
    return pd.DataFrame(rows, columns=[*_HEAD, *COLUMNS])
