"""Reports, amendments and news for dispatch: all people fictitious, the same number is the same person."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

from contracts.cases import CaseAccepted, CaseId, CaseReturned
from contracts.event import Event
from contracts.reports import ReportId, SendersHeard, SilentSender, SourceUnit
from kit.inbox import Received, Record
from rules.rises import WEEK, monday
from rules.spans import TAIPEI

COUNTY = "chiayi-county"
RECORD = Record("t", 0, 0, None, None, {})
CITY = "chiayi-city"
ONE, TWO = "Q222222220", "A128394702"
TODAY = datetime.now(UTC).astimezone(TAIPEI).date()
LAST_WEEK = monday(TODAY) - WEEK


def instant() -> datetime:
    at = datetime.now(UTC)
    return at.replace(microsecond=at.microsecond // 1000 * 1000)


def body(number: int, **changes: Any) -> dict[str, Any]:
    """A report of one person's event: the same number is the same person and the same event."""
    subject = {"role": "subject", "name": f"林小{number}", "birth_date": f"19{number % 60 + 30}-03-12",
               "phones": [f"09{number:08}"], "conditions": []}  # fmt: skip
    event = {"occurred_at": "2026-11-20T21:05:00+08:00", "place": {"county": COUNTY, "township": "民雄鄉"},
             "kinds": ["physical_violence"], "danger_signs": ["strangulation"],
             "narrative": f"林小{number}遭勒頸。"}  # fmt: skip
    return {"case_type": "adult_protection", "county": COUNTY, "event": event, "people": [subject]} | changes


def consultation(number: int) -> dict[str, Any]:
    event = {"place": {"county": COUNTY, "township": "布袋鎮"}, "narrative": "家裡欠租。"}
    return body(number, case_type="consultation_adult", event=event, needs=["economic_hardship"])


def accepted(report_id: str, at: datetime | None = None) -> Received[Event]:
    event = CaseAccepted(
        case_id=CaseId("case-1"), version=2, county=COUNTY, report_id=ReportId(report_id), unit=f"{COUNTY}/protection",
        accepted_by="陳社工", accepted_at=at or instant(),
    )  # fmt: skip
    return Received(str(uuid4()), event, {}, RECORD)


def returned(report_id: str) -> Received[Event]:
    event = CaseReturned(
        case_id=CaseId("case-1"), version=3, county=COUNTY, report_id=ReportId(report_id), unit=f"{COUNTY}/protection",
        reason="not_our_area", returned_by="陳社工", returned_at=instant(),
    )  # fmt: skip
    return Received(str(uuid4()), event, {}, RECORD)


def day_now() -> str:
    return (instant() + timedelta(hours=8)).date().isoformat()


def living_there(number: int, **changes: Any) -> dict[str, Any]:
    """Harm without a danger sign, of someone who lives in the city: the law sends it there."""
    sent = body(number)
    event = sent["event"] | {"danger_signs": [], "place": {"county": COUNTY, "township": "民雄鄉"}}
    subject = sent["people"][0] | {"residence": {"county": CITY, "township": "東區", "address": "吳鳳北路 1 號"}}
    return sent | {"event": event, "people": [subject]} | changes


def child(number: int, **changes: Any) -> dict[str, Any]:
    sent = body(number)
    subject = sent["people"][0] | {"birth_date": "2018-05-01"}
    return sent | {"case_type": "child_protection", "people": [subject]} | changes


def heard(minutes_ago: int, *silent: str, alive: int = 8) -> Received[Any]:
    at = instant() - timedelta(minutes=minutes_ago)
    senders = tuple(
        SilentSender(agency_id=name, source_unit=SourceUnit.POLICE, last_at=at, expected=4.2) for name in silent
    )
    event = SendersHeard(county=COUNTY, silent=senders, heard=alive, listened_at=at)
    return Received(str(uuid4()), event, {}, RECORD)


def about(hour: int = 21, day: int = 20, **person: Any) -> dict[str, Any]:
    """A report about one 陳怡君 of a birth date that many share."""
    subject = {"role": "subject", "name": "陳怡君", "birth_date": "1990-03-12"} | person
    event = body(1)["event"] | {"occurred_at": f"2026-11-{day}T{hour:02}:05:00+08:00"}
    return body(1, people=[subject], event=event)
