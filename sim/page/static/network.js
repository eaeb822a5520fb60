// The hub network on the map: hubs are dragged from city to city, added, closed, and given months and places.

import { refusal, tellRefusal } from "./levers.js";
import { between, byId, colon, data, element, monthName, number, shape, word } from "./page.js";
import { catalogue } from "./parameters.js";
import { CLOSURES, HUBS, OPENINGS, setBack, setValue, usual, valueOf, wrongWith } from "./values.js";

const REACH = 1 / Math.sqrt(3);
const NEW_PLACES = 60, NEW_AFTER = 30; // places of a hub that is added, and months after the present in which it opens
const PARTS = { hub: "select", opens: "month", places: "number", mentor_hours: "number", closes: "month" };
const HOURS = "accompaniment.hours_per_startup", ALL_HOURS = "accompaniment.mentor_hours_total";
const NEAR = 22; // pixels from a city within which a finger means it
const STILL = 6; // pixels that a finger moves while it only touches
let map = null, drawing = null, dragged = null, act = {};

// --- the plan --------------------------------------------------------------------------------------------

// New hubs in order, as the model reads them: those listed, or those of the roadmap, as many as there may be.
function openings() {
  const listed = valueOf(OPENINGS), hubs = valueOf(HUBS);
  const most = typeof hubs === "number" ? Math.max(0, hubs - data.open_hubs) : undefined;
  if (Array.isArray(listed)) return listed.slice(0, most);
  return map.roadmap.slice(0, most ?? 0).map(({ hub, opens, places }) => ({ hub, opens, places }));
}

const closures = () => (Array.isArray(valueOf(CLOSURES)) ? valueOf(CLOSURES) : []);
const closing = (hub) => closures().find((one) => one.hub === hub)?.closes ?? "";

function plan(list) {
  if (list.length || usual(OPENINGS) !== null) setValue(OPENINGS, list);
  else setBack(OPENINGS);
  setValue(HUBS, null);
}

function close(hub, month) {
  setValue(CLOSURES, [...closures().filter((one) => one.hub !== hub), ...(month ? [{ hub, closes: month }] : [])]);
}

function change(index, part, value) {
  const list = openings(), before = list[index];
  if (part === "closes") return close(before.hub, value);
  const { [part]: _, ...others } = before, own = value === null ? others : { ...before, [part]: value };
  plan(list.map((one, at) => (at === index ? own : one)));
  if (part === "hub" && closing(before.hub)) {
    const month = closing(before.hub);
    close(before.hub, "");
    close(value, month);
  }
  return undefined;
}

function remove(index) {
  const list = openings();
  close(list[index].hub, "");
  plan(list.filter((_, at) => at !== index));
}

const taken = () => new Set([...map.open.map(({ hub }) => hub), ...openings().map(({ hub }) => hub)]);
const free = () => { const full = taken(); return map.cities.filter(({ name }) => !full.has(name)); };

function add(name) {
  const announced = map.roadmap.find(({ hub }) => !taken().has(hub));
  const hub = name ?? announced?.hub ?? free()[0].name, own = map.roadmap.find((one) => one.hub === hub);
  const [year, month] = data.present.split("-").map(Number), total = year * 12 + month - 1 + NEW_AFTER;
  const opens = own?.opens ?? `${Math.floor(total / 12)}-${String((total % 12) + 1).padStart(2, "0")}`;
  plan([...openings(), { hub, opens, places: own?.places ?? NEW_PLACES }]);
}

// --- drawing ---------------------------------------------------------------------------------------------

const at = (name) => map.cities.find((city) => city.name === name) ?? map.cities[0];
const cityOf = (hub) => map.open.find((one) => one.hub === hub)?.city ?? map.roadmap.find((one) => one.hub === hub)?.city ?? hub;
const title = (hub) => map.open.find((one) => one.hub === hub)?.title ?? at(hub).title;

function ground() {
  const xs = map.cells.map(([x]) => x), ys = map.cells.map(([, y]) => y);
  const [west, south] = [Math.min(...xs) - 1, Math.min(...ys) - 1], [east, north] = [Math.max(...xs) + 1, Math.max(...ys) + 1];
  const hexagon = ([x, y]) => `M${[0, 1, 2, 3, 4, 5].map((corner) => {
    const angle = Math.PI / 6 + (corner * Math.PI) / 3;
    return `${(x + REACH * Math.cos(angle)).toFixed(2)} ${(-y + REACH * Math.sin(angle)).toFixed(2)}`;
  }).join("L")}z`;
  const svg = shape("svg", { viewBox: `${west} ${-north} ${east - west} ${north - south}`, id: "network-map", role: "group", "aria-label": word("hubs.on.map") },
    shape("path", { d: map.cells.map(hexagon).join(""), class: "land" }));
  for (const city of map.cities) {
    svg.append(shape("circle", { cx: city.x, cy: -city.y, r: 0.22, class: "city" }, shape("title", {}, city.title)));
  }
  svg.addEventListener("click", (event) => {
    const cities = free();
    if (event.target.closest(".new-hub, .open-hub") || !cities.length) return;
    const [x, y, pixels] = pointed(event), city = nearest(x, y, cities);
    if (Math.hypot(city.x - x, city.y - y) * pixels > NEAR) return;
    add(city.name);
    act.settled();
    unfold(drawing.rows.length - 1);
  });
  return svg;
}

