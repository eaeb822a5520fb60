"""Every file gives a scenario or a list of mistakes, quickly and without a crash."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from effort import little_work
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scenario_files import VALID, mutated, values, yaml_like, yaml_of_values

from sim.scenario import Scenario, ScenarioError, load_scenario, schema
from sim.studies.experiment import load_experiment

LINE = re.compile(r"[^\n]*\.yaml:[1-9]\d*:[1-9]\d*: \S")
EASY = settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    schema()  # importing the processes is not part of reading a file
    (tmp_path / "today.yaml").write_text("name: Today\n")
    return tmp_path


def answer(path: Path) -> Scenario | None:
    """The scenario, or None after an error whose lines all have a place; fails if it takes long."""
    try:
        with little_work():
            return load_scenario(path)
    except ScenarioError as failure:
        assert failure.problems
        for line in str(failure).splitlines():
            assert LINE.match(line) or line.startswith("… and "), line
        str(failure).encode()
        return None


def test_the_valid_file_is_valid(folder: Path) -> None:
    (folder / "plan.yaml").write_text(VALID, encoding="utf-8")
    scenario = answer(folder / "plan.yaml")
    assert scenario is not None
    assert scenario.parameters.network.openings[1].opens == "2026-10"


@EASY
@given(text=yaml_like | mutated() | yaml_of_values)
def test_any_text(folder: Path, text: str) -> None:
    (folder / "plan.yaml").write_bytes(text.encode("utf-8", errors="surrogatepass"))
    scenario = answer(folder / "plan.yaml")
    if scenario is not None:
        (folder / "again").mkdir(exist_ok=True)
        (folder / "again" / "plan.yaml").write_text(scenario.to_yaml(origins=True), encoding="utf-8")
        assert load_scenario(folder / "again" / "plan.yaml") == scenario


@EASY
@given(content=st.binary(max_size=200))
def test_any_bytes(folder: Path, content: bytes) -> None:
    (folder / "plan.yaml").write_bytes(content)
    answer(folder / "plan.yaml")


@EASY
@given(text=yaml_like, factor=values)
def test_any_experiment(folder: Path, text: str, factor: object) -> None:
    (folder / "study.yaml").write_text(
        f"base: today.yaml\nfactors:\n  fairs.places: {factor!r}\n{text}",
        encoding="utf-8",
        errors="surrogatepass",
    )
    with pytest.raises(ScenarioError) if not isinstance(factor, list) else _either():
        load_experiment(folder / "study.yaml")


class _either:  # noqa: N801 (used like a function)
    """A context that permits, but does not require, a `ScenarioError`."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> bool:
        return kind is not None and issubclass(kind, ScenarioError)


@EASY
@given(data=st.data())
def test_any_override(folder: Path, data: st.DataObject) -> None:
    base = load_scenario(folder / "today.yaml")
    paths = st.sampled_from([*schema().declarations, "network", "accompaniment.mix", "name", "nothing", ""])
    changes = data.draw(st.dictionaries(paths, values, max_size=3))
    try:
        changed = base.with_values(changes)
    except ScenarioError as failure:
        assert str(failure)
    else:
        assert isinstance(changed, Scenario)


@EASY
@given(data=st.data())
def test_an_override_equal_to_the_default_changes_nothing(folder: Path, data: st.DataObject) -> None:
    base = load_scenario(folder / "today.yaml")
    chosen = data.draw(st.lists(st.sampled_from(list(schema().declarations)), unique=True, max_size=8))
    same = base.with_values({path: base.values[path] for path in chosen})
    assert same.digest == base.digest
    assert same.history_digest == base.history_digest
