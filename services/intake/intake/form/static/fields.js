// The fields: what is asked of whom, the report that they tell, and what is wrong with them.
import { $, dayOf, english, say } from "./words.js";

export const form = $("form"), others = $("others");
const ZONE = "+08:00";
let number = 0;

export const rows = () => [...others.children];
const ticked = (control) => control.type === "checkbox" || control.type === "radio";
const nameOf = ({ type, value, dataset }) => dataset.at + (dataset.tool ?? "") + (type === "radio" || "many" in dataset ? `=${value}` : "");
export const shown = (element) => !element.closest("[hidden]");

function controls(root) {
  return [...root.querySelectorAll("[data-at]")].filter((control) => root !== form || !others.contains(control));
}

export function snapshot(root) {
  return Object.fromEntries(controls(root).map((control) => [nameOf(control), ticked(control) ? control.checked : control.value]).filter(([, value]) => value));
}

export function fill(root, values) {
  for (const control of controls(root)) {
    const value = values[nameOf(control)];
    if (ticked(control)) control.checked = value === true;
    else control.value = value ?? "";
  }
}

/** A row for one more person; `removed` is called when it is taken out again. */
export function add(role, removed) {
  const row = $("person").content.cloneNode(true).firstElementChild;
  row.dataset.person = role;
  row.querySelector("legend").textContent = document.querySelector(`[data-add=${role}]`).dataset.name;
  row.querySelector("[data-remove]").addEventListener("click", () => { row.remove(); removed(); $("others").parentElement.querySelector("[data-add]:not([hidden])").focus(); });
  others.append(row);
  wire(row);
  return row;
}

export function wire(root) { // labels are in the page; hints belong to their controls by id, in copies too
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
  return text;
}

/** The report as the API takes it, and the control of each JSON pointer into it. */
export function report() {
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

export function showAge(control) { // what a birth date was read as, so that a slip shows
  const day = dayOf(control.value.trim()), hint = control.closest("[data-field]").querySelector(".hint");
  if (!day || day > new Date().toISOString()) return (hint.textContent = hint.dataset.first ??= hint.textContent);
  hint.dataset.first ??= hint.textContent;
  const [now, born] = [new Date(Date.now() + 8 * 3600e3).toISOString(), day].map((each) => [Number(each.slice(0, 4)), each.slice(5, 10)]);
  const age = now[0] - born[0] - (now[1] < born[1] ? 1 : 0);
  return (hint.textContent = say("reads_as", day, born[0] - 1911) + say("age", age));
}

// --- what is wrong ---------------------------------------------------------------------------------------------------

export function controlAt(at, places) {
  for (let step = at; step; step = step.slice(0, step.lastIndexOf("/"))) {
    const found = places.get(step) ?? [...places].find(([each]) => each.startsWith(`${step}/`))?.[1];
    if (found) return found;
    if (/^\/people\/\d+$/.test(step)) break;
  }
  return undefined;
}

/** Shows each wrong field at its place, and all of them above, where the reader is taken. */
export function correct(wrong) {
  const list = document.createElement("ul"), title = document.createElement("h2");
  title.textContent = say("correct", wrong.length);
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

export function labelOf(control) { // with the role of whom it is about, where there are several
  const label = control.closest("[data-field]").querySelector("label > span, legend").firstChild.textContent.trim();
  const role = control.closest(".person")?.querySelector("legend").textContent;
  return role ? `${role} · ${label}` : label;
}

export function corrected(field) {
  for (const error of field.querySelectorAll(".error")) {
    for (const each of field.querySelectorAll("[aria-invalid]")) {
      each.removeAttribute("aria-invalid");
      each.setAttribute("aria-describedby", each.getAttribute("aria-describedby").replace(error.id, "").trim());
    }
    error.remove();
  }
}

export function tell(text) {
  $("told").textContent = text;
  $("told").hidden = !text;
}

export function quiet() {
  for (const field of document.querySelectorAll("[data-field]")) corrected(field);
  $("summary").hidden = true;
  tell("");
}

export function missing(key) {
  const wrong = [...form.querySelectorAll("[data-at]")].filter((control) => shown(control) && (control.validity.badInput || (control.required && !control.value)));
  if (!form.querySelector("[name=case_type]:checked")) wrong.unshift(form.querySelector("[name=case_type]"));
  const entries = wrong.map((control) => ({ control, detail: say("missing") }));
  return key ? entries : [{ control: $("key"), detail: say("no_key") }, ...entries];
}
