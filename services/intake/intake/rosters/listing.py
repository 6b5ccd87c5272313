"""A roster entry on its way into the database: sealed, checked, recognizable, and ready to become one document."""

from dataclasses import dataclass
from datetime import date, datetime

from contracts.event import BlindIndex, Envelope, derived_id
from contracts.reports import Flag
from contracts.rosters import EntryId, Roster, RosterEntryListed, RosterListing
from contracts.topics import ROSTERS
from kit.mongo import Document
from kit.outbox import FIELD, Outgoing, entries
from kit.telemetry import carried
from rules.people import home, identities
from rules.spans import Span, due
from rules.taiwan import taipei_day
from rules.working_days import working_day

from intake.arrivals import SOURCE, Content, Sealing
from intake.domain.agency import Agency
from intake.domain.rosters import VisitClock, entry_flags, person_of
from intake.rules import data


@dataclass(frozen=True)
class Listed:
    """One entry of a roster that was received at `received_at`; `origin` is the row of the file that it came in."""

    entry_id: EntryId
    roster: Roster
    agency: Agency
    received_at: datetime
    content: Content
    flags: tuple[Flag, ...]
    origin: str
    trace: dict[str, str]
    keys: tuple[BlindIndex, ...] = ()
    home: BlindIndex | None = None

    def document(self) -> Document:
        """The entry as it is stored, with the event that it causes; a sandbox agency's causes none."""
        kept: Document = {} if self.agency.sandbox else {FIELD: entries([self._event()], self.received_at)}
        clock = visit(self.roster)
        return kept | {
            "_id": self.entry_id,
            "roster": self.roster.value,
            "agency_id": self.agency.agency_id,
            "sandbox": self.agency.sandbox,
            "received_at": self.received_at,
            "visit_due_at": due(clock.span, self.received_at, working_day),
            "fingerprint": self.content.fingerprint,
            "origin": self.origin,
            "entry": self.content.public,
            "sealed": self.content.sealed,
            "flags": [flag.model_dump() for flag in self.flags],
        }

    def _event(self) -> Outgoing:
        clock = visit(self.roster)
        event = RosterEntryListed.model_validate({
            "entry_id": self.entry_id, "roster": self.roster, "answerable": answerable(self.roster),
            "agency_id": self.agency.agency_id, "source_unit": self.agency.source_unit, "entry": self.content.public,
            "sealed": self.content.sealed, "flags": self.flags, "received_at": self.received_at,
            "visit_due_at": due(clock.span, self.received_at, working_day), "visit_source": clock.source,
            "visit_verified": clock.verified, "keys": self.keys, "home": self.home,
        })  # fmt: skip
        at, trace = self.received_at, self.trace
        return Outgoing.of(ROSTERS, Envelope.of(event, id=self.entry_id, source=SOURCE, time=at, trace=trace))


def listed(
    sealing: Sealing, agency: Agency, roster: Roster, listing: RosterListing, *, received_at: datetime, origin: str
) -> Listed:
    """A valid entry of a file that was received at `received_at`, within the current trace.

    An entry is recognized by its sender's reference; without one by all it says, within a calendar month: next
    month's roster lists the same family anew, and a visit is due again.
    """
    day = taipei_day(received_at)
    month = f"{day.year}-{day.month:02d} {listing.model_dump_json(exclude_defaults=True)}"
    # Keyed, since nothing keeps a sender from building its references from a person's data.
    print = sealing.fingerprint(f"ref {listing.sender_ref}" if listing.sender_ref else month).hex()
    flags = entry_flags(listing, day)
    person, index = person_of(listing), sealing.indexes.of
    id = EntryId(str(derived_id("intake roster", f"{agency.agency_id} {roster}", print)))
    return Listed(
        entry_id=id,
        roster=roster,
        agency=agency,
        received_at=received_at,
        content=sealing.content_of(id, listing, flags),
        flags=flags,
        origin=origin,
        trace=carried(),
        keys=identities(person, index),
        home=home(person, index),
    )


def visit(roster: Roster) -> VisitClock:
    """The clock that a roster starts: its own, or that of the screening."""
    known = data("rosters")
    clock = known["rosters"][roster.value].get("visit", known["visit"])
    return VisitClock(Span.parse(clock["span"]), clock["source"], clock["verified"])


def taken_on(day: date) -> tuple[Roster, ...]:
    """The lists that are taken on a day: from the first day of each until its last, where it has one."""
    known = data("rosters")["rosters"]
    return tuple(each for each in Roster if known[each]["since"] <= day <= known[each].get("until", date.max))


def last_day(roster: Roster) -> date | None:
    """The last day on which a list is taken; None where nobody has said one."""
    until: date | None = data("rosters")["rosters"][roster].get("until")
    return until


def answerable(roster: Roster) -> str:
    """The unit that answers for a roster."""
    unit: str = data("rosters")["rosters"][roster.value]["answerable"]
    return unit
