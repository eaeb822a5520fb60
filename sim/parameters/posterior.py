"""The packaged posterior: a sample of the parameters that the facts allow, and how it was made.

`sim/country/data/posterior.csv` has one row per draw, with `medoid` 1 for the default parameters; its manifest states
the bank, priors and facts behind it. `sim/country/data/bank.parquet` is the bank: training runs from which the
surrogate, the search for known truths and the worth of data can be computed again without new simulations.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from sim.country.data.sheet import CsvSheet, Fault, read_sheet
from sim.errors import StudyError, listed, said
from sim.parameters.draw import Values
from sim.scenario.errors import Origin, Problems, ScenarioError
from sim.system.paths import is_there
from sim.system.spreadsheet import write_csv

POSTERIOR_FILE, MANIFEST_FILE, BANK_FILE = "posterior.csv", "posterior_manifest.json", "bank.parquet"


NUMBERED = ["draw", "medoid"]
"""Columns of a posterior that are not parameters."""
MOST_DRAWS = 2**31 - 1
"""Largest number of a draw that result tables can store."""


@cache
def _packaged() -> pd.DataFrame:
    with as_file(files("sim.country.data").joinpath(POSTERIOR_FILE)) as file:
        return pd.read_csv(file)


def _frame(path: Path | str | None) -> pd.DataFrame:
    return _packaged() if path is None else _checked(str(path))


def _checked(path: str) -> pd.DataFrame:
    """Read the draws of a file and check each against the schema, as for a scenario file."""
    _exists(path, POSTERIOR_FILE)
    try:
        sheet = read_sheet(path)
        if NUMBERED[0] not in sheet.columns:
            raise ValueError(f"it has no column {NUMBERED[0]}")
        if not sheet.rows or set(sheet.columns) <= set(NUMBERED):
            raise ValueError("it holds no parameter" if sheet.rows else "it holds no draw")
    except ValueError as error:
        raise StudyError(
            said("{path} is not a file of draws as `hubsim calibrate` writes it: {error}", path=path, error=error)
        ) from None
    _check_values(sheet)
    _check_numbers(sheet)
    return sheet.frame(sheet.columns)


def _exists(path: str, name: str) -> None:
    folder = is_there(path) and Path(path).is_dir()
    if folder or not is_there(path):
        found = "this is a folder" if folder else "there is no such file"
        raise StudyError(
            said(
                "{path}: {found}; name the {name} of a calibration, as `hubsim calibrate` writes it",
                path=path,
                found=found,
                name=name,
            )
        )


def _check_values(sheet: CsvSheet) -> None:
    from sim.scenario import load_scenario

    names = [name for name in sheet.columns if name not in NUMBERED]

    def places(row: int | None) -> dict[str, Origin]:
        return {name: Origin(sheet.path, *sheet.place(row, name)) for name in names}

    problems, world = Problems(), load_scenario("builtin:today")
    for name, place in places(None).items():
        if message := world.schema.unknown(name):
            problems.note(place, message)
    for row, cells in enumerate(sheet.records() if not problems else []):
        found = {name: sheet.number(cells[name]) for name in names}
        values = {name: cells[name] or None if number is None else number for name, number in found.items()}
        try:
            world.with_values(values, origins=places(row))
        except ScenarioError as error:
            problems.extend(error.problems)
    if problems:
        raise ScenarioError(problems)


def _check_numbers(sheet: CsvSheet) -> None:
    """Refuse numbers of draws that are no whole numbers, or that two draws have."""
    seen: dict[float, int] = {}
    faults = []
    for row, cells in enumerate(sheet.records()):
        text, number = cells[NUMBERED[0]], sheet.number(cells[NUMBERED[0]])
        if number is None or number % 1 or not 0 <= number <= MOST_DRAWS:
            shown, must = text[:40] or "empty", f"must be a whole number from 0 to {MOST_DRAWS}"
            faults.append(
                Fault(
                    *sheet.place(row, NUMBERED[0]),
                    said("draw is {shown}, but {must}; number the draws", shown=shown, must=must),
                )
            )
        elif number in seen:
            message = said(
                "draw {text} is in line {line} too; give each draw a number of its own", text=text, line=seen[number]
            )
            faults.append(Fault(*sheet.place(row, NUMBERED[0]), message))
        else:
            seen[number] = sheet.lines[row]
    sheet.refuse(faults)


def load_posterior(path: Path | str | None = None) -> list[Values]:
    """All draws of a file in their order; of the packaged posterior by default.

    Raises:
        StudyError: the file does not exist, or is not a table of draws.
        ScenarioError: the file names unknown parameters, or has values that are not allowed.
    """
    return list(numbered_draws(path).values())


def numbered_draws(path: Path | str | None = None) -> dict[int, Values]:
    """All draws of a file by their numbers, in their order; arguments and errors as in `load_posterior`."""
    frame = _frame(path)
    rows = frame.drop(columns=NUMBERED, errors="ignore").to_dict("records")
    values = ({str(name): float(value) for name, value in row.items()} for row in rows)
    return dict(zip(frame[NUMBERED[0]].astype(int).tolist(), values, strict=True))


def medoid(path: Path | str | None = None) -> Values:
    """The draw of the default parameters, under which policies have typical effects; the first if none is marked."""
    frame = _frame(path)
    return load_posterior(path)[int(frame["medoid"].to_numpy().argmax()) if "medoid" in frame else 0]


def percentiles(path: Path | str | None = None) -> dict[str, int]:
    """Percentile (0 to 100) of each default parameter among all draws; ties count half."""
    frame = _frame(path)
    rank = frame.drop(columns=NUMBERED).rank().iloc[int(frame["medoid"].to_numpy().argmax())]
    return {str(name): round(100 * (value - 0.5) / len(frame)) for name, value in rank.items()}


def load_manifest() -> dict[str, Any]:
    """The manifest of the packaged posterior: how it was made."""
    found: dict[str, Any] = json.loads(files("sim.country.data").joinpath(MANIFEST_FILE).read_text(encoding="utf-8"))
    return found


def load_bank(path: Path | None = None, needed: Sequence[str] = ()) -> pd.DataFrame:
    """Load a bank: parameters and moments, one row per draw.

    Args:
        path: `bank.parquet` of a calibration; the packaged bank by default.
        needed: columns that the bank must have.

    Raises:
        StudyError: the file does not exist, or is not a bank with these columns.
    """
    if path is None:
        with as_file(files("sim.country.data").joinpath(BANK_FILE)) as file:
            return pd.read_parquet(file).astype(float)
    _exists(str(path), "bank.parquet")
    try:
        bank = pd.read_parquet(path).astype(float)
        if lacking := [name for name in needed if name not in bank]:
            raise ValueError(f"it has no column {listed(lacking, 3)}")
    except (OSError, ValueError, TypeError) as error:
        raise StudyError(
            said("{path} is not a bank as `hubsim calibrate` writes it: {error}", path=path, error=error)
        ) from None
    return bank


def write_posterior(
    folder: Path, parameters: tuple[str, ...], draws: np.ndarray, central: int, manifest: Mapping[str, Any]
) -> None:
    """Write a posterior and its manifest in the form that `load_posterior` reads; `central` marks the default draw."""
    frame = pd.DataFrame(draws, columns=list(parameters))
    frame.insert(0, "draw", range(len(frame)))
    frame.insert(1, "medoid", (np.arange(len(frame)) == central).astype(int))
    folder.mkdir(parents=True, exist_ok=True)
    write_csv(folder / POSTERIOR_FILE, frame, float_format="%.6g")
    text = json.dumps(manifest, indent=2, ensure_ascii=False) + "\n"
    (folder / MANIFEST_FILE).write_text(text, encoding="utf-8")
