"""What `hubsim verify` has found, as text for people and as plain data."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from sim.errors import listed
from sim.inference.rerun import Moved, Rerun
from sim.model.outcomes import OUTCOMES
from sim.studies.incidents import Incident
from sim.studies.verification import Verified

MOST = 20
"""Largest number of differences that are printed; `--json` has all."""


def told(found: Verified, again: Rerun | None, incidents: Sequence[Incident]) -> str:
    """All that was found, in sentences, with the verdict at the end."""
    lines = _files(found)
    lines += _program(found, again)
    if again is not None:
        lines += _numbers(again)
    lines += [one.sentence for one in incidents]
    same = found.same and (again is None or not again.moved)
    lines.append("The same." if same else "Not the same.")
    return "\n".join(lines)


def _files(found: Verified) -> list[str]:
    folder, record = found.store.folder, found.record
    lines = [f"{folder}: fingerprint {record.fingerprint}, {len(record.files)} files in its record"]
    for name, what in (("missing", "is missing"), ("changed", "has changed"), ("extra", "is not in the record")):
        files: list[str] = getattr(found, name)
        lines += [f"{folder}/{file} {what}" for file in files[:MOST]]
        if len(files) > MOST:
            lines.append(f"… and {len(files) - MOST} more files: {what}")
    if found.fingerprint != record.fingerprint:
        lines.append(f"The files as they are have another fingerprint: {found.fingerprint}")
    if record.left_out:
        kept_out = listed(sorted(record.left_out), 12)
        lines.append(f"Not kept here, and covered by the fingerprint: {kept_out}")
    for inside in found.inside:
        lines += _files(inside)
    return lines


def _program(found: Verified, again: Rerun | None) -> list[str]:
    revision = found.record.revision
    made = f"Made by hubsim {found.record.environment.get('hubsim', 'of an unknown version')}"
    made += f", revision {revision}" if revision else ""
    if not found.program:
        return [f"{made}; this program gives the same numbers."] if again is None else [f"{made}."]
    way = "" if again is not None else " See how far its numbers are from these: --rerun 3"
    return [f"{made}. This program is another one: {'; '.join(found.program)}.{way}"]


def _numbers(again: Rerun) -> list[str]:
    lines = [
        f"Run again, chosen by the fingerprint: {listed(again.worlds, 12)} "
        f"({again.runs} runs, {again.numbers:,} numbers compared)"
    ]
    if again.scenarios:
        lines.append(f"This program reads other values in these scenarios: {listed(again.scenarios, 12)}")
    if not again.moved:
        return [*lines, "Every number is the same, bit for bit."]
    lines.append(f"{len(again.moved):,} columns of runs differ:")
    lines += [_moved(one) for one in sorted(again.moved, key=_size, reverse=True)[:MOST]]
    if len(again.moved) > MOST:
        lines.append(f"… and {len(again.moved) - MOST:,} more; --json lists all")
    if len(again.shifts):
        lines.append("Means of the whole country over these runs:")
        lines += [
            f"  {row['outcome']} ({OUTCOMES[row['outcome']].unit if row['outcome'] in OUTCOMES else '-'}): "
            f"{row['before']:.6g} was {row['now']:.6g} now, at most {row['largest']:.3g} in one run"
            for row in again.shifts.to_dict("records")[:MOST]
        ]
    return lines


def _size(one: Moved) -> float:
    """How much a number moved, as a share of itself; what is no number comes first."""
    if math.isnan(one.by):
        return math.inf
    return abs(one.by) / max(abs(float(one.before)), 1e-300)


def _moved(one: Moved) -> str:
    where = f"  world {one.world}, {one.scenario}, {one.table}: {one.column}"
    more = f", in {one.cells} rows" if one.cells > 1 else ""
    by = "" if math.isnan(one.by) else f", by {one.by:+.3g}"
    return f"{where} was {one.before} and is {one.now}{by}{more}"


def as_data(found: Verified, again: Rerun | None, incidents: Sequence[Incident]) -> dict[str, Any]:
    """The same as plain data."""
    data = {
        "folder": str(found.store.folder),
        "same": found.same and (again is None or not again.moved),
        "fingerprint": found.record.fingerprint,
        "fingerprint_of_files": found.fingerprint,
        "files": len(found.record.files),
        "missing": found.missing,
        "changed": found.changed,
        "extra": found.extra,
        "left_out": sorted(found.record.left_out),
        "revision": found.record.revision,
        "program": found.program,
        "incidents": [{"name": one.name, "title": one.title, "page": one.address} for one in incidents],
        "inside": [as_data(inside, None, ()) for inside in found.inside],
    }
    if again is not None:
        data["rerun"] = {
            "worlds": again.worlds,
            "runs": again.runs,
            "numbers": again.numbers,
            "scenarios": list(again.scenarios),
            "moved": [_plain(one) for one in again.moved],
            "shifts": again.shifts.to_dict("records"),
        }
    return data


def _plain(one: Moved) -> dict[str, Any]:
    told = {
        name: getattr(one, name) for name in ("world", "scenario", "table", "column", "before", "now", "by", "cells")
    }
    return {
        name: None if isinstance(value, float) and not math.isfinite(value) else value for name, value in told.items()
    }
