// The form: asks what the case type needs, keeps a draft, sends it once however often it is tried, shows the receipt.
import { add, controlAt, fill, form, labelOf, correct, corrected, missing, others, quiet, report, rows, showAge, shown, snapshot, tell, wire } from "./fields.js";
import { show } from "./receipt.js";
import { reach } from "/static/web/reach.js";
import { $, dutyOf, facts, law, say, span, when } from "./words.js";

const DRAFT = "safetynet.form.draft.1", KEY = "safetynet.form.key", RECEIPT = "safetynet.form.receipt", TAB_ONLY = "safetynet.form.tab";
const KEPT_MS = 72 * 3600e3;
const local = storage("localStorage"), tab = storage("sessionStorage");
let draft = begun(), agency = null, busy = false;

// --- storage ----------------------------------------------------------------------------------------------------------

function storage(name) {
  try {
    window[name].setItem("safetynet.probe", "");
    window[name].removeItem("safetynet.probe");
    return window[name];
  } catch {
    const kept = new Map(); // a browser that keeps nothing: as long as the page lives
    return { getItem: (key) => kept.get(key) ?? null, setItem: (key, value) => kept.set(key, value), removeItem: (key) => kept.delete(key), lost: true };
  }
}

function begun() {
  const key = Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
  return { key, at: 0, values: {}, people: [], sent: [] };
}

function keep() {
  draft = { ...draft, at: Date.now(), values: snapshot(form), people: rows().map((row) => ({ role: row.dataset.person, values: snapshot(row) })) };
  ($("keep").checked ? local : tab).setItem(DRAFT, JSON.stringify(draft));
  ($("keep").checked ? tab : local).removeItem(DRAFT);
}

function forget() {
  for (const each of [local, tab]) each.removeItem(DRAFT);
  draft = begun();
}

function restore() {
  const found = JSON.parse(tab.getItem(DRAFT) ?? local.getItem(DRAFT) ?? "null");
  if (!found || Date.now() - found.at > KEPT_MS) return forget();
  draft = found;
  fill(form, draft.values);
  for (const { role, values } of draft.people) fill(add(role, changed), values);
  $("restored").textContent = say("restored", when(draft.at));
}

// --- what is asked, and by when ---------------------------------------------------------------------------------------

function changed() {
  const chosen = form.querySelector("[name=case_type]:checked")?.value;
  $("rest").hidden = !chosen;
  for (const element of form.querySelectorAll("[data-for]")) element.hidden = !element.dataset.for.split(" ").includes(chosen);
  for (const field of form.querySelectorAll("fieldset[data-field]")) field.hidden = ![...field.querySelectorAll("label")].some((label) => !label.hidden);
  for (const row of rows()) row.hidden = !document.querySelector(`[data-add=${row.dataset.person}]`).dataset.for.split(" ").includes(chosen);
  $("residence").hidden = $("same-place").checked && shown($("same-place"));
  showDuty();
}

function showDuty() {
  const { body } = report(), source = agency?.source_unit, rule = dutyOf(body, source);
  $("duty").className = "duty";
  $("duty-due").textContent = rule?.hours && !body.known_at ? say("duty_say_when") : "";
  if (!rule) return ($("duty-law").textContent = say("duty_none"));
  $("duty-law").textContent = say(rule.hours ? "duty_hours" : "duty_no_hours", law(rule), rule.hours) + (source ? "" : say("duty_unknown_agency"));
  if (!rule.hours || !body.known_at) return undefined;
  const due = Date.parse(body.known_at) + rule.hours * 3600e3, left = due - Date.now();
  $("duty").classList.add(left < 0 ? "late" : left < 6 * 3600e3 ? "soon" : "good");
  $("duty-due").textContent = `${say("duty_due", when(due))} · ${say(left < 0 ? "duty_late" : "duty_left", span(left))}`;
  return undefined;
}

// --- the key and the agency -------------------------------------------------------------------------------------------

