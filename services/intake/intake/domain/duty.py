"""Which reporting duty a report fulfils, when it was due, and whether it was met."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from contracts.people import Role
from contracts.reports import CaseType, Duty, Report, SourceUnit

from intake.domain.plausible import is_placeholder


@dataclass(frozen=True)
class DutyRule:
    """One duty of a statute: whom it binds, for what, and how soon. An empty cell sets no condition."""

    id: str
    law: str
    """PCode and article in the national law database."""
    hours: int | None
    case_types: frozenset[CaseType]
    sources: frozenset[SourceUnit]
    kinds: frozenset[str] = frozenset()
    conditions: frozenset[str] = frozenset()

    def binds(self, report: Report, source: SourceUnit) -> bool:
        return report.case_type in self.case_types and self._is_about(report) and self._names(source, report)

    def _is_about(self, report: Report) -> bool:
        kinds = not self.kinds or not self.kinds.isdisjoint(report.event.kinds)
        return kinds and (not self.conditions or not self.conditions.isdisjoint(_conditions(report)))

    def _names(self, source: SourceUnit, report: Report) -> bool:
        return source in self.sources or bool(report.reporter and report.reporter.mandated)

    @classmethod
    def of(cls, row: Mapping[str, object]) -> "DutyRule":
        """A rule from a row of the data file. Raises ValueError for a case type or source unit that does not exist."""
        hours = row["hours"]
        return cls(
            id=str(row["id"]),
            law=str(row["law"]),
            hours=hours if isinstance(hours, int) else None,
            case_types=frozenset(CaseType(each) for each in _texts(row["case_types"])),
            sources=frozenset(SourceUnit(each) for each in _texts(row["sources"])),
            kinds=frozenset(_texts(row.get("kinds"))),
            conditions=frozenset(_texts(row.get("conditions"))),
        )


@dataclass(frozen=True)
class OralRule:
    """How soon the written form follows an oral report of these case types, and which article says so."""

    law: str
    hours: int
    case_types: frozenset[CaseType]

    @classmethod
    def of(cls, row: Mapping[str, object]) -> "OralRule":
        """A rule from a row of the data file. Raises ValueError for a case type that does not exist."""
        case_types = frozenset(CaseType(each) for each in _texts(row["case_types"]))
        return cls(str(row["law"]), int(str(row["hours"])), case_types)


def with_written(duty: Duty | None, report: Report, received_at: datetime, rules: Sequence[OralRule]) -> Duty | None:
    """The duty, with the time of the written form if the report is oral; that alone when no other duty binds."""
    rule = next((rule for rule in rules if report.oral and report.case_type in rule.case_types), None)
    if rule is None:
        return duty
    due_at = received_at + timedelta(hours=rule.hours)
    found = duty or Duty(law=rule.law, known_at=report.known_at)
    return found.model_copy(update={"written_law": rule.law, "written_due_at": due_at})


def duty_of(report: Report, source: SourceUnit, received_at: datetime, rules: Sequence[DutyRule]) -> Duty | None:
    """The first duty that binds the sender, or None; its times need hours in the law and `known_at`."""
    rule = next((rule for rule in rules if rule.binds(report, source)), None)
    if rule is None:
        return None
    if rule.hours is None or report.known_at is None or is_placeholder(report.known_at):
        return Duty(law=rule.law, known_at=report.known_at)
    due_at = report.known_at + timedelta(hours=rule.hours)
    return Duty(law=rule.law, known_at=report.known_at, due_at=due_at, met=received_at <= due_at)


def _conditions(report: Report) -> set[str]:
    return {condition for person in report.people if person.role is Role.SUBJECT for condition in person.conditions}


def _texts(cell: object) -> Sequence[str]:
    return [str(each) for each in cell] if isinstance(cell, list) else []
