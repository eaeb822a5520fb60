"""A new mechanism is three places: its file, the month's list and its own test; documents are written by command.

The diaspora example is put into the month of another process, born off, as the tutorial says. There the tests that look
at every process are run: none may fail, but those that ask for the documents to be written anew.
"""

from __future__ import annotations

import os
import subprocess
import sys
from hashlib import sha256
from pathlib import Path

import pandas as pd
import pytest
from laboratory import literature, run

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "examples" / "hubsim-diaspora" / "hubsim_diaspora.py"

TIME = {"time.start": "2018-01", "time.present": "2019-06", "time.end": "2020-06"}


def digest(history: pd.DataFrame) -> str:
    """The bits of a world's national series, and their names."""
    return sha256(repr(list(history)).encode() + history.drop(columns="month").to_numpy().tobytes()).hexdigest()


THE_MONTHS_LIST = """
import importlib.util
import sys

import pytest

from sim import processes

spec = importlib.util.spec_from_file_location("sim.processes.diaspora", sys.argv[1])
sys.modules[spec.name] = processes.diaspora = importlib.util.module_from_spec(spec)
spec.loader.exec_module(processes.diaspora)
living = list(processes._PARTS["LIVING"])
living.insert(living.index(processes.equity) + 1, processes.diaspora)
processes._PARTS["LIVING"] = tuple(living)
sys.exit(pytest.main(sys.argv[2:]))
"""

ITS_TEST = """
import os

from bookkeeping import simulate_with_books
from laboratory import literature, run

from sim.model.ecosystem import EcosystemModel
from sim.processes import BLOCKS
from test_new_mechanism import TIME, digest


def test_it_acts_and_both_sets_of_books_balance():
    scenario = literature("today").with_values(TIME | {"diaspora.enabled": True})
    model, received = EcosystemModel(scenario, check_accounts=True), []
    simulate_with_books(model, scenario.months, lambda books: received.append(books.flows["investment"]))
    assert sum(received) > 0 and model.history["diaspora_investors"].sum() > 0


def test_off_it_moves_nothing():
    assert not BLOCKS["diaspora"]().enabled
    model = run(literature("today").with_values(TIME))
    assert (model.startups.diaspora_total == 0).all() and (model.history["diaspora_investors"] == 0).all()
    assert digest(model.history.drop(columns="diaspora_investors")) == os.environ["WITHOUT_IT"]
"""

THAT_LOOK_AT_EVERY_PROCESS = (
    "declare/test_plugins.py::test_a_broken_one_is_named_with_what_to_change",
    "model/test_accounts.py::test_money_is_conserved_under_other_policies[richer]",
    "model/test_object_model.py::test_both_models_agree_when_a_mechanism_is_off[all]",
    "model/test_tally.py",
    "page/test_words.py::test_every_word_is_said_in_every_language",
    "processes/test_levers.py::test_a_lever_without_a_case_of_its_own_moves_something[diaspora.rate]",
    "tools/test_documentation.py",
    "tools/test_reference.py::test_a_policy_is_known_by_its_values",
    "words/test_language.py",
)


@pytest.mark.skipif(not EXAMPLE.exists(), reason="the example is in the repository")
def test_a_mechanism_needs_its_file_the_list_of_the_month_and_its_test(tmp_path):
    process = EXAMPLE.read_text(encoding="utf-8").replace("Mechanism", "Trial")
    (tmp_path / "diaspora.py").write_text(process, encoding="utf-8")
    (tmp_path / "test_diaspora.py").write_text(ITS_TEST, encoding="utf-8")
    without = digest(run(literature("today").with_values(TIME)).history)
    options = ("-c", ROOT / "pyproject.toml", "--rootdir", ROOT, "-q", "-rfE", "-p", "no:cacheprovider", "-n", "0")
    chosen = (*(ROOT / "tests" / name for name in THAT_LOOK_AT_EVERY_PROCESS), tmp_path / "test_diaspora.py")
    done = subprocess.run(
        [sys.executable, "-c", THE_MONTHS_LIST, tmp_path / "diaspora.py", *options, "-k", "not site", *chosen],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": f"{ROOT}{os.pathsep}{Path(__file__).parent}", "WITHOUT_IT": without},
        capture_output=True,
        text=True,
        check=False,
    )
    lines = done.stdout.splitlines()
    failed = {line.split(" - ")[0].rpartition("::")[2] for line in lines if line.startswith(("FAILED", "ERROR"))}
    pages = ("odd.md", "reference/outcomes.md", "reference/scenarios.md")
    to_write = {f"test_a_generated_page_is_what_the_program_says[{page}]" for page in pages}
    assert failed == to_write, done.stdout[-5000:] + done.stderr[-2000:]
    assert "passed" in lines[-1]
