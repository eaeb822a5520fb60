// One of the worlds that are watched: its film, its map with a legend, and the table of its hubs.

import { Film } from "./film.js";
import { CountryMap, FORMS } from "./map.js";
import { between, byId, colon, data, element, monthName, number, policyName, referenceName, save, shape, table, word } from "./page.js";
import { ink } from "./theme.js";

const SYMBOLS = { square: "M3 3h8v8H3z", diamond: "M7 1l6 6-6 6-6-6z", triangle: "M7 1.5 13 12H1z", cross: "M7 5.5 11 1.5 12.5 3 8.5 7 12.5 11 11 12.5 7 8.5 3 12.5 1.5 11 5.5 7 1.5 3 3 1.5z", star: "M7 .5 8.9 5 13.7 5.3 10 8.5 11.2 13.2 7 10.6 2.8 13.2 4 8.5 .3 5.3 5.1 5z" };

function symbol({ name, form }) {
  return shape("svg", { viewBox: "0 0 14 14", "aria-hidden": "true" },
    shape("path", { d: SYMBOLS[form], fill: ink(name), opacity: form === "cross" ? 0.6 : 1 }));
}

export class World {
  // `side` is `policy` or `against`, its reference. `onNew`, `onMore`, `onEnd` are called as by the film, `onPick` with
  // what is chosen on the map, `onLook` when the map shows another part of the country; each with the world first.
  constructor(side, { onNew, onMore, onEnd, onPick, onLook }) {
    this.side = side;
    this.suffix = side === "policy" ? "" : `-${side}`; // of the names of its elements
    this.film = new Film(side, { onNew: () => onNew(this), onMore: () => onMore(this), onEnd: (...how) => onEnd(this, ...how) });
    this.map = new CountryMap(this.part("map"), data.map.cells, (picked) => onPick(this, picked), (resized) => onLook(this, resized));
    this.part("picture").addEventListener("click", () => save(`map${this.suffix}.png`, this.part("map").toDataURL("image/png"), "image/png"));
  }

  part(name) { return byId(name + this.suffix); }

  get name() { return this.side === "policy" ? policyName() : referenceName(); }

  // Whether the picture is that of an older choice.
  set outdated(is) { this.part("world").classList.toggle("outdated", is); }

  showName() { this.part("named").textContent = this.name; }

  // Show the month at a place of the film; the table of hubs is left out while playing.
  show(index, playing) {
    const { film, map } = this, canvas = this.part("map");
    this.now = Math.max(0, Math.min(index, film.frames.length - 1));
    const [month, , , , , values] = film.frames[this.now];
    map.seek(this.now);
    canvas.dataset.month = month;
    canvas.ariaLabel = `${between(word("map"), this.name)}. ${colon(monthName(month), between(...film.series.slice(0, 2).map((name, at) => `${word(`series.${name}`)} ${number(values[at])}`)))}`;
    this.legend();
    if (!playing) this.hubTable();
  }

  legend() {
    const counts = this.map.count(), list = this.part("legend"), id = (name) => `count-${name}${this.suffix}`;
    if (!list.children.length) {
      for (const name of ["outside", "resident", "graduate", "exporter", "resident_exporter", "closed"]) {
        const pick = element("button", { type: "button", title: word("legend.pick"), ariaLabel: colon(word("legend.pick"), word(`state.${name}`)), onclick: () => this.choose(name) }, "⚄");
        list.append(element("li", {}, symbol(FORMS[name]), element("span", {}, word(`state.${name}`)), element("b", { id: id(name) }), ...(name === "closed" ? [] : [pick])));
      }
      list.append(element("li", {}, symbol(FORMS.funder), element("span", {}, word("legend.funder")), element("b", { id: id("deals") })));
      list.append(element("li", {}, word("legend.hub")));
    }
    for (const [name, count] of Object.entries(counts)) byId(id(name)).textContent = number(count);
  }

  choose(name) {
    const number = this.map.any(name);
    if (number !== undefined) this.map.select({ startup: number });
  }

  hubTable() {
    const { film, map, now } = this;
    const rows = film.hubs.map((hub, index) => [hub, film.frames[now][4][index] ?? [0, 0, 0], index]);
    const heads = [word("hub"), word("series.residents"), word("series.places"), word("series.waiting")];
    const made = table(heads, [], document.body.classList.contains("both") ? this.name : "");
    for (const [hub, values, index] of rows) {
      const button = element("button", { type: "button", onclick: () => map.select({ hub: index }) }, hub.name);
      made.tBodies[0].append(element("tr", {}, element("th", { scope: "row" }, button), ...values.map((value) => element("td", { className: "number" }, number(value)))));
    }
    this.part("hubs").replaceChildren(...made.children);
  }

  // Draw everything anew, in the colours of another screen.
  repaint() {
    this.part("legend").replaceChildren();
    this.map.ground = null;
  }
}
