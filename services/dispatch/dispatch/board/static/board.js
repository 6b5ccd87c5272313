// The board's only script: takes what the server sends, never moves what is being read.
const board = document.getElementById("board");
const rows = document.getElementById("rows");
const panel = document.getElementById("panel");
const live = document.getElementById("live");
const follow = document.getElementById("follow");
const changed = document.getElementById("changed");
const help = document.getElementById("help");
const waiting = new Map(); // id -> row not yet taken in
const MOST_LATEST = 80, LATE = 5000, LOST = 12000;
let after = board.dataset.after, heard = performance.now(), source;

// --- the stream ---------------------------------------------------------------------------------
function listen() {
  source = new EventSource(`/board/events?county=${encodeURIComponent(board.dataset.county)}&after=${encodeURIComponent(after)}`);
  const on = (name, act) => source.addEventListener(name, (event) => {
    heard = performance.now();
    if (event.lastEventId) after = event.lastEventId;
    act(event.data);
  });
  on("beat", () => {});
  on("counters", (html) => { document.getElementById("counters").innerHTML = html; });
  on("rows", (html) => { for (const row of parsed(html)) arrive(row); });
  on("reset", refresh);
  source.onerror = () => {
    if (source.readyState === EventSource.CLOSED) setTimeout(reopen, 2000);
  };
}

async function reopen() {
  const answer = await fetch(address("/board/rows"), {redirect: "manual"}).catch(() => null);
  if (answer && (answer.status === 401 || answer.status === 403)) location.reload();
  else listen();
}

const address = (path) => `${path}?county=${encodeURIComponent(board.dataset.county)}`;

function parsed(html) {
  const holder = document.createElement("template");
  holder.innerHTML = html;
  return [...holder.content.querySelectorAll("li.row")];
}

// --- rows: one that is shown changes in its place, a new one waits at the edge ------------------
function arrive(row) {
  if (!rows) return;
  const shown = document.getElementById(row.id);
  const queued = document.getElementById("queue").children.length;
  if (shown) {
    row.classList.toggle("chosen", shown.classList.contains("chosen"));
    const focused = shown.contains(document.activeElement);
    shown.replaceWith(row);
    if (focused) row.firstElementChild.focus({preventScroll: true});
    if (shownReport() === row.dataset.id) busy() ? changed.hidden = false : show(row.dataset.id, true);
  } else waiting.set(row.id, row);
  if (follow.checked || (!queued && !document.getElementById("latest").children.length)) takeIn();
  tellWaiting();
}

function takeIn() {
  for (const row of [...waiting.values(), ...rows.querySelectorAll("li.row")]) {
    if (!waiting.has(row.id) && row.parentElement.id === row.dataset.group) continue;
    if (waiting.has(row.id)) row.classList.add("fresh");
    place(row);
  }
  waiting.clear();
  const latest = document.getElementById("latest");
  while (latest.children.length > MOST_LATEST) latest.lastElementChild.remove();
  document.getElementById("quiet").classList.toggle("gone", document.getElementById("queue").children.length > 0);
  tellWaiting();
}

function place(row) {
  const list = document.getElementById(row.dataset.group);
  const next = [...list.children].find((each) => each !== row && Number(each.dataset.sort) > Number(row.dataset.sort));
  list.insertBefore(row, next || null);
}

function tellWaiting() {
  document.getElementById("new-count").textContent = waiting.size;
  document.getElementById("new").hidden = waiting.size === 0;
}

async function refresh() {
  if (!rows) return;
  const answer = await fetch(address("/board/rows"));
  if (!answer.ok) return location.reload();
  for (const row of parsed(await answer.text())) arrive(row);
}

// --- the panel ----------------------------------------------------------------------------------
const shownReport = () => panel.querySelector("[data-report]")?.dataset.report;
const busy = () => panel.querySelector("details[open], .problem") || document.activeElement.closest("#panel form");
let wanted;

async function show(id, again = false) {
  wanted = id;
  const answer = await fetch(`/board/reports/${encodeURIComponent(id)}`, {redirect: "manual"});
  if (!answer.ok) return location.reload();
  const html = await answer.text();
  if (wanted !== id) return;
  if (again && busy()) return void (changed.hidden = false); // a form was opened meanwhile: it stays
  if (shownReport() !== id) panel.scrollTop = 0;
  fill(html);
  history.replaceState(null, "", `${address("/")}&report=${encodeURIComponent(id)}`);
  document.querySelector("a.lang").search = `?${new URLSearchParams({county: board.dataset.county, report: id, lang: board.dataset.other})}`;
  mark(id);
}

function fill(html) {
  panel.innerHTML = html;
  changed.hidden = true;
  tick();
}

function mark(id) {
  for (const row of document.querySelectorAll("li.chosen")) row.classList.remove("chosen");
  if (id) document.getElementById(`r-${id}`)?.classList.add("chosen");
}

