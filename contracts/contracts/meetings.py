"""Meetings (網絡會議): called and held, items on agendas, decisions, lists; codes, units and times, nobody's name."""

from datetime import datetime
from typing import ClassVar, Literal

from contracts.cases import CaseId
from contracts.decisions import UnitId
from contracts.event import Code, Event


class _OfMeeting(Event):
    """What every event of a meeting says: of which level and purpose, who convenes it, and when it is."""

    subject_field: ClassVar[str] = "meeting_id"
    meeting_id: str
    county: str
    level: Code
    purpose: Code
    host: UnitId
    at: datetime


class MeetingCalled(_OfMeeting):
    """These units are asked to come."""

    type: Literal["meeting.called"] = "meeting.called"
    units: tuple[UnitId, ...]
    called_at: datetime


class MeetingMoved(_OfMeeting):
    """It takes place at another time than it was called for."""

    type: Literal["meeting.moved"] = "meeting.moved"
    units: tuple[UnitId, ...]
    moved_at: datetime


class MeetingCancelled(_OfMeeting):
    """It does not take place."""

    type: Literal["meeting.cancelled"] = "meeting.cancelled"
    units: tuple[UnitId, ...]
    cancelled_at: datetime


class MeetingHeld(_OfMeeting):
    """It took place; `decides`: enough came, so that what they agreed on is decided."""

    type: Literal["meeting.held"] = "meeting.held"
    present: tuple[UnitId, ...]
    absent: tuple[UnitId, ...] = ()
    decides: bool
    held_at: datetime


class MinutesApproved(_OfMeeting):
    """The chair approved the minutes."""

    type: Literal["minutes.approved"] = "minutes.approved"
    units: tuple[UnitId, ...]
    approved_at: datetime


class _OfItem(Event):
    """What every event of an item says: of which level and purpose, and of which case, where it is of one."""

    subject_field: ClassVar[str] = "item_id"
    item_id: str
    county: str
    level: Code
    purpose: Code
    case_id: CaseId | None = None


class ItemIncluded(_OfItem):
    """On the agenda of a meeting, or waiting for one to be planned: by a rule, a person, or from another agenda."""

    type: Literal["item.included"] = "item.included"
    meeting_id: str | None = None
    came: Code
    rule: Code | None = None
    included_at: datetime


class ItemDropped(_OfItem):
    """Taken off by a person for a reason; it stays in the minutes."""

    type: Literal["item.dropped"] = "item.dropped"
    meeting_id: str | None = None
    dropped_at: datetime


class ItemClosed(_OfItem):
    """The chair closed it: all that was decided ended."""

    type: Literal["item.closed"] = "item.closed"
    meeting_id: str | None = None
    closed_at: datetime


class ItemRaised(_OfItem):
    """One level up (`level`), from the level below (`origin`), with all that it has."""

    type: Literal["item.raised"] = "item.raised"
    origin: Code
    raised_at: datetime


class ItemAnswered(_OfItem):
    """The answer came back down to `level`, from the level above (`answered_by`)."""

    type: Literal["item.answered"] = "item.answered"
    answered_by: Code
    answered_at: datetime


class PaperAsked(_OfItem):
    """A unit is asked to write its part of an item, by a time: one working day before the meeting."""

    type: Literal["paper.asked"] = "paper.asked"
    meeting_id: str
    unit: UnitId
    due_at: datetime
    asked_at: datetime


class PaperHandedIn(_OfItem):
    """A unit handed its part in; `late` after it was due."""

    type: Literal["paper.handed_in"] = "paper.handed_in"
    meeting_id: str
    unit: UnitId
    due_at: datetime
    late: bool
    handed_in_at: datetime


class DecisionTaken(_OfItem):
    """Decided: a unit leads, others help, by a time."""

    type: Literal["decision.taken"] = "decision.taken"
    decision_id: str
    meeting_id: str
    what: Code
    lead: UnitId
    collaborators: tuple[UnitId, ...] = ()
    due_at: datetime
    taken_at: datetime


class DecisionSettled(_OfItem):
    """Its lead said what became of it: done, not done (and still owed), or not possible any more."""

    type: Literal["decision.settled"] = "decision.settled"
    decision_id: str
    outcome: Code
    settled_at: datetime


class _OfListing(Event):
    """What every event of a listing says: which list, of which case."""

    subject_field: ClassVar[str] = "listing_id"
    listing_id: str
    county: str
    case_id: CaseId
    list: Code


class CaseListed(_OfListing):
    """A case stands on a list (列管)."""

    type: Literal["case.listed"] = "case.listed"
    because: Code
    listed_at: datetime


class CaseKept(_OfListing):
    """It stays on its list (續列管)."""

    type: Literal["case.kept"] = "case.kept"
    kept_at: datetime


class CaseDelisted(_OfListing):
    """It is off its list (解除列管): its tool was measured again below the threshold."""

    type: Literal["case.delisted"] = "case.delisted"
    delisted_at: datetime
