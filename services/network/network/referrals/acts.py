"""What somebody does with a referral, on the side that sent it or on the one that is asked: once."""

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Literal
from uuid import uuid4

from contracts.event import BlindIndex, Sealed, derived_id
from contracts.people import Person, Role
from contracts.roles import Caller
from contracts.times import read_day
from kit.mongo import Session
from kit.problems import Conflict, Forbidden, NotFound, Unprocessable
from rules.people import Index, identities, telephones

from network import words
from network.access import Scope
from network.clock import now
from network.once import Key, must_be_the_same
from network.referrals.asking import Families, Family, Offered, Offers
from network.referrals.bodies import AnsweredBy, PersonBody, ReferralBody
from network.referrals.domain.owing import Terms
from network.referrals.domain.referral import Part, Referral, Refused, Said, sent
from network.referrals.placing import MOST_OFFERED, PARTNER, Place, Placing
from network.referrals.store import Referrals, Work
from network.sealing import Sealing
from network.services import catalogue

Side = Literal["sender", "receiver", "outside"]
"""`outside`: the partner who sent it, and hears the kind of what came of it; the county's window follows it."""


class Acts:
    """Steps of referrals; what somebody may not see does not exist for them."""

    def __init__(
        self, referrals: Referrals, families: Families, offers: Offers, sealing: Sealing, *,
        index: Index | None = None, clock: Callable[[], datetime] = now,
    ) -> None:  # fmt: skip
        self.referrals = referrals
        self.offers = offers
        self.sealing = sealing
        self._families = families
        self._placing = Placing(families, offers)
        self._index = index
        self._clock = clock

    async def referral(self, id: str, caller: Caller) -> tuple[Referral, Side]:
        """A referral, and on which side of it this caller stands. Raises NotFound for whoever stands on neither."""
        found = await self.referrals.get(id)
        side = side_of(found, caller) if found else None
        if found is None or side is None:
            raise NotFound("There is no such referral.", "查無此轉介。")
        return found, side

    async def send(self, body: ReferralBody, caller: Caller, key: Key | None = None) -> Referral:
        """A new referral; under a key that was used, the one that was sent under it.

        Raises NotFound, Forbidden, Unprocessable, and Conflict with who has room where this provider has none, or for
        another body under a used key.
        """
        id = str(derived_id("network", f"referral:{caller.name}", key.id) if key else uuid4())
        cause, sent_as = (id, key.sent) if key else (None, None)
        if key and (known := await self.referrals.get(id)):
            return _again(known, cause, sent_as)
        place, at = await self._placing.of(body, caller), self._clock()
        new = await self._new(id, body, place, caller, at)

        async def work(known: Referral | None, session: Session) -> Referral:
            if known:
                return _again(known, cause, sent_as)
            family = await self._must_be_open(place.case_id, session)
            asking = family.asking(new.service, new.from_unit) if family else new.asking
            return sent(replace(new, asking=asking), Said(caller.name, at, cause=cause, sent=sent_as))

        return await self._changed(id, work, caller.name, at)

    async def _new(self, id: str, body: ReferralBody, place: Place, caller: Caller, at: datetime) -> Referral:
        owner, outside = place.case_id or id, caller.role == PARTNER
        asking = {*place.asking, *((f"{place.county}/window",) if outside else ())}
        kinds = catalogue().services[body.service].kinds
        keys, phones = self._known_by(body.person)
        return Referral(
            id, place.county, body.service, place.to, place.from_unit, caller.name, at,
            await self.referrals.due(place.county, place.promise, at), place.provider, place.case_id,
            body.report_id, body.township, body.asked_for, body.family_agrees, await self._sealed(owner, body.note),
            await self._sealed(owner, body.person.model_dump_json() if body.person else None),
            await self._instead_of(body, caller, place.case_id), tuple(sorted(asking)), outside, body.group,
            body.needed_on.isoformat() if body.needed_on else None,
            tuple(Part(kind) for kind in dict.fromkeys(body.asked_for)) if kinds else (), promise=place.promise,
            keys=keys, phones=phones,
        )  # fmt: skip

    def _known_by(self, person: PersonBody | None) -> tuple[tuple[BlindIndex, ...], tuple[BlindIndex, ...]]:
        """Under which keys, and numbers, somebody who came in by themselves is known everywhere."""
        if person is None or self._index is None:
            return (), ()
        try:
            born = read_day(person.birth_date) if person.birth_date else None
        except ValueError:
            born = None
        told = Person.model_construct(
            role=Role.SUBJECT, name=person.name, birth_date=born, national_id=None,
            phones=(person.phone,) if person.phone else (),
        )  # fmt: skip
        return identities(told, self._index), telephones(told, self._index)

    async def step(
        self, id: str, caller: Caller, change: Callable[[Referral, Said], Referral], *, of: Side,
        answered_by: AnsweredBy | None = None, at: datetime | None = None, key: Key | None = None,
    ) -> Referral:  # fmt: skip
        """The referral after one step of a side; the sender may write down what the other side told.

        Raises NotFound, Forbidden for the other side, Conflict where the step does not follow, or for another body
        under a used key.
        """
        found, side = await self.referral(id, caller)
        said = self._said(found, caller, side=side, of=of, told=answered_by, at=at)
        if key:
            said = replace(said, cause=str(derived_id("network", f"{id}:{caller.name}", key.id)), sent=key.sent)
        return await self.changed(id, change, said)

    async def changed(self, id: str, change: Callable[[Referral, Said], Referral], said: Said) -> Referral:
        """The referral after what somebody said, whoever that is. Raises Conflict where it does not follow."""

        async def work(known: Referral | None, session: Session) -> Referral:
            assert known, "a referral is never deleted"
            return _again(known, said.cause, said.sent) if known.has_seen(said.cause) else change(known, said)

        return await self._changed(id, work, said.by, self._clock())

    async def next_best(self, referral: Referral) -> Sequence[Offered]:
        """Who else offers what was asked, the best first, without whom this family was refused by."""
        gone = {referral.to}
        if referral.case_id:
            others = await self.referrals.of_cases(await self.ids(referral.case_id))
            gone |= {each.to for each in others if each.service == referral.service and each.state == "refused"}
        found = await self.offers.offering(referral.county, referral.service, referral.township)
        return [each for each in found if each.unit not in gone and not each.is_full][:MOST_OFFERED]

    @staticmethod
    def refused(code: str, about: str) -> Conflict:
        """What is told of a step that does not follow."""
        return problem(Refused(code, about))

    async def ids(self, case_id: str | None) -> tuple[str, ...]:
        """The ids under which the referrals of a case are kept: its own, and those of what it was merged from."""
        return tuple(sorted(await self._families.ids(case_id))) if case_id else ()

    async def county_of(self, case_id: str | None, caller: Caller) -> str | None:
        """The county of a case that this caller may see."""
        family = await self._families.family(case_id) if case_id else None
        return family.county if family and Scope.of(caller).covers(family.county, family.parties) else None

    def _said(
        self, referral: Referral, caller: Caller, *, side: Side, of: Side, told: AnsweredBy | None, at: datetime | None
    ) -> Said:
        """Who says this, by which channel. Raises Forbidden, Unprocessable for a time to come."""
        when = self._clock()
        if at and not referral.sent_at <= at <= when:
            wrong = words.of("missing.at_not_between")
            raise Unprocessable(wrong.en, wrong.zh, errors=[{"at": "/body/at", "code": "at", **wrong._asdict()}])
        if side == "outside":
            raise other_side()
        if side == of == "receiver" and told:
            said = words.of("missing.own_answered_by")
            entry = {"at": "/body/answered_by", "code": "answered_by", **said._asdict()}
            raise Unprocessable(said.en, said.zh, errors=[entry])
        if side == of or (not caller.units and caller.role != PARTNER and told is None):
            return Said(caller.name, at or when)
        if of == "receiver" and told:
            return Said(told.name, at or when, told.channel, caller.name)
        if of == "sender":
            raise other_side()
        said = words.of("missing.answered_by")
        raise Forbidden(said.en, said.zh)

    async def _instead_of(self, body: ReferralBody, caller: Caller, case_id: str | None) -> str | None:
        """Raises NotFound, Forbidden for the side that was asked, Conflict for another family's or one that goes on."""
        if body.instead_of is None:
            return None
        before, side = await self.referral(body.instead_of, caller)
        if side != "sender":
            raise other_side()
        if before.state not in ("refused", "done", "withdrawn"):
            raise problem(Refused("referral_goes_on", before.id))
        if not await self._is_of(before, body, case_id):
            raise problem(Refused("other_family", before.id))
        return before.id

    async def _is_of(self, before: Referral, body: ReferralBody, case_id: str | None) -> bool:
        """Whether a referral is about the family that another is sent for: of its case, its report, or its name."""
        if before.case_id or case_id:
            family = await self._families.family(before.case_id) if before.case_id else None
            return family is not None and family.case_id == case_id
        if before.report_id or body.report_id:
            return before.report_id == body.report_id
        [opened] = await self.sealing.open([before.person]) if before.person else [None]
        return bool(opened and body.person and json.loads(opened)["name"] == body.person.name)

    async def _must_be_open(self, case_id: str | None, session: Session) -> Family | None:
        """The case as it is in this transaction, where there is one. Raises Refused for one that ended."""
        family = await self._families.touched(case_id, session) if case_id else None
        if case_id and (family is None or not family.is_open):
            raise Refused("case_not_open", case_id)
        return family

    async def _sealed(self, owner: str, text: str | None) -> Sealed | None:
        return await self.sealing.seal(owner, text) if text else None

    async def _changed(self, id: str, work: Work, by: str, at: datetime) -> Referral:
        try:
            return await self.referrals.change(id, work, terms, by=by, at=at)
        except Refused as error:
            raise problem(error) from None


