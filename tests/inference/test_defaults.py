"""Typical defaults: the rule on draws whose expected values are known, and the committed choice by that rule."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
import pytest

from sim.country.data import folder
from sim.inference.calibration_file import load_calibration
from sim.inference.defaults import FIRST_WORLDS, RESPONSES_FILE, SHORT_LISTS, Choice, packaged_table
from sim.inference.fitted_sets import misfit
from sim.inference.responses import OUTCOMES_OF, RESPONSE_COUNTS, RESPONSE_REFERENCE, RESPONSES, response_policies
from sim.inference.typical import LIMITS, Means, chosen, draw_means, short_list
from sim.parameters.posterior import load_manifest, load_posterior, medoid, percentiles
from sim.scenario import load_scenario
from sim.studies.study import Chunk
from sim.studies.worlds import run_policies
from tools.documentation.defaults import rewritten

FILE = "experiments/calibration.yaml"
QUANTITIES = [*RESPONSES, "one moment", "a moment of chance alone"]


def runs(expected: np.ndarray, chance: float, worlds: int, seed: int = 1) -> pd.DataFrame:
    """Runs of worlds of each draw, scattered around its expected values (draws, quantities)."""
    draws = np.repeat(np.arange(len(expected)), worlds)
    noise = chance * np.random.default_rng(seed).standard_normal((draws.size, expected.shape[1]))
    return pd.DataFrame(expected[draws] + noise, draws, QUANTITIES)


def packaged() -> tuple[Means, pd.Series]:
    """Means and misfits of the draws from which the defaults were chosen."""
    table = pd.read_csv(folder() / RESPONSES_FILE, index_col="draw")
    means = Means(table.drop(columns=["worlds", "misfit"]), table["worlds"], packaged_table()["world_sd"] ** 2)
    return means, table["misfit"]


def known_draws(count: int = 400) -> np.ndarray:
    """Expected values of independent standard normal quantities; the last is the same in all draws."""
    expected = np.random.default_rng(2).standard_normal((count, len(QUANTITIES)))
    expected[:, -1] = 0
    return expected


def test_spread_and_chance_are_told_apart():
    """With 400 draws, a variance of 1 has a standard error of at most 0.08; the bound is four of them."""
    expected = known_draws()
    means = draw_means(runs(expected, 2.0, 10))
    assert means.worlds.eq(10).all() and len(means.values) == 400
    assert means.chance.to_numpy() == pytest.approx(4.0, abs=4 * 4 * np.sqrt(2 / 3600))
    assert means.spread[:-1].to_numpy() == pytest.approx(1.0, abs=0.4)
    assert means.spread.iloc[-1] < 4 * 0.4 * np.sqrt(2 / 400)
    assert means.reliability.iloc[0, :-1].to_numpy() == pytest.approx(1 / 1.4, abs=0.1)


def test_best_guesses_are_nearer_to_the_truth_and_percentiles_are_spread_as_it_is():
    expected = known_draws()
    means = draw_means(runs(expected, 3.0, 10))
    truth, raw = expected[:, :-1], (means.values - means.values.median()).to_numpy()[:, :-1]
    guesses = means.scores().to_numpy()[:, :-1] * np.sqrt(means.spread.to_numpy()[:-1])
    assert ((guesses - truth) ** 2).mean() < 0.8 * ((raw - truth) ** 2).mean()
    assert means.scores(0.5).var().to_numpy()[:-1] == pytest.approx(1.0, abs=0.05)
    places = means.percentiles()
    assert places.iloc[:, :-1].mean().to_numpy() == pytest.approx(50) and places.to_numpy().max() < 100


def test_the_nearest_draw_inside_all_limits_is_chosen_and_the_nearest_of_all_if_there_is_none():
    expected = known_draws(200)
    expected[7] = 0.01  # the nearest, which fits worse than half
    expected[8] = [0.05] * len(QUANTITIES)  # the nearest except for one response
    expected[8, 0] = 1.0  # beyond the 75th percentile, within the 90th
    expected[9] = 0.3  # farther, and inside everywhere
    expected[:, -1] = 0
    values = pd.DataFrame(expected, columns=QUANTITIES)
    means = Means(values, pd.Series(100, values.index), pd.Series(0.0, QUANTITIES))
    scores = pd.Series(np.linspace(1, 2, 200))
    scores[7] = 3.0
    assert means.distances()[[7, 8, 9]].is_monotonic_increasing
    assert chosen(means, scores) == 9
    assert short_list(means, scores, 2, range(200))[0] == 9 and 9 not in short_list(means, scores, 2, range(9))
    scores[[9, *np.flatnonzero(~means.outside().any(axis=1))]] = 3.0
    assert chosen(means, scores) == 8


def test_draws_of_few_worlds_are_not_chosen():
    expected = known_draws(50)
    expected[3, :-1], expected[4, :-1] = 0.0, 0.2
    values = pd.DataFrame(expected, columns=QUANTITIES)
    worlds = pd.Series(10, values.index)
    worlds[[4, 5]] = 100
    assert chosen(Means(values, worlds, pd.Series(0.0, QUANTITIES)), pd.Series(1.0, values.index)) == 4


def test_the_defaults_were_chosen_by_the_rule():
    means, scores = packaged()
    assert means.values.index.tolist() == list(range(len(load_posterior())))
    draw, told = chosen(means, scores), load_manifest()["defaults"]
    assert load_posterior()[draw] == medoid() and told["draw"] == draw
    assert told["distance"] == pytest.approx(means.distances()[draw], rel=0.01)
    assert scores[draw] <= scores.median() == pytest.approx(told["median_misfit"], rel=0.01)
    for (length, worlds), listed in zip(SHORT_LISTS, told["short_lists"], strict=True):
        assert listed == means.worlds.index[means.worlds >= worlds].tolist() and len(listed) == length
    assert set(means.worlds) == {FIRST_WORLDS, *(worlds for _, worlds in SHORT_LISTS)}


def test_the_table_of_the_typical_draw_follows_from_the_draws():
    """Both are written with six digits, so a percentile may differ by one draw of 200."""
    kept, found = packaged_table(), Choice(*packaged(), pd.DataFrame()).table().set_index("quantity")
    numbers = ["median", "sd", "value", "chance", "low", "high"]
    assert kept[numbers].to_numpy() == pytest.approx(found[numbers].to_numpy(), rel=1e-3, abs=1e-6, nan_ok=True)
    assert kept["percentile"].to_numpy() == pytest.approx(found["percentile"].to_numpy(), abs=0.5)
    assert kept["outside"].tolist() == found["outside"].tolist()


def test_what_is_not_typical_is_listed_and_chance_is_a_tenth_at_most():
    table = packaged_table()
    counts = [name for name in RESPONSES if name.endswith(RESPONSE_COUNTS)]
    assert (table["chance"][counts] < 0.1).all(), "of rates, the page says which are known less well"
    out = (table["percentile"] < table["low"]) | (table["percentile"] > table["high"])
    assert load_manifest()["defaults"]["outside"] == table.index[out].tolist()
    assert table.index[table["low"].notna()].tolist() == LIMITS.index.tolist()


def test_misfits_are_those_of_the_calibration():
    calibration = load_calibration(FILE)
    means, scores = packaged()
    few = means.values[means.worlds == FIRST_WORLDS]
    again = few.apply(lambda row: misfit(calibration, row.to_dict()), axis=1)
    assert scores[few.index].to_numpy() == pytest.approx(again.to_numpy(), rel=1e-3)


def test_each_parameter_says_where_in_the_posterior_it_is():
    """If this fails, run `python -m tools.documentation.defaults`."""
    declared = load_scenario("builtin:today").schema.declarations
    said = {path: int(re.findall(r"at percentile (\d+)", declared[path].origin)[0]) for path in medoid()}
    assert said == percentiles()
    assumed = {path for path in medoid() if declared[path].origin.startswith("assumed")}
    assert assumed == set(load_manifest()["not_identified"])


def test_a_new_default_is_written_into_its_declaration():
    told = "calibrated: the typical draw, at percentile 12. Fitted to: 30-40"
    source = (
        "class Parameters(Mechanism):\n    rate: float = parameter(\n        0.5,\n        unit='-',\n"
        f'        origin="{told}, "\n        "and more",\n    )\n'
        '    other: float = parameter(\n        0.5,\n        origin="assumed: as always",\n    )\n'
    )
    found = rewritten(source, "rate", 0.25, 7, identified=True)
    joined = source.replace(', "\n        "and', ", and")
    assert found == joined.replace("0.5,\n        unit", "0.25,\n        unit").replace("percentile 12", "percentile 7")
    assumed = "assumed: the facts do not tell it; from the typical draw, at percentile 12. Held against: 30-40"
    assert rewritten(found, "rate", 0.5, 12, identified=False) == joined.replace(
        f"{told}, and more", f'{assumed}, and "\n        "more'
    )
    with pytest.raises(ValueError, match="no parameter other whose origin"):
        rewritten(source, "other", 1.0, 7, identified=True)


def test_the_program_still_does_what_the_table_says_of_its_defaults():
    """Means of eight worlds against the committed means; by chance, five errors occur in one of 100,000 runs."""
    worlds, table = 8, packaged_table().loc[RESPONSES]
    found: dict[str, list[float]] = {name: [] for name in RESPONSES}
    for world in range(worlds):
        lived = {run.scenario: run.outcomes for run in run_policies(Chunk("-", world, response_policies()), 11, ())}
        for name, (policy, outcome) in OUTCOMES_OF.items():
            found[name].append(lived[policy][outcome] - lived[RESPONSE_REFERENCE][outcome])
    error = table["world_sd"] * np.sqrt(1 / worlds + 1 / SHORT_LISTS[-1][1])
    assert (abs(pd.DataFrame(found).mean() - table["value"]) < 5 * error).all()
