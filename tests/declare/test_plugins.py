"""Other packages add processes: the example is installed beside the program and runs; bad ones are refused politely."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from sim.declare import plugins
from sim.model.history import NATIONAL
from sim.processes import BLOCKS, COLUMNS, COUNTS, MONTH, PAYMENTS, STREAMS

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "examples" / "hubsim-diaspora"
TAKEN = {"COLUMNS": COLUMNS, "COUNTS": COUNTS, "PAYMENTS": PAYMENTS}
NAMES = [process.__name__.rpartition(".")[2] for process in MONTH]

WORLD = """
import json
import sys

import sim
from sim.studies.environment import environment
from sim.model.history import NATIONAL
from sim.processes import BLOCKS, COLUMNS, MONTH, STREAMS

TIME = {"time.start": "2018-01", "time.present": "2019-06", "time.end": "2020-06"}


def world(**values):
    scenario = sim.load_scenario("builtin:today").with_values(TIME | values)
    model = sim.EcosystemModel(scenario, check_accounts=True)
    model.run_until(scenario.present_months)
    fork = model.fork(scenario)
    for one in (model, fork):
        one.run_until(scenario.months)
    table = model.startups_table()
    received = float(table.get("diaspora_total", table["cash"] * 0).sum())
    flow = sum(flows.get(("diaspora", "startups", "investment"), 0.0) for flows in model.ledger.months)
    counted = model.history.get("diaspora_investors", table["cash"] * 0)
    return {"received": received, "flow": flow, "counted": float(counted.sum()), "cash": float(table["cash"].sum()),
            "fork agrees": table.equals(fork.startups_table())}


def mistakes(path):
    try:
        sim.load_scenario(path)
    except sim.ScenarioError as error:
        return str(error)
    return ""
