"""A report on its way into the database: sealed, judged, and ready to become one document."""

import hashlib
import hmac
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import uuid4

from contracts.event import Envelope, Model, Sealed
from contracts.reports import Duty, Flag, ReportId, Submission, new_report_id
from contracts.topics import REPORTS
from kit.mongo import Document
from kit.outbox import FIELD, Outgoing, entries
from kit.sealed import BlindIndexes, DataKey, Json, KeyVault, split
from kit.telemetry import carried
from pydantic_core import to_json
from rules.taiwan import taipei_day

from intake.domain.agency import SANDBOX, Agency
from intake.domain.areas import name_areas
from intake.domain.duty import duty_of, with_written
from intake.domain.flags import flags_of
from intake.domain.serial import serial, series
from intake.domain.unlisted import SCOPE, set_apart
from intake.rules import duties, oral, serial_letters

SOURCE = "/safetynet/intake"
TRIAL = "TST"
"""How the serials of sandbox agencies begin."""


@dataclass(frozen=True)
class Content:
    """A report split in two: what may be read, and tokens by scope. Store `keys` before any of it."""

    public: Json
    sealed: dict[str, Sealed]
    keys: dict[str, DataKey]
    fingerprint: bytes


class Sealing:
    """Seals reports, each under its own keys, and takes the fingerprints that identify repeats."""

    def __init__(self, vault: KeyVault, blind_index_key: bytes) -> None:
        self._vault = vault
        self.indexes = BlindIndexes(blind_index_key)
        self._key = hmac.new(blind_index_key, b"intake fingerprints", hashlib.sha256).digest()

    def content_of(self, owner: str, submission: Model, flags: Iterable[Flag]) -> Content:
        """What was sent, in two; what `flags` say that no list knows is sealed too.

        The fingerprint is of what was sent, not of what it was read as: it is the same after a release that reads more.
        """
        public, personal = split(submission)
        name_areas(public)
        if apart := set_apart(public, flags):
            personal[SCOPE] = apart
        keys = {scope: self._vault.new_key(owner, scope) for scope in personal}
        sealed = {scope: keys[scope].seal(values) for scope, values in personal.items()}
        return Content(public, sealed, keys, self.fingerprint(submission.model_dump_json(exclude_defaults=True)))

    def claim_of_ref(self, agency_id: str, ref: str) -> str:
        """By what a report is found again under its sender's own reference, which may be a telephone number."""
        return f"{agency_id} ref {self.fingerprint(f'ref {ref}').hex()[:32]}"

    def village(self, county: str, township: str, village: str) -> bytes:
        """By what a village is counted."""
        return self.fingerprint(f"village {county}/{township}/{village}")

    def fingerprint(self, text: str) -> bytes:
        """A keyed HMAC, equal for equal texts: a plain hash would let anyone who guesses a report confirm the guess."""
        return hmac.digest(self._key, text.encode(), "sha256")


