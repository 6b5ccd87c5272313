"""What every act of an officer does: see the report, change it if it still is as it was seen, or say who was faster."""

import re
from datetime import datetime

from kit.problems import Conflict, NotFound, Unprocessable
from kit.sealed import KeyVault
from rules.spans import TAIPEI

from dispatch.domain.report.actor import Actor, Sees
from dispatch.domain.report.history import Reason
from dispatch.domain.report.report import Report
from dispatch.window.store import Reports

_A_CODE = re.compile(r"[a-z][a-z0-9_.]{0,63}")


async def seen(reports: Reports, report_id: str, sees: Sees) -> Report:
    """The report, if there is one here that this officer may see. Raises NotFound."""
    report = await reports.one(report_id)
    if report is None or not sees(report.county):
        raise NotFound("No such report here.", "查無此通報。")
    return report


def must_hold(report: Report) -> None:
    """Raises Conflict for a report that this county sent on, or has not accepted yet."""
    if not report.holds:
        raise Conflict(
            "Another county holds this report, or has not accepted it yet: accept it first.",
            "這件通報由他縣市負責，或尚未接受移轉：請先接受。",
        )


async def reason_of(vault: KeyVault, report: Report, reason: str) -> Reason:
    """A reason in free text may name someone, so it is sealed; a code is kept as it is."""
    if _A_CODE.fullmatch(reason):
        return Reason(reason)
    key = vault.new_key(report.known_as, "report")
    await vault.keep([key])
    return Reason(sealed=key.seal({"reason": reason}))


async def change(reports: Reports, before: Report, after: Report, by: Actor, now: datetime, *seen: str) -> Report:
    """Put the act in force and publish what it owes, if the report still is as it was `seen`, in these fields.

    Raises Conflict that names who holds the report, or who changed it meanwhile.
    """
    if (changed := await reports.change(before, after, now, seen=seen, by=by)) is None:
        raise faster(await reports.one(before.id), now)
    return changed


def faster(report: Report | None, now: datetime) -> Conflict:
    """Tells who holds a report, or who changed it last."""
    if report and (held := report.claimed(now)):
        at = held.at.astimezone(TAIPEI).strftime("%H:%M")
        return Conflict(
            f"{held.name} was faster: this report has been theirs since {at}.",
            f"{held.name} 較快：已於 {at} 認領這件通報。",
        )
    who = report.history[-1].who if report else "?"
    return Conflict(
        f"This report was changed since you looked at it, by {who}. Look again, then decide.",
        f"這件通報在您查看之後已由 {who} 變更，請重新查看後再決定。",
    )


def invalid(at: str, en: str, zh: str) -> Unprocessable:
    """What is wrong with one field of what an officer asks for."""
    return Unprocessable(en, zh, errors=[{"at": f"/{at}", "code": "invalid", "en": en, "zh": zh}])
