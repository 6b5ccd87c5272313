// The receipt of a report, in place of the form.
import { form } from "./fields.js";
import { $, english, facts, law, say, when } from "./words.js";

/** Shows what was kept of a receipt: its serial, whether the duty was met, and what a person will look at. */
export function show(kept) {
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
