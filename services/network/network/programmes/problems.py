"""What is told of something that a programme does not allow: what to correct, or what stands in the way."""

from kit.problems import Conflict, Problem, Unprocessable

from network import words
from network.programmes.domain.refusals import Refused

INVALID = {
    "does_not_enter_so": "entered_by", "fact_unknown": "facts", "fact_unfit": "facts", "fact_missing": "facts",
    "kind_unfit": "kind", "measure_unknown": "measures", "measure_outside": "measures", "contact_unknown": "what",
    "contact_unsaid": "what", "answer_unknown": "answer", "reason_unknown": "reason", "item_unknown": "item",
    "amount_outside": "amount", "cause_missing": "cause", "before_stage": "at", "before_grant": "at",
    "ends_before": "until", "fact_outside": "facts", "late_before_pause": "from",
    "reason_is_answer": "reason",
}  # fmt: skip
"""What can be corrected in the body, by its field; the rest does not go with what was done before."""


def problem(error: Refused) -> Problem:
    """What stands in the way, by its code, with what it is about."""
    said = words.of(f"programme_refused.{error.code}")
    if field := INVALID.get(error.code):
        entry = {"at": f"/body/{field}", "code": error.code, "about": error.about, **said._asdict()}
        return Unprocessable(f"{said.en} ({error.about})", f"{said.zh}（{error.about}）", errors=[entry])
    return Conflict(said.en, said.zh, errors=[{"code": error.code, "about": error.about, **said._asdict()}])


def wrong(field: str, en: str, zh: str) -> Unprocessable:
    """What to correct in one field of the body."""
    entry = {"at": f"/body/{field}", "code": field, "en": en, "zh": zh}
    return Unprocessable("Correct the fields below and send again.", "請更正下列欄位後重新送出。", errors=[entry])
