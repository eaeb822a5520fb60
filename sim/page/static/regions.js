// The regions as a grid of equal hexagons: each with the difference in startups alive after five years.

import { effectCells, effectColumns, effectHeads, effectValues, told } from "./effects.js";
import { byId, data, element, number, save, saveTable, shape, table, tools, word } from "./page.js";
import { ink, onTheme } from "./theme.js";

const SIDE = 52, WIDTH = SIDE * Math.sqrt(3);
const COLUMNS = Object.values(data.tiles).map(([column, row]) => column + 0.5 * (row % 2)), LEFT = Math.min(...COLUMNS) - 0.6;
const ROWS = Object.values(data.tiles).map(([, row]) => row), TOP = Math.min(...ROWS);
const SIZE = [(Math.max(...COLUMNS) + 0.6 - LEFT) * WIDTH, (1.5 * (Math.max(...ROWS) - TOP) + 2.3) * SIDE];
const LOOKS = {
  more: { get fill() { return ink("more"); }, get stroke() { return ink("policy"); }, "stroke-width": 2 },
  fewer: { get fill() { return ink("fewer"); }, get stroke() { return ink("second"); }, "stroke-width": 2, "stroke-dasharray": "4 3" },
  unknown: { get fill() { return ink("unknown"); }, get stroke() { return ink("paper"); }, "stroke-width": 2 },
};
const TEXT = { "text-anchor": "middle", "font-family": "system-ui, sans-serif", get fill() { return ink("strong"); } };

// Two lines for a long name, cut at a hyphen or a space near its middle.
function halves(name) {
  if (name.length <= 13) return [name];
  const cuts = [...name.matchAll(/ ?- ?| /g)].map((match) => match.index + match[0].length);
  const cut = cuts.sort((one, other) => Math.abs(one - name.length / 2) - Math.abs(other - name.length / 2))[0] ?? name.length;
  return [name.slice(0, cut), name.slice(cut)].map((part) => part.trim()).filter(Boolean);
}

// Only clear and likely differences have a number and a colour; zero means the same in all worlds.
function hexagon(x, y, region, effect) {
  const { median, low, high } = effect, look = told(effect) ? (median > 0 ? "more" : "fewer") : "unknown";
  const corners = [0, 1, 2, 3, 4, 5].map((corner) => {
    const angle = Math.PI / 6 + (corner * Math.PI) / 3;
    return `${(x + 0.97 * SIDE * Math.cos(angle)).toFixed(1)},${(y + 0.97 * SIDE * Math.sin(angle)).toFixed(1)}`;
  });
  const lines = halves(data.regions[region]);
  return [
    shape("polygon", { points: corners.join(" "), ...LOOKS[look] }),
    ...lines.map((line, index) => shape("text", { x, y: y - 8 + 12 * index - 6 * (lines.length - 1), "font-size": line.length > 13 ? 10 : 11, ...TEXT }, line)),
    shape("text", { x, y: y + 23, "font-size": 16, "font-weight": 700, direction: "ltr", ...TEXT }, told(effect) ? number(median, 1, true) : low === 0 && high === 0 ? "0" : "?"),
  ];
}

let last = null;
onTheme(() => last && drawRegions(...last));

export function drawRegions(parent, outcomes) {
  last = [parent, outcomes];
  const title = word("regions"), open = byId("regions-numbers")?.open ?? false;
  const svg = shape("svg", { viewBox: `0 0 ${SIZE[0]} ${SIZE[1]}`, role: "img", "aria-label": title });
  const found = Object.entries(data.tiles).filter(([region]) => outcomes[`survivors_5y:${region}`])
    .map(([region, place]) => [region, place, outcomes[`survivors_5y:${region}`].difference]);
  for (const [region, [column, row], difference] of found) {
    svg.append(...hexagon((column + 0.5 * (row % 2) - LEFT) * WIDTH, (1.1 + 1.5 * (row - TOP)) * SIDE, region, difference));
  }
  const rows = found.map(([region, , effect]) => [data.regions[region], ...effectCells(effect, 1)]);
  const numbers = element("details", { id: "regions-numbers", open }, element("summary", {}, word("table")),
    element("div", { className: "scroll", tabIndex: 0, role: "region", ariaLabel: title }, table([word("region"), ...effectHeads()], rows)));
  const saveNumbers = () => saveTable("regions", [word("region"), ...effectColumns()],
    found.map(([region, , effect]) => [data.regions[region], ...effectValues(effect)]));
  parent.replaceChildren(
    element("figcaption", {}, title, " ", element("small", {}, word("regions.key"))),
    svg, tools(title, () => savePicture(svg, title), saveNumbers), numbers);
}

// The drawing as a picture with styles of its own, because the styles of the page do not go with it.
async function savePicture(svg, title) {
  const copy = svg.cloneNode(true), [width, height] = SIZE.map(Math.round);
  copy.setAttribute("width", width);
  copy.setAttribute("height", height);
  const picture = new Image();
  picture.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(new XMLSerializer().serializeToString(copy))}`;
  await picture.decode();
  const canvas = element("canvas", { width: 2 * width, height: 2 * height + 60 }), context = canvas.getContext("2d");
  context.fillStyle = ink("paper"); context.fillRect(0, 0, canvas.width, canvas.height);
  context.fillStyle = ink("strong"); context.font = "600 26px system-ui, sans-serif"; context.textAlign = "center";
  context.fillText(title, width, 40, 2 * width - 40);
  context.drawImage(picture, 0, 60, 2 * width, 2 * height);
  save("regions.png", canvas.toDataURL("image/png"), "image/png");
}
