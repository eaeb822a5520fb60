// Mesa's own room has no scripts of ours beyond the links of the header.

import { remember } from "./page.js";

remember();
