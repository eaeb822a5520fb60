"""What answers become without a mechanism, as text for people."""

from __future__ import annotations

from sim.inference.leave_one_out import FEWEST, QUESTIONS, REFERENCE, Answer, LeaveOneOut, Without
from sim.inference.without_mechanism import COMPLETE
from sim.report.layout import as_text, grid
from sim.report.text.numbers import count, one_line

NOT_HELD = "does not hold"


def table(found: LeaveOneOut, width: int = 120) -> str:
    """One table per policy and outcome: a row for each mechanism that is left out."""
    parts: list[object] = [
        f"What a policy adds to {REFERENCE!r} in the same worlds, with one mechanism left out at a time: median, 95 % "
        f"interval over {count(found.draws, 'draw')} (chance taken out), probability of a gain. As drawn: under the "
        "posterior as it is. Refitted: draws weighted by how well they fit the facts without the mechanism; with fewer "
        f"than {FEWEST} effective draws that does not hold, and only a calibration without it would tell."
    ]
    for place, (policy, outcome) in enumerate(_asked(found)):
        rows = [_cells(row, place) for row in found.rows if row.acts]
        parts += [f"\n{policy}: {outcome}", grid(("left out", "as drawn", "refitted", "effective draws"), rows)]
    if idle := [row.name for row in found.rows if not row.acts]:
        parts.append(f"Off already, so that nothing changes: {', '.join(idle)}.")
    moved = [words for row in found.rows if (words := _moved(row))]
    if moved:
        parts.append("Facts that move most, in their tolerances (a quarter of the band):\n" + "\n".join(moved))
    return as_text(*parts, width=width)


def _asked(found: LeaveOneOut) -> list[tuple[str, str]]:
    asked = [(answer.policy, answer.outcome) for answer in found.rows[0].answers]
    return sorted(asked, key=lambda pair: QUESTIONS.index(pair[0]))


def _cells(row: Without, place: int) -> tuple[str, ...]:
    answer: Answer = row.answers[place]
    plain = one_line(answer.as_drawn, answer.outcome)
    if row.name == COMPLETE:
        return row.name, plain, "", ""
    refitted = NOT_HELD if answer.refitted is None else one_line(answer.refitted, answer.outcome)
    return row.name, plain, refitted, f"{row.effective:.0f}"


def _moved(row: Without) -> str:
    largest = sorted((row.moved or {}).items(), key=lambda item: -abs(item[1]))[:3]
    words = ", ".join(f"{name} {change:+.1f}" for name, change in largest if abs(change) >= 0.05)
    return f"  {row.name}: {words or 'none by a twentieth'}" if row.moved else ""
