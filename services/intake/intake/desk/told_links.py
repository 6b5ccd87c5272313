"""What somebody who telephoned may hear of it: a link without sign-in to the kind of outcome, and no more."""

import secrets
from collections.abc import Mapping
from datetime import datetime, timedelta

from kit.mongo import Database
from web.callers import digest

from intake.domain.status import Service, Status, Step, latest
from intake.store import steps_in

KEPT = timedelta(days=180)
_BYTES = 32


class ToldLinks:
    """Digests of secrets, each of one report."""

    def __init__(self, database: Database) -> None:
        self._links = database["told_links"]
        self._reports = database["reports"]

    async def prepare(self) -> None:
        await self._links.create_index("gone_at", expireAfterSeconds=0)

    async def make(self, report_id: str, at: datetime) -> str:
        """A new secret of 256 bits, kept nowhere."""
        secret = secrets.token_urlsafe(_BYTES)
        await self._links.insert_one({"_id": digest(secret), "report_id": report_id, "gone_at": at + KEPT})
        return secret

    async def kind(self, secret: str, at: datetime) -> str | None:
        """The kind of what became of the report, a word of the page; None for a link that opens nothing."""
        link = await self._links.find_one({"_id": digest(secret), "gone_at": {"$gt": at}})
        report = await self._reports.find_one({"_id": link["report_id"]}) if link else None
        return kind_of(latest(steps_in(report))) if report else None


def kind_of(step: Step | None) -> str:
    """What may be told: of a unit whether it is the welfare centre's, of an outcome its kind; nobody's name or need."""
    if step is None or step.status in (Status.RECEIVED, Status.UNDER_REVIEW):
        return "told_received"
    if step.status is Status.OUTCOME:
        return "told_linked" if step.outcome == "no_dispatch" else "told_passed_on"
    serves = "centre" if step.to_unit_kind == "welfare_centre" else "unit"
    return _SERVED.get(step.service or "", _ACCEPTED[serves]) if step.service != Service.OPENED else f"told_{serves}"


_ACCEPTED: Mapping[str, str] = {"centre": "told_centre_has_it", "unit": "told_unit_has_it"}
_SERVED: Mapping[str, str] = {Service.NOT_OPENED: "told_assessed", Service.CLOSED: "told_closed"}