// Position of a pointer on the map, and how many pixels a distance of 1 is.
function pointed(event) {
  const box = drawing.svg.getBoundingClientRect(), view = drawing.svg.viewBox.baseVal;
  const scale = Math.max(view.width / box.width, view.height / box.height);
  return [view.x + view.width / 2 + (event.clientX - box.left - box.width / 2) * scale, -(view.y + view.height / 2 + (event.clientY - box.top - box.height / 2) * scale), 1 / scale];
}

const nearest = (x, y, cities) => cities.reduce((best, city) => (Math.hypot(city.x - x, city.y - y) < Math.hypot(best.x - x, best.y - y) ? city : best));

function moveTo(index, name, done) {
  if (name && openings()[index].hub !== name) {
    change(index, "hub", name);
    act[done ? "settled" : "moved"]();
  }
}

// The nearest free city within a quarter turn of an arrow key.
function beyond(index, key) {
  const here = at(cityOf(openings()[index].hub)), [east, north] = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] }[key];
  const ahead = free().filter(({ x, y }) => {
    const along = (x - here.x) * east + (y - here.y) * north, aside = Math.abs((x - here.x) * north + (y - here.y) * east);
    return along > 0 && along >= aside;
  });
  return ahead.length ? nearest(here.x, here.y, ahead).name : null;
}

// A finger that drags moves the hub; one that only touches it opens its values.
function marker(index) {
  const group = shape("g", { class: "new-hub", tabindex: 0, role: "button" },
    shape("circle", { r: 1.4, class: "reach" }), shape("circle", { r: 0.95 }), shape("text", { y: 0.35, "text-anchor": "middle" }, number(index + 1)));
  let from = null, moved = false;
  group.addEventListener("pointerdown", (event) => {
    [dragged, from, moved] = [index, [event.clientX, event.clientY], false];
    group.setPointerCapture(event.pointerId);
    group.focus();
    event.preventDefault();
  });
  group.addEventListener("pointermove", (event) => {
    if (dragged !== index) return;
    moved ||= Math.hypot(event.clientX - from[0], event.clientY - from[1]) > STILL;
    const [x, y] = pointed(event), own = at(cityOf(openings()[index].hub));
    if (moved) moveTo(index, nearest(x, y, [own, ...free()]).name, false);
  });
  const drop = () => {
    if (dragged !== index) return;
    dragged = null;
    if (moved) act.settled();
  };
  group.addEventListener("pointerup", drop);
  group.addEventListener("pointercancel", drop);
  group.addEventListener("click", () => { if (!moved) unfold(index); }); // the last event of a touch: the page may scroll
  group.addEventListener("keydown", (event) => {
    if (event.key.startsWith("Arrow")) moveTo(index, beyond(index, event.key), true);
    else if (event.key === "Delete" || event.key === "Backspace") { remove(index); act.settled(); drawing.add.focus(); }
    else if (event.key === "Enter" || event.key === " ") { unfold(index); byId(`hub-${index}-opens`).focus(); }
    else return;
    event.preventDefault();
  });
  return group;
}

// --- the rows: the same by fields -----------------------------------------------------------------------

function field(index, part, set) {
  const id = `hub-${index}-${part}`;
  const made = part === "hub"
    ? element("select", { id }, ...map.cities.filter(({ name }) => !map.open.some(({ hub }) => hub === name)).map((city) => element("option", { value: city.name }, city.title)))
    : element("input", { id, type: PARTS[part] });
  const numeric = PARTS[part] === "number";
  made.addEventListener("change", () => { set(numeric ? (made.value === "" ? null : Number(made.value)) : made.value); act.settled(); });
  return made;
}

const labelled = (part, made) => element("div", { className: "field" }, element("label", { htmlFor: made.id }, word(`hub.${part}`)), made);

