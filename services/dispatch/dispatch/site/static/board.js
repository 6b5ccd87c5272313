// The board: takes what the server sends, never moves what is being read.
const board = document.getElementById("board");
const rows = document.getElementById("rows");
const panel = document.getElementById("panel");
const live = document.getElementById("live");
const follow = document.getElementById("follow");
const changed = document.getElementById("changed");
const help = document.getElementById("help");
const guide = document.getElementById("tour");
const waiting = new Map(); // id -> row not yet taken in
const MOST_LATEST = 80, FEW = 10;

// --- the stream ---------------------------------------------------------------------------------
const {county, after, shared} = board.dataset;
const stream = new Stream({address: `/board/events?county=${encodeURIComponent(county)}`, after, shared}, {
  beat: () => {},
  counters: (html) => { document.getElementById("counters").innerHTML = html; },
  rows: (html) => { for (const row of parsed(html)) arrive(row); },
  reset: () => refresh(),
}, reopen);

async function reopen() {
  const answer = await fetch(address("/board/rows"), {redirect: "manual"}).catch(() => null);
  if (answer && (answer.status === 401 || answer.status === 403)) location.reload();
  else stream.open();
}

// What the server answers; null, and a word about it, when it does not: then nothing of the page is lost.
async function ask(path, options) {
  const answer = await fetch(path, options).catch(() => null);
  if (answer && answer.status < 500) return answer;
  if (!answer) stream.heard = Math.min(stream.heard, Date.now() - LOST);
  tell(board.dataset.silent);
  tick();
  return null;
}

function tell(words) {
  changed.textContent = words;
  changed.hidden = false;
}

const address = (path) => `${path}?county=${encodeURIComponent(county)}`;

function parsed(html) {
  const holder = document.createElement("template");
  holder.innerHTML = html;
  return [...holder.content.querySelectorAll("li.row")];
}

// --- rows: one that is shown changes in its place, a new one waits at the edge ------------------
function arrive(row) {
  if (!rows) return;
  const shown = document.getElementById(row.id);
  if (shown) {
    row.classList.toggle("chosen", shown.classList.contains("chosen"));
    const focused = shown.contains(document.activeElement);
    shown.replaceWith(row);
    if (focused) row.firstElementChild.focus({preventScroll: true});
    if (shownReport() === row.dataset.id) busy() ? tell(board.dataset.changed) : show(row.dataset.id, true);
  } else waiting.set(row.id, row);
  if (follow.checked || !rows.querySelector("li.row")) takeIn();
  tellWaiting();
}

function takeIn() {
  for (const row of misplaced()) place(row);
  for (const row of waiting.values()) {
    row.classList.add("fresh");
    place(row);
  }
  waiting.clear();
  const latest = document.getElementById("latest");
  while (latest.children.length > MOST_LATEST) latest.lastElementChild.remove();
  for (const more of rows.querySelectorAll("[data-more]"))
    if (document.getElementById(more.dataset.more).children.length < FEW) moreOf(more);
  tellWaiting();
}

const misplaced = () => [...rows.querySelectorAll("li.row")].filter((row) => row.parentElement.id !== row.dataset.group);

// The rest of a list that goes on; what is shown already stays as it is.
async function moreOf(button) {
  const group = button.dataset.more;
  const answer = await ask(`${address("/board/rows")}&group=${group}`);
  if (!answer) return;
  if (!answer.ok) return location.reload();
  button.parentElement.remove();
  for (const row of parsed(await answer.text())) if (!document.getElementById(row.id)) place(row);
}

function place(row) {
  const list = document.getElementById(row.dataset.group);
  const next = [...list.children].find((each) => each !== row && Number(each.dataset.sort) > Number(row.dataset.sort));
  list.insertBefore(row, next || null);
}

function tellWaiting() {
  const moved = misplaced().length;
  document.getElementById("new-count").textContent = waiting.size;
  document.getElementById("moved-count").textContent = moved;
  document.getElementById("moved").hidden = moved === 0;
  document.getElementById("new").hidden = waiting.size + moved === 0;
}

async function refresh() {
  if (!rows) return;
  const answer = await ask(address("/board/rows"));
  if (!answer) return void setTimeout(refresh, 2000);
  if (!answer.ok) return location.reload();
  for (const row of parsed(await answer.text())) arrive(row);
}

// --- the panel ----------------------------------------------------------------------------------
const shownReport = () => panel.querySelector("[data-report]")?.dataset.report;
const busy = () => panel.querySelector("details[open], .problem") || document.activeElement.closest("#panel form");
let wanted;

