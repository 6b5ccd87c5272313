"""A register of joint cases in memory, fed one event after the other."""

from datetime import UTC, datetime, timedelta
from typing import Any

from contracts.decisions import Clock, DecisionMade
from contracts.deliveries import DeliveryAcknowledged, DeliveryId
from contracts.reports import ReportId
from network.cases.domain.case import ACCEPT, Case
from network.cases.domain.register import Register

COUNTY, CITY = "chiayi-county", "chiayi-city"
PROTECTION = f"{COUNTY}/protection"
CENTRE = f"{COUNTY}/welfare_centre.minxiong"
T0 = datetime(2026, 11, 22, 12, tzinfo=UTC)
UNITS = {"protection": PROTECTION, "welfare_centre": CENTRE}


def clock(id: str, hours: int) -> Clock:
    return Clock(id=id, started_at=T0, due_at=T0 + timedelta(hours=hours), source="county setting", verified=False)


def decided(report: str, outcome: str = "protection", family: str = "", **more: Any) -> DecisionMade:
    """A decision about report `report` whose family has one key for each letter of `family`."""
    facts: dict[str, Any] = {
        "report_id": report, "county": COUNTY, "agency_id": "a", "source_unit": "police",
        "case_type": "adult_protection", "outcome": outcome, "priority": 2, "unit": UNITS.get(outcome),
        "family": tuple(f"k:{letter}" for letter in family),
        "clocks": (clock(ACCEPT, 4), clock("dispatch", 24), clock("child.level1.see_child", 24)),
        "received_at": T0, "decided_at": T0, "decided_by": "table",
    }  # fmt: skip
    return DecisionMade.model_validate(facts | more)


class Day:
    """A register, fed one event after the other as one replica would."""

    def __init__(self) -> None:
        self.register = Register()
        self.minutes = 0

    def decide(self, decision: DecisionMade, cause: str = "") -> Any:
        """The last event that a decision brings about, None where it brings none."""
        self.minutes += 1
        cause = cause or f"{decision.report_id}/{decision.version}"
        events = self.register.decide(decision, cause=cause, at=T0 + timedelta(minutes=self.minutes))
        return events[-1] if events else None

    def press(self, report: str, unit: str, by: str = "陳社工", cause: str = "") -> Any:
        self.minutes += 1
        ack = DeliveryAcknowledged(
            delivery_id=DeliveryId("d"), report_id=ReportId(report), unit=unit, acknowledged_by=by,
            acknowledged_at=T0 + timedelta(minutes=self.minutes),
        )  # fmt: skip
        return self.register.acknowledge(ack, cause=cause or f"ack/{report}/{unit}/{by}")

    @property
    def cases(self) -> list[Case]:
        return sorted(self.register.cases.values(), key=lambda case: case.opened_at)

    def case(self, report: str) -> Case:
        id = self.register.standings[ReportId(report)].case_id
        assert id
        return self.register.cases[id]

    def is_at_work(self, report: str) -> bool:
        standing = self.register.standings.get(ReportId(report))
        case = self.register.cases.get(standing.case_id) if standing and standing.case_id else None
        entry = case.entry(ReportId(report)) if case else None
        return entry is not None and entry.state == "active"
