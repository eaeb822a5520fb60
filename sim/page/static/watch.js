// The room of one world: a film that plays in the browser, levers beside it, its charts, and the life of what one clicks.

import { check } from "./asking.js";
import { INKS } from "./chart.js";
import { Film } from "./film.js";
import { buildLevers, showLevers } from "./levers.js";
import { tellFunder, tellHub, tellStartup } from "./life.js";
import { CountryMap, FORMS } from "./map.js";
import { markMonth, MonthChart } from "./month-chart.js";
import { announce, between, byId, canRedo, canUndo, colon, data, element, explain, monthName, number, onChoice, policyName, remember, rememberView, save, say, shape, table, view, visit, word } from "./page.js";
import { ink, onTheme } from "./theme.js";

const MONTHS_A_CHART = 3; // while playing, charts are drawn every third month
const SETTLE = 150; // milliseconds without a movement after which a lever counts as stopped, and a month as found
const NARROW = 500; // pixels: on a smaller map the whole country is too small for its dots
const film = new Film({ onNew: begin, onMore: more, onEnd: ended });
const map = new CountryMap(byId("map"), data.map.cells, pick);
let now = 0, wanted = 0, playing = 0, timer = 0, place = 0; // `wanted` may lie ahead of what has arrived

const CHARTS = [
  ["active", ["active"]],
  ["residents", ["residents", "places", "waiting"]],
  ["exporters", ["exporters"]],
  ["rates", ["survival_5y", "cohort_success_rate"]],
];
const INK_OF = [INKS.policy, INKS.against, INKS.second];
const charts = CHARTS.map(([name, lines]) => ({
  lines, smooth: name === "rates", chart: new MonthChart(byId("charts"), { name, title: word(`series.${name}`), ...data.measures[lines[0]] }),
}));

// --- the film -------------------------------------------------------------------------------------------

// With `future`, only a lever was moved: what came until the present stays.
function load(future = false) {
  showChoice();
  clearTimeout(timer);
  timer = setTimeout(async () => {
    const mine = timer;
    remember();
    say(word("preparing"));
    document.body.classList.add("outdated");
    await check(showChoice);
    if (mine === timer) film.ask(future, () => (film.frames.length ? now : 0));
  }, film.frames.length ? SETTLE : 0);
}

// What the address of the first visit asked for in vain is told until something else is chosen.
function changed(future = false) {
  byId("problem").hidden = true;
  load(future);
}

function showChoice() {
  showLevers();
  byId("named").textContent = policyName();
  byId("undo").disabled = !canUndo();
  byId("redo").disabled = !canRedo();
}

function ended(end, seconds) {
  if (end === "lost") say(word("lost"));
  if (end === "full") say(word("full", { n: seconds }));
  if (end !== "broken" && end !== "refused") return;
  film.coming = null;
  document.body.classList.remove("outdated");
  explain();
}

// Another film: it goes on at the month that was shown.
function begin() {
  const first = !map.film;
  document.body.classList.remove("outdated");
  map.setFilm(film);
  announce(word("ready"));
  enable(true);
  timeline();
  if (first) wanted = film.index(linked("month", /^\d{4}-\d{2}$/) ?? film.frames[0][0]);
  show(Math.max(wanted, now));
  if (first && byId("map").clientWidth < NARROW) map.toStartups();
  const startup = linked("startup", /^\d{1,8}$/), hub = linked("hub", /^\d{1,3}$/);
  if (first && startup) map.select({ startup: Number(startup) });
  else if (first && film.hubs[hub]) map.select({ hub: Number(hub) });
  else if (map.picked) tell(map.picked);
  progress();
}

function more() {
  if (!playing && wanted > now) show(wanted);
  progress();
}

function progress() {
  byId("status").textContent = film.whole ? "" : word("loading", { month: monthName(film.frames.at(-1)[0]) });
  byId("map").dataset.months = film.frames.length;
}

function linked(name, form) {
  const text = new URLSearchParams(location.search).get(name) ?? "";
  return form.test(text) ? text : null;
}

// The address holds the month and what is looked at, once they stay for a moment.
function keepPlace() {
  clearTimeout(place);
  place = setTimeout(() => {
    if (playing || film.coming) return;
    view.set("month", film.frames[now][0]);
    for (const kind of ["startup", "hub"]) {
      if (map.picked?.[kind] === undefined) view.delete(kind);
      else view.set(kind, map.picked[kind]);
    }
    rememberView();
  }, SETTLE);
}

