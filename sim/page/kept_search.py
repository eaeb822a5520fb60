"""What a search found for a sum, kept with the program: the numbers of its table and what each policy changes.

`python -m tools.kept_answers --search` derives `search.json.gz` from a finished search, without running a world. It
holds the policies that were run in fresh worlds. It answers for exactly its base, tables and draws, and for a sum that
is not less than its own; when the source has changed since, the page says that too.
"""

from __future__ import annotations

import gzip
import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from sim.inference.frontier import Frontier, SearchAnswer
from sim.page.kept import FOLDER, SOURCE
from sim.scenario import Scenario, builtin_scenarios, load_scenario
from sim.system.text import clean

FILE = "search.json.gz"
_NOTED = ("outcomes", "signs", "base", "base_cost", "limit", "policies", "mended", "over_budget", "fresh", "command")


class KeptSearch(SearchAnswer):
    """A search from an earlier computation.

    Attributes:
        manifest: what the search noted.
        made: the day of the search, `YYYY-MM-DD`.
        current: whether the source of the model is the same now.
        changes: values of parameters otherwise than the base's, by policy and path; of the policies that it found.

    Args:
        data: what `search_data` returns.
        base: the policy beside which the sum comes.
        now: what the model is computed from now, as `sim.page.kept.source`.
    """

    def __init__(self, data: Mapping[str, Any], base: Scenario, now: Mapping[str, str]):
        self.manifest: Mapping[str, Any] = data["manifest"]
        self.made: str = data["made"]
        self.current: bool = data["source"]["model"] == now["model"]
        self.changes: Mapping[str, Mapping[str, Any]] = data["changes"]
        self._against = base
        self._frontier = pd.DataFrame(data["rows"], columns=data["columns"])

    @property
    def frontier(self) -> pd.DataFrame:
        """The policies that were run in fresh worlds."""
        return self._frontier

    def scenario(self, key: str) -> Scenario:
        """The base, a policy that comes along, or one that the search found."""
        if key in self.changes:
            return self._against.with_values(dict(self.changes[key]), key=key)
        return self._against if key == self.base else load_scenario(dict(builtin_scenarios())[key])


def kept_search(base: Scenario, million: float, now: Mapping[str, str], folder: Path = FOLDER) -> KeptSearch | None:
    """The search that is kept in a folder, if it answers for this base, these tables and draws, and this sum.

    Args:
        base: the policy beside which the sum comes.
        million: the sum, in millions of the currency.
        now: what the model is computed from now, as `sim.page.kept.source`.
        folder: where it is kept.
    """
    file = folder / FILE
    if not file.exists():
        return None
    data = json.loads(gzip.decompress(file.read_bytes()))
    same = data["against"] == base.digest and all(
        data["source"][name] == now[name] for name in now if name not in SOURCE
    )
    return KeptSearch(data, base, now) if same and data["manifest"]["limit"] <= 1e6 * million else None


def search_data(found: Frontier) -> dict[str, Any]:
    """What is kept of a finished search, as data for JSON, with None for NaN.

    Raises:
        ValueError: the search has no budget, or its parameters were not drawn.
    """
    noted = found.manifest
    if noted["limit"] is None or "draws_digest" not in noted["options"]:
        raise ValueError(clean(f"{found.folder}: only a search under a budget and the posterior can be kept"))
    table = found.frontier[found.frontier["worlds"] > 0]
    base = found.scenario(found.base)
    keys = table.loc[~table["named"] & (table["policy"] != found.base), "policy"]
    rows = [[_plain(value) for value in row] for row in table.astype(object).to_numpy().tolist()]
    return {
        "made": noted["sessions"][0]["began"][:10],
        "against": noted["options"]["base"],
        "source": {name: noted["environment"][name] for name in ("model", "data")}
        | {"draws": noted["options"]["draws_digest"]},
        "manifest": {name: noted[name] for name in _NOTED},
        "columns": list(table.columns),
        "rows": rows,
        "changes": {key: {path: value for path, value, _ in found.scenario(key).diff(base)} for key in keys},
    }


def write_search(folder: Path, data: Mapping[str, Any]) -> None:
    """Write what is kept of a search; the same search gives the same bytes."""
    text = json.dumps(data, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    (folder / FILE).write_bytes(gzip.compress(text.encode(), mtime=0))


def _plain(value: Any) -> Any:
    return None if isinstance(value, float) and math.isnan(value) else value
