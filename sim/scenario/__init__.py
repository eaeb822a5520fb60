"""The scenario language: reads and checks the YAML files that people write, and builds scenarios from them."""

from sim.scenario.errors import DEFAULT, Origin, Problem, ScenarioError
from sim.scenario.loading import builtin_experiments, builtin_scenarios
from sim.scenario.scenario import Row, Scenario, load_scenario, show_rows
from sim.scenario.schema import Schema, Time, scenario_schema, schema

__all__ = [
    "DEFAULT",
    "Origin",
    "Problem",
    "Row",
    "Scenario",
    "ScenarioError",
    "Schema",
    "Time",
    "builtin_experiments",
    "builtin_scenarios",
    "load_scenario",
    "scenario_schema",
    "schema",
    "show_rows",
]