def _again(known: Referral, cause: str | None, sent_as: str | None) -> Referral:
    """What was done before, for who sends the same again. Raises UsedKey for something else."""
    must_be_the_same(known.sent_for(cause), sent_as)
    return known


def other_side() -> Forbidden:
    """What is told of a step that is the other side's."""
    said = words.of("missing.other_side")
    return Forbidden(said.en, said.zh)


def side_of(referral: Referral, caller: Caller) -> Side | None:
    """On which side of a referral somebody stands; None on neither, and then it does not exist for them."""
    scope = Scope.of(caller)
    if caller.role == PARTNER:
        mine = caller.units if caller.sees(referral.county) else frozenset()
        sent_it = "outside" if referral.outside and referral.from_unit in mine else None
        return "receiver" if referral.to in mine else sent_it  # type: ignore[return-value]
    if scope.covers(referral.county, referral.asking):
        return "sender"
    return "receiver" if scope.covers(referral.county, {referral.to}) else None


def terms(service: str) -> Terms:
    """Within how long what is owed."""
    known = catalogue()
    own = known.services[service]
    return Terms(
        known.again, own.started_within or known.started_within, own.done_within or known.done_within,
        known.person_asked_within, known.next_within, own.begins, own.kept_after, own.kept_of,
    )  # fmt: skip


def problem(error: Refused) -> Conflict:
    said = words.of(f"missing.{error.code}")
    return Conflict(said.en, said.zh, errors=[{"code": error.code, "about": error.about, **said._asdict()}])
