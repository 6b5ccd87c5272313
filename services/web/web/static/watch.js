// Asks every few seconds what there is: says how much of it a page does not show, and when nobody answers.
import { reach } from "./reach.js";

const EVERY_MS = 5e3;
const [fresh, lost] = ["new", "lost"].map((id) => document.getElementById(id));

/** `unshown` counts, in what `address` answers, what this page does not show. */
export function watch(address, unshown) {
  let asking = false;

  async function look() {
    if (asking) return;
    asking = true;
    const answer = await reach(address, { credentials: "same-origin" });
    asking = false;
    lost.hidden = answer?.ok ?? false;
    if (!answer?.ok) return;
    const more = unshown(await answer.json());
    fresh.hidden = more === 0;
    fresh.querySelector("b").textContent = more;
  }

  setInterval(look, EVERY_MS);
  for (const sign of ["online", "offline", "pageshow"]) addEventListener(sign, look); // it slept, or the network changed
}
