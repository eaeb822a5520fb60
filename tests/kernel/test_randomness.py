"""The random numbers are uniform, independent, stable, and nobody draws any others.

Every statistical test has fixed seeds, so it gives the same answer each time; its limit is what a fair
generator exceeds with probability ERROR_RATE at most.
"""

from __future__ import annotations

import ast
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from laboratory import differences, run
from scipy import stats

import sim
from sim.kernel.randomness import Stream, Streams, combine, finalise, poisson_quantile
from sim.model.ecosystem import EcosystemModel
from sim.processes import STREAMS

ERROR_RATE = 1e-4
SIZE = 20_000
STARTUPS = combine(np.arange(SIZE))
SOURCE = Path(sim.__file__).parent


def draws(seed=1, replication=0, name="revenue.shock", month=0, keys=STARTUPS):
    return Streams(seed, replication, 300)[name].uniform(month, keys)


WORLDS = [
    {},
    {"seed": 2},
    {"seed": 2**63 + 5},
    {"replication": 1},
    {"replication": 99},
    {"name": "closure.event"},
    {"name": "closure.events"},
    {"month": 1},
    {"month": 299},
    {"keys": combine(np.arange(SIZE), 1)},
    {"keys": np.arange(SIZE, dtype=np.uint64)},
    {"keys": np.arange(SIZE, dtype=np.uint64) << np.uint64(40)},
]


def _key_of(word: int) -> np.ndarray:
    """The key, in a month whose own word is 0, whose draw comes from this 64-bit word."""
    bits = 2**64 - 1
    for inverse in (
        lambda x: x ^ x >> 27 ^ x >> 54,
        lambda x: x * pow(0x1C69B3F74AC4AE35, -1, 2**64) & bits,
        lambda x: x ^ x >> 33,
        lambda x: x * pow(0x3C79AC492BA7B653, -1, 2**64) & bits,
        lambda x: x ^ x >> 27 ^ x >> 54,
    ):
        word = inverse(word)
    return np.array([word], dtype=np.uint64)


def test_the_most_extreme_draws_are_inside_the_open_interval():
    stream = Stream("any", np.zeros(1, dtype=np.uint64))
    for word in (0, 1, 2**63, 2**64 - 1):
        key = _key_of(word)
        assert finalise(key.copy())[0] == word
        assert 0 < stream.uniform(0, key)[0] < 1
        assert np.isfinite(stream.normal(0, key)[0])


def test_draws_are_what_the_documentation_says():
    """The finaliser in plain integers: any other implementation must give the same bits."""
    month, bits = 0x0123456789ABCDEF, 2**64 - 1
    found = Stream("any", np.array([month], dtype=np.uint64)).uniform(0, STARTUPS[:200])
    for key, uniform in zip(STARTUPS[:200].tolist(), found.tolist(), strict=True):
        word = key ^ month
        word = (word ^ word >> 27) * 0x3C79AC492BA7B653 & bits
        word = (word ^ word >> 33) * 0x1C69B3F74AC4AE35 & bits
        word ^= word >> 27
        assert uniform == (word >> 11) * 2.0**-53 + 2.0**-54


def test_one_month_for_all_or_one_for_each_gives_the_same_draws():
    stream, months = Streams(1, 0, 300)["closure.event"], np.arange(200) % 7
    each = stream.uniform(months, STARTUPS[:200])
    assert all(each[row] == stream.uniform(int(months[row]), STARTUPS[row : row + 1])[0] for row in range(200))


@pytest.mark.parametrize("world", WORLDS, ids=range(len(WORLDS)))
def test_draws_are_uniform_on_the_open_interval(world):
    values = draws(**world)
    assert values.min() > 0 and values.max() < 1
    assert stats.kstest(values, "uniform").pvalue > ERROR_RATE
    counts = np.bincount((values * 256).astype(int), minlength=256)
    assert stats.chisquare(counts).pvalue > ERROR_RATE


@pytest.mark.parametrize("world", WORLDS, ids=range(len(WORLDS)))
def test_the_last_bits_are_as_fair_as_the_first(world):
    bits = (draws(**world) * 2**52).astype(np.uint64)
    ones = np.array([np.count_nonzero(bits >> np.uint64(place) & np.uint64(1)) for place in range(52)])
    limit = stats.norm.isf(ERROR_RATE / 52 / 2) * np.sqrt(SIZE) / 2
    assert np.abs(ones - SIZE / 2).max() < limit


def test_other_seeds_replications_streams_months_and_keys_are_independent():
    values = [draws(**world) for world in WORLDS]
    pairs = list(combinations(values, 2))
    limit = stats.norm.isf(ERROR_RATE / len(pairs) / 2) / np.sqrt(SIZE)
    for first, second in pairs:
        assert abs(np.corrcoef(first, second)[0, 1]) < limit
        assert abs(np.corrcoef(np.abs(first - 0.5), np.abs(second - 0.5))[0, 1]) < limit


def test_no_two_streams_share_their_draws():
    values = np.array([draws(name=name)[:2000] for name in STREAMS])
    correlation = np.corrcoef(values) - np.eye(len(STREAMS))
    pairs = len(STREAMS) * (len(STREAMS) - 1) / 2
    assert np.abs(correlation).max() < stats.norm.isf(ERROR_RATE / pairs / 2) / np.sqrt(2000)


