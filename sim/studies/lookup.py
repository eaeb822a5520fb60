"""Finds scenarios and experiments that users name by path, by name, or not at all (the policies of the folder)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from os import PathLike, fspath
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from sim.country.data import is_home
from sim.errors import StudyError, said, suggestion
from sim.scenario.loading import FOLDER, is_own_folder
from sim.system.paths import is_there
from sim.system.text import composed, on_disk, path_text

if TYPE_CHECKING:
    from sim.scenario import Problem, Scenario
    from sim.studies.experiment import Experiment

EXPERIMENTS = Path("experiments")
BASE = "today"
"""Name of a country's base policy."""
SUFFIXES = (".yaml", ".yml")


def policies() -> dict[str, str]:
    """Policies that a comparison takes by default: the files in `scenarios/` here, or else the packaged ones.

    Raises:
        StudyError: the tables are another country's, and there is no policy in `scenarios/` here.
    """
    if not (found := _mine() or _packaged()):
        raise StudyError(
            said(
                "there is no policy in scenarios/ here, and the packaged policies stand for decisions of another "
                "country: write scenarios/today.yaml (docs/tutorials/country.md), or name files"
            )
        )
    return found


def base_policy() -> str:
    """Path of `today`, the policy that the page compares with: the file in `scenarios/` here, or else the packaged one.

    Raises:
        StudyError: the tables are another country's, and `scenarios/` here has no such file.
    """
    if BASE not in (known := _known()):
        raise StudyError(
            said(
                "there is no scenarios/{base}.yaml here, with which policies are compared, and the packaged one is "
                "another country's: write it (docs/tutorials/country.md)",
                base=BASE,
            )
        )
    return known[BASE]


def _mine() -> dict[str, str]:
    """The files in `scenarios/` here by name; another country does not have those of a clone of hubsim."""
    return _own(FOLDER) if is_home() or is_own_folder() else {}


def _known() -> dict[str, str]:
    """Paths of all policies by name: the packaged ones, and the files in `scenarios/` here, which take precedence."""
    return _packaged() | _mine()


def _packaged() -> dict[str, str]:
    """The packaged policies by name: none with the tables of another country, where they are `builtin:NAME` only."""
    from sim.scenario import builtin_scenarios

    return dict(builtin_scenarios()) if is_home() else {}


class Listing(NamedTuple):
    """What there is of policies.

    Attributes:
        usable: the policies that commands know by name.
        mistakes: the mistakes in files of the others.
        possible_here: the packaged policies of another country; whether their values are possible with these tables.
    """

    usable: list[Scenario]
    mistakes: list[Problem]
    possible_here: dict[str, bool]


def list_policies() -> Listing:
    """Load all packaged policies, and those in `scenarios/` here.

    Raises:
        StudyError: two files in `scenarios/` have the same name.
    """
    from sim.scenario import builtin_scenarios

    usable, mistakes = _load(_known().values())
    foreign = {} if is_home() else {key: not _load([path])[1] for key, path in builtin_scenarios()}
    return Listing(usable, mistakes, foreign)


def _own(folder: Path) -> dict[str, str]:
    """YAML files of a folder by name; raises StudyError if two have the same name."""
    found: dict[str, str] = {}
    for file in sorted(file for suffix in SUFFIXES for file in folder.glob(f"*{suffix}")):
        if (name := composed(file.stem)) in found:
            raise StudyError(
                said("{other} and {file} have the same name; rename one of them", other=found[name], file=file)
            )
        found[name] = str(file)
    return found


def locate(name: str) -> str:
    """Find the path of a scenario that is given by path, as `builtin:name`, or by the name of a policy.

    Raises:
        StudyError: no policy has this name; the message suggests the nearest one.
    """
    return _found(name, _known(), said("scenario file and no policy"))


def locate_experiment(name: str) -> str:
    """Find the path of an experiment, as `locate` does: a file in `experiments/` here, or a packaged experiment.

    Raises:
        StudyError: no experiment has this name; the message suggests the nearest one.
    """
    return _found(name, _experiments(), said("experiment file and no experiment"))


def locate_any(name: str) -> str:
    """Find the path of a scenario or an experiment, as `locate` does; raises StudyError with the nearest name."""
    return _found(name, {**_experiments(), **_known()}, said("file and no policy or experiment"))


