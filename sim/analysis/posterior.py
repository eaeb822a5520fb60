"""The committed posterior: a sample of what the facts allow, and how it was made.

`sim/data/posterior.csv` holds one draw a row, with `medoid` 1 for the default parameters; its manifest says
from which bank, priors and facts. `sim/data/bank.parquet` is the bank itself, from which surrogate,
recovery and data worth can be redone without simulating.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from sim.analysis.bank import Draw, apply

__all__ = ["apply", "draw_for", "load_bank", "load_manifest", "load_posterior", "medoid", "write_posterior"]

POSTERIOR, MANIFEST, BANK = "posterior.csv", "posterior_manifest.json", "bank.parquet"


@cache
def _table(path: str) -> pd.DataFrame:
    return pd.read_csv(path)


def _frame(path: Path | str | None) -> pd.DataFrame:
    if path is not None:
        return _table(str(path))
    with as_file(files("sim.data").joinpath(POSTERIOR)) as file:
        return _table(str(file))


def load_posterior(path: Path | str | None = None) -> list[Draw]:
    """All draws, in their order; those that come with the package if no file is named.

    Raises:
        FileNotFoundError: when there is no such file.
    """
    frame = _frame(path).drop(columns=["draw", "medoid"])
    return [{str(name): float(value) for name, value in row.items()} for row in frame.to_dict("records")]


def draw_for(replication: int, path: Path | str | None = None) -> Draw:
    """The draw that a replication lives under, the same in every policy."""
    draws = load_posterior(path)
    return draws[replication % len(draws)]


def medoid(path: Path | str | None = None) -> Draw:
    """The draw that gives the default parameters: central among those that fit best."""
    return load_posterior(path)[int(_frame(path)["medoid"].to_numpy().argmax())]


def load_manifest() -> dict[str, Any]:
    """How the packaged posterior was made."""
    return json.loads(files("sim.data").joinpath(MANIFEST).read_text(encoding="utf-8"))


def load_bank() -> pd.DataFrame:
    """The packaged bank: parameters and moments, a row a draw."""
    with as_file(files("sim.data").joinpath(BANK)) as file:
        return pd.read_parquet(file).astype(float)


def write_posterior(
    folder: Path, parameters: tuple[str, ...], draws: np.ndarray, central: int, manifest: Mapping[str, Any]
) -> None:
    """Write a posterior and its manifest as `load_posterior` reads them."""
    frame = pd.DataFrame(draws, columns=list(parameters))
    frame.insert(0, "draw", range(len(frame)))
    frame.insert(1, "medoid", (np.arange(len(frame)) == central).astype(int))
    folder.mkdir(parents=True, exist_ok=True)
    frame.to_csv(folder / POSTERIOR, index=False, float_format="%.6g")
    text = json.dumps(manifest, indent=2, ensure_ascii=False) + "\n"
    (folder / MANIFEST).write_text(text, encoding="utf-8")
