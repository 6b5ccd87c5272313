// The ledger: asks for the key once, keeps it in this tab, and draws what the API answers; nothing is ever parsed as markup.
import { reach } from "/static/web/reach.js";

const $ = (id) => document.getElementById(id);
const { view } = document.body.dataset, words = JSON.parse(document.body.dataset.words);
const KEY = "safetynet.form.key", lang = document.documentElement.lang, english = lang === "en";
const say = (word, ...parts) => parts.reduce((text, part, place) => text.replace(`{${place}}`, part), words[word] ?? word);
const tab = storage();
let month = "";

function storage() {
  try {
    sessionStorage.setItem("safetynet.probe", "");
    sessionStorage.removeItem("safetynet.probe");
    return sessionStorage;
  } catch {
    const kept = new Map();
    return { getItem: (key) => kept.get(key) ?? null, setItem: (key, value) => kept.set(key, value), removeItem: (key) => kept.delete(key) };
  }
}

function when(time) {
  const calendar = english ? "en-GB" : "zh-TW-u-ca-roc-hc-h23";
  return new Intl.DateTimeFormat(calendar, { timeZone: "Asia/Taipei", dateStyle: "medium", timeStyle: "short", hourCycle: "h23" }).format(new Date(time));
}

function dayName(day) {
  const calendar = english ? "en-GB" : "zh-TW-u-ca-roc";
  return new Intl.DateTimeFormat(calendar, { timeZone: "UTC", month: "numeric", day: "numeric", weekday: "short" }).format(new Date(`${day}T00:00Z`));
}

function monthName(text) {
  const calendar = english ? "en-GB" : "zh-TW-u-ca-roc";
  return new Intl.DateTimeFormat(calendar, { timeZone: "UTC", year: "numeric", month: "long" }).format(new Date(`${text}-01T00:00Z`));
}

/** An element: its text or children, classes and attributes. */
function make(name, content = "", attributes = {}) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) if (value !== undefined) element.setAttribute(key, value);
  element.append(...[content].flat());
  return element;
}

// --- asking ----------------------------------------------------------------------------------------------------------

function ask(what, accept = "application/json") {
  return reach(`/v1/agencies/me/${what}`, { headers: { Authorization: `Bearer ${tab.getItem(KEY)}`, "Accept-Language": lang, Accept: accept } });
}

async function show() {
  tell("");
  $("busy").textContent = say("loading");
  const query = month ? `?month=${month}` : "";
  const answers = await Promise.all([ask(view + query), ...(view === "days" ? [ask("gaps")] : [])]);
  $("busy").textContent = "";
  const failed = answers.find((answer) => !answer?.ok);
  if (failed === null) return tell(say("away"));
  if (failed) return refused(failed);
  const [told, gaps] = await Promise.all(answers.map((answer) => answer.json()));
  month = told.month;
  draw(told, gaps ?? { gaps: [] });
}

async function refused(answer) {
  const { detail } = await answer.json();
  if (answer.status === 401) forget();
  tell(detail);
}

function forget() {
  tab.removeItem(KEY);
  $("sheet").hidden = true;
  $("body").replaceChildren();
  $("door").hidden = false;
  $("key").focus();
}

function tell(text) {
  $("told").textContent = text;
  $("told").hidden = !text;
}

// --- drawing ---------------------------------------------------------------------------------------------------------

function draw(told, gaps) {
  $("sheet-title").textContent = `${words[view]} · ${monthName(month)}`;
  $("about").textContent = `${say("agency")} ${told.agency_id} · ${say("as_of")} ${when(told.as_of)}`;
  $("month").value = month;
  $("body").replaceChildren(...(view === "days" ? days(told.days, gaps) : teaching(told)));
  $("door").hidden = true;
  $("key").value = "";
  $("sheet").hidden = false;
}

const sum = (values) => values.reduce((total, value) => total + value, 0);

function cell(name, value, attributes = {}) {
  const zero = value === 0 ? "zero" : attributes.class;
  return make("td", typeof value === "number" ? String(value) : value, { ...attributes, "data-name": say(name), class: zero });
}

