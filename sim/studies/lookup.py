"""Which scenarios a command means: paths, names, or the policies that lie in the working folder."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from os import PathLike, fspath
from pathlib import Path
from typing import TYPE_CHECKING

from sim.errors import StudyError, suggestion
from sim.scenario.loading import FOLDER
from sim.system.paths import is_there
from sim.system.text import composed, on_disk, path_text

if TYPE_CHECKING:
    from sim.scenario import Problem, Scenario
    from sim.studies.experiment import Experiment

EXPERIMENTS = Path("experiments")
SUFFIXES = (".yaml", ".yml")


def policies() -> dict[str, str]:
    """What a comparison is about by default: the files of `scenarios/` here, or those of the package without any."""
    from sim.scenario import builtin_scenarios

    return _own(FOLDER) or dict(builtin_scenarios())


def _known() -> dict[str, str]:
    """Policies that have a name here: those of the package, and the files of `scenarios/`, which come first."""
    from sim.scenario import builtin_scenarios

    return {**dict(builtin_scenarios()), **_own(FOLDER)}


def _own(folder: Path) -> dict[str, str]:
    """Files by name; raises StudyError when two have the same."""
    found: dict[str, str] = {}
    for file in sorted(file for suffix in SUFFIXES for file in folder.glob(f"*{suffix}")):
        if (name := composed(file.stem)) in found:
            raise StudyError(f"{found[name]} and {file} have the same name; rename one of them")
        found[name] = str(file)
    return found


def locate(name: str) -> str:
    """Path of a scenario given by path, by `builtin:name`, or by the bare name of a policy.

    Raises StudyError with the nearest name for a bare name that no policy has.
    """
    return _found(name, _known(), "scenario file and no policy")


def locate_experiment(name: str) -> str:
    """The same for an experiment: a file of `experiments/` here, or one that comes with the package.

    Raises StudyError with the nearest name for a bare name that no experiment has.
    """
    return _found(name, _experiments(), "experiment file and no experiment")


def locate_any(name: str) -> str:
    """Path of a scenario or an experiment; raises StudyError with the nearest name."""
    return _found(name, {**_experiments(), **_known()}, "file and no policy or experiment")


def _experiments() -> dict[str, str]:
    from sim.scenario import builtin_experiments

    return {**dict(builtin_experiments()), **_own(EXPERIMENTS)}


def _found(name: str, known: dict[str, str], what: str) -> str:
    if composed(name) in known:
        return known[composed(name)]
    name = on_disk(path_text("the file", name))
    if name.startswith("builtin:") or name.endswith(SUFFIXES) or "/" in name or is_there(name):
        return name
    raise StudyError(f"there is no {what} called {name!r}{suggestion(name, sorted(known), 'there are')}")


def all_scenarios(scenarios: Iterable[Scenario | str | PathLike[str]]) -> list[Scenario]:
    """The scenarios of a list or any other iterable; names and paths among them are loaded.

    Raises:
        StudyError: it is no iterable, or holds something else.
        ScenarioError: with the mistakes of all files.
    """
    if isinstance(scenarios, str | PathLike) or not isinstance(scenarios, Iterable):
        raise StudyError(f"scenarios is one {type(scenarios).__name__}, but must be a list of scenarios")
    given = list(scenarios)
    for place, one in enumerate(given):
        if not isinstance(one, str | PathLike) and not hasattr(one, "history_digest"):
            raise StudyError(
                f"scenarios[{place}] is of the kind {type(one).__name__}, but must be a scenario (see "
                "sim.load_scenario), the name of a policy, or the path of a file"
            )
    loaded = iter(load_all([fspath(one) for one in given if isinstance(one, str | PathLike)]))
    return [next(loaded) if isinstance(one, str | PathLike) else one for one in given]


def one_experiment(experiment: Experiment | str | PathLike[str]) -> Experiment:
    """The experiment, loaded if it is the path of a file.

    Raises:
        StudyError: it is something else.
        ScenarioError: with the mistakes of the file.
    """
    from sim.studies.experiment import load_experiment

    if isinstance(experiment, str | PathLike):
        return load_experiment(experiment)
    if not hasattr(experiment, "design"):
        raise StudyError(
            f"experiment is of the kind {type(experiment).__name__}, but must be one that load_experiment gives, or "
            "the path of a file"
        )
    return experiment


def load_all(names: Sequence[str]) -> list[Scenario]:
    """Load scenarios; raises one ScenarioError with the mistakes of all of them."""
    from sim.scenario import ScenarioError, load_scenario

    loaded: list[Scenario] = []
    problems: list[Problem] = []
    for name in names:
        try:
            loaded.append(load_scenario(locate(name)))
        except ScenarioError as error:
            problems.extend(error.problems)
    if problems:
        raise ScenarioError(problems)
    return loaded


def with_reference(scenarios: list[Scenario], reference: str) -> tuple[list[Scenario], str]:
    """Put the reference first, fetching it when it was not named; return its key too.

    Raises StudyError with the nearest name when there is no such policy.
    """
    reference = composed(reference)
    key = Path(reference).stem if reference.endswith(SUFFIXES) else reference.removeprefix("builtin:")
    keys = [scenario.key for scenario in scenarios]
    if key in keys:
        return sorted(scenarios, key=lambda scenario: scenario.key != key), key
    if reference == key and key not in _known():
        end = suggestion(key, sorted({*keys, *_known()}), "there are")
        raise StudyError(f"--reference {key}: there is no such policy{end}")
    return [*load_all([reference]), *scenarios], key