/** The code of a community partner, printed as `/form#code=`: it stays in this browser's tab and leaves its address. */
function codeGiven() {
  const code = new URLSearchParams(window.location.hash.slice(1)).get("code");
  if (!code) return;
  window.history.replaceState(null, "", window.location.pathname + window.location.search);
  tab.setItem(KEY, code);
}

const keyGiven = () => $("key").value.trim() || tab.getItem(KEY);
const asked = (key, more = {}) => ({ Authorization: `Bearer ${key}`, "Accept-Language": document.documentElement.lang, ...more });

async function introduce(key) {
  $("as").textContent = say("key_checking");
  const answer = await reach("/v1/agencies/me", { headers: asked(key) });
  if (answer?.status === 401 || answer?.status === 403) return unknownKey((await answer.json()).detail);
  tab.setItem(KEY, key);
  agency = answer?.ok ? await answer.json() : null;
  $("as").textContent = agency ? say("as", facts.sources[agency.source_unit]) : say("key_unchecked");
  askKey(false);
  narrowCounties();
  changed();
}

function unknownKey(detail) {
  tab.removeItem(KEY);
  agency = null;
  $("as").textContent = "";
  askKey(true);
  correct([{ control: $("key"), detail }]);
}

function askKey(yes) {
  $("asking").hidden = !yes;
  $("other-key").hidden = yes;
  if (!yes) $("key").value = "";
}

function narrowCounties() {
  const select = form.querySelector("[data-at='/county']"), listed = agency?.counties ?? ["*"];
  for (const option of select.options) option.hidden = option.disabled = Boolean(option.value) && !listed.includes("*") && !listed.includes(option.value);
  if (listed.length === 1 && listed[0] !== "*") select.value = listed[0];
}

// --- sending ----------------------------------------------------------------------------------------------------------

function post(body, key) {
  return reach("/v1/reports", { method: "POST", body, headers: asked(key, { "Content-Type": "application/json", "Idempotency-Key": draft.key }) });
}

async function send() {
  if (busy) return;
  quiet();
  const key = keyGiven(), wrong = missing(key);
  if (wrong.length) return correct(wrong);
  busy = true;
  $("send").setAttribute("aria-disabled", "true");
  $("send").textContent = say("sending");
  const { body, places } = report(), text = JSON.stringify(body);
  try {
    await answered(await post(text, key), { text, places, key });
  } finally {
    busy = false;
    $("send").removeAttribute("aria-disabled");
    $("send").textContent = say(draft.sent.length ? "again" : "send");
  }
}

async function answered(answer, { text, places, key }) {
  if (!answer || answer.status >= 500) return unsent(text, answer ? "unavailable" : "offline");
  const told = await answer.json();
  if (answer.status === 202) return received(told);
  if (answer.status === 401) return unknownKey(told.detail);
  if (answer.status === 409) return already(key);
  if (answer.status === 429) return tell(say("wait", answer.headers.get("Retry-After") ?? "10"));
  if (answer.status === 413) return correct([{ control: places.get("/event/narrative"), detail: told.detail }]);
  if (!told.errors) return correct([{ detail: told.detail }]);
  return correct(told.errors.map(({ at, code, detail }) => ({ control: controlAt(at, places), detail: facts.words[code] ?? detail })));
}

function unsent(text, why) { // it may have arrived all the same: what was sent is kept, to ask for its receipt
  if (!draft.sent.includes(text)) draft.sent.push(text);
  keep();
  tell(say(why) + say("unsent"));
}

async function already(key) { // an earlier try arrived, and the report was changed since
  for (const text of draft.sent) {
    const answer = await post(text, key);
    if (answer?.status === 202) return received(await answer.json(), { edited: true });
    if (!answer || answer.status >= 500) return tell(say("unavailable") + say("unsent"));
  }
  draft = { ...draft, key: begun().key, sent: [] };
  keep();
  return tell(say("conflict"));
}

