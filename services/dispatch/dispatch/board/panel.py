"""Everything about one report as the board words it: facts, people, reasons, clocks, and what happened where."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from contracts.decisions import Because, Outcome, TableVersion
from contracts.languages import Lang
from contracts.people import Person, Place
from contracts.reports import Report as Form
from contracts.words import source as said_source
from kit.sealed import join
from rules.counties import county as set_by
from rules.counties import settings_of
from web import times

from contracts import codes
from dispatch.board import stages, view
from dispatch.board.flags import flagged
from dispatch.board.others import Others, other
from dispatch.board.store import MOST_REVEALS, Reveal
from dispatch.board.view import OUTCOMES, View
from dispatch.domain.people.duplicates import REASONS
from dispatch.domain.report.history import Line
from dispatch.domain.report.report import Report
from dispatch.domain.report.ruling import takes_supervisor, undoable
from dispatch.policy import danger_phrases
from dispatch.site import words
from dispatch.site.covered import covered_text
from dispatch.site.places import township

_SERVICES = {"report": "intake", "case": "network", "resources": "network", "delivery": "notify"}


@dataclass(frozen=True)
class Look:
    """What an officer may read: personal `values`, None when destroyed; sealed reasons `told`; earlier `reveals`.

    `narrative` says whether what is told is theirs to read now; who does not decide asks for it first.
    """

    username: str
    reveals: Sequence[Reveal]
    values: Mapping[str, Any] | None
    told: Mapping[str, str]
    narrative: bool = True

    def revealed(self, since: datetime) -> set[int]:
        """The people whose names this officer asked for since then, by their place in the report."""
        return {each.person for each in self.reveals if each.who == self.username and each.at > since}


def panel(report: Report, look: Look, others: Others, lang: Lang, now: datetime) -> View:
    """The whole page of a report for one officer; `others` are the reports that it names."""
    decision, values = report.decision, look.values or {}
    form = Form.model_validate(join(report.public, dict(values))) if values else report.form
    settings = settings_of(report.county)
    soon, revealed = settings.soon, look.revealed(now - settings.revealed_for)
    hidden = [person for number, person in enumerate(form.people) if number not in revealed]
    return {
        "id": report.id,
        "county": report.county,
        "serial": report.serial,
        "version": decision.version,
        "row": view.row(report, lang, now),
        "received": times.moment(report.received_at, lang),
        "with": [words.unit(unit, lang) for unit in decision.collaborators],
        "duplicate_of": other(decision.duplicate_of, others),
        "transferred_to": words.county_or_none(decision.transferred_to, lang),
        "kinds": [words.code("kinds", kind, lang) for kind in form.event.kinds],
        "needs": [words.code("needs", need, lang) for need in form.needs],
        "assessments": form.assessments,
        **_told(covered_text(form.event.narrative or "", hidden), report, lang),
        "narrative_covered": bool(form.event.narrative) and not look.narrative,
        "flags": [flagged(each, report, lang) for each in report.flags],
        "place": _place(report, lang),
        "people": [_person(number, each, number in revealed, lang, now) for number, each in enumerate(form.people)],
        "reveals": [_reveal(each, form.people, lang, now) for each in look.reveals[:MOST_REVEALS]],
        "more_reveals": len(look.reveals) > MOST_REVEALS,
        "erased": bool(report.sealed) and look.values is None,
        "because": [_because(row, lang) for row in decision.because],
        "relation": _relation(report, others, lang),
        "suggested_unit": words.unit(decision.unit, lang),
        "nearest": getattr(decision.nearest, lang, None),
        "resources": [words.word(name, lang) for name in decision.resources],
        "linking": report.known_as if decision.outcome is Outcome.NO_DISPATCH and not report.pending else None,
        "table": _table(decision.table, lang),
        "clocks": [_clock(clock.id, clock.due_at, clock.source, soon, lang, now, verified=clock.verified)
                   for clock in decision.clocks],
        "history": [_happened(each, look.told, others, lang, now) for each in report.history],
        **_work(report, look.username, lang, now),
        **stages.view_of(report, lang, now),
        **_choices(report, lang, now),
    }  # fmt: skip


def _work(report: Report, username: str, lang: Lang, now: datetime) -> View:
    """Who is at it, what may be undone, and what the sender was asked."""
    soon = settings_of(report.county).soon
    held, undo, asked = report.claimed(now), undoable(report, now), report.asked
    return {
        "claim": held and {"name": held.name, "mine": held.by == username, "since": words.time(held.at, now, lang)},
        "undo": undo and {"until": undo.until.isoformat(), "left": times.left(undo.until, now, lang)},
        "asked": asked and _clock("sender_asked", asked.due_at, asked.name, soon, lang, now, verified=True),
    }


def _choices(report: Report, lang: Lang, now: datetime) -> View:
    county = report.county
    others = [each for each in codes.names("counties", now.date()) if each != county]
    return {
        "choices": OUTCOMES[:3],
        "supervisors": [each for each in OUTCOMES if takes_supervisor(report, Outcome(each))],
        "units": [{"id": id, "name": words.unit(id, lang)} for id in set_by(county).unit_ids],
        "counties": [{"id": each, "name": words.county(each, lang)} for each in others],
    }


def _person(number: int, person: Person, revealed: bool, lang: Lang, now: datetime) -> View:
    said = str if revealed else words.covered
    return {
        "number": number,
        "role": person.role,
        "revealed": revealed,
        "name": said(person.name or "—"),
        "national_id": said(person.national_id or ""),
        "phones": list(person.phones) if revealed else [],
        "born": words.born(person.birth_date, now, lang),
        "conditions": [words.code("conditions", each, lang) for each in person.conditions],
    }


def _place(report: Report, lang: Lang) -> View:
    """Where it happened, down to the village and no nearer."""
    place = report.form.event.place or Place()
    county = place.county or report.county
    return {"county": county, "county_name": words.county(county, lang), "township": place.township,
            "township_name": township(place.township, lang), "village": place.village}  # fmt: skip


def _reveal(each: Reveal, people: Sequence[Person], lang: Lang, now: datetime) -> View:
    role = words.word(people[each.person].role, lang) if each.person < len(people) else ""
    return {"who": each.name, "at": words.time(each.at, now, lang), "whom": f"{role} {each.person + 1}"}


def _told(narrative: str, report: Report, lang: Lang) -> View:
    """The narrative in pieces, each with the danger sign that its words speak of, and those nobody ticked."""
    phrases = danger_phrases()
    found = phrases.passages(narrative, sorted(report.facts.danger_signs), report.case_type)
    pieces = [
        {"text": each.text, "sign": words.code("danger_signs", each.sign, lang) if each.sign else "",
         "coded": each.coded} for each in found
    ]  # fmt: skip
    unticked = dict.fromkeys(piece["sign"] for piece in pieces if piece["sign"] and not piece["coded"])
    searched = any(piece["sign"] for piece in pieces)
    return {"narrative": pieces, "unticked": list(unticked), "searched": searched, "phrases_verified": phrases.verified}


def _because(row: Because, lang: Lang) -> View:
    """A row that matched; one that did not decide asked for less than those that did."""
    return {"row": row.row, "words": getattr(row, lang), "decided": row.decided}


def _relation(report: Report, others: Others, lang: Lang) -> View | None:
    """The earlier report that this one relates to, and why; `of` is None for another county's."""
    known, relation = report.decision.relation, report.relation
    if not known or not known.of or not relation:
        return None
    reasons = [REASONS[each].in_(lang) if each in REASONS else each for each in relation.reasons]
    return {"of": other(relation.of, others), "kind": words.word(relation.kind, lang), "reasons": reasons}


