// The room of one world: a film that plays in the browser, levers beside it, its charts, and the life of what one
// clicks. Beside it may play the film of the same world under the reference, in step.

import { check } from "./asking.js";
import { INKS } from "./chart.js";
import { buildLevers, showLevers } from "./levers.js";
import { tell } from "./life.js";
import { markMonth, MonthChart } from "./month-chart.js";
import { announce, byId, canRedo, canUndo, data, element, explain, monthName, onChoice, remember, rememberView, say, view, visit, word } from "./page.js";
import { onPin, showReference } from "./reference.js";
import { onTheme } from "./theme.js";
import { eventsUntil, markTimeline } from "./timeline.js";
import { World } from "./world.js";

const MONTHS_A_CHART = 3; // while playing, charts are drawn every third month
const SETTLE = 150; // milliseconds without a movement after which a lever counts as stopped, and a month as found
const NARROW = 500; // pixels: on a smaller screen the whole country is too small for its dots
const how = { onNew: begin, onMore: more, onEnd: ended, onPick: pick, onLook: looked };
const policy = new World("policy", how), reference = new World("against", how);
const { film, map } = policy;
let now = 0, wanted = 0, playing = 0, timer = 0, place = 0; // `wanted` may lie ahead of what has arrived
let picked = null, linkedPick = true, known = ""; // what is told, as {world, what}; what the film of the reference is of

// The worlds that are shown; those of them that have a film.
const worlds = () => (visit.beside ? [policy, reference] : [policy]);
const filmed = () => worlds().filter((world) => world.film.frames.length);

const ALONE = [
  ["active", ["active"]],
  ["residents", ["residents", "places", "waiting"]],
  ["exporters", ["exporters"]],
  ["rates", ["survival_5y", "cohort_success_rate"]],
];
const BESIDE = ["active", "residents", "places", "waiting", "exporters", "survival_5y", "cohort_success_rate"].map((name) => [name, [name]]);
const SMOOTH = new Set(["survival_5y", "cohort_success_rate"]);
const INK_OF = [INKS.policy, INKS.against, INKS.second];
const charts = {};

// The charts of one world, or those of two; each are made when they are first needed.
function shownCharts() {
  const id = visit.beside ? "charts-both" : "charts";
  charts[id] ??= (visit.beside ? BESIDE : ALONE).map(([name, lines]) => ({
    lines, chart: new MonthChart(byId(id), { name: visit.beside ? `${name}-both` : name, title: word(`series.${name}`), ...(data.measures[lines[0]] ?? data.measures.residents) }),
  }));
  return charts[id];
}

// --- the films ------------------------------------------------------------------------------------------

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
    if (mine !== timer) return;
    film.ask(future, () => (film.frames.length ? now : 0));
    loadReference();
  }, film.frames.length ? SETTLE : 0);
}

// The reference has a film of its own while it is shown, which a lever of the policy does not change.
function loadReference() {
  const asked = JSON.stringify([visit.against, visit.others, visit.seed]);
  if (!visit.beside || asked === known) return;
  known = asked;
  reference.outdated = true;
  reference.film.ask(false, () => (film.frames.length ? now : 0));
}

// What the address of the first visit asked for in vain is told until something else is chosen.
function changed(future = false) {
  byId("problem").hidden = true;
  load(future);
}

function showChoice() {
  showLevers();
  showReference();
  document.body.classList.toggle("both", visit.beside);
  byId("beside").checked = visit.beside;
  for (const id of ["reference", "beside-help", "world-against", "hubs-beside", "charts-both"]) byId(id).hidden = !visit.beside;
  byId("charts").hidden = visit.beside;
  shownCharts();
  for (const world of worlds()) world.showName();
  byId("undo").disabled = !canUndo();
  byId("redo").disabled = !canRedo();
}

function ended(world, end, seconds) {
  if (end === "lost") say(word("lost"));
  if (end === "full") say(word("full", { n: seconds }));
  if (end !== "broken" && end !== "refused") return;
  world.film.coming = null;
  if (world === reference) known = "";
  settle(world);
  explain();
}

function settle(world) {
  if (world === policy) document.body.classList.remove("outdated");
  else world.outdated = false;
}

// Another film: it goes on at the month that was shown.
function begin(world) {
  const first = !map.film;
  settle(world);
  world.map.setFilm(world.film);
  if (!film.frames.length) return; // nothing is shown before the policy
  if (world === policy) {
    announce(word("ready"));
    enable(true);
    if (first) wanted = film.index(linked("month", /^\d{4}-\d{2}$/) ?? film.frames[0][0]);
  }
  markTimeline(filmed());
  show(Math.max(wanted, now));
  if (first && innerWidth < NARROW) map.toStartups();
  if (linkedPick) pickLinked();
  else if (picked) tellPicked();
  progress();
}

