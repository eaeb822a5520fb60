"""Prior and posterior: the statistics, the committed table, and the sentences derived from its numbers."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from sim.cli.main import app
from sim.inference import run_calibration
from sim.inference.calibration_file import load_calibration
from sim.inference.contraction import (
    FOUNDERS,
    HARDLY,
    MAX_WIDTH,
    MIN_SHIFT,
    MOSTLY,
    QUANTITIES,
    PriorPosterior,
    Sample,
    load_prior_posterior,
    packaged_prior_posterior,
    prior_posterior_table,
    prior_sample,
    rows_of,
    sample_of,
    write_prior_posterior,
)
from sim.inference.entry import net_founders
from sim.inference.run_calibration import learn
from sim.inference.sampling import Likelihood, sample
from sim.inference.surrogate import Surrogate
from sim.model.ecosystem import EcosystemModel
from sim.parameters.posterior import load_bank, load_posterior
from sim.processes.network import approach
from sim.processes.population import monthly_mean
from sim.report import prior as words
from sim.studies.environment import environment
from sim.words.language import LANGUAGES, language

ROOT = Path(__file__).parents[2]
FILE = ROOT / "experiments" / "calibration.yaml"
READMES = {"en": "README.md", "fr": "README.fr.md", "ar": "README.ar.md"}


@pytest.fixture(scope="module")
def calibration():
    return load_calibration(FILE)


def drawn(values: np.ndarray, weights: np.ndarray | None = None, groups: int = 200) -> Sample:
    weights = np.ones(len(values)) if weights is None else weights
    return Sample(pd.DataFrame({"x": values}), pd.DataFrame(), weights / weights.sum(), groups)


def beside(prior: Sample, posterior: Sample) -> PriorPosterior:
    [row] = rows_of(prior_posterior_table(prior, posterior))
    return row


def test_a_normal_prior_and_posterior_give_the_known_contraction():
    """Standard deviations 2 and 1, means 0 and 1; four standard errors of 20,000 draws."""
    rng = np.random.default_rng(1)
    found = beside(drawn(2 * rng.standard_normal(20_000)), drawn(1 + rng.standard_normal(20_000)))
    assert found.contraction == pytest.approx(0.75, abs=0.02)
    assert found.contraction_low < 0.75 < found.contraction_high
    assert found.width_ratio == pytest.approx(0.5, rel=0.04)
    assert found.shift == pytest.approx(0.5, abs=0.06)
    assert (found.prior_low, found.prior_high) == pytest.approx((-3.92, 3.92), abs=0.16)
    assert (found.posterior_low_90, found.posterior_high_90) == pytest.approx((1 - 1.645, 1 + 1.645), abs=0.08)
    assert np.isnan(found.prior_idle) and found.finding == "somewhat"


def test_without_information_the_interval_holds_zero_as_often_as_it_says():
    """The standard error of 400 studies is 0.011 (binomial); the bound is four of them."""
    rng = np.random.default_rng(2)
    both = ([drawn(rng.exponential(size=2000)) for _ in range(2)] for _ in range(400))
    held = [(found := beside(*pair)).contraction_low < 0 < found.contraction_high for pair in both]
    assert np.mean(held) == pytest.approx(0.95, abs=0.044)


def test_draws_of_one_chain_do_not_count_as_several():
    """For autoregressive walkers, one draw is worth (1 - a) / (1 + a) independent draws."""
    rng, memory = np.random.default_rng(3), 0.8
    chain = np.empty((1000, 200))
    chain[0] = rng.standard_normal(200)
    for step in range(1, 1000):
        chain[step] = memory * chain[step - 1] + np.sqrt(1 - memory**2) * rng.standard_normal(200)
    found = beside(drawn(rng.standard_normal(40_000)), drawn(chain.ravel()))
    assert found.prior_draws == pytest.approx(40_000, rel=0.4)
    assert found.posterior_draws == pytest.approx(200_000 / 9, rel=0.4)
    assert found.contraction_low < 0 < found.contraction_high


def test_weights_turn_one_distribution_into_another():
    """Normal with standard deviation 3, weighted to 2: a mean of n such draws is worth n 4 / (0.75 (18 / 7)^1.5)."""
    rng = np.random.default_rng(4)
    wide = 3 * rng.standard_normal(40_000)
    weighted = drawn(wide, np.exp(-(wide**2) / 8 + wide**2 / 18))
    found = beside(weighted, drawn(2 * rng.standard_normal(40_000)))
    assert found.contraction == pytest.approx(0, abs=0.05)
    assert (found.prior_low_90, found.prior_high_90) == pytest.approx((-3.29, 3.29), abs=0.12)
    assert found.prior_draws == pytest.approx(51_737, rel=0.4)


def test_the_sampler_gives_a_flat_prior_back():
    """A move without the right acceptance ratio shows in the variance, which is a twelfth.

    Its mean over the parameters has a standard error of 0.55 % (six seeds); the bound is four of them.
    """
    count = 20
    names, zeros, ones = tuple(f"x{number}" for number in range(count)), np.zeros(count), np.ones(count)
    features = 1 + count + count * (count + 1) // 2
    flat = Surrogate(
        names, ("y",), zeros, ones, np.zeros(1), np.zeros((features, 1)), np.ones(1), np.ones(1), np.eye(1)
    )
    chains = sample(Likelihood(flat, (), (), 0.5, {}), steps=1500)
    assert 12 * chains.draws.var(axis=0).mean() == pytest.approx(1, abs=0.022)


def test_net_founders_are_what_the_model_expects(today):
    """Compared with the model's equation over twelve months with all hubs open, without founders who only relocate."""
    world = EcosystemModel(today)
    bundle = world.bundle
    bundle.hubs.is_open[:], bundle.hubs.places[:] = True, 1
    access = bundle.access
    approach(bundle.pull, bundle.hubs, access, bundle.nearest_hub)
    mean = monthly_mean(bundle.past.population) * bundle.geography.city_potential
    arrivals = 12 * (mean * np.expm1(today.values["induced_entry.response"] * access[0])).sum()
    share, response = today.values["induced_entry.displaced_share"], today.values["induced_entry.response"]
    [found] = net_founders(today.values)
    assert found == pytest.approx((1 - share) * arrivals, rel=1e-12) and found > 0
    both = net_founders(today.values | {"induced_entry.response": np.array([0.0, response])})
    assert both == pytest.approx([0, found], rel=1e-12)


