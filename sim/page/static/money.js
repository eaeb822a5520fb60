// "I have 100 million dirhams": which policies that come along the sum pays beyond today's, and what they add; and the
// best mixes of a kept search, each with its address.

import { byId, data, element, table, word } from "./page.js";

// On a telephone each row stands below the other, and each number below its heading.
function stacked(label, columns, rows) {
  const made = table(columns, rows);
  for (const cell of made.querySelectorAll("td")) cell.dataset.label = columns[cell.cellIndex];
  return element("div", { className: "scroll", tabIndex: 0, role: "group", ariaLabel: label }, made);
}

function mixes({ note, sentences, caption, headings, rows }) {
  const cell = ([text, below]) => element("span", {}, text, ...(below ? [element("br"), element("small", {}, below)] : []));
  const link = ({ address, title }) => element("a", { href: address }, title);
  return [
    element("h3", {}, word("money.found")),
    element("p", { className: "note" }, note),
    ...sentences.map((text) => element("p", {}, text)),
    element("p", {}, caption),
    stacked(word("money.found"), headings, rows.map((row) => [link(row), ...row.cells.map(cell)])),
    element("details", {}, element("summary", {}, word("money.mixes")),
      element("ul", {}, ...rows.map((row) => element("li", {}, link(row), element("br"), row.does))))];
}

async function ask(event) {
  event.preventDefault();
  const box = byId("paid"), sum = byId("sum").value;
  const answer = await fetch(`/api/money?extra=${encodeURIComponent(sum)}&lang=${data.language}`).catch(() => null);
  const found = await answer?.json().catch(() => null);
  if (!found || found.problem) {
    box.replaceChildren(element("p", { role: "alert" }, found ? word("problem", { what: found.problem }) : word("lost")));
    return;
  }
  const link = ({ policy, title }) => element("a", { href: `/compare?policy=${encodeURIComponent(policy)}&lang=${data.language}` }, title);
  const rows = found.rows.map((row) => [link(row), ...row.cells, ...row.chances]);
  const columns = [word("policy"), word("money.cost"), word("money.survivors"), word("money.exporters"), word("money.survivors.chance"), word("money.exporters.chance")];
  box.replaceChildren(
    ...found.sentences.map((text) => element("p", {}, element("strong", {}, text))),
    element("p", { className: "note" }, found.note),
    ...(rows.length ? [stacked(word("money"), columns, rows)] : []),
    ...(found.search ? mixes(found.search) : []),
    element("p", {}, element("code", { dir: "ltr" }, found.command)));
  box.dataset.policies = JSON.stringify(found.rows.map(({ policy }) => policy));
}

byId("money").addEventListener("submit", ask);
