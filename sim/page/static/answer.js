// What two policies differ in, as far as their worlds have been run: charts, sentences, tables, regions.

import { Chart, INKS } from "./chart.js";
import { answered, effectCells, effectColumns, effectHeads, effectValues, tellChannels } from "./effects.js";
import { announce, byId, colon, data, element, number, policyName, referenceName, remember, saveTable, say, table, tools, visit, word } from "./page.js";
import { drawRegions } from "./regions.js";

const MARKS = { opening: "▲", closing: "▼" };
const SHOWN = ["cohort_success_rate", "survival_5y", "export_rate", "exporters", "outside_centre", "cost"];
const charts = new Map(SHOWN.map((name) => [name, new Chart(byId("charts"), { name, title: word(`series.${name}`), ...data.measures[name] })]));

let shown = null; // the newest picture and its address

export function draw(picture, asked) {
  if (picture.preparing) return say(word("cold"));
  if (picture.again !== undefined) {
    byId("again").textContent = word("again", { n: picture.again, of: picture.wanted });
    return undefined;
  }
  shown = [picture, asked];
  byId("kept").textContent = picture.kept?.text ?? "";
  byId("again").textContent = "";
  drawCharts(picture);
  byId("status").textContent = progress(picture);
  byId("bands").textContent = picture.draws ? word("band.drawn", { n: picture.draws }) : word("band.fixed");
  byId("fingerprint").textContent = picture.fingerprint ? colon(word("fingerprint"), `\u2068${picture.fingerprint}\u2069`) : ""; // isolated, or Arabic would turn its groups around
  if (picture.ended) {
    tell(picture);
    announce([byId("status").textContent, ...Object.values(picture.sentences).slice(0, 3)].join(" "));
  }
  document.body.classList.toggle("outdated", !picture.ended); // words and regions of the previous policy are hidden, not removed, so that nothing jumps
  Object.assign(byId("charts").dataset, { query: asked, worlds: picture.worlds, replications: JSON.stringify(picture.replications), ended: picture.ended, kept: Boolean(picture.kept), done: picture.worlds === picture.wanted && picture.ended && !picture.kept });
  return undefined;
}

const sides = () => ({ policy: policyName(), against: referenceName() });

function drawCharts(picture) {
  const names = sides(), gaps = !visit.levels && !picture.same;
  const marks = picture.marks.map(({ month, kind }) => ({ month, text: kind === "roadmap" ? month.slice(0, 4) : MARKS[kind] }));
  for (const [name, chart] of charts) {
    const lines = ["policy", "against"].map((side) => {
      const [low, values, high] = picture.series[name][side];
      return { name: names[side], ink: INKS[side], values, low, high };
    });
    const [low, values, high] = picture.series[name].difference;
    const difference = { name: word("difference"), ink: INKS.difference, values, low, high, signed: true };
    chart.show(everyMonth(picture.months), lines, { label: label(name, picture), difference: picture.same ? null : difference, gaps, marks });
  }
  byId("seen").textContent = gaps ? word("gap.of", names) : "";
  byId("seen").hidden = !gaps;
  byId("marks").textContent = picture.events.join(" · ");
}

// Charts show differences first: on levels, the bands of both policies cover what they differ in.
for (const choice of document.querySelectorAll("input[name=view]")) {
  choice.checked = (choice.value === "levels") === visit.levels;
  choice.addEventListener("change", () => {
    visit.levels = choice.value === "levels";
    remember();
    if (shown) drawCharts(shown[0]);
  });
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
  byId("headline").replaceChildren(...picture.headline.map(tile));
  byId("sentences").replaceChildren(...Object.entries(picture.sentences).map(([name, text]) =>
    element("li", { className: picture.same || answered(picture.outcomes[name].difference) ? "clear" : "unclear", id: `sentence-${name}` }, text,
      ...(picture.channels[name] ? [" ", element("span", { className: "channels" }, picture.channels[name])] : []))));
  byId("rates").textContent = picture.rates;
  tellChannels(picture.parts);
  tellOutcomes(picture);
  drawRegions(byId("regions"), picture.outcomes);
}

// A rate under both policies, with its difference, the range and the probability of it.
function tile({ outcome, title, policy, against, difference, range, chance, over, verdict, tone }) {
  const names = sides();
  const level = (side, text) => element("span", { className: side }, colon(names[side], "").trimEnd(), " ", element("b", {}, text));
  return element("li", { id: `headline-${outcome}`, className: tone },
    element("strong", {}, title),
    element("span", { className: "levels" }, level("against", against), level("policy", policy)),
    element("span", { className: "gap" }, element("b", {}, difference), ...(range ? [` (${range})`] : [])),
    element("span", { className: "note" }, [verdict, chance, over].filter(Boolean).join(word("list.comma"))));
}

function tellOutcomes(picture) {
  const found = Object.entries(picture.labels).map(([name, text]) => [name, text, picture.units[name], picture.outcomes[name]]);
  const rows = found.map(([name, text, { unit, scale }, { policy, against, difference }]) => {
    const [one, other] = [against, policy].map((value) => (value === null ? null : value * scale));
    const places = Math.max(Math.abs(one ?? 0), Math.abs(other ?? 0)) < 100 ? 2 : 1;
    const row = element("tr", { id: `outcome-${name}` });
    row.append(element("th", { scope: "row" }, text), element("td", {}, unit), ...[number(one, places), number(other, places), ...effectCells(difference, places, scale)]
      .map((cell) => element("td", { className: "number" }, cell)));
    row.dataset.values = JSON.stringify([against, policy, ...effectValues(difference)]);
    return row;
  });
  const { policy, against } = sides(), columns = [word("outcome"), word("unit"), against, policy];
  const made = table([...columns, ...effectHeads()], []);
  made.tBodies[0].append(...rows);
  const saveNumbers = () => saveTable("outcomes", [...columns, ...effectColumns()],
    found.map(([, text, { stored }, one]) => [text, stored, one.against, one.policy, ...effectValues(one.difference)]));
  byId("outcomes").replaceChildren(byId("outcomes").firstElementChild, tools(word("outcomes"), null, saveNumbers), element("div", { className: "scroll", tabIndex: 0, role: "region", ariaLabel: word("outcomes") }, made));
}