// What the address of the first visit looks at, once its world has a film.
function pickLinked() {
  const world = linked("map", /^against$/) ? reference : policy;
  if (!filmed().includes(world)) return;
  linkedPick = false;
  const startup = linked("startup", /^\d{1,8}$/), hub = linked("hub", /^\d{1,3}$/);
  if (startup) world.map.select({ startup: Number(startup) });
  else if (world.film.hubs[hub]) world.map.select({ hub: Number(hub) });
}

function more() {
  if (!film.frames.length) return;
  if (!playing && wanted > now) show(wanted);
  progress();
}

function progress() {
  const behind = filmed().filter((world) => !world.film.whole).map((world) => world.film.frames.at(-1)[0]).sort();
  byId("status").textContent = behind.length ? word("loading", { month: monthName(behind[0]) }) : "";
  for (const world of filmed()) world.part("map").dataset.months = world.film.frames.length;
}

function linked(name, form) {
  const text = new URLSearchParams(location.search).get(name) ?? "";
  return form.test(text) ? text : null;
}

// The address holds the month and what is looked at, once they stay for a moment.
function keepPlace() {
  clearTimeout(place);
  place = setTimeout(() => {
    if (playing || worlds().some((world) => world.film.coming)) return;
    view.set("month", film.frames[now][0]);
    for (const kind of ["startup", "hub"]) {
      if (picked?.what[kind] === undefined) view.delete(kind);
      else view.set(kind, picked.what[kind]);
    }
    if (picked?.world === reference) view.set("map", reference.side);
    else view.delete("map");
    rememberView();
  }, SETTLE);
}

// --- playing ---------------------------------------------------------------------------------------------

// The last month of the policy's film that can be shown: worlds beside each other are shown in the same month.
function reached() {
  const [, beside] = filmed();
  return Math.min(film.frames.length - 1, beside && !beside.film.whole ? film.index(beside.film.frames.at(-1)[0]) : Infinity);
}

function show(index) {
  wanted = Math.max(0, Math.min(index, film.total - 1));
  now = Math.max(0, Math.min(wanted, reached()));
  const month = film.frames[now][0];
  for (const world of filmed()) world.show(world.film.index(month), playing);
  byId("month").textContent = monthName(month);
  byId("timeline").value = now;
  byId("timeline").setAttribute("aria-valuetext", monthName(month));
  byId("event").textContent = eventsUntil(month, filmed()) || "\u00a0";
  if (!playing || now % MONTHS_A_CHART === 0) drawCharts();
  if (!playing) keepPlace();
}

function drawCharts() {
  const months = Array.from({ length: film.total }, (_, index) => film.month(index)), shown = filmed();
  markMonth(film.frames[now][0]);
  for (const { chart, lines } of shownCharts()) {
    chart.show(months, shown.flatMap((world, side) => lines.map((name, index) => ({
      name: visit.beside ? world.name : word(`series.${name}`), ink: INK_OF[visit.beside ? side : index],
      values: valuesOf(world.film, name),
    }))));
  }
}

// A series of a film, in the months of the policy's film until the one that is shown.
function valuesOf(one, name) {
  const at = one.series.indexOf(name), first = film.index(one.frames[0][0]);
  const values = Array.from({ length: now + 1 }, (_, index) => one.frames[index - first]?.[5][at] ?? null);
  return SMOOTH.has(name) ? yearMeans(values) : values;
}

// Mean of each month and the eleven before it: the cohort of one month is small.
function yearMeans(values) {
  return values.map((_, index) => {
    const some = values.slice(Math.max(0, index - 11), index + 1).filter((value) => value !== null);
    return some.length ? some.reduce((sum, value) => sum + value, 0) / some.length : null;
  });
}

function pick(world, what) {
  picked = { world, what };
  tellPicked();
  keepPlace();
}

function tellPicked() {
  if (!worlds().includes(picked.world)) picked = null;
  if (picked) tell(worlds(), picked.world, picked.what);
  else byId("told").replaceChildren(element("p", {}, word("life.empty")));
}

// Both maps show the same part of the country.
function looked(world, resized) {
  if (!visit.beside) return;
  if (resized && world === reference) reference.map.lookAs(map);
  else for (const other of [policy, reference]) if (other !== world) other.map.lookAs(world.map);
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
    if (worlds().some((world) => world.film.coming)) return; // another film is on its way: it goes on from this month
    if (now < reached()) show(now + 1);
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
byId("whole").addEventListener("click", () => { map.whole(); map.look(); });
byId("startups").addEventListener("click", () => map.toStartups());
onTheme(() => { for (const world of filmed()) world.repaint(); if (film.frames.length) show(wanted); });
buildLevers(() => changed(true), () => changed(true));
onChoice(() => changed());
onPin(() => changed());
byId("beside").addEventListener("change", (event) => {
  visit.beside = event.target.checked;
  remember();
  showChoice();
  if (film.frames.length) { markTimeline(filmed()); show(wanted); progress(); }
  if (picked) tellPicked();
  loadReference();
});
byId("reset").addEventListener("click", () => { visit.changes = {}; changed(); });
byId("undo").addEventListener("click", () => history.back());
byId("redo").addEventListener("click", () => history.forward());
load();
