// The page without a server: effects at points that were run beforehand, and between them, with the error of that.

import { Chart, INKS } from "./chart.js";
import { answered, effectCells, effectColumns, effectHeads, effectValues, tellChannels } from "./effects.js";
import { shareAboveZero, smoother, weighed } from "./interpolation.js";
import { byId, colon, data, element, number, saveTable, table, tools, word } from "./page.js";

const site = JSON.parse(byId("site").textContent);
const origin = site.points[site.reference];
const named = (lever) => data.levers[lever.path];

// --- the state: a number for each lever, or the index of a choice ----------------------------------------

const start = site.levers.map((lever) => lever.origin);
let state = [...start];

const written = (lever, value) => (lever.kind === "choice" ? lever.choices[value] ?? "" : String(Number(value.toPrecision(6))));

function read(lever, text) {
  if (lever.kind === "choice") {
    const found = lever.choices.findIndex((choice) => (choice ?? "") === text);
    return found < 0 ? lever.origin : found;
  }
  const value = text === null || text.trim() === "" ? NaN : Number(text);
  return Number.isFinite(value) ? Math.min(lever.high, Math.max(lever.low, value)) : lever.origin;
}

const pairs = () => new URLSearchParams(location.hash.slice(1));

function address(language = data.language, values = state) {
  const hash = new URLSearchParams({ lang: language });
  site.levers.forEach((lever, index) => { if (values[index] !== start[index]) hash.set(lever.path, written(lever, values[index])); });
  return `#${hash}`;
}

// Where a link leads: another language is another reading of the file.
function arrive() {
  const found = pairs();
  if ((found.get("lang") ?? data.language) !== data.language) return location.reload();
  state = site.levers.map((lever) => (found.has(lever.path) ? read(lever, found.get(lever.path)) : lever.origin));
  return show();
}

function keep() {
  if (location.hash !== address()) location.hash = address(); // a step of the browser's Back
}

// --- what is known at a place ------------------------------------------------------------------------------

const place = () => site.levers.flatMap((lever, index) => {
  if (lever.kind !== "choice") return [(state[index] - lever.low) / (lever.high - lever.low)];
  return lever.choices.map((_, choice) => Number(choice === state[index])).filter((_, choice) => choice !== lever.origin);
});
const computed = () => site.states.findIndex((point) => point.every((value, index) => Math.abs(value - state[index]) < 1e-9));

const smoothers = new Map();
function weights(key, form) {
  if (!smoothers.has(key)) smoothers.set(key, smoother(form, site.points, origin));
  return smoothers.get(key)(place());
}

function nearest() {
  const here = place();
  const far = site.points.map((point) => point.reduce((sum, value, d) => sum + (value - here[d]) ** 2, 0));
  return far.indexOf(Math.min(...far));
}

// The verdict between points allows for the error of interpolation, and is clear only where the nearest point's is.
function verdict({ low, high, p_positive: share }, { errors, smallest, clear, at }, near) {
  if (low === null) return at.verdict[near];
  if (at.verdict[near] === "too few draws") return "too few draws";
  if (smallest > 0 && low - errors.low > -smallest && high + errors.high < smallest) return "practically none";
  const sure = Math.max(share, 1 - share) - errors.p_positive;
  if (sure >= clear && at.verdict[near] === "clear") return "clear";
  return sure >= site.likely ? "likely" : "open";
}

export function effectHere(name) {
  const outcome = site.outcomes[name], exact = computed(), found = { error: null };
  if (exact >= 0) {
    for (const [part, values] of Object.entries(outcome.at)) found[part] = values[exact];
    return found;
  }
  const share = weights(name, outcome.form), near = nearest();
  for (const part of ["median", "mean", "low", "high", "level"]) {
    found[part] = outcome.smooth.includes(part) ? weighed(share, outcome.at[part]) : null;
  }
  if (found.median !== null && found.low !== null) [found.low, found.median, found.high] = [found.low, found.median, found.high].sort((one, other) => one - other);
  else found.low = found.high = null;
  found.p_positive = found.low === null ? null : shareAboveZero(found.median, found.low, found.high);
  found.chance_share = null;
  [found.n, found.draws] = [outcome.at.n[near], outcome.at.draws[near]];
  found.error = outcome.errors.median ?? outcome.errors.mean;
  found.verdict = verdict(found, outcome, near);
  return found;
}

// --- levers ------------------------------------------------------------------------------------------------