function timeline() {
  byId("timeline").max = film.total - 1;
  const events = byId("events");
  const at = (month) => `${(100 * film.index(month)) / (film.total - 1)}%`;
  events.replaceChildren();
  const mark = (tag, month, text, title) => {
    if (film.index(month) < 0 || film.index(month) >= film.total) return;
    const made = element(tag, { title, className: text === word("present") ? "present" : "" }, text);
    made.style.left = at(month);
    events.append(made);
  };
  for (let index = film.index(film.firstFair); index < film.total; index += 12) mark("i", film.month(index), "", between(word("fairs"), monthName(film.month(index))));
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
    .filter(([when]) => when && film.index(when) <= film.index(month) && film.index(when) > film.index(month) - 12);
  if (month.endsWith("-05") && month >= film.firstFair) recent.push([month, "fairs", ""]);
  recent.sort(([one], [other]) => (one < other ? -1 : 1));
  return recent.map(([when, what, name]) => colon(monthName(when), word(what, { name }))).join(" · ");
}

// --- playing ---------------------------------------------------------------------------------------------

function show(index) {
  wanted = Math.max(0, Math.min(index, film.total - 1));
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
  if (playing) return;
  hubTable();
  keepPlace();
}

function drawCharts() {
  const months = Array.from({ length: film.total }, (_, index) => film.month(index));
  markMonth(film.frames[now][0]);
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
    list.append(element("li", {}, symbol(FORMS.funder), element("span", {}, word("legend.funder")), element("b", { id: "count-deals" })));
    list.append(element("li", {}, word("legend.hub")));
  }
  for (const [name, count] of Object.entries(counts)) byId(`count-${name}`).textContent = number(count);
}

function symbol({ name, form }) {
  const d = { square: "M3 3h8v8H3z", diamond: "M7 1l6 6-6 6-6-6z", triangle: "M7 1.5 13 12H1z", cross: "M7 5.5 11 1.5 12.5 3 8.5 7 12.5 11 11 12.5 7 8.5 3 12.5 1.5 11 5.5 7 1.5 3 3 1.5z", star: "M7 .5 8.9 5 13.7 5.3 10 8.5 11.2 13.2 7 10.6 2.8 13.2 4 8.5 .3 5.3 5.1 5z" }[form];
  return shape("svg", { viewBox: "0 0 14 14", "aria-hidden": "true" },
    shape("path", { d, fill: ink(name), opacity: form === "cross" ? 0.6 : 1 }));
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

function pick(picked) {
  tell(picked);
  keepPlace();
}

function tell({ hub, funder, startup }) {
  if (hub !== undefined) tellHub(byId("told"), film, hub);
  else if (funder !== undefined) tellFunder(byId("told"), film, funder, now, (one) => map.select({ startup: one }));
  else tellStartup(byId("told"), film, startup);
}

function stop() {
  clearInterval(playing);
  playing = 0;
  byId("play").textContent = word("play");
  if (film.frames.length) show(now); // draw also what playing leaves out: the charts and the table of this month
}

function play() {
  if (playing) return stop();
  if (now >= film.total - 1) show(0);
  playing = setInterval(() => {
    if (film.coming) return; // another film is on its way: it goes on from this month
    if (now + 1 < film.frames.length) show(now + 1);
    else if (film.whole) stop();
  }, 1000 / Number(byId("speed").value));
  byId("play").textContent = word("pause");
}

function go(index) {
  if (playing) stop();
  show(index);
}

function enable(on) {
  for (const id of ["play", "back", "step", "year", "start"]) byId(id).disabled = !on;
}

// Arrows go through the months wherever they have no other meaning; with Shift, through the years.
document.addEventListener("keydown", (event) => {
  const months = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
  if (!months || !film.frames.length || event.altKey || event.ctrlKey || event.metaKey || event.target.closest("input, select, textarea, canvas, [role=region]")) return;
  event.preventDefault();
  go(wanted + months * (event.shiftKey ? 12 : 1));
});

byId("play").addEventListener("click", play);
byId("back").addEventListener("click", () => go(wanted - 1));
byId("step").addEventListener("click", () => go(wanted + 1));
byId("year").addEventListener("click", () => go(wanted + 12));
byId("start").addEventListener("click", () => go(0));
byId("speed").addEventListener("change", () => { if (playing) { stop(); play(); } });
byId("timeline").addEventListener("input", (event) => go(Number(event.target.value)));
byId("nearer").addEventListener("click", () => map.zoomOnStartups(1.6));
byId("farther").addEventListener("click", () => map.zoomOnStartups(1 / 1.6));
byId("whole").addEventListener("click", () => { map.whole(); map.draw(); });
byId("startups").addEventListener("click", () => map.toStartups());
byId("picture").addEventListener("click", () => save("map.png", byId("map").toDataURL("image/png"), "image/png"));
onTheme(() => { byId("legend").replaceChildren(); map.ground = null; if (film.frames.length) show(wanted); });
buildLevers(() => changed(true), () => changed(true));
onChoice(() => changed());
byId("reset").addEventListener("click", () => { visit.changes = {}; changed(); });
byId("undo").addEventListener("click", () => history.back());
byId("redo").addEventListener("click", () => history.forward());
load();
