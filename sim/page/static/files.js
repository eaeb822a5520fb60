// Files that a visitor brings or takes along: a scenario file, and an experiment for `hubsim sweep`.

import { tellRefusal } from "./levers.js";
import { byId, colon, data, element, query, visit, word } from "./page.js";
import { positionOf } from "./values.js";

const FACTORS = 2, STEPS = 5;

// Look at the scenario in a file; what is wrong with the file is told below, one mistake a line.
async function upload(file, settled) {
  const wrong = byId("upload-wrong");
  try {
    const answer = await fetch(`/api/file?lang=${data.language}&name=${encodeURIComponent(file.name)}`, { method: "POST", body: file });
    const found = await answer.json();
    tellRefusal(wrong, found.problem ?? "");
    if (found.problem) return;
    Object.assign(visit, { preset: found.policy, changes: found.changes });
    byId("policy").value = found.policy;
    settled();
  } catch {
    tellRefusal(wrong, word("lost"));
  }
}

const part = (index, name) => byId(`factor-${index}-${name}`);

function factors() {
  const found = {};
  for (let index = 0; index < FACTORS; index += 1) {
    const path = part(index, "path").value;
    if (path) found[path] = { from: Number(part(index, "from").value), to: Number(part(index, "to").value), steps: Number(part(index, "steps").value) };
  }
  return found;
}

export async function showExperiment() {
  const found = factors(), any = Object.keys(found).length > 0, link = byId("experiment");
  const asked = `${query(data.language, true)}&factors=${encodeURIComponent(JSON.stringify(found))}`, address = `/experiment.yaml?${asked}`;
  link.href = address;
  link.hidden = true;
  if (!any) return tellRefusal(byId("experiment-wrong"), "");
  const answer = await fetch(`/api/check?${asked}`).then((one) => one.json()).catch(() => ({ experiment: word("lost") }));
  if (link.getAttribute("href") !== address) return undefined;
  link.hidden = answer.experiment !== "";
  return tellRefusal(byId("experiment-wrong"), answer.experiment);
}

function field(index, name, made) {
  made.addEventListener("change", showExperiment);
  return element("div", { className: "field" }, element("label", { htmlFor: made.id }, word(`factor.${name}`)), made);
}

function row(index) {
  const choice = element("select", { id: `factor-${index}-path` }, element("option", { value: "" }, "–"),
    ...data.sliders.map(({ path }) => element("option", { value: path }, word(`lever.${path}`))));
  const number = (name) => element("input", { type: "number", step: "any", id: `factor-${index}-${name}` });
  const box = element("fieldset", {}, element("legend", {}, colon(word("factor"), String(index + 1))),
    field(index, "path", choice), ...["from", "to", "steps"].map((name) => field(index, name, number(name))));
  choice.addEventListener("change", () => {
    const slider = data.sliders.find(({ path }) => path === choice.value);
    if (!slider) return;
    const now = positionOf(slider.path) ?? slider.usual;
    part(index, "from").value = slider.low;
    part(index, "to").value = Math.max(slider.reach, now);
    part(index, "steps").value = slider.whole ? Math.min(STEPS, slider.reach - slider.low + 1) : STEPS;
    showExperiment();
  });
  return box;
}

export function buildFiles(settled) {
  byId("upload").addEventListener("change", (event) => {
    const [file] = event.target.files;
    if (file) upload(file, settled).then(() => { event.target.value = ""; });
  });
  byId("factors").append(...Array.from({ length: FACTORS }, (_, index) => row(index)));
}
