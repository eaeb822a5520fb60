// The life of a hub or of a startup, in words and small charts.

import { Chart, INKS } from "./chart.js";
import { colon, data, element, monthName, number, query, word } from "./page.js";

const PATIENCE = 400; // milliseconds after which a person is told that a life is being looked up
let asked = 0;

export function tellHub(parent, film, index) {
  asked += 1;
  const hub = film.hubs[index], values = film.frames.map((frame) => frame[4][index] ?? [0, 0, 0]);
  parent.replaceChildren(element("h3", {}, hub.name));
  if (hub.opens) parent.append(element("p", {}, colon(word("opening", { name: hub.name }), monthName(hub.opens))));
  const chart = new Chart(parent, { name: "hub", title: hub.name, unit: word("unit.startups") });
  chart.show(film.frames.map(([month]) => month), ["residents", "places", "waiting"].map((name, at) => ({
    name: word(`series.${name}`), ink: [INKS.policy, INKS.against, INKS.second][at], values: values.map((row) => row[at]),
  })));
}

export async function tellStartup(parent, film, startup) {
  const mine = (asked += 1);
  const say = (text) => { if (mine === asked) parent.replaceChildren(element("p", {}, text)); };
  const timer = setTimeout(() => say(word("life.looking")), PATIENCE);
  const life = await fetch(`/api/life?${query()}&startup=${startup}`).then((answer) => answer.json()).catch(() => null);
  clearTimeout(timer);
  if (!life) say(word("broken"));
  if (mine !== asked || !life) return;
  const { facts, months } = life;
  parent.replaceChildren(
    element("h3", {}, word("life.startup", { n: startup }), ` (${word(`sector.${facts.sector}`)})`),
    element("ol", {}, ...story(life, film).map((text) => element("li", {}, text))));
  const draw = (name, look, lines) => new Chart(parent, { name, title: word(`life.${name}`), ...look }).show(months, lines);
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
  for (const [hub, from, to] of stays(life)) tell(from, "stay", { name: film.hubs[hub]?.name ?? "", from: monthName(from), to: monthName(to) });
  for (const [month, kind, amount] of life.money) tell(month, kind, { amount: word("amount", { n: number(1000 * amount) }) });
  for (const name of ["fair", "mission"]) tell(facts[name], name);
  tell(life.closed, "closed");
  return events.sort(([one], [other]) => (one < other ? -1 : one > other ? 1 : 0)).map(([, text]) => text);
}

// Hub, first and last month of each stay.
function stays({ hub, months }) {
  const found = [];
  hub.forEach((own, index) => {
    if (own < 0) return;
    if (index > 0 && hub[index - 1] === own) found.at(-1)[2] = months[index];
    else found.push([own, months[index], months[index]]);
  });
  return found;
}
