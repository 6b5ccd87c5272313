"""The addresses that a case knows: who wrote each down and where it came from; under cover on a page."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from contracts.event import Sealed
from contracts.reports import ReportId
from kit.sealed import Values

from network.cases.domain.case import Case
from network.cases.domain.contact import Contact

COVER = "○"
FROM_REPORT = "report"
_NUMBER = re.compile(r"[\d〇零一二三四五六七八九十百]")
_STREET = re.compile(r"[^\W\d]*[縣市鄉鎮區村里]\w*[路街巷]")
"""As an address begins; other words that were written down may say anything about anybody."""
_OF_REPORT = re.compile(r"event/place/address|people/\d+/residence/address")


@dataclass(frozen=True)
class Known:
    """One address; `id` is the contact that wrote it down, or where it stands in which report."""

    id: str
    source: str
    at: datetime
    words: str

    @property
    def shown(self) -> str:
        """Every number covered: enough to tell one street from another, and empty where no street is told."""
        words = self.words if self.source == FROM_REPORT else _street(self.words)
        return _NUMBER.sub(COVER, words)


@dataclass(frozen=True)
class Place:
    """Where a contact was: who told the address, and as much of it as a page may show."""

    source: str
    shown: str


def places_of(contacts: Iterable[Contact], known: Iterable[Known]) -> Mapping[str, Place]:
    """The place of each contact that has one, by the contact's id."""
    words = {each.id: each.shown for each in known}
    return {
        each.id: Place(each.address.source, words.get(each.address.id or each.id, ""))
        for each in contacts
        if each.address
    }


def _street(words: str) -> str:
    """What a worker wrote down, to the last road, street or lane of its first twenty signs."""
    found = _STREET.match(words[:20])
    return found[0] if found else ""


def of_contacts(contacts: Iterable[Contact], opened: Mapping[Sealed, str | None]) -> Iterator[Known]:
    """Those that were written down at a contact, the last first; what was erased is known no more."""
    for each in contacts:
        token = each.address.text if each.address else None
        if each.address and token and (said := opened.get(token)):
            yield Known(each.id, each.address.source, each.at, said)


def of_reports(case: Case, readable: Iterable[tuple[ReportId, Values]]) -> Iterator[Known]:
    """Those that stand in the case's reports."""
    received = {each.report_id: each.received_at for each in case.reports}
    for report_id, values in readable:
        for pointer in filter(_OF_REPORT.fullmatch, values):
            yield Known(f"{report_id}:{pointer}", FROM_REPORT, received[report_id], str(values[pointer]))


def each_once(known: Iterable[Known]) -> list[Known]:
    """The first of each wording."""
    found: dict[str, Known] = {}
    for each in known:
        found.setdefault("".join(each.words.split()), each)
    return list(found.values())
