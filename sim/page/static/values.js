// The values of the visit: what the policy sets, what the visitor changes, and how a change is taken back.

import { data, preset, visit } from "./page.js";

export const HUBS = "network.hubs_by_2027", OPENINGS = "network.openings", CLOSURES = "network.closures";
const same = (one, other) => JSON.stringify(one) === JSON.stringify(other);
let defaults = {}, names = data.names; // defaults of parameters that no policy of the page sets

export const learn = (parameters) => {
  defaults = Object.fromEntries(parameters.map((one) => [one.path, one.default]));
  names = Object.fromEntries(parameters.map((one) => [one.path, one.label]));
};

// The short name of a parameter; those that no link and no visitor has changed need not be known.
export const nameOf = (path) => data.words[`lever.${path}`] ?? names[path] ?? path;

// The value under a policy without the visitor's changes.
export const usual = (path, key = visit.preset) => preset(key).values[path] ?? defaults[path] ?? null;
export const isChanged = (path) => path in visit.changes;
export const valueOf = (path) => (isChanged(path) ? visit.changes[path] : usual(path));
// Without a number of hubs, there are those that are open and those that the policy opens.
export const positionOf = (path) => valueOf(path) ?? (path === HUBS ? data.open_hubs + (valueOf(OPENINGS) ?? []).length : null);
export const wrongWith = (path) => visit.wrong[path] ?? visit.wrong[`against.${path}`] ?? "";

function put(values, path, value, key) {
  if (same(value, usual(path, key))) delete values[path];
  else values[path] = value;
}

// Set a parameter of the policy; `both`: of its reference, too.
export function setValue(path, value, both = false) {
  if (data.mix.includes(path)) setMix(path, value);
  else put(visit.changes, path, value, visit.preset);
  if (both) put(visit.others, path, value, visit.against);
}

// Take a change back; `both`: that of the reference, too.
export function setBack(path, both = false) {
  const paths = data.mix.includes(path) ? data.mix : [path];
  for (const one of paths) {
    delete visit.changes[one];
    if (both) delete visit.others[one];
  }
}

// The three shares of the hours sum to one: the other two keep their proportion.
function setMix(path, value) {
  const others = data.mix.filter((other) => other !== path), now = others.map(valueOf);
  visit.changes[path] = value;
  if (typeof value !== "number" || value < 0 || value > 1) return; // refused by the checker
  const total = now[0] + now[1];
  const first = Math.round((total > 0 ? now[0] / total : 0.5) * (1 - value) * 1e4) / 1e4;
  visit.changes[others[0]] = first;
  visit.changes[others[1]] = Number((1 - value - first).toFixed(8));
}

// Make the policy as it is now the reference, beside which the policy is watched from now on.
export const pin = () => {
  const possible = Object.entries(visit.changes).filter(([path]) => !(path in visit.wrong));
  Object.assign(visit, { against: visit.preset, others: Object.fromEntries(possible), beside: true });
};