function row(head, day) {
  const decided = sum(Object.values(day.decided)), holds = day.received === decided + day.open;
  const kinds = Object.entries(day.decided).map(([kind, count]) => `${say(kind)} ${count}`).join(english ? ", " : "、");
  const written = day.written_overdue ? `${day.written_due}${english ? ", " : "，"}${say("overdue")} ${day.written_overdue}` : day.written_due;
  return make("tr", [
    make("th", head, { scope: "row" }),
    cell("received", day.received),
    cell("decided", [`= ${decided}`, ...(kinds ? [make("span", kinds, { class: "kinds" })] : [])]),
    cell("open", `+ ${day.open}`),
    make("td", holds ? "✓" : say("broken"), { class: holds ? "holds" : "broken", title: holds ? say("holds") : undefined, "data-name": holds ? say("holds") : "" }),
    cell("dispatched", day.dispatched),
    cell("accepted", day.accepted),
    cell("repeated", day.repeated),
    cell("missing", day.missing, { class: "late" }),
    cell("written", written, { class: day.written_overdue ? "late" : "warn" }),
  ]);
}

function days(listed, { gaps, complete }) {
  if (!listed.length && !gaps.length) return [make("p", say("nothing_days"))];
  const names = ["day", "received", "decided", "open", "holds", "dispatched", "accepted", "repeated", "missing", "written"];
  const head = make("tr", names.map((name) => make("th", say(name), { scope: "col", class: name === "day" ? "text" : undefined })));
  const rows = listed.map((day) => row(dayName(day.day), day));
  const table = make("table", [make("thead", head), make("tbody", rows), make("tfoot", row(say("total"), total(listed)))]);
  return gaps.length ? [table, missing(gaps, complete)] : [table];
}

function total(listed) {
  const all = { decided: {} };
  for (const name of ["received", "open", "dispatched", "accepted", "repeated", "missing", "written_due", "written_overdue"]) all[name] = sum(listed.map((day) => day[name]));
  for (const day of listed) for (const [kind, count] of Object.entries(day.decided)) all.decided[kind] = (all.decided[kind] ?? 0) + count;
  return all;
}

function missing(gaps, complete) {
  const items = gaps.map(({ from, to, count, since, open }) => {
    const range = from === to ? String(from) : `${from} – ${to} (${count})`;
    return make("li", [make("b", range, { class: open ? "late" : "warn" }), ` ${say(open ? "gap_open" : "gap_new")} · ${say("since")} ${when(since)}`]);
  });
  const hints = ["gaps_hint", ...(complete ? [] : ["gaps_go_on"])].map((hint) => make("p", say(hint, gaps.length), { class: "hint" }));
  return make("section", [make("h3", say("gaps_title")), ...hints, make("ul", items)]);
}

function teaching({ lessons, reports, noted }) {
  const lead = make("p", say("noted_of", noted, reports));
  if (!lessons.length) return [lead, make("p", say("nothing_teaching"))];
  const head = make("tr", ["field", "found", "reports", "better", "examples"].map((name) => make("th", say(name), { scope: "col", class: name === "reports" ? undefined : "text" })));
  const rows = lessons.map((each) => make("tr", [
    make("th", each.field, { scope: "row" }),
    cell("found", [each.found, make("small", say(each.by_officer ? "by_officer" : "by_rule"))], { class: "text lesson" }),
    cell("reports", [`${each.reports} / ${reports}`, ...(each.times > each.reports ? [make("span", say("places", each.times), { class: "kinds" })] : [])]),
    cell("better", each.better, { class: "text" }),
    cell("examples", each.examples.join(english ? ", " : "、"), { class: "text refs" }),
  ]));
  return [lead, make("table", [make("thead", head), make("tbody", rows)])];
}

// --- from here on it runs --------------------------------------------------------------------------------------------

function moved(by) {
  const [year, number] = month.split("-").map(Number);
  return new Date(Date.UTC(year, number - 1 + by)).toISOString().slice(0, 7);
}

async function download() {
  const answer = await ask(`teaching?month=${month}`, "text/csv");
  if (!answer?.ok) return answer ? refused(answer) : tell(say("away"));
  const link = make("a", "", { href: URL.createObjectURL(await answer.blob()), download: `teaching-${month}.csv` });
  link.click();
  return URL.revokeObjectURL(link.href);
}

$("door").addEventListener("submit", (event) => {
  event.preventDefault();
  const key = $("key").value.trim();
  if (!key) return tell(say("no_key"));
  tab.setItem(KEY, key);
  return show();
});
$("earlier").addEventListener("click", () => { month = moved(-1); show(); });
$("later").addEventListener("click", () => { month = moved(1); show(); });
$("month").addEventListener("change", ({ target }) => { if (target.value) { month = target.value; show(); } });
$("other-key").addEventListener("click", forget);
$("print").addEventListener("click", () => print());
$("csv")?.addEventListener("click", download);
if (tab.getItem(KEY)) show();
