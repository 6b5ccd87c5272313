"""What is done with warnings: sent, opened by either of two named readers with a look on record, answered."""

from dataclasses import dataclass
from functools import partial
from typing import Annotated
from uuid import uuid4

from contracts.event import derived_id
from contracts.languages import Said
from contracts.roles import Caller
from kit.problems import Conflict, Forbidden, NotFound, Unprocessable
from pydantic import AfterValidator, Field
from rules.calendars import NATIONAL
from rules.counties import units_of
from web.callers import must_cover

from network import words
from network.access import Scope
from network.clock import now
from network.looks.store import Look, Looks
from network.once import Key, must_be_the_same
from network.referrals.bodies import Body, Name, Text
from network.referrals.warnings.readers import Readers
from network.referrals.warnings.store import Warnings
from network.referrals.warnings.warning import READERS, AnsweredBefore, StaffWarning, answered, measures, within
from network.sealing import Sealing
from network.services import one_of


def _two(names: tuple[str, ...]) -> tuple[str, ...]:
    if len(set(names)) != READERS:
        raise ValueError(Said("請填兩位不同的收件人。", "Name two different readers."))
    return names


def _measure(code: str) -> str:
    if code not in measures():
        raise ValueError(one_of(measures()))
    return code


class WarningBody(Body):
    """A warning to two named people of a unit; `text` is sealed."""

    county: Annotated[str, Field(max_length=40)]
    to: Annotated[str, Field(max_length=80)]
    readers: Annotated[tuple[Name, ...], AfterValidator(_two)]
    text: Text
    from_unit: Annotated[str, Field(max_length=80)] | None = None


class MeasuresBody(Body):
    measures: Annotated[
        tuple[Annotated[str, AfterValidator(_measure)], ...], Field(min_length=1, max_length=len(measures()))
    ]


@dataclass(frozen=True)
class Acts:
    """Acts of who sends and of the two who read; to everybody else a warning does not exist."""

    warnings: Warnings
    sealing: Sealing
    looks: Looks
    readers: Readers

    async def warning(self, id: str, caller: Caller) -> StaffWarning:
        """Raises NotFound for whoever neither sent it, nor may open it, nor waits for its answer by now."""
        found = await self.warnings.get(id)
        if found and (
            found.is_sent_by(caller) or found.is_read_by(caller) or await self.warnings.awaits(found, caller)
        ):
            return found
        raise NotFound("There is no such letter.", "查無此密件。")

    async def send(self, body: WarningBody, caller: Caller, key: Key | None = None) -> StaffWarning:
        """Raises Forbidden, Unprocessable, and Conflict for another body under a used key."""
        must_cover(caller, body.county)
        if body.to not in units_of(body.county):
            said = one_of(tuple(units_of(body.county)))
            raise Unprocessable(said.en, said.zh, errors=[{"at": "/body/to", "code": "to", **said._asdict()}])
        from_unit = _from_unit(body, caller)
        await self.readers.must_exist(body.readers, body.county, body.to)
        id = str(derived_id("network", f"warning:{caller.name}", key.id) if key else uuid4())
        at, print_ = now(), key.sent if key else None
        new = StaffWarning(
            id, body.county, from_unit, caller.name, at, NATIONAL.due(within(), at), body.to,
            body.readers, await self.sealing.seal(id, body.text), print_,
        )  # fmt: skip
        sent = await self.warnings.send(new)
        must_be_the_same(sent.sent, print_)
        return sent

    async def look(self, id: str, caller: Caller) -> str | None:
        """Its words, once the look is on record; None where they were erased. Raises NotFound, Forbidden."""
        found = await self._readable(id, caller)
        await self.looks.note(Look(now(), caller.name, found.county, "", id, (found.from_unit, found.to), "warning"))
        await self.warnings.read(id, caller.name)
        [text] = await self.sealing.open([found.words])
        return text

    async def answer(self, id: str, body: MeasuresBody, caller: Caller) -> StaffWarning:
        """Raises NotFound, Forbidden for who sent it, Conflict for one that was answered."""
        await self._readable(id, caller)
        at = now()
        try:
            return await self.warnings.change(id, partial(answered, measures=body.measures, by=caller.name, at=at), at)
        except AnsweredBefore:
            said = words.of("missing.warning_answered")
            raise Conflict(said.en, said.zh, errors=[{"code": "warning_answered", **said._asdict()}]) from None

    async def _readable(self, id: str, caller: Caller) -> StaffWarning:
        found = await self.warning(id, caller)
        if not found.is_read_by(caller):
            raise Forbidden("Its two readers alone open and answer it.", "僅兩位收件人可開啟及回覆。")
        return found


def _from_unit(body: WarningBody, caller: Caller) -> str:
    mine = body.from_unit or next(iter(sorted(caller.units)), f"{body.county}/window")
    if not mine.startswith(f"{body.county}/") or not Scope.of(caller).speaks_for(mine):
        raise Forbidden("You do not speak for that unit.", "您不代表該單位。")
    return mine
