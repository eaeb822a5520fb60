"""Startups, hubs and funders are Mesa agents; the set of startups does what Mesa's own agent sets do."""

from __future__ import annotations

import copy
from random import Random

import mesa
import numpy as np
import pytest
from laboratory import branch, series
from mesa.agentset import AbstractAgentSet, AgentSet

import sim
from sim.declare.states import Cause
from sim.model.funder import Funder
from sim.model.hub import Hub
from sim.model.startup import Startup
from sim.processes import COLUMNS

MIRRORED = ("number", "region", "sector", "hub", "cash", "revenue", "quality", "exporter", "skills")


@pytest.fixture(scope="module")
def young(today):
    """A world of two years: small enough to hold every startup as an ordinary Mesa agent too."""
    model = sim.EcosystemModel(today.with_values({"time.start": "2022-01", "time.present": "2023-06"}))
    model.run_until(model.scenario.present_months)
    return model


@pytest.fixture(scope="module")
def both(young):
    """The startups of a world, and Mesa's own set of ordinary agents with the same attributes."""
    plain = mesa.Model(rng=1)

    class Mirror(mesa.Agent):
        def richer_than(self, limit):
            return self.cash > limit

    agents = []
    for startup in young.agents_by_type[sim.Startup]:
        agent = Mirror(plain)
        for name in MIRRORED:
            setattr(agent, name, getattr(startup, name))
        agents.append(agent)
    # A fixture that yields keeps its model, and that its agents, which Mesa's set holds weakly.
    yield young.agents_by_type[sim.Startup], AgentSet(agents, random=Random(1))


def numbers(agents):
    return [agent.number for agent in agents]


def test_it_is_an_agent_set_of_agents(both):
    startups, mesas = both
    assert isinstance(startups, AbstractAgentSet) and len(startups) == len(mesas) > 500
    assert all(isinstance(startup, mesa.Agent) for startup in startups)
    assert numbers(startups) == numbers(mesas)
    assert numbers(startups.to_list()) == numbers(mesas.to_list())
    first = next(iter(startups))
    assert first in startups and first == startups[0] and first.unique_id == startups[0].unique_id
    assert next(iter(mesas)) not in startups


@pytest.mark.parametrize(
    "arguments",
    [
        {},
        {"filter_func": lambda agent: agent.cash > 300},
        {"filter_func": lambda agent: agent.hub >= 0 and agent.sector == 1},
        {"at_most": 17},
        {"at_most": 0.25},
        {"at_most": 1.0},
        {"at_most": 0},
        {"filter_func": lambda agent: agent.exporter, "at_most": 3},
        {"filter_func": lambda agent: False},
        {"agent_type": mesa.Agent},
    ],
    ids=range(10),
)
def test_select_chooses_what_mesa_chooses(both, arguments):
    startups, mesas = both
    assert numbers(startups.select(**arguments)) == numbers(mesas.select(**arguments))
    again = {"filter_func": lambda agent: agent.revenue > 20}
    assert numbers(startups.select(**arguments).select(**again)) == numbers(mesas.select(**arguments).select(**again))


def test_select_by_type(both):
    startups, _ = both
    assert len(startups.select(agent_type=sim.Startup)) == len(startups)
    assert len(startups.select(agent_type=Hub)) == 0


@pytest.mark.parametrize("name", ["cash", "region", "exporter", "number"])
def test_get_and_agg_give_what_mesa_gives(both, name):
    startups, mesas = both
    assert startups.get(name) == mesas.get(name)
    for function in (np.mean, min, max, sum, len):
        assert startups.agg(name, function) == mesas.agg(name, function)
    assert startups.agg(name, [min, max]) == mesas.agg(name, [min, max])
    chosen = {"filter_func": lambda agent: agent.sector == 2}
    assert startups.select(**chosen).agg(name, sum) == mesas.select(**chosen).agg(name, sum)


def test_get_handles_several_and_missing_names_as_mesa_does(both):
    for agents in both:
        assert agents.get(["number", "cash"])[3] == [agents.get("number")[3], agents.get("cash")[3]]
        assert set(agents.get("altitude", handle_missing="default", default_value=7)) == {7}
        pairs = agents.get(["cash", "altitude"], handle_missing="default", default_value=0.5)
        assert pairs[0] == [agents.get("cash")[0], 0.5]
        with pytest.raises(AttributeError, match="altitude"):
            agents.get("altitude")
        with pytest.raises(ValueError, match="handle_missing"):
            agents.get("cash", handle_missing="ignore")


@pytest.mark.parametrize("by", ["region", "exporter", lambda agent: agent.hub >= 0], ids=["int", "bool", "function"])
def test_groupby_groups_as_mesa_does(both, by):
    startups, mesas = both
    ours, theirs = startups.groupby(by), mesas.groupby(by)
    assert ours.count() == theirs.count() and list(ours.groups) == list(theirs.groups)
    assert ours.agg("cash", max) == theirs.agg("cash", max)
    assert ours.map(len) == theirs.map(len)
    assert {key: numbers(group) for key, group in ours} == {key: numbers(group) for key, group in theirs}
    lists = startups.groupby(by, result_type="list")
    assert {key: numbers(group) for key, group in lists} == {key: numbers(group) for key, group in theirs}
    total = sum(group.agg("revenue", sum) for _, group in ours)
    assert total == pytest.approx(startups.agg("revenue", sum))


