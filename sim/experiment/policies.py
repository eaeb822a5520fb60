"""Which scenarios a command means: paths, names, or the policies that lie in the working folder."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from difflib import get_close_matches
from os import PathLike, fspath
from pathlib import Path
from typing import TYPE_CHECKING

from sim.experiment.study import StudyError
from sim.files import is_there
from sim.text import composed, on_disk, path_text

if TYPE_CHECKING:
    from sim.scenario import Experiment, Problem, Scenario

FOLDER = Path("scenarios")
SUFFIXES = (".yaml", ".yml")


def policies() -> dict[str, str]:
    """Policies by key: the files of `scenarios/` here, or those of the package when it has none."""
    from sim.scenario import builtin_scenarios

    here = {composed(file.stem): str(file) for file in sorted(FOLDER.glob("*.yaml"))}
    return here or dict(builtin_scenarios())


def locate(name: str) -> str:
    """Path of a scenario given by path, by `builtin:name`, or by the bare name of a policy.

    Raises StudyError with the nearest name for a bare name that no policy has.
    """
    known = policies()
    if composed(name) in known:
        return known[composed(name)]
    name = on_disk(path_text("the scenario", name))
    if name.startswith("builtin:") or name.endswith(SUFFIXES) or "/" in name or is_there(name):
        return name
    raise StudyError(f"there is no scenario file and no policy called {name!r}{_nearest(name, known)}")


def _nearest(name: str, known: Iterable[str]) -> str:
    names = sorted(known)
    near = get_close_matches(name, names, 1, 0.5)
    return (f"; did you mean {near[0]!r}?" if near else "") + f" (there are: {', '.join(names) or 'none'})"


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
    from sim.scenario import load_experiment

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
    if reference == key and key not in policies():
        raise StudyError(f"--reference {key}: there is no such policy{_nearest(key, {*keys, *policies()})}")
    return [*load_all([reference]), *scenarios], key
