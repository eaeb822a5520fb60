// The reference among the choices: a policy as it comes, or the state that the visitor has made the reference.

import { byId, referenceName, visit } from "./page.js";
import { pin } from "./values.js";

export function showReference() {
  const own = byId("own-reference"), isOwn = Object.keys(visit.others).length > 0;
  own.hidden = own.disabled = !isOwn;
  own.textContent = referenceName();
  byId("against").value = isOwn ? own.value : visit.against;
  byId("reference-yaml").hidden = !isOwn;
}

export const onPin = (changed) => byId("pin").addEventListener("click", () => { pin(); changed(); });
