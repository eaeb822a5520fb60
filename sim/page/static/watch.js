// The room of one world: a film that plays in the browser, its charts, and the life of the hub or startup that one clicks.

import { Chart, INKS } from "./chart.js";
import { tellHub, tellStartup } from "./life.js";
import { CountryMap, FORMS } from "./map.js";
import { announce, between, byId, colon, data, element, explain, follow, monthName, number, onChoice, query, remember, save, say, shape, table, word } from "./page.js";

const MONTHS_A_CHART = 3; // while playing, charts are drawn every third month
const film = { frames: [], hubs: [], states: [], series: [], whole: false };
const map = new CountryMap(byId("map"), data.map.cells, tell);
let now = 0, wanted = 0, playing = 0, leave = () => {}; // `wanted` may lie ahead of what has arrived

const CHARTS = [
  ["active", ["active"]],
  ["residents", ["residents", "places", "waiting"]],
  ["exporters", ["exporters"]],
  ["rates", ["survival_5y", "cohort_success_rate"]],
];
const INK_OF = [INKS.policy, INKS.against, INKS.second];
const charts = CHARTS.map(([name, lines]) => ({
  lines, smooth: name === "rates", chart: new Chart(byId("charts"), { name, title: word(`series.${name}`), ...data.measures[lines[0]] }),
}));

// --- the film -------------------------------------------------------------------------------------------

function load() {
  leave();
  stop();
  remember();
  Object.assign(film, { frames: [], hubs: [], whole: false });
  map.setFilm(film);
  now = wanted = 0;
  enable(false);
  say(word("preparing"));
  leave = follow(`/api/film?${query()}`, receive, (end, seconds) => {
    if (end === "lost") say(word("lost"));
    if (end === "full") say(word("full", { n: seconds }));
    if (end === "broken" || end === "refused") explain();
  });
}

const inLanguage = (hub) => ({ ...hub, name: data.map.places[hub.name] ?? hub.name });

function receive(year) {
  const first = film.frames.length === 0;
  if (!first && year.frames[0][0] <= film.frames.at(-1)[0]) return; // sent again after a lost connection
  Object.assign(film, { hubs: year.hubs.map(inLanguage), states: year.states, series: year.series, present: year.present, end: year.end, firstFair: year.first_fair, whole: year.last });
  film.frames.push(...year.frames);
  byId("status").textContent = film.whole ? "" : word("loading", { month: monthName(film.frames.at(-1)[0]) });
  byId("map").dataset.months = film.frames.length;
  if (first) {
    announce(word("ready"));
    enable(true);
    timeline();
    show(0);
  } else if (!playing && wanted > now) show(wanted);
}

const monthAt = (index) => {
  const [year, month] = film.frames[0][0].split("-").map(Number);
  const total = year * 12 + month - 1 + index;
  return `${Math.floor(total / 12)}-${String((total % 12) + 1).padStart(2, "0")}`;
};
const indexOf = (month) => {
  const count = (text) => Number(text.slice(0, 4)) * 12 + Number(text.slice(5)) - 1;
  return count(month) - count(film.frames[0][0]);
};
const total = () => indexOf(film.end) + 1;

function timeline() {
  byId("timeline").max = total() - 1;
  const events = byId("events");
  const at = (month) => `${(100 * indexOf(month)) / (total() - 1)}%`;
  events.replaceChildren();
  const mark = (tag, month, text, title) => {
    if (indexOf(month) < 0 || indexOf(month) >= total()) return;
    const made = element(tag, { title, className: text === word("present") ? "present" : "" }, text);
    made.style.left = at(month);
    events.append(made);
  };
  for (let index = indexOf(film.firstFair); index < total(); index += 12) mark("i", monthAt(index), "", between(word("fairs"), monthName(monthAt(index))));
  mark("b", film.present, word("present"), monthName(film.present));
  byId("closings").hidden = !film.hubs.some((hub) => hub.closes);
  for (const hub of film.hubs) {
    if (hub.opens) mark("b", hub.opens, "▲", between(word("opening", { name: hub.name }), monthName(hub.opens)));
    if (hub.closes) mark("b", hub.closes, "▼", between(word("closing", { name: hub.name }), monthName(hub.closes)));
  }
}

// What opens or closes in the year before the month shown, in words.
function events(month) {
  const recent = film.hubs.flatMap((hub) => [[hub.opens, "opening", hub.name], [hub.closes, "closing", hub.name]])
    .filter(([when]) => when && indexOf(when) <= indexOf(month) && indexOf(when) > indexOf(month) - 12);
  if (month.endsWith("-05") && month >= film.firstFair) recent.push([month, "fairs", ""]);
  recent.sort(([one], [other]) => (one < other ? -1 : 1));
  return recent.map(([when, what, name]) => colon(monthName(when), word(what, { name }))).join(" · ");
}

// --- playing ---------------------------------------------------------------------------------------------

