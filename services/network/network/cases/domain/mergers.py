"""Two cases of one family become one, by two people, and apart again: nothing recorded is lost either way."""

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TypedDict

from contracts.cases import CaseId
from contracts.decisions import UnitId
from contracts.event import BlindIndex
from contracts.reports import ReportId

from network.cases.domain.case import MOST_REPORTS, Case, Collaboration, Entry, Note
from network.cases.domain.changes import (
    changed,
    ended,
    found,
    must_be_open,
    part_id,
    swapped,
    union,
    with_done,
    with_given,
)
from network.cases.domain.invitations import kept
from network.cases.domain.onward import given_up
from network.cases.domain.parts import JointVisit, Merge, State
from network.cases.domain.people import LastSeen, Person
from network.cases.domain.refusals import refused
from network.cases.domain.reports import TAKE_PART, asked_again
from network.tasks.domain.task import Task


@dataclass(frozen=True)
class Back:
    """What arose since a merge and goes to the case that is split off: reports and tasks by id."""

    reports: frozenset[str] = frozenset()
    tasks: frozenset[str] = frozenset()


def ask(case: Case, other: Case, *, reason: str, by: str, cause: str, at: datetime) -> Case:
    """The case with a merge asked for. Raises Refused where either ended, closes, or is of another county."""
    _may_merge(case, other)
    if any(each.state == "asked" and each.other == other.id for each in case.merges):
        raise refused("merge_asked", other.id)
    merge = Merge(part_id(case.id, cause), other.id, reason, by, at)
    note = Note(at, "merge_asked", None, case.lead.unit, by, reason, cause)
    return changed(case, note, merges=(*case.merges, merge))


def merge(case: Case, other: Case, id: str, *, by: str, cause: str, at: datetime) -> tuple[Case, Case]:
    """Both cases once another person approved: one goes on with the tasks of both. Raises Refused."""
    asked = _in("asked", case, id)
    if by == asked.asked_by:
        raise refused("same_person", by)
    _may_merge(case, other)
    taking_part = _from(case, other, cause, at)
    came = tuple(each for each in other.reports if each.state != "withdrawn")
    state = other.state if _opens(case, other) else case.state
    done = replace(
        asked, state="merged", answered_by=by, answered_at=at, collaborators=tuple(each.id for each in taking_part),
        own=case.state if state != case.state else None, **_brought(case, other, came),
    )  # fmt: skip
    after = changed(
        case, Note(at, "merged", None, other.lead.unit, by, asked.reason, cause),
        merges=swapped(case.merges, asked, done), state=state,
        reports=(*(each for each in case.reports if each.report_id not in done.reports), *came),
        tasks=(*case.tasks, *(replace(task, case_id=case.id) for task in given_up(other, by=by, at=at).tasks)),
        family_keys=union(case.family_keys, other.family_keys), people=_each_once(case.people, other.people),
        last_seen=_last(case, other), collaborators=_answering(case, other) + taking_part,
        assessments=tuple(sorted((*case.assessments, *other.assessments), key=lambda each: each.at)),
        listings=case.listings + other.listings, visits=case.visits + other.visits,
    )  # fmt: skip
    after = with_done(after, lambda task: task.what == TAKE_PART and not _is_asked(after, task.unit), by=by, at=at)
    gone = ended(replace(other, tasks=(), visits=()), "merged", reason="merged", by=by, at=at)
    note = Note(at, "merged_away", None, case.lead.unit, by, asked.reason, cause)
    return after, changed(gone, note, merged_into=case.id)


def _is_asked(case: Case, unit: UnitId) -> bool:
    """Whether an answer of a unit is still waited for; who leads or takes part has given it."""
    return any(each.unit == unit and each.state == "asked" for each in case.active)


def refuse(case: Case, id: str, *, reason: str, by: str, cause: str, at: datetime) -> Case:
    """The case as it is, with the merge refused. Raises Refused."""
    asked = _in("asked", case, id)
    answered = replace(asked, state="refused", answered_by=by, answered_at=at, answer=reason)
    note = Note(at, "merge_refused", None, case.lead.unit, by, reason, cause)
    return changed(case, note, merges=swapped(case.merges, asked, answered))


