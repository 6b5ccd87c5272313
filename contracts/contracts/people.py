"""Who and where: the people in a report, their places, and the person who reports."""

import re
from datetime import date
from enum import StrEnum
from typing import Annotated
from unicodedata import normalize

from pydantic import BeforeValidator, Field

from contracts.event import Code, Codes, Model, Personal
from contracts.times import Instant, read_day

Text = Annotated[str, Field(min_length=1, max_length=200)]
Area = Annotated[str, Field(min_length=1, max_length=40)]
_APART = re.compile(r"[\s\-‐-―−._/·•,、:;()'’‘\"“”\u200b-\u200f\u2060\ufeff]+")


class Role(StrEnum):
    """A person's role in the reported event."""

    SUBJECT = "subject"
    ALLEGED_PERPETRATOR = "alleged_perpetrator"
    HOUSEHOLD_MEMBER = "household_member"
    CAREGIVER = "caregiver"
    WITNESS = "witness"


class Sex(StrEnum):
    FEMALE = "female"
    MALE = "male"
    OTHER = "other"
    UNKNOWN = "unknown"


def read_birth_date(value: object) -> object:
    """A day as `contracts.times` reads it: `1990-03-12`, `0790312`, `79/03/12`. Raises ValueError."""
    return read_day(value) if isinstance(value, str) else value


def fold_id(value: object) -> object:
    """An identity or passport number without what its writing adds: width, case, blanks, hyphens, quotes."""
    return (_APART.sub("", normalize("NFKC", value)).upper() or value) if isinstance(value, str) else value


BirthDate = Annotated[date, BeforeValidator(read_birth_date), Field(ge=date(1900, 1, 1))]
NationalId = Annotated[str, BeforeValidator(fold_id), Field(min_length=1, max_length=20)]


class Place(Model):
    """A place down to its village in the clear; the address itself is personal."""

    county: Area | None = None
    township: Area | None = None
    village: Area | None = None
    address: Annotated[Text | None, Personal()] = None


class Person(Model):
    """One person in a report; everything but the role may be unknown."""

    role: Role
    name: Annotated[Text | None, Personal()] = None
    national_id: Annotated[NationalId | None, Personal()] = None
    birth_date: Annotated[BirthDate | None, Personal()] = None
    sex: Sex | None = None
    phones: Annotated[
        tuple[Annotated[str, Field(min_length=1, max_length=30)], ...], Field(max_length=10), Personal()
    ] = ()
    residence: Place | None = None
    relation_to_subject: Code | None = None
    conditions: Codes = ()


class Office(StrEnum):
    """An office of a village or a neighbourhood."""

    VILLAGE_CHIEF = "village_chief"
    VILLAGE_OFFICER = "village_officer"
    NEIGHBOURHOOD_HEAD = "neighbourhood_head"


class ToldBy(Model):
    """Who telephoned what another writes down. A village has one chief, so its name is the reporter's."""

    office: Office
    township: Area | None = None
    village: Annotated[Area | None, Personal("reporter")] = None
    name: Annotated[Text | None, Personal("reporter")] = None
    phone: Annotated[Annotated[str, Field(min_length=1, max_length=30)] | None, Personal("reporter")] = None
    told_at: Instant | None = None


class Reporter(Model):
    """Who reports. Confidential in every reporting statute, so it has a data key and a read log of its own."""

    name: Annotated[Text | None, Personal("reporter")] = None
    unit: Annotated[Text | None, Personal("reporter")] = None
    phone: Annotated[Annotated[str, Field(min_length=1, max_length=30)] | None, Personal("reporter")] = None
    office: Office | None = None
    mandated: bool | None = None
    wants_outcome: bool | None = None
