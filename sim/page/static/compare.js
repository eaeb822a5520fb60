// The room of two policies: levers on one side, what they change on the other.

import { Chart, INKS, sample } from "./chart.js";
import { answered, effectCells, effectColumns, effectHeads, effectValues } from "./effects.js";
import { byId, colon, data, element, explain, follow, number, onChoice, policyName, preset, query, remember, saveTable, table, tools, visit, word } from "./page.js";
import { drawRegions } from "./regions.js";

const SETTLE = 40; // milliseconds without a movement after which a slider counts as stopped
const SHOWN = ["cohort_success_rate", "survival_5y", "export_rate", "exporters", "outside_centre", "cost"];
const charts = new Map(SHOWN.map((name) => [name, new Chart(byId("charts"), { name, title: word(`series.${name}`), ...data.measures[name] })]));

// --- levers -------------------------------------------------------------------------------------------

const controls = new Map();

function lever(slider) {
  const id = `lever-${slider.path}`, help = `${id}-help`, name = word(`lever.${slider.path}`);
  const output = element("output", { htmlFor: id });
  const range = element("input", { type: "range", id, min: slider.low, max: slider.reach, step: slider.step, "aria-describedby": help });
  const factor = slider.share ? 100 : 1; // people read shares in per cent
  const unit = slider.unit === "-" ? "" : `\u00a0${slider.share ? word("unit.percent") : slider.unit}`;
  const limits = word("range", { low: number(factor * slider.low), high: number(factor * slider.high) }) + unit;
  const typed = element("input", { type: "number", min: factor * slider.low, max: factor * slider.high, step: slider.whole ? 1 : "any", ariaLabel: colon(name, limits) });
  const box = element("div", { className: "lever" },
    element("div", { className: "line" }, element("label", { htmlFor: id }, name), output),
    element("div", { className: "controls" }, range, typed),
    element("p", { id: help }, `${slider.meaning} (${limits})`));
  range.addEventListener("input", () => set(slider.path, Number(range.value)));
  range.addEventListener("change", ask); // released: it has stopped
  typed.addEventListener("change", () => {
    const value = slider.whole ? Math.round(Number(typed.value)) : Number(typed.value) / factor;
    set(slider.path, Math.min(slider.high, Math.max(slider.low, Number.isFinite(value) ? value : slider.usual)));
  });
  controls.set(slider.path, {
    show(value, changed) {
      const text = value === null ? word("open") : shownValue(slider, factor * value) + unit;
      output.textContent = text;
      range.value = value ?? slider.usual;
      range.setAttribute("aria-valuetext", text);
      typed.value = value === null ? "" : Number((factor * value).toFixed(slider.share ? 1 : 4));
      box.classList.toggle("changed", changed);
    },
  });
  return box;
}

function shownValue(slider, value) {
  if (slider.share) return number(value);
  return !slider.whole && slider.step < 0.5 ? number(value, 2) : number(value, Number.isInteger(value) ? 0 : 1);
}

function set(path, value) {
  if (data.mix.includes(path)) setMix(path, value);
  else visit.changes[path] = value;
  changed();
}

// The three shares of the hours sum to one: the other two keep their proportion.
function setMix(path, value) {
  const others = data.mix.filter((other) => other !== path);
  const now = others.map((other) => visit.changes[other] ?? preset().values[other]);
  const total = now[0] + now[1];
  const first = Math.round((total > 0 ? now[0] / total : 0.5) * (1 - value) * 1e4) / 1e4;
  visit.changes[path] = value;
  visit.changes[others[0]] = first;
  visit.changes[others[1]] = Number((1 - value - first).toFixed(8));
}

function showLevers() {
  for (const [path, control] of controls) {
    control.show(path in visit.changes ? visit.changes[path] : preset().values[path], path in visit.changes);
  }
  const sides = [["policy", policyName()], ["against", preset(visit.against).title]];
  byId("both").replaceChildren(...sides.map(([side, name]) => element("li", {}, sample(INKS[side]), name)));
}

// What the intervals hold: draws of the parameters, or chance only.
function showMeaning() {
  byId("means-drawn").hidden = visit.fixed;
  byId("means-fixed").hidden = !visit.fixed;
}

function buildLevers() {
  for (const path of data.front) byId("front").append(lever(data.sliders.find((slider) => slider.path === path)));
  let group = "";
  for (const slider of data.sliders.filter((one) => !data.front.includes(one.path))) {
    const own = slider.path.split(".")[0];
    if (own !== group) byId("others").append(element("h3", {}, word(`group.${own}`)));
    group = own;
    byId("others").append(lever(slider));
  }
}

