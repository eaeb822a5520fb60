// What all rooms share: the data of the page, words, numbers, the address and its links.

export const data = JSON.parse(document.getElementById("data").textContent);
export const byId = (id) => document.getElementById(id);

const fill = (text, values) => text.replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);
export const word = (key, values = {}) => fill(data.words[key] ?? key, values);
export const between = (...texts) => texts.reduce((first, second) => word("between", { first, second }));
export const colon = (first, second) => word("colon", { first, second });

export function number(value, decimals = 0, signed = false) {
  if (value === null || value === undefined || Number.isNaN(value)) return "–";
  const [whole, part] = Math.abs(value).toFixed(decimals).split(".");
  const text = whole.replace(/\B(?=(\d{3})+$)/g, data.number.thousands) + (part ? data.number.decimal + part : "");
  const sign = /[1-9]/.test(text) ? (value < 0 ? "−" : signed ? "+" : "") : "";
  return sign + text;
}

const calendar = new Intl.DateTimeFormat(data.language === "ar" ? "ar-MA-u-nu-latn" : data.language, {
  month: "long", year: "numeric", timeZone: "UTC",
});
export const monthName = (month) => calendar.format(new Date(`${month}-01T00:00:00Z`));

export function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name in made && name !== "list") made[name] = value;
    else made.setAttribute(name, value);
  }
  made.append(...children);
  return made;
}

export function shape(tag, attributes, ...children) {
  const made = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}

// --- the state of the visit, which is the address --------------------------------------------------

const sides = (typed) => {
  const of = (own) => Object.fromEntries(Object.entries(typed).filter(([name]) => name.startsWith("against.") !== own).map(([name, value]) => [name.replace(/^against\./, ""), value]));
  return { changes: of(true), others: of(false) };
};

// How a visitor looks at the policies: as levels instead of differences, side by side instead of one alone.
const looks = (pairs) => ({ levels: pairs.get("show") === "levels", beside: pairs.get("beside") === "1" });

// `changes` are values of the policy's parameters by path, `others` those of the reference's; `wrong` says what is wrong with some, by name.
export const visit = { preset: data.preset, against: data.against, seed: data.seed, fixed: data.parameters === "fixed", ...looks(new URLSearchParams(location.search)), ...sides(data.typed), wrong: data.wrong };
export const preset = (key = visit.preset) => data.presets.find((one) => one.key === key);
const named = (key, changes) => Object.keys(changes).length ? word("changed", { name: preset(key).title }) : preset(key).title;
export const policyName = () => named(visit.preset, visit.changes);
export const referenceName = () => named(visit.against, visit.others);

// The address of the visit; `possible`: without values of parameters that are wrong.
export function query(language = data.language, possible = false) {
  const pairs = new URLSearchParams({ policy: visit.preset, against: visit.against, seed: visit.seed });
  if (visit.fixed) pairs.set("parameters", "fixed");
  for (const [side, values] of [["", visit.changes], ["against.", visit.others]]) {
    for (const [path, value] of Object.entries(values)) if (!(possible && side + path in visit.wrong)) pairs.set(side + path, JSON.stringify(value));
  }
  pairs.set("lang", language);
  return pairs.toString();
}

// Where in a film one looks: the month, and the startup or hub on which map.
export const view = new URLSearchParams();
const VIEW = ["month", "startup", "hub", "map"];
function readView() {
  const pairs = new URLSearchParams(location.search);
  for (const name of VIEW) pairs.has(name) ? view.set(name, pairs.get(name)) : view.delete(name);
}
readView();

// The address of a room, which also says how the visitor looks at it.
export const place = (room, language) => `/${room}?${query(language)}${visit.levels ? "&show=levels" : ""}${visit.beside ? "&beside=1" : ""}${`${view}` && `&${view}`}`;

// --- the way back: each settled change is an entry of the browser's history ---------------------------

let step = history.state?.step ?? 0;
const lastStep = (value) => value === undefined ? Number(sessionStorage.getItem("last") ?? step) : sessionStorage.setItem("last", value);
export const canUndo = () => step > 0;
export const canRedo = () => step < lastStep();