def split(
    case: Case, other: Case, id: str, back: Back, *, reason: str, by: str, cause: str, at: datetime
) -> tuple[Case, Case]:
    """Both cases apart again, each with its own; what arose since stays unless `back` names it.

    Raises Refused for a case that ended since, and where a later merge built on this one, which it names.
    """
    must_be_open(case)
    merged = _in("merged", case, id)
    for later in case.merges:
        if (
            later.state == "merged"
            and later.answered_at
            and merged.answered_at
            and later.answered_at > merged.answered_at
        ):
            raise refused("merge_built_upon", later.id)
    reports = {*merged.reports, *back.reports}
    visits = tuple(each for each in case.visits if each.id in merged.visits)
    goes = _goes(merged, {*merged.tasks, *back.tasks}, reports, visits)
    going = tuple(each for each in case.reports if each.report_id in reports)
    theirs = {each.id for each in other.listings}
    note = Note(at, "split", None, other.lead.unit, by, reason, cause)
    apart = replace(merged, state="undone", undone_by=by, undone_at=at, answer=reason)
    left = _without_family(replace(
        case, merges=swapped(case.merges, merged, apart),
        reports=(
            *(each for each in case.reports if each not in going),
            *(replace(each, state="withdrawn") for each in going if each.report_id in merged.left),
        ),
        tasks=tuple(task for task in case.tasks if not goes(task)),
        assessments=tuple(each for each in case.assessments if each.id not in merged.assessments),
        listings=tuple(each for each in case.listings if each.id not in theirs),
        visits=tuple(each for each in case.visits if each not in visits),
    ), merged, reports)  # fmt: skip
    back_again = replace(
        other, state=merged.before or "accepted", merged_into=None, ended_at=None,
        reports=(*(each for each in other.reports if each.report_id not in reports), *going),
        tasks=tuple(replace(task, case_id=other.id) for task in case.tasks if goes(task)),
        listings=tuple(each for each in case.listings if each.id in theirs), visits=visits,
        collaborators=(*other.collaborators, *_brought_by(going, case, other)),
    )  # fmt: skip
    back_again = _with_family(back_again, case, reports)
    return (
        changed(_owned(_released(left, merged, reports, at), cause, at), note),
        changed(_owned(back_again, cause, at), replace(note, what="split_off")),
    )


def _opens(case: Case, other: Case) -> bool:
    """Whether the other case is further on: what its lead found counts for both."""
    early = ("waiting", "accepted")
    return case.state in early and other.state not in early


class _Brought(TypedDict):
    """What a merge remembers of the other case."""

    before: State
    reports: tuple[ReportId, ...]
    left: tuple[ReportId, ...]
    keys: tuple[BlindIndex, ...]
    people: tuple[BlindIndex, ...]
    tasks: tuple[str, ...]
    assessments: tuple[str, ...]
    brought: tuple[CaseId, ...]
    visits: tuple[str, ...]


def _brought(case: Case, other: Case, came: Sequence[Entry]) -> _Brought:
    reports, known = _ids(came), {each.key for each in case.people}
    return {
        "before": other.state,
        "reports": reports,
        "left": _ids(each for each in case.reports if each.report_id in reports),
        "keys": tuple(each for each in other.family_keys if each not in case.family_keys),
        "people": tuple(each.key for each in other.people if each.key not in known),
        "tasks": tuple(task.id for task in other.tasks),
        "assessments": tuple(each.id for each in other.assessments),
        "brought": tuple(sorted(other.ids - {other.id})),
        "visits": tuple(each.id for each in other.visits),
    }


def _without_family(case: Case, merged: Merge, gone: Collection[str]) -> Case:
    """The case without whom a merge or a report that goes brought, but for those whom a report that stays names."""
    people = tuple(each for each in case.people if _stays(each, case, merged, gone))
    known = {each.key for each in people}
    back = merged.own if merged.own and case.state == merged.before and not case.assessments else case.state
    return replace(
        case, state=back, people=people, last_seen=tuple(each for each in case.last_seen if each.person in known),
        family_keys=tuple(each for each in case.family_keys if each not in merged.keys),
    )  # fmt: skip


def _stays(person: Person, case: Case, merged: Merge, gone: Collection[str]) -> bool:
    named = set(person.reports)
    if not named.isdisjoint(each.report_id for each in case.reports if each.state != "withdrawn"):
        return True
    return person.key not in merged.people and not (named and named.issubset(gone))


def _with_family(other: Case, case: Case, reports: Collection[str]) -> Case:
    """The case that leaves with whom its reports name, and as they were last seen by anybody."""
    named = (each for each in case.people if not set(reports).isdisjoint(each.reports))
    people = _each_once(other.people, named)
    known = {each.key for each in people}
    seen = tuple(each for each in _last(other, case) if each.person in known)
    return replace(other, people=people, last_seen=seen)