function received(receipt, { edited = false } = {}) {
  const { body, places } = report();
  const labels = (receipt.flags ?? []).map(({ at }) => controlAt(at, places)).filter(Boolean).map(labelOf);
  forget();
  tab.setItem(RECEIPT, JSON.stringify({ ...receipt, case_type: body.case_type, edited, labels: [...new Set(labels)], by: agency?.source_unit }));
  showReceipt();
}

function showReceipt() {
  const kept = JSON.parse(tab.getItem(RECEIPT) ?? "null");
  if (kept) show(kept);
}

function startAgain() {
  forget();
  tab.removeItem(RECEIPT);
  others.replaceChildren();
  form.reset();
  quiet();
  $("restored").textContent = "";
  $("send").textContent = say("send");
  $("receipt").hidden = true;
  $("work").hidden = false;
  narrowCounties();
  changed();
  form.querySelector("[name=case_type]").focus();
}

// --- leaving ----------------------------------------------------------------------------------------------------------

function leave(event) {
  event.preventDefault();
  forget();
  for (const each of [KEY, RECEIPT, TAB_ONLY]) tab.removeItem(each);
  document.body.hidden = true;
  location.replace($("leave").href);
}

let escapes = [];
function escaped(event) {
  if (event.key !== "Escape" || event.isComposing || event.keyCode === 229) return; // 229: how Safari tells the end of a composition
  escapes = [...escapes.filter((at) => event.timeStamp - at < 1500), event.timeStamp];
  if (escapes.length === 3) leave(event);
}

// --- from here on it runs ---------------------------------------------------------------------------------------------

wire(document);
$("keep").checked = tab.getItem(TAB_ONLY) === null;
if (local.lost) $("restored").textContent = say("unkept");
restore();
changed();
showReceipt();
for (const control of form.querySelectorAll("[data-at='/birth_date']")) showAge(control);
codeGiven();
if (tab.getItem(KEY)) introduce(tab.getItem(KEY));

form.addEventListener("input", ({ target }) => {
  const field = target.closest("[data-field]");
  if (field) corrected(field);
  if (target.dataset.at === "/birth_date") showAge(target);
  changed();
  keep();
});
form.addEventListener("submit", (event) => { event.preventDefault(); send(); });
$("door").addEventListener("submit", (event) => { event.preventDefault(); quiet(); if (keyGiven()) introduce(keyGiven()); else correct([{ control: $("key"), detail: say("no_key") }]); });
$("other-key").addEventListener("click", () => { tab.removeItem(KEY); agency = null; $("as").textContent = ""; askKey(true); narrowCounties(); changed(); $("key").focus(); });
$("now").addEventListener("click", ({ target }) => {
  target.parentElement.querySelector("input").value = new Date(Date.now() + 8 * 3600e3).toISOString().slice(0, 16);
  corrected(target.parentElement);
  changed();
  keep();
});
for (const button of document.querySelectorAll("[data-add]")) button.addEventListener("click", () => { const row = add(button.dataset.add, changed); changed(); keep(); row.querySelector("input").focus(); });
$("keep").addEventListener("change", ({ target }) => { if (target.checked) tab.removeItem(TAB_ONLY); else tab.setItem(TAB_ONLY, "yes"); keep(); });
$("clear").addEventListener("click", () => { if (confirm(say("clear_sure"))) startAgain(); });
$("print").addEventListener("click", () => print());
$("another").addEventListener("click", startAgain);
$("leave").addEventListener("click", leave);
$("lang").addEventListener("click", (event) => { event.preventDefault(); location.replace(event.currentTarget.href); }); // no trace for Back
document.addEventListener("keydown", escaped);
addEventListener("online", () => { if (draft.sent.length) tell(say("online")); });
addEventListener("pageshow", ({ persisted }) => { if (persisted) location.reload(); });
setInterval(showDuty, 30e3);