export function remember() {
  const address = place(data.room);
  if (history.state === null) history.replaceState({ step }, "", address);
  else if (address !== location.pathname + location.search) {
    step += 1;
    lastStep(step);
    history.pushState({ step }, "", address);
  }
  relink();
  for (const option of byId("policy")?.options ?? []) option.textContent = option.selected ? policyName() : preset(option.value).title;
  const file = byId("yaml");
  if (file) file.href = `/scenario.yaml?${query(data.language, true)}`;
  const reference = byId("reference-yaml");
  if (reference) reference.href = `/scenario.yaml?${query(data.language, true)}&side=against`;
  const command = byId("command");
  if (command) command.replaceChildren(...commandLine().split(" ").flatMap((part, index) => [index ? " " : "", element("span", {}, part)]));
  const description = byId("description");
  if (description) description.textContent = preset().text;
}

function relink() {
  for (const link of document.querySelectorAll("a[data-room]")) link.href = place(link.dataset.room);
  for (const link of document.querySelectorAll("a[data-language]")) link.href = place(data.room, link.dataset.language);
}

// The address holds where one looks; Back leads to another state of the visit, not to another month.
export function rememberView() {
  history.replaceState(history.state ?? { step }, "", place(data.room));
  relink();
}

// Read the address that Back or Forward has brought.
function recall() {
  readView();
  const pairs = new URLSearchParams(location.search), typed = {};
  for (const [name, text] of pairs) {
    if (!name.includes(".")) continue;
    try { typed[name] = JSON.parse(text); } catch { typed[name] = text; }
  }
  const known = (key, usual) => (preset(key) ? key : usual);
  Object.assign(visit, {
    preset: known(pairs.get("policy"), data.preset), against: known(pairs.get("against"), data.against),
    seed: Number(pairs.get("seed") ?? data.seed), fixed: pairs.get("parameters") === "fixed", ...looks(pairs), ...sides(typed),
  });
  for (const [id, value] of [["policy", visit.preset], ["against", visit.against], ["seed", visit.seed]]) if (byId(id)) byId(id).value = value;
  if (byId("fixed")) byId("fixed").checked = visit.fixed;
  for (const choice of document.querySelectorAll("input[name=view]")) choice.checked = (choice.value === "levels") === visit.levels;
}

const possible = (values, side = "") => Object.keys(values).some((path) => !(side + path in visit.wrong));

function commandLine() {
  const name = visit.preset + (possible(visit.changes) ? "-changed" : "");
  const against = visit.against + (possible(visit.others, "against.") ? "-reference" : "");
  const file = against === visit.against ? against : `${against}.yaml`;
  return fill(data.command, { file, against, name, seed: visit.seed }) + (visit.fixed ? data.in_one_country : "");
}

const QUIET = 1500; // milliseconds without news after which a screen reader is told the newest
let waiting = 0;

// What screen readers say: the newest text once the page has come to rest, because what changes many times a second
// cannot be followed by ear.
export function announce(text) {
  clearTimeout(waiting);
  waiting = setTimeout(() => { byId("said").textContent = text; }, QUIET);
}

// What the page is doing, to be seen and heard.
export function say(text) {
  byId("status").textContent = text;
  announce(text);
}

export function onChoice(changed) {
  byId("policy").addEventListener("change", (event) => {
    visit.preset = event.target.value;
    visit.changes = {};
    changed(true);
  });
  byId("against")?.addEventListener("change", (event) => {
    visit.against = event.target.value;
    visit.others = {};
    changed(false);
  });
  window.addEventListener("popstate", (event) => {
    step = event.state?.step ?? 0;
    recall();
    changed(false);
  });
  byId("seed").addEventListener("change", (event) => {
    const wanted = Math.trunc(Number(event.target.value));
    visit.seed = Math.min(4294967295, Math.max(0, Number.isFinite(wanted) ? wanted : 1));
    event.target.value = visit.seed;
    changed(false);
  });
  byId("fixed")?.addEventListener("change", (event) => {
    visit.fixed = event.target.checked;
    changed(false);
  });
  byId("choice").addEventListener("submit", (event) => event.preventDefault());
  byId("link").addEventListener("click", async (event) => {
    const done = await copy(location.href);
    event.target.textContent = word(done ? "copied" : "link.bar");
    setTimeout(() => { event.target.textContent = word("link"); }, done ? 1500 : 6000);
  });
}

