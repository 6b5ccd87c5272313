"""The tables of Open Referral HSDS 3, read: bodies of entries, and the bad rows with how to correct each."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any

from contracts.languages import Said
from kit.corrections import correction
from pydantic import BaseModel, ValidationError

from network.directory.bodies import EntryBody, Past, Slug
from network.directory.hsds_tables import REQUIRED, TABLES, Rows

Error = dict[str, str]

MOST_ERRORS = 1_000
"""More are not told at a time: a file of nothing but faults would be told of in many times its bytes."""
_REFERS = {
    "organization_id": "organization",
    "service_id": "service",
    "location_id": "location",
    "contact_id": "contact",
}
_TAKEN = Said("此代號已出現在前面的列。", "an earlier row has this id.")
_TEXT = Said("此欄位必填，為文字。", "this field is required, as text.")


@dataclass(frozen=True)
class Row:
    """One provider that was read, and the row of the organization that it stands in."""

    number: int
    id: str
    body: EntryBody
    assured: tuple[datetime, str] | None


def entries(county: str, given: Mapping[str, Any]) -> tuple[list[Row], list[Error]]:
    """What tables say, as bodies of entries; and the bad rows, by table and number, with how to correct each.

    Of bad rows the first are told, at most MOST_ERRORS faults.
    """
    read: Rows = {name: _table(given.get(name, [])) for name in TABLES}
    if errors := list(islice(_faults(given, read), MOST_ERRORS)):
        return [], errors
    found, index = list[Row](), _Index(read)
    for number, organization in enumerate(read["organization"]):
        try:
            found.append(_entry(county, number, organization, index))
        except _Bad as bad:
            errors += bad.errors
        if len(errors) >= MOST_ERRORS:
            break
    return found, [*errors, *_twice(found)][:MOST_ERRORS]


def _twice(rows: Sequence[Row]) -> list[Error]:
    """Rows whose id another has before them: the later would be written over the earlier."""
    first = {each.id: each.number for each in reversed(rows)}
    return [wrong("organization", each.number, "id", _TAKEN) for each in rows if first[each.id] != each.number]


def wrong(table: str, number: int, field: str, said: Said, code: str = "invalid") -> Error:
    """One bad row: `at` is its place in what was sent; rows are counted from 1 where people read them."""
    where = Said(f"{table} 第 {number + 1} 列 {field}：", f"{table}, row {number + 1}, {field}: ")
    return {"at": f"/body/{table}/{number}/{field}", "code": code, "zh": where.zh + said.zh, "en": where.en + said.en}


class _Head(BaseModel):
    """What a row of an organization says beside what it says of the provider."""

    safetynet_id: Slug
    safetynet_assured_at: Past | None = None
    safetynet_assured_by: str | None = None

    @property
    def assured(self) -> tuple[datetime, str] | None:
        at, by = self.safetynet_assured_at, self.safetynet_assured_by
        return (at, by) if at and by else None


class _Bad(Exception):
    def __init__(self, errors: list[Error]) -> None:
        self.errors = errors


class _Index:
    """The rows of tables by what they refer to, each with its number in its table; each is made once."""

    def __init__(self, read: Rows) -> None:
        self._read = read
        self._made: dict[tuple[str, str], dict[str, list[tuple[int, dict[str, Any]]]]] = {}

    def of(self, table: str, field: str, id: str) -> list[tuple[int, dict[str, Any]]]:
        if (table, field) not in self._made:
            found = self._made[table, field] = defaultdict(list)
            for number, row in enumerate(self._read[table]):
                if field in row:
                    found[str(row[field])].append((number, row))
        return self._made[table, field].get(id, [])

    def first(self, table: str, field: str, id: str, wanted: str) -> Any:
        """A field of the first row of a table that belongs to another."""
        return next((row[wanted] for _, row in self.of(table, field, id)), None)


class _Children:
    """The rows that belong to one organization."""

    def __init__(self, index: _Index, organization: str) -> None:
        self.of, self.first = index.of, index.first
        self.services = index.of("service", "organization_id", organization)
        self.locations = index.of("location", "organization_id", organization)
        self.contacts = index.of("contact", "organization_id", organization)
        self.sites = {each["id"]: _own(each) for _, each in self.locations}


def _faults(given: Mapping[str, Any], read: Rows) -> Iterator[Error]:
    """What is wrong with rows by themselves: a field that is missing, an id that another has, or that nothing has."""
    for name in TABLES:
        if not isinstance(given.get(name, []), list):
            said = Said(f"{name} 須為清單。", f"{name}: send a list of rows.")
            yield {"at": f"/body/{name}", "code": "list_type", **said._asdict()}
    ids = {name: {row["id"] for row in rows if isinstance(row.get("id"), str)} for name, rows in read.items()}
    firsts: dict[str, dict[str, int]] = {name: {} for name in read}
    for name, rows in read.items():
        for number, row in enumerate(rows):
            yield from _missing(name, number, row)
            is_named = name in _REFERS.values() and isinstance(row.get("id"), str)
            if is_named and firsts[name].setdefault(row["id"], number) != number:
                yield wrong(name, number, "id", _TAKEN)
            for field, table in _REFERS.items():
                if row.get(field) is not None and str(row[field]) not in ids[table]:
                    said = Said(f"找不到此 {table}。", f"there is no {table} of this id.")
                    yield wrong(name, number, field, said, "reference")


def _table(rows: Any) -> list[dict[str, Any]]:
    return [row if isinstance(row, dict) else {} for row in rows] if isinstance(rows, list) else []


def _missing(table: str, number: int, row: Mapping[str, Any]) -> list[Error]:
    lacking = [field for field in REQUIRED[table] if not isinstance(row.get(field), str)]
    return [wrong(table, number, each, _TEXT, "missing") for each in lacking]


def _entry(county: str, number: int, row: Mapping[str, Any], index: _Index) -> Row:
    """Raises _Bad."""
    by = _Children(index, str(row["id"]))
    fields = {
        "county": county, "name": row["name"], "unit": row.get("safetynet_unit"), "description": row["description"],
        "valid_from": row.get("safetynet_valid_from"), "valid_to": row.get("safetynet_valid_to"),
        "public": row.get("safetynet_public"),
        "sites": [_site(each, by) for _, each in by.locations],
        "services": [_service(each, by) for _, each in by.services],
        "windows": [_window(each, by) for _, each in by.contacts],
    }  # fmt: skip
    try:
        body = EntryBody.model_validate(fields)
        head = _Head.model_validate({**row, "safetynet_id": _own(row)})
        return Row(number, head.safetynet_id, body, head.assured)
    except ValidationError as error:
        raise _Bad([_told(each, number, by) for each in error.errors()[:MOST_ERRORS]]) from None


def _own(row: Mapping[str, Any]) -> str:
    return str(row.get("safetynet_id") or row["id"])


def _site(row: Mapping[str, Any], by: _Children) -> dict[str, Any]:
    id = row["id"]
    return {
        "id": _own(row), "name": row.get("name", ""), "township": row.get("safetynet_township"),
        "address": by.first("address", "location_id", id, "address_1"), "latitude": row.get("latitude"),
        "longitude": row.get("longitude"), "phone": by.first("phone", "location_id", id, "number"),
        "secret_address": row.get("safetynet_secret_address", False),
    }  # fmt: skip


def _service(row: Mapping[str, Any], by: _Children) -> dict[str, Any]:
    id, code = row["id"], row.get("safetynet_service", row["name"])
    there = [each["location_id"] for _, each in by.of("service_at_location", "service_id", id)]
    return {
        "id": _own(row), "service": code, "name": "" if row["name"] == code else row["name"],
        "sites": [by.sites.get(each, each) for each in there],
        "townships": [each.get("name", "") for _, each in by.of("service_area", "service_id", id)],
        "hours": [_hours(each) for _, each in by.of("schedule", "service_id", id)],
        "places": row.get("safetynet_places"), "age_from": row.get("minimum_age"), "age_to": row.get("maximum_age"),
        "promise": row.get("safetynet_promise"),
    }  # fmt: skip


def _hours_of(rows: Any) -> Any:
    """What is no list of rows is told as wrong by the rules of bodies."""
    return [_hours(each) for each in rows] if _is_rows(rows) else rows


def _is_rows(rows: Any) -> bool:
    return isinstance(rows, list) and all(isinstance(each, dict) for each in rows)


def _hours(row: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "days_of_week": str(row.get("byday", "")).split(","), "opens_at": str(row.get("opens_at", ""))[:5],
        "closes_at": str(row.get("closes_at", ""))[:5], "valid_from": row.get("valid_from"),
        "valid_to": row.get("valid_to"),
    }  # fmt: skip


def _window(row: Mapping[str, Any], by: _Children) -> dict[str, Any]:
    return {
        "purpose": row.get("title", "referrals"), "name": row.get("name", ""), "email": row.get("email", ""),
        "phone": by.first("phone", "contact_id", row["id"], "number") or "",
        "valid_from": row.get("safetynet_valid_from"), "valid_to": row.get("safetynet_valid_to"),
        "heard_by": row.get("safetynet_heard_by"), "hours": _hours_of(row.get("safetynet_hours", [])),
    }  # fmt: skip


_OURS = {"service": "safetynet_service", "township": "safetynet_township", "id": "safetynet_id", "purpose": "title",
         "public": "safetynet_public", "contact.hours": "safetynet_hours", "heard_by": "safetynet_heard_by",
         "places": "safetynet_places",
         "promise": "safetynet_promise"}  # fmt: skip


def _told(error: Any, number: int, by: _Children) -> Error:
    """An error in a body, as one of the row that said so."""
    loc, said = error["loc"], correction(error, EntryBody)
    lists = {
        "sites": ("location", by.locations),
        "services": ("service", by.services),
        "windows": ("contact", by.contacts),
    }
    if len(loc) < 2 or loc[0] not in lists:
        return wrong("organization", number, str(loc[0]) if loc else "id", said, str(error["type"]))
    table, rows = lists[loc[0]]
    field = str(loc[2]) if len(loc) > 2 else "id"
    return wrong(
        table, rows[int(loc[1])][0], _OURS.get(f"{table}.{field}", _OURS.get(field, field)), said, str(error["type"])
    )
