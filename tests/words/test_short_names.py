"""The short names by which people meet the parameters, where no path of the code is shown."""

from __future__ import annotations

from collections import Counter

import pytest

from sim.page.parameters import parameters
from sim.scenario import schema
from sim.words.language import LANGUAGES, language

LONGEST = 50
"""Letters of the longest short name, which stands over a field on a phone."""


@pytest.mark.parametrize("code", LANGUAGES)
def test_every_parameter_has_a_short_name_that_no_other_has(code):
    t, declared = language(code), schema().declarations
    names = {path: t(one.short or "") for path, one in declared.items()}
    assert [path for path, name in names.items() if not name.strip()] == []
    assert [name for name, count in Counter(names.values()).items() if count > 1] == []
    assert [name for name in names.values() if len(name) > LONGEST or "_" in name or "{" in name] == []
    if code != "en":
        assert {one.short for one in declared.values()} & set(names.values()) == set(), "not translated"
    shown = {one["path"]: one["label"] for one in parameters(code)["parameters"]}
    assert shown == names, "the page calls them so"