@pytest.fixture(scope="module")
def surrogate(calibration):
    """The priors on moments under the surrogate of the packaged bank."""
    return learn(calibration, load_bank(), moments=[effect.name for effect in calibration.effects])


def test_the_committed_table_is_what_the_bank_says(calibration, surrogate):
    """The prior is computed from other draws, the posterior from the packaged draws; bounds are five standard errors.

    The standard error of a median is taken for 1.5 spreads over the root of the draws (normal: 1.25), that of a spread
    for 0.9 spreads over it (normal: 0.7); a ratio of spreads has both errors.
    """
    table = packaged_prior_posterior()
    assert [row.quantity for row in table] == list(QUANTITIES)
    prior = prior_sample(replace(calibration, seed=2), surrogate, draws=40_000)
    points = np.array([[draw[path] for path in calibration.priors] for draw in load_posterior()])
    posterior = sample_of(calibration, surrogate, points, len(points))
    for row, found in zip(table, rows_of(prior_posterior_table(prior, posterior)), strict=True):
        assert min(row.prior_draws, row.posterior_draws) > 2000, row.quantity
        for when, sampled in (("prior", prior), ("posterior", posterior)):
            own, spread = getattr(found, f"{when}_median"), sampled.spread(row.quantity)
            draws = 1 / (1 / getattr(row, f"{when}_draws") + 1 / getattr(found, f"{when}_draws"))
            assert getattr(row, f"{when}_median") == pytest.approx(own, abs=5 * 1.5 * spread / draws**0.5)
        draws = 1 / sum(1 / getattr(one, f"{when}_draws") for one in (row, found) for when in ("prior", "posterior"))
        left, now = (1 - one.contraction for one in (row, found))
        assert left**0.5 == pytest.approx(now**0.5, rel=5 * 0.9 / draws**0.5), row.quantity
        assert row.contraction_high - row.contraction_low < MAX_WIDTH, row.quantity


def test_the_table_is_rebuilt_from_a_bank_without_running_anything(tmp_path, monkeypatch):
    """The command writes it, with a small bank and short chains; only the packaged table's columns can be read."""
    load_bank().head(300).to_parquet(tmp_path / "bank.parquet")
    monkeypatch.setattr(run_calibration, "sample_until", lambda likelihood, seed, steps: sample(likelihood, 200, seed))
    monkeypatch.setattr(run_calibration, "run_waves", None)
    options = ["calibrate", str(FILE), "--contraction", "--bank", str(tmp_path / "bank.parquet"), "--out"]
    done = CliRunner().invoke(app, [*options, str(tmp_path / "found"), "--json"])
    assert done.exit_code == 0, done.output
    told, read = json.loads(done.stdout), load_prior_posterior(tmp_path / "found")
    assert [row["quantity"] for row in told] == [row.quantity for row in read] == list(QUANTITIES)
    assert [row["contraction"] for row in told] == pytest.approx([row.contraction for row in read], rel=1e-3)
    both = CliRunner().invoke(app, [*options, str(tmp_path / "found"), "--defaults"])
    assert both.exit_code == 2 and not (tmp_path / "found" / "typical.csv").exists()


def row(quantity: str = "effect_survival_5y", contraction: float = 0.0, width: float = 0.1, shift: float = 0.0):
    """A row whose contraction has an interval of a given lower end and width."""
    before = {"median": 0.04, "low": -0.01, "high": 0.1, "low_90": 0.0, "high_90": 0.09, "idle": 0.12, "draws": 5000.0}
    sides = {f"{when}_{name}": value for when in ("prior", "posterior") for name, value in before.items()}
    ends = {"contraction_low": contraction, "contraction_high": contraction + width}
    return PriorPosterior(quantity, **sides, contraction=contraction + width / 2, **ends, width_ratio=1.0, shift=shift)


