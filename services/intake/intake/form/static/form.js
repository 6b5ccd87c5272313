// The form: asks what the case type needs, keeps a draft, sends it once however often it is tried, shows the receipt.
const facts = JSON.parse(document.body.dataset.facts);
const $ = (id) => document.getElementById(id);
const say = (word, ...parts) => parts.reduce((text, part) => text.replace("{}", part), facts.words[word]);
const DRAFT = "safetynet.form.draft.1", KEY = "safetynet.form.key", RECEIPT = "safetynet.form.receipt", TAB_ONLY = "safetynet.form.tab";
const KEPT_MS = 72 * 3600e3, PATIENCE_MS = 20e3, ZONE = "+08:00";
const english = document.documentElement.lang === "en";
const form = $("form"), others = $("others"), local = storage("localStorage"), tab = storage("sessionStorage");
let draft = begun(), agency = null, busy = false, number = 0;

// --- storage ---------------------------------------------------------------------------------------------------------

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
  for (const { role, values } of draft.people) fill(add(role), values);
  $("restored").textContent = say("restored", when(draft.at));
}

// --- fields ----------------------------------------------------------------------------------------------------------

const rows = () => [...others.children];
const ticked = (control) => control.type === "checkbox" || control.type === "radio";
const nameOf = ({ type, value, dataset }) => dataset.at + (dataset.tool ?? "") + (type === "radio" || "many" in dataset ? `=${value}` : "");
const shown = (element) => !element.closest("[hidden]");

function controls(root) {
  return [...root.querySelectorAll("[data-at]")].filter((control) => root !== form || !others.contains(control));
}

function snapshot(root) {
  return Object.fromEntries(controls(root).map((control) => [nameOf(control), ticked(control) ? control.checked : control.value]).filter(([, value]) => value));
}

function fill(root, values) {
  for (const control of controls(root)) {
    const value = values[nameOf(control)];
    if (ticked(control)) control.checked = value === true;
    else control.value = value ?? "";
  }
}

function add(role) {
  const row = $("person").content.cloneNode(true).firstElementChild;
  row.dataset.person = role;
  row.querySelector("legend").textContent = document.querySelector(`[data-add=${role}]`).dataset.name;
  row.querySelector("[data-remove]").addEventListener("click", () => { row.remove(); changed(); $("others").parentElement.querySelector("[data-add]:not([hidden])").focus(); });
  others.append(row);
  wire(row);
  return row;
}

function wire(root) { // labels are in the page; hints belong to their controls by id, in copies too
  for (const field of root.querySelectorAll("[data-field]")) {
    const hint = field.querySelector(".hint");
    if (hint) hint.id ||= `hint-${++number}`;
    for (const control of field.querySelectorAll("input, select, textarea")) {
      control.id ||= `field-${++number}`;
      if (hint) control.setAttribute("aria-describedby", hint.id);
    }
  }
}

function valueOf(control) {
  const text = control.value.trim();
  if (ticked(control)) return control.checked ? ("yes" in control.dataset ? true : text) : undefined;
  if (!text) return undefined;
  if (control.type === "datetime-local") return `${text.padEnd(19, ":00")}${ZONE}`;
  if ("tool" in control.dataset) return /^\d+$/.test(text) ? Number(text) : text;
  if ("list" in control.dataset) return text.split(/[,，、;；]+/).map((part) => part.trim()).filter(Boolean);
  return control.dataset.at === "/birth_date" ? dayOf(text) ?? text : text;
}

/** A day as 1990-03-12, from that or an ROC date in any of the ways people write it; undefined for anything else. */
export function dayOf(text) {
  const found = /^(?:民國)?\s*(\d{2,4})[-/.年\s](\d{1,2})[-/.月\s](\d{1,2})日?$/.exec(text) ?? /^(0?\d{2}|1\d{2}|(?:19|20)\d{2})(\d{2})(\d{2})$/.exec(text);
  if (!found) return undefined;
  const [year, month, day] = found.slice(1).map(Number);
  const date = new Date(Date.UTC(year < 1900 ? year + 1911 : year, month - 1, day));
  return date.getUTCMonth() === month - 1 && date.getUTCDate() === day ? date.toISOString().slice(0, 10) : undefined;
}