const controls = site.levers.map((lever, index) => {
  const { label, meaning, unit, choices } = named(lever), id = `lever-${lever.path}`, help = `${id}-help`;
  const output = element("output", { htmlFor: id }), factor = lever.share ? 100 : 1;
  const shown = (value) => number(factor * value, Number.isInteger(Number((factor * value).toFixed(3))) ? 0 : 1) + (unit ? `\u00a0${unit}` : "");
  const input = lever.kind === "choice"
    ? element("select", { id, "aria-describedby": help }, ...choices.map((name, choice) => element("option", { value: choice }, name)))
    : element("input", { type: "range", id, min: lever.low, max: lever.high, step: lever.step, "aria-describedby": help });
  input.addEventListener("input", () => { state[index] = Number(input.value); show(); });
  input.addEventListener("change", keep);
  const box = element("div", { className: "lever" },
    element("div", { className: "line" }, element("label", { htmlFor: id }, label), ...(lever.kind === "choice" ? [] : [output])),
    element("div", { className: "controls" }, input),
    element("p", { id: help }, lever.kind === "choice" ? meaning : `${meaning} (${word("range", { low: shown(lever.low), high: shown(lever.high) })})`));
  byId("levers").append(box);
  return () => {
    const value = state[index];
    if (lever.kind !== "choice") {
      input.step = "any"; // a computed point may lie between two positions
      input.value = value;
      input.step = Number(((value - lever.low) / lever.step).toFixed(6)) % 1 ? "any" : lever.step;
      output.textContent = shown(value);
      input.setAttribute("aria-valuetext", shown(value));
    } else input.value = value;
    box.classList.toggle("changed", value !== lever.origin);
  };
});

// --- the picture -------------------------------------------------------------------------------------------

// Decimals that show two digits of an error.
const digits = (error) => (error > 0 ? Math.min(6, Math.max(0, 1 - Math.floor(Math.log10(error)))) : 0);

// When the new hubs of this policy open.
function openings() {
  const value = (kind, otherwise) => { const found = site.levers.findIndex(kind); return found < 0 ? otherwise : state[found]; };
  const hubs = value((lever) => lever.path === site.openings.path, site.openings.hubs), later = value((lever) => lever.kind === "months late", 0);
  return site.openings.months.slice(0, Math.max(0, hubs - site.openings.open)).map((month) => {
    const [year, number] = month.split("-").map(Number), count = 12 * year + number - 1 + Math.round(later);
    return { month: `${Math.floor(count / 12)}-${String((count % 12) + 1).padStart(2, "0")}`, text: "▲" };
  });
}

// Only charts in view follow the finger; the others are drawn when it rests, or when they come into view.
const seen = new IntersectionObserver((entries) => {
  for (const { target, isIntersecting } of entries) {
    const one = Object.values(charts).find(({ chart }) => chart.figure === target);
    one.inView = isIntersecting;
    if (isIntersecting) showChart(one, computed());
  }
});
const charts = Object.fromEntries(Object.entries(site.series.shown ?? {}).map(([name, series]) => {
  const { title, scale } = data.series[name];
  const note = element("p", { className: "note" });
  const chart = new Chart(byId("charts"), { name, ...data.series[name], title: colon(word("difference"), title) });
  chart.figure.append(note);
  seen.observe(chart.figure);
  return [name, { chart, note, error: number(scale * series.error, digits(scale * series.error)), inView: false }];
}));

function showChart({ chart, note, error }, exact) {
  const series = site.series.shown[chart.name];
  let ends;
  if (exact >= 0) ends = ["low", "middle", "high"].map((end) => series[end][exact]);
  else {
    const share = weights(`series ${chart.name}`, series.form);
    ends = ["low", "middle", "high"].map((end) => site.series.months.map((_, month) => share.reduce((sum, weight, i) => sum + weight * series[end][i][month], 0)));
  }
  const [low, values, high] = ends;
  const difference = { name: word("difference"), ink: INKS.difference, values, low, high, signed: true };
  chart.show(site.series.months, [], { label: colon(chart.title, chart.gap), difference, gaps: true, marks: openings() });
  note.textContent = exact >= 0 ? "" : word("site.error.chart", { error });
}

const rowCells = (name, found) => {
  const { scale, decimals, level_decimals: places, at } = site.outcomes[name];
  const scaled = { ...found };
  for (const part of ["mean", "median", "low", "high"]) scaled[part] = found[part] === null ? null : scale * found[part];
  const error = found.error === null ? word("site.computed") : `±\u00a0${number(scale * found.error, digits(scale * found.error))}`;
  return [number(scale * at.level[site.reference], places), number(found.level === null ? null : scale * found.level, places), ...effectCells(scaled, decimals), error];
};

// Why the policy differs: told of a computed policy, here or near here.
function because(name, exact) {
  const told = data.because[name];
  if (!told) return [];
  const text = exact >= 0 ? told[exact] : word("site.because.near", { text: told[nearest()] });
  return [" ", element("span", { className: "channels" }, text)];
}

// Means add up, between the points too: the channels of an outcome have the weights of its effect.
function showChannels(exact) {
  const names = Object.keys(site.channels);
  if (!names.length || !byId("channels").open) return;
  const here = (name, values) => (exact >= 0 ? values[exact] : weighed(weights(name, site.outcomes[name].form), values));
  const rows = Object.entries(data.channels).filter(([channel]) => names.some((name) => site.channels[name][channel]))
    .map(([channel, label]) => [label, ...names.map((name) => (site.channels[name][channel] ? here(name, site.channels[name][channel]) : null))]);
  tellChannels({ heads: names.map((name) => data.outcomes[name].label), rows });
}

let asked = 0, waiting = 0;

