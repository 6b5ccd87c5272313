"""The story of a case across the four services, as lines in time, each by what it is about."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal, get_args

from contracts.reports import ReportId

from network.cases.domain.case import Case, Entry, Note
from network.steps.step import Service, Step
from network.steps.store import Asked, Beyond, Steps

About = Literal[
    "reports", "messages", "contacts", "findings", "tasks", "hands", "visits", "referrals", "programmes", "endings"
]
SERVICES: tuple[Service, ...] = get_args(Service)
ABOUT: tuple[About, ...] = get_args(About)
MOST = 500
"""No answer tells more lines; it says so where there are."""

_OF: dict[About, tuple[str, ...]] = {
    "findings": ("assessed", "plan_made", "plan_reviewed"),
    "tasks": ("task_given", "task_done", "task_dropped", "task_handed"),
    "hands": (
        "collaborator_asked", "takes_part", "declined", "released", "handover_offered", "handover_taken",
        "handover_refused", "handover_taken_back",
    ),
    "visits": ("visit_planned", "visitor_invited", "visit_joined", "visit_declined", "visit_withdrawn"),
    "endings": (
        "closing_asked", "closing_refused", "closed", "merge_asked", "merge_refused", "merged", "merged_away", "split",
        "split_off",
    ),
}  # fmt: skip
_OTHERS: Mapping[About, Service] = {
    "reports": "dispatch",
    "messages": "notify",
    "referrals": "network",
    "programmes": "network",
}
"""Whose steps are about what: other services', and of this one those of its rooms of referrals and programmes."""
_ABOUT: dict[str, About] = {what: about for about, codes in _OF.items() for what in codes}


@dataclass(frozen=True)
class Filter:
    """Of which service, and about what; None is all."""

    service: Service | None = None
    about: About | None = None

    def takes(self, step: Step) -> bool:
        return self.service in (None, step.service) and self.about in (None, about_of(step))


@dataclass(frozen=True)
class Told:
    """Lines, the last first; `last` is the oldest of them where there may be older ones.

    `thin` are reports of before other services' steps were kept: of those the latest decision alone is told.
    """

    lines: Sequence[Step]
    last: Step | None
    thin: Sequence[ReportId] = ()


async def timeline_of(
    case: Case, steps: Steps, chosen: Filter, beyond: Beyond | None = None, limit: int | None = None
) -> Told:
    """What was done for a case and the reports at work in it, from beyond a line, as far as it is asked for.

    Not what units of another county did with a report that came from there, nor, of a case that is part of another
    now, what came after: that is told there.
    """
    limit = limit or MOST
    others = await _of_others(case, steps, chosen, beyond, limit + 1)
    thin = await _thin(case, steps)
    known = (*_of_case(case), *(_decided(each) for each in case.reports if each.report_id in thin))
    own = (each for each in known if chosen.takes(each) and (beyond is None or _place(each) < beyond))
    found = sorted((*filter(chosen.takes, others), *own), key=_place, reverse=True)
    return Told(found[:limit], found[limit - 1] if len(found) > limit else None, thin)


def beyond_of(asked: Mapping[str, str]) -> Beyond | None:
    """Where a page goes on, as its address says; what is no place is none."""
    try:
        return (datetime.fromisoformat(asked["since"]).astimezone(UTC), asked["after"])
    except (KeyError, ValueError, OverflowError):
        return None


async def _thin(case: Case, steps: Steps) -> list[ReportId]:
    """Reports in the case of which no decision was kept as a step: they were decided before steps were."""
    here = [each.report_id for each in case.reports if each.state != "withdrawn"]
    told = await steps.decided(here)
    return [id for id in here if id not in told]


def _decided(entry: Entry) -> Step:
    """The latest decision about a report as the case has it: when its case took it in, and not by whom."""
    what, at = f"decided.{entry.outcome}", entry.joined_at
    return Step(f"decided:{entry.report_id}", "dispatch", what, at, entry.report_id, unit=entry.unit)


def _place(step: Step) -> Beyond:
    return step.at, step.id


async def _of_others(case: Case, steps: Steps, chosen: Filter, beyond: Beyond | None, limit: int) -> list[Step]:
    """What dispatch, notify, referrals and programmes did; of one kind no other's lines take the place."""
    if chosen.about and chosen.about not in _OTHERS:
        return []
    service = _OTHERS[chosen.about] if chosen.about else chosen.service
    reports = [each.report_id for each in case.reports if each.state != "withdrawn"]
    until = case.ended_at if case.state == "merged" else None
    return await steps.of(reports, sorted(case.ids), Asked(case.county, service, until, beyond), limit)


def about_of(step: Step) -> About:
    """What a line is about, by its code; what no other kind has is about reports."""
    if step.service == "notify":
        return "messages"
    if step.what.startswith("contact."):
        return "contacts"
    if step.what.startswith("referral."):
        return "referrals"
    if step.what.startswith("enrolment."):
        return "programmes"
    return _ABOUT.get(step.what, "reports")


def _of_case(case: Case) -> Iterator[Step]:
    for each in case.reports:
        if each.state != "withdrawn":
            yield Step(f"taken:{each.report_id}", "intake", "report_taken", each.received_at, each.report_id)
    for number, note in enumerate(case.history):
        yield _of_note(note, f"{case.id}:{number}")


def _of_note(note: Note, id: str) -> Step:
    return Step(id, "network", note.what, note.at, note.report_id, unit=note.unit, by=note.by, reason=note.reason)