// Browsers offer the clipboard only on this machine and over HTTPS; elsewhere an old command may still work.
async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    const area = element("textarea", { value: text });
    document.body.append(area);
    area.select();
    const done = document.execCommand("copy");
    area.remove();
    return done;
  }
}

const FULL_SECONDS = 10;

// --- streams ----------------------------------------------------------------------------------------

// Follow a stream of events; the function that is returned leaves it, and the server gives up the work.
// A full server is asked again, at moments that differ between visitors.
export function follow(address, onPart, onEnd) {
  let source, timer, retried = 0;
  const leave = () => { source.close(); clearTimeout(timer); };
  const begin = () => {
    source = new EventSource(address);
    source.onmessage = (event) => { retried = 0; onPart(JSON.parse(event.data)); };
    source.addEventListener("done", () => { leave(); onEnd("done"); });
    source.addEventListener("broken", () => { leave(); onEnd("broken"); });
    source.onerror = async () => {
      retried += 1;
      if (source.readyState !== EventSource.CLOSED && retried <= 20) return onEnd("lost");
      const refused = source;
      source.close();
      const accepted = await fetch(`/scenario.yaml?${query(data.language, true)}`).then((answer) => answer.ok, () => false);
      if (source !== refused) return undefined;
      if (!accepted) return onEnd("refused");
      const seconds = Math.round(FULL_SECONDS * (1 + Math.random()));
      timer = setTimeout(begin, 1000 * seconds);
      return onEnd("full", seconds);
    };
  };
  begin();
  return leave;
}

// Say why the server refused an address.
export async function explain() {
  const box = byId("problem");
  try {
    const answer = await fetch(`/scenario.yaml?${query(data.language, true)}`);
    box.textContent = answer.ok ? word("broken") : word("problem", { what: (await answer.json()).problem });
  } catch {
    box.textContent = word("lost");
  }
  box.hidden = false;
}

// A region that can be scrolled can be reached by keyboard, and is skipped where all of it is seen.
export function reachWhenScrolled(region) {
  const look = () => {
    if (region.scrollHeight > region.clientHeight + 1 || region.scrollWidth > region.clientWidth + 1) region.tabIndex = 0;
    else region.removeAttribute("tabindex");
  };
  const sizes = new ResizeObserver(look);
  for (const one of [region, ...region.children]) sizes.observe(one);
}

export function save(name, content, type) {
  const address = typeof content === "string" && content.startsWith("data:")
    ? content : URL.createObjectURL(new Blob([content], { type }));
  element("a", { href: address, download: name }).click();
  if (address.startsWith("blob:")) setTimeout(() => URL.revokeObjectURL(address), 1000);
}

export function saveTable(name, head, rows) {
  const harmless = (text) => (/^'*[=+\-@\t\r\n＝＋－＠]./s.test(text) ? `'${text}` : text); // no spreadsheet takes it for a formula
  const cell = (value) => (typeof value === "string" ? `"${harmless(value).replaceAll('"', '""')}"` : value ?? "");
  save(`${name}.csv`, `\ufeff${[head, ...rows].map((row) => row.map(cell).join(",")).join("\r\n")}\r\n`, "text/csv");
}

// Buttons that save the picture and the table called `title`.
export function tools(title, savePicture, saveNumbers) {
  const button = (kind, act) => element("button", { type: "button", ariaLabel: colon(word(kind), title), onclick: act }, word(kind));
  return element("div", { className: "tools" }, ...(savePicture ? [button("png", savePicture)] : []), button("csv", saveNumbers));
}

export function table(columns, rows, caption = "") {
  const cell = (value, index) => index === 0
    ? element("th", { scope: "row" }, value)
    : element("td", { className: "number" }, value);
  return element("table", {},
    ...(caption ? [element("caption", {}, caption)] : []),
    element("thead", {}, element("tr", {}, ...columns.map((name) => element("th", { scope: "col" }, name)))),
    element("tbody", {}, ...rows.map((row) => element("tr", {}, ...row.map(cell)))));
}
