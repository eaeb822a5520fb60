// The twelve regions as a grid of equal hexagons: each with the difference in startups alive after five years.

import { data, element, number, shape, table, word } from "./page.js";

const PLACES = {
  "Tanger-Tétouan-Al Hoceïma": [5, 0], "Rabat-Salé-Kénitra": [4, 1], "Fès-Meknès": [5, 1], "Oriental": [6, 1],
  "Casablanca-Settat": [4, 2], "Béni Mellal-Khénifra": [5, 2], "Marrakech-Safi": [4, 3], "Drâa-Tafilalet": [5, 3],
  "Souss-Massa": [4, 4], "Guelmim-Oued Noun": [3, 5], "Laâyoune-Sakia El Hamra": [3, 6], "Dakhla-Oued Ed-Dahab": [2, 7],
};
const SIDE = 52, WIDTH = SIDE * Math.sqrt(3);

// Two lines for a long name, cut at a hyphen or a space near its middle.
function halves(name) {
  if (name.length <= 13) return [name];
  const cuts = [...name.matchAll(/ ?- ?| /g)].map((match) => match.index + match[0].length);
  const cut = cuts.sort((one, other) => Math.abs(one - name.length / 2) - Math.abs(other - name.length / 2))[0] ?? name.length;
  return [name.slice(0, cut), name.slice(cut)].map((part) => part.trim()).filter(Boolean);
}

export function drawRegions(parent, outcomes) {
  const svg = shape("svg", { viewBox: `${0.4 * WIDTH} 0 ${5.2 * WIDTH} ${12.8 * SIDE}`, role: "img", "aria-label": word("regions") });
  const rows = [];
  for (const [region, [column, row]] of Object.entries(PLACES)) {
    const found = outcomes[`survivors_5y:${region}`];
    if (!found) continue;
    const [mean, low, high] = found.difference;
    const clear = low !== null && (low > 0 || high < 0);
    const x = (column - 1.5 + 0.5 * (row % 2)) * WIDTH, y = (1.1 + 1.5 * row) * SIDE;
    const corners = [0, 1, 2, 3, 4, 5].map((corner) => {
      const angle = Math.PI / 6 + (corner * Math.PI) / 3;
      return `${(x + 0.97 * SIDE * Math.cos(angle)).toFixed(1)},${(y + 0.97 * SIDE * Math.sin(angle)).toFixed(1)}`;
    });
    svg.append(shape("polygon", { points: corners.join(" "), class: `hex ${clear ? (mean > 0 ? "more" : "fewer") : ""}` }));
    const name = data.regions[region], lines = halves(name);
    lines.forEach((line, index) => svg.append(shape("text", { x, y: y - 8 + 11 * index - 6 * (lines.length - 1), class: "hex-name" }, line)));
    svg.append(shape("text", { x, y: y + 22, class: "hex-value" }, clear ? number(mean, 1, true) : "?"));
    rows.push([name, number(mean, 1, true), low === null ? "–" : `${number(low, 1, true)} … ${number(high, 1, true)}`]);
  }
  const open = parent.querySelector("details")?.open ?? false;
  const numbers = element("details", { open }, element("summary", {}, word("table")),
    element("div", { className: "scroll", tabIndex: 0, role: "region", ariaLabel: word("regions") }, table([word("outcome"), word("difference"), word("interval")], rows)));
  parent.replaceChildren(element("figcaption", {}, word("regions"), " ", element("small", {}, `? ${word("unclear")}`)), svg, numbers);
}
