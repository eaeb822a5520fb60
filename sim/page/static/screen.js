// Full screen, for a projector, where the browser offers it.

import { byId, word } from "./page.js";

const button = byId("screen");

function show() {
  const full = document.fullscreenElement !== null;
  button.textContent = word(full ? "screen.leave" : "screen.full");
  button.setAttribute("aria-pressed", full);
}

button.hidden = !document.fullscreenEnabled;
button.addEventListener("click", () => (document.fullscreenElement ? document.exitFullscreen() : document.documentElement.requestFullscreen()));
document.addEventListener("fullscreenchange", show);
show();
