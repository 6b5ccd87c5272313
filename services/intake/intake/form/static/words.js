// What the page knows: its words, how times and days are written, and which duty binds whom.
export const facts = JSON.parse(document.body.dataset.facts);
export const $ = (id) => document.getElementById(id);
export const say = (word, ...parts) => parts.reduce((text, part) => text.replace("{}", part), facts.words[word]);
export const english = document.documentElement.lang === "en";

/** A day as 1990-03-12, as intake reads it; undefined for what it would ask about: its answer says how to write it. */
export function dayOf(text) {
  const plain = text.normalize("NFKC").trim();
  const found = /^(民國)?\s*(\d{2,4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?$/.exec(plain) ?? /^(民國)?\s*((?:19|20)\d{2}|[01]\d{2}|\d{2})(\d{2})(\d{2})$/.exec(plain);
  if (!found) return undefined;
  const [, era, digits] = found, [year, month, day] = found.slice(2).map(Number);
  if (digits.length === 4 && year < 1000) return undefined; // 0079
  if (!era && digits.length < 3 && year < 32) return undefined; // a day, or a year after 2000
  const date = new Date(Date.UTC(2000, month - 1, day));
  date.setUTCFullYear(digits.length < 4 || era ? year + 1911 : year, month - 1, day);
  return date.getUTCMonth() === month - 1 && date.getUTCDate() === day ? date.toISOString().slice(0, 10) : undefined;
}

export function when(time) {
  const calendar = english ? "en-GB" : "zh-TW-u-ca-roc-hc-h23";
  return new Intl.DateTimeFormat(calendar, { timeZone: "Asia/Taipei", dateStyle: "medium", timeStyle: "short", hourCycle: "h23" }).format(new Date(time));
}

export function span(ms) {
  const minutes = Math.floor(Math.abs(ms) / 60e3);
  return say("span", Math.floor(minutes / 60), minutes % 60);
}

export function law(duty) {
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
