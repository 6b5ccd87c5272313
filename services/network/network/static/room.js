// The room's screen: next and previous by one key, uncover and decide by one each; minutes count down by themselves.
const MINUTE = 60e3;
const writes = (element) => /^(INPUT|TEXTAREA|SELECT)$/.test(element.tagName);
const KEYS = {
  n: () => document.querySelector("a[rel=next]")?.click(),
  ArrowRight: () => document.querySelector("a[rel=next]")?.click(),
  p: () => document.querySelector("a[rel=prev]")?.click(),
  ArrowLeft: () => document.querySelector("a[rel=prev]")?.click(),
  u: () => document.getElementById("uncover")?.click(),
  d: () => document.querySelector("#decisions [name=what]")?.focus(),
};

addEventListener("keydown", (event) => {
  if (event.key === "Escape") document.activeElement?.blur();
  if (event.ctrlKey || event.metaKey || event.altKey || writes(event.target)) return;
  const act = KEYS[event.key];
  if (act) {
    event.preventDefault();
    act();
  }
});

// An item's minutes run from when it was first shown on this screen, also when the page is loaded again.
const item = document.querySelector("[data-minutes]");
const day = document.querySelector("[data-day]");
const opened = Date.now();

function since(id) {
  const key = `room:${id}`;
  if (!sessionStorage.getItem(key)) sessionStorage.setItem(key, String(opened));
  return Number(sessionStorage.getItem(key));
}

function count(element, minutes, from) {
  const left = minutes - Math.floor((Date.now() - from) / MINUTE);
  element.textContent = String(left);
  element.classList.toggle("over", left <= 0);
}

function tick() {
  if (item) count(item, Number(item.dataset.minutes), since(item.dataset.item));
  if (day) count(day, Number(document.querySelector("main").dataset.left), opened);
}

tick();
setInterval(tick, 5e3);
