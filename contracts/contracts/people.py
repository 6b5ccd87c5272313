"""Who and where: the people in a report, their places, and the person who reports."""

import re
from datetime import date
from enum import StrEnum
from typing import Annotated

from pydantic import BeforeValidator, Field

from contracts.event import Code, Codes, Model, Personal

Text = Annotated[str, Field(min_length=1, max_length=200)]
Area = Annotated[str, Field(min_length=1, max_length=40)]

_COMMON = re.compile(r"(\d{4})-(\d{2})-(\d{2})")
_ROC = re.compile(r"0?(\d{2,3})(?:[/.\-年]?)(\d{2})(?:[/.\-月]?)(\d{2})日?")
BEFORE_THE_REPUBLIC = 1911
"""What to add to a year of the Republic (民國)."""
_HOW = "write 1990-03-12, or the ROC date 0790312 or 79/03/12"


class Role(StrEnum):
    """What a person is in the event reported."""

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
    """A day written in the common era (`1990-03-12`) or as an ROC date (`0790312`, `79/03/12`).

    Raises ValueError for anything else, and for a day that no calendar has.
    """
    if not isinstance(value, str):
        return value
    if match := _COMMON.fullmatch(value.strip()):
        offset = 0
    elif match := _ROC.fullmatch(value.strip()):
        offset = BEFORE_THE_REPUBLIC
    else:
        raise ValueError(_HOW)
    year, month, day = (int(part) for part in match.groups())
    try:
        return date(year + offset, month, day)
    except ValueError:
        raise ValueError(f"no calendar has this day; {_HOW}") from None


BirthDate = Annotated[date, BeforeValidator(read_birth_date), Field(ge=date(1900, 1, 1))]


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
    national_id: Annotated[Annotated[str, Field(min_length=1, max_length=20)] | None, Personal()] = None
    birth_date: Annotated[BirthDate | None, Personal()] = None
    sex: Sex | None = None
    phones: Annotated[
        tuple[Annotated[str, Field(min_length=1, max_length=30)], ...], Field(max_length=10), Personal()
    ] = ()
    residence: Place | None = None
    relation_to_subject: Code | None = None
    conditions: Codes = ()


class Reporter(Model):
    """Who reports. Confidential in every reporting statute, so it has a data key and a read log of its own."""

    name: Annotated[Text | None, Personal("reporter")] = None
    unit: Annotated[Text | None, Personal("reporter")] = None
    phone: Annotated[Annotated[str, Field(min_length=1, max_length=30)] | None, Personal("reporter")] = None
    mandated: bool | None = None
    wants_outcome: bool | None = None
