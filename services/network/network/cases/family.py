"""The people of a family as a page may show them: covered names, and the reports that name them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TypeVar

from contracts.event import BlindIndex, Sealed
from contracts.people import Person, Role
from contracts.reports import ReportId
from kit.sealed import BlindIndexes, KeyVault, Unreadable, Values
from kit.telemetry import log
from rules.people import HERE_ALONE, Index, identities, key_of
from web.covering import covered

from network.cases.domain.case import Case

Item = TypeVar("Item")
Read = tuple[ReportId, Values]
"""A report's id, and what it holds by pointer."""


@dataclass(frozen=True)
class Member:
    """One person under a covered name; `reports` are those that name them, under these keys."""

    name: str
    reports: tuple[ReportId, ...]
    keys: tuple[BlindIndex, ...] = ()


class People:
    """Opens what reports hold about people, for the moment of one page."""

    def __init__(self, vault: KeyVault, indexes: BlindIndexes) -> None:
        self._vault = vault
        self._indexes = indexes

    async def read(self, case: Case) -> tuple[list[Read], int]:
        """What the reports of a case hold, and how many of them cannot be read (any more)."""
        sealed = _sealed_in(case)
        try:
            opened = await self._vault.open([token for _, token in sealed])
        except Unreadable as error:
            log.error("people_unreadable", case_id=case.id, error=error)
            return [], len(sealed)
        readable = [(report_id, values) for (report_id, _), values in zip(sealed, opened, strict=True) if values]
        return readable, len(sealed) - len(readable)

    async def read_all(self, cases: Sequence[Case]) -> list[list[Read]]:
        """What the reports of each case hold, as far as it can be read: one read of the keys for all."""
        sealed = [_sealed_in(case) for case in cases]
        try:
            opened = iter(await self._vault.open([token for each in sealed for _, token in each]))
        except Unreadable:
            return [(await self.read(case))[0] for case in cases]
        return [[(id, values) for id, _ in each if (values := next(opened))] for each in sealed]

    @property
    def index(self) -> Index:
        return self._indexes.of

    def keys(self, name: str | None, born: date | None, national_id: str | None) -> tuple[BlindIndex, ...]:
        """The keys under which somebody is known, by what is said of them."""
        known = Person.model_construct(
            role=Role.SUBJECT, name=name, birth_date=born, national_id=national_id, phones=()
        )  # fmt: skip
        return identities(known, self._indexes.of)

    def print_of(self, keys: Sequence[BlindIndex]) -> str:
        """Equal for one person, however they were asked for alike; no case is found by it."""
        return self._indexes.of("sought", "\n".join(sorted(keys)))

    def in_(self, readable: Sequence[Read]) -> list[Member]:
        """The people in these reports, each once.

        Inside one family, people of one name whom nothing else tells apart are shown as one.
        """
        found: dict[str, Member] = {}
        for report_id, values in readable:
            for position, person in _people_in(values):
                if person.name:
                    key = key_of(person, report_id, position, self._indexes.of)
                    who = person.name if key.startswith(HERE_ALONE) else key
                    before = found.get(who, Member(covered(person.name), ()))
                    found[who] = Member(before.name, _more(before.reports, report_id), _more(before.keys, key))
        return list(found.values())

    def whole_names(self, readable: Sequence[Read]) -> list[tuple[str, str]]:
        """Each name in these reports, covered and as it is."""
        named = [person.name for _, values in readable for _, person in _people_in(values) if person.name]
        return [(covered(each), each) for each in dict.fromkeys(named)]


def _sealed_in(case: Case) -> list[tuple[ReportId, Sealed]]:
    return [(each.report_id, each.sealed["report"]) for each in case.reports if each.sealed and "report" in each.sealed]


def _more(known: tuple[Item, ...], item: Item) -> tuple[Item, ...]:
    return tuple(dict.fromkeys((*known, item)))


def _people_in(values: Values) -> Iterator[tuple[int, Person]]:
    """Everybody with sealed values, by their position in the report."""
    for number in sorted({int(pointer.split("/")[1]) for pointer in values if pointer.startswith("people/")}):
        own = {name: values.get(f"people/{number}/{name}") for name in ("name", "national_id", "birth_date", "phones")}
        born = date.fromisoformat(own["birth_date"]) if own["birth_date"] else None
        yield number, Person.model_construct(
            role=Role.HOUSEHOLD_MEMBER, name=own["name"], national_id=own["national_id"], birth_date=born,
            phones=tuple(own["phones"] or ()),
        )  # fmt: skip
