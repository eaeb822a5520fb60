"""The reference study: every policy of `scenarios/` under the posterior, stored with its numbers, figures and reports.

    uv run python -m tools.reference

runs it in `results/reference-runs`, where it resumes after an interruption, in about half an hour on two idle cores. It
writes to `results/reference` what is small enough for version control, with a codebook of those tables. `worlds.csv`
holds every outcome of the first worlds in full precision, so that `moved` can list the numbers that the code no longer
reproduces.
"""

from __future__ import annotations

import math
import shutil
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from sim.figures.drawing import draw_all, figures_of
from sim.figures.gaps import gaps
from sim.figures.style import mark_of, save
from sim.parameters.draws import POSTERIOR, draws_of
from sim.report.imprint import AUTHORS
from sim.report.writing import write_report
from sim.scenario import ScenarioError, load_scenario
from sim.studies.codebook import write_codebook
from sim.studies.comparison import Comparison, compare
from sim.studies.folder import ResultFolder
from sim.studies.parameter_robustness import SIX_AND_TEN
from sim.studies.record import counts, hashes, read_record, write_record
from sim.studies.results import outcome_names
from sim.studies.store import ResultStore
from sim.studies.study import Study
from sim.studies.sweep_results import Sweep
from sim.studies.worlds import run_policies
from sim.system.spreadsheet import read_csv, write_csv
from sim.words.language import LANGUAGES
from sim.words.language import language as language_of

if TYPE_CHECKING:
    from sim.scenario import Scenario
    from sim.studies.session import OnProgress

RUNS, KEPT = Path("results/reference-runs"), Path("results/reference")
COMMAND = "uv run python -m tools.reference"
REPLICATIONS = 100
QUESTION = "hubs-by-intensity"
"""The experiment for the project's main question: more hubs, or more hours."""
MIXES, EXTRA = "search", 100.0
"""The experiment for what a sum buys, and its folder; and the sum, in millions beyond what today costs."""
HOURS = "six-hubs-deeper"
"""The policy that spends the money of ten hubs on hours."""
WORLDS = (0, 1)
"""Replications whose outcomes are stored one by one."""
MAIN = "differences"
"""The figure in the READMEs, in the language of each."""
_TABLES = (
    "manifest.json", "draws.csv", "summary.csv", "differences.csv", "channels.csv", "contrasts.csv", "ranking.csv",
    "acceptability.csv", "dependence.csv", "parameter-sets/differences.csv", "explain/explanation_success.csv",
    "explain/explanation_export.csv", f"{QUESTION}/summary.csv", f"{QUESTION}/differences.csv",
    f"{QUESTION}/channels.csv", "resolved", f"{MIXES}/frontier.csv", f"{MIXES}/manifest.json", f"{MIXES}/resolved",
)  # fmt: skip


def run(
    scenarios: Sequence[Scenario],
    runs: Path,
    *,
    replications: int = REPLICATIONS,
    parameters: str = POSTERIOR,
    watch: OnProgress | None = None,
) -> Comparison:
    """Compare the scenarios with `today` in the folder `runs`, or resume; raises as `compare` does."""
    return compare(
        scenarios, replications=replications, parameters=parameters, out=runs, command=COMMAND, progress=watch
    )


def add_companions(found: Comparison, watch: OnProgress | None = None) -> None:
    """Add further results in the folder of the comparison: the ladder of `today`, hubs by hours, what a sum buys.

    Also the parameters on which the differences of ten hubs from six, and from more hours for the same money, depend.
    """
    from dataclasses import replace

    from sim.inference.dependence import dependence_of, write_dependence
    from sim.inference.policy_search import search
    from sim.inference.run_explanation import explain
    from sim.studies.experiment import load_experiment
    from sim.studies.lookup import load_all
    from sim.studies.sweep import sweep

    six, ten = SIX_AND_TEN
    for against in (six, HOURS):
        write_dependence(found, dependence_of(found, ten, against, ("survivors_5y", "exporters")))
    [today] = load_all([six])
    out = found.folder / "explain"
    explain(today, out, command=f"hubsim explain {six} --out {out}", progress=watch)
    experiment, out = load_experiment(f"experiments/{QUESTION}.yaml"), found.folder / QUESTION
    command = f"hubsim sweep experiments/{QUESTION}.yaml --out {out}"
    sweep(experiment, out=out, command=command, progress=watch)
    experiment, out = load_experiment(f"experiments/{MIXES}.yaml"), found.folder / MIXES
    experiment = replace(experiment, extra=EXTRA, budget=None)
    search(experiment, out=out, command=f"hubsim search --extra {EXTRA:g} --out {out}", progress=watch)


