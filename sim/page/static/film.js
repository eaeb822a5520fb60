// The film of one world, as it arrives part by part.

import { data, follow, query } from "./page.js";

const inLanguage = (hub) => ({ ...hub, name: data.map.places[hub.name] ?? hub.name });
const count = (month) => Number(month.slice(0, 4)) * 12 + Number(month.slice(5)) - 1;

export class Film {
  // Of the policy, or of its reference (`side` is `against`). `onNew` is called when another film takes the place of the one before, `onMore` when it has grown, `onEnd` as by `follow`.
  constructor(side, { onNew, onMore, onEnd }) {
    Object.assign(this, { side, onNew, onMore, onEnd, frames: [], hubs: [], funders: [], states: [], series: [], whole: false, coming: null, leave: () => {} });
  }

  // Ask for the film of the visit; the one before is shown until the new one has more than `reached()` months. With
  // `future`, what came until the present stays: only a lever was moved.
  ask(future, reached) {
    this.leave();
    const past = future && this.frames.length && this.frames.at(-1)[0] >= this.present
      ? this.frames.slice(0, this.index(this.present) + 1) : [];
    this.coming = { frames: past };
    this.leave = follow(`/api/film?${query(data.language, true)}&side=${this.side}${past.length ? "&future=1" : ""}`, (part) => this.receive(part, reached), this.onEnd);
  }

  receive(part, reached) {
    const into = this.coming ?? this;
    if (into.frames.length && part.frames[0][0] <= into.frames.at(-1)[0]) return; // sent again after a lost connection
    Object.assign(into, { hubs: part.hubs.map(inLanguage), funders: part.funders, states: part.states, series: part.series, present: part.present, end: part.end, firstFair: part.first_fair, whole: part.last });
    into.frames.push(...part.frames);
    if (into === this) this.onMore();
    else if (into.whole || into.frames.length > reached()) {
      Object.assign(this, into, { coming: null });
      this.onNew();
    }
  }

  get total() { return this.index(this.end) + 1; }

  // The place of a month in the film, and the month at a place; both may lie ahead of what has arrived.
  index(month) { return count(month) - count(this.frames[0][0]); }

  month(index) {
    const months = count(this.frames[0][0]) + index;
    return `${Math.floor(months / 12)}-${String((months % 12) + 1).padStart(2, "0")}`;
  }
}