@pytest.mark.parametrize("key", ["cash", "region", lambda agent: -agent.quality], ids=["float", "ties", "function"])
@pytest.mark.parametrize("ascending", [True, False])
def test_sort_orders_as_mesa_does_also_among_equals(both, key, ascending):
    startups, mesas = both
    assert numbers(startups.sort(key, ascending=ascending)) == numbers(mesas.sort(key, ascending=ascending))
    assert numbers(startups) == numbers(mesas)


def test_map_and_do_call_functions_and_methods_as_mesa_does(both):
    startups, mesas = both
    assert startups.map(lambda agent, more: agent.cash + more, 5) == mesas.map(lambda agent, more: agent.cash + more, 5)
    assert startups.map("__getattribute__", "number") == numbers(mesas)
    for agents in both:
        seen = []
        assert agents.do(lambda agent, seen=seen: seen.append(agent.number)) is agents
        assert seen == numbers(agents)
        mixed = []
        agents.shuffle_do(lambda agent, mixed=mixed: mixed.append(agent.number))
        assert mixed != seen and sorted(mixed) == sorted(seen)


def test_shuffle_gives_the_same_members_in_another_order(both):
    for agents in both:
        before = numbers(agents)
        shuffled = agents.shuffle()
        assert numbers(shuffled) != before and sorted(numbers(shuffled)) == sorted(before)
        assert numbers(agents) == before


def test_a_copy_stays_when_the_set_changes(young):
    model = young.fork(young.scenario)
    startups = model.agents_by_type[sim.Startup]
    kept, shallow = startups.select(), copy.copy(startups)
    model.run_until(model.months_done + 3)
    assert len(kept) == len(shallow) == len(young.startups) != len(startups)


def test_set_sets_every_member(young):
    model = young.fork(young.scenario)
    startups = model.agents_by_type[sim.Startup]
    poor = startups.select(lambda startup: startup.cash < 100)
    assert poor.set("cash", 55.0) is poor
    assert set(poor.get("cash")) == {55.0}
    assert np.count_nonzero(model.startups.cash == 55.0) == len(poor)
    assert not np.any(young.startups.cash == 55.0)


def test_a_mesa_data_collector_collects(young):
    model = young.fork(young.scenario)
    collector = mesa.DataCollector(
        model_reporters={
            "active": lambda model: len(model.agents_by_type[sim.Startup]),
            "cash": lambda model: model.agents_by_type[sim.Startup].agg("cash", sum),
            "months": "months_done",
        },
        agenttype_reporters={sim.Startup: {"cash": "cash", "hub": "hub"}, Hub: {"residents": "residents"}},
    )
    for _ in range(3):
        model.step()
        collector.collect(model)
    table = collector.get_model_vars_dataframe()
    assert table["active"].tolist() == series(model, "active")[-3:].tolist()
    assert table["cash"].iloc[-1] == pytest.approx(model.startups.cash.sum())
    startups = collector.get_agenttype_vars_dataframe(sim.Startup)
    assert startups.groupby("Step").size().tolist() == table["active"].tolist()
    last = startups.xs(model.steps, level="Step")
    assert last["cash"].sum() == pytest.approx(model.startups.cash.sum())
    assert last.index[0] == next(iter(model.agents_by_type[sim.Startup])).unique_id
    assert collector.get_agenttype_vars_dataframe(Hub)["residents"].iloc[-1] == model.hubs[-1].residents


def test_all_agents_of_the_model_are_there(young):
    assert len(young.agents_by_type[Hub]) == len(young.hubs) == 6
    assert len(young.agents_by_type[Funder]) == len(young.funders)
    assert len(young.agents) == len(young.startups) + len(young.hubs) + len(young.funders)
    assert {type(agent) for agent in young.agents} == {Startup, Hub, Funder}
    identifiers = [agent.unique_id for agent in young.agents]
    assert len(set(identifiers)) == len(identifiers)


def test_cells_know_who_is_there(young):
    everybody = [agent for cell in young.space.all_cells for agent in cell.agents]
    assert sorted(agent.unique_id for agent in everybody) == sorted(agent.unique_id for agent in young.agents)
    hub = young.hubs[0]
    here = young.space[hub.cell.coordinate].agents
    assert hub in here
    startup = next(agent for agent in here if isinstance(agent, Startup))
    assert startup.cell is hub.cell and startup.pos == hub.cell.coordinate
    assert startup.city in young.geography.cities_of[hub.cell.coordinate]