def _table(table: TableVersion | None, lang: Lang) -> str:
    return f"{words.county(table.county, lang)} {table.in_force_from} · {table.author}" if table else ""


def _clock(  # noqa: PLR0917  a clock, how it is worded, and when
    id: str, due: datetime, source: str, soon: timedelta, lang: Lang, now: datetime, *, verified: bool
) -> View:
    return {
        "id": words.word(id, lang),
        "due": due.isoformat(),
        "left": times.left(due, now, lang),
        "until": words.time(due, now, lang),
        "tone": view.tone(due, now, soon, queued=False),
        "source": said_source(source, lang),
        "verified": verified,
    }


def _moved(each: Line, lang: Lang, now: datetime) -> tuple[str, ...]:
    """A clock that its county's day moved: which, from when to when, by which day and why."""
    due = f"{words.time(each.due_before, now, lang)} → {words.time(each.due_at, now, lang)}"
    return (words.word(each.clock or "", lang), due, each.day or "", words.word(f"day.{each.reason}", lang))


def _happened(each: Line, told: Mapping[str, str], others: Others, lang: Lang, now: datetime) -> View:
    reason = each.reason or told.get(each.reason_sealed or "")
    detail = (
        _moved(each, lang, now)
        if each.clock
        else (
            words.word(each.outcome, lang) if each.outcome else "",
            words.unit(each.unit, lang),
            words.reason(reason, lang) if reason else "",
        )
    )
    service = words.word(f"service.{each.who}", lang).removeprefix("service.")
    return {
        "at": words.time(each.at, now, lang),
        "day": times.moment(each.at, lang),
        "iso": each.at.isoformat(),
        "service": _SERVICES.get(each.what.split("_")[0], "dispatch"),
        "what": words.word(each.what, lang),
        "detail": " · ".join(part for part in detail if part),
        "other": other(each.report_id, others),
        "who": words.word("by_table", lang) if each.who.startswith("table:") else service,
    }
