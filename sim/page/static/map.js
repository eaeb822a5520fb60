// The map: hexagons of the country, startups as dots in the form and colour of their state, hubs as circles.

import { ink } from "./theme.js";
import { townsOf } from "./towns.js";

// On light paper each colour is darker than the one before it, in grey too.
export const FORMS = {
  outside: { name: "outside", size: 0.9, form: "square" },
  exporter: { name: "exporter", size: 1.2, form: "triangle" },
  resident_exporter: { name: "resident", size: 1.5, form: "triangle" },
  graduate: { name: "graduate", size: 1.25, form: "diamond" },
  resident: { name: "resident", size: 1.7, form: "square" },
  closed: { name: "closed", size: 1.2, form: "cross" },
  funder: { name: "funder", size: 9, form: "star" }, // in pixels
};
const ORDER = ["outside", "graduate", "exporter", "resident", "resident_exporter"]; // the later lie on top
const TINT_OF = [0, 1, 2, 3, 0, 3, 2, 1, 0, 1, 2, 3];
const FADE = 6; // months in which a closed startup fades
const PAID = 3; // months in which a payment is seen
const SHAPED = 2.4; // pixels from which a dot has the form of its state
const DOT = 0.032, DISC = 0.034; // in distances between cells
const HEIGHT = Math.sqrt(3) / 2;

function path(context, form, x, y, size) {
  const half = size / 2;
  context.beginPath();
  if (form === "diamond") {
    context.moveTo(x, y - half * 1.3); context.lineTo(x + half * 1.3, y); context.lineTo(x, y + half * 1.3); context.lineTo(x - half * 1.3, y);
  } else if (form === "triangle") {
    context.moveTo(x, y - half * 1.2); context.lineTo(x + half * 1.2, y + half); context.lineTo(x - half * 1.2, y + half);
  } else if (form === "cross") {
    for (const turn of [0, 1, 2, 3]) { // one arm for each
      const [east, north] = [[half, 0], [0, half], [-half, 0], [0, -half]][turn];
      context.lineTo(x + 1.2 * (east - north), y + 1.2 * (north + east));
      context.lineTo(x - 0.35 * north, y + 0.35 * east);
    }
  } else if (form === "star") {
    for (let point = 0; point < 10; point += 1) {
      const reach = point % 2 ? 0.55 * half : 1.35 * half, angle = (point * Math.PI) / 5 - Math.PI / 2;
      context.lineTo(x + reach * Math.cos(angle), y + reach * Math.sin(angle));
    }
  } else context.rect(x - half, y - half, size, size);
  context.closePath();
}

export class CountryMap {
  // `cells` are [east, north, region]; `onPick` is called with {hub}, {funder} or {startup}, `onLook` after the map has
  // come to show another part of the country, and whether that is because its size has changed.
  constructor(canvas, cells, onPick, onLook) {
    Object.assign(this, { canvas, cells, onPick, onLook, film: null, shown: -1, picked: null, town: -1 });
    this.context = canvas.getContext("2d");
    const xs = cells.map(([x]) => x), ys = cells.map(([, y]) => y);
    this.bounds = [Math.min(...xs) - 0.7, Math.max(...xs) + 0.7, Math.min(...ys) - 0.8, Math.max(...ys) + 0.8];
    this.whole();
    this.listen();
    new ResizeObserver(() => { this.whole(); this.look(true); }).observe(canvas);
  }

  // --- the film, played into arrays by startup number ------------------------------------------------

  setFilm(film) {
    this.film = film;
    this.restart();
  }

  restart() {
    this.startups = new Map();
    this.closed = [];
    this.paid = [];
    this.shown = -1;
  }

  seek(index) {
    if (index < this.shown) this.restart();
    while (this.shown < index) this.apply(this.film.frames[++this.shown]);
    this.draw();
  }

  apply([, born, moved, closed, , , deals]) {
    for (const [number, x, y, state] of born) this.startups.set(number, { number, x: x / 1000, y: y / 1000, state });
    for (const [number, state] of moved) this.startups.get(number).state = state;
    this.paid = this.paid.filter(({ since }) => this.shown - since < PAID);
    for (const [funder, number] of deals) {
      const { x, y } = this.startups.get(number) ?? {};
      if (x !== undefined) this.paid.push({ funder, x, y, since: this.shown });
    }
    for (const number of closed) {
      this.closed.push({ ...this.startups.get(number), since: this.shown });
      this.startups.delete(number);
    }
    this.closed = this.closed.filter(({ since }) => this.shown - since < FADE);
  }

