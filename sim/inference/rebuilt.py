"""Rebuilds the chunks of a finished study from its folder alone, so that some of its worlds can be run again."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from sim.errors import StudyError, said
from sim.inference.ladder import run_ladders
from sim.inference.run_forecasts import run_forecasts
from sim.inference.run_moments import run_moments
from sim.inference.simulated_truths import run_truths, truths_of
from sim.inference.simulation_based import CALIBRATION_FILE, digest_of, kept_calibration
from sim.inference.without_mechanism import COMPLETE, LeftOut, Reduced, RunReduced
from sim.parameters.draw import Draw
from sim.parameters.draws import WORLDS_PER_DRAW, Draws, draws_of
from sim.scenario import Origin, Scenario, load_scenario
from sim.scenario.checks.values import kind
from sim.studies.design import Design
from sim.studies.experiment import Experiment
from sim.studies.factors import Factor
from sim.studies.manifest import Manifest
from sim.studies.points import RunPoints
from sim.studies.store import ResultStore
from sim.studies.study import Chunk
from sim.studies.sweep import Plan
from sim.studies.worlds import Runner, run_policies
from sim.system.spreadsheet import read_csv

_HERE = Origin(text="the record of the result")


@dataclass(frozen=True)
class Rebuilt:
    """The chunks of a study by name, which says what world it is, and the function that runs them."""

    chunks: Mapping[str, Callable[[], Chunk]]
    runner: Runner
    changed: tuple[str, ...] = ()
    """Keys of scenarios whose files have other values now, because this program knows other parameters."""


def rebuild(store: ResultStore) -> Rebuilt:
    """Rebuild the chunks of a study.

    Raises:
        StudyError: the folder does not say enough, because its kind has no worlds that could be run alone.
        ScenarioError: this program cannot read a scenario of the folder.
    """
    manifest = store.manifest()
    of = manifest["kind"]
    if of == "sweep":
        return _sweep(store, manifest)
    if of == "search":
        return _search(store, manifest)
    if of == "leave-out":
        return _reduced(store, manifest)
    if of == "calibrate" and store.has(CALIBRATION_FILE):
        return _truths(store, manifest)
    if of in ("calibrate", "responses") and store.has("draws.csv"):
        return _bank(store, manifest)
    if of not in _RUNNERS:
        raise StudyError(
            said(
                "worlds of `hubsim {of}` cannot be run again one by one, because {folder} does not hold the values "
                "of each. Leave out --rerun, or repeat it elsewhere and compare the fingerprints: {command}",
                of=of,
                folder=store.folder,
                command=manifest["command"],
            )
        )
    scenarios, changed = _scenarios(store, manifest)
    draws, reference = _draws(store, manifest), manifest["options"].get("reference")

    def chunk(world: int) -> Chunk:
        return Chunk(f"world-{world}", world, scenarios, draws.of(world), reference)

    return Rebuilt({f"world {world}": _bound(chunk, world) for world in _worlds(manifest)}, _RUNNERS[of], changed)


_RUNNERS: dict[str, Runner] = {
    "compare": run_policies,
    "run": run_policies,
    "under-sets": run_policies,
    "explain": run_ladders,
    "forecast": run_forecasts,
}


def _bound[Of](make: Callable[[Of], Chunk], of: Of) -> Callable[[], Chunk]:
    return lambda: make(of)


def _worlds(manifest: Manifest) -> range:
    first = manifest.get("first_replication", 0)
    return range(first, first + manifest["replications"])


def _scenarios(store: ResultStore, manifest: Manifest) -> tuple[tuple[Scenario, ...], tuple[str, ...]]:
    found = [(one, _load(store, one["scenario"])) for one in manifest["scenarios"]]
    changed = tuple(scenario.key for one, scenario in found if one.get("digest") != scenario.digest)
    return tuple(scenario for _, scenario in found), changed


def _load(store: ResultStore, key: str) -> Scenario:
    scenario = load_scenario(store.resolved(key))
    return scenario if scenario.key == key else scenario.with_values({}, key)


def _draws(store: ResultStore, manifest: Manifest) -> Draws:
    """The draws of the worlds, as the folder holds them.

    Raises:
        StudyError: the file of draws is not that of the study.
    """
    options = manifest["options"]
    if "draws_digest" not in options or not store.has("draws.csv"):
        return Draws()
    found = draws_of(store.folder / "draws.csv")
    if found.digest != options["draws_digest"]:
        raise StudyError(
            said(
                "{file} does not hold the draws of this study; take it back from a copy",
                file=store.folder / "draws.csv",
            )
        )
    if "draw" in options:
        found = found.at(options["draw"])
    return found.weighted(store.folder / "weights.csv") if "weights" in options else found


def _bank(store: ResultStore, manifest: Manifest) -> Rebuilt:
    """Worlds of a bank, each with all values of its own draw, or of policies under one."""
    scenarios, changed = _scenarios(store, manifest)
    rows = read_csv(store.folder / "draws.csv", exact=True).astype({"draw": int}).set_index("draw")
    alone = manifest["kind"] == "calibrate"

    def chunk(world: int) -> Chunk:
        values = {str(path): float(value) for path, value in zip(rows, rows.loc[world].to_numpy(float), strict=True)}
        if alone:
            return Chunk(f"draw-{world:05d}", world, tuple(one.with_values(values, one.key) for one in scenarios))
        return Chunk(f"draw-{world:05d}", world, scenarios, Draw(world - int(rows.index[0]), values))

    chunks = {f"world {world}": _bound(chunk, int(world)) for world in rows.index}
    return Rebuilt(chunks, run_moments if alone else run_policies, changed)


def _reduced(store: ResultStore, manifest: Manifest) -> Rebuilt:
    """Worlds of the scenarios without one mechanism each, those in which nothing is left out among them."""
    scenarios, changed = _scenarios(store, manifest)
    draws, options = _draws(store, manifest), manifest["options"]
    variants = [None, *(LeftOut(name, off) for name, off in options["left_out"].items())]

    def chunk(of: tuple[int, LeftOut | None]) -> Chunk:
        reduced = tuple(Reduced.of(scenario, of[1]) for scenario in scenarios)
        return Chunk(f"world-{of[0]}", of[0], reduced, draws.of(of[0]))

    step = WORLDS_PER_DRAW if options["bank"] else 1
    chunks = {
        f"world {world}, without {variant.name if variant else COMPLETE}": _bound(chunk, (world, variant))
        for world in range(0, step * manifest["replications"], step)
        for variant in variants
    }
    return Rebuilt(chunks, RunReduced(options["bank"]), changed)


def _truths(store: ResultStore, manifest: Manifest) -> Rebuilt:
    """Known truths of a first wave: each is looked for again; the number of its world is that of its row."""
    [base], changed = _scenarios(store, manifest)
    calibration, first_wave = kept_calibration(store, base)
    options = manifest["options"]
    if digest_of(calibration, first_wave) != options["simulation_based"]:
        raise StudyError(
            said(
                "{file} does not hold the calibration of this study; take it back from a copy",
                file=store.path(CALIBRATION_FILE),
            )
        )

    def chunk(position: int) -> Chunk:
        [truth] = truths_of(calibration, first_wave, [position], options["steps"])
        return Chunk(truth.key, position, (truth,))

    positions = store.frame("runs", ["replication"])["replication"].tolist()
    return Rebuilt({f"world {place}": _bound(chunk, place) for place in positions}, run_truths, changed)


def _search(store: ResultStore, manifest: Manifest) -> Rebuilt:
    """Worlds of the policies that a search reports; those that it rejected are in no file."""
    base, changed = _scenarios(store, manifest)
    names = sorted(path.stem for path in store.disk.find(store.folder, "resolved/*.yaml"))
    policies = {name: _load(store, name) for name in names if name != base[0].key} | {base[0].key: base[0]}
    runs = store.frame("runs", ["scenario", "replication"])
    known = runs[runs["scenario"].isin(policies)].groupby("replication")["scenario"].agg(list)
    draws = _draws(store, manifest)

    def chunk(world: int) -> Chunk:
        return Chunk(f"world-{world}", world, tuple(policies[key] for key in known[world]), draws.of(world))

    return Rebuilt({f"world {world}": _bound(chunk, int(world)) for world in known.index}, run_policies, changed)


def _sweep(store: ResultStore, manifest: Manifest) -> Rebuilt:
    """Blocks of points of a design, each in one world."""
    [base], changed = _scenarios(store, manifest)
    experiment = _experiment(store, manifest, base)
    design = Design(experiment)
    if any(manifest["options"].get(name) != value for name, value in design.identity.items() if name != "base"):
        raise StudyError(
            said("the points of {folder} cannot be built again by this version; leave out --rerun", folder=store.folder)
        )
    shard = tuple(map(int, str(manifest.get("shard") or "1/1").split("/")))
    plan = Plan(design, manifest["replications"], (shard[0], shard[1]), _draws(store, manifest))
    chunks = {
        f"world {int(key.split('-')[1])}, points {int(key.split('-')[3]) + 1}": place
        for place, key in enumerate(plan.keys())
    }

    def chunk(place: int) -> Chunk:
        return next(one for number, one in enumerate(_lazily(plan)) if number == place)

    return Rebuilt(
        {name: _bound(chunk, place) for name, place in chunks.items()},
        RunPoints(experiment, run_policies, plan.reference),
        changed,
    )


def _lazily(plan: Plan) -> Iterator[Chunk]:
    return plan.chunks()


def _experiment(store: ResultStore, manifest: Manifest, base: Scenario) -> Experiment:
    options = manifest["options"]
    beside = options.get("fill") or {"only": [], "points": []}
    factors = tuple(
        replace(_factor(path, values, base), filling=path in beside["only"])
        for path, values in sorted(options["factors"].items())
    )
    reference = options.get("reference")
    return Experiment(
        key=store.folder.name,
        name=manifest.get("name", ""),
        description=manifest.get("description", ""),
        kind="sweep",
        base=base,
        replications=manifest["replications"],
        seed=manifest["seed"],
        design=options["design"],
        samples=options.get("samples"),
        openings=(),
        budget=None,
        extra=None,
        factors=factors,
        filling=tuple(beside["points"]),
        reference=None if reference is None else int(str(reference).removeprefix("point-")),
        outcomes=tuple(manifest.get("outcomes", ())),
        record=tuple(manifest["record"]),
        tree=base.tree,
    )


def _factor(path: str, told: Any, base: Scenario) -> Factor:
    declaration = base.schema.declarations[path]
    whole = kind(declaration.field) is int
    if isinstance(told, dict):
        return Factor(path, declaration.unit, whole, _HERE, low=told["from"], high=told["to"], log=told["log"])
    return Factor(path, declaration.unit, whole, _HERE, tuple(told), (_HERE,) * len(told))
