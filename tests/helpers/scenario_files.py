# ruff: noqa: E501 (a table reads best with one case to a line)
"""Hypothesis strategies: text that looks like a scenario file, and scenario files with something broken."""

from __future__ import annotations

import json

from hypothesis import strategies as st

VALID = """\
# a policy
extends: today.yaml
name: {en: Ten hubs, fr: Dix sites}
description: >-
  The roadmap, with the places
  that were announced.
time: {end: 2036-12}
network:
  openings:
    - {hub: Fès, opens: 2026-07, places: 66}
    - hub: Oujda
      opens: "2026-10"
    - {hub: Nador, opens: 2026-05, places: 28, mentor_hours: 200.5}
  hubs_by_2027: 9
  closures: [{hub: Rabat, closes: 2030-01}]
accompaniment:
  hours_per_startup: 8
  mix:
    finance: 0.5
    market_access: 0.25
    skills: 0.25
  enabled: true
fairs: {places: 200, hub_share: .25}
"""

SYNTAX = [
    *"\n\n\n  --::{}[],&*!|>'\"%@`#?~<\t\0\ufeff\u2028é𝄞",
    *("<<: ", "- ", ": ", "---\n", "...\n", "%YAML 1.1\n", "!!", "&a ", "*a", "? ", "|2\n", ">-\n", "\\u", "\r\n", "\r"),
    *("extends: ", "builtin:", "name: ", "time:\n", "network:\n", "  openings: ", "hub: Fès", "opens: 2026-07"),
    *("2026-13", "1e999", "-.inf", ".nan", "0o17", "0x_f", "null", "true", "yes", "9" * 50, "1_000", "12:30:00"),
]  # fmt: skip

yaml_like = st.lists(st.sampled_from(SYNTAX) | st.text(max_size=4), max_size=40).map("".join)
"""Random text from pieces that have a meaning in YAML or in scenarios."""


@st.composite
def mutated(draw: st.DrawFn) -> str:
    """A valid file after a few cuts, insertions, repetitions or swaps of lines."""
    text = VALID
    for _ in range(draw(st.integers(1, 4))):
        place = draw(st.integers(0, len(text)))
        length = draw(st.integers(0, 12))
        change = draw(st.sampled_from(("cut", "insert", "repeat", "line")))
        if change == "cut":
            text = text[:place] + text[place + length :]
        elif change == "insert":
            text = text[:place] + draw(st.sampled_from(SYNTAX)) + text[place:]
        elif change == "repeat":
            text = text[: place + length] + text[place:]
        else:
            lines = text.splitlines(keepends=True)
            lines.insert(place % (len(lines) + 1), draw(st.sampled_from(lines)) if lines else "")
            text = "".join(lines)
    return text


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
"""Any value that a program may pass."""

yaml_of_values = st.dictionaries(
    st.sampled_from(("name", "extends", "time", "network", "fairs", "missions", "accompaniment")) | st.text(max_size=5),
    st.dictionaries(st.sampled_from(("openings", "places", "end", "mix", "closures", "noise")), values, max_size=3)
    | values,
    max_size=4,
).map(lambda data: json.dumps(data, ensure_ascii=False))
"""Well-formed files with wrong contents."""
