// The room of two policies: levers on one side, what they change on the other.

import { draw } from "./answer.js";
import { INKS, sample } from "./chart.js";
import { byId, colon, data, element, explain, follow, number, onChoice, policyName, preset, query, reachWhenScrolled, remember, say, visit, word } from "./page.js";

const SETTLE = 40; // milliseconds without a movement after which a slider counts as stopped

// --- levers -------------------------------------------------------------------------------------------

const controls = new Map();

function lever(slider) {
  const id = `lever-${slider.path}`, help = `${id}-help`, name = word(`lever.${slider.path}`);
  const output = element("output", { htmlFor: id, ariaLive: "off" }); // the slider itself says its value
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
  say(word("queue"));
  const asked = query();
  leave = follow(`/api/compare?${asked}`, (picture) => draw(picture, asked), (end, seconds) => {
    if (end === "lost") say(word("lost"));
    if (end === "full") say(word("full", { n: seconds }));
    if (end === "broken" || end === "refused") explain();
  });
}

buildLevers();
reachWhenScrolled(document.querySelector(".summary"));
onChoice(changed);
byId("reset").addEventListener("click", () => { visit.changes = {}; changed(); });
showLevers();
showMeaning();
ask();
