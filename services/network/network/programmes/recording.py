"""Contacts from a file, such as deposits that a bank tells: each row once, whoever sends it, and how often."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Any

from contracts.people import BirthDate
from contracts.roles import Caller
from kit.problems import Problem, Unprocessable
from pydantic import TypeAdapter, ValidationError
from rules.spans import TAIPEI
from web.frame import body_of

from network.once import Key, Prints
from network.programmes.acts import Acts
from network.programmes.bodies import EntryBody
from network.programmes.domain.grammar import Programme
from network.programmes.domain.parts import Contact
from network.programmes.entries import Row
from network.programmes.files import Line
from network.programmes.finding import Finding

BY_FILE = "file"
NOON = time(12)
_DAY: TypeAdapter[date] = TypeAdapter(BirthDate)


@dataclass(frozen=True)
class Recording:
    """One file of one contact of a programme, for the enrolments of a county that its sender may see."""

    programme: Programme
    contact: Contact
    caller: Caller
    acts: Acts
    finding: Finding
    prints: Prints

    async def rows(self, lines: Sequence[Line]) -> list[Row]:
        """What became of each row; `known` where the same row was taken before."""
        return [await self._row(line) for line in lines]

    async def _row(self, line: Line) -> Row:
        try:
            id, day = await self.enrolment(line), _day(line["date"], "date")
            measures = {name: _number(line[name], name) for name in self.contact.measures if line[name]}
            if lacking := next((name for name in self.contact.measures if name not in measures), None):
                raise _wrong(lacking, f"Write {lacking}.", f"請填 {self.programme.words[lacking].zh}。")
            at = min(datetime.combine(day, NOON, TAIPEI).astimezone(UTC), datetime.now(UTC))
            contact = {"kind": self.contact.kind[0], "what": self.contact.id, "at": at, "measures": measures}
            entry = body_of(EntryBody, {"enrolment_id": id, "acts": [{"contact": contact}]})
            it, fresh = await self.acts.enter(entry, self.caller, self._key(line, day, measures), under=BY_FILE)
            return Row(line.number, it, known=not fresh)
        except Problem as problem:
            return Row(line.number, problem=problem)

    async def enrolment(self, line: Line) -> str:
        """The enrolment that a row is of, by its id or by who they are. Raises Unprocessable where none is."""
        if line["enrolment_id"]:
            return line["enrolment_id"]
        found = await self.finding.of(keys_of(line, self.finding))
        if len(found) != 1:
            raise _wrong("who", *(_SEVERAL if found else _NOBODY))
        return found[0].id

    def _key(self, line: Line, day: date, measures: Mapping[str, float]) -> Key:
        """A row is known by its reference; one that has none, by its person, day and amount."""
        said = f"{day} {sorted(measures.items())}"
        return Key(f"{self.programme.programme}:{self.contact.id}:{line['reference'] or said}", self.prints.of(said))


def keys_of(line: Line, finding: Finding) -> frozenset[str]:
    """The keys under which whoever a row names is known. Raises Unprocessable for a day that is none."""
    born = _day(line["birth_date"], "birth_date") if line["birth_date"] else None
    return finding.keys(line["name"], born, line["national_id"])


_NOBODY = ("Nobody of this programme is known so.", "此方案查無此人。")
_SEVERAL = ("Several people are known so: write their enrolment.", "有多筆符合，請填方案編號。")


def _day(text: str, field: str) -> date:
    try:
        day = _DAY.validate_python(text)
    except ValidationError:
        raise _wrong(
            field, "Write a day such as 2026-11-29 or 115/11/29.", "請填日期，如 2026-11-29 或 115/11/29。"
        ) from None
    if day > datetime.now(TAIPEI).date():
        raise _wrong(field, "Must not lie in the future.", "日期不可在未來。")
    return day


def _number(text: str, field: str) -> float:
    try:
        return float(text.replace(",", ""))
    except ValueError:
        raise _wrong(field, "Write a number.", "請填數字。") from None


def _wrong(field: str, en: str, zh: str) -> Unprocessable:
    entry: dict[str, Any] = {"at": f"/row/{field}", "code": field, "en": en, "zh": zh}
    return Unprocessable(en, zh, errors=[entry])
