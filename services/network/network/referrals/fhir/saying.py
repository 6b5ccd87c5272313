"""A referral as FHIR says it, to the side that is asked: codes, units and times; nothing of the case, nobody's name."""

from collections.abc import Callable, Mapping
from datetime import datetime

from contracts.event import derived_id
from contracts.languages import Lang

from network import words
from network.referrals.domain.referral import Referral, State
from network.referrals.fhir.kinds import kinds
from network.referrals.fhir.resources import (
    TASK_CODE,
    Coding,
    Concept,
    Identifier,
    Meta,
    Output,
    Period,
    Reference,
    Restriction,
    ServiceRequest,
    Task,
)

GUIDE = "http://hl7.org/fhir/us/sdoh-clinicalcare"
TASK_PROFILE = f"{GUIDE}/StructureDefinition/SDOHCC-TaskForReferralManagement"
REQUEST_PROFILE = f"{GUIDE}/StructureDefinition/SDOHCC-ServiceRequest"
CATEGORIES = f"{GUIDE}/CodeSystem/SDOHCC-CodeSystemTemporaryCodes"
OWN = "urn:safetynet:fhir:"
STATES, SERVICES, REASONS, OUTCOMES = f"{OWN}referral-state", f"{OWN}service", f"{OWN}reason", f"{OWN}outcome"
ASKED_FOR, OUTPUTS, UNITS, PERSONS = f"{OWN}asked-for", f"{OWN}output", f"{OWN}unit", f"{OWN}person"

STATUS: Mapping[State, str] = {
    "sent": "requested", "waiting": "on-hold", "accepted": "accepted", "refused": "rejected",
    "started": "in-progress", "done": "completed", "withdrawn": "cancelled",
}  # fmt: skip
"""What each state is called: the guide's value set of a referral's Task, which has no `received` and no `ready`."""
REQUEST_STATUS: Mapping[State, str] = {"refused": "revoked", "withdrawn": "revoked", "done": "completed"}
_NOT_TOLD = frozenset({"confirmed", "not_confirmed"})
"""What the person said: for who sent it alone."""


def version_of(referral: Referral) -> int:
    """How many steps the side that is asked may know of."""
    return sum(line.what not in _NOT_TOLD for line in referral.history)


def changed_at(referral: Referral) -> datetime:
    """When the last of these was."""
    return [line.at for line in referral.history if line.what not in _NOT_TOLD][-1]


def task_of(referral: Referral, lang: Lang) -> Task:
    """The Task of a referral."""
    say = _Saying(lang)
    return Task.model_validate({
        "resource_type": "Task", "id": referral.id, "meta": _meta(referral, TASK_PROFILE),
        "status": STATUS[referral.state], "status_reason": say.reason(referral),
        "business_status": say.concept(STATES, referral.state, "referral_state."), "intent": "order",
        "code": Concept(coding=(Coding(system=TASK_CODE, code="fulfill"),)),
        "focus": Reference(reference=f"ServiceRequest/{referral.id}"), "for_": person_of(referral),
        "execution_period": _when(referral), "authored_on": referral.sent_at, "last_modified": changed_at(referral),
        "requester": say.unit(referral.from_unit), "owner": say.unit(referral.to),
        "restriction": _until(referral), "output": say.outcome(referral),
    })  # fmt: skip


def request_of(referral: Referral, lang: Lang) -> ServiceRequest:
    """The ServiceRequest that a referral is."""
    say = _Saying(lang)
    category = Concept(coding=(Coding(system=CATEGORIES, code=kinds().services[referral.service]),))
    asked = tuple(say.concept(ASKED_FOR, each) for each in referral.asked_for)
    return ServiceRequest.model_validate({
        "resource_type": "ServiceRequest", "id": referral.id, "meta": _meta(referral, REQUEST_PROFILE),
        "status": REQUEST_STATUS.get(referral.state, "active"), "intent": "order", "category": (category,),
        "code": say.concept(SERVICES, referral.service, "service."), "order_detail": asked or None,
        "subject": person_of(referral), "authored_on": referral.sent_at, "requester": say.unit(referral.from_unit),
        "performer": (say.unit(referral.to),),
        "location_code": (Concept(text=referral.township),) if referral.township else None,
    })  # fmt: skip


def person_of(referral: Referral) -> Reference:
    """Whom it is about, without a name: a pseudonym of this referral alone, by which no two can be joined."""
    value = str(derived_id("network", referral.id, "fhir:person"))
    return Reference(type="Patient", identifier=Identifier(system=PERSONS, value=value))


class _Saying:
    """What codes are called in one language."""

    def __init__(self, lang: Lang) -> None:
        self._lang = lang

    def word(self, code: str) -> str:
        return words.of(code).in_(self._lang)

    def concept(self, system: str, code: str, prefix: str = "") -> Concept:
        word = self.word(prefix + code)
        return Concept(coding=(Coding(system=system, code=code, display=word),), text=word)

    def unit(self, unit: str) -> Reference:
        named = Identifier(system=UNITS, value=unit)
        return Reference(type="Organization", identifier=named, display=self.word(unit))

    def reason(self, referral: Referral) -> Concept | None:
        """Of a refusal and a withdrawal its reason; of one that waits for room, that it does."""
        if referral.state == "waiting":
            return Concept(text=self.word("referral.waiting"))
        tells = referral.reason and referral.state in ("refused", "withdrawn")
        return self.concept(REASONS, referral.reason) if tells and referral.reason else None

    def outcome(self, referral: Referral) -> tuple[Output, ...] | None:
        if referral.outcome is None:
            return None
        kind = Concept(coding=(Coding(system=OUTPUTS, code="outcome"),))
        return (Output(type=kind, value_codeable_concept=self.concept(OUTCOMES, referral.outcome, "outcome.")),)


def _meta(referral: Referral, profile: str) -> Meta:
    return Meta(version_id=str(version_of(referral)), last_updated=changed_at(referral), profile=(profile,))


def _when(referral: Referral) -> Period | None:
    ended = referral.ended_at if referral.state == "done" else None
    return Period(start=referral.started_at, end=ended) if referral.started_at or ended else None


_UNTIL: Mapping[State, Callable[[Referral], datetime | None]] = {
    "sent": lambda referral: referral.answer_due_at,
    "waiting": lambda referral: referral.expected_at,
}


def _until(referral: Referral) -> Restriction | None:
    """By when its answer is owed, or expected where it waits for room."""
    end = _UNTIL[referral.state](referral) if referral.state in _UNTIL else None
    return Restriction(period=Period(end=end)) if end else None
