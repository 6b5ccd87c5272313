"""The form of who came: a row for every seat and for everybody who was written down: a correction loses nobody."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from web.frame import Filled

from network.meetings.domain.meeting import Meeting

AND = "#"
"""Between a unit and the number of its row, from the second on."""


@dataclass(frozen=True)
class Row:
    """Somebody of a unit: there, perhaps for somebody else, with so many heads; or not, and why."""

    unit: str
    present: bool = True
    person: str = ""
    deputy_for: str = ""
    heads: str = "1"
    why: str = ""


def rows_of(meeting: Meeting, form: Filled | None = None) -> list[tuple[str, Row]]:
    """The rows with their names: as somebody filled them in, as they were written down, else every seat taken."""
    return [*_named(_filled(form) if form and form.all("asked") else list(_known(meeting)))]


def came(form: Filled) -> dict[str, Any]:
    """Who came and who did not, as the API takes it."""
    present, absent = [], []
    for row in _filled(form):
        who: dict[str, Any] = {"unit": row.unit} | ({"person": row.person} if row.person else {})
        if row.present:
            more = {"deputy_for": row.deputy_for} if row.deputy_for else {}
            present.append(who | more | {"heads": row.heads or 1})
        else:
            absent.append(who | ({"reason": row.why} if row.why else {}))
    return {"present": present, "absent": absent}


def _named(rows: Sequence[Row]) -> Iterator[tuple[str, Row]]:
    count: dict[str, int] = {}
    for each in rows:
        count[each.unit] = number = count.get(each.unit, 0) + 1
        yield (each.unit if number == 1 else f"{each.unit}{AND}{number}"), each


def _filled(form: Filled) -> list[Row]:
    there = form.all("present")
    return [
        Row(
            name.partition(AND)[0], name in there,
            *(form[f"{field}:{name}"] for field in ("person", "deputy_for", "heads", "absent")),
        )
        for name in form.all("asked")
    ]  # fmt: skip


def _known(meeting: Meeting) -> Iterator[Row]:
    if written := meeting.attendance:
        for each in written.present:
            yield Row(each.unit, True, each.person or "", each.deputy_for or "", str(each.heads))
        for one in written.absent:
            yield Row(one.unit, False, one.person or "", why=one.reason or "")
        named = {name for each in written.present for name in (each.person, each.deputy_for)}
        named |= {each.person for each in written.absent}
        yield from (
            Row(each.unit or meeting.host, False, each.name) for each in meeting.sitting if each.name not in named
        )
        return
    seats = [Row(each.unit or meeting.host, person=each.name) for each in meeting.sitting]
    yield from seats
    by_name = {each.unit for each in seats}
    yield from (Row(each) for each in meeting.units or sorted(meeting.parties) if each not in by_name)
