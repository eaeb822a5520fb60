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
import importlib, json, pkgutil, sys
from contextlib import redirect_stderr
from io import StringIO

blocked, commands = set(json.loads(sys.argv[1])), json.loads(sys.argv[2])

class Missing:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in blocked:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)

sys.meta_path.insert(0, Missing())
import sim, sim.cli.main

for module in pkgutil.walk_packages(sim.__path__, "sim."):
    if not module.name.startswith(("sim.page.", "tools.documentation.__main__")):
        importlib.import_module(module.name)
found = []
for command in commands:
    told = StringIO()
    with redirect_stderr(told):
        sys.argv = ["hubsim", *command]
        try:
            sim.cli.main.main()
            code = 0
        except SystemExit as end:
            code = end.code
    found.append([code, told.getvalue()])
print(json.dumps(found))
"""


def requirement(line: str) -> str:
    return line.split(";")[0].strip().rstrip("0123456789.<>=, ")


@pytest.mark.parametrize("extra", EXTRAS)
def test_a_missing_extra_is_asked_for(extra, tmp_path):
    blocked = [module for line in EXTRAS[extra] for module in MODULES[requirement(line)]]
    commands = [
        [*command, *(["--out", str(tmp_path / "out")] * (command[0] not in ("view", "check")))]
        for command in NEED[extra]
    ]
    program = [sys.executable, "-c", WITHOUT, json.dumps(blocked), json.dumps(commands)]
    done = subprocess.run(program, cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    for command, (code, told) in zip(commands, json.loads(done.stdout.splitlines()[-1]), strict=True):
        assert code == 2 and "Traceback" not in told, (command, code, told)
        assert f"uv sync --extra {extra}" in told and f"hubsim[{extra}]" in told, (command, told)
    assert not list(tmp_path.rglob("*.parquet"))
