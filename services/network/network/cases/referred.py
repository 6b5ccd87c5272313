"""Referrals, enrolments and meetings of a case, as its page and its answer tell them; they have rooms of their own."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Protocol

from contracts.roles import Caller
from fastapi import Depends, Request
from web.frame import Filled

from network.access import Scope
from network.once import Key


class Referral(Protocol):
    @property
    def id(self) -> str: ...


class Referred(Protocol):
    async def of_cases(self, ids: Sequence[str], scope: Scope | None = None) -> Sequence[Referral]: ...


class Enrolment(Protocol):
    @property
    def id(self) -> str: ...


class Enrolled(Protocol):
    async def of_cases(self, ids: Sequence[str]) -> Sequence[Enrolment]: ...


class Decided(Protocol):
    """A decision of a meeting about the case, for whoever may see the item that it belongs to."""

    decision_id: str
    item_id: str
    meeting_id: str
    level: str
    what: str
    lead: str
    due_at: datetime
    state: str
    taken_at: datetime


class Discussed(Protocol):
    """On which agendas a case stood or stands, and what was decided of it at every level.

    `items` and `listings` are what its page shows of it, the first first.
    """

    @property
    def meetings(self) -> Sequence[str]: ...
    @property
    def decisions(self) -> Sequence[Decided]: ...
    @property
    def items(self) -> Sequence[object]: ...
    @property
    def listings(self) -> Sequence[object]: ...


class Meetings(Protocol):
    async def of_case(self, ids: Sequence[str], name: str) -> Discussed: ...
    async def happened(self, case_id: str, form: Filled, caller: Caller, key: Key | None) -> None: ...


async def met_of(request: Request) -> Meetings:
    met: Meetings = request.app.state.met
    return met


async def enrolled_of(request: Request) -> Enrolled:
    enrolled: Enrolled = request.app.state.enrolled
    return enrolled


async def referred_of(request: Request) -> Referred:
    referred: Referred = request.app.state.referred
    return referred


Kept = Annotated[Referred, Depends(referred_of)]
AtMeetings = Annotated[Meetings, Depends(met_of)]
InProgrammes = Annotated[Enrolled, Depends(enrolled_of)]
