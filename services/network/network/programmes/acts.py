"""What somebody does in a programme: once, in the name of a unit that has part, in what they may see."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime, timedelta
from uuid import uuid4

from contracts.event import Sealed, derived_id
from contracts.roles import Caller, May, may
from kit.mongo import Session
from kit.problems import Forbidden, NotFound
from rules.calendars import NATIONAL
from rules.spans import done_at

from network.access import Scope
from network.clock import now
from network.once import Key, must_be_the_same
from network.programmes import bodies
from network.programmes.ages import of_age
from network.programmes.asking import Families
from network.programmes.domain import pausing, steps
from network.programmes.domain.amounts import Grant
from network.programmes.domain.checking import OTHERS
from network.programmes.domain.enrolment import Enrolment, Entered, Met, Pause
from network.programmes.domain.grammar import Programme
from network.programmes.domain.owing import parties
from network.programmes.domain.refusals import Refused
from network.programmes.domain.said import Said
from network.programmes.places import Places
from network.programmes.problems import problem, wrong
from network.programmes.store import Enrolments, Work
from network.programmes.versions.store import Versions
from network.sealing import Sealing

PARTNER = "partner"
AHEAD = timedelta(days=366)
"""So far ahead a pause may begin: what lies beyond is a slip of the pen."""
Change = Callable[[Enrolment, Programme, Said, Session], Awaitable[Enrolment]]
"""From an enrolment as it is to what it is then; must be repeatable."""
Beginning = Callable[[Enrolment | None, Session], Awaitable[Enrolment]]


class Acts:
    """Enrolments by people; what somebody may not see does not exist for them."""

    def __init__(
        self, enrolments: Enrolments, versions: Versions, families: Families, sealing: Sealing,
        clock: Callable[[], datetime] = now,
    ) -> None:  # fmt: skip
        self.enrolments = enrolments
        self.versions = versions
        self.sealing = sealing
        self.places = Places(families, versions)
        self._clock = clock

    async def of(self, it: Enrolment) -> Programme:
        """The version that an enrolment keeps."""
        kept = await self.versions.get(it.county, it.programme, it.version)
        assert kept, "a version is never deleted"
        return kept.programme

    async def enrolment(self, id: str, caller: Caller) -> Enrolment:
        """Raises NotFound, also for one that this caller may not see."""
        it = await self.enrolments.get(id)
        if it is None or not await self._sees(it, caller):
            raise NotFound("There is no such enrolment.", "查無此方案服務紀錄。")
        return it

    async def begin(self, body: bodies.EnrolmentBody, caller: Caller, key: Key | None = None) -> Enrolment:
        """A new enrolment; under a key that was used, the one that was begun under it.

        Raises NotFound, Forbidden, Unprocessable, and Conflict with the one that the same person is in already.
        """
        id, work = await self._beginning(body, caller, key)
        return await self._changed(id, work)

    async def enter(
        self, entry: bodies.EntryBody, caller: Caller, key: Key | None = None, *, under: str = ""
    ) -> tuple[Enrolment, bool]:  # fmt: skip
        """One row of many, whole or not at all: who enters or is in it already, then act by act; and whether it is new.

        A key counts for its sender alone, or for all `under` one name, as rows of a file do. Raises what acts raise.
        """
        if entry.enrol:
            must_work(caller)
            id, beginning = await self._beginning(entry.enrol, caller, key)
            owner = entry.enrol.case_id or id
        else:
            it = await self.enrolment(entry.enrolment_id or "", caller)
            id, beginning, owner = it.id, None, it.subject.case_id or it.id
        changes = [await self._act(owner, act, caller) for act in entry.acts]

        done: list[bool] = []

        async def work(known: Enrolment | None, session: Session) -> Sequence[Enrolment]:
            fresh = await beginning(known, session) if beginning else known
            assert fresh, "an enrolment is never deleted"
            made, programme = ([fresh] if fresh != known else []), await self.of(fresh)
            for number, (change, by, at) in enumerate(changes):
                now_ = made[-1] if made else fresh
                whose = f"{id}:{under or caller.name}"
                cause = str(derived_id("network", whose, f"{key.id}:{number}") if key else uuid4())
                said = Said(by or caller.name, self._unit(caller, fresh.unit), at, self._clock(), cause, _sent(key))
                if before := now_.sent_for(cause):
                    must_be_the_same(before.sent, said.sent)
                else:
                    made.append(await change(now_, programme, said, session))
            done[:] = [bool(made)]
            return made

        return await self._changed(id, work), done[0]

    async def _act(
        self, owner: str, act: bodies.ActBody, caller: Caller
    ) -> tuple[Change, str | None, datetime]:  # fmt: skip
        if act.contact:
            note = await self._sealed(owner, act.contact.note)
            return _contacting(act.contact, note), act.contact.by, self._past(act.contact.at)
        assert act.answer, "one of the two"
        must_work(caller)
        return _answering(act.answer), act.answer.by, self._past(act.answer.at)

    async def _beginning(
        self, body: bodies.EnrolmentBody, caller: Caller, key: Key | None
    ) -> tuple[str, Beginning]:  # fmt: skip
        id = str(derived_id("network", f"enrolment:{caller.name}", key.id) if key else uuid4())
        at = self._past(body.at)
        place, programme = await self.places.new(body, caller, at)
        said = Said(body.by or caller.name, self._unit(caller, place.unit), at, self._clock(), id, _sent(key))
        owner = place.subject.case_id or id
        fresh = Enrolment(
            id, programme.programme, programme.version, place.county, place.unit, place.subject, body.entered_by,
            (Entered(programme.first, said, facts=body.facts or None),), body.worker, of_age(programme, body, at),
            note=await self._sealed(owner, body.note), address=await self._sealed(owner, body.address),
        )  # fmt: skip

        async def work(known: Enrolment | None, session: Session) -> Enrolment:
            if known:
                must_be_the_same(known.entered[0].said.sent, said.sent)
                return known
            new = steps.begun(fresh, programme)
            whom = await self.places.whom(place.subject, place.county, programme, session)
            if there := await self.enrolments.opened(place.county, programme.programme, whom, session):
                raise Refused("already_in", there)
            return new

        return id, work

    async def change(
        self, id: str, caller: Caller, change: Change, *, by: str | None, at: datetime | None, key: Key | None = None
    ) -> tuple[Enrolment, Said]:
        """An enrolment after one act, and who did it when; the same act again changes nothing.

        Raises NotFound, Unprocessable for a time to come, Conflict where it does not follow.
        """
        it = await self.enrolment(id, caller)
        cause = str(derived_id("network", f"{id}:{caller.name}", key.id) if key else uuid4())
        when, unit = self._past(at), self._unit(caller, it.unit)
        said = Said(by or caller.name, unit, when, self._clock(), cause, _sent(key))

        async def work(known: Enrolment | None, session: Session) -> Enrolment:
            assert known, "an enrolment is never deleted"
            if before := known.sent_for(cause):
                must_be_the_same(before.sent, said.sent)
                return known
            return await change(known, await self.of(known), said, session)

        return await self._changed(id, work), said

    async def contact(
        self, id: str, body: bodies.ContactBody, caller: Caller, key: Key | None = None
    ) -> tuple[Enrolment, Met]:
        it = await self.enrolment(id, caller)
        change = _contacting(body, await self._sealed(it.subject.case_id or id, body.note))
        after, said = await self.change(id, caller, change, by=body.by, at=body.at, key=key)
        return after, next(each for each in after.contacts if each.id == said.cause)

    async def answer(self, id: str, body: bodies.AnswerBody, caller: Caller, key: Key | None = None) -> Enrolment:
        return (await self.change(id, caller, _answering(body), by=body.by, at=body.at, key=key))[0]

    async def grant(self, id: str, body: bodies.GrantBody, caller: Caller, key: Key | None = None) -> Grant:
        async def change(known: Enrolment, programme: Programme, said: Said, session: Session) -> Enrolment:
            asked = Grant(said.cause or "", body.item, body.amount, body.amount, said, body.cause)
            whom = await self.places.whom(known.subject, known.county, programme, session)
            earlier = await self.enrolments.granted(known, whom, session)
            return steps.granted(known, programme, asked, earlier)[0]

        after, said = await self.change(id, caller, change, by=body.by, at=body.at, key=key)
        return next(each for each in after.grants if each.id == said.cause)

    async def pay(self, id: str, body: bodies.PaymentBody, caller: Caller, key: Key | None = None) -> Grant:
        async def change(known: Enrolment, programme: Programme, said: Said, session: Session) -> Enrolment:
            return steps.paid(known, body.grant_id, said)

        after, _ = await self.change(id, caller, change, by=body.by, at=body.at, key=key)
        return next(each for each in after.grants if each.id == body.grant_id)

    async def pause(
        self, id: str, body: bodies.PauseBody, caller: Caller, key: Key | None = None
    ) -> tuple[Enrolment, Pause]:
        if body.start > self._clock() + AHEAD:
            raise wrong("from", "Must begin within a year from now.", "須於一年內開始。")
        start = _milliseconds(body.start)
        until = _milliseconds(body.until) if body.until else None

        async def change(known: Enrolment, programme: Programme, said: Said, session: Session) -> Enrolment:
            asked = Pause(start, until or pausing.latest(known, programme, start), body.reason, said)
            days = (await self.enrolments.calendars.by_county(session)).get(known.county, NATIONAL)
            return pausing.paused(known, programme, asked, days)

        after, _ = await self.change(id, caller, change, by=body.by, at=None, key=key)
        return after, next(each for each in after.pauses if each.start == start)

    async def address(self, id: str, body: bodies.WhereToGoBody, caller: Caller, key: Key | None = None) -> Enrolment:
        it = await self.enrolment(id, caller)
        sealed = await self.sealing.seal(it.subject.case_id or id, body.address)

        async def change(known: Enrolment, programme: Programme, said: Said, session: Session) -> Enrolment:
            return steps.addressed(known, sealed, said)

        return (await self.change(id, caller, change, by=body.by, at=None, key=key))[0]

    async def end(self, id: str, body: bodies.EndBody, caller: Caller, key: Key | None = None) -> Enrolment:
        async def change(known: Enrolment, programme: Programme, said: Said, session: Session) -> Enrolment:
            return steps.ended(known, programme, body.reason, said)

        return (await self.change(id, caller, change, by=body.by, at=body.at, key=key))[0]

    async def _sees(self, it: Enrolment, caller: Caller) -> bool:
        if caller.role == PARTNER:
            return it.unit in caller.units and caller.sees(it.county)
        scope, tasks = Scope.of(caller), await self.enrolments.tasks(it.id)
        owing = {task.unit for task in tasks if task.is_open}
        if scope.covers(it.county, parties(it, await self.of(it)) | owing):
            return True
        return await self.places.serves(it, scope)

    def _unit(self, caller: Caller, unit: str) -> str:
        """In whose name somebody speaks: their own unit's, or for who watches over all, the one whose it is."""
        return unit if not caller.units or unit in caller.units else min(caller.units)

    def _past(self, at: datetime | None) -> datetime:
        """Raises Unprocessable for a time to come: paper is entered late, never early."""
        current = self._clock()
        if not (when := done_at(_milliseconds(at) if at else current, current)):
            raise wrong("at", "Must not lie in the future.", "時間不可在未來。")
        return when

    async def _sealed(self, owner: str, text: str | None) -> Sealed | None:
        return await self.sealing.seal(owner, text) if text else None

    async def _changed(self, id: str, work: Work) -> Enrolment:
        try:
            return await self.enrolments.change(id, work, self.of, at=self._clock())
        except Refused as error:
            raise problem(error) from None


def _contacting(body: bodies.ContactBody, note: Sealed | None) -> Change:
    async def change(known: Enrolment, programme: Programme, said: Said, session: Session) -> Enrolment:
        there = tuple(each if "/" in each or each in OTHERS else f"{known.county}/{each}" for each in body.joint)
        met = Met(said.cause or "", body.what or "", body.kind, said, body.reached, there, body.measures, note)
        return steps.contacted(known, programme, met)

    return change


def _answering(body: bodies.AnswerBody) -> Change:
    async def change(known: Enrolment, programme: Programme, said: Said, session: Session) -> Enrolment:
        return steps.answered(
            known, programme, body.answer, said, evidence=body.evidence, told=body.told, facts=body.facts
        )

    return change


def must_work(caller: Caller) -> None:
    """Raises Forbidden: a partner records contacts, and answers nothing."""
    if not may(caller.role, May.WORK):
        raise Forbidden("Your role may not do this.", "您的角色不能執行此動作。")


def _sent(key: Key | None) -> str | None:
    return key.sent if key else None


def _milliseconds(at: datetime) -> datetime:
    """In UTC, as the database keeps it."""
    here = at.astimezone(UTC)
    return here.replace(microsecond=here.microsecond // 1000 * 1000)
