// The life of a hub, of a funder or of a startup, in words and small charts.

import { INKS } from "./chart.js";
import { MonthChart } from "./month-chart.js";
import { byId, colon, data, element, monthName, number, query, word } from "./page.js";

const NEWEST = 5; // payments of a funder that are listed
const PATIENCE = 400; // milliseconds after which a person is told that a life is being looked up
const WITHOUT_TWIN = { 1: "life.not.induced", 2: "life.not.again" }; // by the kind of founder
let asked = 0;

// Tell what is picked on the map of one of the worlds, and what it is in the others: a column for each of them.
export function tell(worlds, from, picked) {
  asked += 1;
  const columns = worlds.map((world) => ({ world, box: element("div"), beside: world !== from }));
  if (worlds.length > 1) for (const { world, box } of columns) box.append(element("p", { className: "named" }, world.name));
  const enter = () => byId("told").replaceChildren(...columns.map(({ box }) => box));
  if (picked.startup !== undefined) return tellStartups(columns, picked.startup, enter);
  enter();
  const kind = picked.hub === undefined ? "funder" : "hub", [all, told] = { hub: ["hubs", tellHub], funder: ["funders", tellFunder] }[kind];
  const sought = from.film[all][picked[kind]];
  for (const { world, box, beside } of columns) {
    const index = beside ? world.film[all].findIndex((one) => one.name === sought.name && one.kind === sought.kind) : picked[kind];
    if (beside) world.map.mark(index < 0 ? null : { [kind]: index });
    if (index >= 0) told(box, world, index);
    else if (world.film.frames.length) box.append(element("p", {}, word(`${kind}.none`, { name: world.name })));
  }
  return undefined;
}

function tellHub(box, { film, suffix }, index) {
  const hub = film.hubs[index], values = film.frames.map((frame) => frame[4][index] ?? [0, 0, 0]);
  box.append(element("h3", {}, hub.name));
  if (hub.opens) box.append(element("p", {}, colon(word("opening", { name: hub.name }), monthName(hub.opens))));
  const chart = new MonthChart(box, { name: `hub${suffix}`, title: hub.name, unit: word("unit.startups") });
  chart.show(film.frames.map(([month]) => month), ["residents", "places", "waiting"].map((name, at) => ({
    name: word(`series.${name}`), ink: [INKS.policy, INKS.against, INKS.second][at], values: values.map((row) => row[at]),
  })));
}

// What a funder has paid until the month that is shown.
function tellFunder(box, { film, map, now }, index) {
  const funder = film.funders[index];
  const deals = film.frames.slice(0, now + 1).flatMap(([month, , , , , , paid]) =>
    paid.filter(([own]) => own === index).map(([, startup, amount]) => ({ month, startup, amount })));
  const money = (amount) => word("amount", { n: number(1000 * amount) });
  const item = ({ month, startup, amount }) => element("li", {},
    colon(monthName(month), money(amount)), " ",
    element("button", { type: "button", onclick: () => map.select({ startup }) }, word("life.startup", { n: startup })));
  box.append(
    element("h3", {}, colon(word(`funder.${funder.kind}`), funder.name)),
    element("p", {}, word("funder.paid", { n: number(deals.length), amount: money(deals.reduce((sum, { amount }) => sum + amount, 0)), from: monthName(film.frames[0][0]), month: monthName(film.frames[now][0]) })),
    element("ul", {}, ...deals.slice(-NEWEST).reverse().map(item)));
}

// {} when there is none, null when nobody knows.
const lifeOf = ({ side }, who) => fetch(`/api/life?${query(data.language, true)}&side=${side}&${who}`)
  .then((answer) => (answer.ok ? answer.json() : answer.status === 404 ? {} : null)).catch(() => null);

// The life of a startup, and what became of the same founder in the other worlds. What was told before stays until
// the columns `enter`.
async function tellStartups(columns, startup, enter) {
  const mine = asked, own = columns.find(({ beside }) => !beside);
  const found = (box, awaited) => patiently(awaited, () => {
    if (mine === asked) enter();
    return box;
  });
  const life = await found(own.box, lifeOf(own.world, `startup=${startup}`));
  if (mine !== asked) return;
  enter();
  if (!life?.facts) return own.box.append(element("p", {}, word(life ? "life.none" : "broken")));
  tellLife(own.box, own.world, life, word("life.startup", { n: startup }));
  for (const { world, box, beside } of columns) {
    if (!beside) continue;
    world.map.mark(null);
    const twin = await found(box, lifeOf(world, `founder=${life.key}`));
    if (mine !== asked) return;
    if (twin?.facts) {
      world.map.mark({ startup: twin.number });
      tellLife(box, world, twin, word("life.same", { n: twin.number }));
    } else box.append(element("p", {}, twin ? word(WITHOUT_TWIN[life.facts.kind] ?? "life.not.founded", { name: world.name }) : word("broken")));
  }
}

// What is awaited; who waits long is told so in the box that `where` gives.
async function patiently(awaited, where) {
  const note = element("p", {}, word("life.looking"));
  const timer = setTimeout(() => where().append(note), PATIENCE);
  const answer = await awaited;
  clearTimeout(timer);
  note.remove();
  return answer;
}

function tellLife(box, { film, suffix }, life, name) {
  const { facts, months } = life;
  box.append(
    element("h3", {}, name, ` (${word(`sector.${facts.sector}`)})`),
    element("ol", {}, ...story(life, film).map((text) => element("li", {}, text))));
  const draw = (series, look, lines) => new MonthChart(box, { name: series + suffix, title: word(`life.${series}`), ...look }).show(months, lines);
  draw("revenue", { unit: word("unit.thousand.month"), decimals: 1 }, [{ name: word("life.revenue"), ink: INKS.policy, values: life.revenue }]);
  draw("cash", { unit: word("unit.thousand") }, [{ name: word("life.cash"), ink: INKS.policy, values: life.cash }]);
  draw("competence", { unit: word("unit.level"), decimals: 2 }, ["finance", "market_access", "skills"].map((series, at) => ({
    name: word(`life.${series}`), ink: [INKS.policy, INKS.against, INKS.second][at], values: life[series],
  })));
}

// What happened, in the order of its months.
function story(life, film) {
  const { facts } = life, events = [], city = data.map.cities[facts.city];
  const tell = (month, name, values = {}) => month && events.push([month, word(`life.${name}`, { month: monthName(month), ...values })]);
  if (facts.founded) tell(facts.founded, "founded", { city });
  else events.push(["", city]);
  for (const [hub, from, to] of life.stays) {
    tell(from, to ? "stay" : "in", { name: film.hubs[hub]?.name ?? "", from: monthName(from), to: to && monthName(to) });
  }
  for (const [from, to] of life.exports) {
    tell(from, "exports");
    tell(to, "exported");
  }
  for (const [month, kind, amount] of life.money) tell(month, kind, { amount: word("amount", { n: number(1000 * amount) }) });
  for (const name of ["fair", "mission"]) tell(facts[name], name);
  tell(life.closed, "closed");
  return events.sort(([one], [other]) => (one < other ? -1 : one > other ? 1 : 0)).map(([, text]) => text);
}
