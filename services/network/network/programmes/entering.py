"""Who enters a programme by themselves: by a report, an assessment, a closing; once, and with the reason kept."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date, datetime
from functools import partial
from time import monotonic

from contracts.decisions import DecisionMade, Outcome
from contracts.event import Event, derived_id
from kit.inbox import Received
from kit.mongo import Session
from kit.telemetry import log
from rules.counties import units_of
from rules.spans import TAIPEI

from network.book import Book, Saved
from network.clock import now
from network.programmes.asking import Families
from network.programmes.domain.enrolment import Enrolment, Subject
from network.programmes.domain.grammar import Programme
from network.programmes.domain.hearing import BY_RULE, first_heard, fits, heard_again
from network.programmes.domain.owing import unit_of
from network.programmes.domain.refusals import Refused
from network.programmes.domain.rules import Happening, Person, Rule
from network.programmes.domain.said import Said
from network.programmes.places import whom
from network.programmes.store import Enrolments, Of, Place
from network.programmes.versions.store import Versions

SUBJECT = "subject"
READ_AGAIN = 5.0
MOST_KEPT = 500


class Entering:
    """Tells the programmes of a county what happened: in its transaction, or by its event, as often as that comes."""

    def __init__(
        self, enrolments: Enrolments, versions: Versions, families: Families, of: Of,
        clock: Callable[[], datetime] = now,
    ) -> None:  # fmt: skip
        self._enrolments = enrolments
        self._versions = versions
        self._families = families
        self._of = of
        self._clock = clock
        self._kept: dict[tuple[str, date], tuple[float, tuple[Programme, ...]]] = {}

    @property
    def book(self) -> Book:
        return self._enrolments.book

    async def on_decisions(self, batch: Sequence[Received[Event]]) -> None:
        """Reports that were decided, once their cases are; one that is another county's enters nobody here."""
        for event in (each.event for each in batch if isinstance(each.event, DecisionMade)):
            told = _reported(event)
            if event.outcome is not Outcome.TRANSFERRED and await self._matching(told):
                case_id = await self._families.of_report(event.report_id)
                await self.book.change(partial(self.hear, replace(told, case_id=case_id)))

    async def hear(self, happening: Happening, session: Session) -> Sequence[Saved]:
        """All that a happening brings about."""
        saved: list[Saved] = []
        for programme, rule in await self._matching(happening):
            for who in _whom(programme, happening):
                saved += await self._entered(programme, rule, happening, who, session)
        return saved

    async def _matching(self, happening: Happening) -> Sequence[tuple[Programme, Rule]]:
        """The programmes that somebody enters by it, each with the first of its rules that matches."""
        day = happening.at.astimezone(TAIPEI).date()
        found = await self._ruled(happening.county, day)
        first = ((each, next((rule for rule in each.rules if happening.holds(rule)), None)) for each in found)
        return [(programme, rule) for programme, rule in first if rule]

    async def _ruled(self, county: str, day: date) -> Sequence[Programme]:
        """A county's programmes of a day that have rules, read again every few seconds: each decision asks."""
        at, known = self._kept.get((county, day), (-READ_AGAIN, ()))
        if monotonic() - at < READ_AGAIN:
            return known
        read = tuple(each.programme for each in await self._versions.in_force(county, day) if each.programme.rules)
        if len(self._kept) > MOST_KEPT:
            self._kept.clear()
        self._kept[county, day] = (monotonic(), read)
        return read

    async def _entered(
        self, programme: Programme, rule: Rule, happening: Happening, who: Person | None, session: Session
    ) -> Sequence[Saved]:
        subject = _subject(programme, happening, who)
        about = f"rule:{programme.programme}:{happening.on}:{happening.about}:{rule.id}:{who.key if who else ''}"
        id = str(derived_id("network", happening.county, about))
        at, unit = self._clock(), _unit(programme, happening)
        said = Said(BY_RULE, unit, min(happening.at, at), at, id)

        async def work(known: Enrolment | None, session: Session) -> Sequence[Enrolment]:
            try:
                if known:
                    named = replace(known, subject=subject) if known.subject.person == nobody else known
                    return [heard_again(named, await self._of(known), rule, happening, said)]
                return first_heard(id, programme, rule, happening, subject=subject, unit=unit, said=said)
            except Refused as error:  # the file passed the checker: only its entry says whom it is not for
                log.info("not_entered", name=programme.programme, reason=error.code)
                return []

        nobody = _nobody(happening)
        known = await whom(subject, happening.county, programme, self._families, session)
        place = Place(happening.county, programme.programme, replace(known, people=known.people | {nobody}))
        return await self._enrolments.hear(place, [id], work, self._of, at=at, session=session)


def _reported(event: DecisionMade) -> Happening:
    facts = {
        "case_type": event.case_type, "source_unit": event.source_unit, "outcome": event.outcome,
        "kinds": frozenset(event.kinds), "needs": frozenset(event.needs), "crisis_grade": event.crisis_grade,
        "priority": event.priority,
    }  # fmt: skip
    people = tuple(Person(each.key, each.birth_year) for each in event.people if each.role == SUBJECT)
    return Happening(
        "report",
        event.report_id,
        event.county,
        event.received_at,
        facts,
        people,
        event.unit,
        report_id=event.report_id,
    )


def _whom(programme: Programme, happening: Happening) -> Sequence[Person | None]:
    """Each whom a report is about; of a household, or of several whom a tool does not tell apart, the case."""
    if programme.of == "household":
        return [None] if happening.case_id else []
    if not happening.people or (happening.on != "report" and len(happening.people) > 1):
        return [None]
    return [each for each in happening.people if fits(programme, each, happening)]


def _subject(programme: Programme, happening: Happening, who: Person | None) -> Subject:
    """Whoever a report does not name is in it by the report, until it does: somebody looks for them all the same."""
    if who is None and programme.of == "person" and happening.on == "report":
        return Subject(happening.case_id, _nobody(happening))
    return Subject(happening.case_id, who.key if who else None)


def _nobody(happening: Happening) -> str:
    return f"report:{happening.about}"


def _unit(programme: Programme, happening: Happening) -> str:
    """The county's unit of the kind, else the one that serves the family: nobody else would answer for it."""
    unit = unit_of(happening.county, programme.unit, happening.unit or "")
    return unit if unit in units_of(happening.county) else happening.unit or unit
