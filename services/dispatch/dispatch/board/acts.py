"""What officers do to a report at the board: each act is one form, and one entry in the report's history."""

from dataclasses import dataclass
from enum import StrEnum

from dispatch.domain.report.actor import Actor, Sees
from dispatch.site.frame import Form
from dispatch.window.asking import Asking
from dispatch.window.claims import Claims
from dispatch.window.investigations import Finding, Investigating, visit_of
from dispatch.window.rulings import Again, Ruling, Rulings
from dispatch.window.teaching import Teaching, improper_of
from dispatch.window.transfers import Transfers
from dispatch.window.verdicts import Verdict, Verdicts


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


@dataclass(frozen=True)
class Acts:
    """Finds for each act what does it. Raises ValidationError for an incomplete form, and the problems of the act."""

    claims: Claims
    rulings: Rulings
    asking: Asking
    teaching: Teaching
    transfers: Transfers
    investigating: Investigating
    verdicts: Verdicts

    async def do(self, act: Act, id: str, form: Form, by: Actor, sees: Sees) -> None:
        match act:
            case Act.CLAIM:
                await self.claims.take(id, by, sees)
            case Act.RELEASE:
                await self.claims.give_back(id, by, sees)
            case Act.DECISION:
                await self.rulings.rule(id, Ruling.model_validate(form), by, sees)
            case Act.UNDO:
                again = Again.model_validate({"reason": "undone", **form})
                await self.rulings.undo(id, again.version, by, sees)
            case Act.REVIEW:
                await self.rulings.review(id, Again.model_validate(form), by, sees)
            case Act.UNLINK:
                await self.rulings.unlink(id, Again.model_validate(form), by, sees)
            case Act.ASK:
                await self.asking.ask(id, Again.model_validate(form).reason, by, sees)
            case Act.ANSWERED:
                await self.asking.answered(id, Again.model_validate(form).reason, by, sees)
            case _:
                await self._move(act, id, form, by, sees)

    async def _move(self, act: Act, id: str, form: Form, by: Actor, sees: Sees) -> None:
        """The acts that move a report to another stage or tell its sender what it lacks."""
        match act:
            case Act.IMPROPER:
                await self.teaching.find(id, improper_of(form), by, sees)
            case Act.ACCEPT:
                again = Again.model_validate({"reason": "accepted", **form})
                await self.transfers.accept(id, again.version, by, sees)
            case Act.REJECT:
                await self.transfers.reject(id, Again.model_validate(form), by, sees)
            case Act.VISIT:
                await self.investigating.begin(id, visit_of(form), by, sees)
            case Act.FINDING:
                await self.investigating.find(id, Finding.model_validate(form), by, sees)

    async def say(self, id: str, other_id: str, form: Form, by: Actor, sees: Sees) -> None:
        """An officer's word on what two reports are to each other."""
        await self.verdicts.say(id, other_id, Verdict.model_validate(form), by, sees)