function show(index) {
  wanted = Math.max(0, Math.min(index, total() - 1));
  now = Math.min(wanted, film.frames.length - 1);
  map.seek(now);
  const month = film.frames[now][0];
  byId("month").textContent = monthName(month);
  byId("timeline").value = now;
  byId("timeline").setAttribute("aria-valuetext", monthName(month));
  byId("event").textContent = events(month) || "\u00a0";
  byId("map").dataset.month = month;
  byId("map").ariaLabel = `${word("map")}. ${colon(monthName(month), between(...film.series.slice(0, 2).map((name, at) => `${word(`series.${name}`)} ${number(film.frames[now][5][at])}`)))}`;
  legend();
  if (!playing || now % MONTHS_A_CHART === 0) drawCharts();
  if (!playing) hubTable();
}

function drawCharts() {
  const months = Array.from({ length: total() }, (_, index) => monthAt(index));
  const seen = film.frames.slice(0, now + 1);
  for (const { chart, lines, smooth } of charts) {
    chart.show(months, lines.map((name, index) => {
      const at = film.series.indexOf(name), values = seen.map((frame) => frame[5][at]);
      return { name: word(`series.${name}`), ink: INK_OF[index], values: smooth ? yearMeans(values) : values };
    }));
  }
}

// Mean of each month and the eleven before it: the cohort of one month is small.
function yearMeans(values) {
  return values.map((_, index) => {
    const known = values.slice(Math.max(0, index - 11), index + 1).filter((value) => value !== null);
    return known.length ? known.reduce((sum, value) => sum + value, 0) / known.length : null;
  });
}

function legend() {
  const counts = map.count(), list = byId("legend");
  if (!list.children.length) {
    for (const name of ["outside", "resident", "graduate", "exporter", "resident_exporter", "closed"]) {
      const pick = element("button", { type: "button", title: word("legend.pick"), ariaLabel: colon(word("legend.pick"), word(`state.${name}`)), onclick: () => choose(name) }, "⚄");
      list.append(element("li", {}, symbol(FORMS[name]), element("span", {}, word(`state.${name}`)), element("b", { id: `count-${name}` }), ...(name === "closed" ? [] : [pick])));
    }
    list.append(element("li", {}, word("legend.hub")));
  }
  for (const [name, count] of Object.entries(counts)) byId(`count-${name}`).textContent = number(count);
}

function symbol({ colour, form }) {
  const d = { square: "M3 3h8v8H3z", diamond: "M7 1l6 6-6 6-6-6z", triangle: "M7 1.5 13 12H1z", cross: "M7 5.5 11 1.5 12.5 3 8.5 7 12.5 11 11 12.5 7 8.5 3 12.5 1.5 11 5.5 7 1.5 3 3 1.5z" }[form];
  return shape("svg", { viewBox: "0 0 14 14", "aria-hidden": "true" },
    shape("path", { d, fill: colour, opacity: form === "cross" ? 0.6 : 1 }));
}

function choose(name) {
  const number = map.any(name);
  if (number !== undefined) map.select({ startup: number });
}

function hubTable() {
  const rows = film.hubs.map((hub, index) => [hub, film.frames[now][4][index] ?? [0, 0, 0], index]);
  const heads = [word("hub"), word("series.residents"), word("series.places"), word("series.waiting")];
  const made = table(heads, []);
  for (const [hub, values, index] of rows) {
    const button = element("button", { type: "button", onclick: () => map.select({ hub: index }) }, hub.name);
    made.tBodies[0].append(element("tr", {}, element("th", { scope: "row" }, button), ...values.map((value) => element("td", { className: "number" }, number(value)))));
  }
  byId("hubs").replaceChildren(...made.children);
}

function tell(picked) {
  if (picked.hub !== undefined) tellHub(byId("told"), film, picked.hub, now);
  else tellStartup(byId("told"), film, picked.startup);
}

function stop() {
  clearInterval(playing);
  playing = 0;
  byId("play").textContent = word("play");
  if (film.frames.length) show(now); // draw also what playing leaves out: the charts and the table of this month
}

function play() {
  if (playing) return stop();
  if (now >= total() - 1) show(0);
  playing = setInterval(() => {
    if (now + 1 < film.frames.length) show(now + 1);
    else if (film.whole) stop();
  }, 1000 / Number(byId("speed").value));
  byId("play").textContent = word("pause");
}

function enable(on) {
  for (const id of ["play", "step", "year", "start"]) byId(id).disabled = !on;
}

byId("play").addEventListener("click", play);
byId("step").addEventListener("click", () => { if (playing) stop(); show(wanted + 1); });
byId("year").addEventListener("click", () => { if (playing) stop(); show(wanted + 12); });
byId("start").addEventListener("click", () => { if (playing) stop(); show(0); });
byId("speed").addEventListener("change", () => { if (playing) { stop(); play(); } });
byId("timeline").addEventListener("input", (event) => { if (playing) stop(); show(Number(event.target.value)); });
byId("nearer").addEventListener("click", () => map.zoomOnStartups(1.6));
byId("farther").addEventListener("click", () => map.zoomOnStartups(1 / 1.6));
byId("whole").addEventListener("click", () => { map.whole(); map.draw(); });
byId("picture").addEventListener("click", () => save("map.png", byId("map").toDataURL("image/png"), "image/png"));
onChoice(() => { byId("problem").hidden = true; load(); });
load();
