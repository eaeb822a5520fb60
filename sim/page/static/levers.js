// The sliders of the levers. A slider that moves asks for one world, one that rests for all.

import { byId, colon, data, element, number, word } from "./page.js";
import { isChanged, positionOf, setBack, setValue, wrongWith } from "./values.js";

const controls = new Map();

// Where a value that the checker refuses is explained, in its own words.
export const refusal = (id) => element("p", { id: `${id}-wrong`, className: "wrong", role: "alert", hidden: true });

export function tellRefusal(box, text) {
  box.hidden = !text;
  if (box.textContent !== text) box.textContent = text;
}

// The button that takes one change back.
export const backButton = (name, act) =>
  element("button", { type: "button", className: "back", ariaLabel: colon(word("set.back"), name), title: word("set.back"), hidden: true, onclick: act }, "↺");

function lever(slider, moved, settled) {
  const id = `lever-${slider.path}`, help = `${id}-help`, name = word(`lever.${slider.path}`);
  const output = element("output", { htmlFor: id, ariaLive: "off" }), wrong = refusal(id);
  const range = element("input", { type: "range", id, min: slider.low, max: slider.reach, step: slider.step, "aria-describedby": help });
  const factor = slider.share ? 100 : 1; // people read shares in per cent
  const unit = slider.unit === "-" ? "" : `\u00a0${slider.share ? word("unit.percent") : slider.unit}`;
  const limits = word("range", { low: number(factor * slider.low), high: number(factor * slider.high) }) + unit;
  const typed = element("input", { type: "number", step: "any", ariaLabel: colon(name, limits) });
  const back = backButton(name, () => { setBack(slider.path); settled(); range.focus(); });
  const box = element("div", { className: "lever" },
    element("div", { className: "line" }, element("label", { htmlFor: id }, name), output),
    element("div", { className: "controls" }, range, typed, back),
    wrong,
    element("p", { id: help }, `${slider.meaning} (${limits})`));
  range.addEventListener("input", () => { setValue(slider.path, Number(range.value)); moved(); });
  range.addEventListener("change", settled); // released: it has stopped
  typed.addEventListener("change", () => {
    if (typed.value === "") setBack(slider.path);
    else setValue(slider.path, slider.share ? Number((Number(typed.value) / factor).toPrecision(12)) : Number(typed.value));
    settled();
  });
  controls.set(slider.path, {
    show() {
      const value = positionOf(slider.path), changed = isChanged(slider.path), numeric = typeof value === "number";
      const text = value === null ? word("open") : numeric ? shownValue(slider, factor * value) + unit : String(value);
      output.textContent = text;
      range.value = numeric ? value : slider.usual;
      range.setAttribute("aria-valuetext", text);
      typed.value = numeric ? Number((factor * value).toFixed(slider.share ? 1 : 4)) : "";
      box.classList.toggle("changed", changed);
      back.hidden = !changed;
      tellRefusal(wrong, wrongWith(slider.path));
    },
  });
  return box;
}

function shownValue(slider, value) {
  if (slider.share) return number(value);
  return !slider.whole && slider.step < 0.5 ? number(value, 2) : number(value, Number.isInteger(value) ? 0 : 1);
}

export const showLevers = () => { for (const control of controls.values()) control.show(); };

// `moved` is called while a slider moves, `settled` once it rests.
export function buildLevers(moved, settled) {
  const made = (slider) => lever(slider, moved, settled);
  for (const path of data.front) byId("front").append(made(data.sliders.find((slider) => slider.path === path)));
  let group = "";
  for (const slider of data.sliders.filter((one) => !data.front.includes(one.path))) {
    const own = slider.path.split(".")[0];
    if (own !== group) byId("others").append(element("h3", {}, word(`group.${own}`)));
    group = own;
    byId("others").append(made(slider));
  }
}
