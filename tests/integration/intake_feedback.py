"""What other services tell intake of a report."""

from datetime import UTC, datetime
from uuid import uuid4

from aiokafka import AIOKafkaProducer
from contracts.cases import CaseAccepted, CaseAssessed, CaseId
from contracts.decisions import DecisionMade, Outcome, ReportFoundImproper, ReviewRequested, Shortcoming
from contracts.event import Envelope, Event
from contracts.reports import CaseType, ReportId, SourceUnit
from contracts.topics import Topic
from kit.inbox import Received, Record

from tests.parts import Names, Parts

COUNTY = "chiayi-county"


def decided(id: str, outcome: Outcome, version: int = 1, unit: str | None = None) -> DecisionMade:
    now = datetime.now(UTC)
    return DecisionMade(
        report_id=ReportId(id), version=version, county=COUNTY, agency_id="police", source_unit=SourceUnit.POLICE,
        case_type=CaseType.ADULT_PROTECTION, outcome=outcome, priority=1, unit=unit, received_at=now, decided_at=now,
        decided_by="table",
    )  # fmt: skip


def reviewed(id: str) -> ReviewRequested:
    now = datetime.now(UTC)
    return ReviewRequested(
        report_id=ReportId(id), county=COUNTY, agency_id="police", case_type=CaseType.ADULT_PROTECTION,
        suggested=Outcome.PROTECTION, priority=1, received_at=now, requested_at=now,
    )  # fmt: skip


def accepted(id: str) -> CaseAccepted:
    return CaseAccepted(
        case_id=CaseId("c"), version=2, county=COUNTY, report_id=ReportId(id), unit=f"{COUNTY}/protection",
        accepted_by="someone", accepted_at=datetime.now(UTC),
    )  # fmt: skip


def assessed(*ids: str, opened: bool = True) -> CaseAssessed:
    return CaseAssessed(
        case_id=CaseId("c"), version=4, county=COUNTY, unit=f"{COUNTY}/protection", reports=tuple(map(ReportId, ids)),
        opened=opened, reason=None if opened else "no_need", assessed_by="someone", assessed_at=datetime.now(UTC),
    )  # fmt: skip


async def send(parts: Parts, names: Names, topic: Topic, *events: Event) -> None:
    producer = AIOKafkaProducer(bootstrap_servers=parts.kafka)
    await producer.start()
    try:
        for event in events:
            sent = Envelope.of(event, id=uuid4(), source="/test", time=datetime.now(UTC), trace={})
            headers = [(name, value.encode()) for name, value in sent.headers().items()]
            await producer.send_and_wait(names.topics + topic.name, sent.data, event.subject.encode(), headers=headers)
    finally:
        await producer.stop()


def received(*events: Event) -> list[Received[Event]]:
    record = Record("topic", 0, 0, None, None, {})
    return [Received(str(uuid4()), event, {}, record) for event in events]


def improper(id: str, *shortcomings: tuple[str, str], agency: str = "police") -> ReportFoundImproper:
    return ReportFoundImproper(
        report_id=ReportId(id), county=COUNTY, agency_id=agency, source_unit=SourceUnit.POLICE,
        shortcomings=tuple(Shortcoming(at=at, code=code) for at, code in shortcomings), found_at=datetime.now(UTC),
    )  # fmt: skip
