"""The people of a family as a page may show them: covered names, and the reports that name them."""

from collections.abc import Iterator
from dataclasses import dataclass

from contracts.reports import ReportId
from kit.sealed import KeyVault, Unreadable, Values
from kit.telemetry import log
from web.covering import covered

from network.cases.domain.case import Case


@dataclass(frozen=True)
class Member:
    """One person under a covered name; `reports` are those that name them."""

    name: str
    reports: tuple[ReportId, ...]


class People:
    """Opens what reports hold about people, for the moment of one page."""

    def __init__(self, vault: KeyVault) -> None:
        self._vault = vault

    async def of(self, case: Case) -> tuple[list[Member], int]:
        """The people of a case, each once, and how many of its reports cannot be read (any more)."""
        sealed = [
            (each.report_id, each.sealed["report"]) for each in case.reports if each.sealed and "report" in each.sealed
        ]
        try:
            opened = await self._vault.open([token for _, token in sealed])
        except Unreadable as error:
            log.error("people_unreadable", case_id=case.id, error=error)
            return [], len(sealed)
        readable = [(report_id, values) for (report_id, _), values in zip(sealed, opened, strict=True) if values]
        return _each_once(readable), len(sealed) - len(readable)


def _each_once(readable: list[tuple[ReportId, Values]]) -> list[Member]:
    found: dict[object, Member] = {}
    for report_id, values in readable:
        for who, name in _people_in(values):
            reports = found[who].reports if who in found else ()
            found[who] = Member(covered(name), tuple(dict.fromkeys((*reports, report_id))))
    return list(found.values())


def _people_in(values: Values) -> Iterator[tuple[object, str]]:
    """Who is named, as (what tells them apart, name): the national id, or else name and day of birth."""
    for number in sorted({int(pointer.split("/")[1]) for pointer in values if pointer.startswith("people/")}):
        own = {key: values.get(f"people/{number}/{key}") for key in ("name", "national_id", "birth_date")}
        if own["name"]:
            yield own["national_id"] or (own["name"], own["birth_date"]), str(own["name"])
