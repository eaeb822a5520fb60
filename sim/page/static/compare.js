// The room of two policies: levers on one side, what they change on the other.

import { draw } from "./answer.js";
import { ask, look } from "./asking.js";
import { INKS, sample } from "./chart.js";
import { buildFiles, showExperiment } from "./files.js";
import { buildLevers, showLevers } from "./levers.js";
import { buildNetwork, showNetwork } from "./network.js";
import { byId, canRedo, canUndo, element, onChoice, policyName, reachWhenScrolled, referenceName, visit } from "./page.js";
import { buildParameters, showParameters } from "./parameters.js";
import { onPin, showReference } from "./reference.js";
import { onTheme } from "./theme.js";

// What the intervals hold: draws of the parameters, or chance only.
function showMeaning() {
  byId("means-drawn").hidden = visit.fixed;
  byId("means-fixed").hidden = !visit.fixed;
}

// --- pictures -----------------------------------------------------------------------------------------

// Show the state of the visit in all controls; what the checker refuses is told beside its control.
function show() {
  showLevers();
  showParameters();
  showNetwork();
  showMeaning();
  const sides = [["policy", policyName()], ["against", referenceName()]];
  byId("both").replaceChildren(...sides.map(([side, name]) => element("li", {}, sample(INKS[side]), name)));
  showReference();
  byId("undo").disabled = !canUndo();
  byId("redo").disabled = !canRedo();
}

function moved() {
  byId("problem").hidden = true;
  show();
  look(draw, show);
}

function settled() {
  byId("problem").hidden = true;
  show();
  ask(draw, show).then(show);
  showExperiment();
}

buildLevers(moved, settled);
buildParameters(moved, settled);
buildNetwork(moved, settled);
reachWhenScrolled(document.querySelector(".summary"));
buildFiles(settled);
onChoice(settled);
byId("reset").addEventListener("click", () => { visit.changes = {}; settled(); });
onPin(settled);
byId("undo").addEventListener("click", () => history.back());
byId("redo").addEventListener("click", () => history.forward());
onTheme(show);
show();
ask(draw, show).then(show);