// --- pictures -----------------------------------------------------------------------------------------

let leave = () => {}, timer = 0;

function changed() {
  showLevers();
  showMeaning();
  byId("problem").hidden = true;
  leave();
  clearTimeout(timer);
  timer = setTimeout(ask, SETTLE);
}

function ask() {
  leave();
  clearTimeout(timer);
  remember();
  byId("status").textContent = word("queue");
  const asked = query();
  leave = follow(`/api/compare?${asked}`, (picture) => draw(picture, asked), (end, seconds) => {
    if (end === "lost") byId("status").textContent = word("lost");
    if (end === "full") byId("status").textContent = word("full", { n: seconds });
    if (end === "broken" || end === "refused") explain();
  });
}

function draw(picture, asked) {
  const names = { policy: policyName(), against: preset(visit.against).title };
  for (const [name, chart] of charts) {
    const lines = ["policy", "against"].map((side) => {
      const [low, values, high] = picture.series[name][side];
      return { name: names[side], ink: INKS[side], values, low, high };
    });
    const [low, values, high] = picture.series[name].difference;
    chart.show(everyMonth(picture.months), lines, label(name, picture), picture.same ? null : { name: word("difference"), values, low, high, signed: true });
  }
  byId("status").textContent = progress(picture);
  byId("bands").textContent = picture.draws ? word("band.drawn", { n: picture.draws }) : word("band.fixed");
  if (picture.ended) tell(picture);
  document.body.classList.toggle("outdated", !picture.ended); // words and regions of the previous policy are hidden, not removed, so that nothing jumps
  Object.assign(byId("charts").dataset, { query: asked, worlds: picture.worlds, replications: JSON.stringify(picture.replications), ended: picture.ended, done: picture.worlds === picture.wanted && picture.ended });
}

let longest = [];

// First results are drawn on the axis of the whole period, so that nothing jumps when the rest arrives.
function everyMonth(months) {
  if (months.length > longest.length || months[0] !== longest[0]) longest = months;
  return longest;
}

function progress({ worlds, wanted, ended, draws }) {
  const count = worlds === wanted && ended ? word("worlds.all", { n: worlds })
    : worlds === 1 ? word("worlds.one") : word("worlds.so.far", { n: worlds, of: wanted });
  const all = draws ? word("of.draws", { worlds: count, n: draws }) : word("of.one.country", { worlds: count });
  return ended ? all : `${word("first.look")} ${all}`;
}

const subject = (name) => data.subjects[name] ?? name;
const label = (name, picture) => `${word(`series.${name}`)}. ${picture.sentences[subject(name)] ?? picture.sentences.same ?? ""}`;

function tell(picture) {
  byId("sentences").replaceChildren(...Object.entries(picture.sentences).map(([name, text]) =>
    element("li", { className: picture.same || answered(picture.outcomes[name].difference) ? "clear" : "unclear", id: `sentence-${name}` }, text,
      ...(picture.channels[name] ? [" ", element("span", { className: "channels" }, picture.channels[name])] : []))));
  byId("rates").textContent = picture.rates;
  const rows = Object.entries(picture.labels).map(([name, text]) => {
    const { policy, against, difference } = picture.outcomes[name];
    const places = Math.max(Math.abs(policy ?? 0), Math.abs(against ?? 0)) < 10 ? 4 : 1;
    const row = element("tr", { id: `outcome-${name}` });
    row.append(element("th", { scope: "row" }, text), ...[number(against, places), number(policy, places), ...effectCells(difference, places)]
      .map((cell) => element("td", { className: "number" }, cell)));
    row.dataset.values = JSON.stringify([against, policy, ...effectValues(difference)]);
    return row;
  });
  const sides = [word("outcome"), preset(visit.against).title, policyName()];
  const made = table([...sides, ...effectHeads()], []);
  made.tBodies[0].append(...rows);
  const saveNumbers = () => saveTable("outcomes", [...sides, ...effectColumns()],
    Object.entries(picture.labels).map(([name, text]) => [text, picture.outcomes[name].against, picture.outcomes[name].policy, ...effectValues(picture.outcomes[name].difference)]));
  byId("outcomes").replaceChildren(byId("outcomes").firstElementChild, tools(word("outcomes"), null, saveNumbers), element("div", { className: "scroll", tabIndex: 0, role: "region", ariaLabel: word("outcomes") }, made));
  drawRegions(byId("regions"), picture.outcomes);
}

buildLevers();
onChoice(changed);
byId("reset").addEventListener("click", () => { visit.changes = {}; changed(); });
showLevers();
showMeaning();
ask();