"""

REPORT = """
print(json.dumps({
    "month": [process.__name__.rpartition(".")[2] for process in MONTH],
    "series": list(NATIONAL), "blocks": list(BLOCKS), "streams": list(STREAMS), "columns": list(COLUMNS),
    "levers": [path for path in sim.load_scenario("builtin:today").schema.levers if path.startswith("diaspora")],
    "on": world(), "off": world(**{"diaspora.enabled": False}),
    "environment": environment(), "mistakes": [mistakes(path) for path in sys.argv[1:]],
}))
"""


def install(folder: Path, name: str, code: str, project: dict | None = None) -> Path:
    """Lay a package out as an installer does: the module and its metadata."""
    project = project or {
        "name": f"hubsim-{name}",
        "version": "0.1",
        "entry-points": {"hubsim.processes": {name: f"plug_{name.replace(' ', '_')}"}},
    }
    [(block, module)] = project["entry-points"]["hubsim.processes"].items()
    metadata = folder / f"{project['name'].replace('-', '_')}-{project['version']}.dist-info"
    metadata.mkdir(parents=True)
    about = f"Metadata-Version: 2.1\nName: {project['name']}\nVersion: {project['version']}\n"
    (metadata / "METADATA").write_text(about, encoding="utf-8")
    (metadata / "entry_points.txt").write_text(f"[hubsim.processes]\n{block} = {module}\n", encoding="utf-8")
    (folder / f"{module}.py").write_text(code, encoding="utf-8")
    return folder


def python(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(folder)},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture(scope="module")
def with_diaspora(tmp_path_factory):
    """What another process prints that has the example installed."""
    folder = tmp_path_factory.mktemp("installed")
    project = tomllib.loads((EXAMPLE / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    install(folder, "diaspora", (EXAMPLE / "hubsim_diaspora.py").read_text(encoding="utf-8"), project)
    for key in ("rate", "rat"):
        text = f"extends: builtin:today\ndiaspora:\n  {key}: 0.05\n"
        (folder / f"{key}.yaml").write_text(text, encoding="utf-8")
    done = python(folder, "-c", WORLD + REPORT, str(folder / "rate.yaml"), str(folder / "rat.yaml"))
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_an_installed_process_takes_its_place_in_the_month(with_diaspora):
    month = with_diaspora["month"]
    assert month.index("hubsim_diaspora") == month.index("equity") + 1
    assert [name for name in month if name != "hubsim_diaspora"] == NAMES


def test_what_it_declares_becomes_block_columns_and_streams(with_diaspora):
    assert with_diaspora["blocks"] == [*BLOCKS, "diaspora"]
    assert with_diaspora["columns"] == [*COLUMNS, "diaspora_total"]
    assert with_diaspora["streams"] == [*STREAMS, "diaspora.meeting", "diaspora.ticket"]
    assert with_diaspora["levers"] == ["diaspora.rate"]
    assert [name for name in with_diaspora["series"] if name not in NATIONAL] == ["diaspora_investors"]
    assert [name for name in with_diaspora["series"] if name in NATIONAL] == list(NATIONAL)


def test_it_acts_and_its_money_is_accounted_for(with_diaspora):
    world = with_diaspora["on"]
    assert 0 < world["received"] <= world["flow"] * (1 + 1e-9)
    assert world["fork agrees"] and world["counted"] > 0


def test_switched_off_it_leaves_every_number_as_it_was(with_diaspora):
    names: dict = {}
    exec(WORLD, names)
    assert with_diaspora["off"] == names["world"]()


def test_its_parameters_are_part_of_the_language(with_diaspora):
    right, wrong = with_diaspora["mistakes"]
    assert right == ""
    assert "rat.yaml:3:3" in wrong and "'rate'" in wrong


def test_results_with_and_without_it_are_told_apart(with_diaspora):
    assert with_diaspora["environment"]["the process diaspora"] == "hubsim-diaspora 1.0.0"


GOOD = "AFTER = 'revenue'\ndef act(model): pass\n"
BROKEN = {
    "idle": ("AFTER = 'revenue'\n", "has no function act"),
    "nowhere": ("AFTER = 'revenues'\ndef act(model): pass\n", "AFTER must name"),
    "unimportable": ("import nothing_like_this\n", "cannot be imported: ModuleNotFoundError"),
    "greedy": (
        GOOD + "from sim.declare import Column\nCOLUMNS = {'cash': Column(float, 'kMAD', 'Money.')}\n",
        "'cash' of its COLUMNS exists already",
    ),
    "double": (
        GOOD + "from sim.declare import Count\nCOUNTS = {'deals': Count('rounds', 'Rounds.')}\n",
        "'deals' of its COUNTS exists already",
    ),
    "greedier": (
        GOOD
        + "from sim.declare import Payment\nPAYMENTS = {('funders', 'startups', 'loan paid'): Payment('Loans.')}\n",
        "'loan paid'. of its PAYMENTS exists already",
    ),
    "uncounted": (GOOD + "COUNTS = {'hopes': 'startups'}\n", "must be a sim.declare.Count"),
    "foreign": (GOOD + "STREAMS = ('revenue.shock',)\n", "must begin with 'foreign.'"),
    "bare": (GOOD + "Parameters = dict\n", "derived from sim.declare.Block"),
    "untyped": (GOOD + "COLUMNS = {'hope': float}\n", "must be a sim.declare.Column"),
    "cash": (GOOD, "its name is taken"),
    **dict.fromkeys(plugins.RESERVED_KEYS, (GOOD, "its name is taken")),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_one_is_named_with_what_to_change(tmp_path, monkeypatch, name):
    code, reason = BROKEN[name]
    monkeypatch.syspath_prepend(install(tmp_path, name, code))
    with pytest.raises(plugins.PluginError, match=reason) as refusal:
        plugins.load(NAMES, BLOCKS, TAKEN)
    assert f"'{name}' of hubsim-{name} 0.1" in str(refusal.value)


def test_two_packages_may_not_bring_the_same_name(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(install(tmp_path, "twin", GOOD))
    other = {"name": "other", "version": "2", "entry-points": {"hubsim.processes": {"twin": "plug_twin_too"}}}
    install(tmp_path, "twin", GOOD, other)
    with pytest.raises(plugins.PluginError, match="its name is taken"):
        plugins.load(NAMES, BLOCKS, TAKEN)


def test_it_may_import_processes_even_when_it_is_imported_first_and_mistakes_have_no_traceback(tmp_path):
    install(tmp_path, "early", GOOD + "from sim.processes.population import endow\n")
    install(tmp_path, "late", "AFTER = 'never'\ndef act(model): pass\n")
    done = python(tmp_path, "-c", "import plug_early; from sim.cli.main import main; main()", "check", "builtin:today")
    assert done.returncode == 2
    assert done.stderr.startswith("the process 'late' of hubsim-late 0.1 cannot be used: AFTER must name")
    assert "Traceback" not in done.stderr


def test_without_any_the_month_is_that_of_the_source():
    assert plugins.installed() == {}
