"""Responses: effects of policies under each parameter draw, as each policy minus `today` in the same world.

A draw is one chunk of a study, so finished draws survive a kill, as in a bank. Draw n is run in replication n, so
different draws have independent chance.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from sim.inference.training_runs import digest_of_draws, keep_draws
from sim.parameters.draw import Draw
from sim.studies.lookup import load_all
from sim.studies.session import open_session
from sim.studies.study import Chunk, Extent, Study

if TYPE_CHECKING:
    from sim.scenario import Scenario

RESPONSE_REFERENCE = "today"
POLICIES = ("ten-hubs-2027", "six-hubs-double-intensity", "export-push", "no-hubs")
"""Policies whose effects characterize a draw: more hubs, deeper accompaniment, export programmes, no hubs."""
RESPONSE_COUNTS = ("survivors_5y", "exporters")
RESPONSE_RATES = ("cohort_success_rate", "export_rate")
"""Outcomes of the responses; the rates concern residents of hubs, so they are undefined without hubs."""
OUTCOMES_OF = {
    f"{policy}: {outcome}": (policy, outcome)
    for policy in POLICIES
    for outcome in RESPONSE_COUNTS + RESPONSE_RATES * (policy != "no-hubs")
}
RESPONSES = list(OUTCOMES_OF)


def response_policies() -> tuple[Scenario, ...]:
    """Load the reference and the policies, from the working folder or the package.

    Raises:
        StudyError: a policy does not exist.
        ScenarioError: a policy has mistakes.
    """
    return tuple(load_all([RESPONSE_REFERENCE, *POLICIES]))


def run_responses(
    draws: Sequence[dict[str, float]],
    folder: Path,
    *,
    seed: int = 1,
    first: int = 0,
    command: str | None = None,
    **options: Any,
) -> pd.DataFrame:
    """Run the policies under each draw.

    Args:
        draws: values of the parameters by path, for each draw.
        folder: result folder.
        seed: root seed.
        first: replication of the first draw; draw i is run in replication `first` + i.
        command: command that repeats this, for the manifest.
        options: options of `open_session`: `workers`, `progress`, `remark`.

    Returns:
        One row per draw; columns `RESPONSES` in the outcome's unit: policy minus reference, NaN in worlds that failed.

    Raises:
        StudyError, StudyStoppedError, StudyInterrupted: as for a comparison.
    """
    scenarios = response_policies()
    study = Study(
        "responses",
        scenarios,
        seed=seed,
        first=first,
        record=(),
        options={"draws_digest": digest_of_draws(draws, first)},
    )
    chunks = (
        Chunk(f"draw-{first + index:05d}", first + index, scenarios, Draw(index, draw))
        for index, draw in enumerate(draws)
    )
    with open_session(study, Extent(len(draws)), folder, command=command, **options) as (store, session):
        if session is not None:
            session.expect(len(draws) * len(scenarios))
            keep_draws(store, draws, first)
            session.run(chunks)
    levels = store.frame("runs").pivot(index="replication", columns="scenario")
    differences = {
        name: levels[outcome, policy] - levels[outcome, RESPONSE_REFERENCE]
        for name, (policy, outcome) in OUTCOMES_OF.items()
    }
    return pd.DataFrame(differences).reindex(range(first, first + len(draws))).astype(float)
