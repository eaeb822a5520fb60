// The map: hexagons of the country, startups as dots in the form and colour of their state, hubs as circles.

// Each colour is darker than the one before it, in grey too.
export const FORMS = {
  outside: { colour: "#8f8f8f", size: 0.9, form: "square" },
  exporter: { colour: "#D55E00", size: 1.2, form: "triangle" },
  resident_exporter: { colour: "#003F7D", size: 1.5, form: "triangle" },
  graduate: { colour: "#007A57", size: 1.25, form: "diamond" },
  resident: { colour: "#003F7D", size: 1.7, form: "square" },
  closed: { colour: "#000000", size: 1.2, form: "cross" },
};
const ORDER = ["outside", "graduate", "exporter", "resident", "resident_exporter"]; // the later lie on top
const TINTS = ["#eaf1f5", "#f3eee2", "#e8f0e4", "#f2e8ee"];
const TINT_OF = [0, 1, 2, 3, 0, 3, 2, 1, 0, 1, 2, 3];
const FADE = 6; // months in which a closed startup fades
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
  } else context.rect(x - half, y - half, size, size);
  context.closePath();
}

export class CountryMap {
  // `cells` are [east, north, region]; `onPick` is called with {hub} or {startup} or null.
  constructor(canvas, cells, onPick) {
    Object.assign(this, { canvas, cells, onPick, film: null, shown: -1, picked: null });
    this.context = canvas.getContext("2d");
    const xs = cells.map(([x]) => x), ys = cells.map(([, y]) => y);
    this.bounds = [Math.min(...xs) - 0.7, Math.max(...xs) + 0.7, Math.min(...ys) - 0.8, Math.max(...ys) + 0.8];
    this.whole();
    this.listen();
    new ResizeObserver(() => { this.whole(); this.draw(); }).observe(canvas);
  }

  // --- the film, played into arrays by startup number ------------------------------------------------

  setFilm(film) {
    this.film = film;
    this.restart();
  }

  restart() {
    this.startups = new Map();
    this.closed = [];
    this.shown = -1;
  }

  seek(index) {
    if (index < this.shown) this.restart();
    while (this.shown < index) this.apply(this.film.frames[++this.shown]);
    this.draw();
  }

  apply([, born, moved, closed]) {
    for (const [number, x, y, state] of born) this.startups.set(number, { number, x: x / 1000, y: y / 1000, state });
    for (const [number, state] of moved) this.startups.get(number).state = state;
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
    const both = counts.resident_exporter;
    return { ...counts, resident: counts.resident + both, exporter: counts.exporter + both, closed: this.closed.filter(({ since }) => since === this.shown).length };
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
    this.ground = null;
    this.draw();
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
    this.ground = null;
    this.draw();
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
    this.drawStartups();
    this.drawHubs();
  }

  drawGround(ratio) {
    const sheet = document.createElement("canvas");
    sheet.width = this.canvas.width; sheet.height = this.canvas.height;
    const context = sheet.getContext("2d");
    context.scale(ratio, ratio);
    context.fillStyle = "#fff"; context.fillRect(0, 0, sheet.width, sheet.height);
    const key = (x, y) => `${Math.round(x * 2)},${Math.round(y / HEIGHT)}`;
    const region = new Map(this.cells.map(([x, y, own]) => [key(x, y), own]));
    const reach = this.scale / Math.sqrt(3), borders = [];
    for (const [x, y, own] of this.cells) {
      const [left, top] = this.place(x, y);
      const corner = (index) => [left + reach * Math.cos((index * Math.PI) / 3 - Math.PI / 6), top + reach * Math.sin((index * Math.PI) / 3 - Math.PI / 6)];
      context.beginPath();
      for (let index = 0; index < 6; index += 1) context.lineTo(...corner(index));
      context.closePath();
      context.fillStyle = TINTS[TINT_OF[own]]; context.fill();
      context.strokeStyle = "#ffffff"; context.lineWidth = 1; context.stroke();
      [[1, 0], [0.5, -HEIGHT], [-0.5, -HEIGHT], [-1, 0], [-0.5, HEIGHT], [0.5, HEIGHT]].forEach(([east, north], side) => {
        if (region.get(key(x + east, y + north)) !== own) borders.push([corner(side), corner(side + 1)]);
      });
    }
    context.strokeStyle = "#6f6f6f"; context.lineWidth = 1;
    context.beginPath();
    for (const [from, to] of borders) { context.moveTo(...from); context.lineTo(...to); }
    context.stroke();
    return sheet;
  }

