// The life of a hub, of a funder or of a startup, in words and small charts.

import { INKS } from "./chart.js";
import { MonthChart } from "./month-chart.js";
import { colon, data, element, monthName, number, query, word } from "./page.js";

const NEWEST = 5; // payments of a funder that are listed
const PATIENCE = 400; // milliseconds after which a person is told that a life is being looked up
let asked = 0;

export function tellHub(parent, film, index) {
  asked += 1;
  const hub = film.hubs[index], values = film.frames.map((frame) => frame[4][index] ?? [0, 0, 0]);
  parent.replaceChildren(element("h3", {}, hub.name));
  if (hub.opens) parent.append(element("p", {}, colon(word("opening", { name: hub.name }), monthName(hub.opens))));
  const chart = new MonthChart(parent, { name: "hub", title: hub.name, unit: word("unit.startups") });
  chart.show(film.frames.map(([month]) => month), ["residents", "places", "waiting"].map((name, at) => ({
    name: word(`series.${name}`), ink: [INKS.policy, INKS.against, INKS.second][at], values: values.map((row) => row[at]),
  })));
}

// What a funder has paid until a month; `show` is called with the startup that one chooses.
export function tellFunder(parent, film, index, now, show) {
  asked += 1;
  const funder = film.funders[index];
  const deals = film.frames.slice(0, now + 1).flatMap(([month, , , , , , paid]) =>
    paid.filter(([own]) => own === index).map(([, startup, amount]) => ({ month, startup, amount })));
  const money = (amount) => word("amount", { n: number(1000 * amount) });
  const item = ({ month, startup, amount }) => element("li", {},
    colon(monthName(month), money(amount)), " ",
    element("button", { type: "button", onclick: () => show(startup) }, word("life.startup", { n: startup })));
  parent.replaceChildren(
    element("h3", {}, colon(word(`funder.${funder.kind}`), funder.name)),
    element("p", {}, word("funder.paid", { n: number(deals.length), amount: money(deals.reduce((sum, { amount }) => sum + amount, 0)), from: monthName(film.frames[0][0]), month: monthName(film.frames[now][0]) })),
    element("ul", {}, ...deals.slice(-NEWEST).reverse().map(item)));
}

export async function tellStartup(parent, film, startup) {
  const mine = (asked += 1);
  const say = (text) => { if (mine === asked) parent.replaceChildren(element("p", {}, text)); };
  const timer = setTimeout(() => say(word("life.looking")), PATIENCE);
  const life = await fetch(`/api/life?${query(data.language, true)}&startup=${startup}`).then((answer) => (answer.status === 404 ? {} : answer.json())).catch(() => null);
  clearTimeout(timer);
  if (!life?.facts) say(word(life ? "life.none" : "broken"));
  if (mine !== asked || !life?.facts) return;
  const { facts, months } = life;
  parent.replaceChildren(
    element("h3", {}, word("life.startup", { n: startup }), ` (${word(`sector.${facts.sector}`)})`),
    element("ol", {}, ...story(life, film).map((text) => element("li", {}, text))));
  const draw = (name, look, lines) => new MonthChart(parent, { name, title: word(`life.${name}`), ...look }).show(months, lines);
  draw("revenue", { unit: word("unit.thousand.month"), decimals: 1 }, [{ name: word("life.revenue"), ink: INKS.policy, values: life.revenue }]);
  draw("cash", { unit: word("unit.thousand") }, [{ name: word("life.cash"), ink: INKS.policy, values: life.cash }]);
  draw("competence", { unit: word("unit.level"), decimals: 2 }, ["finance", "market_access", "skills"].map((name, at) => ({
    name: word(`life.${name}`), ink: [INKS.policy, INKS.against, INKS.second][at], values: life[name],
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