async function show(id, again = false) {
  wanted = id;
  const answer = await ask(`/board/reports/${encodeURIComponent(id)}`, {redirect: "manual"});
  if (!answer) return;
  if (!answer.ok) return location.reload();
  const html = await answer.text();
  if (wanted !== id) return;
  if (again && busy()) return tell(board.dataset.changed); // a form was opened meanwhile: it stays
  if (shownReport() !== id) panel.scrollTop = 0;
  fill(html);
  if (!again) panel.scrollIntoView({block: "nearest"}); // where it stands below the lists
  history.replaceState(null, "", `${address("/")}&report=${encodeURIComponent(id)}`);
  document.querySelector("a.lang").search = `?${new URLSearchParams({county, report: id, lang: board.dataset.other})}`;
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
  const more = event.target.closest("[data-more]");
  if (more) return moreOf(more);
  const row = event.target.closest("li.row");
  if (row && !event.ctrlKey && !event.metaKey) {
    event.preventDefault();
    show(row.dataset.id);
  }
});

panel.addEventListener("submit", async (event) => {
  event.preventDefault();
  const form = event.target, said = new FormData(form), key = form.closest("details")?.querySelector("summary").dataset.key;
  const able = (may) => { for (const button of form.querySelectorAll("button")) button.disabled = !may; };
  able(false);
  const answer = await ask(form.action, {method: "POST", body: new URLSearchParams(said), headers: {"X-Fragment": "1"}});
  if (!answer) return able(true);
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
  (fields.find((field) => field.checked) || fields[0])?.focus({preventScroll: true});
  details.scrollIntoView({block: "nearest"}); // in the bar of acts it is in sight already
}

const home = () => (rows?.querySelector("li.chosen > a") || panel).focus({preventScroll: true});

let held = 0;
panel.addEventListener("input", () => {
  if (!panel.querySelector(".held.mine") || Date.now() - held < 60000) return;
  held = Date.now();
  fetch(`/board/reports/${encodeURIComponent(shownReport())}`).catch(() => {});
});

// --- keys ---------------------------------------------------------------------------------------
const acts = {
  n: takeIn,
  f: () => follow.click(),
  j: () => step(1),
  k: () => step(-1),
  h: () => { location.href = address("/handover"); },
  w: () => tour(0),
  "?": () => help.showModal(),
  Escape: leave,
};
// What is done to a report has its key beside it: the panel says which.
const actOf = (key) => {
  const act = panel.querySelector(`[data-key="${CSS.escape(key)}"]`);
  return act && (() => act.tagName === "SUMMARY" ? open(act) : act.click());
};
document.getElementById("help-open").addEventListener("click", acts["?"]);
document.addEventListener("keydown", (event) => {
  if (!rows || help.open || guide.open || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.isComposing || event.keyCode === 229) return; // a name is being composed; 229: how Safari tells the end of it
  const typing = event.target.closest("input:not([type=radio]):not([type=checkbox]), select, textarea");
  if (typing && event.key !== "Escape") return;
  const act = acts[event.key] || actOf(event.key);
  if (act) { event.preventDefault(); act(); }
});

function leave() {
  for (const details of panel.querySelectorAll("details[open]")) details.open = false;
  home();
  if (shownReport() && (!changed.hidden || panel.querySelector(".problem"))) show(shownReport());
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
  const long = () => board.dataset.days.replace("{}", Math.floor(minutes / 1440)).replace("{}", two(Math.floor(minutes % 1440 / 60)));
  return minutes >= 2880 ? long() : `${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`;
}

function tick() {
  const now = Date.now(), age = stream.silence;
  stream.watch();
  for (const clock of document.querySelectorAll(".clock[data-due]")) {
    const left = Date.parse(clock.dataset.due) - now;
    clock.textContent = (left < 0 ? board.dataset.over : board.dataset.left).replace("{}", span(left));
  }
  for (const bar of document.querySelectorAll("svg.spent")) {
    const from = Date.parse(bar.dataset.from), whole = Date.parse(bar.dataset.due) - from;
    bar.firstElementChild.setAttribute("width", Math.min(100, Math.max(0, Math.round(100 * (now - from) / whole))));
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
  document.getElementById("clock").textContent = today();
  entitle(age);
}

// In the tab, for an officer who looks at another page: what is over, what waits for the window, and when that is not known.
function entitle(age) {
  const {over, toDo} = document.querySelector("#counters [data-to-do]").dataset;
  const waits = [Number(over) && `▲${over}`, Number(toDo) && toDo].filter(Boolean).join(" ");
  const told = age < LOST ? waits : "?";
  document.title = told ? `(${told}) ${board.dataset.title}` : board.dataset.title;
}

// Both calendars, in Taipei.
function today() {
  const at = new Date(), taipei = {timeZone: "Asia/Taipei"};
  const year = new Intl.DateTimeFormat("en-US-u-ca-roc", {...taipei, year: "numeric"}).formatToParts(at).find((part) => part.type === "year").value;
  const [day, time] = at.toLocaleString("sv-SE", {...taipei, dateStyle: "short", timeStyle: "short"}).split(" ");
  return `${day} (${board.dataset.roc.replace("{}", year)}) ${time}`;
}

setInterval(tick, 500);
tick();
mark(shownReport());