def _experiments() -> dict[str, str]:
    from sim.scenario import builtin_experiments

    return {**dict(builtin_experiments()), **_own(EXPERIMENTS)}


def _found(name: str, known: dict[str, str], what: str) -> str:
    from sim.scenario import builtin_scenarios

    if composed(name) in known:
        return known[composed(name)]
    name = on_disk(path_text("the file", name))
    if name.startswith("builtin:") or name.endswith(SUFFIXES) or "/" in name or is_there(name):
        return name
    end = suggestion(name, sorted(known), said("there are"))
    if name in dict(builtin_scenarios()):
        end += said("; the packaged policy of this name is another country's: builtin:{name}", name=name)
    raise StudyError(said("there is no {what} called {name}{end}", what=what, name=repr(name), end=end))


def all_scenarios(scenarios: Iterable[Scenario | str | PathLike[str]]) -> list[Scenario]:
    """The scenarios of an iterable; loads those that are given by name or path.

    Raises:
        StudyError: the argument is not an iterable, or contains something else.
        ScenarioError: files have mistakes; the error lists all of them.
    """
    if isinstance(scenarios, str | PathLike) or not isinstance(scenarios, Iterable):
        raise StudyError(
            said("scenarios is one {kind}, but must be a list of scenarios", kind=type(scenarios).__name__)
        )
    given = list(scenarios)
    for place, one in enumerate(given):
        if not isinstance(one, str | PathLike) and not hasattr(one, "history_digest"):
            raise StudyError(
                said(
                    "scenarios[{place}] is of the kind {kind}, but must be a scenario (see sim.load_scenario), the "
                    "name of a policy, or the path of a file",
                    place=place,
                    kind=type(one).__name__,
                )
            )
    loaded = iter(load_all([fspath(one) for one in given if isinstance(one, str | PathLike)]))
    return [next(loaded) if isinstance(one, str | PathLike) else one for one in given]


def one_experiment(experiment: Experiment | str | PathLike[str]) -> Experiment:
    """The experiment; loads it if it is given by path.

    Raises:
        StudyError: the argument is neither an experiment nor a path.
        ScenarioError: the file has mistakes; the error lists all of them.
    """
    from sim.studies.experiment import load_experiment

    if isinstance(experiment, str | PathLike):
        return load_experiment(experiment)
    if not hasattr(experiment, "design"):
        raise StudyError(
            said(
                "experiment is of the kind {name}, but must be one that load_experiment gives, or the path of a file",
                name=type(experiment).__name__,
            )
        )
    return experiment


def load_all(names: Sequence[str]) -> list[Scenario]:
    """Load scenarios by name or path; raises one ScenarioError with the mistakes of all files."""
    from sim.scenario import ScenarioError

    loaded, problems = _load(map(locate, names))
    if problems:
        raise ScenarioError(problems)
    return loaded


def _load(paths: Iterable[str]) -> tuple[list[Scenario], list[Problem]]:
    """The scenarios of the files that have no mistakes, and the mistakes in the others."""
    from sim.scenario import ScenarioError, load_scenario

    loaded: list[Scenario] = []
    problems: list[Problem] = []
    for path in paths:
        try:
            loaded.append(load_scenario(path))
        except ScenarioError as error:
            problems.extend(error.problems)
    return loaded, problems


def with_reference(scenarios: list[Scenario], reference: str) -> tuple[list[Scenario], str]:
    """Put the reference first, and load it if it is not among the scenarios; returns the scenarios and its key.

    Raises:
        StudyError: there is no such policy; the message suggests the nearest name.
    """
    reference = composed(reference)
    key = Path(reference).stem if reference.endswith(SUFFIXES) else reference.removeprefix("builtin:")
    keys = [scenario.key for scenario in scenarios]
    if key in keys:
        return sorted(scenarios, key=lambda scenario: scenario.key != key), key
    if reference == key and key not in _known():
        end = suggestion(key, sorted({*keys, *_known()}), "there are")
        raise StudyError(said("--reference {key}: there is no such policy{end}", key=key, end=end))
    return [*load_all([reference]), *scenarios], key