// Open the values of one hub and close those of the others, which would part it from the map.
function unfold(index) {
  drawing.rows.forEach(({ box }, at) => { box.open = at === index; });
  drawing.rows[index].box.scrollIntoView({ block: "nearest" });
}

function newRow(index) {
  const fields = Object.fromEntries(Object.keys(PARTS).map((part) => [part, field(index, part, (value) => change(index, part, value))]));
  const button = element("button", { type: "button", onclick: () => { remove(index); act.settled(); drawing.add.focus(); } }, word("hub.remove"));
  const summary = element("summary"), own = marker(index);
  const values = element("fieldset", {}, ...Object.entries(fields).map(([part, made]) => labelled(part, made)), button);
  const box = element("details", { id: `hub-${index}` }, summary, values);
  box.addEventListener("toggle", () => own.classList.toggle("chosen", box.open));
  return {
    box, marker: own,
    show(hub) {
      const city = at(cityOf(hub.hub)), set = { ...hub, closes: closing(hub.hub) };
      const month = /^\d{4}-\d{2}$/.test(hub.opens) ? monthName(hub.opens) : String(hub.opens);
      summary.textContent = between(number(index + 1), title(hub.hub), word("hub.told", { month, n: number(hub.places) }));
      values.ariaLabel = title(hub.hub);
      button.ariaLabel = colon(word("hub.remove"), title(hub.hub));
      for (const [part, made] of Object.entries(fields)) if (made !== document.activeElement || part === "hub") made.value = set[part] ?? "";
      showHours(fields.mentor_hours, hub);
      own.setAttribute("transform", `translate(${city.x} ${-city.y})`);
      own.dataset.hub = hub.hub;
      own.setAttribute("aria-label", colon(word("hub.move", { n: number(index + 1) }), between(title(hub.hub), word("hub.told", { month, n: number(hub.places) }))));
    },
  };
}

// Without hours of its own a hub has as many as the network's rule gives; hours of all hubs together leave it none.
function showHours(made, { places }) {
  const hours = valueOf(HOURS);
  made.disabled = valueOf(ALL_HOURS) !== null;
  made.placeholder = !made.disabled && typeof hours === "number" && places ? String(Math.round(hours * places)) : "";
}

function openRow({ hub, title: name, places }) {
  const made = field(`open-${hub}`, "closes", (month) => close(hub, month)), city = at(cityOf(hub));
  const circle = shape("circle", { cx: city.x, cy: -city.y, r: 0.75, class: "open-hub" }, shape("title", {}, name));
  circle.addEventListener("click", () => made.focus());
  drawing.svg.append(circle);
  drawing.open.append(element("fieldset", {}, element("legend", {}, between(name, word("hub.places.now", { n: number(places) }))), labelled("closes", made)));
  return () => {
    circle.classList.toggle("closing", closing(hub) !== "");
    if (made !== document.activeElement) made.value = closing(hub);
  };
}

export function showNetwork() {
  if (!drawing) return;
  const list = openings();
  while (drawing.rows.length > list.length) { const last = drawing.rows.pop(); last.box.remove(); last.marker.remove(); }
  while (drawing.rows.length < list.length) {
    const made = newRow(drawing.rows.length);
    drawing.rows.push(made);
    drawing.list.append(made.box);
    drawing.svg.append(made.marker);
  }
  list.forEach((hub, index) => drawing.rows[index].show(hub));
  for (const showOpen of drawing.opened) showOpen();
  drawing.add.disabled = free().length === 0;
  drawing.shared.hidden = valueOf(ALL_HOURS) === null;
  tellRefusal(drawing.wrong, [OPENINGS, CLOSURES, HUBS].map(wrongWith).filter(Boolean).join("; "));
}

function build(found) {
  map = found.network;
  const addButton = element("button", { type: "button", id: "hub-add", onclick: () => { add(); act.settled(); unfold(drawing.rows.length - 1); drawing.rows.at(-1).box.querySelector("select").focus(); } }, word("hub.add"));
  drawing = { rows: [], svg: ground(), list: element("div"), open: element("div"), shared: element("p", { className: "note" }, word("hub.shared")), wrong: refusal("network"), add: addButton };
  drawing.opened = map.open.map(openRow);
  byId("network").append(element("p", { className: "note" }, word("hub.help")), drawing.svg, drawing.wrong, addButton, drawing.shared, drawing.list, drawing.open);
  showNetwork();
}

export function buildNetwork(moved, settled) {
  const box = byId("network");
  act = { moved, settled };
  box.addEventListener("toggle", async () => {
    if (!box.open || drawing) return;
    try {
      build(await catalogue());
    } catch {
      box.append(element("p", { className: "note" }, word("lost")));
    }
  });
}
