"""Files that a visitor brings or takes along: a scenario file to look at, an experiment file for `hubsim sweep`."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from sim.page.visit import AddressError, Visit
from sim.page.worker import REPLICATIONS
from sim.scenario import Scenario, ScenarioError, load_scenario
from sim.scenario.file_format import FORMAT, KEY
from sim.scenario.loading import BUILTIN, builtin_scenarios
from sim.scenario.reader import MAX_BYTES
from sim.studies.experiment import load_experiment
from sim.studies.lookup import BASE
from sim.words.language import Language

UPLOADED = "scenario.yaml"
"""Name of an uploaded file in messages if it has none."""


def uploaded(content: bytes, name: str, presets: Mapping[str, Scenario], t: Language) -> tuple[str, dict[str, Any]]:
    """The policy of the page that a scenario file differs least from, and what it changes in it, by path.

    The file may extend the policies of the page by their file names, and packaged ones by `builtin:`.

    Raises:
        AddressError: the file has mistakes; the message tells all of them in the visitor's language.
    """
    name = Path(name.replace("\\", "/")).name if name.isprintable() else ""
    name = name if name.endswith((".yaml", ".yml")) and len(name) < 100 else UPLOADED
    with TemporaryDirectory(prefix="hubsim-") as folder:
        place = Path(folder) / "scenarios"
        place.mkdir()
        for key, preset in presets.items():
            (place / f"{key}.yaml").write_text(preset.to_yaml(), encoding="utf-8")
        file = place / name
        file.write_bytes(content[: MAX_BYTES + 1])
        try:
            scenario = load_scenario(file)
        except ScenarioError as failure:
            told = _here(failure, folder).in_words(t)
            raise AddressError(told.replace(f"{place}/", "").replace(folder, ".")) from None
    found = {key: scenario.diff(preset) for key, preset in presets.items()}
    nearest = min(found, key=lambda key: len(found[key]))
    return nearest, {path: value for path, value, _ in found[nearest]}


def _here(failure: ScenarioError, folder: str) -> ScenarioError:
    """The mistakes with the names of files instead of their paths on the server."""
    return ScenarioError(
        replace(problem, origin=replace(problem.origin, file=Path(problem.origin.file).name))
        if problem.origin.file.startswith(folder)
        else problem
        for problem in failure.problems
    )


def experiment(visit: Visit, factors: Mapping[str, Any], t: Language) -> str:
    """An experiment file for `hubsim sweep`: the policy of the visit with its changes, and the factors that vary.

    It names a packaged policy as its base, never a file beside it, so that it is whole.

    Args:
        visit: the policy and the seed.
        factors: a list of values or a range by path, as in an experiment file.
        t: language of the messages.

    Raises:
        AddressError: the experiment has mistakes.
    """
    base = visit.preset if visit.preset in dict(builtin_scenarios()) else BASE
    packaged = load_scenario(f"{BUILTIN}{base}")  # a policy of one's own may have its name: all differences are told
    fixed = {path: value for path, value, _ in visit.policy.diff(packaged) if path not in factors}
    content = {
        KEY: FORMAT,
        "name": visit.policy.name,
        "base": f"{BUILTIN}{base}",
        "replications": REPLICATIONS,
        "seed": visit.seed,
        "design": "grid",
        **({"values": fixed} if fixed else {}),
        "factors": factors,
    }
    text = "".join(f"{key}: {json.dumps(value, ensure_ascii=False)}\n" for key, value in content.items())
    with TemporaryDirectory(prefix="hubsim-") as folder:
        file = Path(folder) / "experiment.yaml"
        file.write_text(text, encoding="utf-8")
        try:
            load_experiment(file)
        except ScenarioError as failure:
            raise AddressError(_here(failure, folder).in_words(t)) from None
    return f"# hubsim sweep experiment.yaml\n{text}"