/** The report as the API takes it, and the control of each JSON pointer into it. */
function report() {
  const people = [form.querySelector("[data-person=subject]"), ...rows()];
  const body = { event: {}, people: people.map((row) => ({ role: row.dataset.person })) }, places = new Map();
  for (const control of [...form.querySelectorAll("[data-at^='/']")].filter(shown)) {
    const row = people.indexOf(control.closest("[data-person]"));
    const at = (row < 0 ? "" : `/people/${row}`) + control.dataset.at, value = valueOf(control);
    if (!places.has(at)) places.set(at, control);
    if (value !== undefined) put(body, at, value, "many" in control.dataset);
    if (value !== undefined && control.dataset.tool) put(body, "/assessments/0/tool", control.dataset.tool);
  }
  if ($("same-place").checked && shown($("same-place")) && body.event.place) body.people[0].residence = { ...body.event.place };
  for (const place of [body.event.place, body.people[0].residence]) if (place) place.county ??= body.county;
  return { body, places };
}

function put(body, at, value, many = false) {
  const steps = at.slice(1).split("/"), last = steps.pop();
  const into = steps.reduce((node, step, place) => (node[step] ??= /^\d+$/.test(steps[place + 1] ?? last) ? [] : {}), body);
  into[last] = many ? [...(into[last] ?? []), value] : value;
}

function changed() {
  const chosen = form.querySelector("[name=case_type]:checked")?.value;
  $("rest").hidden = !chosen;
  for (const element of form.querySelectorAll("[data-for]")) element.hidden = !element.dataset.for.split(" ").includes(chosen);
  for (const field of form.querySelectorAll("fieldset[data-field]")) field.hidden = ![...field.querySelectorAll("label")].some((label) => !label.hidden);
  for (const row of rows()) row.hidden = !document.querySelector(`[data-add=${row.dataset.person}]`).dataset.for.split(" ").includes(chosen);
  $("residence").hidden = $("same-place").checked && shown($("same-place"));
  showDuty();
}

// --- times and duties ------------------------------------------------------------------------------------------------

function when(time) {
  const calendar = english ? "en-GB" : "zh-TW-u-ca-roc-hc-h23";
  return new Intl.DateTimeFormat(calendar, { timeZone: "Asia/Taipei", dateStyle: "medium", timeStyle: "short", hourCycle: "h23" }).format(new Date(time));
}

function span(ms) {
  const minutes = Math.floor(Math.abs(ms) / 60e3);
  return say("span", Math.floor(minutes / 60), minutes % 60);
}

function law(duty) {
  const [code, articles] = duty.law.split(" s");
  return facts.laws[code] ? say("article", facts.laws[code], articles) : duty.law;
}