def keep(runs: Path, kept: Path) -> None:
    """Write the stored part of a comparison: tables, figures, the report in three languages, the first worlds."""
    with TemporaryDirectory(dir=runs) as scratch:
        fresh = Path(scratch)
        for name in _TABLES:
            if (runs / name).is_dir():
                shutil.copytree(runs / name, fresh / name)
            elif (runs / name).exists():
                (fresh / name).parent.mkdir(exist_ok=True)
                shutil.copy(runs / name, fresh / name)
        worlds = Comparison(runs).runs
        write_csv(fresh / "worlds.csv", worlds[worlds["replication"].isin(WORLDS)])
        manifest = Comparison(runs).manifest
        for language in LANGUAGES:
            mark = mark_of(manifest, language_of(language))
            [page] = write_report(runs, language, author=AUTHORS)
            shutil.copy(page, fresh / page.name)
            if language != "en":
                for name, figure in figures_of(ResultFolder(runs), language, (MAIN,)):
                    save(figure, fresh / "figures", f"{name}-{language}", mark)
            if (runs / QUESTION).exists():
                own = Sweep(runs / QUESTION)
                figure, mark = gaps(own, language_of(language)), mark_of(own.manifest, language_of(language))
                save(figure, fresh / "figures", _named("gaps", language), mark)
        for path in draw_all(runs):
            shutil.copy(path, fresh / "figures" / path.name)
        for path in fresh.glob("figures/*.svg"):
            path.unlink()  # the reports hold them
        write_codebook(ResultStore(fresh))
        for place in ("", MIXES) if (runs / MIXES).exists() else ("",):
            _write_record(ResultStore(runs / place), ResultStore(fresh / place))
        shutil.rmtree(kept, ignore_errors=True)
        shutil.copytree(fresh, kept)


def _write_record(runs: ResultStore, kept: ResultStore) -> None:
    """Write the record of what is kept; its fingerprint is that of the whole result, with the tables left out here."""
    files = hashes(kept)
    left_out = {name: entry for name, entry in read_record(runs).files.items() if counts(name, entry)}
    write_record(kept, files, left_out={name: entry for name, entry in left_out.items() if name not in files})


def _named(name: str, language: str) -> str:
    return name if language == "en" else f"{name}-{language}"


def moved(kept: Path, scenarios: Sequence[Scenario], replication: int = WORLDS[0]) -> list[str]:
    """Run one world of the reference again under some of its policies, and list the differences, one phrase each.

    Args:
        kept: folder of the reference.
        scenarios: the policies as they are now.
        replication: one of `WORLDS`.

    Raises:
        StudyError: there is no reference.
    """
    manifest = Comparison(kept).manifest
    draws = draws_of(manifest["options"].get("parameters", "fixed"))
    if draws.options.get("draws_digest") != manifest["options"].get("draws_digest"):
        return [f"the parameters {draws.name} are others than those of the reference"]
    changed = [one.key for one in scenarios if not is_kept(one, kept / "resolved" / f"{one.key}.yaml")]
    if changed:
        return [f"the policy {key} is another than that of the reference" for key in changed]
    table = read_csv(kept / "worlds.csv")
    rows = table[table["replication"] == replication].set_index("scenario")[outcome_names(table)]
    chunk = Study("compare", tuple(scenarios), manifest["seed"], draws=draws).chunk(replication)
    found = {one.scenario: one for one in run_policies(chunk, manifest["seed"], ())}
    return [
        f"{key}, world {replication}: {name} was {before!r} and is {now!r}"
        for key, one in found.items()
        for name, before in rows.loc[key].astype(float).to_dict().items()
        if not _same(before, now := float(one.outcomes.get(str(name), math.nan)))
    ] + [f"{key}: {one.error}" for key, one in found.items() if one.error]


def is_kept(policy: Scenario, file: Path) -> bool:
    """Whether a policy has the values of the stored one; a parameter newer than the file must have its default."""
    try:
        return file.exists() and load_scenario(file).digest == policy.digest
    except ScenarioError:
        return False


def _same(before: float, now: float) -> bool:
    """Whether numbers are equal up to their last digits, in which processors may differ; both may be undefined."""
    return math.isclose(before, now, rel_tol=1e-9) or (math.isnan(before) and math.isnan(now))


def main() -> None:
    """Run or resume the reference study, and write the stored part."""
    from sim.cli.progress import shown_progress
    from sim.studies.lookup import load_all, policies

    with shown_progress("runs", quiet=False) as watch:
        found = run(load_all(list(policies().values())), RUNS, watch=watch)
        add_companions(found, watch)
    keep(found.folder, KEPT)
    print(KEPT)


if __name__ == "__main__":
    main()
