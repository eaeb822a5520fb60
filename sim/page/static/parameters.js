// Every declared parameter: found by search, set and set back one by one, with what is known about it.

import { backButton, refusal, tellRefusal } from "./levers.js";
import { between, byId, data, element, number, visit, word } from "./page.js";
import { isChanged, learn, setBack, setValue, usual, valueOf, wrongWith } from "./values.js";

let asked = null;
const rows = new Map();

// The declarations in the visitor's language, fetched once when they are needed.
export const catalogue = () => (asked ??= fetch(`/api/parameters?lang=${data.language}`).then((answer) => answer.json()).then((found) => {
  learn(found.parameters);
  return found;
}, (error) => { asked = null; throw error; }));

const plain = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
const shown = (value) => value === null ? "–" : typeof value === "boolean" ? word(value ? "on" : "off") : typeof value === "number" ? String(value) : String(value);
const written = (parameter, value) => {
  const named = parameter.choices.find(([choice]) => choice === value);
  const text = named ? named[1] : parameter.kind === "list" ? String((value ?? []).length) : shown(value);
  return parameter.unit && value !== null ? `${text}\u00a0${parameter.unit}` : text;
};

function about(parameter, group) {
  const { low, high, prior } = parameter, list = element("dl");
  const line = (key, ...text) => list.append(element("dt", {}, word(key)), element("dd", {}, ...text));
  line("meaning", parameter.meaning);
  if (low !== null || high !== null) line("allowed", word("range", { low: shown(low), high: shown(high) }), parameter.unit ? `\u00a0${parameter.unit}` : "");
  line("of.policy", written(parameter, usual(parameter.path)));
  if (prior) line("drawn", word("drawn.within", { low: shown(prior[0]), high: shown(prior[1]) }));
  line("origin", between(parameter.origin, parameter.because || parameter.origin),
    ...parameter.links.flatMap((href) => [" ", element("a", { href, rel: "noreferrer", target: "_blank" }, new URL(href).hostname)]));
  if (parameter.symbol) line("symbol", element("code", { dir: "ltr" }, parameter.symbol));
  const own = parameter.equations.length ? parameter.equations : group.equations;
  if (own.length) line(parameter.equations.length ? "equation" : "equations", element("pre", { dir: "ltr", tabIndex: 0 }, own.join("\n")));
  return list;
}

// The control for one kind of value, with a function that shows a value in it.
function control(parameter, id, set) {
  const { kind } = parameter, described = { id, "aria-describedby": `${id}-wrong` };
  if (kind === "list") {
    const open = element("button", { type: "button", id, onclick: () => { byId("network").open = true; byId("network").scrollIntoView(); } }, word("on.map"));
    return [open, () => {}];
  }
  if (kind === "switch") {
    const box = element("input", { type: "checkbox", ...described, onchange: () => set(box.checked) });
    return [box, (value) => { box.checked = value === true; }];
  }
  if (kind === "choice") {
    const list = element("select", { ...described, onchange: () => set(list.value) }, ...parameter.choices.map(([value, text]) => element("option", { value }, text)));
    return [list, (value) => { list.value = value; }];
  }
  const numeric = kind !== "month";
  const field = element("input", { type: numeric ? "number" : "month", step: "any", ...described });
  field.addEventListener("change", () => set(field.value === "" ? undefined : numeric ? Number(field.value) : field.value));
  return [field, (value) => { if (field !== document.activeElement || field.value === "") field.value = value ?? ""; }];
}

function row(parameter, group, settled) {
  const id = `parameter-${parameter.path}`, title = parameter.label, wrong = refusal(id);
  const both = () => !parameter.lever && byId("both-policies").checked;
  const [field, put] = control(parameter, id, (value) => {
    if (value === undefined) setBack(parameter.path, both());
    else setValue(parameter.path, value, both());
    settled();
  });
  const back = backButton(title, () => { setBack(parameter.path, !parameter.lever); settled(); field.focus(); });
  const more = element("details", {}, element("summary", { ariaLabel: between(word("about"), title) }, word("about")));
  more.addEventListener("toggle", () => more.children.length > 1 || more.append(about(parameter, group)));
  const box = element("div", { className: "parameter" },
    element("label", { htmlFor: id }, title), " ", element("code", { dir: "ltr" }, parameter.path),
    element("div", { className: "controls" }, field, element("span", {}, parameter.unit), back), wrong, more);
  const words = plain([parameter.path, parameter.label, parameter.meaning, parameter.unit, group.title, parameter.because].join(" "));
  rows.set(parameter.path, {
    box, words,
    show() {
      const own = parameter.path in visit.others;
      put(valueOf(parameter.path));
      box.classList.toggle("changed", isChanged(parameter.path));
      back.hidden = !isChanged(parameter.path) && (parameter.lever || !own);
      tellRefusal(wrong, wrongWith(parameter.path));
    },
  });
  return box;
}

function find(text) {
  const wanted = plain(text).split(/\s+/).filter(Boolean);
  let count = 0;
  for (const { box, words } of rows.values()) {
    box.hidden = !wanted.every((part) => words.includes(part));
    count += !box.hidden;
  }
  for (const section of byId("every").querySelectorAll("section")) section.hidden = !section.querySelector(".parameter:not([hidden])");
  byId("found").textContent = word("found", { n: number(count), of: number(rows.size) });
}

function build({ groups, parameters }, settled) {
  const search = element("input", { type: "search", id: "find", autocomplete: "off" });
  search.addEventListener("input", () => find(search.value));
  byId("every").append(
    element("div", { className: "field" }, element("label", { htmlFor: "find" }, word("find")), search),
    element("p", { id: "found", className: "note", role: "status" }),
    element("label", {}, element("input", { type: "checkbox", id: "both-policies", checked: true }), " ", word("in.both")),
    element("p", { className: "note" }, word("in.both.help")),
    ...Object.entries(groups).map(([name, group]) => element("section", { ariaLabel: group.title },
      element("h3", {}, group.title),
      ...parameters.filter((one) => one.path.split(".")[0] === name).map((one) => row(one, group, settled)))));
  find("");
  showParameters();
}

export const showParameters = () => { for (const one of rows.values()) one.show(); };

export function buildParameters(moved, settled) {
  const every = byId("every");
  every.addEventListener("toggle", async () => {
    if (!every.open || every.dataset.built) return;
    every.dataset.built = "true";
    try {
      build(await catalogue(), settled);
    } catch {
      delete every.dataset.built;
      every.append(element("p", { className: "note" }, word("lost")));
    }
  });
}
