"""Try mutants out, and keep what became of them in `results/`; what is there already is not tried again.

    python -m tools.mutation domain                the mistakes of `domain.yaml`
    python -m tools.mutation ordinary [--first N]  the first N of the sample, by default all 300
    … --most N                                     at most N of them now
    … --again                                      those that have survived, once there are new tests

The tests of one mutant run after those of the other, one process at a time. Interrupted, it goes on where it stopped.
"""

from __future__ import annotations

import argparse
import tempfile
from dataclasses import asdict
from pathlib import Path

import pandas as pd

from tools.mutation.mutants import SIZE, domain, ordinary
from tools.mutation.trials import Copy

RESULTS = Path(__file__).parent / "results"
_NAMES = ["file", "line", "name", "change", "fate", "test", "seconds"]


def kept(kind: str) -> pd.DataFrame:
    """What became of the mutants of a kind that have been tried, in the order in which they are listed or drawn."""
    path = RESULTS / f"{kind}.csv"
    return pd.read_csv(path, keep_default_na=False) if path.exists() else pd.DataFrame(columns=_NAMES)


def main(kind: str, first: int, most: int, again: bool) -> None:
    """Try at most `most` mutants of a kind that have no result yet, or have survived if `again`, and print each.

    Results of mistakes that are no longer listed, or no longer in the sample, are dropped. What cannot be tried is
    told.
    """
    mutants = {(mutant.file, mutant.name): mutant for mutant in (domain() if kind == "domain" else ordinary(SIZE))}
    found = {key: row for row in kept(kind).to_dict("records") if (key := (row["file"], row["name"])) in mutants}
    waiting = [key for key in [*mutants][:first] if key not in found or (again and found[key]["fate"] == "survived")]
    with tempfile.TemporaryDirectory(prefix="mutation-") as folder:
        copy = Copy(Path(folder) / "program")
        for key in waiting[:most]:
            mutant = mutants[key]
            try:
                trial = copy.try_out(mutant)
            except RuntimeError as error:  # it stays untried
                print(f"{mutant.file}:{mutant.line}  {mutant.name}: {error}", flush=True)
                continue
            print(f"{trial.fate:9} {trial.seconds:4} s  {mutant.file}:{mutant.line}  {mutant.name}", flush=True)
            entry = asdict(mutant) | asdict(trial)
            found[key] = {str(name): entry[name] for name in _NAMES}
            rows = [found[key] for key in mutants if key in found]
            pd.DataFrame(rows, columns=_NAMES).to_csv(RESULTS / f"{kind}.csv", index=False)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("kind", choices=("domain", "ordinary"))
    parser.add_argument("--first", type=int, default=SIZE, help="how many of the sample")
    parser.add_argument("--most", type=int, default=SIZE, help="how many to try now")
    parser.add_argument("--again", action="store_true", help="try those again that have survived")
    given = parser.parse_args()
    main(given.kind, given.first, given.most, given.again)