def test_a_startup_reads_its_columns(young):
    startup = young.startups[7]
    assert all(getattr(startup, name) == getattr(young.startups, name)[7] for name in COLUMNS)
    assert startup.active and startup.model is young and str(startup.unique_id) in repr(startup)
    with pytest.raises(AttributeError, match="altitude"):
        _ = startup.altitude
    with pytest.raises(AttributeError, match="altitude"):
        startup.altitude = 3
    with pytest.raises(AttributeError, match="csah"):
        startup.csah = 0


def test_cash_set_to_nothing_has_its_consequence_next_month(young):
    """Who does not earn the month's cost and has no cash cannot pay; a third closes at once."""
    model, twin = young.fork(young.scenario), young.fork(young.scenario)
    margin, cost = model.parameters.cash.margin, model.parameters.cash.fixed_cost
    losing = model.agents_by_type[sim.Startup].select(
        lambda startup: margin * startup.revenue < cost - 5 and startup.cash > 50 and startup.hub < 0
    )
    assert len(losing) > 60
    for startup in losing:
        startup.cash = 0
    for one in (model, twin):
        one.step()
    failed = [startup for startup in losing if not startup.active and startup.cause == Cause.INSOLVENT]
    assert 0.15 * len(losing) < len(failed) < 0.5 * len(losing)
    spared = [twin.startups.value(startup.number, "cause") for startup in losing]
    assert Cause.INSOLVENT not in spared
    poor = [startup for startup in losing if startup.active and startup.loan_debt == startup.honour_debt == 0]
    for startup in poor:
        if startup.grant < 0 and startup.equity < 0 and startup.hub < 0:
            assert startup.cash < 0 < twin.startups.value(startup.number, "cash")


def test_remove_closes_a_startup_now(young):
    model = young.fork(young.scenario)
    model.step()
    startups = model.agents_by_type[sim.Startup]
    resident = next(startup for startup in startups if startup.hub >= 0)
    hub, count, number = resident.hub, len(startups), resident.number
    resident.remove()
    assert not resident.active and resident not in startups and len(startups) == count - 1
    assert resident.cause == Cause.CLOSED and resident.closed == model.month and resident.hub == -1
    assert resident.home_hub == hub
    with pytest.raises(AttributeError, match="closed"):
        resident.cash = 10
    with pytest.raises(KeyError):
        startups.remove(resident)
    startups.discard(resident)
    resident.remove()
    assert len(startups) == count - 1
    model.step()
    assert model.startups.row_of[number] == -1
    assert model.startups.founded_total == model.startups.count + model.startups.archive("number").size


def test_a_removal_keeps_the_books(young):
    model = sim.EcosystemModel(young.scenario, check_accounts=True)
    model.run_until(10)
    for startup in model.agents_by_type[sim.Startup].select(at_most=5):
        startup.remove()
    model.run_until(12)
    gained = series(model, "founded") - series(model, "failed") - series(model, "acquired")
    assert np.array_equal(np.cumsum(gained), series(model, "active"))


def test_startups_are_not_made_by_hand(both):
    startups, mesas = both
    with pytest.raises(TypeError, match="founded"):
        startups.add(next(iter(mesas)))
    with pytest.raises(TypeError, match="in place"):
        startups.select(lambda startup: True, inplace=True)


def test_hubs_and_funders_say_who_they_are(young):
    assert "Casablanca" in repr(young.hubs[0]) and "places" in repr(young.hubs[0])
    assert young.funders[0].name in repr(young.funders[0])


def test_the_startups_table_has_a_row_each(young):
    table = young.startups_table()
    assert len(table) == len(young.startups) and {"key", "cash", "hub"} <= set(table.columns)
    assert table["founded"].dtype == np.int32 and np.array_equal(table["founded"], young.startups.founded)


def test_openings_and_closings_are_mesa_events(young):
    policy = young.scenario.with_values(
        {
            "network.openings": [{"hub": "Oujda", "opens": "2023-10", "places": 25}],
            "network.closures": [{"hub": "Oujda", "closes": "2024-02"}],
        }
    )
    model = young.fork(policy)
    oujda = next(hub for hub in model.hubs if hub.name == "Oujda")
    distance = model.space.hub_distance.data
    assert oujda.cell is model.space.cell_of(oujda.city) and distance[oujda.cell.coordinate] > 200
    opened = []
    for _ in range(10):
        model.step()
        opened.append(oujda.is_open)
    assert opened == [False] * 3 + [True] * 4 + [False] * 3
    assert oujda.places == 0 and np.count_nonzero(model.startups.hub == oujda.index) == 0
    left = model.startups.everyone("left")[model.startups.everyone("home_hub") == oujda.index]
    assert left.size > 0 and left.max() == model.months_until("2024-02")


def test_stepping_by_mesas_own_clock_is_the_same(young):
    one, other = young.fork(young.scenario), branch(young, young.scenario, months=4)
    one.run_for(4)
    assert one.time == other.time and np.array_equal(np.sort(one.startups.cash), np.sort(other.startups.cash))