  // Residents that export count as both, so that those in hubs are as many as in the table of hubs.
  count() {
    const counts = Object.fromEntries(this.film.states.map((name) => [name, 0]));
    for (const { state } of this.startups.values()) counts[this.film.states[state]] += 1;
    const newest = (events) => events.filter(({ since }) => since === this.shown).length, both = counts.resident_exporter;
    return { ...counts, resident: counts.resident + both, exporter: counts.exporter + both, closed: newest(this.closed), deals: newest(this.paid) };
  }

  any(name) {
    const wanted = this.film.states.indexOf(name);
    const found = [...this.startups.values()].filter(({ state }) => state === wanted);
    return found[Math.floor(Math.random() * found.length)]?.number;
  }

  // --- drawing -----------------------------------------------------------------------------------------

  whole() {
    const [west, east, south, north] = this.bounds;
    const { clientWidth: width, clientHeight: height } = this.canvas;
    this.scale = Math.min(width / (east - west), height / (north - south)) || 10;
    this.least = this.scale;
    this.middle = [(west + east) / 2, (south + north) / 2];
    this.ground = null;
  }

  zoom(factor, at = this.middle) {
    const scale = Math.min(40 * this.least, Math.max(this.least, this.scale * factor)), gone = 1 - this.scale / scale;
    this.middle = this.middle.map((value, axis) => value + (at[axis] - value) * gone);
    this.scale = scale;
    this.look();
  }

  look(resized = false) {
    this.ground = null;
    this.draw();
    this.onLook(resized);
  }

  // Show the part of the country that another map of this size shows.
  lookAs({ middle, scale }) {
    Object.assign(this, { middle, scale, ground: null });
    this.draw();
  }

  // Go to the town with most startups, then to the next one; after the last, to the whole country.
  toStartups() {
    const towns = townsOf([...this.startups.values()]);
    this.town = this.scale > this.least ? this.town + 1 : 0;
    if (this.town >= towns.length) {
      this.town = -1;
      this.whole();
    } else {
      const { middle, reach } = towns[this.town], { clientWidth: width, clientHeight: height } = this.canvas;
      this.middle = middle;
      this.scale = Math.min(40 * this.least, Math.max(1.5 * this.least, Math.min(width, height) / (2 * reach)));
    }
    this.look();
  }

  // Nearer or farther around what is picked, else around the middle of the startups in sight.
  zoomOnStartups(factor) {
    const { picked } = this, hub = this.film?.hubs[picked?.hub];
    const at = hub ?? this.startups?.get(picked?.startup) ?? this.middleOfStartups();
    this.zoom(factor, at ? [at.x, at.y] : this.middle);
  }

  middleOfStartups() {
    const { clientWidth: width, clientHeight: height } = this.canvas;
    const seen = [...(this.startups?.values() ?? [])].filter(({ x, y }) => {
      const [left, top] = this.place(x, y);
      return left >= 0 && left <= width && top >= 0 && top <= height;
    });
    if (!seen.length) return null;
    const median = (values) => values.sort((one, other) => one - other)[Math.floor(values.length / 2)];
    return { x: median(seen.map(({ x }) => x)), y: median(seen.map(({ y }) => y)) };
  }

  move(east, north) {
    this.middle = [this.middle[0] + east / this.scale, this.middle[1] + north / this.scale];
    this.look();
  }

  place(x, y) {
    return [this.canvas.clientWidth / 2 + (x - this.middle[0]) * this.scale, this.canvas.clientHeight / 2 - (y - this.middle[1]) * this.scale];
  }

  draw() {
    const { canvas, context } = this, ratio = window.devicePixelRatio || 1;
    const width = canvas.clientWidth, height = canvas.clientHeight;
    if (!width) return;
    if (canvas.width !== Math.round(width * ratio) || canvas.height !== Math.round(height * ratio)) {
      canvas.width = Math.round(width * ratio); canvas.height = Math.round(height * ratio);
      this.ground = null;
    }
    context.setTransform(1, 0, 0, 1, 0, 0);
    this.ground ??= this.drawGround(ratio);
    context.drawImage(this.ground, 0, 0);
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    if (!this.film || this.shown < 0) return;
    this.drawDeals();
    this.drawStartups();
    this.drawFunders();
    this.drawHubs();
  }

