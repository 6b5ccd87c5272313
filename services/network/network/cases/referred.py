"""The referrals and enrolments of a case, as its page and its answer tell them; they live in rooms of their own."""

from collections.abc import Sequence
from typing import Annotated, Protocol

from fastapi import Depends, Request

from network.access import Scope


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


async def enrolled_of(request: Request) -> Enrolled:
    enrolled: Enrolled = request.app.state.enrolled
    return enrolled


async def referred_of(request: Request) -> Referred:
    referred: Referred = request.app.state.referred
    return referred


Kept = Annotated[Referred, Depends(referred_of)]
InProgrammes = Annotated[Enrolled, Depends(enrolled_of)]
