"""What the ledger answers, as OpenAPI describes it."""

from datetime import date, datetime

from contracts.event import Model
from pydantic import Field

from intake.answers import Missing


class DayShown(Model):
    """A day's equation: received = decided + open, always."""

    day: date
    received: int = 0
    open: int = Field(0, description="Not decided yet, or with a person.")
    decided: dict[str, int] = Field(
        {}, description="By the kind of unit dispatched, or by outcome.", examples=[{"protection": 3, "duplicate": 1}]
    )
    dispatched: int = Field(0, description="Of the decided: those for which a unit was dispatched.")
    accepted: int = Field(0, description="Of the dispatched: those that the unit accepted.")
    repeated: int = Field(0, description="Reports that came again and changed nothing.")
    missing: int = Field(0, description="Numbers passed over on this day that never came.")
    written_due: int = Field(0, description="Oral reports whose written form has not come.")
    written_overdue: int = Field(0, description="Of these: past the statutory time.")


class DaysShown(Model):
    """Each day of a month on which anything was received, sent again, or passed over; the latest first."""

    agency_id: str
    month: str = Field(examples=["2026-11"])
    as_of: datetime
    days: tuple[DayShown, ...]


class GapShown(Missing):
    """Numbers that never came. `open` once the gap is older than reports may arrive out of order."""

    count: int
    since: datetime = Field(description="When the numbers were passed over.")
    open: bool


class GapsShown(Model):
    """Gaps in the numbers of an agency, the latest first."""

    agency_id: str
    as_of: datetime
    gaps: tuple[GapShown, ...]
    complete: bool = Field(
        True, description="False where as many gaps are listed as are kept: the latest, and there may be older ones."
    )


class LessonShown(Model):
    """What fell short in a field, how often, and what to do better; examples by the agency's own references."""

    at: str = Field(
        description="The field, as a JSON pointer; * for any person or item.", examples=["/people/*/phones/*"]
    )
    field: str
    code: str = Field(examples=["unknown_code", "missing"])
    found: str
    better: str
    by_officer: bool = Field(description="Found by a duty officer (不良通報), not by a rule at receipt.")
    reports: int = Field(description="In how many reports.")
    times: int = Field(description="In how many places of those reports.")
    examples: tuple[str, ...] = ()


class TeachingShown(Model):
    """A month's sheet. No personal data: fields, codes and the agency's own references."""

    agency_id: str
    month: str = Field(examples=["2026-11"])
    as_of: datetime
    reports: int = Field(description="Reports received in the month.")
    noted: int = Field(description="Of these: those that fell short in anything.")
    lessons: tuple[LessonShown, ...] = ()
