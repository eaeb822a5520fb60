"""The first page of the report of a comparison, and the brief: finding, tiles, what to do, what is assumed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from sim.figures.study import PRESENT
from sim.report import advice
from sim.report.finding import Finding
from sim.report.imprint import money
from sim.report.milestones import Milestones, milestones
from sim.report.report_data import ReportData
from sim.report.tiles import Tile, tiles
from sim.report.whom_to_ask import whom_to_ask
from sim.words.language import Language


@dataclass(frozen=True)
class Block:
    """A heading of the first page with its sentences; `key` names it inside the page."""

    key: str
    title: str
    sentences: Sequence[str]


class FirstPage:
    """What the first page says of one comparison, in one language."""

    def __init__(self, data: ReportData, t: Language) -> None:
        self.data, self.t = data, t
        self.finding = Finding(data, t)

    @property
    def title(self) -> str:
        """The finding."""
        return self.finding.title

    @property
    def beside(self) -> list[str]:
        """What belongs to the finding."""
        return self.finding.beside

    @cached_property
    def tiles(self) -> list[Tile]:
        """The four tiles; none without differences."""
        if self.data.differences is None:
            return []
        return tiles(self.data, self.t, self.finding.shown)

    @cached_property
    def years(self) -> Milestones | None:
        """December 2027 and the last year."""
        return milestones(self.data, self.t, self.finding.shown)

    @property
    def reading(self) -> str:
        """How to read a line of a tile, and what the money is worth."""
        t, study = self.t, self.data.study
        worlds = self._worlds()
        reference = self.data.name(self.data.reference)
        if study.draw_count > 1:
            told = t(
                "Differences from “{reference}” in the same {worlds}: median, 95 % range over {draws} countries that "
                "fit the facts, and in how many of 100 such countries there is a gain",
                reference=reference, worlds=worlds, draws=t.number(study.draw_count),
            )  # fmt: skip
        else:
            told = t(
                "Differences from “{reference}” in the same {worlds}, with their 95 % range by chance",
                reference=reference, worlds=worlds,
            )  # fmt: skip
        scenario = self.data.scenarios.get(self.data.reference)
        parts = [told, money(t, scenario.present if scenario else PRESENT)]
        if len(self.data.policies) > len(self.finding.shown):
            rest = len(self.data.policies) - len(self.finding.shown)
            parts.append(
                t(
                    "{n} other policy is in the tables that follow",
                    "{n} other policies are in the tables that follow",
                    n=rest,
                )
            )
        return t("{sentence}.", sentence=t("; ").join(parts))

    def _worlds(self) -> str:
        frame = self.data.differences if self.data.differences is not None else self.data.summary
        most = int(frame["n"].max()) if frame is not None else 0
        return self.t("{n} world", "{n} worlds", n=most)

    @cached_property
    def blocks(self) -> list[Block]:
        """The blocks below the tiles; those without a sentence are left out."""
        t, found = self.t, self.finding
        blocks = [
            Block("money", t("For the same money"), advice.at_equal_money(found)),
            Block("do", t("What to do"), advice.to_do(found)),
            Block("turns", t("What would change this"), advice.would_change(found)),
            Block("watch", t("What to watch"), advice.to_watch(found, self.years)),
            Block("ask", t("Whom to ask, and for what"), whom_to_ask(t, self.data.folder, self.data.manifest)),
            Block("assumed", t("What is assumed"), advice.assumed(found)),
        ]
        return [block for block in blocks if block.sentences]
