// What stands along the months of the films: the present, openings and closings of hubs, yearly fairs.

import { between, byId, colon, element, monthName, word } from "./page.js";

// Openings and closings of a world beside the policy, if the policy has others.
function others(first, beside) {
  const known = new Set(first.film.hubs.flatMap(({ name, opens, closes }) => [[name, "opens", opens], [name, "closes", closes]].map(String)));
  return (beside?.film.hubs ?? []).map(({ name, opens, closes }) => ({
    name: between(name, beside.name),
    opens: known.has(String([name, "opens", opens])) ? null : opens,
    closes: known.has(String([name, "closes", closes])) ? null : closes,
  })).filter(({ opens, closes }) => opens || closes);
}

// Draw the marks under the slider; those of a world beside the policy are hollow.
export function markTimeline([first, beside]) {
  const { film } = first, list = byId("events");
  byId("timeline").max = film.total - 1;
  list.replaceChildren();
  const mark = (tag, month, text, title, className = "") => {
    const index = film.index(month);
    if (index < 0 || index >= film.total) return;
    const made = element(tag, { title, className }, text);
    made.style.left = `${(100 * index) / (film.total - 1)}%`;
    list.append(made);
  };
  for (let index = film.index(film.firstFair); index < film.total; index += 12) mark("i", film.month(index), "", between(word("fairs"), monthName(film.month(index))));
  mark("b", film.present, word("present"), monthName(film.present), "present");
  const hollow = others(first, beside);
  for (const [hubs, open, closed, kind] of [[hollow, "△", "▽", "beside"], [film.hubs, "▲", "▼", ""]]) {
    for (const hub of hubs) {
      if (hub.opens) mark("b", hub.opens, open, between(word("opening", { name: hub.name }), monthName(hub.opens)), kind);
      if (hub.closes) mark("b", hub.closes, closed, between(word("closing", { name: hub.name }), monthName(hub.closes)), kind);
    }
  }
  byId("closings").hidden = ![...film.hubs, ...hollow].some((hub) => hub.closes);
  byId("hollow").hidden = !hollow.length;
}

// What opens or closes in the year before a month, in words.
export function eventsUntil(month, [first, beside]) {
  const { film } = first;
  const recent = [...film.hubs, ...others(first, beside)].flatMap((hub) => [[hub.opens, "opening", hub.name], [hub.closes, "closing", hub.name]])
    .filter(([when]) => when && film.index(when) <= film.index(month) && film.index(when) > film.index(month) - 12);
  if (month.endsWith("-05") && month >= film.firstFair) recent.push([month, "fairs", ""]);
  recent.sort(([one], [other]) => (one < other ? -1 : one > other ? 1 : 0));
  return recent.map(([when, what, name]) => colon(monthName(when), word(what, { name }))).join(" · ");
}