/** The first duty that binds a source unit, as intake judges it; an unknown agency is taken to be bound. */
export function dutyOf(body, source) {
  const meets = (wanted, given) => !wanted || wanted.some((code) => given.includes(code));
  const conditions = body.people.filter(({ role }) => role === "subject").flatMap((person) => person.conditions ?? []);
  return facts.duties.find((rule) =>
    rule.case_types.includes(body.case_type) && meets(rule.kinds, body.event.kinds ?? []) && meets(rule.conditions, conditions) &&
    (!source || rule.sources.includes(source) || body.reporter?.mandated === true));
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

function showAge(control) { // what a birth date was read as, so that a slip shows
  const day = dayOf(control.value.trim()), hint = control.closest("[data-field]").querySelector(".hint");
  if (!day || day > new Date().toISOString()) return (hint.textContent = hint.dataset.first ??= hint.textContent);
  hint.dataset.first ??= hint.textContent;
  const [now, born] = [new Date(Date.now() + 8 * 3600e3).toISOString(), day].map((each) => [Number(each.slice(0, 4)), each.slice(5, 10)]);
  const age = now[0] - born[0] - (now[1] < born[1] ? 1 : 0);
  return (hint.textContent = say("reads_as", day, born[0] - 1911) + say("age", age));
}

// --- what is wrong ---------------------------------------------------------------------------------------------------

function controlAt(at, places) {
  for (let step = at; step; step = step.slice(0, step.lastIndexOf("/"))) {
    const found = places.get(step) ?? [...places].find(([each]) => each.startsWith(`${step}/`))?.[1];
    if (found) return found;
    if (/^\/people\/\d+$/.test(step)) break;
  }
  return undefined;
}

/** Shows each wrong field at its place, and all of them above, where the reader is taken. */
function mend(wrong) {
  const list = document.createElement("ul"), title = document.createElement("h2");
  title.textContent = say("mend", wrong.length);
  for (const { control, detail } of wrong) list.append(control ? linked(control, detail) : Object.assign(document.createElement("li"), { textContent: detail }));
  $("summary").replaceChildren(title, list);
  $("summary").hidden = false;
  $("summary").focus();
  $("summary").scrollIntoView({ block: "start" });
}

function linked(control, detail) {
  const field = control.closest("[data-field]"), error = document.createElement("p"), link = document.createElement("a"), item = document.createElement("li");
  Object.assign(error, { className: "error", id: `error-${++number}`, textContent: detail });
  field.append(error);
  for (const each of field.querySelectorAll("input, select, textarea")) {
    each.setAttribute("aria-invalid", "true");
    each.setAttribute("aria-describedby", `${each.getAttribute("aria-describedby") ?? ""} ${error.id}`.trim());
  }
  Object.assign(link, { href: `#${control.id}`, textContent: `${labelOf(control)}${english ? ": " : "："}${detail}` });
  link.addEventListener("click", (event) => { event.preventDefault(); control.focus(); field.scrollIntoView({ block: "center" }); });
  item.append(link);
  return item;
}

function labelOf(control) { // with the role of whom it is about, where there are several
  const label = control.closest("[data-field]").querySelector("label > span, legend").firstChild.textContent.trim();
  const role = control.closest(".person")?.querySelector("legend").textContent;
  return role ? `${role} · ${label}` : label;
}

function mended(field) {
  for (const error of field.querySelectorAll(".error")) {
    for (const each of field.querySelectorAll("[aria-invalid]")) {
      each.removeAttribute("aria-invalid");
      each.setAttribute("aria-describedby", each.getAttribute("aria-describedby").replace(error.id, "").trim());
    }
    error.remove();
  }
}

function tell(text) {
  $("told").textContent = text;
  $("told").hidden = !text;
}

function quiet() {
  for (const field of document.querySelectorAll("[data-field]")) mended(field);
  $("summary").hidden = true;
  tell("");
}

function missing(key) {
  const wrong = [...form.querySelectorAll("[data-at]")].filter((control) => shown(control) && (control.validity.badInput || (control.required && !control.value)));
  if (!form.querySelector("[name=case_type]:checked")) wrong.unshift(form.querySelector("[name=case_type]"));
  const entries = wrong.map((control) => ({ control, detail: say("missing") }));
  return key ? entries : [{ control: $("key"), detail: say("no_key") }, ...entries];
}

// --- the key and the agency ------------------------------------------------------------------------------------------

const keyGiven = () => $("key").value.trim() || tab.getItem(KEY);
const asked = (key, more = {}) => ({ Authorization: `Bearer ${key}`, "Accept-Language": document.documentElement.lang, ...more });

async function reach(address, how) {
  try {
    return await fetch(address, { ...how, cache: "no-store", credentials: "omit", signal: AbortSignal.timeout(PATIENCE_MS) });
  } catch (error) {
    if (error instanceof TypeError || error.name === "TimeoutError") return null; // nobody answered
    throw error;
  }
}

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
  mend([{ control: $("key"), detail }]);
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

// --- sending ---------------------------------------------------------------------------------------------------------

function post(body, key) {
  return reach("/v1/reports", { method: "POST", body, headers: asked(key, { "Content-Type": "application/json", "Idempotency-Key": draft.key }) });
}

async function send() {
  if (busy) return;
  quiet();
  const key = keyGiven(), wrong = missing(key);
  if (wrong.length) return mend(wrong);
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
  if (answer.status === 413) return mend([{ control: places.get("/event/narrative"), detail: told.detail }]);
  if (!told.errors) return mend([{ detail: told.detail }]);
  return mend(told.errors.map(({ at, code, detail }) => ({ control: controlAt(at, places), detail: facts.words[code] ?? detail })));
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
  if (!kept) return;
  const { duty } = kept, rule = facts.duties.find((each) => each.law === duty?.law);
  $("serial").textContent = kept.serial;
  $("received").textContent = when(kept.received_at);
  $("about").textContent = form.querySelector(`[name=case_type][value=${kept.case_type}]`).closest("label").querySelector("b").textContent;
  $("by").textContent = facts.sources[kept.by] ?? "";
  $("by").parentElement.hidden = !kept.by;
  $("met").textContent = say(!duty || rule?.hours === null ? "no_duty" : duty.met === null ? "not_judged" : duty.met ? "met" : "not_met");
  $("met").className = duty?.met ? "good" : duty?.met === false ? "late" : "";
  $("met-law").textContent = duty ? law(duty) : "";
  $("met-known").textContent = duty?.known_at ? say("known_at", when(duty.known_at)) : "";
  $("met-due").textContent = duty?.due_at ? say("due_at", when(duty.due_at)) : "";
  $("flags").hidden = !kept.labels?.length;
  $("flags").textContent = say("flags") + (kept.labels ?? []).join(english ? ", " : "、");
  $("edited").hidden = !kept.edited;
  $("edited").textContent = say("edited");
  $("work").hidden = true;
  $("receipt").hidden = false;
  scrollTo(0, 0);
  $("receipt").focus();
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

// --- leaving ---------------------------------------------------------------------------------------------------------

function leave(event) {
  event.preventDefault();
  forget();
  for (const each of [KEY, RECEIPT, TAB_ONLY]) tab.removeItem(each);
  document.body.hidden = true;
  location.replace($("leave").href);
}

let escapes = [];
function escaped(event) {
  if (event.key !== "Escape") return;
  escapes = [...escapes.filter((at) => event.timeStamp - at < 1500), event.timeStamp];
  if (escapes.length === 3) leave(event);
}

// --- from here on it runs --------------------------------------------------------------------------------------------

wire(document);
$("keep").checked = tab.getItem(TAB_ONLY) === null;
if (local.lost) $("restored").textContent = say("unkept");
restore();
changed();
showReceipt();
for (const control of form.querySelectorAll("[data-at='/birth_date']")) showAge(control);
if (tab.getItem(KEY)) introduce(tab.getItem(KEY));

form.addEventListener("input", ({ target }) => {
  const field = target.closest("[data-field]");
  if (field) mended(field);
  if (target.dataset.at === "/birth_date") showAge(target);
  changed();
  keep();
});
form.addEventListener("submit", (event) => { event.preventDefault(); send(); });
$("door").addEventListener("submit", (event) => { event.preventDefault(); quiet(); if (keyGiven()) introduce(keyGiven()); else mend([{ control: $("key"), detail: say("no_key") }]); });
$("other-key").addEventListener("click", () => { tab.removeItem(KEY); agency = null; $("as").textContent = ""; askKey(true); narrowCounties(); changed(); $("key").focus(); });
$("now").addEventListener("click", ({ target }) => {
  target.parentElement.querySelector("input").value = new Date(Date.now() + 8 * 3600e3).toISOString().slice(0, 16);
  mended(target.parentElement);
  changed();
  keep();
});
for (const button of document.querySelectorAll("[data-add]")) button.addEventListener("click", () => { const row = add(button.dataset.add); changed(); keep(); row.querySelector("input").focus(); });
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