def _goes(
    merged: Merge, tasks: Collection[str], reports: Collection[str], visits: Sequence[JointVisit]
) -> Callable[[Task], bool]:
    """Whether a task leaves: one of these, or what was owed for a report or a visit of these since the merge."""

    def goes(task: Task) -> bool:
        if task.because.kind == "visit":
            return any(each.has({task.because.id}) for each in visits)
        settled_before = task.closed_at and merged.answered_at and task.closed_at < merged.answered_at
        return task.id in tasks or (task.report_id in reports and not settled_before)

    return goes


def _brought_by(going: Sequence[Entry], case: Case, other: Case) -> tuple[Collaboration, ...]:
    """The units that take part because of a report that goes, for the case that it goes to."""
    reports = _ids(going)
    return tuple(
        replace(each, id=part_id(other.id, each.id))
        for each in case.active
        if each.report_id in reports and each.unit not in other.answerable
    )


def _released(case: Case, merge: Merge, gone: Collection[str], at: datetime) -> Case:
    """The case without the units that came with the merge or a report that went, but for those that owe something."""
    busy = {task.unit for task in case.owed}
    return replace(
        case,
        collaborators=tuple(
            replace(each, state="released", reason="split", ended_at=at)
            if (each.id in merge.collaborators or each.report_id in gone) and each.is_active and each.unit not in busy
            else each
            for each in case.collaborators
        ),
    )


def _owned(case: Case, cause: str, at: datetime) -> Case:
    """The case whose lead owes what a unit without part in it would owe, and who is asked an answer.

    What a meeting decided is owed by whom it named, with part in the case or without.
    """
    case = kept(case, reason="split", cause=cause, at=at)
    given = (task.id for task in case.owed if task.unit not in case.answerable and task.because.kind != "decision")
    gone = frozenset(given)
    case = with_given(case, lambda task: task.id in gone, case.lead.unit, case.lead.person)
    return asked_again(case, cause, at)


def _from(case: Case, other: Case, cause: str, at: datetime) -> tuple[Collaboration, ...]:
    """The other case's lead and collaborators, as those who take part in this one."""
    mine = case.answerable
    lead = Collaboration(
        part_id(case.id, f"{cause}:lead"), other.lead.unit, at, state="joined" if other.lead.person else "asked",
        person=other.lead.person,
    )  # fmt: skip
    leading = () if other.lead.unit in mine else (lead,)
    helping = (each for each in other.active if each.unit not in mine and each.unit != other.lead.unit)
    return (
        *leading,
        *(replace(each, id=part_id(case.id, f"{cause}:{each.id}"), before=(*each.before, each.id)) for each in helping),
    )


def _answering(case: Case, other: Case) -> tuple[Collaboration, ...]:
    """The case's own parts, each by which a unit answers also what it was asked in the other case."""
    asked = {each.unit: (*each.before, each.id) for each in other.active}
    return tuple(
        replace(each, before=union(each.before, asked[each.unit])) if each.is_active and each.unit in asked else each
        for each in case.collaborators
    )


def _each_once(people: Iterable[Person], more: Iterable[Person]) -> tuple[Person, ...]:
    """These people, and of the others those who are not among them."""
    known = {each.key: each for each in people}
    return tuple(known.values()) + tuple(each for each in more if each.key not in known)


def _last(case: Case, other: Case) -> tuple[LastSeen, ...]:
    latest = sorted((*case.last_seen, *other.last_seen), key=lambda each: each.at)
    return tuple({each.person: each for each in latest}.values())


def _ids(entries: Iterable[Entry]) -> tuple[ReportId, ...]:
    return tuple(each.report_id for each in entries)


def _may_merge(case: Case, other: Case) -> None:
    for each in (case, other):
        must_be_open(each)
        if each.state == "closing":
            raise refused("closing_asked", each.id)
    if not case.lead.person:
        raise refused("not_accepted", case.lead.unit)
    if case.id == other.id or case.county != other.county:
        raise refused("not_to_be_merged", other.id)
    came = {each.report_id for each in other.reports if each.state != "withdrawn"}
    if len(came | {each.report_id for each in case.reports}) > MOST_REPORTS:
        raise refused("too_many_reports", other.id)


def _in(state: str, case: Case, id: str) -> Merge:
    """The merge of this id, in this state. Raises Refused."""
    merge = found(case.merges, id, "merge_unknown")
    if merge.state != state:
        raise refused("merge_answered", id)
    return merge
