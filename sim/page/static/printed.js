// On paper the levers are left out; what they are set to stands in a list of its own.

import { byId, colon, data, element, number, preset, visit, word } from "./page.js";
import { nameOf, positionOf } from "./values.js";

// The value of a lever with its unit.
function value(slider) {
  const set = positionOf(slider.path);
  if (set === null) return word("open");
  const unit = slider.share ? word("unit.percent") : slider.unit === "-" ? "" : slider.unit;
  const shown = slider.share ? 100 * set : set;
  return number(shown, Number.isInteger(shown) ? 0 : slider.whole ? 0 : 2) + (unit ? `\u00a0${unit}` : "");
}

export function fillPrinted() {
  const changed = Object.keys(visit.changes), sliders = new Map(data.sliders.map((one) => [one.path, one]));
  const told = [...new Set([...data.front, ...changed])].map((path) => {
    const slider = sliders.get(path);
    return colon(nameOf(path), slider ? value(slider) : JSON.stringify(visit.changes[path])) + (changed.includes(path) ? " ●" : "");
  });
  const policy = colon(word("policy"), preset().title), seed = colon(word("seed"), String(visit.seed));
  byId("printed").replaceChildren(...[policy, ...told, seed, location.href].map((text) => element("li", {}, text)));
}

window.addEventListener("beforeprint", fillPrinted);
