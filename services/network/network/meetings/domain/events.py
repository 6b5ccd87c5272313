"""The events that steps of meetings, items and listings cause."""

from collections.abc import Mapping
from typing import Any

from contracts.cases import CaseId
from contracts.event import Event
from contracts.meetings import (
    CaseDelisted,
    CaseKept,
    CaseListed,
    DecisionSettled,
    DecisionTaken,
    ItemAnswered,
    ItemClosed,
    ItemDropped,
    ItemIncluded,
    ItemRaised,
    MeetingCalled,
    MeetingCancelled,
    MeetingHeld,
    MeetingMoved,
    MinutesApproved,
    PaperAsked,
    PaperHandedIn,
)

from network.meetings.domain import papers
from network.meetings.domain.decisions import Decision
from network.meetings.domain.item import Item
from network.meetings.domain.listing import Listing
from network.meetings.domain.meeting import Meeting


def of_meeting(meeting: Meeting) -> Event | None:
    """What its last step tells others; None for a step that is nobody else's."""
    line = meeting.history[-1]
    common: dict[str, Any] = {
        "meeting_id": meeting.id, "county": meeting.county, "level": meeting.level, "purpose": meeting.purpose,
        "host": meeting.host, "at": meeting.at,
    }  # fmt: skip
    units = tuple(sorted(meeting.parties))
    match line.what:
        case "called" | "called_by_rule":
            return MeetingCalled(**common, units=units, called_at=line.at)
        case "moved":
            return MeetingMoved(**common, units=units, moved_at=line.at)
        case "cancelled":
            return MeetingCancelled(**common, units=units, cancelled_at=line.at)
        case "held":
            return _held(meeting, common)
        case "minuted":
            return MinutesApproved(**common, units=units, approved_at=line.at)
    return None


def of_item(before: Item | None, item: Item) -> list[Event]:
    """What its last steps tell others: where it stands, that it went up or came back, what became of it."""
    common, line = _common(item), item.history[-1]
    told: list[Event] = []
    if before is None or before.meeting_id != item.meeting_id:
        told += _moved(before, item, common)
    if before and before.state != item.state:
        made = ItemDropped if item.state == "dropped" else ItemClosed
        when = "dropped_at" if item.state == "dropped" else "closed_at"
        told.append(made.model_validate(common | {"meeting_id": item.meeting_id, when: line.at}))
    known = {each.id: each for each in before.decisions} if before else {}
    for each in item.decisions:
        told += _of_decision(known.get(each.id), each, common)
    return told + _of_papers(before, item, common)


def _of_papers(before: Item | None, item: Item, common: Mapping[str, Any]) -> list[Event]:
    at = item.history[-1].at
    told: list[Event] = [
        PaperAsked(**common, meeting_id=each.meeting_id, unit=each.unit, due_at=each.due_at, asked_at=at)
        for each in papers.newly_asked(before, item)
        if each.due_at
    ]
    return told + [
        PaperHandedIn(
            **common, meeting_id=each.meeting_id, unit=each.unit, due_at=each.due_at, late=papers.is_late(each, at),
            handed_in_at=each.handed_in_at,
        )
        for each in papers.handed_in(before, item)
        if each.due_at and each.handed_in_at
    ]  # fmt: skip


def of_listing(before: Listing | None, listing: Listing) -> Event | None:
    """What its last step tells others; None for one that leaves it where it stands."""
    common: dict[str, Any] = {
        "listing_id": listing.id, "county": listing.county, "case_id": CaseId(listing.case_id), "list": listing.list,
    }  # fmt: skip
    if before is None:
        return CaseListed(**common, because=listing.because[:64], listed_at=listing.since)
    if listing.until and not before.until:
        return CaseDelisted(**common, delisted_at=listing.until)
    return CaseKept(**common, kept_at=listing.kept[-1].at) if len(listing.kept) > len(before.kept) else None


def _held(meeting: Meeting, common: Mapping[str, Any]) -> MeetingHeld:
    there = meeting.attendance
    present = tuple(dict.fromkeys(each.unit for each in there.present)) if there else ()
    absent = tuple(dict.fromkeys(each.unit for each in there.absent)) if there else ()
    return MeetingHeld(
        **common, present=present, absent=absent, decides=meeting.decides, held_at=meeting.history[-1].at
    )


def _moved(before: Item | None, item: Item, common: Mapping[str, Any]) -> list[Event]:
    line = item.history[-1]
    if before and len(item.raised) > len(before.raised):
        origin = item.raised[-1].origin
        return [ItemRaised(**common, origin=origin, raised_at=line.at), *_included(item, common)]
    if before and _answers(before) < _answers(item):
        return [ItemAnswered(**common, answered_by=before.level, answered_at=line.at), *_included(item, common)]
    return _included(item, common) if item.is_open else []


def _answers(item: Item) -> int:
    return sum(each.answered_at is not None for each in item.raised)


def _included(item: Item, common: Mapping[str, Any]) -> list[Event]:
    came = item.sitting.came if item.sitting and item.meeting_id else "waiting"
    rule = item.because[-1].rule if item.because else None
    return [ItemIncluded(**common, meeting_id=item.meeting_id, came=came, rule=rule, included_at=item.history[-1].at)]


def _of_decision(before: Decision | None, decision: Decision, common: Mapping[str, Any]) -> list[Event]:
    told: list[Event] = []
    if (
        decision.state != "proposed"
        and (before is None or before.state == "proposed")
        and decision.state != "withdrawn"
    ):
        told.append(DecisionTaken(
            **common, decision_id=decision.id, meeting_id=decision.meeting_id, what=decision.what, lead=decision.lead,
            collaborators=decision.collaborators, due_at=decision.due_at, taken_at=decision.taken_at,
        ))  # fmt: skip
    if before and len(decision.said) > len(before.said) and decision.state != "withdrawn":
        said = decision.said[-1]
        told.append(DecisionSettled(**common, decision_id=decision.id, outcome=said.outcome, settled_at=said.at))
    return told


def _common(item: Item) -> dict[str, Any]:
    case = None if item.not_for else item.case_id
    return {
        "item_id": item.id, "county": item.county, "level": item.level, "purpose": item.purpose,
        "case_id": CaseId(case) if case else None,
    }  # fmt: skip
