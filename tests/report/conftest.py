"""Pages with as many figures as a test looks at: to draw them is most of the work."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from sim.figures.drawing import sheets_of


@pytest.fixture
def figures(monkeypatch) -> Callable[..., None]:
    """Let the following pages show no more of the comparison's own figures than those that are named."""

    def only(*names: str) -> None:
        monkeypatch.setattr("sim.report.page.sheets_of", lambda results, code, _: sheets_of(results, code, names))

    return only
