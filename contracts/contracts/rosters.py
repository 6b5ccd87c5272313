"""Rosters (名冊): lists of people whose families may be overburdened, from the units that serve them; not reports."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, ClassVar, Literal, NewType, Self

from pydantic import Field, model_validator

from contracts.event import BlindIndex, Codes, Event, Model, Personal, Sealed
from contracts.people import Area, BirthDate, NationalId, Sex, Text
from contracts.reports import Flag, SourceUnit

EntryId = NewType("EntryId", str)


class Roster(StrEnum):
    """Lists that are answered row by row: the first six are those of the screening for a high care load.

    Chiayi County's deck of 2023; the others are of its deck of 2021 (L109-129, L470), of Changhua's (L493) and of
    Kaohsiung's (L332).
    """

    VULNERABLE_FAMILIES = "vulnerable_families"
    SOCIAL_ASSISTANCE = "social_assistance"
    CARER_SUPPORT = "carer_support"
    PROTECTION_CASES = "protection_cases"
    DISABILITY_NEEDS = "disability_needs"
    PSYCHIATRIC_CARE = "psychiatric_care"
    UNDER_SIX = "under_six"
    MOTHERS_IN_PRISON = "mothers_in_prison"
    LOW_INCOME_JOB_SEEKERS = "low_income_job_seekers"
    COURT_AND_POLICE = "court_and_police"
    ALLOWANCES = "allowances"
    DROPOUTS = "dropouts"


class RosterEntry(Model):
    """One person on a roster. Its personal fields are absent where the entry is sealed."""

    sender_ref: Annotated[
        Annotated[str, Field(min_length=1, max_length=128, pattern=r"^[\x21-\x7e]+$")] | None, Personal("roster")
    ] = None
    county: Area
    township: Area | None = None
    village: Area | None = None
    name: Annotated[Text | None, Personal("roster")] = None
    national_id: Annotated[NationalId | None, Personal("roster")] = None
    birth_date: Annotated[BirthDate | None, Personal("roster")] = None
    sex: Sex | None = None
    phones: Annotated[
        tuple[Annotated[str, Field(min_length=1, max_length=30)], ...], Field(max_length=10), Personal("roster")
    ] = ()
    address: Annotated[Text | None, Personal("roster")] = None
    indicators: Codes = ()
    note: Annotated[Annotated[str, Field(min_length=1, max_length=2_000)] | None, Personal("roster")] = None


class RosterListing(RosterEntry):
    """What a unit may send: an entry that names someone, by name or by identity number."""

    @model_validator(mode="after")
    def _names_someone(self) -> Self:
        if not (self.name and self.name.strip()) and not self.national_id:
            raise ValueError("nobody_named")
        return self


class RosterEntryListed(Event):
    """Someone is on a roster that was received; a visit is due. Personal data are in `sealed`, one token per scope.

    `answerable` is the unit that answers for the roster; `visit_verified` is false for a clock without a source.
    By `keys` this person is one person on every list and in every case, and `home` is the house: nobody can be told
    from them without the key that made them. Lists of earlier releases have neither.
    """

    type: Literal["roster_entry.listed"] = "roster_entry.listed"
    subject_field: ClassVar[str] = "entry_id"
    entry_id: EntryId
    roster: Roster
    answerable: str
    agency_id: str
    source_unit: SourceUnit
    entry: RosterEntry
    sealed: dict[str, Sealed]
    flags: tuple[Flag, ...] = ()
    received_at: datetime
    visit_due_at: datetime
    visit_source: str
    visit_verified: bool
    keys: Annotated[tuple[BlindIndex, ...], Field(max_length=16)] = ()
    home: BlindIndex | None = None
