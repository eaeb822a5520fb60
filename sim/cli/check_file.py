"""`hubsim check`: checks a scenario, experiment or calibration file, or a spreadsheet."""

from __future__ import annotations

from os import PathLike

from sim.scenario.errors import Problems
from sim.scenario.loading import load_alone
from sim.scenario.scenario import load_scenario
from sim.studies.experiment import load_experiment
from sim.studies.workbook import is_workbook


def check_file(path: str | PathLike[str]) -> int:
    """Check a file by its kind: calibration (`kind: calibration`), experiment (has `base` or `factors`), or scenario.

    A spreadsheet is an experiment.

    Returns:
        Number of values: all parameters of a scenario, or all values in an experiment or calibration file.

    Raises:
        ScenarioError: the file has mistakes; the error lists all of them.
    """
    if is_workbook(path):
        return load_experiment(path).tree.size
    _, tree = load_alone(path, Problems())
    kind = tree.at(("kind",))
    if kind is not None and kind.value == "calibration":
        from sim.inference.calibration_file import load_calibration  # late, because it needs the model

        load_calibration(path)
        return tree.size
    if "base" in tree.value or "factors" in tree.value:
        return load_experiment(path).tree.size
    return len(load_scenario(path).values)