SLIGHTLY = 0.001


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ({"contraction": -0.4}, "hardly"),
        ({"contraction": HARDLY - SLIGHTLY}, "hardly"),
        ({"contraction": HARDLY + SLIGHTLY}, "somewhat"),
        ({"contraction": MOSTLY - SLIGHTLY}, "somewhat"),
        ({"contraction": MOSTLY + SLIGHTLY}, "mostly"),
        ({"shift": MIN_SHIFT - SLIGHTLY}, "hardly"),
        ({"shift": MIN_SHIFT + SLIGHTLY}, "moved"),
        ({"shift": -MIN_SHIFT - SLIGHTLY}, "moved"),
        ({"contraction": HARDLY + SLIGHTLY, "shift": 1.0}, "somewhat"),
        ({"width": MAX_WIDTH - SLIGHTLY}, "hardly"),
        ({"width": MAX_WIDTH + SLIGHTLY}, "cannot be told"),
        ({"contraction": MOSTLY + SLIGHTLY, "width": MAX_WIDTH + SLIGHTLY}, "cannot be told"),
        ({"width": np.nan}, "cannot be told"),
    ],
)
def test_what_facts_do_to_a_quantity_follows_from_its_numbers(values, told):
    assert row(**values).finding == told
    sayings = {
        "hardly": "hardly narrow", "moved": "move this without", "somewhat": "narrow this somewhat",
        "mostly": "tell most of this", "cannot be told": "cannot be told from the draws",
    }  # fmt: skip
    said = " ".join(words.sentences(language("en"), [row(**values)]))
    assert [kind for kind, saying in sayings.items() if saying in said] == [told]
    assert ("do not identify" in said) == (told != "mostly")
    [(_, cells)] = words.table(language("en"), [row(**values)]).rows
    assert (cells[2].text == "cannot be told") == (told == "cannot be told")


def test_the_assumption_behind_survivors_is_named_until_facts_tell_most_of_it():
    unsure, known = (row(FOUNDERS, contraction) for contraction in (MOSTLY - SLIGHTLY, MOSTLY + SLIGHTLY))
    assert "rests on an assumption" in " ".join(words.sentences(language("en"), [unsure]))
    assert "assumption" not in " ".join(words.sentences(language("en"), [known]))
    assert "assumption" not in " ".join(words.sentences(language("en"), [row()]))


@pytest.mark.parametrize("code", LANGUAGES)
def test_the_table_has_every_quantity_with_its_numbers(code):
    t = language(code)
    table = words.table(t)
    assert len(table.rows) == len(QUANTITIES)
    for (head, cells), found in zip(table.rows, packaged_prior_posterior(), strict=True):
        assert t(found.words.label) in head and len(cells) == len(table.headings) - 1
        for cell, when in zip(cells, ("prior", "posterior"), strict=False):
            for end in ("median", "low", "high"):
                value = found.words.scale * getattr(found, f"{when}_{end}")
                assert t.number(value, found.words.decimals) in cell.text
        assert t.number(found.contraction, 2) in cells[2].text


def test_a_moment_that_has_no_label_keeps_its_name(tmp_path):
    rng = np.random.default_rng(5)
    write_prior_posterior(tmp_path, prior_posterior_table(drawn(rng.random(2000)), drawn(rng.random(2000))))
    [found] = load_prior_posterior(tmp_path)
    assert words.table(language("en"), [found]).rows[0][0] == "x"


@pytest.mark.parametrize("code", READMES)
def test_the_readme_says_what_the_table_says(code):
    t, text = language(code), " ".join((ROOT / READMES[code]).read_text(encoding="utf-8").split())
    table = {found.quantity: found for found in packaged_prior_posterior()}
    effect, founders = table["effect_survival_5y"], table[FOUNDERS]
    said = [t.number(effect.contraction, 2), t.percent(effect.prior_idle), t.percent(effect.posterior_idle)]
    for found, when in ((found, when) for found in (effect, founders) for when in ("prior", "posterior")):
        ends = (found.words.scale * getattr(found, f"{when}_{end}_90") for end in ("low", "high"))
        low, high = (t.number(end, found.words.decimals) for end in ends)
        said.append(t("{low} to {high}", low=low, high=high))
    assert [words for words in said if " ".join(words.split()) not in text] == []
    assert effect.finding == "hardly", "it says that the facts add next to nothing"
    assert founders.finding in ("hardly", "somewhat"), "it says that the response is an assumption"


def test_a_table_that_no_world_reads_does_not_make_results_older(tmp_path, monkeypatch):
    def digest() -> str:
        return environment()["data"]

    monkeypatch.setattr("sim.studies.environment.folder", lambda: tmp_path)
    (tmp_path / "facts.csv").write_text("id\n", encoding="utf-8")
    before = digest()
    write_prior_posterior(tmp_path, pd.DataFrame())
    assert digest() == before
    (tmp_path / "facts.csv").write_text("id\nother\n", encoding="utf-8")
    assert digest() != before
