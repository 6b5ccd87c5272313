// Keeps the sum as it stands now, and says loudly when it does not close, or when nobody can say so.
const sum = document.getElementById("now");
const [closes, broken, stale] = ["closes", "broken", "stale"].map((id) => document.getElementById(id));

function show(told) {
  for (const part of sum.querySelectorAll("[data-hand]")) part.textContent = told[part.dataset.hand];
  sum.classList.toggle("broken", !told.closes);
  sum.querySelector(".lost").hidden = told.closes;
  closes.hidden = !told.closes;
  broken.hidden = told.closes;
}

async function look() {
  try {
    const answer = await fetch("/figures/now");
    stale.hidden = answer.ok;
    if (answer.ok) show(await answer.json());
  } catch {
    stale.hidden = false;
  }
}

setInterval(look, 5000);
