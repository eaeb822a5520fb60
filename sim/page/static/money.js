// "I have 100 million dirhams": which policies that come along the sum pays beyond today's, and what they add.

import { byId, data, element, table, word } from "./page.js";

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
  const made = table([word("policy"), word("money.cost"), word("money.survivors"), word("money.exporters"), word("money.survivors.chance"), word("money.exporters.chance")], rows);
  box.replaceChildren(
    ...found.sentences.map((text) => element("p", {}, element("strong", {}, text))),
    element("p", { className: "note" }, found.note),
    ...(rows.length ? [element("div", { className: "scroll", tabIndex: 0, role: "group", ariaLabel: word("money") }, made)] : []),
    element("p", {}, element("code", { dir: "ltr" }, found.command)));
  box.dataset.policies = JSON.stringify(found.rows.map(({ policy }) => policy));
}

byId("money").addEventListener("submit", ask);
