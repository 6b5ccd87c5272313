// A replay's progress without reloading, and the line of a fault shown in the text.
"use strict";
const replayed = document.getElementById("replayed");

async function follow() {
  if (!replayed?.querySelector("[data-going]")) return;
  try {
    const answer = await fetch(replayed.dataset.src, { headers: { "X-Fragment": "1" } });
    if (answer.ok) replayed.innerHTML = await answer.text();
  } catch { /* the server is away: ask again */ }
  setTimeout(follow, 1000);
}
follow();

document.addEventListener("click", (event) => {
  const link = event.target.closest("[data-line]"), text = document.getElementById("text");
  if (!link || !text) return;
  event.preventDefault();
  const lines = text.value.split("\n"), at = Number(link.dataset.line) - 1;
  const start = lines.slice(0, at).join("\n").length + (at ? 1 : 0);
  text.focus();
  text.setSelectionRange(start, start + (lines[at] ?? "").length);
  text.scrollTop = (text.scrollHeight / lines.length) * Math.max(at - 4, 0);
  text.scrollLeft = 0;
});
