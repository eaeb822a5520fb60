"""Fit the law of delay of new hubs to the sites with a promised date, and keep a sample of its parameters.

    uv run python -m tools.opening_delays

A site opens on time, at most `GRACE` months after the promise, with probability P; otherwise it needs an exponential
time with mean M in addition. A site that had not opened when it was last looked at tells that it was later than that.
With the weak priors

    P      ~ uniform
    1 / M  ~ Gamma(1, 24 months), worth one late site that opened two years after its time

the posterior has a closed form, Beta and Gamma: n sites on time, k late ones seen to open, m not open yet, and T months
in all that the late ones had needed or waited beyond `GRACE` give

    P      ~ Beta(1 + n, 1 + k + m)
    1 / M  ~ Gamma(1 + k, 24 + T)

A Latin hypercube with a fixed seed draws from it. More parameters, such as a rate that falls with the delay, cannot be
told from one late opening and three that are waited for.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.stats import beta, gamma, qmc

from sim.country.data import folder, table
from sim.model.delays import GRACE, LAW
from sim.system.spreadsheet import write_csv

PRIOR_SITES, PRIOR_MONTHS = 1, 24
SAMPLE, SEED = 200, 1
"""Rows of the table, as many as the posterior of the other parameters has draws, and the seed."""


def posterior(sites: pd.DataFrame) -> tuple[tuple[float, float], tuple[float, float]]:
    """The two parameters of the Beta law of P, and those of the Gamma law of 1 / M, the second in months.

    Args:
        sites: columns `months` and `opened` of `opening_delays.csv`.

    Raises:
        ValueError: a site had not opened within `GRACE` months when it was looked at, which tells nothing.
    """
    opened, months = sites["opened"].astype(bool), sites["months"]
    if (~opened & (months < GRACE)).any():
        raise ValueError(f"a site that was looked at before {GRACE} months had passed may be on time: leave it out")
    on_time = opened & (months <= GRACE)
    late = ~on_time
    waited = (months[late] - GRACE).sum()
    seen = int((late & opened).sum())
    return (1.0 + on_time.sum(), 1.0 + late.sum()), (float(PRIOR_SITES + seen), float(PRIOR_MONTHS + waited))


def sample(sites: pd.DataFrame, count: int = SAMPLE, seed: int = SEED) -> pd.DataFrame:
    """Draws of P (`on_time`) and M (`late_months`) from the posterior, in random order."""
    (a, b), (shape, months) = posterior(sites)
    uniform = qmc.LatinHypercube(2, rng=np.random.default_rng(seed)).random(count)
    rate = gamma.ppf(uniform[:, 1], shape, scale=1 / months)
    return pd.DataFrame({"on_time": beta.ppf(uniform[:, 0], a, b), "late_months": 1 / rate})


def main() -> None:
    """Write the table."""
    sites = table("opening_delays")
    (a, b), (shape, months) = posterior(sites)
    write_csv(folder() / f"{LAW}.csv", sample(sites), float_format="%.4g")
    print(f"{len(sites)} sites: P ~ Beta({a:g}, {b:g}), 1 / M ~ Gamma({shape:g}, {months:g} months)")


if __name__ == "__main__":
    main()
