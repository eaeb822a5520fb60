"""Compares policies with a reference under common random numbers: runs them, and gives the results."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from contextlib import nullcontext
from functools import cached_property, partial
from itertools import combinations, islice
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from sim.errors import StudyError, did_you_mean, said
from sim.parameters.draws import POSTERIOR, draws_of, parameters_name, told_weights
from sim.parameters.idle import idle_draws
from sim.scenario.arguments import number, word
from sim.studies.channels import channel_table
from sim.studies.cost_per_effect import Price, acceptability, price
from sim.studies.equal_money import CostClaim, equal_money_groups
from sim.studies.execution import Workers, workers_for
from sim.studies.lookup import all_scenarios
from sim.studies.openings import OPEN_HUBS, OpenHubs, open_hubs_of
from sim.studies.parameter_robustness import AskUnderSets, UnderSets, sets_folder
from sim.studies.precision import precise_enough
from sim.studies.prices import MEDIAN, at_prices, price_option
from sim.studies.ranking import rank
from sim.studies.results import DIFFERENCES, Results, outcome_names, row_of
from sim.studies.session import OnProgress, Session, open_session, together
from sim.studies.statistics import Effect
from sim.studies.store import ResultStore
from sim.studies.study import Extent, Study, folder_name, result_folder
from sim.studies.worlds import Runner, run_policies

if TYPE_CHECKING:
    from sim.scenario import Scenario

BATCH, MAX_REPLICATIONS = 10, 1000
"""Number of replications between two checks of the precision, and the largest number that a comparison runs."""

PRICES = {"cost_per_additional_survivor": "survivors_5y", "cost_per_additional_exporter": "exporters"}
"""Prices of effects (unit of `cost` per startup), and the outcome by which each divides the cost."""


class Comparison(Results):
    """The result of `compare`: frames of numbers, and the folder that holds them."""

    kind = "compare"
    asked: tuple[Scenario, ...] = ()
    """The scenarios, if this process compared them; they are in files of the folder, too."""

    def __repr__(self) -> str:
        runs, policies = sum(self.manifest["runs"].values()), len(self.scenarios)
        return f"<comparison of {policies} policies: {runs} runs in {self.folder}; sim.table(…) prints it>"

    @cached_property
    def under_sets(self) -> UnderSets | None:
        """The results under the named parameter sets; None if the comparison has none."""
        folder = sets_folder(self.folder)
        return UnderSets(folder) if folder.exists() else None

    @property
    def reference(self) -> str:
        """Key of the scenario that the others are compared with."""
        found: str = self.manifest["options"]["reference"]
        if found not in super().scenarios:
            raise StudyError(
                said(
                    "{path} compares with {found}, which is none of its scenarios",
                    path=self.store.path("manifest.json"),
                    found=repr(found),
                )
            )
        return found

    @property
    def scenarios(self) -> list[str]:
        """Keys of the scenarios, the reference first."""
        return sorted(super().scenarios, key=lambda key: key != self.reference)

    @cached_property
    def national(self) -> list[str]:
        """The outcomes of the whole country."""
        return [name for name in self.outcomes if ":" not in name]

    def contrast(self, scenario: str, other: str) -> dict[str, Effect]:
        """Effects of a policy against another by outcome: all outcomes against the reference, else national ones."""
        pair = scenario, other
        if pair not in self._contrasts:
            against_reference = [(key, other) for key in self.scenarios[1:]] if other == self.reference else [pair]
            self._contrast(against_reference, self.outcomes if other == self.reference else self.national)
        return self._contrasts[pair]

    def _contrast(self, pairs: Sequence[tuple[str, str]], outcomes: Sequence[str]) -> None:
        """Compute the effects of several pairs together."""
        found = iter(self.effects(pairs, outcomes))
        for pair in pairs:
            self._contrasts[pair] = dict(zip(outcomes, islice(found, len(outcomes)), strict=True))

    @cached_property
    def _contrasts(self) -> dict[tuple[str, str], dict[str, Effect]]:
        return {}

    def difference(self, scenario: str, outcome: str) -> Effect:
        """Effect of a policy on an outcome against the reference."""
        return self.contrast(scenario, self.reference)[outcome]

    def price(self, scenario: str, name: str, other: str | None = None) -> Price:
        """Cost per additional survivor or exporter (`name`, a key of PRICES), against the reference or `other`."""
        against = self.reference if other is None else other
        cost, effect = (
            self.values(scenario, outcome) - self.values(against, outcome) for outcome in ("cost", PRICES[name])
        )
        return price(cost, effect, self.draws)

    @cached_property
    def prices(self) -> dict[tuple[str, str], Price]:
        """All prices by scenario and name; empty if `cost` or the outcome of the price is missing."""
        return {
            (scenario, name): self.price(scenario, name)
            for scenario in self.scenarios[1:]
            for name, effect in PRICES.items()
            if {"cost", effect} <= set(self.outcomes)
        }

    @cached_property
    def differences(self) -> pd.DataFrame:
        """Effects of each policy against the reference: columns of `DIFFERENCES`.

        `difference` is the mean of the paired differences; `median`, `ci_low` and `ci_high` are quantiles of the
        expected difference over draws. The prices of PRICES are additional outcomes: their median and interval are the
        prices at which the probability that the policy pays reaches 50, 2.5 and 97.5 %; empty if it never does.
        """
        rows = []
        for scenario in self.scenarios[1:]:
            head = (scenario, self.reference)
            rows += [row_of(head, outcome, found) for outcome, found in self.contrast(*head).items()]
            rows += [
                (*head, name, *map(_finite, (found.value, found.median, found.low, found.high)), math.nan, found.n,
                 found.draws, math.nan, math.nan, math.nan, found.bargain)
                for (key, name), found in self.prices.items()
                if key == scenario
            ]  # fmt: skip
        return pd.DataFrame(rows, columns=DIFFERENCES)

    @cached_property
    def contrasts(self) -> pd.DataFrame:
        """Effects of every pair of policies on national outcomes: as `differences`, with `other` for `reference`."""
        pairs = [(scenario, other) for other, scenario in combinations(self.scenarios, 2)]
        if others := [pair for pair in pairs if self.reference not in pair and pair not in self._contrasts]:
            self._contrast(others, self.national)
        rows = [
            row_of((scenario, other), outcome, found)
            for scenario, other in pairs
            for outcome, found in self.contrast(scenario, other).items()
            if ":" not in outcome
        ]
        return pd.DataFrame(rows, columns=["scenario", "other", *DIFFERENCES[2:]])

    @cached_property
    def channels(self) -> pd.DataFrame:
        """The channels of each difference from the reference: columns of `sim.studies.channels.FRAME`.

        Empty for older folders, whose runs have no channels.
        """
        return channel_table(self, self.reference)

    @cached_property
    def hubs_open(self) -> dict[str, OpenHubs]:
        """How many hubs are open at the end of the roadmap, by scenario; only of policies with random openings."""
        table = f"{OPEN_HUBS}.csv"
        return open_hubs_of(self.store.frame(table)) if self.store.has(table) else {}

    @cached_property
    def groups(self) -> dict[str, list[str]]:
        """Groups of policies that are ranked together: `all`, and each group that claims the same cost."""
        claims = [CostClaim(one["scenario"], one.get("same_cost_as")) for one in self.manifest["scenarios"]]
        named = {claim.same_cost_as for claim in claims}
        equal = {
            next((f"cost of {key}" for key in keys if key in named), "equal cost"): keys
            for keys in equal_money_groups(claims)
        }
        return {"all": self.scenarios} | equal

    @cached_property
    def ranking(self) -> pd.DataFrame:
        """How often each policy is best at each national outcome with a better direction: see `sim.studies.ranking`.

        Columns: outcome, group, scenario, p_best, regret (in the outcome's unit).
        """
        from sim.model.outcomes import OUTCOMES

        rows = []
        wanted = [name for name in self.national if name in OUTCOMES and OUTCOMES[name].better != "none"]
        for outcome in wanted:
            sign = 1.0 if OUTCOMES[outcome].better == "up" else -1.0
            for group, scenarios in self.groups.items():
                gains = np.stack([sign * self.values(scenario, outcome) for scenario in scenarios], axis=1)
                defined = [place for place, gain in enumerate(gains.T) if np.isfinite(gain).any()]
                found = rank(gains[:, defined], self.draws)
                rows += [
                    (outcome, group, scenarios[place], p_best, regret)
                    for place, p_best, regret in zip(defined, *map(np.ndarray.tolist, found), strict=True)
                ]
        return pd.DataFrame(rows, columns=["outcome", "group", "scenario", "p_best", "regret"])

    @cached_property
    def acceptability(self) -> pd.DataFrame:
        """Probability that each policy pays, by willingness to pay (unit of `cost` per startup).

        Willingness goes from 0 to about twice the highest price of a policy that gives more for more money.
        """
        known = [found.value for found in self.prices.values() if found.bargain == "price"]
        willingness = np.linspace(0, _round_up(2 * max(known, default=2500.0)), 51)
        curves = []
        for scenario, name in self.prices:
            cost, effect = (
                self.values(scenario, outcome) - self.values(self.reference, outcome)
                for outcome in ("cost", PRICES[name])
            )
            share, n = acceptability(cost, effect, willingness, self.draws)
            head = {"scenario": scenario, "reference": self.reference, "effect": PRICES[name]}
            curves.append(pd.DataFrame({**head, "willingness": willingness, "share": share, "n": n}))
        return pd.concat(curves, ignore_index=True) if curves else pd.DataFrame()


def _finite(value: float) -> float:
    """The number, or NaN if it is infinite: a price that is never reached."""
    return value if math.isfinite(value) else math.nan


def _round_up(value: float) -> float:
    """Round up to 1, 2 or 5 times a power of ten."""
    scale = 10.0 ** math.floor(math.log10(value)) if value > 0 else 1.0
    return next(step * scale for step in (1, 2, 5, 10) if value <= step * scale)


def compare(
    scenarios: Iterable[Scenario | str | PathLike[str]],
    *,
    reference: str = "today",
    replications: int = 100,
    precision: float | None = None,
    seed: int = 1,
    parameters: str | PathLike[str] = POSTERIOR,
    weights: str | PathLike[str] | None = None,
    prices: str = MEDIAN,
    workers: int | Workers | None = None,
    out: Path | str | None = None,
    progress: OnProgress | None = None,
    remark: Callable[[str], None] | None = None,
    command: str | None = None,
    runner: Runner = run_policies,
) -> Comparison:
    """Run scenarios in the same worlds and compare them with a reference.

    Args:
        scenarios: two or more scenarios with different keys, or their names or paths; the reference is one of them.
        reference: key of the scenario with which the others are compared.
        replications: number of worlds, if `precision` is not given.
        precision: run until the Monte-Carlo errors of the median differences in `survival_5y` and `export_rate` are
            at most this (a share: 0.005 is half a point) and these errors could not change any verdict on them. Both
            must hold at two consecutive checks, made every 10 replications; at most 1,000 replications are run.
        seed: root seed; replication 0 is the world of `EcosystemModel(scenario, rng=seed)`.
        parameters: parameters of the worlds. `posterior`: one draw per two replications, the same for every policy, so
            that intervals include the uncertainty of the parameters. `fixed`: the defaults. Else the name of a set, or
            a file of draws or of values. Values that a scenario sets stay.
        weights: a file with the columns draw and weight, by which worlds choose their draws; see
            `sim.parameters.weights`. By default all draws count the same.
        prices: `low`, `median` or `high`, for all prices that a scenario does not set.
        workers: number of processes (one per processor by default), or an existing pool; the numbers do not depend
            on it.
        out: result folder, by default `results/<names of the scenarios>`. An unfinished folder of the same study is
            continued, and a finished one is read; beside the folder of another study, a numbered folder is used.
        progress: called with a `Progress` after runs have ended.
        remark: called with sentences about the folder.
        command: command that repeats this comparison, for the manifest.
        runner: function that runs a chunk; by default the model's own.

    Raises:
        StudyError: the arguments are wrong, or the folder cannot be used.
        StudyStoppedError: results cannot be written, or workers keep dying.
        StudyInterrupted: the user pressed Ctrl-C; the study can be resumed from its folder.
    """
    scenarios = at_prices(all_scenarios(scenarios), prices)
    reference = word("reference", reference)
    keys = [scenario.key for scenario in scenarios]
    if reference not in keys:
        raise StudyError(
            said(
                "the reference {reference} is not among the scenarios ({names}){near}",
                reference=repr(reference),
                names=", ".join(keys) or said("none were given"),
                near=did_you_mean(reference, keys),
            )
        )
    if len(keys) < 2:
        raise StudyError(
            said(
                "there is nothing to compare {reference} with: name at least one more scenario",
                reference=repr(reference),
            )
        )
    replications = number("replications", replications)
    precision = None if precision is None else number("precision", precision)
    parameters = parameters_name(parameters)
    draws = draws_of(parameters, weights)
    study = Study(
        "compare", tuple(scenarios), seed, options={"reference": reference, **price_option(prices)}, draws=draws
    )
    extent = Extent(replications) if precision is None else Extent(MAX_REPLICATIONS, precision)
    base = Path("results") / folder_name(study.scenarios) if out is None else result_folder(out)
    call = command or (
        f"sim.compare([{', '.join(keys)}], reference={reference!r}, replications={replications}, "
        f"precision={precision}, seed={seed}, parameters={parameters!r}, {told_weights(draws)}prices={prices!r}, "
        f"out={str(base)!r})"
    )
    made: list[Comparison] = []
    watch, watch_beside = together(progress)
    with workers_for(workers, extent.replications) as crew:
        how: dict[str, Any] = {"command": call, "workers": crew, "runner": runner}
        asked = AskUnderSets.of(study, **how, progress=watch_beside)
        how |= {"progress": watch, "remark": remark, "summarise": partial(_write_tables, made)}
        with open_session(study, extent, base, **how) as (store, session):
            if session is not None:
                session.progress.so_far = partial(_so_far, session)
            if session is not None and precision is None:
                session.expect(replications * len(keys))
                chunks = [study.chunk(position) for position in range(replications)]
                with asked.beside(store, replications) if asked else nullcontext() as beside:
                    session.run(chunks, beside=beside)
            elif session is not None and precision is not None:
                _run_until_precise(session, study, reference, precision)
        comparison = made[-1].reread() if made else Comparison(store)
        comparison.asked = study.scenarios
        if asked and (session is None or precision is not None):
            with asked.beside(store, comparison.replications) as beside:
                if beside is not None:
                    beside[0].run(beside[1])
    return comparison


def _run_until_precise(session: Session, study: Study, reference: str, precision: float) -> None:
    """Run batches until two consecutive checks meet the precision: a sequential stopping rule."""
    met, idle = 0, idle_draws(study.draws.frame) if study.draws else frozenset()
    for first in range(0, MAX_REPLICATIONS, BATCH):
        session.run(study.chunk(position) for position in range(first, first + BATCH))
        met = met + 1 if precise_enough(session.runs(), reference, precision, idle) else 0
        if met == 2:
            return


def _so_far(session: Session) -> Comparison | None:
    """The comparison of the worlds that have ended, by national outcomes; None if no run has ended well."""
    runs = session.runs(_national)
    if not len(outcome_names(runs)):
        return None
    found = Comparison(session.store)
    found.runs = runs
    return found


def _national(column: str) -> bool:
    return ":" not in column and "/" not in column


def _write_tables(made: list[Comparison], store: ResultStore) -> None:
    """Write the CSV files that are computed from `runs`, and keep the comparison, whose tables are printed later."""
    made.append(Comparison(store))
    made[-1].write("summary", "differences", "channels", "contrasts", "ranking", "acceptability")