@dataclass(frozen=True)
class Arrival:
    """One report as it arrived at `received_at`. A claim belongs to one report only."""

    report_id: ReportId
    agency: Agency
    county: str
    series: str
    received_at: datetime
    claims: tuple[str, ...]
    content: Content
    flags: tuple[Flag, ...]
    duty: Duty | None
    trace: dict[str, str]
    origin: str | None = None
    """The row of a batch that it came in."""
    written_by: str | None = None
    """The unit that wrote down what somebody told."""
    told_village: bytes | None = None
    """A keyed print of the village whose office told it: counted, and read by nobody."""

    @property
    def day(self) -> str:
        return taipei_day(self.received_at).isoformat()

    def document(self, number: int, gap: tuple[int, int] | None = None) -> Document:
        """The report as it is stored, under the `number`th serial of its series, with the event that it causes.

        `gap` are the sender's numbers, first and last, that are missing just before this report's own.

        A sandbox agency's report causes none, and is kept under a county that nobody counts.
        """
        receipt = self._receipt(serial(self.series, number))
        with_gap = receipt | ({"gap": {"from": gap[0], "to": gap[1]}} if gap else {})
        optional: Document = {"claims": list(self.claims)} if self.claims else {}
        optional |= {"origin": self.origin} if self.origin else {}
        optional |= {"written_by": self.written_by} if self.written_by else {}
        optional |= {"told_village": self.told_village} if self.told_village else {}
        optional |= {"written_due_at": self.duty.written_due_at} if self.duty and self.duty.written_due_at else {}
        if not self.agency.sandbox:
            optional |= {FIELD: entries([self._event(receipt)], self.received_at)}
        return optional | {
            "_id": self.report_id,
            "version": 1,
            "agency_id": self.agency.agency_id,
            "source_unit": self.agency.source_unit.value,
            "county": SANDBOX if self.agency.sandbox else self.county,
            "day": self.day,
            "received_at": self.received_at,
            "answered": self.agency.sandbox,
            "fingerprint": self.content.fingerprint,
            "receipt": with_gap,
            "report": self.content.public,
            "sealed": self.content.sealed,
        }

    def _receipt(self, serial: str) -> Json:
        return {
            "report_id": self.report_id,
            "serial": serial,
            "received_at": self.received_at.isoformat(),
            "status": "received",
            "duty": self.duty.model_dump(mode="json") if self.duty else None,
            "flags": [flag.model_dump() for flag in self.flags],
        }

    def _event(self, receipt: Json) -> Outgoing:
        # Spliced from what is at hand: serializing the model takes ten times as long (a test compares the two).
        data = {name: value for name, value in receipt.items() if name != "status"} | {
            "type": "report.received",
            "version": 1,
            "agency_id": self.agency.agency_id,
            "source_unit": self.agency.source_unit.value,
            "report": self.content.public,
            "sealed": self.content.sealed,
            "written_by": self.written_by,
        }
        return Outgoing.of(REPORTS, envelope(self.report_id, self.report_id, data, self.received_at, self.trace))


def envelope(id: str, report_id: str, data: Json, at: datetime, trace: dict[str, str]) -> Envelope:
    """An event about a report, from its data as JSON."""
    return Envelope(id, SOURCE, data["type"], report_id, at, to_json(data), trace)


def arrival(
    sealing: Sealing,
    agency: Agency,
    submission: Submission,
    idempotency_key: str | None,
    now: datetime,
    *,
    origin: str | None = None,
    written_by: str | None = None,
) -> Arrival:
    """A valid report as it arrives now, within the current trace."""
    report_id, today = new_report_id(uuid4()), taipei_day(now)
    flags = flags_of(submission, today)
    return Arrival(
        report_id=report_id,
        agency=agency,
        county=submission.county,
        series=series(TRIAL if agency.sandbox else serial_letters()[submission.county], today),
        received_at=now,
        claims=tuple(_claims(sealing, agency.agency_id, submission.sender_ref, idempotency_key, origin)),
        content=sealing.content_of(report_id, submission, flags),
        flags=flags,
        duty=with_written(duty_of(submission, agency.source_unit, now, duties()), submission, now, oral()),
        trace=carried(),
        origin=origin,
        written_by=written_by,
        told_village=_village(sealing, submission),
    )


def _village(sealing: Sealing, submission: Submission) -> bytes | None:
    told = submission.told_by
    if told is None or not told.village:
        return None
    return sealing.village(submission.county, told.township or "", told.village)


def _claims(
    sealing: Sealing, agency_id: str, sender_ref: str | None, idempotency_key: str | None, origin: str | None
) -> list[str]:
    claims = [sealing.claim_of_ref(agency_id, sender_ref)] if sender_ref else []
    if origin and not sender_ref:
        claims.append(f"{agency_id} row {origin}")
    if idempotency_key:
        # Nothing keeps a sender from building its keys from a person's data.
        claims.append(f"{agency_id} key {sealing.fingerprint(idempotency_key).hex()[:32]}")
    return claims
