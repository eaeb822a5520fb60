"""Without an optional library, all modules can be imported, and commands that need it say how to install it."""

from __future__ import annotations

import json
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
EXTRAS = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]
MODULES = {
    "mesa[rec]": [], "hubsim[app]": [], "starlette": ["starlette"], "uvicorn": ["uvicorn"],
    "solara[assets]": ["solara"],
    "ipyvue": ["ipyvue"],
    "ipyvuetify": ["ipyvuetify"], "dask": ["dask"], "distributed": ["distributed"], "SALib": ["SALib"],
    "optuna": ["optuna"], "ema-workbench": ["ema_workbench"], "scikit-learn": ["sklearn"], "emcee": ["emcee"],
    "scoringrules": ["scoringrules"], "openpyxl": ["openpyxl"],
}  # fmt: skip
"""The module of each requirement of an extra."""
CALIBRATION = "experiments/calibration.yaml"
NEED = {
    "analysis": [
        ["calibrate", CALIBRATION],
        ["calibrate", CALIBRATION, "--simulation-based"],
        ["calibrate", CALIBRATION, "--contraction"],
        ["validate", "--hold-out", "2018"],
        ["forecast"],
        ["sensitivity", "experiments/sensitivity.yaml"],
        ["sweep", "experiments/sensitivity.yaml"],
        ["search", "experiments/search.yaml"],
    ],
    "excel": [["check", "nowhere/search.xlsx"]],
    "cluster": [["sweep", "experiments/hubs-by-intensity.yaml", "--cluster", "tcp://127.0.0.1:1"]],
    "app": [["view", "--port", "0"]],
    "mesa-page": [],
}
"""Commands that need an extra; they report a missing one before the first run."""
WITHOUT = """
import importlib, json, os, pkgutil, sys
from contextlib import redirect_stderr
from io import StringIO

import babel.messages.pofile, fontTools.subset, jinja2, matplotlib.figure, mesa, networkx, numba, pandas, pydantic
import pyarrow.parquet, rich.progress, ruamel.yaml, scipy.optimize, scipy.stats, typer, xlsxwriter


class Missing:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in blocked:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)


def told(command):
    told = StringIO()
    with redirect_stderr(told):
        sys.argv = ["hubsim", *command]
        try:
            sim.cli.main.main()
            code = 0
        except SystemExit as end:
            code = end.code
    return code, told.getvalue()


for blocked, commands in json.loads(sys.argv[1]):
    there = {name.partition(".")[0] for name in sys.modules}
    assert not there & {"sim", *blocked}, "what every installation has loads nothing of the project and of its extras"
    child = os.fork()
    if child:
        assert os.waitpid(child, 0)[1] == 0, blocked
        continue
    sys.meta_path.insert(0, Missing())
    import sim, sim.cli.main

    for module in pkgutil.walk_packages(sim.__path__, "sim."):
        if not module.name.startswith(("sim.page.", "tools.documentation.__main__")):
            importlib.import_module(module.name)
    print(json.dumps([told(command) for command in commands]), flush=True)
    os._exit(0)
"""
"""For each extra a process without it; the libraries that every installation has are loaded once for all of them."""


def requirement(line: str) -> str:
    return line.split(";")[0].strip().rstrip("0123456789.<>=, ")


@pytest.fixture(scope="module")
def told(tmp_path_factory) -> dict[str, list]:
    """By missing extra, what each command that needs it ends with and says."""
    out = tmp_path_factory.mktemp("extras")

    def written(extra: str) -> list[list[str]]:
        """The commands, each with a result folder of its own if it has one."""
        folders = (str(out / f"{extra}-{place}") for place, _ in enumerate(NEED[extra]))
        return [
            [*command, *(["--out", folder] * (command[0] not in ("view", "check")))]
            for command, folder in zip(NEED[extra], folders, strict=True)
        ]

    asked = [
        ([module for line in EXTRAS[extra] for module in MODULES[requirement(line)]], written(extra))
        for extra in EXTRAS
    ]
    program = [sys.executable, "-c", WITHOUT, json.dumps(asked)]
    done = subprocess.run(program, cwd=ROOT, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    assert not list(out.rglob("*.parquet")), "no command begins to run"
    return dict(zip(EXTRAS, map(json.loads, done.stdout.splitlines()), strict=True))


@pytest.mark.parametrize("extra", EXTRAS)
def test_a_missing_extra_is_asked_for(extra, told):
    for command, (code, said) in zip(NEED[extra], told[extra], strict=True):
        assert code == 2 and "Traceback" not in said, (command, code, said)
        assert f"uv sync --extra {extra}" in said and f"hubsim[{extra}]" in said, (command, said)