document.addEventListener("click", (event) => {
  if (event.target.closest("#new")) return takeIn();
  const row = event.target.closest("li.row");
  if (row && !event.ctrlKey && !event.metaKey) {
    event.preventDefault();
    show(row.dataset.id);
  }
});

panel.addEventListener("submit", async (event) => {
  event.preventDefault();
  const form = event.target, said = new FormData(form), key = form.closest("details")?.querySelector("summary").dataset.key;
  for (const button of form.querySelectorAll("button")) button.disabled = true;
  const answer = await fetch(form.action, {method: "POST", body: new URLSearchParams(said), headers: {"X-Fragment": "1"}});
  if (answer.status === 401) return location.reload();
  fill(await answer.text());
  if (answer.ok || !key) return home();
  open(panel.querySelector(`summary[data-key="${key}"]`), said);
});

// What was typed into a form that was refused is not lost; the version is the one shown now.
function open(summary, said) {
  if (!summary) return home();
  const details = summary.parentElement, fields = [...details.querySelectorAll("input:not([type=hidden]), select")];
  details.open = true;
  for (const field of said ? fields : []) {
    if (field.type === "radio") field.checked = said.get(field.name) === field.value;
    else field.value = said.get(field.name) || "";
  }
  (fields.find((field) => field.checked) || fields[0])?.focus();
}

const home = () => (rows?.querySelector("li.chosen > a") || panel).focus({preventScroll: true});

let held = 0;
panel.addEventListener("input", () => {
  if (!panel.querySelector(".held.mine") || Date.now() - held < 60000) return;
  held = Date.now();
  fetch(`/board/reports/${encodeURIComponent(shownReport())}`);
});

// --- keys ---------------------------------------------------------------------------------------
const acts = {
  n: takeIn,
  f: () => follow.click(),
  j: () => step(1),
  k: () => step(-1),
  h: () => { location.href = address("/handover"); },
  "?": () => help.showModal(),
  Escape: leave,
};
for (const key of "cdatmrup") acts[key] = () => {
  const act = panel.querySelector(`[data-key="${key}"]`);
  act?.tagName === "SUMMARY" ? open(act) : act?.click();
};
document.getElementById("help-open").addEventListener("click", acts["?"]);
document.addEventListener("keydown", (event) => {
  if (!rows || help.open || event.ctrlKey || event.metaKey || event.altKey) return;
  const typing = event.target.closest("input:not([type=radio]):not([type=checkbox]), select, textarea");
  if (typing && event.key !== "Escape") return;
  const act = acts[event.key];
  if (act) { event.preventDefault(); act(); }
});

function leave() {
  for (const details of panel.querySelectorAll("details[open]")) details.open = false;
  home();
  if (!changed.hidden || panel.querySelector(".problem")) show(shownReport());
}

function step(by) {
  const links = [...rows.querySelectorAll("li.row > a")];
  const focused = links.indexOf(document.activeElement);
  const at = focused < 0 ? links.indexOf(rows.querySelector("li.chosen > a")) : focused;
  links[Math.min(Math.max(at + by, 0), links.length - 1)]?.focus();
}

if (follow) {
  follow.checked = localStorage.getItem("follow") === "1";
  follow.addEventListener("change", () => {
    localStorage.setItem("follow", follow.checked ? "1" : "0");
    if (follow.checked) takeIn();
  });
}

// --- clocks and the age of the last word ----------------------------------------------------------
function span(ms) {
  const minutes = Math.floor(Math.abs(ms) / 60000), two = (n) => String(n).padStart(2, "0");
  return minutes >= 2880 ? `${Math.floor(minutes / 1440)}d ${two(Math.floor(minutes % 1440 / 60))}h` : `${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`;
}

function tick() {
  const now = Date.now(), age = performance.now() - heard;
  for (const clock of document.querySelectorAll(".clock[data-due]")) {
    const left = Date.parse(clock.dataset.due) - now;
    clock.textContent = (left < 0 ? board.dataset.over : board.dataset.left).replace("{}", span(left));
  }
  for (const undo of document.querySelectorAll("[data-until]")) {
    const seconds = Math.max(0, Math.floor((Date.parse(undo.dataset.until) - now) / 1000));
    undo.textContent = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
    undo.closest("form").hidden = seconds === 0;
  }
  document.getElementById("age").textContent = `${(age / 1000).toFixed(1)} s`;
  live.className = `live ${age < LATE ? "fresh" : age < LOST ? "late" : "lost"}`;
  document.getElementById("stale").hidden = age < LOST;
  document.body.classList.toggle("is-stale", age >= LOST);
  document.getElementById("clock").textContent = new Date().toLocaleString("sv-SE", {timeZone: "Asia/Taipei", dateStyle: "short", timeStyle: "short"});
}

setInterval(tick, 500);
tick();
mark(shownReport());
listen();