  drawStartups() {
    const { context } = this, few = 3 - this.startups.size / 250;
    const unit = Math.min(9, Math.max(1.1, few, DOT * this.scale));
    const groups = new Map(ORDER.map((name) => [name, []]));
    for (const startup of this.startups.values()) groups.get(this.film.states[startup.state]).push(startup);
    for (const [name, members] of groups) this.dots(members, FORMS[name], unit);
    for (const startup of this.closed) {
      context.globalAlpha = 0.7 * (1 - (this.shown - startup.since) / FADE);
      this.dots([startup], FORMS.closed, unit);
    }
    context.globalAlpha = 1;
    const picked = this.startups.get(this.picked?.startup);
    if (picked) this.ring(this.place(picked.x, picked.y), Math.max(7, unit * 2), "#000", 2.5);
  }

  dots(members, { colour, size, form }, unit) {
    const { context } = this, wide = unit * size;
    context.fillStyle = colour;
    for (const { x, y } of members) {
      const [left, top] = this.place(x, y);
      if (wide < 3) context.fillRect(left - wide / 2, top - wide / 2, wide, wide);
      else { path(context, form, left, top, wide); context.fill(); }
    }
  }

  ring([x, y], radius, colour, width) {
    const { context } = this;
    context.beginPath(); context.arc(x, y, radius, 0, 2 * Math.PI);
    context.strokeStyle = colour; context.lineWidth = width; context.stroke();
  }

  drawHubs() {
    const { context } = this, hubs = this.film.frames[this.shown][4];
    const open = [];
    this.film.hubs.forEach((hub, index) => {
      const [residents, places] = hubs[index] ?? [0, 0];
      if (!places) return;
      const at = this.place(hub.x, hub.y);
      context.beginPath(); context.arc(...at, this.radius(residents), 0, 2 * Math.PI);
      context.fillStyle = "rgba(0, 87, 160, .28)"; context.fill();
      this.ring(at, this.radius(places), "#fff", 4);
      this.ring(at, this.radius(places), "#000", this.picked?.hub === index ? 3.5 : 1.8);
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
    context.lineJoin = "round"; context.strokeStyle = "rgba(255,255,255,.9)"; context.lineWidth = 3.5; context.fillStyle = "#111";
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
    if (hub >= 0 && least > close) this.select({ hub });
    else if (nearest !== null) this.select({ startup: nearest });
  }

  select(picked) {
    this.picked = picked;
    this.draw();
    this.onPick(picked);
  }

  listen() {
    const { canvas } = this;
    let from = null, moved = 0;
    canvas.addEventListener("pointerdown", (event) => { from = [event.clientX, event.clientY]; moved = 0; canvas.setPointerCapture(event.pointerId); });
    canvas.addEventListener("pointermove", (event) => {
      if (!from || event.pointerType === "touch" && this.scale === this.least) return;
      const [x, y] = [event.clientX - from[0], event.clientY - from[1]];
      moved += Math.abs(x) + Math.abs(y);
      from = [event.clientX, event.clientY];
      if (moved > 4) this.move(-x, y);
    });
    canvas.addEventListener("pointerup", (event) => {
      const box = canvas.getBoundingClientRect();
      if (from && moved <= 4) this.pick(event.clientX - box.left, event.clientY - box.top);
      from = null;
    });
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