  drawGround(ratio) {
    const sheet = document.createElement("canvas");
    sheet.width = this.canvas.width; sheet.height = this.canvas.height;
    const context = sheet.getContext("2d");
    context.scale(ratio, ratio);
    context.fillStyle = ink("paper"); context.fillRect(0, 0, sheet.width, sheet.height);
    const key = (x, y) => `${Math.round(x * 2)},${Math.round(y / HEIGHT)}`;
    const region = new Map(this.cells.map(([x, y, own]) => [key(x, y), own]));
    const reach = this.scale / Math.sqrt(3), borders = [];
    for (const [x, y, own] of this.cells) {
      const [left, top] = this.place(x, y);
      const corner = (index) => [left + reach * Math.cos((index * Math.PI) / 3 - Math.PI / 6), top + reach * Math.sin((index * Math.PI) / 3 - Math.PI / 6)];
      context.beginPath();
      for (let index = 0; index < 6; index += 1) context.lineTo(...corner(index));
      context.closePath();
      context.fillStyle = ink(`tint${TINT_OF[own]}`); context.fill();
      context.strokeStyle = ink("paper"); context.lineWidth = 1; context.stroke();
      [[1, 0], [0.5, -HEIGHT], [-0.5, -HEIGHT], [-1, 0], [-0.5, HEIGHT], [0.5, HEIGHT]].forEach(([east, north], side) => {
        if (region.get(key(x + east, y + north)) !== own) borders.push([corner(side), corner(side + 1)]);
      });
    }
    context.strokeStyle = ink("border"); context.lineWidth = 1;
    context.beginPath();
    for (const [from, to] of borders) { context.moveTo(...from); context.lineTo(...to); }
    context.stroke();
    return sheet;
  }

  drawStartups() {
    const { context } = this, few = 3 - this.startups.size / 250;
    const unit = Math.min(9, Math.max(1.1, few, DOT * this.scale));
    Object.assign(this.canvas.dataset, { scale: this.scale.toFixed(2), dot: unit.toFixed(2) });
    const groups = new Map(ORDER.map((name) => [name, []]));
    for (const startup of this.startups.values()) groups.get(this.film.states[startup.state]).push(startup);
    for (const [name, members] of groups) this.dots(members, FORMS[name], unit);
    for (const startup of this.closed) {
      context.globalAlpha = 0.7 * (1 - (this.shown - startup.since) / FADE);
      this.dots([startup], FORMS.closed, unit);
    }
    context.globalAlpha = 1;
    const picked = this.startups.get(this.picked?.startup);
    if (picked) this.ring(this.place(picked.x, picked.y), Math.max(7, unit * 2), ink("strong"), 2.5);
  }

  dots(members, { name, size, form }, unit) {
    const { context } = this, wide = unit * size;
    context.fillStyle = ink(name);
    for (const { x, y } of members) {
      const [left, top] = this.place(x, y);
      if (wide < SHAPED) context.fillRect(left - wide / 2, top - wide / 2, wide, wide);
      else { path(context, form, left, top, wide); context.fill(); }
    }
  }

  ring([x, y], radius, colour, width) {
    const { context } = this;
    context.beginPath(); context.arc(x, y, radius, 0, 2 * Math.PI);
    context.strokeStyle = colour; context.lineWidth = width; context.stroke();
  }

  // Payments of the last months, as lines from the funder to the startup.
  drawDeals() {
    const { context } = this;
    context.strokeStyle = ink("funder"); context.lineWidth = 1.2;
    for (const { funder, x, y, since } of this.paid) {
      const from = this.film.funders[funder];
      context.globalAlpha = 0.75 * (1 - (this.shown - since) / PAID);
      context.beginPath(); context.moveTo(...this.place(from.x, from.y)); context.lineTo(...this.place(x, y)); context.stroke();
    }
    context.globalAlpha = 1;
  }

  active({ from, until }) {
    const month = this.film.frames[this.shown][0];
    return from <= month && (!until || month <= until);
  }

  drawFunders() {
    const { context } = this, { name, size, form } = FORMS.funder;
    context.lineWidth = 2; context.lineJoin = "round";
    this.film.funders.forEach((funder, index) => {
      if (!this.active(funder)) return;
      const at = this.place(funder.x, funder.y);
      path(context, form, ...at, size);
      context.strokeStyle = ink("paper"); context.stroke();
      context.fillStyle = ink(name); context.fill();
      if (this.picked?.funder === index) this.ring(at, size, ink("strong"), 2);
    });
  }

  drawHubs() {
    const { context } = this, hubs = this.film.frames[this.shown][4];
    const open = [];
    this.film.hubs.forEach((hub, index) => {
      const [residents, places] = hubs[index] ?? [0, 0];
      if (!places) return;
      const at = this.place(hub.x, hub.y);
      context.beginPath(); context.arc(...at, this.radius(residents), 0, 2 * Math.PI);
      context.fillStyle = ink("hub"); context.fill();
      this.ring(at, this.radius(places), ink("paper"), 4);
      this.ring(at, this.radius(places), ink("strong"), this.picked?.hub === index ? 3.5 : 1.8);
      open.push({ ...hub, places, at, radius: this.radius(places) });
    });
    this.drawNames(open.sort((one, other) => other.places - one.places));
  }