def test_a_startups_months_are_independent():
    stream = Streams(1, 0, 300)["revenue.shock"]
    values = np.array([stream.normal(month, STARTUPS[:2000]) for month in range(300)])
    limit = stats.norm.isf(ERROR_RATE / 20 / 2) / np.sqrt(values.size)
    for lag in range(1, 11):
        assert abs((values[lag:] * values[:-lag]).mean()) < limit
        assert abs((values[:, lag:] * values[:, :-lag]).mean()) < limit


def test_one_changed_bit_of_a_key_changes_half_of_the_bits():
    keys = STARTUPS[:500]
    plain = (draws(keys=keys) * 2**53).astype(np.uint64)
    for place in range(64):
        moved = plain ^ (draws(keys=keys ^ np.uint64(1 << place)) * 2**53).astype(np.uint64)
        share = np.unpackbits(moved.view(np.uint8)).sum() / (53 * keys.size)
        assert abs(share - 0.5) < stats.norm.isf(ERROR_RATE / 64 / 2) * 0.5 / np.sqrt(53 * keys.size)


def test_keys_do_not_collide_and_the_order_of_their_parts_matters():
    grid = np.arange(300)
    keys = combine(grid[:, None, None], grid[None, :, None], np.arange(12))
    assert np.unique(keys).size == keys.size
    assert combine(1, 2) != combine(2, 1)
    assert combine(0) != combine(0, 0)


def test_normals_have_the_moments_of_a_normal():
    values = Streams(3, 0, 10)["revenue.shock"].normal(4, combine(np.arange(200_000)))
    error = stats.norm.isf(ERROR_RATE / 8) / np.sqrt(values.size)
    assert abs(values.mean()) < error
    assert abs(values.var() - 1) < error * np.sqrt(2)
    assert abs(stats.skew(values)) < error * np.sqrt(6)
    assert abs(stats.kurtosis(values)) < error * np.sqrt(24)
    assert stats.kstest(values, "norm").pvalue > ERROR_RATE


def test_events_happen_with_their_probability():
    stream = Streams(3, 0, 10)["closure.event"]
    for probability in (0.0, 0.003, 0.2, 0.5, 0.97, 1.0):
        happened = np.count_nonzero(stream.below(0, STARTUPS, probability))
        assert abs(happened - SIZE * probability) <= stats.norm.isf(ERROR_RATE / 12) * np.sqrt(
            SIZE * probability * (1 - probability)
        )


@given(
    st.lists(st.floats(0, 1, exclude_min=True, exclude_max=True), min_size=1, max_size=20),
    st.floats(0, 60),
)
def test_poisson_counts_are_the_quantiles_of_the_law(uniform, mean):
    uniform = np.array(uniform)
    found = poisson_quantile(uniform, mean)
    expected = stats.poisson.ppf(uniform, mean) if mean > 0 else np.zeros(uniform.size)
    # At a step of the distribution function two roundings of the same sum may fall on either side.
    step = np.isclose(stats.poisson.cdf(np.minimum(found, expected), mean), uniform, rtol=1e-12, atol=0)
    assert np.all((found == expected) | step)


def test_poisson_counts_rise_with_the_mean():
    uniform = draws()[:1000]
    means = np.linspace(0, 30, 61)
    counts = poisson_quantile(uniform, means[:, None])
    assert np.all(np.diff(counts, axis=0) >= 0)
    assert np.all(counts[0] == 0)


def test_a_nearer_horizon_draws_the_same_numbers():
    for month in (0, 7, 119):
        assert np.array_equal(
            Streams(1, 0, 120)["exports.stop"].uniform(month, STARTUPS),
            Streams(1, 0, 300)["exports.stop"].uniform(month, STARTUPS),
        )


def test_stream_names_are_unique():
    assert len(set(STREAMS)) == len(STREAMS)


def test_a_world_uses_the_declared_streams_and_no_others(world_none, today):
    used = set(world_none.streams.names)
    assert used <= set(STREAMS)
    missions = run(
        today.with_values(
            {
                "time.start": "2021-01",
                "time.present": "2021-12",
                "time.end": "2022-12",
                "missions.per_year": 12,
            }
        )
    )
    assert used | set(missions.streams.names) == set(STREAMS)


def _uses_of_randomness(tree: ast.AST):
    """Names of random modules and generators that a source file reads or imports."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names if name.name.split(".")[0] in ("random", "secrets"))
        elif isinstance(node, ast.ImportFrom):
            names = {name.name for name in node.names}
            if node.module in ("random", "secrets", "numpy.random") and names != {"Random"}:
                yield node.module
        elif isinstance(node, ast.Attribute):
            text = ast.unparse(node)
            if text.startswith(("np.random", "numpy.random")) or node.attr in ("rng", "default_rng"):
                yield text


def test_the_model_draws_from_no_other_generator():
    """`random.Random` may be named: Mesa's own generator is handed on for `shuffle`, and only for it."""
    files = [*SOURCE.glob("*.py"), *SOURCE.glob("processes/*.py"), *SOURCE.glob("agents/*.py")]
    assert len(files) > 30
    for file in files:
        if file.name != "randomness.py":
            found = list(_uses_of_randomness(ast.parse(file.read_text(encoding="utf-8"))))
            assert not found, f"{file.name} uses {found}"


def test_mesas_generator_decides_nothing(compact):
    plain, disturbed = EcosystemModel(compact), EcosystemModel(compact)
    plain.run_until(60)
    while disturbed.months_done < 60:
        disturbed.random.random()
        disturbed.rng.random()
        disturbed.step()
    assert not differences(disturbed, plain)