// Every movement is answered in the next frame; several movements in one frame have one answer.
function show() {
  controls.forEach((update) => update());
  cancelAnimationFrame(asked);
  asked = requestAnimationFrame(draw);
}

function draw() {
  const began = performance.now(), exact = computed(), same = exact === site.reference;
  const effects = Object.fromEntries(Object.keys(site.outcomes).map((name) => [name, effectHere(name)]));
  byId("status").textContent = same ? word("site.same") : exact >= 0 ? word("site.exact", { key: site.keys[exact], n: site.keys.length }) : word("site.between", { n: site.keys.length });
  byId("front").replaceChildren(...data.front.map((name) => line(name, effects[name], exact)));
  const rows = Object.entries(effects).map(([name, found]) => {
    const row = element("tr", { id: `outcome-${name}` }, element("th", { scope: "row", title: data.outcomes[name].sentence }, data.outcomes[name].label),
      ...rowCells(name, found).map((cell) => element("td", { className: "number" }, cell)));
    row.dataset.values = JSON.stringify(found);
    return row;
  });
  byId("rows").replaceChildren(...rows);
  const drawCharts = (inView) => Object.values(charts).filter((one) => one.inView === inView).forEach((one) => showChart(one, exact));
  showChannels(exact);
  drawCharts(true);
  clearTimeout(waiting);
  waiting = setTimeout(() => drawCharts(false), 200); // for printing, and for whoever scrolls
  for (const link of document.querySelectorAll("[data-language]")) link.href = address(link.dataset.language);
  document.body.dataset.point = exact >= 0 ? site.keys[exact] : "";
  document.body.dataset.took = (performance.now() - began).toFixed(1);
  document.body.dataset.drawn = Number(document.body.dataset.drawn ?? 0) + 1;
}

const apart = (text) => `\u2066${text.replaceAll(" ", "\u00a0")}\u2069`; // a number keeps its direction in Arabic, and its line

// The most important outcomes, one line each.
function line(name, found, exact) {
  const same = exact === site.reference;
  const [, , change, interval, share, known, error] = rowCells(name, found);
  const text = same ? colon(data.outcomes[name].label, "0") : colon(data.outcomes[name].label, word("site.line", { change: apart(change), interval: apart(interval), share, known }));
  return element("li", { className: same || answered(found) ? "clear" : "unclear" }, text, ...(same || found.error === null ? [] : [" ", element("small", {}, word("site.error", { error }))]), ...(same ? [] : because(name, exact)));
}

// --- the rest of the page ------------------------------------------------------------------------------------

function build() {
  for (const one of document.querySelectorAll("[data-word]")) one.textContent = word(one.dataset.word);
  for (const one of document.querySelectorAll("[data-label]")) one.setAttribute("aria-label", word(one.dataset.label));
  document.title = word("title");
  byId("lead").textContent = word("site.lead");
  byId("name").textContent = data.name;
  byId("description").textContent = data.description;
  const heads = [word("outcome"), word("site.reference"), word("site.here"), ...effectHeads(), word("site.error.head")];
  const made = table(heads, []);
  made.tBodies[0].id = "rows";
  const saveNumbers = () => saveTable("outcomes", [word("outcome"), ...effectColumns(), word("site.error.head")],
    Object.keys(site.outcomes).map((name) => { const found = effectHere(name); return [data.outcomes[name].label, ...effectValues(found), found.error]; }));
  byId("outcomes").append(element("div", { className: "scroll", tabIndex: 0, role: "region", ariaLabel: word("outcomes") }, made), tools(word("outcomes"), null, saveNumbers));
  byId("made").append(...data.made.flatMap(([name, text]) => [element("dt", {}, name), element("dd", { dir: "auto" }, text)]));
  const errors = Object.entries(site.outcomes).map(([name, one]) => [data.outcomes[name].label,
    number(one.scale * (one.errors.median ?? one.errors.mean), digits(one.scale * (one.errors.median ?? one.errors.mean))), number(one.errors.p_positive, 2), word(`site.form.${one.form.way}`), word(`site.form.${one.form.curve}`)]);
  byId("errors").append(table([word("outcome"), word("site.error.head"), word("p.more"), word("site.form.ways"), word("site.form.curves")], errors));
  for (const link of document.querySelectorAll("[data-language]")) if (link.dataset.language === data.language) link.setAttribute("aria-current", "true");
  byId("channels").hidden = !Object.keys(site.channels).length;
  byId("channels").addEventListener("toggle", () => showChannels(computed()));
  byId("reset").addEventListener("click", () => { state = [...start]; show(); keep(); });
  byId("nearest").addEventListener("click", () => { state = [...site.states[nearest()]]; show(); keep(); });
  byId("link").addEventListener("click", async (event) => {
    keep();
    const done = await navigator.clipboard?.writeText(location.href).then(() => true, () => false);
    event.target.textContent = word(done ? "copied" : "link.bar");
    setTimeout(() => { event.target.textContent = word("link"); }, done ? 1500 : 6000);
  });
  window.addEventListener("hashchange", arrive);
}

build();
arrive();
