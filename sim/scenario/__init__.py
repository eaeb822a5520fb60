"""The scenario language: files that a person writes, checked and turned into scenarios and experiments."""

from sim.scenario.checking import check_file
from sim.scenario.errors import DEFAULT, Origin, Problem, ScenarioError
from sim.scenario.experiment import Experiment, Factor, experiment_schema, load_experiment
from sim.scenario.loading import builtin_experiments, builtin_scenarios
from sim.scenario.scenario import Row, Scenario, load_scenario, show_rows
from sim.scenario.schema import Schema, Time, scenario_schema, schema

__all__ = [
    "DEFAULT",
    "Experiment",
    "Factor",
    "Origin",
    "Problem",
    "Row",
    "Scenario",
    "ScenarioError",
    "Schema",
    "Time",
    "builtin_experiments",
    "builtin_scenarios",
    "check_file",
    "experiment_schema",
    "load_experiment",
    "load_scenario",
    "scenario_schema",
    "schema",
    "show_rows",
]
