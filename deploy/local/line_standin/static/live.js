// Keeps the page live: one event stream says that something changed, the changed parts are fetched as HTML.
"use strict";
const list = document.getElementById("list");
const timeline = document.getElementById("timeline");
const scroll = document.getElementById("scroll");
const newer = document.getElementById("newer");
const live = document.getElementById("live");
const form = document.getElementById("press");
const me = document.getElementById("me");
const group = document.body.dataset.group;

const seenKey = (id) => `seen:${id}`;
const atBottom = () => scroll.scrollHeight - scroll.scrollTop - scroll.clientHeight < 80;
const toBottom = () => { scroll.scrollTop = scroll.scrollHeight; newer.hidden = true; };
const chatIsVisible = () => scroll.offsetParent !== null && !document.hidden;

function markUnread() {
  for (const entry of list.querySelectorAll(".entry")) {
    const count = Number(entry.dataset.count);
    const key = seenKey(entry.dataset.id);
    const here = entry.dataset.id === group && chatIsVisible();
    if (here || Number(localStorage.getItem(key)) > count) localStorage.setItem(key, String(count));
    const unread = count - Number(localStorage.getItem(key) ?? 0);
    const badge = entry.querySelector(".unread");
    badge.hidden = unread <= 0;
    badge.textContent = unread > 99 ? "99+" : String(unread);
  }
}

async function replace(element, address) {
  const answer = await fetch(address);
  if (!answer.ok) throw new Error(`${address}: ${answer.status}`);
  const html = await answer.text();
  if (element.dataset.html === html) return false;
  const focused = element.contains(document.activeElement) ? document.activeElement.id : "";
  element.dataset.html = html;
  element.innerHTML = html;
  if (focused) document.getElementById(focused)?.focus();
  return true;
}

async function refresh() {
  const stick = atBottom();
  const [, changed] = await Promise.all([
    replace(list, `/list?selected=${group}`),
    replace(timeline, `/groups/${group}/timeline`),
  ]);
  if (changed && stick) toBottom();
  else if (changed) newer.hidden = false;
  markUnread();
}

function watch() {
  const events = new EventSource("/events");
  events.onopen = () => live.classList.add("on");
  events.onerror = () => live.classList.remove("on");
  events.onmessage = () => refresh().catch(() => live.classList.remove("on"));
}

me.value = localStorage.getItem(`me:${group}`) ?? me.value;
if (me.selectedIndex < 0) me.selectedIndex = 0;
me.addEventListener("change", () => localStorage.setItem(`me:${group}`, me.value));
newer.addEventListener("click", toBottom);
scroll.addEventListener("scroll", () => { if (atBottom()) newer.hidden = true; });
document.addEventListener("visibilitychange", markUnread);
form.addEventListener("submit", (event) => {
  event.preventDefault();
  const body = new FormData(form, event.submitter);
  event.submitter.disabled = true;
  fetch(form.action, { method: "POST", body: new URLSearchParams(body), redirect: "manual" })
    .finally(() => { event.submitter.disabled = false; });
});
toBottom();
watch();
