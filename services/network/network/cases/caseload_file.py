"""A caseload as a file for whoever takes it over or looks after it: a line a case, with all that is owed in it."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from web.files import Value
from web.frame import Visit
from web.times import here

from network.cases import addresses
from network.cases.addresses import Place
from network.cases.api import Parts
from network.cases.domain.case import Case
from network.cases.domain.people import LastSeen
from network.cases.family import Member, People
from network.tasks.domain.task import Task

COLUMNS = (
    "case", "case_id", "family", "kind", "state", "lead", "worker", "opened_at", "reports", "last_seen", "last_seen_at",
    "seen_by", "seen_where", "next_due", "next_owed", "open_tasks", "collaborators",
)  # fmt: skip
AT_ONCE = 200
_BETWEEN = "; "


@dataclass(frozen=True)
class Line:
    """One case, with its people and the place where one of them was seen last under cover, as on its page."""

    case: Case
    members: Sequence[Member]
    place: Place | None


class Caseload:
    """Gathers what a file tells of many cases, with as few reads as of one."""

    def __init__(self, parts: Parts, people: People) -> None:
        self._cases = parts.cases
        self._sealing = parts.sealing
        self._people = people

    async def lines(self, cases: Sequence[Case]) -> list[Line]:
        found: list[Line] = []
        for start in range(0, len(cases), AT_ONCE):
            found += await self._lines(cases[start : start + AT_ONCE])
        return found

    async def _lines(self, cases: Sequence[Case]) -> list[Line]:
        readable = await self._people.read_all(cases)
        last = [last_seen_in(case) for case in cases]
        contacts = await self._cases.contacts.with_addresses(each.contact_id for each in last if each)
        tokens = [each.address.text for each in contacts if each.address and each.address.text]
        opened = dict(zip(tokens, await self._sealing.open(tokens), strict=True)) if tokens else {}
        known = [*addresses.of_contacts(contacts, opened)]
        known += [each for case, read in zip(cases, readable, strict=True) for each in addresses.of_reports(case, read)]
        places = addresses.places_of(contacts, known)
        return [
            Line(case, self._people.in_(read), places.get(seen.contact_id) if seen else None)
            for case, read, seen in zip(cases, readable, last, strict=True)
        ]


def last_seen_in(case: Case) -> LastSeen | None:
    """When anybody of the family was seen last, by anybody."""
    return max(case.last_seen, key=lambda each: each.at, default=None)


def lines_of(cases: Iterable[Line], visit: Visit) -> Iterator[Sequence[Value]]:
    """The head and a line for each case, in the language of a visit."""
    yield [visit.label(column) for column in COLUMNS]
    for each in cases:
        yield _line(each, visit)


def _line(line: Line, visit: Visit) -> Sequence[Value]:
    case, word = line.case, visit.word
    last, owed = last_seen_in(case), case.owed
    kinds = dict.fromkeys(each.case_type for each in case.reports if each.state != "withdrawn")
    return (
        case.id[:8], case.id, _BETWEEN.join(each.name for each in line.members), _BETWEEN.join(map(word, kinds)),
        word(f"state.{case.state}"), word(case.lead.unit), case.lead.person or visit.label("nobody"),
        _at(case.opened_at), _BETWEEN.join(each.report_id[-8:] for each in case.reports if each.state != "withdrawn"),
        _who(last, line, word) if last else visit.label("never_seen"), _at(last.at) if last else "",
        f"{last.by} · {word(last.unit)}" if last else "", _where(line, visit) if last else "",
        _at(case.next_due), word(owed[0].what) if owed else "", _BETWEEN.join(_task(each, visit) for each in owed),
        _BETWEEN.join(f"{word(each.unit)} {each.person or word(f'part.{each.state}')}" for each in case.active),
    )  # fmt: skip


def _who(seen: LastSeen, line: Line, word: Callable[[str], str]) -> str:
    """Whom, by the covered name, else by what they are to the case; and how."""
    names = {key: each.name for each in line.members for key in each.keys}
    role = next((each.role for each in line.case.people if each.key == seen.person), "")
    return f"{names.get(seen.person) or word(role)} · {word(f'contact.{seen.kind}')}"


def _where(line: Line, visit: Visit) -> str:
    if line.place is None:
        return visit.label("place_untold")
    return f"{line.place.shown or visit.label('place_covered')} ({visit.word(f'source.{line.place.source}')})"


def _task(task: Task, visit: Visit) -> str:
    due = _at(task.due_at) or visit.label("no_date")
    return " ".join(filter(None, (visit.word(task.what), due, visit.word(task.unit), task.person)))


def _at(at: datetime | None) -> str:
    """A time in Taiwan, as spreadsheets sort it."""
    return f"{here(at):%Y-%m-%d %H:%M}" if at else ""
