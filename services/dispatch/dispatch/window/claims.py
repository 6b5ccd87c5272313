"""Who works on a report: one officer at a time, for as long as they are at it."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from kit.mongo import Document
from kit.problems import Conflict, NotFound
from rules.spans import TAIPEI

from dispatch.domain.report.actor import Actor, Sees
from dispatch.window.records import entry
from dispatch.window.stages import holds
from dispatch.window.store import Reports

IDLE = timedelta(minutes=15)
"""A claim whose holder did nothing for so long is over: a county setting."""


class Claims:
    """Takes and gives back reports; of two who take one at the same instant the database lets one win."""

    def __init__(self, reports: Reports, now: Callable[[], datetime]) -> None:
        self._reports = reports
        self._now = now

    async def take(self, report_id: str, by: Actor, sees: Sees) -> None:
        """Claim a report, or hold on to it. Raises NotFound, or Conflict that names who was faster."""
        document, now = await seen(self._reports, report_id, sees), self._now()
        mine = (held := holder(document, now)) is not None and held["by"] == by.username
        claim = {"by": by.username, "name": by.name, "at": held["at"] if held and mine else now, "until": now + IDLE}
        happened = None if mine else entry(str(uuid4()), now, "claimed", who=by.name)
        sets = {"claim": claim} | ({} if mine else {"changed_at": now})
        if not await self._reports.change(report_id, free_for(by, now), sets, happened):
            raise faster(await self._reports.one(report_id), now)

    async def give_back(self, report_id: str, by: Actor, sees: Sees) -> None:
        """Let go of a report; one that is not held by this officer is left as it is."""
        await seen(self._reports, report_id, sees)
        now = self._now()
        happened = entry(str(uuid4()), now, "released", who=by.name)
        await self._reports.change(report_id, {"claim.by": by.username}, {"claim": None, "changed_at": now}, happened)

    async def hold_on(self, report_id: str, by: Actor) -> None:
        """The holder is at it: the quarter of an hour begins again. Changes nothing for anybody else."""
        now = self._now()
        held = {"claim.by": by.username, "claim.until": {"$gt": now}}
        await self._reports.change(report_id, held, {"claim.until": now + IDLE})

    async def pass_on(self, report_id: str, from_: str, to: Actor) -> None:
        """Give a claim that is still held by `from_` to the officer who takes over the shift."""
        now = self._now()
        claim = {"by": to.username, "name": to.name, "at": now, "until": now + IDLE}
        happened = entry(str(uuid4()), now, "claimed", who=to.name)
        await self._reports.change(report_id, {"claim.by": from_}, {"claim": claim, "changed_at": now}, happened)


async def seen(reports: Reports, report_id: str, sees: Sees) -> Document:
    """The report, if there is one here that this officer may see. Raises NotFound."""
    document = await reports.one(report_id)
    if document is None or not sees(document["county"]):
        raise NotFound("No such report here.", "查無此通報。")
    return document


def must_hold(document: Mapping[str, Any]) -> None:
    """Raises Conflict for a report that this county sent on, or has not accepted yet."""
    if not holds(document):
        raise Conflict(
            "Another county holds this report, or has not accepted it yet: accept it first.",
            "這件通報由他縣市負責，或尚未接受移轉：請先接受。",
        )


def holder(document: Mapping[str, Any], now: datetime) -> Document | None:
    """The claim on a report, `{by, name, at, until}`, while it lasts."""
    claim: Document | None = document.get("claim")
    return claim if claim and claim["until"] > now else None


def free_for(by: Actor, now: datetime) -> Document:
    """Finds a report that nobody else holds."""
    return {"$or": [{"claim": None}, {"claim.until": {"$lte": now}}, {"claim.by": by.username}]}


def faster(document: Document | None, now: datetime) -> Conflict:
    """Tells who holds a report, or who changed it last."""
    if document and (held := holder(document, now)):
        at = held["at"].astimezone(TAIPEI).strftime("%H:%M")
        return Conflict(
            f"{held['name']} was faster: this report has been theirs since {at}.",
            f"{held['name']} 較快：已於 {at} 認領這件通報。",
        )
    who = document["history"][-1]["who"] if document else "?"
    return Conflict(
        f"This report was changed since you looked at it, by {who}. Look again, then decide.",
        f"這件通報在您查看之後已由 {who} 變更，請重新查看後再決定。",
    )
