// The list by keyboard, and a word when something new is owed: nothing moves under the eye.
const rows = [...document.querySelectorAll(".owed > li")];
let at = -1;

function go(step) {
  at = Math.min(Math.max(at + step, 0), rows.length - 1);
  rows[at]?.focus();
}

const keys = {
  j: () => go(1),
  k: () => go(-1),
  Enter: () => rows[at]?.querySelector("a").click(),
  x: () => rows[at]?.querySelector("form button").click(),
};

document.addEventListener("keydown", (event) => {
  if (event.target.closest("a, button, input, select, textarea") || event.ctrlKey || event.metaKey || event.altKey) return;
  keys[event.key]?.();
});

const shown = document.getElementById("today").dataset.version;
const [fresh, lost] = ["new", "lost"].map((id) => document.getElementById(id));

async function look() {
  try {
    const answer = await fetch("/today/version");
    lost.hidden = answer.ok;
    if (answer.ok) fresh.hidden = (await answer.json()).version === shown;
  } catch {
    lost.hidden = false;
  }
}

setInterval(look, 5000);
