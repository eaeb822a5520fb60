"""What became of mistakes that were put into the program: `tools/mutation/results`, and why some survived."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd
from ruamel.yaml import YAML
from scipy.stats import binomtest

from tools.documentation.markdown import fragment, paragraphs, table
from tools.mutation.__main__ import RESULTS, kept
from tools.mutation.mutants import SIZE


def page() -> str:
    """Mistakes of the domain, the random sample, and the survivors one by one."""
    with (RESULTS.parent / "domain.yaml").open(encoding="utf-8") as file:
        listed = YAML(typ="safe").load(file)
    domain, sample = kept("domain"), kept("ordinary")
    return paragraphs(
        fragment("mutation"),
        "## Mistakes of the domain",
        f"Written down: {len(listed)}. Tried: {len(domain)}. {_told(domain)}",
        _places([entry["means"] for entry in listed], domain),
        "## A random sample of ordinary mistakes",
        f"Drawn: {SIZE}, in a drawn order. Tried: the first {len(sample)}. {_told(sample)} {_share(sample)}",
        _by_module(sample),
        "### Those that survived",
        _survivors(sample),
    )


def _told(rows: pd.DataFrame) -> str:
    fates = rows["fate"].value_counts()
    noticed = int(len(rows) - fates.get("survived", 0))
    endless = f" (of them {fates['too long']} because the tests did not end)" if "too long" in fates else ""
    return f"Noticed by a test: {noticed}{endless}."


def _share(rows: pd.DataFrame) -> str:
    noticed, tried = int((rows["fate"] != "survived").sum()), len(rows)
    same = sum(_reasons().get(_key(row), {}).get("equivalent", False) for row in rows.to_dict("records"))
    told = [f"Share noticed: {_interval(noticed, tried)}."]
    if same:
        told.append(f"Without the {same} that change nothing anybody could notice: {_interval(noticed, tried - same)}.")
    return " ".join(told)


def _interval(part: int, whole: int) -> str:
    if not whole:
        return "not known"
    ends = binomtest(part, whole).proportion_ci(0.95, method="wilson")
    return f"{100 * part / whole:.1f} % (95 % interval of Wilson {100 * ends.low:.1f} to {100 * ends.high:.1f} %)"


def _places(listed: list[str], rows: pd.DataFrame) -> str:
    found = {row["name"]: row for row in rows.to_dict("records")}
    lines = [
        (means, f"`{row['file']}`", row["fate"], f"`{row['test'].partition('::')[2]}`" if row["test"] else "")
        for means in listed
        if (row := found.get(means))
    ]
    waiting = [means for means in listed if means not in found]
    told = f"Not tried yet: {'; '.join(waiting)}." if waiting else ""
    return paragraphs(table(("what is wrong", "file", "what became of it", "first test that fails"), lines), told)


def _by_module(rows: pd.DataFrame) -> str:
    lines = [
        (f"`{file}`", len(group), int((group["fate"] != "survived").sum())) for file, group in rows.groupby("file")
    ]
    return table(("file", "tried", "noticed"), lines)


def _key(row: Mapping[Any, Any]) -> str:
    return f"{row['file']} {row['name']}"


def _reasons() -> dict[str, dict[str, Any]]:
    path = RESULTS / "survivors.yaml"
    found: dict[str, dict[str, Any]] = YAML(typ="safe").load(path.read_text(encoding="utf-8")) or {}
    return found


def _survivors(rows: pd.DataFrame) -> str:
    reasons = _reasons()
    lines = [
        (f"`{row['file']}:{row['line']}`", f"`{row['change']}`", reasons.get(_key(row), {}).get("why", "not looked at"))
        for row in rows[rows["fate"] == "survived"].to_dict("records")
    ]
    return table(("place", "change", "why no test fails"), lines) if lines else "None."
