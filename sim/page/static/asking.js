// Asking for pictures: one world again and again while a finger drags a control, all worlds once it rests.

import { data, explain, follow, query, remember, say, visit, word } from "./page.js";

let checked = true; // the page comes with what is wrong with its address
let leave = () => {}, turn = 0, looking = false, again = false, world = null;

// Names and values that the server's checker has refused are told by `onWrong`; pictures come without them.
export async function check(onWrong) {
  try {
    const answer = await fetch(`/api/check?${query()}`);
    if (answer.ok) visit.wrong = (await answer.json()).wrong;
  } catch { /* the stream says that the connection is lost */ }
  onWrong();
}

// Ask for all worlds; `draw(picture, asked)` gets each picture.
export async function ask(draw, onWrong) {
  const mine = (turn += 1);
  leave();
  again = false;
  say(word("queue"));
  remember();
  if (!checked) await check(onWrong);
  checked = false;
  if (mine !== turn) return;
  remember();
  const asked = query(data.language, true), from = world === null ? "" : `&world=${world}`;
  leave = follow(`/api/compare?${asked}${from}`, (picture) => mine === turn && draw(picture, asked), (end, seconds) => {
    if (end === "lost") say(word("lost"));
    if (end === "full") say(word("full", { n: seconds }));
    if (end === "broken" || end === "refused") explain();
  });
}

// Ask for one world, the same one during a whole movement; the newest position that has no picture is asked for next.
export async function look(draw, onWrong) {
  again = true;
  if (looking) return;
  leave();
  looking = true;
  const mine = (turn += 1);
  while (again && mine === turn) {
    again = false;
    const asked = query(data.language, true);
    try {
      const answer = await fetch(`/api/look?${asked}${world === null ? "" : `&world=${world}`}`), found = await answer.json();
      if (mine !== turn) break;
      if (found.wrong) {
        Object.assign(visit.wrong, found.wrong);
        onWrong();
        again = Object.keys(found.wrong).length > 0;
      } else if (answer.ok) {
        [world] = found.replications;
        draw(found, asked);
      }
    } catch { again = false; } // the question that follows says what is wrong
  }
  looking = false;
  if (again) look(draw, onWrong); // another movement has begun meanwhile
}
