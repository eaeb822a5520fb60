// The life of a hub or of a startup, in words and small charts.

import { Chart, INKS } from "./chart.js";
import { colon, data, element, monthName, number, query, word } from "./page.js";

const DATES = ["admitted", "grant", "honour_loan", "loan", "fair", "mission", "left"];
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
  const answer = await fetch(`/api/life?${query()}&startup=${startup}`).catch(() => null);
  if (mine !== asked || !answer?.ok) return;
  const life = await answer.json();
  if (mine !== asked) return;
  const { facts, months } = life;
  const city = data.map.cities[facts.city];
  const founded = facts.founded ? word("life.founded", { month: monthName(facts.founded), city }) : city;
  const received = life.equity_total.at(-1);
  parent.replaceChildren(
    element("h3", {}, word("life.startup", { n: startup }), ` (${word(`sector.${facts.sector}`)})`),
    element("ul", {},
      element("li", {}, founded),
      ...DATES.filter((name) => facts[name]).map((name) => element("li", {}, word(`life.${name}`, { month: monthName(facts[name]) }))),
      ...(received > 0 ? [element("li", {}, word("life.equity", { amount: `${number(received)} ${word("unit.thousand")}` }))] : []),
      ...stays(life).map(([hub, from, to]) => element("li", {}, word("life.stay", { name: film.hubs[hub]?.name ?? "", from: monthName(from), to: monthName(to) }))),
      ...(life.closed ? [element("li", {}, word("life.closed", { month: monthName(life.closed) }))] : [])));
  const draw = (name, look, lines) => new Chart(parent, { name, title: word(`life.${name}`), ...look }).show(months, lines);
  draw("revenue", { unit: word("unit.thousand.month"), decimals: 1 }, [{ name: word("life.revenue"), ink: INKS.policy, values: life.revenue }]);
  draw("cash", { unit: word("unit.thousand") }, [{ name: word("life.cash"), ink: INKS.policy, values: life.cash }]);
  draw("competence", { unit: word("unit.level"), decimals: 2 }, ["finance", "market_access", "skills"].map((name, at) => ({
    name: word(`life.${name}`), ink: [INKS.policy, INKS.against, INKS.second][at], values: life[name],
  })));
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
