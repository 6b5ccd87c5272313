"""What officers do to a report at the board: each act is one form, one answer, and one entry in its history."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated

from fastapi import APIRouter, Header, Request
from fastapi.responses import Response

from dispatch.board.panels import Panels
from dispatch.board.reading import Reading
from dispatch.domain.report.actor import Actor
from dispatch.site.door import Door
from dispatch.window.acts import Sees
from dispatch.window.asking import Asking
from dispatch.window.claims import Claims
from dispatch.window.investigations import Finding, Investigating, visit_of
from dispatch.window.rulings import Again, Ruling, Rulings
from dispatch.window.teaching import Teaching, improper_of
from dispatch.window.transfers import Transfers

Form = Mapping[str, str]


class Act(StrEnum):
    """The last part of an act's address."""

    CLAIM = "claim"
    RELEASE = "release"
    DECISION = "decision"
    REVIEW = "review"
    UNLINK = "unlink"
    UNDO = "undo"
    ASK = "ask"
    ANSWERED = "answered"
    IMPROPER = "improper"
    ACCEPT = "accept"
    REJECT = "reject"
    VISIT = "visit"
    FINDING = "finding"


def routes(panels: Panels, door: Door, reading: Reading, desk: "Desk") -> APIRouter:
    """A report's panel, what is done there, and the names that are asked for."""
    router = APIRouter(include_in_schema=False, prefix="/board/reports/{report_id}")

    @router.get("")
    async def report(request: Request, report_id: str) -> Response:
        visitor = await door.must_be_in(request)
        if visitor.officer.decides:
            await desk.claims.hold_on(report_id, visitor.ruler)
        return await panels.of(visitor, report_id)

    @router.post("/people/{number}")
    async def reveal(request: Request, report_id: str, number: int) -> Response:
        visitor = await door.must_mean_it(request, (await form_of(request)).get("csrf", ""))
        await reading.reveal(visitor.officer, report_id, number)
        return await panels.of(visitor, report_id)

    @router.post("/{act}")
    async def perform(
        request: Request, report_id: str, act: Act, x_fragment: Annotated[str, Header()] = ""
    ) -> Response:
        form = await form_of(request)
        visitor = await door.must_mean_it(request, form.get("csrf", ""))
        doing = desk.does(act, report_id, form, visitor.ruler, visitor.officer.sees)
        return await panels.after(doing, visitor, report_id, mend="mend", in_place=bool(x_fragment))

    return router


async def form_of(request: Request) -> dict[str, str]:
    """The fields that were filled in."""
    return {name: value for name, value in (await request.form()).items() if isinstance(value, str) and value.strip()}


class Desk:
    """Finds for each act what does it."""

    def __init__(  # noqa: PLR0917  what does the acts, as the composition root names it
        self,
        claims: Claims,
        rulings: Rulings,
        asking: Asking,
        teaching: Teaching,
        transfers: Transfers,
        investigating: Investigating,
    ) -> None:
        self.claims = claims
        self._rulings = rulings
        self._asking = asking
        self._teaching = teaching
        self._transfers = transfers
        self._investigating = investigating

    async def does(self, act: Act, id: str, form: Form, by: Actor, sees: Sees) -> None:
        """Raises ValidationError for a form with something missing, and the problems of the act."""
        match act:
            case Act.CLAIM:
                await self.claims.take(id, by, sees)
            case Act.RELEASE:
                await self.claims.give_back(id, by, sees)
            case Act.DECISION:
                await self._rulings.rule(id, Ruling.model_validate(form), by, sees)
            case Act.UNDO:
                asked = Again.model_validate({"reason": "undone", **form})
                await self._rulings.undo(id, asked.version, by, sees)
            case Act.REVIEW:
                await self._rulings.review(id, Again.model_validate(form), by, sees)
            case Act.UNLINK:
                await self._rulings.unlink(id, Again.model_validate(form), by, sees)
            case Act.ASK:
                await self._asking.ask(id, Again.model_validate(form).reason, by, sees)
            case Act.ANSWERED:
                await self._asking.answered(id, Again.model_validate(form).reason, by, sees)
            case _:
                await self._stage(act, id, form, by, sees)

    async def _stage(self, act: Act, id: str, form: Form, by: Actor, sees: Sees) -> None:
        """The acts that move a report to another stage or tell its sender what it lacks."""
        match act:
            case Act.IMPROPER:
                await self._teaching.find(id, improper_of(form), by, sees)
            case Act.ACCEPT:
                await self._transfers.accept(id, Again.model_validate({"reason": "accepted", **form}).version, by, sees)
            case Act.REJECT:
                await self._transfers.reject(id, Again.model_validate(form), by, sees)
            case Act.VISIT:
                await self._investigating.begin(id, visit_of(form), by, sees)
            case Act.FINDING:
                await self._investigating.find(id, Finding.model_validate(form), by, sees)
