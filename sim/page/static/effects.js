// An effect as tables show it, and as files hold it.

import { byId, element, number, saveTable, table, tools, word } from "./page.js";

// Whether a direction may be named.
export const told = ({ verdict }) => verdict === "clear" || verdict === "likely";

// Whether there is an answer; "nothing changes" is one.
export const answered = (effect) => told(effect) || effect.verdict === "practically none";

export const effectHeads = () => [word("median"), word("interval"), word("p.more"), word("known")];

// In the unit that people read: what is stored times `scale`.
export function effectCells({ mean, median, low, high, p_positive: share, verdict }, places, scale = 1) {
  const written = (value) => number(value === null ? null : value * scale, places, true);
  const interval = low === null ? "–" : `${written(low)} … ${written(high)}`;
  return [written(median ?? mean), interval, number(share, 2), word(`verdict.${verdict}`)];
}

export const effectColumns = () => ["mean", "median", "low", "high", "p.more", "chance", "known", "worlds", "draws"].map((key) => word(key));

export const effectValues = ({ mean, median, low, high, p_positive: share, chance_share: chance, verdict, n, draws }) =>
  [mean, median, low, high, share, chance, word(`verdict.${verdict}`), n, draws];

// Extra founders, founded again, relocated, housed, never housed: what each adds to the differences in counts.
export function tellChannels({ heads, rows }) {
  const box = byId("channels");
  box.hidden = !rows.length;
  if (!rows.length) return;
  const sums = heads.map((_, at) => rows.reduce((sum, row) => sum + (row[at + 1] ?? NaN), 0));
  const columns = [word("channel"), ...heads], all = [...rows, [word("total"), ...sums]];
  const made = table(columns, all.map(([name, ...values]) => [name, ...values.map((value) => number(value, 1, true))]));
  box.replaceChildren(box.firstElementChild, tools(word("channels"), null, () => saveTable("channels", columns, rows)),
    element("div", { className: "scroll", tabIndex: 0, role: "region", ariaLabel: word("channels") }, made));
}
