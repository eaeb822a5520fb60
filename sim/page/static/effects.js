// An effect as tables show it, and as files hold it.

import { number, word } from "./page.js";

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
