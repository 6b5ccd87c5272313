// The list by keyboard, and how much new is owed: nothing moves under the eye.
import { watch } from "/static/web/watch.js";

const rows = [...document.querySelectorAll(".owed > li")];
const help = document.getElementById("keys");
let at = -1;

function go(step) {
  at = Math.min(Math.max(at + step, 0), rows.length - 1);
  rows[at]?.focus();
}

const keys = {
  j: () => go(1),
  k: () => go(-1),
  Enter: () => rows[at]?.querySelector("a").click(),
  x: () => rows[at]?.querySelector("form button")?.click(),
  v: () => at >= 0 && location.assign(`${new URL(rows[at].querySelector("a").href).pathname}#contact`),
  "?": () => help.showModal(),
};

document.addEventListener("keydown", (event) => {
  if (help.open || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.target.closest("a, button, input, select, textarea")) return;
  keys[event.key]?.();
});

const shown = new Set(rows.map((row) => row.dataset.task));
watch("/today/owed", ({ owed }) => owed.filter((id) => !shown.has(id)).length);