  // A name is written on a side where it hides nothing, those of larger hubs first; else only after zooming in.
  drawNames(hubs) {
    const { context } = this, around = ({ at: [x, y], radius }) => [x - radius, y - radius, x + radius, y + radius];
    const taken = hubs.map(around), width = this.canvas.clientWidth;
    const free = ([left, top, right, bottom]) => left >= 0 && right <= width
      && taken.every(([west, north, east, south]) => right < west || left > east || bottom < north || top > south);
    context.font = "600 12px system-ui, sans-serif"; context.textBaseline = "middle";
    context.lineJoin = "round"; context.strokeStyle = ink("paper"); context.lineWidth = 3.5; context.fillStyle = ink("strong");
    context.textAlign = "left";
    for (const { name, at: [x, y], radius } of hubs) {
      const long = context.measureText(name).width;
      const box = [x + radius + 4, x - radius - 4 - long].map((left) => [left, y - 7, left + long, y + 7]).find(free);
      if (!box) continue;
      taken.push(box);
      context.strokeText(name, box[0], y);
      context.fillText(name, box[0], y);
    }
  }

  radius(count) {
    return Math.max(3, DISC * Math.sqrt(count) * this.scale * Math.pow(this.least / this.scale, 0.5));
  }

  // --- pointing ----------------------------------------------------------------------------------------

  pick(left, top) {
    if (!this.film || this.shown < 0) return;
    const distance = (x, y) => Math.hypot(this.place(x, y)[0] - left, this.place(x, y)[1] - top);
    let nearest = null, least = 9;
    for (const { number, x, y } of this.startups.values()) {
      const away = distance(x, y);
      if (away < least) [nearest, least] = [number, away];
    }
    const hubs = this.film.frames[this.shown][4];
    const hub = this.film.hubs.findIndex(({ x, y }, index) => hubs[index]?.[1] && distance(x, y) <= this.radius(hubs[index][1]) + 3);
    const close = this.scale > 3 * this.least ? 5 : 0;
    const funder = this.film.funders.findIndex((one) => this.active(one) && distance(one.x, one.y) <= FORMS.funder.size);
    if (funder >= 0) this.select({ funder });
    else if (hub >= 0 && least > close) this.select({ hub });
    else if (nearest !== null) this.select({ startup: nearest });
  }

  select(picked) {
    this.mark(picked);
    this.onPick(picked);
  }

  // Show what is picked, here or on the map beside.
  mark(picked) {
    this.picked = picked;
    this.draw();
  }

  listen() {
    const { canvas } = this;
    const fingers = new Map();
    let moved = 0;
    const spread = () => { const [one, other] = [...fingers.values()]; return Math.hypot(one[0] - other[0], one[1] - other[1]); };
    canvas.addEventListener("pointerdown", (event) => {
      if (fingers.size === 0) moved = 0;
      fingers.set(event.pointerId, [event.clientX, event.clientY]);
      canvas.setPointerCapture(event.pointerId);
    });
    canvas.addEventListener("pointermove", (event) => {
      const before = fingers.get(event.pointerId);
      if (!before) return;
      const apart = fingers.size === 2 ? spread() : 0;
      fingers.set(event.pointerId, [event.clientX, event.clientY]);
      const [x, y] = [event.clientX - before[0], event.clientY - before[1]];
      moved += Math.abs(x) + Math.abs(y);
      if (apart) this.zoom(spread() / apart);
      else if (moved > 4 && (event.pointerType !== "touch" || this.scale > this.least)) this.move(-x, y);
    });
    canvas.addEventListener("pointerup", (event) => {
      const box = canvas.getBoundingClientRect();
      if (fingers.size === 1 && moved <= 4) this.pick(event.clientX - box.left, event.clientY - box.top);
      fingers.delete(event.pointerId);
    });
    canvas.addEventListener("pointercancel", (event) => fingers.delete(event.pointerId));
    canvas.addEventListener("dblclick", (event) => {
      const box = canvas.getBoundingClientRect();
      const [x, y] = [event.clientX - box.left - box.width / 2, box.height / 2 - (event.clientY - box.top)];
      this.zoom(2, [this.middle[0] + x / this.scale, this.middle[1] + y / this.scale]);
    });
    canvas.addEventListener("wheel", (event) => {
      if (!event.ctrlKey) return;
      event.preventDefault();
      this.zoom(event.deltaY < 0 ? 1.25 : 0.8);
    }, { passive: false });
    const keys = { ArrowLeft: [-40, 0], ArrowRight: [40, 0], ArrowUp: [0, 40], ArrowDown: [0, -40] };
    canvas.addEventListener("keydown", (event) => {
      if (event.key === "+") this.zoomOnStartups(1.5);
      else if (event.key === "-") this.zoomOnStartups(1 / 1.5);
      else if (event.key in keys) this.move(...keys[event.key]);
      else return;
      event.preventDefault();
    });
  }
}
