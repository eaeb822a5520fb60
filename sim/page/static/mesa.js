// The room of Mesa: the links of the header, and a message while Mesa's libraries are loaded.

import { byId, remember } from "./page.js";

const frame = document.querySelector("iframe"), loaded = () => { byId("status").hidden = true; };

frame?.addEventListener("load", loaded);
if (frame && frame.contentDocument?.URL !== "about:blank" && frame.contentDocument?.readyState === "complete") loaded();
remember();
